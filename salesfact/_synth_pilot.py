"""What would a pilot see, if we knew? Worlds in which extra hours do a known thing, or nothing.

All of it is simulated. Customers differ in size and in how often they order, drift on their own,
have seasons of their own, buy for very uneven amounts, and leave; each has a rep, a region, a
segment. Both what a customer buys without extra hours and with them can be asked for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    Array = NDArray[np.float64]


@dataclass(frozen=True)
class PilotWorld:
    """Customers by month, up to the end of a pilot that has not been held.

    Parameters
    ----------
    money, orders : ndarray, (customers, months)
        What is bought without extra hours.
    extra, extra_orders : ndarray, (customers, months)
        What extra hours in a month would add to it.
    rep, kind : ndarray of str
        Rep; region and segment (two columns).
    left : ndarray of bool
        Who has left at the end.
    first : datetime64[M]
    """

    money: Array
    orders: Array
    extra: Array
    extra_orders: Array
    rep: NDArray[Any]
    kind: NDArray[Any]
    left: NDArray[np.bool_]
    first: np.datetime64

    @property
    def customers(self) -> NDArray[Any]:
        """Their numbers."""
        return np.array([f"C{i:05d}" for i in range(len(self.money))], dtype=object)

    def frames(
        self, treated: Any = (), start: int | None = None, months: int | None = None
    ) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Sales lines (one a customer, month and order) and customers, for `Facts.from_frames`.

        Parameters
        ----------
        treated : sequence of str
            Customers with extra hours.
        start : int, optional
            The first month with extra hours; default: none has any.
        months : int, optional
            Up to this month, not included.
        """
        import pandas as pd

        money, orders = self.money.copy(), self.orders.copy()
        if start is not None:
            on = np.isin(self.customers, np.asarray(list(treated), dtype=object))
            money[on, start:] += self.extra[on, start:]
            orders[on, start:] += self.extra_orders[on, start:]
        who, month = np.nonzero(orders[:, :months])
        count = orders[who, month].astype(int)
        each = np.repeat(money[who, month] / count, count)
        at = np.repeat(np.arange(len(who)), count)
        within = np.arange(len(at)) - np.repeat(np.cumsum(count) - count, count)
        day = (self.first + month).astype("datetime64[D]")[at] + (within % 28)
        lines = pd.DataFrame(
            {
                "customer": self.customers[who[at]],
                "date": day.astype("datetime64[us]"),
                "amount": np.round(each, 2),
            }
        )
        people = pd.DataFrame({"customer": self.customers, "rep": self.rep})
        people["name"] = [f"Kund {i}" for i in range(len(people))]
        return lines, people.assign(region=self.kind[:, 0], segment=self.kind[:, 1])


def pilot_world(
    seed: int,
    *,
    customers: int = 240,
    months: int = 43,
    effect: float = 0.0,
    orders: float = 3.0,
    log_sd_orders: float = 0.8,
    log_sd_size: float = 1.0,
    drift: float = 0.3,
    persistence: float = 0.9,
    season: float = 0.3,
    tail: float = 0.6,
    leave_per_year: float = 0.1,
    differ: float = 0.0,
    reps: int = 6,
) -> PilotWorld:
    """A world of customers.

    Parameters
    ----------
    seed : int
        Same seed and parameters, same world.
    customers, months, reps : int
    effect : float
        Extra hours multiply expected orders by `1 + effect`.
    orders, log_sd_orders : float
        Median customer's orders a month, and their spread.
    log_sd_size : float
        Spread of customers' usual order.
    drift, persistence : float
        Standard deviation of each customer's own log drift, and what is left of it after a month.
    season : float
        Depth of the common yearly swing, and standard deviation of the customers' own.
    tail : float
        Log standard deviation of orders around the customer's usual one; 1.5 is very heavy.
    leave_per_year : float
        Rate at which customers leave for good.
    differ : float
        Standard deviation of the customers' effects around `effect` (log).
    """
    rng = np.random.default_rng(seed)
    n, T = customers, months
    rate = np.log(orders) + log_sd_orders * rng.standard_normal(n)
    size = np.log(1_000.0) + log_sd_size * rng.standard_normal(n)
    u = np.empty((n, T))
    u[:, 0] = rng.standard_normal(n)
    for t in range(1, T):
        u[:, t] = persistence * u[:, t - 1]
        u[:, t] += np.sqrt(1 - persistence**2) * rng.standard_normal(n)
    month = 2 * np.pi * np.arange(T) / 12
    own = season * rng.standard_normal((n, 2))
    swing = season * np.sin(month) + own[:, :1] * np.sin(month) + own[:, 1:] * np.cos(month)
    gone = rng.exponential(12 / max(leave_per_year, 1e-9), n)[:, None] <= np.arange(T)
    mean = np.exp(rate[:, None] + swing + drift * u - drift**2 / 2) * ~gone
    count = rng.poisson(np.minimum(mean, 400.0))
    lift = np.expm1(np.log1p(effect) + differ * rng.standard_normal(n))[:, None]
    more = rng.poisson(np.maximum(lift, 0.0) * np.minimum(mean, 400.0))
    return PilotWorld(
        money=_amounts(rng, count, size, tail),
        orders=count.astype(float),
        extra=_amounts(rng, more, size, tail),
        extra_orders=more.astype(float),
        rep=np.array([f"Rep {r + 1}" for r in rng.integers(0, reps, n)]),
        kind=np.stack([rng.choice(["N", "S", "V"], n), rng.choice(["A", "B"], n)], axis=1),
        left=gone[:, -1],
        first=np.datetime64("2022-01", "M"),
    )


def _amounts(rng: np.random.Generator, count: Any, size: Array, tail: float) -> Array:
    """Sums of so many orders of log-normal worth."""
    total = int(count.sum())
    worth = np.exp(tail * rng.standard_normal(total) - tail**2 / 2)
    at = np.repeat(np.arange(count.size), count.ravel())
    sums = np.bincount(at, worth, count.size).astype(float).reshape(count.shape)
    return sums * np.exp(size)[:, None]
