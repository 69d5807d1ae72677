"""What had each customer done, up to any earlier day? Fetched once, cut in memory."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from salesfact._origins import months_after
from salesfact._season import DAY_SECONDS, day_number

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from salesfact._facts import Facts


@dataclass(frozen=True)
class History:
    """One row per customer and day with any line, up to `as_of`.

    Parameters
    ----------
    customers : ndarray of str
        Sorted; `code` is a position in it.
    code, day : ndarray of int
        Customer's position and day number; sorted by both.
    money : ndarray of float
        `facts.money` of the day, returns included.
    bought : ndarray of bool
        Whether it had a line above zero: an order day.
    products : ndarray of float
        How many different products were on it (1 where the client has no products).
    first, as_of : date
        First day of the facts, and the last one looked at.
    """

    customers: NDArray[Any]
    code: NDArray[np.int64]
    day: NDArray[np.int64]
    money: NDArray[np.float64]
    bought: NDArray[np.bool_]
    products: NDArray[np.float64]
    first: dt.date
    as_of: dt.date

    @property
    def n(self) -> int:
        """How many customers have a line up to `as_of`."""
        return len(self.customers)

    def until(self, origin: dt.date) -> History:
        """The history as it was known on an earlier day: nothing later is in it."""
        if origin > self.as_of:
            raise ValueError(f"{origin} is later than {self.as_of}")
        kept = self.day <= day_number(origin)
        known, code = np.unique(self.code[kept], return_inverse=True)
        return History(
            self.customers[known],
            code,
            self.day[kept],
            self.money[kept],
            self.bought[kept],
            self.products[kept],
            self.first,
            origin,
        )

    def outcome(self, origin: dt.date, horizon_months: int) -> NDArray[np.float64]:
        """Money in (origin, origin + horizon] of each customer known at the origin."""
        start, end = day_number(origin), day_number(months_after(origin, horizon_months))
        if end > day_number(self.as_of):
            raise ValueError(f"the outcome after {origin} ends later than {self.as_of}")
        known = np.unique(self.code[self.day <= start])
        return self._sums(self.money, (self.day > start) & (self.day <= end))[known]

    def total(self, after: dt.date, until: dt.date) -> float:
        """Money of all in (after, until], those included who came meanwhile."""
        own = (self.day > day_number(after)) & (self.day <= day_number(until))
        return float(self.money[own].sum())

    def back(self, months: int) -> int:
        """Day number of `as_of` so many months earlier."""
        return day_number(months_after(self.as_of, -months))

    def money_of(self, begin: int, end: int = 0) -> NDArray[np.float64]:
        """Each customer's money from `begin` months back to `end` months back."""
        return self._sums(self.money, (self.day > self.back(begin)) & (self.day <= self.back(end)))

    def orders_of(self, begin: int, end: int = 0) -> NDArray[np.float64]:
        """Each customer's order days in the same months."""
        own = (self.day > self.back(begin)) & (self.day <= self.back(end))
        return self._sums(self.bought, own)

    @property
    def covered(self) -> float:
        """Months from the month of the first line to `as_of`."""
        last, first = self.as_of, self.first
        whole = (last.year - first.year) * 12 + last.month - first.month
        return whole + last.day / (months_after(last.replace(day=1), 1) - last.replace(day=1)).days

    # -- each customer's own dates -------------------------------------------------------------

    @cached_property
    def known_from(self) -> NDArray[np.int64]:
        """Day number of each customer's first line."""
        found = np.full(self.n, np.iinfo(np.int64).max)
        np.minimum.at(found, self.code, self.day)
        return found

    @cached_property
    def lifetime(self) -> Lifetimes:
        """What the lifetime models ask of each customer."""
        code, day = self.code[self.bought], self.day[self.bought]
        end = day_number(self.as_of)
        days = np.bincount(code, minlength=self.n)
        first = np.full(self.n, end)
        last = np.full(self.n, end)
        start = np.searchsorted(code, np.arange(self.n))
        some = days > 0
        first[some] = day[start[some]]
        last[some] = day[start[some] + days[some] - 1]
        gap = np.diff(day).astype(float)
        same = np.diff(code) == 0
        logs: Any = np.bincount(code[1:][same], np.log(gap[same]), self.n)
        longest = np.zeros(self.n)
        np.maximum.at(longest, code[1:][same], gap[same])
        return Lifetimes(
            some,
            np.maximum(days - 1, 0).astype(float),
            (last - first).astype(float),
            (end - first).astype(float),
            logs,
            longest,
        )

    def _sums(self, values: Any, own: NDArray[np.bool_]) -> NDArray[np.float64]:
        found: Any = np.bincount(self.code[own], values[own].astype(float), self.n)
        return found.astype(float)  # without any row, counts come back


@dataclass(frozen=True)
class Lifetimes:
    """Per customer, in days: repeat order days, and the time they took.

    `ordered` is False for a customer without any order day (only returns, say); its `x`, `t_x`
    and `T` are 0.
    """

    ordered: NDArray[np.bool_]
    x: NDArray[np.float64]
    t_x: NDArray[np.float64]
    T: NDArray[np.float64]
    log_gaps: NDArray[np.float64]
    longest: NDArray[np.float64]


def history(facts: Facts) -> History:
    """The days of all customers: one query, kept with the facts."""
    frame = _days(facts).sort_values(["customer", "day"], kind="stable")
    customers, code = np.unique(frame["customer"].to_numpy(dtype=str), return_inverse=True)
    return History(
        customers=customers,
        code=code.astype(np.int64),
        day=frame["day"].to_numpy(dtype=np.int64),
        money=frame["money"].to_numpy(dtype=float),
        bought=frame["bought"].to_numpy(dtype=bool),
        products=np.maximum(frame["products"].to_numpy(dtype=float), 1.0),
        first=facts.first,
        as_of=facts.as_of,
    )


def _days(facts: Facts) -> Any:
    def fetched() -> Any:
        import ibis

        sales: Any = facts.sales
        return facts.fetch(
            sales.group_by(
                sales.customer, day=(sales.date.epoch_seconds() // DAY_SECONDS).cast("int64")
            ).aggregate(
                money=ibis.coalesce(sales[facts.money].sum(), 0),
                bought=(sales.amount > 0).any(),
                products=sales.product.nunique(where=sales.amount > 0),
            )
        )

    return facts._engine.once(("history", facts.as_of), fetched)
