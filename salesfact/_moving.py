"""What is moving? Silence and drift as one list, each customer's money counted once."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import numpy as np

from salesfact import _season, _volume_drift
from salesfact._drift import DRAWN_MONTHS, drift
from salesfact._drift_picture import no_history, weightiest
from salesfact._drift_told import CERTAIN, KINDS, MAYBE
from salesfact._language import language
from salesfact._moving_told import ALSO, SILENCE, UNKNOWN, Moving, reasons
from salesfact._rhythm import rhythm
from salesfact._store import stored

if TYPE_CHECKING:
    import pandas as pd

    from salesfact._drift_told import Drift
    from salesfact._facts import Facts
    from salesfact._rhythm_told import Rhythm

FIGURES = {
    "group": "str",
    "before": "float64",
    "now": "float64",
    "months": "float64",
    "usual_gap_days": "float64",
    "open_gap_days": "float64",
    "last_order": "datetime64[us]",
}


@stored
def moving(facts: Facts, *, as_of: dt.date | None = None) -> Moving:
    """What is moving? Silence and drift as one list, each customer's money counted once.

    Joins `rhythm` (who went silent) and `drift` (who changes while buying on). A customer stands
    there once: by a change with money at stake before one without, by a certain one before an
    uncertain one, and by the weightiest of those; what else changed with it is named, and its money
    not added. Losses are counted as in `priorities`, but for those whose gain is surer or weighs
    more.

    Parameters
    ----------
    facts : Facts
        At least twelve months of them.
    as_of : date, optional
        An earlier day to judge from; default: the facts' own.

    Returns
    -------
    Moving
        `table`: see there. Refused where neither rhythm nor drift can be told.

    Raises
    ------
    LeakageError
        If `as_of` is later than the facts.

    Examples
    --------
    >>> from salesfact import Facts
    >>> from salesfact._synth_drift import changing_world
    >>> world = changing_world(3, customers=120, rate=9.0)
    >>> result = moving(Facts.from_frames(world.frame(), as_of=world.as_of))
    >>> result.table.index.is_unique
    True
    """
    facts = facts if as_of is None else facts.cut(as_of)
    silence, change = rhythm(facts), drift(facts)
    parameters: dict[str, Any] = {
        "as_of": facts.as_of.isoformat(),
        "money": facts.money,
        "level": _volume_drift.LEVEL,
        "rhythm_told": silence.refusal is None,
        "drift_told": change.refusal is None,
    }
    refusal = UNKNOWN if silence.refusal is not None and change.refusal is not None else None
    table = joined(silence, change)
    losing = joined(silence, change, at_stake=True).index
    gaining = table.index[~table["loss"].to_numpy(dtype=bool)]
    # whom the call list shows by what they lose, and this one by a surer or greater gain
    parameters["gain_more"] = len(gaining.intersection(losing))
    table["reason"] = reasons(table, language(facts.language))
    return Moving(
        table=table,
        tables={"history": no_history() if table.empty else _history(facts, table, change)},
        parameters=parameters,
        source=facts.source,
        refusal=refusal,
    )


def joined(silence: Rhythm, change: Drift, *, at_stake: bool = False) -> pd.DataFrame:
    """One row per customer: its weightiest certain change, or else its weightiest uncertain one.

    Parameters
    ----------
    silence, change : Rhythm, Drift
        Of the same facts.
    at_stake : bool
        Only customers who stand for a loss of money, each with such a loss before anything else.

    Returns
    -------
    DataFrame
        As `Moving.table`, without reasons.
    """
    import pandas as pd

    late: Any = silence.table[silence.table["silent"] | silence.table["watch"]]
    due = late["expected_by"].fillna(late["last_order"]).to_numpy().astype("datetime64[M]")
    late = late.assign(
        kind=SILENCE,
        certified=late["silent"],
        loss=True,
        since=due.astype("datetime64[us]"),
        group="",
        before=np.nan,
        now=np.nan,
        months=np.nan,
    )
    changed: Any = change.table.assign(
        usual_gap_days=np.nan, open_gap_days=np.nan, last_order=pd.NaT
    )
    columns = ["name"] + (["rep"] if "rep" in late or "rep" in changed else [])
    columns += ["kind", "certified", "loss", "since", "at_stake", *FIGURES]
    parts = [p.reindex(columns=columns) for p in (late, changed) if len(p)]
    if not parts:
        parts = [late.reindex(columns=columns)]
    frame: Any = pd.concat(parts).astype(FIGURES).rename_axis("customer").reset_index()
    frame["certified"] = frame["certified"].astype(bool)
    frame["loss"] = frame["loss"].astype(bool)
    frame["since"] = frame["since"].astype("datetime64[us]")
    place = {SILENCE: -1} | {kind: at for at, kind in enumerate(KINDS)}
    frame["_kind"] = frame["kind"].map(place).astype("int64")
    frame["_worth"] = frame["at_stake"] > 0
    frame["_first"] = frame["loss"] & frame["_worth"] if at_stake else True
    frame = frame.sort_values(
        ["_first", "_worth", "certified", "at_stake", "customer", "_kind", "group"],
        ascending=[False, False, False, False, True, True, True],
        kind="stable",
    )
    rest = frame[frame.duplicated("customer")]
    table = frame.drop_duplicates("customer").set_index("customer")
    table = table[table["_first"].astype(bool)].drop(columns=["_first", "_worth", "_kind"])
    table = table.sort_values(["certified", "at_stake"], ascending=False, kind="stable")
    status = np.where(table["certified"], CERTAIN, MAYBE)
    table.insert(table.columns.get_loc("kind"), "status", pd.Series(status, table.index, "str"))
    for column, sure in (("also", True), ("perhaps", False)):
        others = rest[rest["certified"] == sure].groupby("customer")["kind"]
        found = others.agg(lambda kinds: ALSO.join(dict.fromkeys(kinds))).reindex(table.index)
        table[column] = found.where(found.notna(), "").astype("str")
    return table


def _history(facts: Facts, table: Any, change: Drift) -> pd.DataFrame:
    """Months of the weightiest: those of `drift`, and of the silent their orders."""
    import pandas as pd

    drawn: Any = weightiest(table)
    clock, cells = _season.season(facts)
    start = max(0, len(clock.rates) - DRAWN_MONTHS)
    months = clock.edges[start:-1].astype("datetime64[D]").astype("datetime64[us]")
    told: Any = change.tables["history"]
    parts = []
    for place, (customer, row) in enumerate(drawn.iterrows()):
        mine = told[
            (told["customer"] == customer)
            & (told["kind"] == row["kind"])
            & (told["group"] == row["group"])
        ]
        if row["kind"] == SILENCE:
            mine = _orders(cells[cells["customer"] == customer], clock)
            mine = {name: values[start:] for name, values in mine.items()}
            mine = pd.DataFrame({"customer": customer, "kind": SILENCE, "group": "", **mine})
            mine["month"] = months
        parts.append(mine.assign(place=place)[list(no_history().columns)])
    return pd.concat(parts, ignore_index=True)


def _orders(mine: Any, clock: _season.Clock) -> dict[str, Any]:
    """One customer's orders by month, and what was expected from its months up to the last."""
    months = len(clock.rates)
    orders = np.zeros(months)
    np.add.at(orders, mine["month"].to_numpy(), mine["orders"].to_numpy(dtype=float))
    bought = np.flatnonzero(orders)
    exposure = np.diff(clock.at_edges) * (np.arange(months) > bought[0])
    up_to = bought[-1] + 1
    base = slice(max(bought[0] + 1, up_to - 24), up_to)
    time = exposure[base].sum()
    pace = orders[base].sum() / time if time > 0 else 0.0
    low, high = _volume_drift.count_band(pace * exposure)
    return {"value": orders, "low": low, "high": high}
