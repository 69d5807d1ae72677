"""From which earlier days can a list be judged, and what would anyone have said there?"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from salesfact._compare import (
    Difference,
    best_of,
    captured_share,
    compare,
    gain_curve,
    overlap,
    places,
    poisson_deviance,
)
from salesfact._errors import Fault, LeakageError
from salesfact._knowable import Ranking, ask, at_origin, month_cells
from salesfact._language import N_
from salesfact._ledger import month_end
from salesfact._said import said

if TYPE_CHECKING:
    import pandas as pd

    from salesfact._facts import Facts

__all__ = [
    "NAIVE",
    "NAIVE_ESTIMATES",
    "WANTED",
    "Difference",
    "Ranking",
    "ask",
    "at_origin",
    "best_of",
    "captured_share",
    "compare",
    "gain_curve",
    "money_between",
    "month_cells",
    "months_after",
    "outcomes",
    "overlap",
    "places",
    "poisson_deviance",
    "rolling_origins",
    "since",
]

WANTED = 4  # origins: below it a verdict rests on few dates
_LATE_START = 3  # a month that begins with a holiday is whole from the third day


# -- days ------------------------------------------------------------------------------------------


def months_after(day: dt.date, months: int) -> dt.date:
    """The same day so many months later; a month's last day stays a month's last day."""
    last = day == month_end(day)
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    end = month_end(dt.date(year, month + 1, 1))
    return end if last else end.replace(day=min(day.day, end.day))


def rolling_origins(
    facts: Facts,
    horizon_months: int,
    *,
    lag_days: int = 0,
    at_most: int = 8,
    history_months: int = 12,
) -> tuple[dt.date, ...]:
    """Days from which a list can be judged: whole history before each, whole outcome after it.

    Parameters
    ----------
    facts : Facts
    horizon_months : int
        Length of the outcome after each origin.
    lag_days : int
        Days until a sale is in the books; the history of an origin ends so many days earlier.
    at_most : int
        No more than so many, the latest.
    history_months : int
        The least history before the first of them.

    Returns
    -------
    tuple of date
        Month ends, oldest first. They lie a horizon apart where that gives at least four;
        else nearer, and their outcomes then overlap (customers are drawn with all their origins,
        so an interval allows for it). Empty where the facts are too short.
    """
    if horizon_months < 1:
        raise ValueError("horizon_months must be at least 1")
    last = facts.as_of if facts.as_of == month_end(facts.as_of) else _month_before(facts.as_of)
    begin = facts.first.year * 12 + facts.first.month + (facts.first.day > _LATE_START)
    whole = last.year * 12 + last.month - begin + 1
    span = whole - horizon_months - history_months - math.ceil(lag_days / 30.4375)
    if span < 0:
        return ()
    step = horizon_months
    if span // step + 1 < WANTED:
        step = max(1, span // (WANTED - 1))
    count = min(span // step + 1, at_most)
    return tuple(months_after(last, -horizon_months - step * i) for i in reversed(range(count)))


def _month_before(day: dt.date) -> dt.date:
    return day.replace(day=1) - dt.timedelta(days=1)


# -- what happened ---------------------------------------------------------------------------------


def outcomes(facts: Facts, origin: dt.date, horizon_months: int) -> pd.Series:
    """The money that came after an origin.

    Returns
    -------
    Series
        `facts.money` in (origin, origin + horizon], returns included, for each customer with a
        line up to the origin; 0 where nothing came. Sorted by customer.

    Raises
    ------
    LeakageError
        If the horizon reaches past the facts.
    """
    end = months_after(origin, horizon_months)
    if end > facts.as_of:
        raise LeakageError(
            Fault(
                said(
                    N_("the month after the origin ends on {day}"),
                    N_("the {months} months after the origin end on {day}"),
                    horizon_months,
                    months=horizon_months,
                    day=str(end),
                ),
                where=f"origin {origin}",
                allowed=said(N_("an outcome up to {day}"), day=str(facts.as_of)),
            )
        )
    if origin != month_end(origin):
        return money_between(facts, origin, end)
    cells: Any = month_cells(facts)
    month = cells["month"]
    known = cells.loc[month <= np.datetime64(origin), "customer"].unique()
    after = cells[(month > np.datetime64(origin)) & (month <= np.datetime64(end))]
    told: Any = after.groupby("customer")["money"].sum()
    money: Any = told.reindex(known, fill_value=0.0)
    return money.sort_index()


def money_between(facts: Facts, start: dt.date, end: dt.date) -> pd.Series:
    """`facts.money` in (start, end] for each customer with a line up to `start`; any days."""
    frame = facts._engine.frame(f"""
        SELECT customer, coalesce(sum({facts.money}) FILTER (date >= {_after(start)}), 0)::DOUBLE
            AS money
        FROM lines WHERE date < {_after(min(end, facts.as_of))}
        GROUP BY customer HAVING min(date) < {_after(start)} ORDER BY customer
    """)
    return frame.set_index("customer")["money"]  # pyright: ignore[reportReturnType]


def since(facts: Facts, start: dt.date) -> pd.DataFrame:
    """What each customer did after a day, up to `facts.as_of`.

    Returns
    -------
    DataFrame
        Index `customer`, for each with a line up to `start`: `money` (`facts.money`, returns
        included) and `orders` (days with a line above zero) after it, `last_order` (of any day).
    """
    frame = facts._engine.frame(f"""
        SELECT customer,
            coalesce(sum({facts.money}) FILTER (date >= {_after(start)}), 0)::DOUBLE AS money,
            count(DISTINCT date::DATE) FILTER (amount > 0 AND date >= {_after(start)}) AS orders,
            max(date::DATE) FILTER (amount > 0)::TIMESTAMP AS last_order
        FROM lines WHERE date < {_after(facts.as_of)}
        GROUP BY customer HAVING min(date) < {_after(start)} ORDER BY customer
    """)
    return frame.set_index("customer")


def _after(day: dt.date) -> str:
    return f"TIMESTAMP '{(day + dt.timedelta(days=1)).isoformat()} 00:00:00'"


# -- naive lists -----------------------------------------------------------------------------------


def _recent(months: int) -> Ranking:
    def last_months(facts: Facts, horizon_months: int) -> pd.Series:
        cells: Any = month_cells(facts)
        age = _age(cells, facts.as_of)
        own = cells["money"].where(age < months, 0.0).groupby(cells["customer"]).sum()
        return own * (horizon_months / _covered(facts, months))

    last_months.__doc__ = f"Money of the last {months} months, scaled to the horizon."
    return last_months


def _season_last_year(facts: Facts, horizon_months: int) -> pd.Series:
    """Money of the same months a year earlier; the last twelve, scaled, for a year or more."""
    if horizon_months >= 12:
        return NAIVE["last_12"](facts, horizon_months)  # pyright: ignore[reportReturnType]
    cells: Any = month_cells(facts)
    age = _age(cells, facts.as_of)
    same = (age < 12) & (age >= 12 - horizon_months)
    return cells["money"].where(same, 0.0).groupby(cells["customer"]).sum()


def _recency(facts: Facts, horizon_months: int) -> pd.Series:
    """Who bought last comes first: the day of the last order, as a day number."""
    cells: Any = month_cells(facts)
    last = cells.groupby("customer")["last_order"].max()
    days = (last - np.datetime64("1970-01-01")).dt.days
    return days.astype(float)


def _by_lot(facts: Facts, horizon_months: int) -> pd.Series:
    """All customers alike: what a list drawn by lot gets on average (see `captured_share`)."""
    cells: Any = month_cells(facts)
    return cells.groupby("customer")["money"].size() * 0.0


def _age(cells: Any, as_of: dt.date) -> Any:
    """How many months a cell lies back; 0 = the month of `as_of`."""
    month = cells["month"].dt
    return as_of.year * 12 + as_of.month - (month.year * 12 + month.month)


def _covered(facts: Facts, months: int) -> float:
    """How many of the last months, the one of `as_of` included, the facts cover."""
    day, end = facts.as_of, month_end(facts.as_of)
    known = (day.year - facts.first.year) * 12 + day.month - facts.first.month + 1
    return min(months, known) - 1 + day.day / end.day


#: Lists anyone could make: money of the last months and the same season last year, scaled to the
#: horizon; who bought last; and a list by lot. Where two do equally well the first counts.
NAIVE: Mapping[str, Ranking] = MappingProxyType(
    {
        "last_12": _recent(12),
        "last_6": _recent(6),
        "last_3": _recent(3),
        "season": _season_last_year,
        "recency": _recency,
        "random": _by_lot,
    }
)
#: Those of them that say an amount of money, not an order alone.
NAIVE_ESTIMATES = ("last_12", "last_6", "last_3", "season")
