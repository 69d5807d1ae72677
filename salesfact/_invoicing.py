"""Are these dates orders, or invoices collected once a month?"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

WINDOW_DAYS = 3  # a month's invoicing day moves with the weekend
CLIENT_SHARE = 0.3  # share of order days in the window from which customers are looked at
CUSTOMER_SHARE = 0.9  # share of a customer's own order days in it
CUSTOMER_ORDERS = 5  # order days a customer needs to be called collective


@dataclass(frozen=True)
class Window:
    """The stretch of the month where most invoices come that are the only one of their month.

    Parameters
    ----------
    from_end : bool
        Counted back from the month's last day, else on from its first.
    offset : int
        First place of the window, 0 = the month's last (or first) day.
    share : float
        Its share of all order days; about a tenth by chance at most.
    """

    from_end: bool
    offset: int
    share: float

    def holds(self, day: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Which days (day numbers) lie in the window."""
        place = _places(day)[int(self.from_end)]
        return (place >= self.offset) & (place < self.offset + WINDOW_DAYS)

    def last_day(self, as_of: dt.date) -> int:
        """The last day up to `as_of` on which such an invoice could have come (day number)."""
        month = np.datetime64(as_of, "M")
        known = np.datetime64(as_of, "D").astype(np.int64)
        day = known
        for back in (0, 1, 2):
            if self.from_end:
                day = (month - back + 1).astype("datetime64[D]").astype(np.int64) - 1 - self.offset
            else:
                day = (month - back).astype("datetime64[D]").astype(np.int64)
                day += self.offset + WINDOW_DAYS - 1
            if day <= known:
                break
        return int(day)


def _places(day: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Each day's place in its month, counted from the first and from the last day."""
    month = day.astype("datetime64[D]").astype("datetime64[M]")
    start = month.astype("datetime64[D]").astype(np.int64)
    end = (month + 1).astype("datetime64[D]").astype(np.int64) - 1
    return day - start, end - day


def invoice_window(cells: Any) -> Window:
    """The window that holds most of the order days that are alone in their month.

    Parameters
    ----------
    cells : DataFrame
        From `salesfact._season.season`.
    """
    orders = cells["orders"].to_numpy()
    alone = cells.loc[orders == 1, "first_order"].to_numpy().astype(np.int64)
    total = max(int(orders.sum()), 1)
    best = Window(True, 0, 0.0)
    for from_end, place in zip((False, True), _places(alone), strict=True):
        counts = np.bincount(place, minlength=31)
        sums = np.convolve(counts, np.ones(WINDOW_DAYS), mode="valid")
        share = float(sums.max() / total)
        if share >= best.share:
            best = Window(from_end, int(sums.argmax()), share)
    return best


def collective_customers(cells: Any, window: Window, customers: pd.Index) -> NDArray[np.bool_]:
    """Whose invoices are collected monthly: nearly all of them alone in their month's window.

    Parameters
    ----------
    cells : DataFrame
        From `salesfact._season.season`.
    window : Window
        From `invoice_window`.
    customers : Index
        Whom to tell of.
    """
    none = np.zeros(len(customers), dtype=bool)
    if window.share < CLIENT_SHARE:
        return none
    bought = cells[cells["orders"] > 0]
    inside = window.holds(bought["first_order"].to_numpy().astype(np.int64))
    hits = (inside & (bought["orders"].to_numpy() == 1)).astype(float)
    row = customers.get_indexer(bought["customer"])
    known = row >= 0
    days = np.bincount(row[known], bought["orders"].to_numpy(dtype=float)[known], len(customers))
    held = np.bincount(row[known], hits[known], len(customers))
    return (days >= CUSTOMER_ORDERS) & (held >= CUSTOMER_SHARE * days)
