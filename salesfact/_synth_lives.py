"""What would we see of customers who order and leave exactly as a lifetime model says?

Worlds drawn from the models' own assumptions, with who is still there and what follows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class LivesWorld:
    """Customers as a lifetime model sees them, and what is true of them.

    Parameters
    ----------
    x, t_x, T : ndarray of float
        Repeat orders, time of the last one and time known, all from the first order.
    log_gaps : ndarray of float
        Sum of the log gaps between orders; 0 where x = 0.
    alive : ndarray of bool
        Who is still a customer at T.
    ahead : ndarray of float
        Orders in (T, T + horizon].
    """

    x: NDArray[np.float64]
    t_x: NDArray[np.float64]
    T: NDArray[np.float64]
    log_gaps: NDArray[np.float64]
    alive: NDArray[np.bool_]
    ahead: NDArray[np.float64]


def lives_world(
    seed: int,
    model: str,
    parameters: Mapping[str, float],
    *,
    customers: int = 1_000,
    k: int = 1,
    known: tuple[float, float] = (27.0, 39.0),
    horizon: float = 0.0,
) -> LivesWorld:
    """A world of one lifetime model.

    Parameters
    ----------
    seed : int
        Same seed and parameters, same world.
    model : str
        `NBD`, `BG/NBD`, `MBG/NBD` or `Pareto/NBD`.
    parameters : mapping
        `r, alpha`, and `a, b` or `s, beta`; times in any one unit.
    customers : int
        How many.
    k : int
        Gaps are Erlang-k.
    known : (float, float)
        T is uniform between these.
    horizon : float
        How far ahead orders are counted.
    """
    rng = np.random.default_rng(seed)
    p = parameters
    rate = rng.gamma(p["r"], 1 / p["alpha"], customers)
    T = rng.uniform(*known, customers)
    leaving, left = np.zeros(customers), np.full(customers, np.inf)
    if model == "Pareto/NBD":
        left = rng.exponential(1 / rng.gamma(p["s"], 1 / p["beta"], customers))
    elif model in ("BG/NBD", "MBG/NBD"):
        leaving = rng.beta(p["a"], p["b"], customers)
        if model == "MBG/NBD":
            left = np.where(rng.random(customers) < leaving, 0.0, np.inf)
    elif model != "NBD":
        raise ValueError(f"no lifetime model: {model!r}")
    x, t_x, logs, ahead, now = np.zeros((5, customers))
    going = np.flatnonzero(left > 0)
    while len(going):
        with np.errstate(divide="ignore"):  # a rate of nought: the next order never comes
            gap = rng.standard_gamma(k, len(going)) / rate[going]
        now[going] += gap
        made = now[going] < np.minimum(T[going] + horizon, left[going])
        going, gap = going[made], gap[made]
        seen = now[going] <= T[going]
        x[going] += seen
        logs[going] += np.where(seen, np.log(gap), 0.0)
        t_x[going[seen]] = now[going[seen]]
        ahead[going] += ~seen
        leaves = rng.random(len(going)) < leaving[going]
        left[going[leaves]] = now[going[leaves]]
        going = going[~leaves]
    return LivesWorld(x, t_x, T, logs, left > T, ahead)


def spend_world(
    seed: int, x: NDArray[np.float64], parameters: Mapping[str, float]
) -> NDArray[np.float64]:
    """Mean worth of each customer's x orders, drawn from the Gamma-Gamma model `p, q, gamma`."""
    rng = np.random.default_rng(seed)
    own = rng.gamma(parameters["q"], 1 / parameters["gamma"], len(x))
    return rng.gamma(parameters["p"] * np.asarray(x)) / own / x
