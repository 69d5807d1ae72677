"""Whom would reps visit, if we knew why? Worlds with planted habit; visits by chance, in rounds.

All of it is simulated, like `salesfact._synth`. What reps *mean* to do in a year follows what they
meant the year before (ω), that year's value (γ) and what the customer has long been worth (φ):
`log e_t = c + ω log e_{t-1} + γ log v_{t-1} + φ log M_{t-1} + ε`. What is *seen* are visits and
orders on days; a few visits more or less in a year are chance, and no habit.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

YEAR = 364  # days: whole weeks, so that no half of the weeks is longer
ROUNDS = "rounds"
_BURN_IN = 12  # gaps before the first day, so that a day is as good as any other


@dataclass(frozen=True)
class RutWorld:
    """Two years of visits and orders on days, and what is true of them.

    Parameters
    ----------
    visits, orders : tuple of ndarray
        Customer (its place) and day (0 to 2 × 364 - 1), sorted by both; orders also their margin.
    expected : ndarray, (customers,)
        M: what each customer has long been worth a year, as somebody saw it before both years.
    effort : ndarray, (customers, 2)
        True intent, visits a year, before and now.
    """

    visits: tuple[NDArray[np.int64], NDArray[np.int64]]
    orders: tuple[NDArray[np.int64], NDArray[np.int64], Array]
    expected: Array
    effort: Array
    omega: float
    gamma: float
    phi: float
    seed: int
    as_of: ClassVar[dt.date] = dt.date(2026, 9, 30)

    def sales(self) -> pd.DataFrame:
        """Orders as sales lines: two years up to `as_of`, and one order of each before them."""
        import pandas as pd

        row, day, margin = self.orders
        n = len(self.expected)
        row = np.concatenate([np.arange(n), row])
        margin = np.concatenate([np.ones(n), margin])
        return pd.DataFrame(
            {
                "customer": self._names(row),
                "date": self._dates(np.concatenate([np.full(n, -5), day])),
                "amount": (4 * margin).round(2),
                "margin": margin.round(2),
            }
        )

    def activities(self) -> pd.DataFrame:
        """Visits as a log, an hour and a half each."""
        import pandas as pd

        row, day = self.visits
        return pd.DataFrame(
            {
                "customer": self._names(row),
                "date": self._dates(day),
                "kind": "visit",
                "rep": np.array(["A", "B", "C"])[row % 3],
                "hours": 1.5,
            }
        )

    def _names(self, row: Any) -> list[str]:
        return [f"{i:05d}" for i in row]

    def _dates(self, day: Any) -> Any:
        # the two years end with `as_of`; theirs have a day or two more, in which nothing happens
        back = np.where(day < YEAR, day - 2 * YEAR - 1, day - 2 * YEAR)
        return (np.datetime64(self.as_of) + 1 + back).astype("datetime64[us]")


def rut_world(
    seed: int,
    *,
    customers: int = 500,
    visits: float = 10.0,
    omega: float = 0.6,
    gamma: float = 0.2,
    phi: float = 0.1,
    noise: float = 0.3,
    spread: float = 0.8,
    regularity: float | str = 1.0,
    part: float = 1.0,
    bursts: float = 0.0,
    orders: float = 24.0,
    order_regularity: float = 2.0,
    drift: float = 0.4,
    unseen: float = 0.0,
) -> RutWorld:
    """A world of customers whom reps visit by habit and by value.

    Parameters
    ----------
    seed : int
        Same seed and parameters, same world.
    customers : int
        How many.
    visits, orders : float
        Mean visits a customer-year, and the median customer's orders a year.
    omega, gamma, phi : float
        Planted weights of last year's effort, of value, and of what was long expected.
    noise : float
        Standard deviation of ε.
    spread : float
        Log standard deviation of effort the year before.
    regularity : float or "rounds"
        Shape of the gamma gaps between visits: 1 is Poisson; "rounds": every so many whole weeks,
        a day or two early or late.
    part : float
        Share of the customers visited so; the others at random.
    bursts : float
        Chance that a visit is followed by another activity within three days.
    order_regularity : float
        Shape of the gaps between orders.
    drift : float
        Log standard deviation of what a year's value differs from the customer's long level.
    unseen : float
        Weight in both years of good judgement that shows in no figure (log-sd 1).
    """
    rng = np.random.default_rng(seed)
    n = customers
    level = 0.9 * rng.standard_normal(n)
    value = level + drift * rng.standard_normal(n)
    judged = unseen * rng.standard_normal(n)
    before = spread * (0.5 * level / 0.9 + np.sqrt(0.75) * rng.standard_normal(n)) + judged
    expected = level + 0.2 * rng.standard_normal(n)
    rounds = (rng.random(n) < part) & (regularity == ROUNDS)
    shape = np.full(n, 1.0 if regularity == ROUNDS else float(regularity))
    shape[rng.random(n) >= part] = 1.0
    then = _meant(before, visits, rounds)
    now = omega * np.log(then) + gamma * value + phi * expected + judged
    now = _meant(now + noise * rng.standard_normal(n), visits, rounds)
    effort = np.stack([then, now], axis=1)
    rows, days = _renewals(rng, effort / YEAR, shape)
    if regularity == ROUNDS:
        kept = ~rounds[rows]
        more = _rounds(rng, effort, rounds)
        rows = np.concatenate([rows[kept], more[0]])
        days = np.concatenate([days[kept], more[1]])
    if bursts:
        again = rng.random(len(rows)) < bursts
        rows = np.concatenate([rows, rows[again]])
        days = np.concatenate([days, days[again] + rng.integers(0, 4, again.sum())])
    size = np.exp(0.6 * rng.standard_normal(n))
    rate = orders / YEAR * np.exp(np.stack([value, value], axis=1)) / size[:, None]
    who, when = _renewals(rng, rate, np.full(n, order_regularity))
    margin = 1_000.0 * size[who] * rng.gamma(2.0, 0.5, len(who))
    return RutWorld(
        visits=_sorted(rows, days)[:2],
        orders=_sorted(who, when, margin),
        expected=1_000.0 * orders * np.exp(expected),
        effort=effort,
        omega=omega,
        gamma=gamma,
        phi=phi,
        seed=seed,
    )


def _meant(log_effort: Array, visits: float, rounds: NDArray[np.bool_]) -> Array:
    """Visits a year with the right mean; those in rounds every so many whole weeks."""
    effort = np.exp(log_effort)
    effort *= visits / effort.mean()
    return np.where(rounds, 52 / np.maximum(np.rint(52 / effort), 1), effort)


def _renewals(
    rng: np.random.Generator, rate: Array, shape: Array
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Days with gamma gaps at each customer's rate a day, another in each year."""
    total = rate.sum(axis=1) * YEAR
    most = int(np.max(total + 8 * np.sqrt(total / np.minimum(shape, 1.0)) + 8)) + 2 * _BURN_IN
    order = np.argsort(total)
    rows, days = [], []
    for some in np.array_split(order, max(1, len(order) // 100)):  # alike ones: little is wasted
        width = min(
            most, int(total[some].max() + 8 * np.sqrt(total[some].max()) + 8) + 2 * _BURN_IN
        )
        k = shape[some][:, None]
        at = (rng.gamma(k, 1 / k, (len(some), width))).cumsum(axis=1) - _BURN_IN
        at -= rng.random((len(some), 1))
        first = rate[some, :1] * YEAR
        day = np.where(at < first, at / rate[some, :1], YEAR + (at - first) / rate[some, 1:])
        inside = (at >= 0) & (day < 2 * YEAR)
        rows.append(some[np.nonzero(inside)[0]])
        days.append(np.floor(day[inside]).astype(np.int64))
    return np.concatenate(rows), np.concatenate(days)


def _rounds(
    rng: np.random.Generator, effort: Array, chosen: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Visits every so many whole weeks from some day on, a day or two early or late."""
    rows, days = [], []
    for year in (0, 1):
        weeks = np.maximum(np.rint(52 / effort[:, year]), 1).astype(int)
        for gap in np.unique(weeks[chosen]):
            some = np.flatnonzero(chosen & (weeks == gap))
            turns = np.arange(0, 52 + gap, gap)
            day = 7 * (turns + rng.integers(0, gap, (len(some), 1))) + 2
            inside = day < YEAR
            day = np.clip(day + rng.integers(-2, 3, day.shape), 0, YEAR - 1) + year * YEAR
            rows.append(some[np.nonzero(inside)[0]])
            days.append(day[inside])
    return np.concatenate(rows), np.concatenate(days)


def _sorted(rows: Any, days: Any, *more: Any) -> Any:
    inside = days < 2 * YEAR
    rows, days, *rest = (v[inside] for v in (rows, days, *more))
    order = np.lexsort((days, rows))
    return tuple(v[order] for v in (rows, days, *rest))
