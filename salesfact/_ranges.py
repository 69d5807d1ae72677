"""How far off may a forecast be? Ranges learned from how far off earlier ones were."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

COVERAGE = 0.8
LEVELS = (0.80, 0.82, 0.84, 0.86, 0.88, 0.90, 0.92)  # tried until a left-out date is covered too
LEAST = 20  # earlier forecasts of a band, below which it is joined to the next
MOST_BANDS = 12


def shortest(values: ArrayLike, coverage: float = COVERAGE) -> tuple[float, float]:
    """The shortest interval that holds the next of exchangeable values with this probability.

    Parameters
    ----------
    values : array_like
        At least one.
    coverage : float
        In (0, 1).

    Returns
    -------
    tuple of float
        From one value to another, `ceil(coverage × (n + 1))` of them inside (all n where that is
        more). Of equally short ones the one nearest to zero, of those the lowest.

    References
    ----------
    Vovk, Gammerman & Shafer (2005), Algorithmic Learning in a Random World, section 2.2; the
    shortest set as in Lei, Robins & Wasserman (2013), JASA 108, 278-287.

    Examples
    --------
    >>> shortest([0, 0, 0, 0, 0, 0, 0, 5, 9])
    (0.0, 5.0)
    """
    found = np.sort(np.asarray(values, dtype=float))
    n = len(found)
    inside = min(n, int(np.ceil(coverage * (n + 1) - 1e-9)))
    lows, highs = found[: n - inside + 1], found[inside - 1 :]
    length = highs - lows
    ties = np.flatnonzero(length <= length.min() * (1 + 1e-12))
    best = ties[np.argmin(np.maximum(np.abs(lows[ties]), np.abs(highs[ties])))]
    return float(lows[best]), float(highs[best])


@dataclass(frozen=True)
class Bands:
    """Ranges by predicted value.

    Parameters
    ----------
    edges : ndarray
        Where one band of predicted values ends and the next begins, by size whatever the sign
        (inner edges, ascending).
    low, high : ndarray
        Per band, in units of the scale: outcome = [low, high] × scale, the other way round for a
        prediction below zero.
    floor : float
        Least scale, in money: below it a prediction is as good as zero.
    forecasts : int
        How many earlier forecasts they were learned from.
    """

    edges: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    floor: float
    forecasts: int

    def of(self, predicted: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Low and high for predictions; the prediction itself always lies inside."""
        p = np.asarray(predicted, dtype=float)
        band = np.searchsorted(self.edges, np.abs(p), side="right")
        scale = _scale(p, self.floor)
        one, other = self.low[band] * scale, self.high[band] * scale
        return np.minimum(np.minimum(one, other), p), np.maximum(np.maximum(one, other), p)


def _scale(p: NDArray[np.float64], floor: float) -> NDArray[np.float64]:
    """What a range is counted in: the prediction itself, at least the floor, with its sign."""
    return np.where(p < 0, -1.0, 1.0) * np.maximum(np.abs(p), floor)


def learn_bands(
    predicted: ArrayLike,
    outcome: ArrayLike,
    month: ArrayLike,
    *,
    floor: float,
    reach: int,
) -> Bands:
    """Learn ranges from earlier forecasts and what came of them.

    Forecasts are put in bands by predicted value (its size, whatever the sign), equally many in
    each; in each band the range is the shortest interval of `outcome / scale` that would have held
    (conformal), scale = the prediction, at least the floor. Nothing is nothing in any scale: a
    band where most came to nothing has a range that begins at zero.

    What moves all customers at once makes a later date unlike the earlier ones. So each date is
    left out in turn, with those whose outcomes overlap its own, and a band's level is raised from
    80 % until the ranges learned from the rest hold for 80 % of what was left out, on average.

    Parameters
    ----------
    predicted, outcome : array_like
        One of each per earlier forecast; all origins together.
    month : array_like of int
        The month each forecast was made in, counted on.
    floor : float
        Money, above 0.
    reach : int
        The horizon in months: forecasts nearer to each other overlap.

    Returns
    -------
    Bands
        At most `MOST_BANDS` bands, each of at least `LEAST` forecasts where there are so many.
    """
    p = np.asarray(predicted, dtype=float)
    y = np.asarray(outcome, dtype=float)
    if not len(p):
        raise ValueError("no earlier forecast to learn from")
    count = int(np.clip(len(p) // LEAST, 1, MOST_BANDS))
    size = np.abs(p)
    ranked = np.sort(size)
    # equal predictions stay together, so a band may be empty and its edge is then left out
    edges = np.unique(ranked[(np.arange(1, count) * len(p)) // count])
    edges = edges[edges > ranked[0]]
    off = y / _scale(p, floor)
    band = np.searchsorted(edges, size, side="right")
    made = np.asarray(month)
    sets = [_held(off[band == b], made[band == b], reach) for b in range(len(edges) + 1)]
    low, high = (np.array(side) for side in zip(*sets, strict=True))
    return Bands(edges, low, high, floor, len(p))


def _held(off: NDArray[Any], month: NDArray[Any], reach: int) -> tuple[float, float]:
    """The shortest interval at the first of `LEVELS` that holds at dates left out of it."""
    dates = np.unique(month)
    splits = []
    for date in dates:
        rest = off[np.abs(month - date) >= reach]
        if len(rest) >= LEAST:
            splits.append((off[month == date], rest))
    for level in LEVELS:
        inside = [
            float(((own >= low) & (own <= high)).mean())
            for own, (low, high) in ((own, shortest(rest, level)) for own, rest in splits)
        ]
        if not splits or np.mean(inside) >= COVERAGE:
            return shortest(off, level)
    return shortest(off, LEVELS[-1])


def spread_of_totals(
    errors: ArrayLike, apart: float, coverage: float = COVERAGE
) -> tuple[float, int] | None:
    """Half the width of a total's range, from how far off earlier totals were.

    Parameters
    ----------
    errors : array_like
        Relative errors of earlier totals.
    apart : float
        How many of them tell something of their own: outcomes that overlap repeat each other.

    Returns
    -------
    (half, df) or None
        `t(df) × √(mean(error²) (1 + 1/n))` with n = `apart` rounded down, df = n; an error in one
        direction counts as much as one in the other. None where there are fewer than two totals
        of their own.
    """
    from scipy.special import stdtrit

    e = np.asarray(errors, dtype=float)
    e = e[np.isfinite(e)]
    n = int(min(apart, len(e)))
    if n < 2:
        return None
    size = float(np.sqrt(np.mean(e**2) * (1 + 1 / n)))
    return float(stdtrit(n, 0.5 + coverage / 2)) * size, n
