"""Who got which part of the hours and brought which part of the money, this year and the last?"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from salesfact._aggregates import _months_before, summary
from salesfact._effort import activity_days
from salesfact._halves import LOTS, POISSON, TURNS, WEEKS, Dated, dispersion, halves

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import ArrayLike, NDArray

    from salesfact._facts import Facts

    Array = NDArray[np.float64]

LATE = 31  # days a log may begin late and still tell of the whole year
_DRAWS = 8


@dataclass(frozen=True)
class Years:
    """The twelve months up to `as_of` (column 1) and the twelve before (column 0), by customer.

    Parameters
    ----------
    customers : Index, (n,)
        Everybody who has bought, sorted.
    start, turn : date
        First day of either year.
    first : Series
        Day of the first order.
    bought : ndarray of bool, (n,)
        Whether anything was bought this year.
    hours, activities, money : ndarray, (n, 2)
        Money as it is; below zero too.
    visits : Dated
        Activities of both years, days from `start`, their hours.
    sales : Dated
        Money by quarter of the weeks (the day says which, and which year), both years.
    reps : ndarray of str, (n,)
        The rep with most activities there in both years; empty where nobody was.
    prospect_hours : float
        Hours this year with those who have not bought.
    stated : float
        Part of both years' activities whose hours are known.
    both : bool
        Whether the log tells of both years.
    """

    customers: pd.Index
    start: dt.date
    turn: dt.date
    first: Any
    bought: NDArray[np.bool_]
    hours: Array
    activities: Array
    money: Array
    visits: Dated
    sales: Dated
    reps: NDArray[Any]
    prospect_hours: float
    stated: float
    both: bool

    @property
    def value(self) -> Array:
        """Money floored at nought: a share cannot be negative."""
        return np.maximum(self.money, 0.0)


def years(facts: Facts) -> Years:
    """All that is asked of the facts: one row per activity, and per customer, year and week's turn.

    Raises
    ------
    FactsError
        If the client has no activities.
    """
    log: Any = activity_days(facts)
    end = facts.as_of + dt.timedelta(days=1)
    start, turn = _months_before(end, 24), _months_before(end, 12)
    known: Any = summary(facts)
    known = known[known["first_date"].notna()]
    bought = (known["last_date"] >= np.datetime64(turn)).to_numpy()
    customers, n = known.index, len(known)
    both = bool(len(log)) and (log["date"].min().date() - start).days <= LATE
    log = log[log["date"] >= np.datetime64(start)]
    stated = float(log["hours"].notna().mean()) if len(log) else 0.0
    log = log.assign(row=customers.get_indexer(log["customer"]), hours=log["hours"].fillna(0.0))
    late = log["date"] >= np.datetime64(turn)
    prospects = float(log.loc[late & (log["row"] < 0), "hours"].sum())
    log = log[log["row"] >= 0].sort_values(["row", "date"], kind="stable")
    day = (log["date"] - np.datetime64(start)).dt.days.to_numpy(dtype=np.int64)
    row, hours = log["row"].to_numpy(dtype=np.int64), log["hours"].to_numpy(dtype=float)
    cell = row * 2 + (log["date"] >= np.datetime64(turn)).to_numpy()
    sales = _sales(facts, customers, start, turn)
    return Years(
        customers=customers,
        start=start,
        turn=turn,
        first=known["first_date"],
        bought=bought,
        hours=np.bincount(cell, hours, 2 * n).astype(float).reshape(n, 2),
        activities=np.bincount(cell, minlength=2 * n).astype(float).reshape(n, 2),
        money=known[["margin_prev_12m", "margin_12m"]].to_numpy(dtype=float),
        visits=Dated(row, day, hours),
        sales=sales,
        reps=_reps(log, n),
        prospect_hours=prospects,
        stated=stated,
        both=both,
    )


def there(found: Years) -> NDArray[np.bool_]:
    """Who was a customer through both years: bought before them, and in the last twelve months."""
    early = (found.first < np.datetime64(found.start)).to_numpy()
    return early & found.bought


def before(events: Dated, turn: int) -> Dated:
    """Those of the year before, uncounted amounts left out."""
    early = events.day < turn
    return Dated(
        events.row[early],
        events.day[early],
        None if events.amount is None else events.amount[early],
    )


def _sales(facts: Facts, customers: pd.Index, start: dt.date, turn: dt.date) -> Dated:
    """Money by customer, year and place of the week among four: all that halves of weeks need."""
    days = (turn - start).days
    frame: Any = facts._engine.frame(f"""
        WITH dated AS (
            SELECT customer, {facts.money} AS money,
                date_diff('day', TIMESTAMP '{start}', date) AS day
            FROM lines WHERE date >= TIMESTAMP '{start}' AND date < TIMESTAMP '{facts._end}')
        SELECT customer, day >= {days} AS late, (day // 7) % 4 AS week,
            coalesce(sum(money), 0)::DOUBLE AS money
        FROM dated GROUP BY ALL ORDER BY customer, late, week
    """)
    row = customers.get_indexer(frame["customer"])
    frame, row = frame[row >= 0], row[row >= 0]
    whole = -(-days // 28) * 28  # the year's turn falls on the first of four weeks
    day = frame["week"].to_numpy(dtype=np.int64) * 7 + whole * frame["late"].to_numpy(dtype=int)
    return Dated(row.astype(np.int64), day, frame["money"].to_numpy(dtype=float))


def _reps(log: Any, n: int) -> NDArray[Any]:
    found = np.full(n, "", dtype=object)
    named = log[log["rep"].notna()]
    if len(named):
        count = named.groupby(["row", "rep"], sort=True).size().reset_index(name="count")
        count = count.sort_values(["row", "count"], ascending=[True, False], kind="stable")
        first = count.drop_duplicates("row")
        found[first["row"].to_numpy()] = first["rep"].astype("str").to_numpy()
    return found


def shares(amounts: ArrayLike) -> Array:
    """Parts of the whole; all nought where the whole is."""
    a = np.asarray(amounts, dtype=float)
    total = a.sum()
    return a / total if total > 0 else np.zeros_like(a)


def overlap(a: ArrayLike, b: ArrayLike) -> float:
    """How alike two divisions are: `1 - ½ Σ |a - b|` of their shares; 1 = the same, 0 = apart.

    NaN where either is nothing.

    Examples
    --------
    >>> overlap([2, 2], [3, 1])
    0.75
    """
    left, right = shares(a), shares(b)
    if not left.any() or not right.any():
        return float("nan")
    return float(1 - np.abs(left - right).sum() / 2)


def ceiling(events: Dated, n: int, spread: float = 1.0) -> float:
    """How alike two years would be by chance alone, if nobody's share had changed.

    Two years together are divided into two halves, each as long as a year, as `ways` would. Events
    less dispersed than by chance vary by less than halves drawn by lot: the square of what lots and
    every other event leave apart is mixed by dispersion.

    Parameters
    ----------
    events : Dated
        Of two years.
    n : int
        Customers.
    spread : float
        Dispersion.
    """

    def apart(way: str, seed: int = 0) -> float:
        half = np.maximum(halves(events, n, way, seed=seed), 0.0)
        return 1 - overlap(half[:, 0], half[:, 1])

    if not spread < POISSON:
        return 1 - apart(WEEKS)
    turns = apart(TURNS) ** 2
    lots = float(np.mean([apart(LOTS, i) ** 2 for i in range(_DRAWS)]))
    return float(1 - np.sqrt(max(turns + spread * (lots - turns), 0.0)))


def gini(amounts: ArrayLike) -> float:
    """How unevenly something is divided: 0 = alike, near 1 = all with one (Gini coefficient).

    Examples
    --------
    >>> gini([1, 1, 1]), gini([0, 0, 0, 4])
    (0.0, 0.75)
    """
    a = np.sort(np.asarray(amounts, dtype=float))
    n, total = len(a), a.sum()
    if n == 0 or total <= 0:
        return float("nan")
    return float(2 * (np.arange(1, n + 1) @ a) / (n * total) - (n + 1) / n)


def visit_spread(found: Years) -> float:
    """Dispersion of activities; 1 where there are too few to say."""
    d = dispersion(found.visits)
    return 1.0 if np.isnan(d) else d
