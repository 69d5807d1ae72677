"""What followed where a programme came to some customers before others?"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import numpy as np

from salesfact._effort import activity_days, effort_cells
from salesfact._group_time import NEVER, GroupTime, group_time
from salesfact._programmes_told import NONE, PERIODS, YOUNG, Programmes, short_of
from salesfact._response import sales_and_hours
from salesfact._store import stored

if TYPE_CHECKING:
    from salesfact._effort_panel import EffortPanel
    from salesfact._facts import Facts
    from salesfact._result import Refusal

LEAST = 40  # customers reached
LEAST_GROUP = 10  # reached in one period; the errors of smaller groups are too short
LEAST_TURNS = 2  # periods with so many
LEAST_CONTROLS = 20
YEAR = 12
MIN_MONTHS = 2 * YEAR
SHOWN = (-2 * YEAR, 2 * YEAR)  # months since the start


@stored
def programmes(facts: Facts, *, as_of: dt.date | None = None) -> Programmes:
    """What followed where a programme came to some customers before others?

    Parameters
    ----------
    facts : Facts
        With activities that name a `programme`: a customer is reached with its first activity of
        it.
    as_of : date, optional
        An earlier day to judge from; default: the facts' own.

    Returns
    -------
    Programmes
        `table`: see there. Refused where no activity names a programme, activities and sales cover
        less than two years, or no programme reached forty customers in turn, ten or more in each of
        two periods at least, with twenty never reached.

    Raises
    ------
    LeakageError
        If `as_of` is later than the facts.
    FactsError
        If the client has no activities.

    Notes
    -----
    Group-time average effects on growth, customers not reached yet as controls
    (`salesfact._group_time`; Callaway & Sant'Anna 2021), held against the year before the start.
    Only customers who bought within the first year of the log count: newcomers would look like
    growth. Periods are months, quarters or half-years, the shortest in which ten or more customers
    were reached at a time; smaller groups are left out. Even so, with groups of ten to twenty
    the test of the periods before the start finds something in two to four of ten worlds where
    nothing is: it stops claims too often rather than too seldom. See docs/response.md.
    """
    facts = facts if as_of is None else facts.cut(as_of)
    days: Any = activity_days(facts)
    named = days[days["programme"].notna() & (days["programme"] != "")]
    reached = named.groupby(["programme", "customer"])["date"].min().reset_index()
    size = reached.groupby("programme").size()
    parameters: dict[str, Any] = {
        "named": len(size),
        "least": LEAST,
        "least_group": LEAST_GROUP,
        "least_turns": LEAST_TURNS,
        "least_controls": LEAST_CONTROLS,
        "most_reached": int(size.max()) if len(size) else 0,
        "months": 0,
        "min_months": MIN_MONTHS,
    }
    if not len(size):
        return _answer(facts, {}, parameters, NONE)
    cells = effort_cells(facts, by_kind=True)
    cells["hours"] = np.where(cells["hours"] > 0, cells["hours"], 1.0)  # an activity, that is all
    panel = sales_and_hours(facts, cells)
    parameters["months"] = len(panel.months)
    if len(panel.months) < MIN_MONTHS:
        return _answer(facts, {}, parameters, YOUNG)
    found, tried = {}, []
    for name, own in reached.groupby("programme"):
        told, counts = _followed(panel, own)
        tried.append({"furthest": str(name), "most_reached": len(own), **counts})
        if told is not None:
            found[str(name)] = (told, counts["months_of"], counts["in_turns"], counts["never"])
    # of several that fail, the one that lacks least is told of
    parameters |= min(tried, key=lambda t: (len(t["failed"]), -t["in_turns"], t["furthest"]))
    parameters["failed"] = tuple(parameters["failed"])
    refusal = None if found else short_of(parameters["failed"])
    return _answer(facts, found, parameters, refusal)


def _followed(panel: EffortPanel, own: Any) -> tuple[GroupTime | None, dict[str, Any]]:
    """Effects of one programme, if enough were reached in turn; and what was found of each need."""
    start = np.full(len(panel.customers), NEVER)
    row = panel.customers.get_indexer(own["customer"].astype("string"))
    month = (own["date"].to_numpy().astype("datetime64[M]") - panel.months[0]).astype(int)
    seen_of = (row >= 0) & (month < len(panel.months))  # sales may end before activities do
    start[row[seen_of]] = month[seen_of]
    there = panel.known[:, YEAR - 1]
    best: dict[str, Any] = {}
    for months in PERIODS:
        whole = len(panel.months) // months * months  # the first months go, not the last
        skipped = len(panel.months) - whole
        y = panel.y[there, skipped:].reshape(int(there.sum()), -1, months).sum(axis=2)
        begun = start[there]
        begun = np.where(begun == NEVER, NEVER, np.maximum(begun - skipped, 0) // months)
        # the year before the start must be seen: those reached in the first year are left out
        base = YEAR // months
        count = np.bincount(begun[begun >= base], minlength=y.shape[1])
        enough = np.flatnonzero(count >= LEAST_GROUP)
        seen: dict[str, Any] = {
            "months_of": months,
            "counted": int(count.sum()),
            "turns": len(enough),
            "in_turns": int(count[enough].sum()),
            "never": int((begun == NEVER).sum()),
        }
        needs = (
            ("reached", len(own), LEAST),
            ("counted", seen["counted"], LEAST),
            ("turns", seen["turns"], LEAST_TURNS),
            ("in_turns", seen["in_turns"] if len(enough) >= LEAST_TURNS else LEAST, LEAST),
            ("never", seen["never"], LEAST_CONTROLS),
        )
        seen["failed"] = [name for name, found, least in needs if found < least]
        if not seen["failed"]:
            kept = (begun == NEVER) | np.isin(begun, enough)
            return group_time(y[kept], begun[kept], scale="ratio", base_months=base), seen
        if not best or len(seen["failed"]) <= len(best["failed"]):
            best = seen
    return None, best


def _answer(
    facts: Facts,
    found: dict[str, tuple[GroupTime, int, int, int]],
    parameters: dict[str, Any],
    refusal: Refusal | None,
) -> Programmes:
    import pandas as pd

    order = sorted(found, key=lambda name: (-found[name][2], name))
    rows, heads = [], []
    for name in order:
        told, months, reached, never = found[name]
        heads.append((name, told.effect, told.se, told.lead_p, reached, never, months))
        event: Any = told.event
        for row in event.itertuples():
            if SHOWN[0] <= row.Index * months <= SHOWN[1]:
                ends = np.expm1([row.estimate, row.band_low, row.band_high])
                rows.append((name, row.Index, PERIODS[months], *ends, row.treated, row.groups))
    whole = pd.DataFrame(
        rows,
        columns=["programme", "since", "period", "effect", "low", "high", "treated", "groups"],
    )
    numbers = dict.fromkeys(("effect", "low", "high"), "float64")
    counts = dict.fromkeys(("since", "treated", "groups"), "int64")
    table = whole.astype({"programme": "str", "period": "str"} | numbers | counts)
    told_of = pd.DataFrame(
        heads,
        columns=["programme", "slope", "se", "lead_p", "reached", "controls", "months"],
    )
    numbers = dict.fromkeys(("slope", "se", "lead_p"), "float64")
    counts = dict.fromkeys(("reached", "controls", "months"), "int64")
    return Programmes(
        table=table.rename_axis("row"),
        tables={
            "programmes": told_of.astype({"programme": "str"} | numbers | counts).set_index(
                "programme"
            )
        },
        parameters=parameters,
        source=facts.source,
        refusal=refusal,
    )
