"""Who is most alike? Customers joined two by two, so that one of each may get something by lot.

The best of all pairings (minimum-weight perfect matching in a general graph) is approached from an
assignment: everyone is given the nearest other one, each taken once. That is a set of cycles, and
no pairing can cost less than half of it, which tells how far from the best a pairing is at most.
Cycles are cut into pairs, what is left over is paired among itself, and pairs exchange partners as
long as it helps.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Array = NDArray[np.float64]

BLOCK = 800  # more alike than so many are first cut into neighbours by their first covariate
APART = 1.0  # what a different region or segment adds to a squared distance (standard deviations²)
FAR = 4.0  # standard deviations; beyond, a covariate counts as this far
_SWEEPS = 50


@dataclass(frozen=True)
class Pairing:
    """Pairs and how alike they are.

    Parameters
    ----------
    pairs : ndarray of int, (m, 2)
        Rows of the covariates, the smaller first; in order of their first.
    distance : ndarray, (m,)
        Squared distance within each pair.
    bound : float
        No pairing of the same customers has a smaller sum of distances.
    """

    pairs: NDArray[np.int64]
    distance: Array
    bound: float


def standardised(covariates: ArrayLike) -> Array:
    """Covariates in standard deviations from their mean, none beyond `FAR`.

    Parameters
    ----------
    covariates : array_like, (n, c)
        One column per covariate; one that does not vary becomes nought.
    """
    values = np.asarray(covariates, dtype=float)
    spread = values.std(axis=0)
    spread = np.where(spread > 1e-12, spread, np.inf)
    return np.clip((values - values.mean(axis=0)) / spread, -FAR, FAR)


def paired(
    covariates: ArrayLike, strata: ArrayLike | None = None, kinds: ArrayLike | None = None
) -> Pairing:
    """Join the most alike two by two.

    Parameters
    ----------
    covariates : array_like, (n, c)
        Standardised, the most important first.
    strata : array_like, (n,), optional
        Only those with the same one are paired (the rep).
    kinds : array_like, (n, k), optional
        Where two differ in one of these (region, segment), they are further apart by `APART`.

    Returns
    -------
    Pairing
        In a stratum of an odd number, whoever fits worst stays alone.

    Notes
    -----
    Assignment: `scipy.optimize.linear_sum_assignment`. See Lu, Greevy, Xu & Beck (2011), American
    Statistician 65, 21-30, on pairing without two given sides.

    Examples
    --------
    >>> paired([[0.0], [5.0], [0.1], [5.2]]).pairs.tolist()
    [[0, 2], [1, 3]]
    """
    x = np.asarray(covariates, dtype=float)
    n = len(x)
    stratum = np.zeros(n, dtype=int) if strata is None else np.asarray(strata)
    kind = None if kinds is None else np.asarray(kinds)
    found, apart, bound = [np.empty((0, 2), dtype=np.int64)], [np.empty(0)], 0.0
    for value in np.unique(stratum):
        rows = np.flatnonzero(stratum == value)
        rows = rows[np.argsort(x[rows, 0], kind="stable")]
        blocks = max(1, -(-len(rows) // BLOCK))
        size = 2 * -(-len(rows) // (2 * blocks))
        for begin in range(0, len(rows), size):
            part = rows[begin : begin + size]
            if len(part) < 2:
                continue
            cost = _distances(x[part], None if kind is None else kind[part])
            pairs, least = _pairs(cost)
            apart.append(cost[pairs[:, 0], pairs[:, 1]])
            found.append(np.sort(part[pairs], axis=1))
            bound += least
    pairs, distance = np.concatenate(found), np.concatenate(apart)
    order = np.argsort(pairs[:, 0], kind="stable")
    return Pairing(pairs[order], distance[order], bound)


def _distances(x: Array, kind: NDArray[Any] | None) -> Array:
    cost = np.zeros((len(x), len(x)))
    for column in x.T:
        cost += (column[:, None] - column) ** 2
    if kind is not None:
        for column in kind.T:
            cost += APART * (column[:, None] != column)
    return cost


def _pairs(cost: Array) -> tuple[NDArray[np.int64], float]:
    """Pairs of one stratum, and what no pairing of as many can be below."""
    from scipy.optimize import linear_sum_assignment

    n = len(cost)
    never = cost.max() * n + 1.0
    pairs: list[tuple[int, int]] = []
    left = np.arange(n)
    bound = 0.0
    while len(left) > 1:
        part = cost[np.ix_(left, left)].copy()
        np.fill_diagonal(part, never)
        to = linear_sum_assignment(part)[1]
        if not pairs and n % 2 == 0:
            bound = float(part[np.arange(len(left)), to].sum()) / 2
        alone: list[int] = []
        for cycle in _cycles(to):
            own, rest = _cut(cycle, part)
            pairs += [(int(left[a]), int(left[b])) for a, b in own]
            alone += rest
        left = left[sorted(alone)]
    return _exchanged(np.array(pairs, dtype=np.int64), cost), bound


def _cycles(to: NDArray[np.int64]) -> list[list[int]]:
    seen, cycles = np.zeros(len(to), dtype=bool), []
    for start in range(len(to)):
        cycle, at = [], start
        while not seen[at]:
            seen[at] = True
            cycle.append(at)
            at = int(to[at])
        if cycle:
            cycles.append(cycle)
    return cycles


def _cut(cycle: list[int], cost: Array) -> tuple[list[tuple[int, int]], list[int]]:
    """A cycle as pairs of neighbours, the cheapest way; of an odd one, one is left over."""
    n = len(cycle)
    best: tuple[float, list[tuple[int, int]], list[int]] | None = None
    for start in range(2 if n % 2 == 0 else n):
        turned = cycle[start:] + cycle[:start]
        own = list(zip(turned[0 : n - 1 : 2], turned[1:n:2], strict=True))
        total = float(sum(cost[a, b] for a, b in own))
        if best is None or total < best[0]:
            best = total, own, turned[n - 1 :] if n % 2 else []
    assert best is not None
    return best[1], best[2]


def _exchanged(pairs: NDArray[np.int64], cost: Array) -> NDArray[np.int64]:
    """Two pairs exchange partners wherever that makes their sum smaller, until it nowhere does."""
    for _ in range(_SWEEPS):
        a, b = pairs.T
        own = cost[a, b]
        straight = cost[np.ix_(a, a)] + cost[np.ix_(b, b)]
        crossed = cost[np.ix_(a, b)]
        crossed = crossed + crossed.T
        gain = own[:, None] + own - np.minimum(straight, crossed)
        gain[np.tril_indices(len(pairs))] = 0.0
        first, second = np.nonzero(gain > 1e-9)
        if not first.size:
            break
        used = np.zeros(len(pairs), dtype=bool)
        for at in np.argsort(-gain[first, second], kind="stable"):
            p, q = first[at], second[at]
            if used[p] or used[q]:
                continue
            used[[p, q]] = True
            if straight[p, q] <= crossed[p, q]:
                pairs[p], pairs[q] = (a[p], a[q]), (b[p], b[q])
            else:
                pairs[p], pairs[q] = (a[p], b[q]), (a[q], b[p])
            a, b = pairs.T.copy()
    return pairs
