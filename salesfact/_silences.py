"""Of the customers flagged as silent at earlier origins, how many came back anyway?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from salesfact._compare import LEVEL, Difference
from salesfact._origins import month_cells, months_after
from salesfact._rhythm import rhythm
from salesfact._trial import BETTER, FEW, SAME, WORSE, Stand

if TYPE_CHECKING:
    import pandas as pd

    from salesfact._facts import Facts

RULE = 2.0  # "twice the usual gap"
MIN_FLAGGED = 10


def silences(facts: Facts, stands: Sequence[Stand], horizon_months: int) -> pd.DataFrame:
    """Whom `rhythm` and the rule of thumb flagged at each origin, and who bought again.

    Parameters
    ----------
    facts : Facts
        All of them: what came after the origins is looked up here.

    Returns
    -------
    DataFrame
        One row per origin and customer flagged by either: `origin`, `customer`, `silent`
        (certified by `rhythm`), `rule` (silent for more than twice its usual gap, and not gone
        long ago), `back` (ordered again within the horizon), `at_stake`, `money` (what came
        within the horizon). Origins at which `rhythm` refuses are left out.
    """
    import pandas as pd

    cells: Any = month_cells(facts)
    frames = []
    for stand in stands:
        told = rhythm(stand.facts)
        if told.refusal is not None:
            continue
        table: Any = told.table
        end = months_after(stand.day, horizon_months)
        month = cells["month"]
        after = cells[(month > np.datetime64(stand.day)) & (month <= np.datetime64(end))]
        again = after.loc[after["orders"] > 0, "customer"].unique()
        late = table["open_gap_days"] > RULE * table["usual_gap_days"]
        frame = pd.DataFrame(
            {
                "origin": pd.Timestamp(stand.day),
                "silent": table["silent"],
                "rule": late & ~table["gone"],
                "back": table.index.isin(again),
                "at_stake": table["at_stake"].astype(float),
                "money": stand.outcome.reindex(table.index).fillna(0.0),
            }
        )
        frames.append(frame[frame["silent"] | frame["rule"]].reset_index())
    kinds = {
        "origin": "datetime64[us]",
        "customer": "str",
        "silent": "bool",
        "rule": "bool",
        "back": "bool",
        "at_stake": "float64",
        "money": "float64",
    }
    if not frames:
        return pd.DataFrame({n: pd.Series(dtype=k) for n, k in kinds.items()})
    both: Any = pd.concat(frames, ignore_index=True)[list(kinds)]
    return both.astype(kinds)


def false_alarms(flagged: Any, *, seed: int, draws: int) -> Difference | None:
    """The part of the flagged who came back: `rhythm`'s less the rule's; below 0 is better.

    Returns
    -------
    Difference or None
        With the percentile interval over customers drawn with all their origins; None where
        either flagged nobody.
    """
    if not flagged["silent"].any() or not flagged["rule"].any():
        return None
    names, at = np.unique(flagged["customer"].to_numpy(dtype=str), return_inverse=True)
    back = flagged["back"].to_numpy(dtype=float)
    sums = np.empty((len(names), 4))
    for i, column in enumerate(("silent", "rule")):
        flag = flagged[column].to_numpy(dtype=float)
        sums[:, 2 * i] = np.bincount(at, flag, len(names))
        sums[:, 2 * i + 1] = np.bincount(at, flag * back, len(names))
    dice = np.random.default_rng(seed)
    counts = dice.multinomial(len(names), np.full(len(names), 1 / len(names)), size=draws)
    drawn = counts @ sums
    drawn = drawn[(drawn[:, 0] > 0) & (drawn[:, 2] > 0)]
    a, b = (float(sums[:, i + 1].sum() / sums[:, i].sum()) for i in (0, 2))
    told = drawn[:, 1] / drawn[:, 0] - drawn[:, 3] / drawn[:, 2]
    tail = (1 - LEVEL) / 2
    low, high = np.quantile(told, [tail, 1 - tail])
    return Difference(a - b, float(low), float(high), a, b, draws)


def silence_verdict(told: Difference | None, flagged: int) -> str:
    """Better, as good or worse than the rule, or too few flagged to tell."""
    if told is None or flagged < MIN_FLAGGED:
        return FEW
    if told.high < 0:
        return BETTER
    return WORSE if told.low > 0 else SAME
