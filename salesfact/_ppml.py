"""What goes with sales, customer for customer and month for month? Two-way Poisson regression.

`E[y_it] = exp(α_i + δ_t + β'x_it)`, α one level per customer (or per customer and block of
months), δ one per month, β the slopes. Poisson pseudo-likelihood: only this mean need hold; y may
be counts or money, and single months may be below zero (returns). The customers' levels have a
closed form, `α_i = log(Σ_t y_it / Σ_t exp(δ_t + β'x_it))`, and are put in; what is left is concave
in (δ, β) and climbed by Newton's method, rows in portions, so that memory is that of the data.

Standard errors are cluster-robust by customer (CRV1, Liang & Zeger 1986) with the small-sample
factor of fixest and pyfixest, `ssc(k_adj=True, k_fixef="nonnested", G_adj=True)`:
`(N − 1) / (N − k − T) × G / (G − 1)`, N cells, k slopes, T months, G customers.
(Where the cluster variable is itself one of the effects, pyfixest 0.60 may not count T; with a copy
of it under another name it does.)

Correia, Guimarães & Zylkin (2020), Stata Journal 20, 95-115, for PPML with fixed effects, and for
customers and months without sales, which tell nothing of β and are left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from salesfact._concentrated import Moments, Part, fitted, moments, parts_of, portions

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Array = NDArray[np.float64]

MANY = 20_000  # from so many rows on, every sixteenth gives the start
TOLERANCE = 1e-10  # last step's Newton decrement, per unit of sales
STEPS = 60
ALIKE = 1e-9  # part of the regressors' variance left beside levels and months, below which: none
GONE = 1e-6  # part of the first step's information left at the last, below which: separation


@dataclass(frozen=True)
class PoissonFit:
    """Slopes of a two-way Poisson regression and how sure they are.

    Parameters
    ----------
    coef : ndarray, (k,)
        Slopes; NaN where the regression cannot be done, and `reason` says why.
    cov : ndarray, (k, k)
        Cluster-robust covariance (CRV1, by customer, small-sample factor included).
    poisson_cov : ndarray, (k, k)
        The covariance if sales were Poisson and months independent: inverse information.
    months : ndarray, (T,)
        Month effects, mean 0 within a block; NaN for months left out.
    loglik : float
        Concentrated log-likelihood, without what does not depend on (δ, β).
    rows, customers : int
        Cells and customers used.
    dropped_customers, dropped_months, dropped_levels : int
        Without sales; with blocks also the customer-blocks without.
    factor : float
        The small-sample factor.
    scores : ndarray, (n, k)
        Each customer's score, month effects partialled out; 0 for those left out.
    steps : int
        Newton steps on all rows.
    reason : str
        Empty, or why there is no fit.
    """

    coef: Array
    cov: Array
    poisson_cov: Array
    months: Array
    loglik: float
    rows: int
    customers: int
    dropped_customers: int
    dropped_months: int
    dropped_levels: int
    factor: float
    scores: Array
    steps: int
    reason: str = ""

    @property
    def se(self) -> Array:
        """Cluster-robust standard errors."""
        return np.sqrt(np.diag(self.cov))

    @property
    def z(self) -> Array:
        """Slopes in standard errors."""
        return self.coef / self.se

    @property
    def converged(self) -> bool:
        """Whether there is a fit."""
        return not self.reason


def ppml(
    y: ArrayLike,
    x: Sequence[ArrayLike],
    *,
    known: ArrayLike | None = None,
    block: int | None = None,
    start: PoissonFit | None = None,
    stay: bool = False,
) -> PoissonFit:
    """Poisson pseudo-maximum likelihood with customer and month effects.

    Parameters
    ----------
    y : array_like, (n customers, T months)
        Sales. Each customer's sum must be above zero to count; single cells need not be.
    x : sequence of array_like, each (n, T)
        Regressors.
    known : array_like of bool, (n, T), optional
        Which cells are known; the others do not count, whatever y and x hold there.
    block : int, optional
        Months a block: a level per customer and block in place of one per customer. Blocks end
        with the last month; a first block of less than two months is left out.
    start : PoissonFit, optional
        Where to begin: a fit of the same panel; regressors it has not start at 0.
    stay : bool
        Take no step: log-likelihood, scores and errors at `start`.

    Raises
    ------
    ValueError
        If shapes differ, a known cell is not finite, or a block has less than two months.

    Examples
    --------
    >>> y = [[1, 3], [2, 2], [4, 9]]
    >>> x = [[0, 1], [0, 0], [0, 1]]
    >>> float(ppml(y, [x]).coef[0].round(4))  # log((3 + 9) / (1 + 4)) - log(2 / 2)
    0.8755
    """
    given, xs, mask = _checked(y, x, known)
    parts, lost = parts_of(given, xs, mask, block)
    customers, months = given.shape
    used = np.zeros(customers, dtype=bool)
    for part in parts:
        used[part.rows] = True
    present = np.unique(np.concatenate([p.columns for p in parts])) if parts else np.zeros(0, int)
    rows = sum(p.y.size if p.known is None else int(p.known.sum()) for p in parts)
    k, clusters = len(xs), int(used.sum())
    free = rows - k - len(present)
    empty = PoissonFit(
        coef=np.full(k, np.nan),
        cov=np.full((k, k), np.nan),
        poisson_cov=np.full((k, k), np.nan),
        months=np.full(months, np.nan),
        loglik=np.nan,
        rows=rows,
        customers=clusters,
        dropped_customers=customers - clusters,
        dropped_months=months - len(present),
        dropped_levels=lost,
        factor=(rows - 1) / free * clusters / (clusters - 1) if free > 0 and clusters > 1 else 1,
        scores=np.zeros((customers, k)),
        steps=0,
    )
    if clusters < 2 or free <= 0:
        return replace(empty, reason="too few customers with sales")
    delta = np.zeros(months)
    coef = np.zeros(k)
    if start is not None and start.converged:
        coef[: len(start.coef)], delta = start.coef, np.nan_to_num(start.months)
    else:
        if customers > MANY and block is None:
            few = slice(None, None, 16)
            first = ppml(
                given[few], [v[few] for v in xs], known=None if mask is None else mask[few]
            )
            if first.converged:
                coef, delta = first.coef, np.nan_to_num(first.months)
    if stay:
        at = moments(parts, delta, coef)
        if at.own < ALIKE:
            return replace(empty, reason="a regressor without variation of its own")
        return _finished(empty, parts, delta, coef, at)
    return _climb(empty, parts, delta, coef)


def _checked(
    y: ArrayLike, x: Sequence[ArrayLike], known: ArrayLike | None
) -> tuple[Array, list[Array], NDArray[np.bool_] | None]:
    given = np.asarray(y, dtype=float)
    xs = [np.asarray(v, dtype=float) for v in x]
    mask = None if known is None else np.asarray(known, dtype=bool)
    if given.ndim != 2 or any(
        v.shape != given.shape for v in [*xs, *([mask] if known is not None else [])]
    ):
        raise ValueError("y, regressors and known must be matrices of the same shape")
    if mask is not None and mask.all():
        mask = None
    if mask is not None:
        given = np.where(mask, given, 0.0)
        xs = [np.where(mask, v, 0.0) for v in xs]
    # a sum is finite only if all its terms are, and needs no matrix of its own
    if not all(np.isfinite(v.sum()) for v in (given, *xs)):
        raise ValueError("a known cell is not finite")
    return given, xs, mask


def _climb(fit: PoissonFit, parts: list[Part], delta: Array, coef: Array) -> PoissonFit:
    """Newton's method with halved steps, and the covariance at its end."""
    total = sum(float(np.abs(p.y).sum()) for p in parts)
    at = moments(parts, delta, coef)
    first = np.diag(at.information).copy()
    for step in range(1, STEPS + 1):
        if at.own < ALIKE:
            return replace(fit, steps=step, reason="a regressor without variation of its own")
        reduced = at.gradient - sum(
            (p.T @ g for p, g in zip(at.partial, at.gradient_months, strict=True)),
            np.zeros(len(coef)),
        )
        move = np.linalg.solve(at.information, reduced)
        move_months = np.zeros_like(delta)
        decrement = float(reduced @ move)
        for part, inverse, partial, g in zip(
            parts, at.months, at.partial, at.gradient_months, strict=True
        ):
            own = inverse @ g - partial @ move
            move_months[part.columns] = own
            decrement += float(g @ inverse @ g)
        close = decrement <= TOLERANCE * total
        size = 1.0
        while True:
            new = moments(parts, delta + size * move_months, coef + size * move)
            if new.loglik >= at.loglik - 1e-12 * abs(at.loglik) or size < 1e-6:
                break
            size /= 2
        delta, coef, at = delta + size * move_months, coef + size * move, new
        if (np.diag(at.information) < GONE * first).any():
            break
        if close:
            return _finished(replace(fit, steps=step), parts, delta, coef, at)
    return replace(fit, steps=STEPS, reason="the likelihood has no highest point (separation)")


def _finished(
    fit: PoissonFit, parts: list[Part], delta: Array, coef: Array, at: Moments
) -> PoissonFit:
    scores = np.zeros_like(fit.scores)
    months = np.full(len(delta), np.nan)
    for part, partial in zip(parts, at.partial, strict=True):
        months[part.columns] = delta[part.columns] - delta[part.columns].mean()
        own = np.empty((len(part.y), len(coef)))
        for rows in portions(part):
            mu, _ = fitted(part, delta, coef, rows)
            off = part.y[rows] - mu
            own[rows] = -off @ partial
            for j, value in enumerate(part.x):
                own[rows, j] += np.einsum("it,it->i", off, value[rows])
        scores[part.rows] += own
    bread = np.linalg.inv(at.information)
    return replace(
        fit,
        coef=coef,
        cov=fit.factor * bread @ (scores.T @ scores) @ bread,
        poisson_cov=bread,
        months=months,
        loglik=at.loglik,
        scores=scores,
    )
