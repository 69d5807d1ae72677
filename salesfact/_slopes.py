"""Who answers to hours more than others? Customers' own slopes, as far as they can be told apart.

A customer's own months say little about its own slope, so the raw one is never shown. From the
common slope β each customer's score takes one step, `b_i = β + S_i / I_i` (Poisson score and
information of its own slope, its level and the months put in). Its variance is the Poisson one
inflated by what sales vary beyond chance: noise in proportion to sales, and a drift of the
customer's own whose correlation from month to month is estimated from all customers' residuals.
What spread the b_i have beyond that (Paule & Mandel) is spread of the customers, and b_i is drawn
to the mean by its reliability `τ² / (τ² + v_i)`. Where the mean reliability is below .2, nobody is
told apart: everyone has the common slope.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from salesfact._ppml import PoissonFit
from salesfact._stats import MIDDLE, paule_mandel

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Array = NDArray[np.float64]

LEAST_RELIABILITY = 0.2
LAGS = 12  # months; correlation further apart is taken to be alike


@dataclass(frozen=True)
class Slopes:
    """Each customer's slope, shrunken.

    Parameters
    ----------
    estimate, low, high : ndarray, (n,)
        Slope and its 80 % range; the common one where there is nothing of the customer's own.
    reliability : ndarray, (n,)
        Share of the differences between customers like this one that is real; 0 where nothing is
        known.
    overall : float
        Mean reliability of those with sales and changing hours.
    told_apart : bool
        Whether `overall` reaches .2.
    mean, spread : float
        Mean and standard deviation of the customers' slopes.
    overdispersion : float
        What the median customer's variance is multiplied with against Poisson.
    """

    estimate: Array
    low: Array
    high: Array
    reliability: Array
    overall: float
    told_apart: bool
    mean: float
    spread: float
    overdispersion: float


def customer_slopes(
    y: ArrayLike, x: ArrayLike, fit: PoissonFit, *, known: ArrayLike | None = None
) -> Slopes:
    """Customers' slopes by empirical Bayes.

    Parameters
    ----------
    y, x : array_like, (n, T)
        Sales and log(1 + adstocked hours), as `fit` was made from.
    fit : PoissonFit
        Two-way regression with x first; its other regressors do not count here.
    known : array_like of bool, (n, T), optional
        Which cells are known, as `fit` was made from.
    """
    sales, hours = np.asarray(y, dtype=float), np.asarray(x, dtype=float)
    raw, variance, inflation = _own(sales, hours, fit, known)
    beta, error = float(fit.coef[0]), float(fit.se[0])
    n = len(raw)
    known = np.isfinite(raw)
    mean, between = paule_mandel(raw, variance)
    part = np.where(known, between / (between + np.where(known, variance, 1.0)), 0.0)
    overall = float(part[known].mean()) if known.any() else 0.0
    told_apart = overall >= LEAST_RELIABILITY
    if told_apart:
        weight = 1 / (variance[known] + between)
        estimate = mean + part * (np.where(known, raw, mean) - mean)
        half = np.sqrt(between * (1 - part) + (1 - part) ** 2 / weight.sum())
    else:
        estimate, half = np.full(n, beta), np.full(n, np.sqrt(between + error**2))
    return Slopes(
        estimate=estimate,
        low=estimate - MIDDLE * half,
        high=estimate + MIDDLE * half,
        reliability=part,
        overall=overall,
        told_apart=told_apart,
        mean=mean if told_apart else beta,
        spread=float(np.sqrt(between)),
        overdispersion=float(np.median(inflation[known])) if known.any() else float("nan"),
    )


def _own(
    y: Array, x: Array, fit: PoissonFit, known: ArrayLike | None = None
) -> tuple[Array, Array, Array]:
    """Raw slopes, their variances, and what these were multiplied with; NaN where unknown."""
    n = len(y)
    present = np.isfinite(fit.months)
    there = np.ones(y.shape, dtype=bool) if known is None else np.asarray(known, dtype=bool)
    there = there[:, present]
    y, x = np.where(there, y[:, present], 0.0), x[:, present]
    beta = float(fit.coef[0])
    total = y.sum(axis=1)
    eta = fit.months[present] + beta * x
    mu = np.where(there, np.exp(eta - eta.max(axis=1, keepdims=True)), 0.0)
    mu *= (np.maximum(total, 0.0) / np.maximum(mu.sum(axis=1), 1e-300))[:, None]
    safe = np.maximum(total, 1e-300)
    weighted = mu * (x - ((mu * x).sum(axis=1) / safe)[:, None])
    information = (weighted * x).sum(axis=1)
    seen = (total > 0) & (information > 1e-6 * safe)
    raw, variance, inflation = (np.full(n, np.nan) for _ in range(3))
    if not seen.any():
        return raw, variance, inflation
    off = (y - mu)[seen]
    mu, weighted, information = mu[seen], weighted[seen], information[seen]
    noise, between = _noise(off, mu)
    away = np.divide(weighted, mu, out=np.zeros_like(mu), where=mu > 0)
    meat = (noise * mu * away**2).sum(axis=1)
    months = mu.shape[1]
    for lag in range(min(LAGS + 1, months)):
        # Σ weighted = 0 for each customer: a constant in `between` would take no part
        pairs = (weighted[:, : months - lag] * weighted[:, lag:]).sum(axis=1)
        meat += (1 if lag == 0 else 2) * between[lag] * pairs
    meat = np.maximum(meat, noise * information)
    raw[seen] = beta + (off * x[seen]).sum(axis=1) / information
    variance[seen] = meat / information**2
    inflation[seen] = meat / information
    return raw, variance, inflation


def _noise(off: Array, mu: Array) -> tuple[float, Array]:
    """Noise per unit of expected sales, and covariance of the log drift by lag, 0 to LAGS.

    `cov(y_t, y_s) = noise μ_t [t = s] + between(|t - s|) μ_t μ_s`, by moments of the residuals;
    `between` is against what it is further apart than LAGS. Customers weigh by how well they tell,
    so that neither the largest nor the smallest decide.
    """
    mean = mu.mean(axis=1)
    weight = 1 / (mean * (mean + np.median(mean)))
    months = mu.shape[1]

    def summed(v: Array) -> float:
        return float(weight @ v.sum(axis=1))

    pairs = [
        (summed(off[:, : months - g] * off[:, g:]), summed(mu[:, : months - g] * mu[:, g:]))
        for g in range(min(LAGS + 1, months))
    ]
    # variance in proportion to sales, and to their square: small and large customers tell them
    (square, second), first = pairs[0], summed(mu)
    share = mu / (mean + np.median(mean))[:, None]
    square_2, first_2, second_2 = summed(off**2 * share), summed(mu * share), summed(mu**2 * share)
    apart = first * second_2 - first_2 * second
    noise = (square * second_2 - square_2 * second) / apart if apart > 0 else square / first
    noise = float(np.clip(noise, 0.1 * square / first, square / first))
    between = np.zeros(LAGS + 1)
    between[: len(pairs)] = [a / b for a, b in pairs]
    between[0] = (square - noise * first) / second
    # residuals of a customer sum to 0, so the pairs further apart are what the near ones leave
    far = -square / 2 - sum(a for a, _ in pairs[1:])
    size = (float(weight @ mu.sum(axis=1) ** 2) - second) / 2 - sum(b for _, b in pairs[1:])
    level = far / size if months > LAGS + 1 else between[len(pairs) - 1]
    between[: len(pairs)] -= level
    return noise, between
