"""How often does each customer order, if nobody ever leaves? The NBD model.

While a customer, orders come by chance at a rate λ of its own; λ is Gamma(r, α) over customers.
The likelihood is that of the order times, as for the other lifetime models, so that they compare:
`Γ(r+x)/Γ(r) α^r / (α+T)^(r+x)`.

References
----------
Ehrenberg (1959), Applied Statistics 8, 26-41. Schmittlein, Morrison & Colombo (1987), Management
Science 33, 1-24.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from salesfact._counted import Counted
    from salesfact._maximum import Evaluation

NAMES = ("r", "alpha")


def rate_start(data: Counted) -> tuple[float, float]:
    """r and α by moments, as if nobody left: where a climb may start."""
    time = float(data.weights @ data.T) / data.n
    mean = data.orders / data.n
    spread = float(data.level_weights @ (data.levels - mean) ** 2) / data.n
    r = mean**2 / max(spread - mean, 0.05 * mean)
    r = float(np.clip(r, 0.05, 20.0))
    return r, r * time / mean


def starts(data: Counted) -> list[tuple[float, ...]]:
    """Where climbs begin."""
    return [rate_start(data)]


def limits(data: Counted) -> list[tuple[float, float]]:
    """Beyond these the model has degenerated."""
    time = float(data.weights @ data.T) / data.n
    return [(1e-3, 1e3), (1e-5 * time, 1e5 * time)]


def evaluate(theta: NDArray[np.float64], data: Counted) -> Evaluation:
    """Log-likelihood, gradient and second derivatives."""
    from scipy.special import digamma, gammaln, polygamma

    r, alpha = theta
    full, n = r + data.levels, data.n
    w = data.level_weights
    value = float(w @ (gammaln(full) - gammaln(r))) + n * r * np.log(alpha)
    slope = np.array([w @ (digamma(full) - digamma(r)) + n * np.log(alpha), n * r / alpha])
    bend = np.array(
        [
            [w @ (polygamma(1, full) - polygamma(1, r)), n / alpha],
            [n / alpha, -n * r / alpha**2],
        ]
    )
    for x, _, T, weight, _ in data.blocks():
        log, back = np.log(alpha + T), 1 / (alpha + T)
        wb, wfull = weight * back, weight * (r + x)
        value -= float(wfull @ log)
        slope -= [weight @ log, wb @ (r + x)]
        bend -= [[0.0, wb.sum()], [wb.sum(), -(wfull @ back**2)]]
    return value, slope, bend


def alive(
    theta: NDArray[np.float64], x: NDArray[np.float64], t_x: NDArray, T: NDArray
) -> NDArray[np.float64]:
    """One: nobody leaves."""
    return np.ones(len(x))


def expected_next(
    theta: NDArray[np.float64], horizon: NDArray, x: NDArray, t_x: NDArray, T: NDArray
) -> NDArray[np.float64]:
    """`(r+x)/(α+T) × horizon`."""
    r, alpha = theta
    return (r + x) / (alpha + T) * horizon
