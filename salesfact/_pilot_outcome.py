"""Who can take part in a pilot, how alike are they, and how is what came of it measured?

Everything about an origin is made of the months before it, so that pilots can be tried in the past
exactly as they will be held.

What came is measured on a scale that is nearly a logarithm: `log(sales + k)`, k the worth of twelve
orders of the pair. A customer who buys ten times as much counts as a few times another, and one who
leaves stays in, with nought. One with few orders, whose sales are mostly chance, moves the scale
little, so that pairs need no weights. Of k between one and 24 orders, twelve was nearly the most
precise in worlds with leavers and very uneven orders, and still holds the largest swings down. What
a customer bought in the last twelve months, and in the same months of the year before, is taken out
first, with slopes from the past.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from salesfact._buying import reps
from salesfact._effort import effort_cells
from salesfact._knowable import month_cells

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from salesfact._facts import Facts

    Array = NDArray[np.float64]

YEAR = 12
MIN_ORDERS = 4  # days with an order in the last twelve months
RECENT = 6  # months within which the last order lies
K_ORDERS = 12.0
COVARIATES = ("value", "rhythm", "trend", "season", "effort")


@dataclass(frozen=True)
class Past:
    """What customers bought, month by month.

    Parameters
    ----------
    customers : ndarray of str, (n,)
    months : ndarray of datetime64[M], (T,)
        Without holes.
    money, orders : ndarray, (n, T)
        Sales, and days with an order.
    hours : ndarray, (n, T), optional
        Of the sales force.
    rep : ndarray of str, (n,)
        "" where unknown.
    kinds : ndarray of str, (n, k)
        Region and segment, as far as they are known.
    """

    customers: NDArray[Any]
    months: NDArray[Any]
    money: Array
    orders: Array
    hours: Array | None
    rep: NDArray[Any]
    kinds: NDArray[Any]


@dataclass(frozen=True)
class Measured:
    """A window's outcome of some customers.

    Parameters
    ----------
    sales : ndarray, (n,)
        In the window.
    before, same : ndarray, (n,)
        Sales of the twelve months before the origin, at the window's length; of the same calendar
        months a year earlier.
    """

    sales: Array
    before: Array
    same: Array


def past(facts: Facts) -> Past:
    """Sales, hours and what is known of customers, by month; whole months only. Kept with facts."""
    return facts._engine.once(("pilot_past", facts.as_of), lambda: _past(facts))


def _past(facts: Facts) -> Past:
    cells: Any = month_cells(facts)
    customers = np.array(sorted(cells["customer"].unique()), dtype=object)
    place = {c: i for i, c in enumerate(customers)}
    first = np.datetime64(facts.first, "M")
    last = np.datetime64(facts.as_of + dt.timedelta(days=1), "M") - 1
    months = np.arange(first, last + 1)

    def matrix(frame: Any, column: str) -> Array:
        at = frame["month"].to_numpy().astype("datetime64[M]")
        known = frame["customer"].isin(place).to_numpy() & (at >= first) & (at <= last)
        made = np.zeros((len(customers), len(months)))
        rows = frame["customer"][known].map(place).to_numpy(dtype=int)
        np.add.at(made, (rows, (at[known] - first).astype(int)), frame[column][known].to_numpy())
        return made

    hours = None
    if "activities" in facts.has:
        hours = matrix(effort_cells(facts), "hours")
    rep, kinds = _known(facts, customers)
    return Past(
        customers, months, matrix(cells, "revenue"), matrix(cells, "orders"), hours, rep, kinds
    )


def _known(facts: Facts, customers: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Rep, and region and segment, of each customer; "" where unknown."""
    table: Any = facts.customers
    columns = [c for c in ("region", "segment") if c in table.columns]
    frame: Any = facts.fetch(table.select("customer", *columns)).drop_duplicates("customer")
    frame = frame.set_index("customer").reindex(customers)

    def words(column: Any) -> NDArray[Any]:
        return column.astype("object").where(column.notna(), "").to_numpy(dtype=str)

    rep = reps(facts)
    kinds = [words(frame[c]) for c in columns]
    return (
        np.full(len(customers), "") if rep is None else words(rep.reindex(customers)),
        np.stack(kinds, axis=1) if kinds else np.empty((len(customers), 0), dtype=str),
    )


