"""How much of a count is chance? Dispersion of events on days, and halves that share no noise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Array = NDArray[np.float64]
    Whole = NDArray[np.int64]

WEEKS, TURNS, LOTS = "weeks", "turns", "lots"
POISSON = 0.9  # dispersion from which visits count as by chance: odd weeks against even ones
DRAWS = 8  # halves drawn at random


@dataclass(frozen=True)
class Dated:
    """Events of customers on days, sorted by customer and day.

    Parameters
    ----------
    row, day : ndarray of int
        Whose event, and when (days; weeks begin where 7 divides).
    amount : ndarray, optional
        What it is worth; default: 1 each.
    """

    row: Whole
    day: Whole
    amount: Array | None = None


def dispersion(events: Dated) -> float:
    """Variance of counts over their mean, as the gaps between events say: 1 by chance, 0 in rounds.

    Two gaps in a row are held against each other: Shinomoto's local variation
    `LV = 3 mean ((a - b) / (a + b))²` is `3 / (2k + 1)` for gamma gaps of shape k, whatever the
    rate, however it drifts, and however few gaps there are; counts then have dispersion 1 / k.

    Parameters
    ----------
    events : Dated

    Returns
    -------
    float
        `2 LV / (3 - LV)`; NaN where no customer has three events on different days.

    References
    ----------
    Shinomoto, Shima & Tanji (2003), Neural Computation 15, 2823-2842.
    """
    own = events.row[1:] == events.row[:-1]
    gap = np.diff(events.day).astype(float)
    both = own[1:] & own[:-1] & (gap[1:] + gap[:-1] > 0)
    if not both.any():
        return float("nan")
    a, b = gap[:-1][both], gap[1:][both]
    local = 3 * float(np.mean(((a - b) / (a + b)) ** 2))
    return 2 * local / max(3 - local, 1e-9)


def yearly(spread: float, counts: ArrayLike) -> float:
    """Dispersion of such counts as these, which begin and end within a gap.

    A renewal process with gamma gaps, met at any moment, has `Var N = D E N + (1 - D²) / 6`.

    Parameters
    ----------
    spread : float
        D, of long counts.
    counts : array_like
        Above 0; weighted by what chance does to their logarithms.

    References
    ----------
    Cox (1962), Renewal Theory, section 4.5.
    """
    n = np.asarray(counts, dtype=float)
    if not n.size or not spread < POISSON:
        return spread
    return float(spread + (1 - spread**2) / 6 * np.sum(n**-2) / np.sum(n**-1))


def log_mean(counts: ArrayLike, spread: float) -> Array:
    """The logarithm of what counts are expected to be, nearly without bias.

    `ψ(N/D + 1) + log D` for counts of dispersion D. For Poisson counts its mean is
    `log μ + E₁(μ)`, which from two events on is the logarithm to .05 and from three to .02.
    """
    from scipy.special import digamma

    d = max(spread, 0.02)
    return digamma(np.asarray(counts, dtype=float) / d + 1) + np.log(d)


def halves(events: Dated, n: int, way: str, *, coarse: int = 1, seed: int = 0) -> Array:
    """Each customer's events in two halves.

    Parameters
    ----------
    events : Dated
    n : int
        Customers.
    way : str
        "weeks": odd against even ones. "turns": every other event. "lots": drawn.
    coarse : int
        Weeks, or events, that stay together.
    seed : int
        Of the lots.

    Returns
    -------
    ndarray, (n, 2)
        Sums of amounts (or counts).
    """
    if way == WEEKS:
        side = events.day // (7 * coarse) % 2
    elif way == TURNS:
        first = np.searchsorted(events.row, events.row, side="left")
        # every second customer begins with the other half: the odd one out goes to either
        side = ((np.arange(len(events.row)) - first) // coarse + events.row) % 2
    else:
        side = np.random.default_rng(seed).integers(0, 2, len(events.row))
    found = np.bincount(events.row * 2 + side, events.amount, 2 * n)
    return found.astype(float).reshape(n, 2)


def ways(spread: float, *, other: bool = False) -> list[tuple[float, str, int, int]]:
    """How to split events of a dispersion: weight, way, coarseness and seed of each split.

    Halves drawn by lot have noise in common of covariance (D - 1) μ/4: none for Poisson counts.
    Every other event: D μ/4, none in strict rounds. Mixed with weights D and 1 - D, none for any D.
    Bursts (D above 1) stay together in a week. `other`: splits that should say the same, by two
    weeks at a time, and weeks in place of lots.
    """
    if not spread < POISSON:
        return [(1.0, WEEKS, 2 if other else 1, 0)]
    lots = [(spread / DRAWS, LOTS, 1, i) for i in range(DRAWS)]
    return [(1 - spread, TURNS, 1, 0), *([(spread, WEEKS, 1, 0)] if other else lots)]
