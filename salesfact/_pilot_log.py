"""What does the log say of a pilot's hours? An average month, and months in which nobody logs.

An average month is one of the last twelve, or of as many as the log covers by then. A month without
any hours counts: whoever closes in July has fewer hours to give over a year, not fewer months. What
lies before the log's first hour is unknown and does not count.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from salesfact._effort import effort_cells
from salesfact._pilot_outcome import YEAR, Past
from salesfact._result import Figure

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from salesfact._facts import Facts

_FEW = 0.1  # of an average month's hours: at most so many are hardly any


def logged(facts: Facts, known: Past) -> NDArray[np.float64]:
    """Hours that the reps log for all customers, a number for each of `known.months`."""
    total = np.zeros(len(known.months))
    if known.hours is None or not len(total):
        return total
    by: Any = effort_cells(facts).groupby("month")["hours"].sum()
    at = (by.index.to_numpy().astype("datetime64[M]") - known.months[0]).astype(int)
    mine = (at >= 0) & (at < len(total))
    total[at[mine]] = by.to_numpy()[mine]
    return total


def average(total: NDArray[np.float64], at: int) -> slice:
    """Positions of the months before `at` that an average month is made of; none without a log.

    Months without hours at the end are a log that lags or has ended, unless they are closed ones.
    """
    found = np.flatnonzero(total[:at])
    if not len(found):
        return slice(at, at)
    end = int(found[-1]) + 1
    if closed(total[:at], np.arange(end, at), 0.0).all():
        end = at
    return slice(max(end - YEAR, int(found[0])), end)


def hours_of(known: Past, rows: NDArray[np.int64], months: slice) -> NDArray[np.float64]:
    """Hours of customers in an average one of the months."""
    if known.hours is None or months.start == months.stop:
        return np.zeros(len(rows))
    return known.hours[rows, months].mean(axis=1)


def closed(total: NDArray[np.float64], ahead: NDArray[np.int64], most: float) -> NDArray[np.bool_]:
    """Whether each month had no more than `most` hours in any other year that the log covers."""
    found = np.flatnonzero(total)
    if not len(found):
        return np.zeros(len(ahead), dtype=bool)
    covered = np.arange(found[0], found[-1] + 1)

    def shut(month: int) -> bool:
        others = covered[(covered % YEAR == month % YEAR) & (covered != month)]
        return bool(len(others) and (total[others] <= most).all())

    return np.array([shut(int(m)) for m in ahead], dtype=bool)


def holes(
    total: NDArray[np.float64], months: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Positions of those months without any hours: unknown, and closed in every year.

    A log that began later, ended, or has a hole would make hours out of nothing; a firm that closes
    in the same month every year gave none in it.
    """
    none = np.flatnonzero(months & (total <= 0))
    shut = closed(total, none, 0.0)
    return none[~shut], none[shut]


def kept(total: NDArray[np.float64], at: int, window: slice, start: dt.date) -> dict[str, Any]:
    """What a plan keeps of the log.

    Parameters
    ----------
    total : ndarray, (T,)
        From `logged`.
    at : int
        Position of the month after the last known one.
    window : slice
        Positions of the pilot's months.
    start : date
        Its first day.

    Returns
    -------
    dict
        `all_hours` of an average month, None without a log; `span`: of how many months it is the
        average; `empty`: how many of them have no hours at all; `closed`: first days of the
        pilot's months in which hardly any hours were logged in earlier years.
    """
    part = total[average(total, at)]
    mean = float(part.mean()) if len(part) else 0.0
    ahead = np.arange(window.start, window.stop)
    begin = np.datetime64(start, "M")
    shut = begin + np.flatnonzero(closed(total[:at], ahead, _FEW * mean)) if mean > 0 else []
    return {
        "all_hours": mean if mean > 0 else None,
        "span": len(part),
        "empty": int((part <= 0).sum()),
        "closed": [m.astype("datetime64[D]").item() for m in shut],
    }


def figures(
    today: NDArray[np.float64], parameters: Mapping[str, Any], pairs: int
) -> dict[str, Figure]:
    """Extra hours beside today's: of those who get them, and of all that is logged."""
    p = parameters
    if not p["all_hours"]:
        return {}
    monthly = pairs * p["hours"]
    told = {
        "monthly": Figure(monthly, unit="count"),
        "all_hours": Figure(p["all_hours"], unit="count"),
        "part": Figure(monthly / p["all_hours"], unit="share"),
        "span": Figure(p["span"], unit="months"),
        "empty": Figure(p["empty"], unit="months"),
        "closed": Figure(len(p["closed"]), unit="months"),
    }
    if p["closed"]:
        told["closed_first"] = Figure(p["closed"][0], unit="month")
        told["closed_hours"] = Figure(monthly * len(p["closed"]), unit="count")
    mean = float(today.mean())
    if mean <= 0:
        return told
    share = Figure(p["hours"] / mean, unit="share")
    return told | {"today": Figure(mean, unit="number"), "more": share}