def candidates(known: Past, at: int) -> NDArray[np.int64]:
    """Rows of those who can take part in a pilot designed on the months before position `at`.

    First order twelve months ago or earlier, four order days within twelve months, the last within
    six, sales above nought within twelve.
    """
    year = slice(max(0, at - YEAR), at)
    early = known.orders[:, : max(0, at - YEAR) + 1].sum(axis=1) > 0
    enough = known.orders[:, year].sum(axis=1) >= MIN_ORDERS
    recent = known.orders[:, max(0, at - RECENT) : at].sum(axis=1) > 0
    return np.flatnonzero(early & enough & recent & (known.money[:, year].sum(axis=1) > 0))


def covariates(known: Past, rows: NDArray[np.int64], at: int, window: slice) -> Array:
    """What pairs are matched on, one column each of `COVARIATES`, as far as they are known.

    Log value and log orders of the last twelve months; trend (log of the last twelve against the
    twelve before, or six against six where there is less); season: the part of a year's sales that
    fell in the window's months; log hours.
    """
    year = slice(at - YEAR, at)
    money, orders = np.maximum(known.money[rows], 0.0), known.orders[rows]
    worth, count = money[:, year].sum(axis=1), orders[:, year].sum(axis=1)
    k = K_ORDERS * worth / count
    span = YEAR if at >= 2 * YEAR else YEAR // 2
    now = money[:, at - span : at].sum(axis=1)
    before = money[:, at - 2 * span : at - span].sum(axis=1)
    same = money[:, _year_ago(at, window)].sum(axis=1)
    length = window.stop - window.start
    columns = [
        np.log(worth + k),
        np.log(count),
        np.log((now + k) / (before + k)),
        np.log((same + k) / (worth * length / YEAR + k)),
    ]
    if known.hours is not None:
        columns.append(np.log1p(known.hours[rows, year].sum(axis=1)))
    return np.stack(columns, axis=1)


def measured(known: Past, rows: NDArray[np.int64], at: int, window: slice) -> Measured:
    """What came in a window, and what there was before it; the window may lie ahead."""
    money = np.maximum(known.money[rows], 0.0)
    length = window.stop - window.start
    return Measured(
        sales=money[:, window].sum(axis=1),
        before=money[:, at - YEAR : at].sum(axis=1) * length / YEAR,
        same=money[:, _year_ago(at, window)].sum(axis=1),
    )


def _year_ago(at: int, window: slice) -> NDArray[np.int64]:
    """The same calendar months, the latest before position `at`."""
    ahead = np.arange(window.start, window.stop)
    return ahead - YEAR * ((ahead - at) // YEAR + 1)


def scale(known: Past, pairs: NDArray[np.int64], at: int) -> Array:
    """k of each pair: the worth of twelve of its orders in the last twelve months."""
    year = slice(at - YEAR, at)
    worth = np.maximum(known.money[:, year], 0.0).sum(axis=1)[pairs].sum(axis=1)
    return K_ORDERS * worth / known.orders[:, year].sum(axis=1)[pairs].sum(axis=1)


def logs(sales: Array, k: Array) -> Array:
    """log(sales + k), what is below nought as nought."""
    return np.log(np.maximum(sales, 0.0) + k)


def differences(
    sales: Array, before: Array, same: Array, k: Array, slopes: Array, effect: float = 0.0
) -> Array:
    """First minus second of each pair, less what their past explains and a supposed effect.

    Parameters
    ----------
    sales, before, same : ndarray, (m, 2)
        As in `Measured`; first those with extra hours.
    k : ndarray, (m,)
    slopes : ndarray, (2,)
        Of `before` and `same`.
    effect : float
        Log effect: sales with extra hours are `exp(effect)` times what they would have been.
    """

    def apart(values: Array) -> Array:
        return logs(values[:, 0], k) - logs(values[:, 1], k)

    would = np.stack([sales[:, 0] * np.exp(-effect), sales[:, 1]], axis=1)
    return apart(would) - slopes[0] * apart(before) - slopes[1] * apart(same)
