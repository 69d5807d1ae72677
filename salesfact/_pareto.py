"""How many orders are still to come, if a customer may leave at any time? Pareto/NBD.

While a customer, orders come at a rate λ of its own, Gamma(r, α) over customers; it leaves at a
rate μ of its own, Gamma(s, β). With τ the time of leaving, the likelihood of the order times is

`Γ(r+x)/Γ(r) α^r β^s { (α+T)^−(r+x) (β+T)^−s + s ∫ (α+τ)^−(r+x) (β+τ)^−(s+1) dτ }`, τ from t_x to T.

The textbook writes the integral with a hypergeometric function, which overflows for x in the
hundreds and has no simple derivatives. Here it is summed in logs over Gauss-Legendre points of
u = log(c+τ), c the smaller of α and β: there the integrand is log-concave, so that it is known
where to look, and the same points give all derivatives.

References
----------
Schmittlein, Morrison & Colombo (1987), Management Science 33, 1-24. Fader & Hardie (2005), "A note
on deriving the Pareto/NBD model and related expressions", brucehardie.com/notes/009.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from salesfact._nbd import rate_start

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from salesfact._counted import Counted
    from salesfact._maximum import Evaluation

NAMES = ("r", "alpha", "s", "beta")
_LEAVING = ((0.6, 0.5), (1.5, 3.0), (0.3, 0.1))  # s, and β in mean times known, to start from
# points enough for an integrand that falls by so many logs over a range of so many
_POINTS = ((10, 6.0, 1.5), (16, 20.0, 3.0), (32, np.inf, np.inf))
_TAIL = 36.0  # logs below its peak at which the integrand ends
_NUMBERS = 65_536  # worked on at a time


def starts(data: Counted) -> list[tuple[float, ...]]:
    """Where climbs begin."""
    r, alpha = rate_start(data)
    time = float(data.weights @ data.T) / data.n
    return [(r, alpha, s, part * time) for s, part in _LEAVING]


def limits(data: Counted) -> list[tuple[float, float]]:
    """Beyond these the model has degenerated: everybody alike, or nobody leaving."""
    time = float(data.weights @ data.T) / data.n
    return [(1e-3, 1e3), (1e-5 * time, 1e5 * time)] * 2


def evaluate(theta: NDArray[np.float64], data: Counted) -> Evaluation:
    """Log-likelihood, gradient and second derivatives."""
    from scipy.special import digamma, gammaln, polygamma

    r, alpha, s, beta = theta
    w, n, full = data.level_weights, data.n, r + data.levels
    value = float(w @ (gammaln(full) - gammaln(r))) + n * (r * np.log(alpha) + s * np.log(beta))
    slope = np.array(
        [
            w @ (digamma(full) - digamma(r)) + n * np.log(alpha),
            n * r / alpha,
            n * np.log(beta),
            n * s / beta,
        ]
    )
    bend = np.diag(
        [
            w @ (polygamma(1, full) - polygamma(1, r)),
            -n * r / alpha**2,
            0.0,
            -n * s / beta**2,
        ]
    )
    bend[0, 1] = bend[1, 0] = n / alpha
    bend[2, 3] = bend[3, 2] = n / beta
    for part, tau, terms in _terms(theta, data.x, data.t_x, data.T):
        x = data.x[part][:, None]
        top = terms.max(axis=1, keepdims=True)
        share = np.exp(terms - top)
        total = share.sum(axis=1, keepdims=True)
        weight = data.weights[part]
        value += float(weight @ (top + np.log(total))[:, 0])
        share /= total
        # derivatives of each term's log; the last column is the one still a customer at T
        left = np.ones(tau.shape[1])
        left[-1] = 0.0
        ia, ib = 1 / (alpha + tau), 1 / (beta + tau)
        R, S = r + x, s + left
        first = (-np.log(alpha + tau), -R * ia, left / s - np.log(beta + tau), -S * ib)
        mean = [np.einsum("ij,ij->i", share, f) for f in first]
        for i in range(4):
            slope[i] += weight @ mean[i]
            shared = share * first[i]
            for j in range(i, 4):
                both = weight @ (np.einsum("ij,ij->i", shared, first[j]) - mean[i] * mean[j])
                bend[i, j] += both
                bend[j, i] += both if j > i else 0.0
        wide = weight[:, None] * share
        second = {(0, 1): -ia, (1, 1): R * ia**2, (2, 3): -ib, (3, 3): S * ib**2}
        for (i, j), f in second.items():
            more = np.vdot(wide, f)
            bend[i, j] += more
            bend[j, i] += more if j > i else 0.0
        bend[2, 2] -= (wide @ left).sum() / s**2
    return value, slope, bend


def alive(theta: NDArray[np.float64], x: NDArray, t_x: NDArray, T: NDArray) -> NDArray[np.float64]:
    """P(still a customer at T)."""
    out = np.empty(len(x))
    for part, _, terms in _terms(theta, x, t_x, T):
        share = np.exp(terms - terms.max(axis=1, keepdims=True))
        out[part] = share[:, -1] / share.sum(axis=1)
    return out


def expected_next(
    theta: NDArray[np.float64], horizon: NDArray, x: NDArray, t_x: NDArray, T: NDArray
) -> NDArray[np.float64]:
    """`P(alive) (r+x)/(α+T) (β+T) (1 − ((β+T)/(β+T+h))^(s−1))/(s−1)`; its limit at s = 1."""
    from scipy.special import exprel

    r, alpha, s, beta = theta
    far = np.log1p(horizon / (beta + T))
    rate = (r + x) / (alpha + T)
    return alive(theta, x, t_x, T) * rate * (beta + T) * far * exprel((1 - s) * far)


@cache
def _nodes(points: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Gauss-Legendre nodes and weights; finding them takes as long as using them."""
    return np.polynomial.legendre.leggauss(points)


