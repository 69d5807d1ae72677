"""What would hours do, if we knew? Worlds with a planted effect, habits, and reps who chase.

All of it is simulated, like `salesfact._synth`. Customers have levels and seasons, and a drift of
their own that nobody planned; reps visit out of habit, and may chase: visit those more whose sales
have been rising for reasons of their own. Then sales and hours go together although hours do
nothing, which is what a method has to see through.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

BEFORE = 24  # months of hours before the history, so that memory is what it would be
HOURS_A_VISIT = 1.5


@dataclass(frozen=True)
class ResponseWorld:
    """Hours and sales by customer and month, and what is true of them.

    Parameters
    ----------
    y, hours : ndarray, (customers, months)
        Sales (orders, or money) and hours.
    attributes : ndarray, (customers, 2)
        Size as seen from outside (log, with noise) and a region (0 to 3).
    slope : ndarray, (customers,)
        Each customer's true β.
    drift : ndarray, (customers, months)
        Each customer's own log drift.
    """

    y: Array
    hours: Array
    attributes: Array
    slope: Array
    drift: Array
    decay: float
    seed: int

    def frames(self, kinds: tuple[str, ...] = ("Visit",)) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Sales and activities as lines, from January 2022 on, for `Facts.from_frames`.

        Sales of a month are invoiced together on the 28th, and hours logged earlier in the month;
        each customer's hours of a month are of one kind, drawn anew each time.
        """
        import pandas as pd

        rng = np.random.default_rng(self.seed)
        first = np.datetime64("2022-01", "M")

        def cells(values: Array, column: str, day: int) -> pd.DataFrame:
            who, month = np.nonzero(values)
            date = (first + month).astype("datetime64[D]") + (day - 1)
            names = [f"{i:05d}" for i in who]
            return pd.DataFrame({"customer": names, "date": date, column: values[who, month]})

        activities = cells(self.hours, "hours", 12)
        activities["kind"] = rng.choice(np.array(kinds), len(activities))
        return cells(self.y, "amount", 28), activities


def response_world(
    seed: int,
    *,
    customers: int = 500,
    months: int = 36,
    beta: float = 0.0,
    sd_beta: float = 0.0,
    decay: float = 0.5,
    orders: float = 4.0,
    visits: float = 1.5,
    drift: float = 0.3,
    persistence: float = 0.7,
    chase: float = 0.0,
    every: int = 1,
    same_month: float = 0.0,
    habit: float = 0.4,
    season: float = 0.3,
    money: bool = False,
) -> ResponseWorld:
    """A world of customers, visits and sales.

    `log E[y] = level + season + drift + β log(1 + A)`; the expected number of visits a month is
    `exp(own level + habit + chase × last month's drift + same_month × this month's drift)`.

    Parameters
    ----------
    seed : int
        Same seed and parameters, same world.
    customers, months : int
        How many, and how long.
    beta, sd_beta : float
        Mean and standard deviation of the customers' slopes.
    decay : float
        Part of an hour's weight that is left a month later.
    orders, visits : float
        Median customer's orders and visits a month.
    drift, persistence : float
        Standard deviation of the customers' own drift (log) and what is left of it after a month.
    chase, same_month : float
        Log visits per unit of drift, of last month and of this month.
    every : int
        Months between two looks of those who chase: 3 = plans for a quarter, by the mean drift of
        the quarter before.
    habit : float
        Standard deviation of the reps' own coming and going (log, .9 left after a month).
    season : float
        Depth of the yearly swing, of sales and (half as deep) of visits.
    money : bool
        Sales in money, gamma distributed per order (variation 1), in place of orders.
    """
    rng = np.random.default_rng(seed)
    n, H = customers, months + BEFORE
    size = 0.8 * rng.standard_normal(n)
    u = _drifting(rng, n, H, drift, persistence)
    going = _drifting(rng, n, H, habit, 0.9)
    swing = season * np.sin(2 * np.pi * np.arange(H) / 12)
    level = np.log(visits) + 0.5 * size + 0.5 * rng.standard_normal(n)
    past = u[:, : H - H % every].reshape(n, -1, every).mean(axis=2).repeat(every, axis=1)
    past = np.concatenate([past[:, :every], past, past[:, -1:].repeat(every, axis=1)], axis=1)[
        :, :H
    ]
    wish = level[:, None] + going + 0.5 * swing + chase * past + same_month * u
    count = rng.poisson(np.exp(np.minimum(wish, 4.0)))
    hours = rng.gamma(np.maximum(4.0 * count, 1e-9), HOURS_A_VISIT / 4.0) * (count > 0)
    stock = np.zeros((n, H))
    for t in range(H):
        stock[:, t] = hours[:, t] + (decay * stock[:, t - 1] if t else 0.0)
    slope = beta + sd_beta * rng.standard_normal(n)
    log_mu = np.log(orders) + size[:, None] + swing + u - drift**2 / 2
    log_mu = log_mu + slope[:, None] * np.log1p(stock)
    y = rng.poisson(np.exp(log_mu[:, BEFORE:])).astype(float)
    if money:
        y = rng.gamma(np.maximum(y, 1e-9), 1_000.0) * (y > 0)
    seen = size + 0.5 * rng.standard_normal(n)
    region = rng.integers(0, 4, n).astype(float)
    return ResponseWorld(
        y=y,
        hours=hours[:, BEFORE:],
        attributes=np.stack([seen, region], axis=1),
        slope=slope,
        drift=u[:, BEFORE:],
        decay=decay,
        seed=seed,
    )


def _drifting(
    rng: np.random.Generator, n: int, months: int, spread: float, persistence: float
) -> Array:
    """A stationary first-order autoregression, one row per customer."""
    value = np.empty((n, months))
    value[:, 0] = rng.standard_normal(n)
    fresh = np.sqrt(1 - persistence**2) * rng.standard_normal((n, months))
    for t in range(1, months):
        value[:, t] = persistence * value[:, t - 1] + fresh[:, t]
    return spread * value
