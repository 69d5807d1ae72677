"""Where did the hours go? Effort by customer and month, and activity by activity."""

from __future__ import annotations

from typing import TYPE_CHECKING

from salesfact._activity_ledger import nothing
from salesfact._errors import FactsError, Fault
from salesfact._language import N_
from salesfact._said import said

if TYPE_CHECKING:
    import pandas as pd

    from salesfact._facts import Facts

_WEEKDAYS = 365.25 / 12 * 5 / 7  # of a month
# sums of doubles would depend on the number of threads
_HOURS = "coalesce(sum(hours::DECIMAL(18,8)), 0)::DOUBLE"


def effort_cells(facts: Facts, *, by_kind: bool = False) -> pd.DataFrame:
    """Effort by customer and month: one query, kept with the facts.

    Parameters
    ----------
    facts : Facts
    by_kind : bool
        A row for each kind of activity.

    Returns
    -------
    DataFrame
        `customer`, `month` (its first day), with `by_kind` also `kind`; `hours` (stated or by
        norm; activities without either count as none) and `activities` (how many). Sorted by
        customer, month and kind; only months with activities, up to `as_of`. Customers may be
        among them who never bought.

    Raises
    ------
    FactsError
        If the client has no activities.
    """
    _needed(facts)
    by = "customer, month, kind" if by_kind else "customer, month"
    what = "customer, date_trunc('month', date)::TIMESTAMP AS month" + ", kind" * by_kind
    return _kept(
        facts,
        f"effort_cells {by}",
        f"""
        SELECT {what}, {_HOURS} AS hours, count(*) AS activities
        FROM activities WHERE date < TIMESTAMP '{facts._end}' GROUP BY ALL ORDER BY {by}
        """,
    )


def activity_days(facts: Facts) -> pd.DataFrame:
    """Every activity up to `as_of`: there are few of them, so they may leave the engine.

    Returns
    -------
    DataFrame
        `customer`, `date` (the day), `kind`, `rep`, `hours` (missing where neither the row nor a
        norm says any), `programme`. Sorted by customer and date.

    Raises
    ------
    FactsError
        If the client has no activities.
    """
    _needed(facts)
    return _kept(
        facts,
        "activity_days",
        f"""
        SELECT customer, date::DATE::TIMESTAMP AS date, kind, rep, hours, programme
        FROM activities a WHERE a.date < TIMESTAMP '{facts._end}' ORDER BY customer, a.date, row
        """,
    )


def logged_after_orders(facts: Facts) -> tuple[float, float]:
    """Activities logged on the day of an order or within two days after it.

    Returns
    -------
    share, chance : float
        Their share of all activities, and the share there would be if each fell on any weekday of
        its month: where customers order often, many do without anything being wrong. NaN without
        activities.

    Raises
    ------
    FactsError
        If the client has no activities.
    """
    _needed(facts)
    frame = _kept(
        facts,
        "logged_after_orders",
        f"""
        WITH bought AS (
            SELECT DISTINCT customer, date::DATE AS day FROM lines
            WHERE amount > 0 AND date < TIMESTAMP '{facts._end}'
        ), near AS (
            SELECT DISTINCT customer, (day + i)::DATE AS day
            FROM bought, (VALUES (0), (1), (2)) late(i)
        ), months AS (
            SELECT customer, date_trunc('month', day) AS month,
                least(count(*) / {_WEEKDAYS}, 1.0)::DOUBLE AS part
            FROM near WHERE isodow(day) < 6 GROUP BY ALL
        ), done AS (
            SELECT customer, date::DATE AS day FROM activities
            WHERE date < TIMESTAMP '{facts._end}'
        )
        SELECT count(near.day) / count(*) AS share,
            coalesce(sum(months.part::DECIMAL(18,8)), 0)::DOUBLE / count(*) AS chance
        FROM done LEFT JOIN near USING (customer, day) LEFT JOIN months
            ON months.customer = done.customer AND months.month = date_trunc('month', done.day)
        """,
    )
    return float(frame["share"].iloc[0]), float(frame["chance"].iloc[0])


def _kept(facts: Facts, name: str, sql: str) -> pd.DataFrame:
    engine = facts._engine
    return engine.once((name, facts.as_of), lambda: engine.frame(sql)).copy(deep=False)


def _needed(facts: Facts) -> None:
    if "activities" in facts.has:
        return
    why = nothing(facts.ledger)
    remedy = N_(
        "name it under sources: activities: (a workbook to fill in: salesfact template activities)"
    )
    if why is not None:
        remedy = N_(
            "fill in the log that sources: activities: names, or look at its columns: and format:;"
            " salesfact check lists what is set aside"
        )
    raise FactsError(
        Fault(
            said(N_("the facts have no activities")) if why is None else why,
            where=facts.name,
            allowed=N_("a log of visits, calls and other activities"),
            remedy=remedy,
        )
    )
