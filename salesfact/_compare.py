"""Which of two lists would have found more of the money, and how sure is that?

Plain numbers per customer: nothing here knows facts or dates.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import ArrayLike, NDArray

LEVEL = 0.95  # of a claim's interval, two-sided
FLOOR = 1e-3  # the least estimate in a deviance, as a part of the mean outcome
_CELLS = 4_000_000  # draws × customers held in memory at a time


@dataclass(frozen=True)
class Difference:
    """Captured share of list a less that of list b, with its two-sided 95 % interval.

    Parameters
    ----------
    value, low, high : float
        The difference and its interval, in parts of one.
    a, b : float
        The captured shares themselves.
    draws : int
        Bootstrap draws behind the interval.
    """

    value: float
    low: float
    high: float
    a: float
    b: float
    draws: int

    @property
    def better(self) -> bool:
        """Whether a is better for certain: the whole interval lies above 0."""
        return self.low > 0

    @property
    def worse(self) -> bool:
        """Whether a is worse for certain: the whole interval lies below 0."""
        return self.high < 0


def captured_share(outcome: pd.Series, ranking: pd.Series, k: int) -> float:
    """The part of all money that the first `k` customers of a list stood for afterwards.

    Parameters
    ----------
    outcome : Series
        Money by customer. What is below zero counts as zero: nobody calls to lose money.
    ranking : Series
        By customer, higher = earlier on the list. Customers it leaves out, or has no number for,
        come last.
    k : int
        How many customers are called.

    Returns
    -------
    float
        In [0, 1]; NaN where there is no money to find. Equal customers share the places left for
        them (the mean over all orders among equals), so a list that calls all alike gets what a
        list drawn by lot gets on average.

    Examples
    --------
    >>> import pandas as pd
    >>> money = pd.Series({"a": 60.0, "b": 30.0, "c": 10.0})
    >>> captured_share(money, pd.Series({"a": 1.0, "b": 3.0, "c": 2.0}), 2)
    0.4
    """
    weights = places(ranking.reindex(outcome.index).to_numpy(dtype=float), k)
    money = np.maximum(outcome.to_numpy(dtype=float), 0.0)
    total = float(money.sum())
    return float(weights @ money) / total if total > 0 else float("nan")


def places(ranking: ArrayLike, k: int) -> NDArray[np.float64]:
    """Each customer's part of the first `k` places: 1, 0, or its share where equals tie."""
    order, starts = _groups(np.asarray(ranking, dtype=float))
    sizes = np.diff(np.append(starts, len(order)))
    taken = np.clip(k - starts, 0, sizes)
    weights = np.empty(len(order))
    weights[order] = np.repeat(taken / np.maximum(sizes, 1), sizes)
    return weights


