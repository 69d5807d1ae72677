"""What goes with sales across customers? Poisson regression with month effects alone.

`E[y_it] = exp(δ_t + β'x_it + γ'z_i)`: x changes from month to month, z is a customer's for good.
It compares customers with each other, so whatever makes a customer both large and much visited
counts as an effect of visits; that is why it is shown beside the regression of `salesfact._ppml`,
and never alone. Errors are cluster-robust by customer with the same small-sample factor. Month
effects have a closed form, one month is worked on at a time, and nothing is multiplied out.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from salesfact._ppml import STEPS, TOLERANCE, PoissonFit

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import ArrayLike, NDArray

    Array = NDArray[np.float64]

RARE = 5  # customers: levels of an attribute with fewer are one level


def month_ppml(
    y: ArrayLike,
    x: Sequence[ArrayLike],
    z: ArrayLike | None = None,
    *,
    known: ArrayLike | None = None,
) -> PoissonFit:
    """Poisson pseudo-maximum likelihood with month effects.

    Parameters
    ----------
    y : array_like, (n customers, T months)
        Sales; each month's sum must be above zero to count.
    x : sequence of array_like, each (n, T)
        Regressors that change from month to month.
    z : array_like, (n, k), optional
        Regressors that do not. Those the others make up are left out.
    known : array_like of bool, (n, T), optional
        Which cells are known.

    Returns
    -------
    PoissonFit
        Slopes of x, then of z (NaN for columns left out).
    """
    sales = np.asarray(y, dtype=float)
    n, months = sales.shape
    mask = np.ones(sales.shape, dtype=bool) if known is None else np.asarray(known, dtype=bool)
    fixed = np.zeros((n, 0)) if z is None else np.asarray(z, dtype=float)
    moving = [np.asarray(v, dtype=float) for v in x]
    present = np.flatnonzero((sales * mask).sum(axis=0) > 0)
    used = mask[:, present].any(axis=1)
    # columns in comparable units, and only those that add something
    spread = np.where(fixed.std(axis=0) > 0, fixed.std(axis=0), 1.0)
    fixed = (fixed - fixed.mean(axis=0)) / spread
    kept = _independent(fixed[used])
    fixed = fixed[:, kept]
    k1, k = len(moving), len(moving) + fixed.shape[1]
    months_of = [np.flatnonzero(mask[:, t]) for t in present]
    rows, clusters = int(mask[:, present].sum()), int(used.sum())
    factor = (rows - 1) / (rows - k - len(present)) * clusters / (clusters - 1)

    def design(t: np.integer, who: NDArray[np.int64]) -> Array:
        return np.column_stack([*(v[who, t] for v in moving), fixed[who]])

    def moments(theta: Array, scored: bool = False) -> tuple[float, Array, Array, Array]:
        loglik, gradient, information = 0.0, np.zeros(k), np.zeros((k, k))
        scores = np.zeros((n, k)) if scored else np.zeros((0, k))
        for t, who in zip(present, months_of, strict=True):
            d, own = design(t, who), sales[who, t]
            eta = d @ theta
            eta -= eta.max()
            share = np.exp(eta)
            summed, total = share.sum(), own.sum()
            share /= summed
            mean = share @ d
            loglik += own @ eta - total * np.log(summed)
            off = own - total * share
            gradient += off @ d
            information += total * ((d * share[:, None]).T @ d - np.outer(mean, mean))
            if scored:
                scores[who] += off[:, None] * (d - mean)
        return loglik, gradient, information, scores

    theta, reason, steps = np.zeros(k), "the likelihood has no highest point (separation)", 0
    loglik, gradient, information, scores = moments(theta)
    scale = float(np.abs(sales[mask]).sum())
    while reason and steps < STEPS:
        steps += 1
        move = np.linalg.lstsq(information, gradient, rcond=None)[0]
        size, close = 1.0, gradient @ move <= TOLERANCE * scale
        while True:
            new = moments(theta + size * move)
            if new[0] >= loglik - 1e-12 * abs(loglik) or size < 1e-6:
                break
            size /= 2
        theta = theta + size * move
        loglik, gradient, information, scores = new
        if close:
            reason = ""
    _, _, information, scores = moments(theta, scored=True)
    bread = np.linalg.pinv(information, hermitian=True)
    units = np.concatenate([np.ones(k1), 1 / spread[kept]])
    places = np.concatenate([np.arange(k1), k1 + kept])
    whole = k1 + len(spread)
    coef, cov = np.full(whole, np.nan), np.full((whole, whole), np.nan)
    poisson = cov.copy()
    coef[places] = theta * units
    cut = np.ix_(places, places)
    cov[cut] = factor * bread @ (scores.T @ scores) @ bread * np.outer(units, units)
    poisson[cut] = bread * np.outer(units, units)
    return PoissonFit(
        coef=coef,
        cov=cov,
        poisson_cov=poisson,
        months=np.full(months, np.nan),
        loglik=float(loglik),
        rows=rows,
        customers=clusters,
        dropped_customers=n - clusters,
        dropped_months=months - len(present),
        dropped_levels=0,
        factor=factor,
        scores=scores,
        steps=steps,
        reason=reason,
    )


def _independent(z: Array) -> NDArray[np.int64]:
    """Columns that add something to a constant and the columns before them."""
    basis = np.full((len(z), 1), 1 / np.sqrt(max(len(z), 1)))
    kept = []
    for j in range(z.shape[1]):
        left = z[:, j] - basis @ (basis.T @ z[:, j])
        left -= basis @ (basis.T @ left)
        size = np.linalg.norm(left)
        if size > 1e-8 * max(np.linalg.norm(z[:, j]), 1e-300):
            kept.append(j)
            basis = np.column_stack([basis, left / size])
    return np.array(kept, dtype=np.int64)


def coded(attributes: pd.DataFrame) -> Array:
    """Attributes as numbers: numbers as they are, words as one column per level but one.

    Missing numbers are the mean, with a column that says so; missing words are a level; levels of
    fewer than five customers are one level.

    Parameters
    ----------
    attributes : DataFrame
        One row per customer.

    Returns
    -------
    ndarray, (n, k)
    """
    import pandas as pd

    columns: list[Any] = []
    for name in attributes.columns:
        values = attributes[name]
        if pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values):
            number = values.to_numpy(dtype=float, na_value=np.nan)
            missing = ~np.isfinite(number)
            if missing.all():
                continue
            columns.append(np.where(missing, number[~missing].mean(), number))
            if missing.any():
                columns.append(missing.astype(float))
            continue
        level = values.astype("string").fillna("").to_numpy(dtype=object)
        names, place, count = np.unique(level, return_inverse=True, return_counts=True)
        often = np.flatnonzero(count >= RARE)
        columns += [(place == i).astype(float) for i in often[1:]]
        if len(often) and len(often) < len(names):
            columns.append((~np.isin(place, often)).astype(float))
    return np.column_stack(columns) if columns else np.zeros((len(attributes), 0))
