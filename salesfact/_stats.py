"""How sure can we be? False discoveries held down, noisy rates shrunken."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


def benjamini_hochberg(p: ArrayLike) -> NDArray[np.float64]:
    """Adjusted p-values (q): calling all with q ≤ a keeps the false-discovery rate at a.

    Parameters
    ----------
    p : array_like
        One p-value per test, in [0, 1]; NaN = not tested, stays NaN and does not count.

    Returns
    -------
    ndarray
        `q[i] = min over p[j] ≥ p[i] of m p[j] / rank(p[j])`, at most 1. Equal p, equal q.

    Raises
    ------
    ValueError
        If a p lies outside [0, 1].

    References
    ----------
    Benjamini & Hochberg (1995), J. R. Statist. Soc. B 57, 289-300.

    Examples
    --------
    >>> benjamini_hochberg([0.01, 0.04, 0.03, 0.5]).round(4).tolist()
    [0.04, 0.0533, 0.0533, 0.5]
    """
    values = np.asarray(p, dtype=float)
    tested = ~np.isnan(values)
    known = values[tested]
    if known.size and (known.min() < 0 or known.max() > 1):
        raise ValueError("a p-value lies outside [0, 1]")
    m = known.size
    order = np.argsort(known, kind="stable")
    ratio = known[order] * m / np.arange(1, m + 1)
    adjusted = np.empty(m)
    adjusted[order] = np.minimum(np.minimum.accumulate(ratio[::-1])[::-1], 1.0)
    q = np.full(values.shape, np.nan)
    q[tested] = adjusted
    return q


def shrink_rates(
    events: ArrayLike, expected: ArrayLike, mean: float = 1.0
) -> tuple[NDArray[np.float64], float]:
    """Rates `events / expected` pulled towards `mean` as far as chance alone explains them.

    Events are Poisson with mean rate × expected; rates are gamma with the given mean. The gamma's
    variance is what the spread of the raw rates exceeds chance by (moments, weighted by
    `expected`), so few events mean much shrinkage and many mean none.

    Parameters
    ----------
    events : array_like
        Counts.
    expected : array_like
        What was expected at rate 1; 0 = nothing known, the rate is then `mean`.
    mean : float
        The prior mean.

    Returns
    -------
    rates : ndarray
        `(events + shape) / (expected + shape / mean)`.
    shape : float
        The gamma's shape; infinite where the spread is no more than chance, and then all rates
        are `mean`.

    References
    ----------
    Marshall (1991), Applied Statistics 40, 283-294 (with the prior mean given).
    """
    y = np.asarray(events, dtype=float)
    e = np.asarray(expected, dtype=float)
    total = e.sum()
    if total <= 0:
        return np.full(y.shape, mean), float("inf")
    known = e > 0
    raw = np.divide(y, e, out=np.full(y.shape, mean), where=known)
    spread = float(np.sum(e * (raw - mean) ** 2) / total)
    variance = spread - mean * known.sum() / total
    if variance <= 0:
        return np.full(y.shape, mean), float("inf")
    shape = mean**2 / variance
    return (y + shape) / (e + shape / mean), shape
