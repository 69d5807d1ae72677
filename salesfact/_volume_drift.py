"""Whose orders fell or rose against their own past, though they go on buying?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from salesfact import _shifts
from salesfact._stats import benjamini_hochberg

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from salesfact._season import Clock

LEVEL = 0.10  # of those certified of one kind, expected to be false at most
WATCH_Q = 0.5  # and of those watched: no worse than the toss of a coin
CERTAIN_RATE = 5.0  # orders a month from which a change is certified
MIN_ORDERS = 12  # in the months compared, to be watched
PRESENT_MONTHS = 3  # without an order: no longer one who buys less
MONTH_DAYS = 30.4375
MONTHS = int(_shifts.BASE_MONTHS + _shifts.WINDOWS[-1])  # compared, at most
DOWN, UP = -1, 1
BAND = 1.2815516  # standard deviations either side that hold 80 %
COLUMNS = ("customer", "group", "certified", "months", "at_stake", "before", "now", "p", "q")


@dataclass(frozen=True)
class Flags:
    """What one family of tests found.

    Parameters
    ----------
    table : DataFrame
        `COLUMNS`: a row per flag; `months` since the change began, `at_stake` money a year,
        `before` and `now` in the family's own unit.
    tested : int
        Tests that could be certified.
    watch_false : float
        How many of those watched are expected to have moved by chance, at most.
    values, low, high : ndarray of float, (flags, months)
        What the flag is about, month by month, and the 80 % band expected had nothing changed.
    """

    table: pd.DataFrame
    tested: int
    watch_false: float
    values: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]


def nothing(tested: int, months: int) -> Flags:
    """No flag."""
    none = np.zeros((0, months))
    return Flags(no_flags(), tested, 0.0, none, none, none)


def count_band(expected: NDArray[Any], spread: Any = 1.0) -> tuple[Any, Any]:
    """Where four of five counts lie; `spread` as of `salesfact._shifts.Shifts`."""
    half = BAND * np.sqrt(expected) * spread
    return np.maximum(expected - half, 0.0), expected + half


@dataclass(frozen=True)
class Panel:
    """Customers × months: what was ordered, what it brought, and how long a month counts.

    Parameters
    ----------
    customers : Index
        The rows.
    orders, money : ndarray of float
        Order days and money.
    exposure : ndarray of float
        Average months on the clock; 0 up to the month of the first order.
    """

    customers: pd.Index
    orders: NDArray[np.float64]
    money: NDArray[np.float64]
    exposure: NDArray[np.float64]

    @property
    def months(self) -> int:
        return self.orders.shape[1]


def panel(cells: Any, clock: Clock) -> Panel:
    """The customers with enough orders to compare, and still buying, as matrices.

    Parameters
    ----------
    cells : DataFrame
        `customer`, `month` (position), `orders`, `money`, as from `salesfact._season.season`.
    clock : Clock
        The firm's tempo.
    """
    months = len(clock.rates)
    bought = cells[cells["orders"] > 0]
    recent = bought[bought["month"] >= months - MONTHS]
    each = recent.groupby("customer").agg(orders=("orders", "sum"), last=("month", "max"))
    here = (each["orders"] >= MIN_ORDERS) & (each["last"] >= months - PRESENT_MONTHS)
    customers = each.index[here].sort_values()
    mine = cells[cells["customer"].isin(customers)]
    rows, columns = customers.get_indexer(mine["customer"]), mine["month"].to_numpy()
    orders, money = (np.zeros((len(customers), months)) for _ in range(2))
    np.add.at(orders, (rows, columns), mine["orders"].to_numpy(dtype=float))
    np.add.at(money, (rows, columns), mine["money"].to_numpy(dtype=float))
    entry = (orders > 0).argmax(axis=1) if len(customers) else np.zeros(0, dtype=int)
    at_risk = np.arange(months) > entry[:, None]
    exposure = np.where(at_risk, np.diff(clock.at_edges) / MONTH_DAYS, 0.0)
    return Panel(customers, orders, money, exposure)


def volume_drift(of: Panel, alive: Any) -> dict[int, Flags]:
    """Falls (`DOWN`) and rises (`UP`) of the number of orders.

    Parameters
    ----------
    of : Panel
        From `panel`.
    alive : ndarray of bool
        Who is to be judged; the silent are told elsewhere.

    Returns
    -------
    dict
        Direction -> Flags; `before` and `now` are orders an average month. Certified only at five
        orders a month and more; the others have a family, and a watch list, of their own.

    Notes
    -----
    Who has no order left since its change does not buy less but is silent, which is told elsewhere:
    it is no test of a fall. An unchanged customer is so left out with small p sooner than with
    large, so p of those left is none too small.

    Money at stake: what an average month brought before the change, times twelve, times the part
    of the orders lost or won. One month can outweigh a year, so a customer's best month counts no
    more than its second best.
    """
    orders = np.where(of.exposure > 0, of.orders, 0.0)
    pace = _pace(orders, of.exposure, of.months)
    ends, step = _shifts.origins(of.months)
    share = _shifts.window_share(of.exposure, of.months)
    found: dict[int, list[Any]] = {DOWN: [], UP: []}
    often, judged = {}, {}
    for end in (of.months, *ends):
        often[end] = _pace(orders, of.exposure, end) >= CERTAIN_RATE
        known = orders[:, max(0, end - MONTHS) : end].sum(axis=1) >= MIN_ORDERS
        present = orders[:, max(0, end - PRESENT_MONTHS) : end].sum(axis=1) > 0
        judged[end] = known & present & (alive if end == of.months else True)
    needed = (of.months, *ends[: _shifts.ORIGINS])
    if any((often[end] & judged[end]).sum() < _shifts.FEW for end in needed):
        often = {end: np.zeros(len(orders), dtype=bool) for end in often}  # too few to stand alone
    for certain in (True, False):

        def scores(end: int, certain: bool = certain) -> Any:
            told = _shifts.count_scores(orders, of.exposure, end)
            told[~((often[end] == certain) & judged[end])] = np.nan
            return told

        past = [scores(end) for end in ends]
        moved = _shifts.judge(scores(of.months), pace, share, past, step)
        # nobody both rises and falls: the clearer of the two is told
        fell, rose = moved.down <= moved.up, moved.up < moved.down
        down = np.where(_bought_since(orders, moved.down_months), moved.down, np.nan)
        found[DOWN].append((down, moved.down_months, fell, moved.spread, certain))
        found[UP].append((moved.up, moved.up_months, rose, moved.spread, certain))
    return {way: _flags(of, orders, way, parts) for way, parts in found.items()}


def _bought_since(orders: NDArray[Any], months: Any) -> NDArray[np.bool_]:
    """Whether a customer has any order in the last so many months."""
    last = orders.shape[1] - 1 - (orders[:, ::-1] > 0).argmax(axis=1)
    return (orders > 0).any(axis=1) & (last >= orders.shape[1] - np.asarray(months))


def _pace(orders: NDArray[Any], exposure: NDArray[Any], end: int) -> NDArray[np.float64]:
    """Orders an average month over the months compared."""
    span = slice(max(0, end - MONTHS), end)
    time = exposure[:, span].sum(axis=1)
    return np.divide(orders[:, span].sum(axis=1), time, out=np.zeros(len(orders)), where=time > 0)


def _flags(of: Panel, orders: NDArray[Any], way: int, parts: list[Any]) -> Flags:
    import pandas as pd

    tables, series, tested, false = [], [], 0, 0.0
    for p, months, clear, spread, certain in parts:
        q, certified, watched, chance = chosen(p, certain)
        tested += int(np.isfinite(p).sum()) if certain else 0
        false += chance
        rows = np.flatnonzero((certified | watched) & clear)
        if not len(rows):
            continue
        before, now, money = _rates(of, orders, rows, months[rows])
        part = np.divide(now, before, out=np.ones(len(rows)), where=before > 0)
        band = count_band(before[:, None] * of.exposure[rows], spread[rows, None])
        series.append((of.orders[rows], *band))
        tables.append(
            pd.DataFrame(
                {
                    "customer": of.customers[rows],
                    "group": "",
                    "certified": certified[rows],
                    "months": months[rows],
                    "at_stake": 12 * money * way * (part - 1),
                    "before": before,
                    "now": now,
                    "p": p[rows],
                    "q": q[rows],
                }
            )
        )
    if not tables:
        return nothing(tested, of.months)
    drawn = (np.concatenate(one) for one in zip(*series, strict=True))
    return Flags(pd.concat(tables, ignore_index=True), tested, false, *drawn)


def _rates(of: Panel, orders: NDArray[Any], rows: Any, months: Any) -> tuple[Any, Any, Any]:
    """Orders an average month before and since, and money an average month before."""
    before, now, money = (np.zeros(len(rows)) for _ in range(3))
    for at, (row, window) in enumerate(zip(rows, months, strict=True)):
        start = of.months - int(window)
        old = slice(max(0, start - _shifts.BASE_MONTHS), start)
        time = of.exposure[row, old].sum()
        before[at] = orders[row, old].sum() / time
        now[at] = orders[row, start:].sum() / of.exposure[row, start:].sum()
        counted = np.where(of.exposure[row, old] > 0, of.money[row, old], 0.0)
        money[at] = tamed(counted).sum() / time
    return before, now, money


def tamed(months: NDArray[Any]) -> NDArray[np.float64]:
    """Monthly money, the best month counted no higher than the second best."""
    if len(months) < 2:
        return np.asarray(months, dtype=float)
    return np.minimum(months, np.sort(months)[-2])


def chosen(p: NDArray[Any], certain: bool = True) -> tuple[Any, Any, Any, float]:
    """Who of one family is certified and who watched.

    Parameters
    ----------
    p : ndarray of float
        NaN = not tested.
    certain : bool
        False: nobody of this family is certified.

    Returns
    -------
    q : ndarray of float
    certified, watched : ndarray of bool
        q at most `LEVEL`; then q at most `WATCH_Q`.
    chance : float
        How many of those watched moved by chance, at most: p of those who did not change is spread
        evenly or leans towards 1, so up to the largest p watched there are at most as many of them
        for its width as between it and one half.
    """
    q = benjamini_hochberg(p)
    certified = (q <= LEVEL) & certain
    watched = (q <= WATCH_Q) & ~certified
    if not watched.any():
        return q, certified, watched, 0.0
    cut = min(float(p[watched].max()), 0.4)
    above = float(p[certified].max()) if certified.any() else 0.0
    between = int(((p > cut) & (p <= 0.5)).sum())
    chance = between * (cut - above) / (0.5 - cut)
    return q, certified, watched, min(max(chance, 0.0), float(watched.sum()))


def no_flags() -> pd.DataFrame:
    """`COLUMNS` without a row."""
    import pandas as pd

    kinds = {"customer": "str", "group": "str", "certified": "bool", "months": "int64"}
    return pd.DataFrame({c: pd.Series(dtype=kinds.get(c, "float64")) for c in COLUMNS})
