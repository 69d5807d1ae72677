"""Do our hours follow value, or habit?"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from salesfact import _rut_shares
from salesfact._buying import people
from salesfact._halves import Dated
from salesfact._marginal import marginal_return
from salesfact._rut_shares import Years, ceiling, gini, overlap, shares
from salesfact._rut_weight import RutWeight, rut_weight
from salesfact._ruts_told import Ruts
from salesfact._ruts_words import (
    FEW,
    MANY,
    NO_HOURS,
    NO_HOURS_AT_ALL,
    NO_VALUE,
    NOBODY,
    SPLITS,
    WIDE,
    YOUNG,
)
from salesfact._store import stored
from salesfact._value import value

if TYPE_CHECKING:
    import pandas as pd

    from salesfact._facts import Facts
    from salesfact._result import Refusal

MIN_ACTIVITIES = 10.0  # a customer-year, on average
MIN_CUSTOMERS = 100  # who tell of the rut weight
MOST_APART = 0.1  # two splits
MOST_ERROR = 0.2  # standard error of the rut weight
MIN_STATED = 0.5  # part of the activities whose hours are known


@stored
def ruts(facts: Facts, *, marginal: pd.Series | None = None, as_of: dt.date | None = None) -> Ruts:
    """Do our hours follow value, or habit?

    Each customer's part of the hours of the last twelve months beside its part of the margin
    (revenue where there are no margins), both as they were the year before; how alike the two are,
    how much of either stays from year to year beside what chance allows, and how much of a lead in
    activities that value does not explain is still there a year later (the rut weight).

    Parameters
    ----------
    facts : Facts
        With activities.
    marginal : Series, optional
        Money that one more hour is expected to go with, by customer; default: from `response`,
        where it claims an effect. The part of the hours below the median is then told.
    as_of : date, optional
        An earlier day to judge from; default: the facts' own.

    Returns
    -------
    Ruts
        `table`: see there. Refused without hours or money in the twelve months. The rut weight
        alone is left out, and the reading says why, where the log does not cover two years, where
        customers have fewer than ten activities a year on average, where fewer than a hundred
        customers tell of it, where its standard error is above .2, and where two splits disagree
        by more than .1.

    Raises
    ------
    FactsError
        If the client has no activities.
    LeakageError
        If `as_of` is later than the facts.

    Notes
    -----
    The rut weight: `salesfact._rut_weight.rut_weight`, with the value that was forecast at the
    start of the year before (`salesfact.value`) and an intercept for each rep. How it works and
    what was seen in worlds with planted habits: docs/ruts.md.
    """
    facts = facts if as_of is None else facts.cut(as_of)
    found = _rut_shares.years(facts)
    parameters: dict[str, Any] = {
        "as_of": facts.as_of.isoformat(),
        "money": facts.money,
        "both": found.both,
        "stated": found.stated,
        "min_activities": MIN_ACTIVITIES,
        "min_customers": MIN_CUSTOMERS,
        "prospect_hours": found.prospect_hours,
        "why": "",
        "mean_activities": 0.0,
        "low_return": None,
    }
    refusal = refused(found)
    if refusal is not None:
        return _answer(facts, parameters, _table(facts, found, None).head(0), {}, refusal)
    told = None
    if found.both:
        told = weighed(found, parameters, lambda: expected(facts, found))
    else:
        parameters["why"] = YOUNG
    table = _table(facts, found, told)
    returns = marginal_return(facts) if marginal is None else marginal
    if returns is not None:
        parameters["low_return"] = low_return(table["hours"], returns)
    tables = {"alike": alike(found), "weight": _weight(found, told, parameters)}
    return _answer(facts, parameters, table, tables, None)


def refused(found: Years) -> Refusal | None:
    """Why nothing can be told, or None."""
    if not found.activities[:, 1].any():
        return NOBODY
    if found.stated < MIN_STATED or not found.hours[:, 1].any():
        return NO_HOURS if found.stated > 0 else NO_HOURS_AT_ALL
    return None if found.value[:, 1].any() else NO_VALUE


def weighed(
    found: Years, parameters: dict[str, Any], ahead: Callable[[], Any], only: Any = None
) -> RutWeight | None:
    """The rut weight, or None and why not in `parameters`."""
    there = _rut_shares.there(found)
    there = there if only is None else there & only
    visited = there & found.activities.any(axis=1)
    mean = float(found.activities[visited, 0].mean()) if visited.any() else 0.0
    parameters["mean_activities"] = mean
    if mean < MIN_ACTIVITIES:
        parameters["why"] = FEW
        return None
    days = (found.turn - found.start).days
    visits = _rut_shares.before(found.visits, days)
    told = rut_weight(
        Dated(visits.row, visits.day),
        found.activities[:, 1],
        _rut_shares.before(found.sales, -(-days // 28) * 28),
        ahead(),
        group=found.reps,
        eligible=there,
        enough=MIN_CUSTOMERS,
    )
    if told is None:
        parameters["why"] = MANY
    elif not told.se <= MOST_ERROR:
        parameters["why"] = WIDE
    elif abs(told.other - told.weight) > MOST_APART:
        parameters["why"] = SPLITS
    return None if parameters["why"] else told


def expected(facts: Facts, found: Years) -> Any:
    """What each customer was expected to bring when the year before began; None where unknown."""
    origin = found.start - dt.timedelta(days=1)
    if facts.first > origin - dt.timedelta(days=365):
        return None
    then = value(facts, as_of=origin)
    if then.refusal is not None or then.table.empty:
        return None
    estimate = then.table["estimate"].reindex(found.customers).to_numpy(dtype=float)
    if not (estimate > 0).any():
        return None
    least = np.nanquantile(estimate[estimate > 0], 0.05)
    return np.where(np.isnan(estimate), np.nan, np.maximum(estimate, least))


def low_return(hours: Any, marginal: pd.Series) -> float:
    """Part of the hours that went to customers below the median of what one more hour brings."""
    known: Any = marginal.reindex(hours.index)
    told = hours[known.notna()]
    low = known[known.notna()] < known.median()
    return float(told[low].sum() / told.sum()) if told.sum() > 0 else float("nan")


def _table(facts: Facts, found: Years, told: RutWeight | None) -> pd.DataFrame:
    """One row per customer with hours or money, most hours by habit first, then most beyond."""
    import pandas as pd

    known: Any = people(facts).reindex(found.customers)
    hours, money = found.hours, found.value
    e, v = (np.stack([shares(a[:, t]) for t in (0, 1)], axis=1) for a in (hours, money))
    total = hours[:, 1].sum()
    over = e - v
    lasting = np.clip(over, 0, None).min(axis=1) if found.both else np.full(len(hours), np.nan)
    name = known["name"] if "name" in known else pd.Series(np.nan, index=found.customers)
    table = pd.DataFrame(
        {
            "name": name.fillna(pd.Series(found.customers, index=found.customers)).astype("str"),
            "hours": hours[:, 1],
            "hours_before": hours[:, 0] if found.both else np.nan,
            "value": money[:, 1],
            "value_before": money[:, 0],
            "effort_share": e[:, 1],
            "effort_share_before": e[:, 0] if found.both else np.nan,
            "value_share": v[:, 1],
            "value_share_before": v[:, 0],
            "excess_hours": over[:, 1] * total,
            "habit_hours": lasting * total,
            "weighed": told.used if told is not None else False,
        },
        index=found.customers,
    )
    some = hours.any(axis=1) | money.any(axis=1)
    kept: Any = table[some].sort_index()
    by = ["habit_hours", "excess_hours"] if found.both else ["excess_hours"]
    return kept.sort_values(by, ascending=False, kind="stable")


def alike(found: Years) -> pd.DataFrame:
    """Overlaps of hours and money, what chance allows, and how unevenly both are divided."""
    import pandas as pd

    n, spread = len(found.customers), _rut_shares.visit_spread(found)
    e, v = found.hours, found.value
    most_e = ceiling(found.visits, n, spread) if found.both else np.nan
    most_v = ceiling(found.sales, n)
    both = 1 - np.sqrt(((1 - most_e) ** 2 + (1 - most_v) ** 2) / 2)
    some = e.any(axis=1) | v.any(axis=1)
    rows = {
        "effort and value": (overlap(e[:, 1], v[:, 1]), both),
        "effort": (overlap(e[:, 0], e[:, 1]) if found.both else np.nan, most_e),
        "value": (overlap(v[:, 0], v[:, 1]), most_v),
        "gini of effort": (gini(e[some, 1]), np.nan),
        "gini of value": (gini(v[some, 1]), np.nan),
    }
    return pd.DataFrame.from_dict(rows, orient="index", columns=["alike", "most"])


def _weight(found: Years, told: RutWeight | None, parameters: dict[str, Any]) -> pd.DataFrame:
    """The rut weight with its range, and the part of the hours it speaks of."""
    import pandas as pd

    row = dict.fromkeys(("weight", "low", "high", "value", "expected", "other", "covers"), np.nan)
    row |= {"dispersion": _rut_shares.visit_spread(found), "customers": 0}
    if told is not None:
        names = ("weight", "low", "high", "value", "expected", "other", "dispersion", "customers")
        row |= {name: getattr(told, name) for name in names}
        row["covers"] = float(found.hours[told.used, 1].sum() / found.hours[:, 1].sum())
    return pd.DataFrame([row])


def _answer(
    facts: Facts,
    parameters: dict[str, Any],
    table: pd.DataFrame,
    tables: dict[str, pd.DataFrame],
    refusal: Refusal | None,
) -> Ruts:
    return Ruts(
        table=table, tables=tables, parameters=parameters, source=facts.source, refusal=refusal
    )
