"""Who changes against their own past, since when, and worth how much?"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import numpy as np

from salesfact import _buying, _group_cells, _lost_groups, _price_drift, _season, _volume_drift
from salesfact._drift_picture import no_history, weightiest
from salesfact._drift_told import (
    CERTAIN,
    FEW,
    GROUP,
    GROWING,
    KINDS,
    LOSSES,
    MAYBE,
    MIX,
    PRICE,
    SHRINKING,
    YOUNG,
    Drift,
    reasons,
)
from salesfact._language import language
from salesfact._rhythm import rhythm
from salesfact._store import stored

if TYPE_CHECKING:
    import pandas as pd

    from salesfact._facts import Facts
    from salesfact._result import Refusal
    from salesfact._volume_drift import Flags, Panel

MIN_MONTHS = 12  # of history
DRAWN_MONTHS = 36


@stored
def drift(facts: Facts, *, as_of: dt.date | None = None) -> Drift:
    """Who changes against their own past, since when, and worth how much?

    Customers who go on buying, but fewer or more orders, no more of a product group, at lower
    prices for the same products, or a mix that earns less. Each is held against its own past;
    season and what moved all customers alike are taken out first. Of those certified of one kind,
    at most one in ten is expected not to have changed (false-discovery rate; Benjamini & Hochberg
    1995). Who has no order left since its change is silent, and a matter of `rhythm`.

    Parameters
    ----------
    facts : Facts
        At least twelve months of them.
    as_of : date, optional
        An earlier day to judge from; default: the facts' own.

    Returns
    -------
    Drift
        `table`: see there. Refused where the history is shorter than twelve months, or no customer
        has twelve orders and bought within the last three months.

    Raises
    ------
    LeakageError
        If `as_of` is later than the facts.

    Notes
    -----
    The last 2 to 12 months are each held against up to 24 months before them. How far such windows
    move in ordinary times is measured at three or more earlier origins, by volume
    (`salesfact._shifts.judge`); a fall or a rise is certified at five orders a month or more. Lost
    product groups: `salesfact._lost_groups.lost_groups`. Prices and mix:
    `salesfact._price_drift`. What was seen in worlds with planted truth, and on real data, stands
    in docs/drift.md.

    Examples
    --------
    >>> from salesfact import Facts
    >>> from salesfact._synth_drift import changing_world
    >>> world = changing_world(3, customers=120, rate=9.0)
    >>> result = drift(Facts.from_frames(world.frame(), as_of=world.as_of))
    >>> bool(result.table["certified"].any())
    True
    """
    facts = facts if as_of is None else facts.cut(as_of)
    clock, cells = _season.season(facts)
    known = np.datetime64(facts.as_of, "D") + 1
    whole = int((known - np.datetime64(facts.first, "D")).astype(int) / 30.4375 + 0.2)
    months = len(clock.rates)
    parameters: dict[str, Any] = {
        "as_of": facts.as_of.isoformat(),
        "money": facts.money,
        "level": _volume_drift.LEVEL,
        "rate": _volume_drift.CERTAIN_RATE,
        "months": min(whole, months),
        "min_months": MIN_MONTHS,
        "min_orders": _volume_drift.MIN_ORDERS,
        "groups_known": False,
        "prices_known": False,
        "mix_known": False,
        "compared": 0,
        "certifiable": 0,
        "watch_false": 0.0,
    }
    if whole < MIN_MONTHS:
        return _refused(facts, parameters, YOUNG)
    panel = _volume_drift.panel(cells, clock)
    if not len(panel.customers):
        return _refused(facts, parameters, FEW)
    silence: Any = rhythm(facts).table
    gone = silence.index[silence["silent"] | silence["gone"]]
    alive = ~panel.customers.isin(gone)
    families = _families(facts, panel, alive, clock, parameters)
    parameters |= {
        "compared": int(alive.sum()),
        "certifiable": families[SHRINKING].tested,
        "watch_false": float(sum(f.watch_false for f in families.values())),
    }
    table = _told(facts, families, clock)
    return Drift(
        table=table,
        tables={"history": _history(families, clock, table)},
        parameters=parameters,
        source=facts.source,
    )


def _families(
    facts: Facts, panel: Panel, alive: Any, clock: _season.Clock, parameters: dict[str, Any]
) -> dict[str, Flags]:
    """Every kind of change that these facts can tell."""
    volume = _volume_drift.volume_drift(panel, alive)
    found = {SHRINKING: volume[_volume_drift.DOWN], GROWING: volume[_volume_drift.UP]}
    levels = _group_cells.group_levels(facts)
    if levels:
        broadest = _group_cells.group_cells(facts, levels[0])
        cells, above = _group_cells.every_level(facts, levels, broadest)
        groups = _placed(broadest, clock)
        parameters["groups_known"] = True
        found[GROUP] = _lost_groups.lost_groups(panel, _placed(cells, clock), alive, above)
        if "margin" in facts.has:
            parameters["mix_known"] = True
            mix = _price_drift.mix_cells(groups)
            found[MIX] = _price_drift.mean_drift(panel, mix, _yearly(facts, panel), alive)
    if {"product", "quantity"} <= facts.has:
        parameters["prices_known"] = True
        prices = _placed(_price_drift.price_cells(facts, levels[0] if levels else None), clock)
        found[PRICE] = _price_drift.mean_drift(panel, prices, _yearly(facts, panel), alive)
    return found


def _placed(cells: Any, clock: _season.Clock) -> Any:
    """Months as positions on the clock."""
    start = cells["month"].to_numpy().astype("datetime64[D]").astype(np.int64)
    return cells.assign(month=np.searchsorted(clock.edges, start))


def _yearly(facts: Facts, panel: Panel) -> Any:
    """Revenue of the last twelve months by row of the panel."""
    sales: Any = facts.sales
    start = (np.datetime64(facts.as_of, "M") - 11).astype("datetime64[D]").astype(object)
    recent = sales.filter(sales.date >= dt.datetime.combine(start, dt.time()))
    frame = facts.fetch(recent.group_by("customer").aggregate(amount=recent.amount.sum()))
    return frame.set_index("customer")["amount"].reindex(panel.customers, fill_value=0.0).to_numpy()


def _told(facts: Facts, families: dict[str, Flags], clock: _season.Clock) -> pd.DataFrame:
    """All flags with names, months and reasons; certain ones first, each by money at stake."""
    import pandas as pd

    frame: Any = pd.concat(
        [f.table.assign(kind=kind) for kind, f in families.items()], ignore_index=True
    )
    month = len(clock.rates) - frame["months"].to_numpy(dtype=int)
    frame["since"] = clock.edges[month].astype("datetime64[D]").astype("datetime64[us]")
    frame["status"] = np.where(frame["certified"], CERTAIN, MAYBE)
    frame["loss"] = frame["kind"].isin(LOSSES)
    known: Any = _buying.people(facts)
    frame["name"] = frame["customer"]
    if "name" in known:
        named = frame["customer"].map(known["name"])
        frame["name"] = named.astype("str").where(named.notna(), frame["customer"])
    frame["_kind"] = frame["kind"].map({kind: i for i, kind in enumerate(KINDS)})
    frame = frame.sort_values(
        ["certified", "at_stake", "customer", "_kind", "group"],
        ascending=[False, False, True, True, True],
        kind="stable",
    )
    # a customer's money counts once: with its first flag of a loss, or of a gain
    leading = ~frame.duplicated(["customer", "loss"])
    frame["counted"] = np.where(leading, frame["at_stake"], 0.0)
    columns = ["name"]
    rep = _buying.reps(facts)
    frame["rep"] = None if rep is None else frame["customer"].map(rep)
    if frame["rep"].notna().any():
        columns.append("rep")
    columns += ["status", "kind", "group", "certified", "loss", "since", "at_stake", "counted"]
    table = frame.set_index("customer")[[*columns, "before", "now", "months", "p", "q"]]
    table["reason"] = reasons(table, language(facts.language))
    return table


def _history(families: dict[str, Flags], clock: _season.Clock, table: Any) -> pd.DataFrame:
    """Month by month what the weightiest flags are about, and what was expected."""
    import pandas as pd

    start = max(0, len(clock.rates) - DRAWN_MONTHS)
    months = clock.edges[start:-1].astype("datetime64[D]").astype("datetime64[us]")
    places = {
        (kind, customer, group): at
        for kind, family in families.items()
        for at, (customer, group) in enumerate(
            zip(family.table["customer"], family.table["group"], strict=True)
        )
    }
    parts = []
    drawn: Any = weightiest(table).reset_index()
    for place, row in enumerate(drawn.itertuples(index=False)):
        family = families[row.kind]
        at = places[row.kind, row.customer, row.group]
        parts.append(
            pd.DataFrame(
                {
                    "place": place,
                    "customer": row.customer,
                    "kind": row.kind,
                    "group": row.group,
                    "month": months,
                    "value": family.values[at, start:],
                    "low": family.low[at, start:],
                    "high": family.high[at, start:],
                }
            )
        )
    return pd.concat(parts, ignore_index=True) if parts else no_history()


def _refused(facts: Facts, parameters: dict[str, Any], refusal: Refusal) -> Drift:
    """The data cannot tell."""
    import pandas as pd

    return Drift(
        table=pd.DataFrame(
            {
                name: pd.Series(dtype=kind)
                for name, kind in {
                    **dict.fromkeys(("name", "status", "kind", "group"), "str"),
                    **dict.fromkeys(("certified", "loss"), "bool"),
                    "since": "datetime64[us]",
                    **dict.fromkeys(("at_stake", "counted", "before", "now"), "float64"),
                    "months": "int64",
                    **dict.fromkeys(("p", "q"), "float64"),
                    "reason": "str",
                }.items()
            },
            index=pd.Index([], name="customer", dtype="str"),
        ),
        tables={"history": no_history()},
        parameters=parameters,
        source=facts.source,
        refusal=refusal,
    )
