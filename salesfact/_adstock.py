"""How long does an hour work? Hours that fade from month to month, and how fast they do.

`A_t = h_t + λ A_{t-1}`: hours h of a month keep λ of their weight a month later, λ² two months
later. λ is found by profile: the log-likelihood of the two-way Poisson regression on log(1 + A) at
each λ, highest at the estimate. What λ's uncertainty adds to the slope's error comes from one more
regressor, ∂ log(1 + A) / ∂λ = A' / (1 + A), held at its coefficient 0: the information matrix of
slope and λ together (its coefficient is β × the step in λ). Without it, intervals of the slope are
too short where λ was looked for in the same data. The same regressor gives λ's own range: all λ at
which its cluster-robust score (Rao) is no larger than chance makes it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from salesfact._ppml import PoissonFit, ppml

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Array = NDArray[np.float64]

MOST = 0.9  # slower than that, the memory of hours is half a year and tells levels, not hours
GRID = tuple(float(v) for v in np.linspace(0.0, MOST, 7))
CLOSE = 1e-3


@dataclass(frozen=True)
class Decayed:
    """The slope of sales on adstocked hours, and the decay that fits best.

    Parameters
    ----------
    decay, low, high : float
        λ, and its range (`level` of `profile`); the whole of 0 to `MOST` means that the data do
        not tell.
    fit : PoissonFit
        At λ: slope of log(1 + A) first, then the other regressors. Errors include λ's uncertainty.
    conditional : PoissonFit
        The same with λ taken as known.
    tried : ndarray, (m, 4)
        λ, log-likelihood below the highest, slope, score for a larger λ in standard errors; by λ.
    """

    decay: float
    low: float
    high: float
    fit: PoissonFit
    conditional: PoissonFit
    tried: Array


def adstock(hours: ArrayLike, decay: float, months: int | None = None) -> tuple[Array, Array]:
    """Adstocked hours and their derivative by the decay.

    Parameters
    ----------
    hours : array_like, (n, H)
        Hours by customer and month, earliest first.
    decay : float
        λ in [0, 1).
    months : int, optional
        How many of the last months to return; hours of earlier months count only as memory.

    Returns
    -------
    stock, slope : ndarray, (n, months)
        `A_t` in hours, and `∂A_t/∂λ`.

    Notes
    -----
    Before the first month each customer's hours are taken to have been its mean of all months
    (A = mean / (1 − λ)); what is wrong with that fades as λ^t.

    Examples
    --------
    >>> adstock([[0.0, 2.0, 0.0, 2.0]], 0.5)[0].tolist()
    [[1.0, 2.5, 1.25, 2.625]]
    """
    h = np.asarray(hours, dtype=float)
    if not 0 <= decay < 1:
        raise ValueError("a decay lies in [0, 1)")
    before = h.mean(axis=1, keepdims=True) / (1 - decay)
    stock = _faded(h, decay, before)
    yesterday = np.concatenate([before, stock[:, :-1]], axis=1)
    slope = _faded(yesterday, decay, before / (1 - decay))
    keep = slice(h.shape[1] - (months or h.shape[1]), None)
    return stock[:, keep], slope[:, keep]


def _faded(x: Array, decay: float, before: Array) -> Array:
    """`v_t = x_t + decay v_{t-1}`; scipy's filter would load all of scipy.stats, half a second."""
    value = np.ascontiguousarray(x.T)
    last = before[:, 0]
    for month in value:
        month += decay * last
        last = month
    return np.ascontiguousarray(value.T)


def log_stock(hours: ArrayLike, decay: float, months: int | None = None) -> tuple[Array, Array]:
    """log(1 + A) and its derivative by the decay: see `adstock`."""
    stock, slope = adstock(hours, decay, months)
    return np.log1p(stock), slope / (1 + stock)


