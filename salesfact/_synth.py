"""What would we see if we knew the truth? Statistical worlds with planted customers and leavers.

All of it is simulated. `salesfact._nordverk` makes a firm one can look at; these worlds hold
only what a method needs, so that hundreds of them are made in seconds.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray


@dataclass(frozen=True)
class BuyingWorld:
    """Customers who order at their own rhythm until they leave, and what is true of them.

    Parameters
    ----------
    customer, day : ndarray of int
        One row per order day: customer's position and day number, sorted by both.
    left : ndarray of float
        Each customer's last day as a customer (day number); infinite for those still there.
    k : ndarray of float
        Each customer's true regularity: gaps are Gamma(k) in the firm's own tempo.
    gap_days : ndarray of float
        Each customer's true mean gap at average tempo.
    first, as_of : date
        The history's first and last day.
    """

    customer: NDArray[np.int64]
    day: NDArray[np.int64]
    left: NDArray[np.float64]
    k: NDArray[np.float64]
    gap_days: NDArray[np.float64]
    first: dt.date
    as_of: dt.date
    parameters: dict[str, object] = field(default_factory=dict)

    @property
    def gone(self) -> NDArray[np.bool_]:
        """Who had left at `as_of`, however recently."""
        return np.isfinite(self.left)

    def frame(self) -> pd.DataFrame:
        """One line per order: `customer`, `date`, `amount`, `margin`."""
        import pandas as pd

        worth = 1_000.0 + 100.0 * (self.customer % 37)
        return pd.DataFrame(
            {
                "customer": [f"C{c:05d}" for c in self.customer],
                "date": np.asarray(self.day).astype("datetime64[D]").astype("datetime64[us]"),
                "amount": worth,
                "margin": worth * 0.3,
            }
        )


def buying_world(
    seed: int,
    *,
    customers: int = 500,
    months: int = 36,
    as_of: dt.date | None = None,
    k: float = 1.0,
    log_sd_k: float = 0.0,
    gap_days: float = 35.0,
    log_sd_gap: float = 0.7,
    leave_per_year: float = 0.12,
    season: float = 0.0,
    fall: float = 0.0,
    growth: float = 0.0,
    drift: float = 0.0,
    collective: bool = False,
) -> BuyingWorld:
    """A world of renewal buyers.

    Parameters
    ----------
    seed : int
        Same seed and parameters, same world.
    customers, months : int
        How many ever, and how long the history is.
    as_of : date, optional
        A month's last day; default: one of the twelve months of 2025, by the seed.
    k, log_sd_k : float
        Median and log standard deviation of the customers' regularity.
    gap_days, log_sd_gap : float
        Median mean gap in days, and its log standard deviation.
    leave_per_year : float
        Rate at which customers leave for good.
    season : float
        Depth of the yearly swing, 0 to below 1; a quiet July comes on top.
    fall : float
        Part of everybody's orders that falls away for the last six months.
    growth : float
        Part of the customers who came during the history, evenly over it.
    drift : float
        Standard deviation a month of each customer's own log tempo (a random walk).
    collective : bool
        One invoice a month, on its last day, in place of orders.
    """
    rng = np.random.default_rng(seed)
    if as_of is None:
        ends = np.arange("2025-02", "2026-02", dtype="datetime64[M]").astype("datetime64[D]") - 1
        as_of = ends[rng.integers(12)].item()
    assert as_of is not None
    last_month = np.datetime64(as_of, "M")
    starts = np.arange(last_month - months + 1, last_month + 2).astype("datetime64[D]")
    edges = starts.astype(np.int64)
    of_year = (starts[:-1].astype("datetime64[M]").astype(int) % 12) + 1
    tempo = 1 + season * np.sin(2 * np.pi * (of_year - 2) / 12)
    tempo = np.where((of_year == 7) & (season > 0), tempo * 0.5, tempo)
    tempo = np.where(np.arange(months) >= months - 6, tempo * (1 - fall), tempo)

    own_k = k * np.exp(log_sd_k * rng.standard_normal(customers))
    own_gap = gap_days * np.exp(log_sd_gap * rng.standard_normal(customers))
    own_gap = np.clip(own_gap, 3.0, 365.0)
    span = float(edges[-1] - edges[0])
    new = rng.random(customers) < growth
    entry = np.where(new, edges[0] + span * rng.random(customers), edges[0])
    leaves = entry + 365.25 * rng.exponential(1 / max(leave_per_year, 1e-9), customers)
    leaves = np.where(leaves < edges[-1], leaves, np.inf)

    steps = drift * rng.standard_normal((customers, months))
    walk = np.exp(np.cumsum(steps, axis=1) - np.cumsum(steps, axis=1).mean(axis=1, keepdims=True))
    clock = np.concatenate(
        [np.zeros((customers, 1)), np.cumsum(np.diff(edges) * tempo * walk, axis=1)], axis=1
    )
    begin = np.array([np.interp(e, edges, c) for e, c in zip(entry, clock, strict=True)])
    # those who were there before the history have been ordering for long: start well before it
    at = np.where(new, begin, begin - (10 + 10 * rng.random(customers)) * own_gap)
    who, when = [np.flatnonzero(new)], [at[new]]
    alive = np.arange(customers)
    while alive.size:
        shape = np.repeat(own_k[alive, None], 32, axis=1)
        draws = rng.gamma(shape) * (own_gap / own_k)[alive, None]
        times = at[alive, None] + np.cumsum(draws, axis=1)
        who.append(np.repeat(alive, 32))
        when.append(times.ravel())
        at[alive] = times[:, -1]
        alive = alive[times[:, -1] < clock[alive, -1]]
    cust, time = np.concatenate(who), np.concatenate(when)
    keep = (time >= 0) & (time < clock[cust, -1])
    cust, time = cust[keep], time[keep]
    order = np.lexsort((time, cust))
    cust, time = cust[order], time[order]
    bounds = np.searchsorted(cust, np.arange(customers + 1))
    day = np.empty(len(cust))
    for c in range(customers):
        part = slice(bounds[c], bounds[c + 1])
        day[part] = np.interp(time[part], clock[c], edges)
    stays = day < leaves[cust]
    cust, day = cust[stays], np.floor(day[stays]).astype(np.int64)
    if collective:
        day = edges[np.searchsorted(edges, day, side="right")] - 1
    pairs = np.unique(np.stack([cust, day], axis=1), axis=0)
    return BuyingWorld(
        customer=pairs[:, 0],
        day=pairs[:, 1],
        left=leaves,
        k=own_k,
        gap_days=own_gap,
        first=starts[0].item(),
        as_of=as_of,
        parameters={"seed": seed, "k": k, "log_sd_k": log_sd_k},
    )
