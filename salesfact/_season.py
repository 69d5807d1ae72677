"""What moves all customers alike? Season and common movement, and a clock that allows for them.

A gap over a quiet July says less than the same gap in October. Month effects tell how fast
orders came in each month; the clock counts time in expected orders instead of days.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from salesfact._stats import shrink_rates

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import ArrayLike, NDArray

    from salesfact._facts import Facts

#: A customer counts as present up to `as_of` if its last order is at most this old.
PRESENT_DAYS = 365
DAY_SECONDS = 86_400


@dataclass(frozen=True)
class Clock:
    """Time counted in the firm's own tempo: one unit is one day of an average month.

    Parameters
    ----------
    edges : ndarray of int
        First day of each month as a day number (days since 1970-01-01), and one past the last.
    rates : ndarray of float
        Tempo of each month: orders per day against the average of the same customers.
    """

    edges: NDArray[np.int64]
    rates: NDArray[np.float64]

    @property
    def at_edges(self) -> NDArray[np.float64]:
        """Clock time at each edge, 0 at the first."""
        return np.concatenate([[0.0], np.cumsum(np.diff(self.edges) * self.rates)])

    def time(self, day: ArrayLike) -> NDArray[np.float64]:
        """Clock time at the start of a day (day number); the last month's tempo goes on after."""
        days = np.asarray(day, dtype=float)
        month = np.clip(np.searchsorted(self.edges, days, side="right") - 1, 0, len(self.rates) - 1)
        return self.at_edges[month] + (days - self.edges[month]) * self.rates[month]

    def day(self, time: ArrayLike) -> NDArray[np.float64]:
        """The day number at a clock time: the inverse of `time`."""
        times = np.asarray(time, dtype=float)
        month = np.clip(
            np.searchsorted(self.at_edges, times, side="right") - 1, 0, len(self.rates) - 1
        )
        return self.edges[month] + (times - self.at_edges[month]) / self.rates[month]


def month_edges(first: dt.date, as_of: dt.date) -> NDArray[np.int64]:
    """Day numbers of the first days of all months from `first` to `as_of`, and `as_of` + 1."""
    months = np.arange(np.datetime64(first, "M"), np.datetime64(as_of, "M") + 1)
    return np.append(months.astype("datetime64[D]").astype(np.int64), day_number(as_of) + 1)


def day_number(day: dt.date) -> int:
    """Days since 1970-01-01."""
    return (day - dt.date(1970, 1, 1)).days


def month_effects(
    customer: ArrayLike,
    month: ArrayLike,
    orders: ArrayLike,
    first: ArrayLike,
    last: ArrayLike,
    edges: ArrayLike,
    *,
    tolerance: float = 1e-9,
) -> Clock:
    """The clock from order counts by customer and month.

    Orders of customer c in month t are Poisson with mean `a_c × m_t × days at risk`. A customer
    is at risk from the day after its first order to `as_of`, if its last order is at most a year
    old; its first order is its entry and does not count. Both effects are found in turn until
    neither moves; then the month effects are shrunken towards 1 as far as chance explains them.

    Parameters
    ----------
    customer, month, orders : array_like of int
        The filled cells: customer's and month's positions (from 0) and number of order days.
    first, last : array_like of int
        Each customer's first and last order day (day number), by position.
    edges : array_like of int
        From `month_edges`.
    tolerance : float
        Largest relative change of a month effect at the end.

    Returns
    -------
    Clock
        Mean tempo 1 over all days of the months.

    Notes
    -----
    No customer × month matrix is built: a customer's exposure is the clock's own time from its
    first order, and a month's is a running sum over customers by month of entry. Time is
    proportional to customers + cells.
    """
    edges = np.asarray(edges, dtype=np.int64)
    first = np.asarray(first, dtype=np.int64)
    present = np.asarray(last, dtype=np.int64) >= edges[-1] - PRESENT_DAYS
    customer, month = np.asarray(customer), np.asarray(month)
    months, days = len(edges) - 1, np.diff(edges)
    counts = np.where(present[customer], np.asarray(orders, dtype=float), 0.0)
    entry = np.searchsorted(edges, first, side="right") - 1
    by_month = np.bincount(month, counts, months)
    by_month -= np.bincount(entry, present.astype(float), months)
    by_customer = np.bincount(customer, counts, len(first)) - present
    left_in_entry = edges[entry + 1] - first - 1  # days at risk in the month of entry

    rates = np.ones(months)
    expected = np.zeros(months)
    for _ in range(500):
        clock = Clock(edges, rates)
        at_risk = clock.at_edges[-1] - clock.time(first + 1)
        own = np.divide(by_customer, at_risk, out=np.zeros(len(first)), where=at_risk > 1e-9)
        before = np.cumsum(np.bincount(entry, own, months))
        entered = np.bincount(entry, own, months)
        part = np.bincount(entry, own * left_in_entry, months)
        expected = (before - entered) * days + part
        new = np.divide(by_month, expected, out=np.ones(months), where=expected > 1e-9)
        new = np.maximum(new, 1e-6)
        new /= np.sum(new * days) / days.sum()
        moved = np.max(np.abs(new - rates) / np.maximum(rates, 1e-3))
        rates = new
        if moved < tolerance:
            break
    shrunken, _ = shrink_rates(by_month, expected * _level(by_month, expected))
    shrunken = np.maximum(shrunken, 0.02)
    return Clock(edges, shrunken / (np.sum(shrunken * days) / days.sum()))


