"""What stands in the tables of `response`? Rungs, checks, kinds and customers as plain rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from salesfact._gates import Gate
from salesfact._ladder import by_kind, changing
from salesfact._response_told import FAILS, HOLDS, NOT_RUN, RUNGS
from salesfact._stats import MIDDLE, benjamini_hochberg

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from salesfact._effort_panel import EffortPanel
    from salesfact._slopes import Slopes

    Array = NDArray[np.float64]

MOST_KINDS = 8
OTHER = "\u2026"  # kinds of activity too rare to be told apart


def rungs(rungs: Any) -> pd.DataFrame:
    import pandas as pd

    rows = [
        (
            r.name,
            RUNGS[r.name],
            2**r.slope - 1,
            2 ** (r.slope - MIDDLE * r.se) - 1,
            2 ** (r.slope + MIDDLE * r.se) - 1,
            r.slope,
            r.se,
            r.customers,
        )
        for r in rungs
    ]
    names = ["comparison", "how", "effect", "low", "high", "slope", "se", "customers"]
    frame = pd.DataFrame(rows, columns=names)
    texts = {"comparison": "str", "how": "str"}
    return frame.astype(texts | dict.fromkeys(names[2:7], "float64")).set_index("comparison")


def checks(rows: tuple[Gate, ...], after_by_chance: float = np.nan) -> pd.DataFrame:
    """The gate's rows in plain values; texts as msgids; what chance alone gives, where known."""
    import pandas as pd

    outcome = {True: HOLDS, False: FAILS, None: NOT_RUN}
    frame = pd.DataFrame(
        [
            (
                r.name,
                r.tested.messages[0],
                float(r.figure),
                float(r.threshold),
                r.at_least,
                outcome[r.passed],
                r.name != "memory",
                r.meaning.messages[0],
            )
            for r in rows
        ],
        columns=[
            *("check", "tested", "figure", "threshold", "at_least", "outcome", "in_rule"),
            "because",
        ],
    )
    texts = dict.fromkeys(("check", "tested", "outcome", "because"), "str")
    frame = frame.astype(texts).set_index("check")
    frame["by_chance"] = np.where(frame.index == "logging", after_by_chance, np.nan)
    return frame


def kinds(panel: EffortPanel, y: Array, decay: float) -> pd.DataFrame:
    """A row for each kind of activity that enough customers see change, beside the others."""
    order = sorted(panel.kinds.items(), key=lambda item: (-item[1].sum(), item[0]))
    hours = dict(order[:MOST_KINDS])
    if len(order) > MOST_KINDS:
        hours[OTHER] = sum((h for _, h in order[MOST_KINDS:]), np.zeros_like(panel.hours))
    found = by_kind(y, hours, decay, known=panel.known)
    named = {r.name for r in found}
    hours["rest"] = sum((h for k, h in hours.items() if k not in named), np.zeros_like(panel.hours))
    return kind_rows(
        [
            (
                r.name,
                float(hours[r.name].sum()),
                r.slope,
                r.se,
                int(changing(y, hours[r.name]).sum()),
            )
            for r in found
        ]
    )


def kind_rows(found: Sequence[tuple[str, float, float, float, int]]) -> pd.DataFrame:
    """Rows of kind, hours, slope, its error and customers; p adjusted over the named kinds."""
    import pandas as pd
    from scipy.special import ndtr

    columns = ["kind", "hours", "slope", "se", "customers"]
    rows = pd.DataFrame([*found], columns=columns)
    slope, se = (rows[c].to_numpy(dtype=float) for c in ("slope", "se"))
    other = rows["kind"].isin(["rest", OTHER]).to_numpy()
    p = np.where(other, np.nan, 2 * ndtr(-np.abs(slope / se)))
    frame = pd.DataFrame(
        {
            "kind": rows["kind"].where(~other, OTHER).astype("str"),
            "hours": rows["hours"].astype("float64"),
            "effect": 2**slope - 1,
            "low": 2 ** (slope - MIDDLE * se) - 1,
            "high": 2 ** (slope + MIDDLE * se) - 1,
            "p": p,
            "q": benjamini_hochberg(p),
            "customers": rows["customers"].astype("int64"),
        }
    )
    return frame.set_index("kind")


def customers(people: Any, panel: EffortPanel, told: Slopes) -> pd.DataFrame:
    """Shrunken slopes of customers with sales and hours in the last twelve months.

    Parameters
    ----------
    people : DataFrame
        Index `customer`, column `name`.
    """
    import pandas as pd

    name: Any = people["name"].reindex(panel.customers)
    frame = pd.DataFrame(
        {
            "name": name.where(name.notna(), panel.customers).astype("str"),
            "hours": panel.hours[:, -12:].sum(axis=1),
            "effect": 2**told.estimate - 1,
            "low": 2**told.low - 1,
            "high": 2**told.high - 1,
            "reliability": told.reliability,
        },
        index=pd.Index(panel.customers.astype("str"), name="customer"),
    )
    alive = (panel.hours[:, -12:].sum(axis=1) > 0) & (panel.y[:, -12:].sum(axis=1) > 0)
    frame: Any = frame[alive & (told.reliability > 0)]
    order = np.lexsort((frame.index.to_numpy(dtype=str), -frame["effect"].to_numpy()))
    return frame.iloc[order]


def nobody() -> pd.DataFrame:
    import pandas as pd

    numbers = dict.fromkeys(("hours", "effect", "low", "high", "reliability"), "float64")
    columns = {n: pd.Series(dtype=k) for n, k in ({"name": "str"} | numbers).items()}
    return pd.DataFrame(columns, index=pd.Index([], name="customer", dtype="str"))
