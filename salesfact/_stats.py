"""How sure can we be? False discoveries held down, noisy rates shrunken."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

#: Half of an 80 % range and of a 95 % range of what is normal, in standard errors.
MIDDLE, OUTER = 1.2815515655446004, 1.959963984540054

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


def paule_mandel(estimates: ArrayLike, variances: ArrayLike) -> tuple[float, float]:
    """Mean of several noisy estimates, and the variance between what they estimate.

    `b_i ~ (θ_i, v_i)`, `θ_i ~ (mean, τ²)`; τ² is where the weighted spread is what it should be:
    `Σ (b_i - mean)² / (v_i + τ²) = m - 1`. Nothing is asked of the shape of either distribution.

    Parameters
    ----------
    estimates, variances : array_like
        b and v > 0; those not finite do not count.

    Returns
    -------
    mean : float
        Weighted by 1 / (v + τ²); NaN without estimates.
    between : float
        τ²; 0 where the spread is no more than the variances say.

    References
    ----------
    Paule & Mandel (1982), J. Res. Natl. Bur. Stand. 87, 377-385; DerSimonian & Kacker (2007),
    Contemp. Clin. Trials 28, 105-114.

    Examples
    --------
    >>> mean, between = paule_mandel([1.0, 2.0, 6.0], [1.0, 1.0, 1.0])
    >>> round(mean, 4), round(between, 4)
    (3.0, 6.0)
    """
    b, v = np.asarray(estimates, dtype=float), np.asarray(variances, dtype=float)
    known = np.isfinite(b) & np.isfinite(v) & (v > 0)
    b, v = b[known], v[known]
    if b.size == 0:
        return float("nan"), 0.0

    def at(between: float) -> tuple[float, float, float]:
        w = 1 / (v + between)
        mean = float(w @ b / w.sum())
        off = (b - mean) ** 2
        return mean, float(w @ off) - (b.size - 1), float(w**2 @ off)

    between = 0.0
    mean, excess, slope = at(between)
    if excess <= 0:
        return mean, 0.0
    for _ in range(200):  # the excess is convex and falling, so Newton comes from below
        step = excess / slope
        between += step
        mean, excess, slope = at(between)
        if step <= 1e-12 * between:
            break
    return mean, between