def profile(
    y: ArrayLike,
    hours: ArrayLike,
    *,
    others: Sequence[ArrayLike] = (),
    known: ArrayLike | None = None,
    decay: float | None = None,
    level: float = 0.8,
) -> Decayed:
    """The decay and the slope together.

    Parameters
    ----------
    y : array_like, (n, T)
        Sales.
    hours : array_like, (n, H ≥ T)
        Hours; the last T months are those of y, earlier ones count as memory.
    others, known
        Further regressors and known cells, as for `ppml`.
    decay : float, optional
        A λ taken as known; it is then not looked for, and the errors are conditional.
    level : float
        Of the range of λ.
    """
    from statistics import NormalDist

    sales = np.asarray(y, dtype=float)
    months = sales.shape[1]
    seen: dict[float, PoissonFit] = {}

    def at(value: float) -> PoissonFit:
        nearest = min(seen, key=lambda v: abs(v - value), default=None)
        seen[value] = ppml(
            sales,
            [log_stock(hours, value, months)[0], *others],
            known=known,
            start=None if nearest is None else seen[nearest],
        )
        return seen[value]

    if decay is not None:
        fit = at(decay)
        return Decayed(decay, decay, decay, fit, fit, _tried(seen, {}))
    for value in GRID:
        at(value)
    best = _best(seen)
    if not seen[best].converged:
        return Decayed(best, 0.0, MOST, seen[best], seen[best], _tried(seen, {}))
    best = _refined(at, seen, best)
    conditional = found = seen[best]
    k = len(conditional.coef)
    score: dict[float, float] = {}
    for value, fit in seen.items():
        if fit.converged:
            own, slope = log_stock(hours, value, months)
            wide = ppml(sales, [own, *others, slope], known=known, start=fit, stay=True)
            score[value] = _score(wide) * float(np.sign(fit.coef[0]))
            if value == best and wide.converged:
                cov, poisson = wide.cov[:k, :k], wide.poisson_cov[:k, :k]
                found = replace(fit, cov=cov, poisson_cov=poisson)
    tried = _tried(seen, score)
    low, high = _within(tried, best, NormalDist().inv_cdf(0.5 + level / 2))
    return Decayed(best, low, high, found, conditional, tried)


def _score(wide: PoissonFit) -> float:
    """The last regressor's score, the others partialled out, in cluster-robust standard errors."""
    if not wide.converged:
        return 0.0  # λ changes nothing
    information = np.linalg.inv(wide.poisson_cov)
    rest = np.linalg.solve(information[:-1, :-1], information[:-1, -1])
    scores = wide.scores[:, -1] - wide.scores[:, :-1] @ rest
    size = np.sqrt(wide.factor * float(scores @ scores))
    return float(scores.sum() / size) if size > 0 else 0.0


def _best(seen: dict[float, PoissonFit]) -> float:
    return max(seen, key=lambda v: seen[v].loglik if seen[v].converged else -np.inf)


def _refined(at, seen: dict[float, PoissonFit], best: float) -> float:
    """Parabolas through the three best neighbours until the step is small."""
    for _ in range(12):
        values = sorted(v for v in seen if seen[v].converged)
        i = values.index(best)
        if i in (0, len(values) - 1):
            # at the edge: look right beside it, once
            beside = values[1] if i == 0 else values[-2]
            middle = (best + beside) / 2
            if abs(middle - best) < CLOSE:
                break
            at(middle)
        else:
            a, b, c = values[i - 1 : i + 2]
            fa, fb, fc = (seen[v].loglik for v in (a, b, c))
            bend = (b - a) * (fb - fc) - (b - c) * (fb - fa)
            move = ((b - a) ** 2 * (fb - fc) - (b - c) ** 2 * (fb - fa)) / (2 * bend or np.inf)
            middle = float(np.clip(b - move, a + 0.1 * (b - a), c - 0.1 * (c - b)))
            if abs(middle - b) < CLOSE:
                break
            at(middle)
        best = _best(seen)
    return best


def _tried(seen: dict[float, PoissonFit], score: dict[float, float]) -> Array:
    rows = [(v, seen[v].loglik, seen[v].coef[0], score.get(v, np.nan)) for v in sorted(seen)]
    table = np.array(rows, dtype=float)
    if np.isfinite(table[:, 1]).any():
        table[:, 1] -= np.nanmax(table[:, 1])
    return table


def _within(tried: Array, best: float, limit: float) -> tuple[float, float]:
    """From the first to the last λ whose score keeps the limit, straight lines between points."""
    value, score = tried[np.isfinite(tried[:, 3])][:, [0, 3]].T
    size = np.abs(score)
    inside = np.flatnonzero((size <= limit) | (value == best))
    ends = []
    for i, step in ((inside[0], -1), (inside[-1], 1)):
        end, beside = value[i], i + step
        if 0 <= beside < len(value) and size[i] <= limit:
            end += (value[beside] - end) * (limit - size[i]) / (size[beside] - size[i])
        ends.append(float(end))
    return ends[0], ends[1]
