"""What would the lots alone have made? Pairs whose signs are flipped as the lots could have fallen.

Within each pair a lot decided who got something. If that something does nothing, each difference
might as well have had the other sign; so the sum is held against what all ways the lots could have
fallen would have given. Nothing is asked of how sales are distributed: not their tails, their
seasons, nor what one month has to do with the next.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Array = NDArray[np.float64]

DRAWS = 10_000
EXACT = 14  # pairs up to which every way the lots could have fallen is counted
FARTHEST = 3.0  # log effects are looked for from minus to plus this
_STEPS = 40


@dataclass(frozen=True)
class Flips:
    """Ways the lots could have fallen.

    Parameters
    ----------
    signs : ndarray, (ways, pairs)
        Plus and minus one; the first row is what happened.
    exact : bool
        Whether these are all ways (half of them: to flip all signs changes nothing).
    """

    signs: NDArray[np.float32]
    exact: bool

    def p(self, differences: ArrayLike) -> float:
        """Part of the ways that give a sum at least as far from nought, two-sided.

        Parameters
        ----------
        differences : array_like, (pairs,)
            Who got something minus who did not.
        """
        given = np.asarray(differences, dtype=np.float64)
        size = np.abs(given).max(initial=0.0)
        if size == 0.0:
            return 1.0
        sums = np.abs(self.signs @ (given / size).astype(np.float32))
        return float((sums >= sums[0] - 1e-5 * len(given) ** 0.5).mean())


def flips(pairs: int, *, draws: int = DRAWS, seed: int = 1) -> Flips:
    """All ways the lots could have fallen, or as many as `draws` of them.

    Parameters
    ----------
    pairs : int
    draws : int
        What happened is one of them, so that a test keeps its level exactly (Phipson & Smyth 2010,
        Stat. Appl. Genet. Mol. Biol. 9, 39).
    seed : int
        Of the draws.
    """
    if pairs <= EXACT:
        ways = np.arange(2 ** max(pairs - 1, 0))
        bits = (ways[:, None] >> np.arange(pairs)) & 1
        return Flips((1 - 2 * bits).astype(np.float32), True)
    rng = np.random.default_rng(seed)
    signs = np.empty((draws, pairs), dtype=np.float32)
    signs[:] = 2 * rng.integers(0, 2, (draws, pairs), dtype=np.int8) - 1
    signs[0] = 1.0
    return Flips(signs, False)


def inverted(
    differences: Callable[[float], Array], ways: Flips, levels: ArrayLike
) -> tuple[float, list[tuple[float, float]]]:
    """The effect under which the lots are best in balance, and all that are not rejected.

    Parameters
    ----------
    differences : callable
        The pairs' differences once a supposed effect is taken out; their sum falls as it grows.
    ways : Flips
    levels : array_like
        Levels of the ranges, as .95.

    Returns
    -------
    effect : float
        Where the sum is nought (Hodges & Lehmann 1963, Ann. Math. Stat. 34, 598-611).
    ranges : list of (low, high)
        One per level: effects with p > 1 - level. ±inf where even the farthest is not rejected.
    """
    from scipy.optimize import brentq

    def total(effect: float) -> float:
        return float(differences(effect).sum())

    if total(-FARTHEST) <= 0 or total(FARTHEST) >= 0:
        effect = -FARTHEST if total(-FARTHEST) <= 0 else FARTHEST
    else:
        effect = float(brentq(total, -FARTHEST, FARTHEST, xtol=1e-9))  # pyright: ignore
    ranges = []
    for level in np.atleast_1d(np.asarray(levels, dtype=float)):
        low, high = (_edge(differences, ways, effect, far, 1 - level) for far in (-1, 1))
        ranges.append((low, high))
    return effect, ranges


def _edge(
    differences: Callable[[float], Array], ways: Flips, inside: float, way: int, alpha: float
) -> float:
    """How far one way effects are not rejected; widening steps, then bisection."""
    step, near = 0.02, inside
    while True:
        far = inside + way * step
        if ways.p(differences(far)) <= alpha:
            break
        if abs(far) > FARTHEST + abs(inside):
            return float(way) * np.inf
        near, step = far, step * 2
    for _ in range(_STEPS):
        middle = (near + far) / 2
        if ways.p(differences(middle)) <= alpha:
            far = middle
        else:
            near = middle
        if abs(far - near) < 1e-5:
            break
    return far