def _groups(ranking: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Positions from first to last on the list, and where each group of equals starts."""
    values = np.where(np.isnan(ranking), -np.inf, ranking)
    order = np.argsort(-values, kind="stable")
    sorted_values = values[order]
    new = np.ones(len(order), dtype=bool)
    new[1:] = sorted_values[1:] != sorted_values[:-1]
    return order, np.flatnonzero(new)


def gain_curve(outcome: pd.Series, ranking: pd.Series, points: int = 100) -> pd.DataFrame:
    """How much of the money a list finds, the further down one calls.

    Returns
    -------
    DataFrame
        `customers` (how many are called, from 0 to all, about `points` steps) and `share` (the
        captured share, as in `captured_share`).
    """
    import pandas as pd

    money = np.maximum(outcome.to_numpy(dtype=float), 0.0)
    order, starts = _groups(ranking.reindex(outcome.index).to_numpy(dtype=float))
    ends = np.append(starts, len(order))
    found = np.concatenate([[0.0], np.cumsum(money[order])])[
        ends
    ]  # between equals: a straight line
    calls = np.unique(np.linspace(0, len(order), min(points, len(order)) + 1).round().astype(int))
    total = found[-1] if found[-1] > 0 else np.nan
    return pd.DataFrame({"customers": calls, "share": np.interp(calls, ends, found) / total})


def overlap(a: pd.Series, b: pd.Series, k: int) -> float:
    """The part of the first `k` places that two lists give to the same customers.

    Both are looked at for the customers that both could name.
    """
    both = a.index.intersection(b.index)
    k = min(k, len(both))
    if not k:
        return float("nan")
    same = np.minimum(
        places(a.reindex(both).to_numpy(dtype=float), k),
        places(b.reindex(both).to_numpy(dtype=float), k),
    )
    return float(same.sum()) / k


def poisson_deviance(outcome: pd.Series, estimate: pd.Series) -> float:
    """How far estimates are off, as a part of the money: 0 is perfect, less is better.

    `2 Σ (y log(y/m) − (y − m)) / Σ y`, y floored at 0, m at a thousandth of the mean outcome: it
    asks for the right amount, in the mean, of every customer, and is the same in any currency.

    Returns
    -------
    float
        NaN where there is no money.
    """
    y = np.maximum(outcome.to_numpy(dtype=float), 0.0)
    total = float(y.sum())
    if total <= 0:
        return float("nan")
    m = _floored(estimate.reindex(outcome.index), y)
    logs = np.log(np.where(y > 0, y / m, 1.0))
    return float(2 * np.sum(y * logs - (y - m)) / total)


def _floored(estimate: pd.Series, y: NDArray[np.float64]) -> NDArray[np.float64]:
    values = np.nan_to_num(estimate.to_numpy(dtype=float), nan=0.0)
    return np.maximum(values, FLOOR * float(y.mean()))


def best_of(shares: Sequence[Mapping[str, float]]) -> str | None:
    """Which list did best on average at these (earlier) origins; equals go to the first named.

    Parameters
    ----------
    shares : sequence of mapping
        One per origin: name of the list to captured share.
    """
    if not shares:
        return None
    names = [n for n in shares[0] if all(n in s for s in shares)]
    told = {n: [s[n] for s in shares if not np.isnan(s[n])] for n in names}
    means = {n: float(np.mean(t)) if t else 0.0 for n, t in told.items()}
    return max(names, key=lambda n: (round(means[n], 12), -names.index(n))) if names else None


def compare(
    outcome: pd.Series | Sequence[pd.Series],
    a: pd.Series | Sequence[pd.Series],
    b: pd.Series | Sequence[pd.Series],
    *,
    k: int | Sequence[int],
    seed: int = 0,
    draws: int = 1000,
) -> Difference:
    """How much more of the money list a finds than list b, with a paired customer bootstrap.

    Parameters
    ----------
    outcome, a, b : Series or sequence of Series
        Money and the two rankings by customer; of several origins, one Series each. The measure is
        then the mean of the differences over origins.
    k : int or sequence of int
        How many customers are called (at each origin).
    seed : int
        Same seed, same interval.
    draws : int
        At least 200. Fewer are drawn where there are more than 100 000 customers.

    Returns
    -------
    Difference
        The interval is the percentile interval of differences between the same drawn customers:
        each draw takes as many customers, with replacement, and keeps all origins of each, so
        that neither what two lists share nor what one customer repeats is counted as news. In
        each draw both lists fill their `k` places anew.

    Notes
    -----
    A stored order of customers does not matter: they are sorted by name before drawing.

    References
    ----------
    Efron & Tibshirani (1993), An Introduction to the Bootstrap, chapters 8 and 13.
    """
    outcomes, ranks_a, ranks_b = _several(outcome), _several(a), _several(b)
    ks = [k] * len(outcomes) if isinstance(k, (int, np.integer)) else list(k)
    customers = np.array(sorted({str(c) for o in outcomes for c in o.index}))
    n = len(customers)
    draws = int(max(200, min(draws, 1e8 // max(n, 1))))
    origins = []
    for y, ra, rb, kk in zip(outcomes, ranks_a, ranks_b, ks, strict=True):
        y = y.sort_index()
        at = np.searchsorted(customers, y.index.astype(str))
        money = np.maximum(y.to_numpy(dtype=float), 0.0)
        both = [_groups(r.reindex(y.index).to_numpy(dtype=float)) for r in (ra, rb)]
        origins.append((at, money, both, int(kk)))
    point = _mean(_shares(np.ones((1, n), dtype=np.float64), origins)[:, :, 0])
    dice = np.random.default_rng(seed)
    drawn = []
    step = max(1, _CELLS // max(n, 1))
    for start in range(0, draws, step):
        size = min(step, draws - start)
        counts = dice.multinomial(n, np.full(n, 1.0 / n), size=size).astype(float)
        shares = _shares(counts, origins)
        drawn.append(_mean(shares[:, 0] - shares[:, 1]))
    told = np.concatenate(drawn)
    told = told[~np.isnan(told)]  # a draw without any money tells nothing
    tail = (1 - LEVEL) / 2
    low, high = np.quantile(told, [tail, 1 - tail]) if told.size else (np.nan, np.nan)
    return Difference(
        value=float(point[0] - point[1]),
        low=float(low),
        high=float(high),
        a=float(point[0]),
        b=float(point[1]),
        draws=draws,
    )


def _mean(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """The mean over origins of those that had any money."""
    known = ~np.isnan(x)
    return np.divide(
        np.where(known, x, 0.0).sum(axis=0),
        known.sum(axis=0),
        out=np.full(x.shape[1:], np.nan),
        where=known.any(axis=0),
    )


def _several(x: Any) -> list[Any]:
    return list(x) if isinstance(x, (list, tuple)) else [x]


def _shares(counts: NDArray[np.float64], origins: Sequence[Any]) -> NDArray[np.float64]:
    """Captured shares by origin, list and draw; `counts` has a row per draw."""
    found = np.empty((len(origins), 2, len(counts)))
    for i, (at, money, both, k) in enumerate(origins):
        own = counts[:, at]
        total = own @ money
        for j, (order, starts) in enumerate(both):
            drawn = own[:, order]
            size = np.add.reduceat(drawn, starts, axis=1)
            worth = np.add.reduceat(drawn * money[order], starts, axis=1)
            before = np.cumsum(size, axis=1) - size
            part = np.clip(k - before, 0, size) / np.maximum(size, 1)
            with np.errstate(invalid="ignore", divide="ignore"):
                found[i, j] = (part * worth).sum(axis=1) / total
    return found