def _level(events: NDArray[Any], expected: NDArray[Any]) -> float:
    """What brings the mean of events / expected to one."""
    total = expected.sum()
    return float(events.sum() / total) if total > 0 else 1.0


def season(facts: Facts) -> tuple[Clock, pd.DataFrame]:
    """The clock of a client's facts, and the customer × month cells it was made from.

    Returns
    -------
    clock : Clock
        From the month of the first line to `as_of`.
    cells : DataFrame
        One row per customer and month with any line: `customer`, `month` (its position on the
        clock), `orders` (days with a positive line; credit notes are no orders), `first_order`,
        `last_order` (day numbers, NaN without an order), `money` (`facts.money`, returns
        included), `rep` (only where the facts have reps; of several in one month the last by
        name).

    Notes
    -----
    One query, kept with the facts. Sorted by customer and month.
    """
    cells: Any = customer_months(facts)
    edges = month_edges(facts.first, facts.as_of)
    start = cells["month"].to_numpy().astype("datetime64[D]").astype(np.int64)
    cells["month"] = np.searchsorted(edges, start)
    bought = cells[cells["orders"] > 0]
    by_customer = bought.groupby("customer")
    span = by_customer.agg(first=("first_order", "min"), last=("last_order", "max"))
    return month_effects(
        span.index.get_indexer(bought["customer"]),
        bought["month"].to_numpy(),
        bought["orders"].to_numpy(),
        span["first"].to_numpy(),
        span["last"].to_numpy(),
        edges,
    ), cells


def customer_months(facts: Facts) -> pd.DataFrame:
    """Customers by month, as `season` hands them out but for the month, a timestamp here."""
    made = facts._engine.once(("season", facts.as_of), lambda: _customer_months(facts))
    return made.copy(deep=False)


def _customer_months(facts: Facts) -> pd.DataFrame:
    import ibis

    sales: Any = facts.sales
    sums = {
        "bought": (sales.amount > 0).any(),
        "money": ibis.coalesce(sales[facts.money].sum(), 0),
    }
    if "rep" in facts.has:
        sums["rep"] = sales.rep.max()
    days: Any = sales.group_by(
        sales.customer,
        day=(sales.date.epoch_seconds() // DAY_SECONDS).cast("int64"),
        month=sales.date.truncate("M"),
    ).aggregate(**sums)
    sums = {
        "orders": days.bought.sum(),
        "first_order": days.day.min(where=days.bought),
        "last_order": days.day.max(where=days.bought),
        "money": days.money.sum(),
    }
    if "rep" in facts.has:
        sums["rep"] = days.rep.max()
    return facts.fetch(days.group_by("customer", "month").aggregate(**sums))