def _terms(
    theta: NDArray[np.float64], x: NDArray, t_x: NDArray, T: NDArray
) -> Iterator[tuple[NDArray[np.intp], NDArray, NDArray]]:
    """Rows, their points τ and the logs of the terms that sum to the braces; alive at T: last."""
    r, alpha, s, beta = theta
    c = min(alpha, beta)
    low, high = np.log(c + t_x), np.log(c + T)
    fall = _fall(theta, c, high, x) - _fall(theta, c, low, x)
    for _ in range(4):  # the fall is convex in u: Newton from beyond the end never overshoots it
        far = fall > _TAIL + 1
        if not far.any():
            break
        u, orders = high[far], x[far]
        tau = np.exp(u) - c
        steep = (c + tau) * ((r + orders) / (alpha + tau) + (s + 1) / (beta + tau)) - 1
        high[far] = np.maximum(u - (fall[far] - _TAIL) / steep, low[far])
        fall[far] = _fall(theta, c, high[far], orders) - _fall(theta, c, low[far], orders)
    done = np.zeros(len(x), bool)
    for points, most, widest in _POINTS:
        use = np.flatnonzero(~done & (np.abs(fall) <= most) & (high - low <= widest))
        done[use] = True
        at, weight = _nodes(points)
        block = _NUMBERS // points
        for start in range(0, len(use), block):
            part = use[start : start + block]
            half = (high[part] - low[part])[:, None] / 2
            u = low[part][:, None] + half * (1 + at)
            tau = np.concatenate([np.exp(u) - c, T[part][:, None]], axis=1)
            with np.errstate(divide="ignore"):  # no time since the last order: nothing to add up
                jacobian = u + np.log(half * weight)
            terms = -(r + x[part])[:, None] * np.log(alpha + tau) - s * np.log(beta + tau)
            terms[:, :-1] += jacobian + np.log(s / (beta + tau[:, :-1]))
            yield part, tau, terms


def _fall(theta: NDArray[np.float64], c: float, u: NDArray, x: NDArray) -> NDArray[np.float64]:
    """How far the integrand's log lies below a constant, at u."""
    r, alpha, s, beta = theta
    tau = np.exp(u) - c
    return (r + x) * np.log(alpha + tau) + (s + 1) * np.log(beta + tau) - u
