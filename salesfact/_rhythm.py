"""Who went silent, beyond their own rhythm?"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import numpy as np

from salesfact import _buying, _gaps, _invoicing, _season
from salesfact._result import Refusal
from salesfact._rhythm_told import (
    FEW,
    FEW_ORDERS,
    GONE,
    SILENT,
    STEADY,
    WATCH,
    YOUNG,
    Rhythm,
)
from salesfact._store import stored

if TYPE_CHECKING:
    import pandas as pd

    from salesfact._facts import Facts

MIN_MONTHS = 12  # of history
SHOWN = 12  # customers in the picture


@stored
def rhythm(facts: Facts, *, as_of: dt.date | None = None) -> Rhythm:
    """Who went silent, beyond their own rhythm?

    An order is a customer-day with a positive line. Each customer's last closed gaps (4 to 20)
    tell how long it usually waits and how regular it is; the open gap is long or not against
    that, in the firm's own tempo (season and common movement taken out). Of the customers
    certified as silent, at most one in ten is expected to be a false alarm (false-discovery rate;
    Benjamini & Hochberg 1995).

    Parameters
    ----------
    facts : Facts
        At least twelve months of them.
    as_of : date, optional
        An earlier day to judge from; default: the facts' own.

    Returns
    -------
    Rhythm
        `table`: see there. Refused where the history is shorter than twelve months, or no customer
        has four closed gaps. Ranks only (nobody certified, the list says so) where more than half
        of the customers order in bursts (k below .8).

    Raises
    ------
    LeakageError
        If `as_of` is later than the facts.

    Notes
    -----
    Gaps are Gamma(k): `p(k) = 1 − F(g/(g+S); k, nk)`, F of the beta distribution, n closed gaps
    that sum to S, open gap g; below k = 1 the exact law of an open gap (`salesfact._gaps.tail`).
    The spread of k over customers is estimated by EM from n, S and the sum of log gaps; p is the
    posterior mean of p(k). Time is operational (`salesfact._season.month_effects`). What was seen
    in worlds with planted truth, and on real data, stands in docs/rhythm.md.

    Examples
    --------
    >>> from salesfact import Facts
    >>> from salesfact._synth import buying_world
    >>> result = rhythm(Facts.from_frames(buying_world(1, customers=60, k=3.0).frame()))
    >>> silent = result.table[result.table["silent"]]
    >>> bool((silent["open_gap_days"] > silent["longest_gap_days"]).all())
    True
    """
    facts = facts if as_of is None else facts.cut(as_of)
    edges = _season.month_edges(facts.first, facts.as_of)
    known = np.datetime64(facts.as_of, "D") + 1
    whole = int(
        (known - np.datetime64(facts.first, "D")).astype(int) / 30.4375 + 0.2
    )  # a year may start on the third
    parameters: dict[str, Any] = {
        "as_of": facts.as_of.isoformat(),
        "money": facts.money,
        "level": _gaps.LEVEL,
        "watch_p": _gaps.WATCH_P,
        "months": min(whole, len(edges) - 1),
        "min_months": MIN_MONTHS,
        "min_gaps": _gaps.MIN_GAPS,
        "ranks_only": False,
        "bursty_share": 0.0,
        "collective_share": 0.0,
        "tested": 0,
    }
    if whole < MIN_MONTHS:
        return _refused(facts, parameters, YOUNG)
    clock, cells = _season.season(facts)
    sums: Any = _buying.gap_sums(facts, clock)
    if not (sums["gaps"] >= _gaps.MIN_GAPS).any():
        return _refused(facts, parameters, FEW)
    window = _invoicing.invoice_window(cells)
    collective = _invoicing.collective_customers(cells, window, sums.index)
    judged = _gaps.judge(
        sums,
        clock,
        as_of=_season.day_number(facts.as_of),
        collective=collective,
        invoiced=window.last_day(facts.as_of),
    )
    parameters |= {
        "ranks_only": judged.ranks_only,
        "bursty_share": judged.bursty_share,
        "collective_share": float(collective.mean()),
        "tested": len(judged.table[judged.table["q"].notna() & ~judged.table["gone"]]),
    }
    table = _told(facts, sums, judged.table, cells, clock)
    return Rhythm(
        table=table,
        tables={"orders": _drawn(facts, table), "tempo": _tempo(clock)},
        parameters=parameters,
        source=facts.source,
    )


def _told(facts: Facts, sums: Any, judged: Any, cells: Any, clock: _season.Clock) -> pd.DataFrame:
    """The judged customers with names, dates and money, the weightiest news first."""
    import pandas as pd

    last = sums["last"].to_numpy(dtype=np.int64)
    usual = sums["total"].to_numpy() / np.maximum(sums["gaps"].to_numpy(), 1)
    due = np.ceil(clock.day(clock.time(last) + usual))
    due = np.minimum(due, last + 36_500)  # a tempo of nearly nothing has no date
    few = sums["gaps"].to_numpy() < _gaps.MIN_GAPS
    # a year of silence that is not certified is nobody to call; neither is who has no rhythm yet
    late = judged["watch"] & ~few
    over = late & (judged["open_gap_days"] > _gaps.NEWS_DAYS)
    gone, watch = judged["gone"] | over, late & ~over
    status = np.select(
        [judged["silent"], gone, watch, few],
        [SILENT, GONE, WATCH, FEW_ORDERS],
        STEADY,
    )
    table = pd.DataFrame(
        {
            "status": status,
            "silent": judged["silent"],
            "watch": watch,
            "gone": gone,
            "at_stake": _at_stake(cells, clock, sums),
            "usual_gap_days": judged["usual_gap_days"].where(~few),
            "open_gap_days": judged["open_gap_days"],
            "longest_gap_days": sums["longest_days"].where(sums["gaps"] > 0).astype(float),
            "last_order": _dates(last),
            "expected_by": pd.Series(_dates(due), index=sums.index).where(~few),
            "orders": sums["orders"],
            "p": judged["p"],
            "q": judged["q"],
            "k": judged["k"],
        },
        index=sums.index,
    )
    known: Any = _buying.people(facts).reindex(table.index)
    named = known["name"] if "name" in known else pd.Series(None, table.index, dtype="str")
    table.insert(0, "name", named.astype("str").where(named.notna(), table.index.to_series()))
    rep = _buying.reps(facts)
    rep = None if rep is None else rep.reindex(table.index)
    if rep is not None and rep.notna().any():
        table.insert(1, "rep", rep)
    order = table.assign(
        _class=np.select([table["silent"], table["watch"], table["gone"]], [0, 1, 2], 3),
        _id=table.index,
    ).sort_values(["_class", "at_stake", "_id"], ascending=[True, False, True], kind="stable")
    return table.loc[order.index]


def _at_stake(cells: Any, clock: _season.Clock, sums: Any) -> pd.Series:
    """Money of the twelve calendar months that end with the month of the last order."""
    last = sums["last"].reindex(cells["customer"]).to_numpy(dtype=float)
    month = np.searchsorted(clock.edges, last, side="right") - 1
    age = month - cells["month"].to_numpy()
    recent = cells[(age >= 0) & (age < 12) & ~np.isnan(last)]
    return recent.groupby("customer")["money"].sum().reindex(sums.index, fill_value=0.0)


def _dates(day: Any) -> Any:
    """Day numbers as timestamps."""
    return np.asarray(day).astype(np.int64).astype("datetime64[D]").astype("datetime64[us]")


def _drawn(facts: Facts, table: Any) -> pd.DataFrame:
    """The order days of those in the picture: the weightiest silent, or else watched."""
    kind = "silent" if table["silent"].any() else "watch"
    chosen = list(table.index[table[kind]][:SHOWN])
    return _buying.order_days(facts, chosen) if chosen else _no_days()


def _no_days() -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame({"customer": pd.Series(dtype="str"), "date": _dates([])})


def _tempo(clock: _season.Clock) -> pd.DataFrame:
    """The month effects: `month` and `tempo` (1 = the average month)."""
    import pandas as pd

    return pd.DataFrame({"month": _dates(clock.edges[:-1]), "tempo": clock.rates})


def _refused(facts: Facts, parameters: dict[str, Any], refusal: Refusal) -> Rhythm:
    """The data cannot tell."""
    import pandas as pd

    kinds: dict[str, Any] = {
        "name": "str",
        "status": "str",
        "silent": "bool",
        "watch": "bool",
        "gone": "bool",
        "at_stake": "float64",
        "usual_gap_days": "float64",
        "open_gap_days": "int64",
        "longest_gap_days": "float64",
        "last_order": "datetime64[us]",
        "expected_by": "datetime64[us]",
        "orders": "int64",
        "p": "float64",
        "q": "float64",
        "k": "float64",
    }
    return Rhythm(
        table=pd.DataFrame(
            {name: pd.Series(dtype=kind) for name, kind in kinds.items()},
            index=pd.Index([], name="customer", dtype="str"),
        ),
        tables={
            "orders": _no_days(),
            "tempo": pd.DataFrame({"month": _dates([]), "tempo": pd.Series(dtype="float64")}),
        },
        parameters=parameters,
        source=facts.source,
        refusal=refusal,
    )
