"""Who would change, if we knew? Worlds with planted falls, rises, lost groups, prices and mixes.

All of it is simulated, like `salesfact._synth`, whose worlds hold no changes but leaving.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

GROUPS = 6


@dataclass(frozen=True)
class ChangingWorld:
    """Customers who order at a rate of their own until it changes, and what is true of them.

    Parameters
    ----------
    orders : ndarray of int, (customers, months)
        Order days.
    bought : ndarray of int, (customers, GROUPS, months)
        Order days on which a product group was bought.
    price : ndarray of float, (customers, months)
        Each customer's true price level against its own first.
    rate : ndarray of float
        Orders an average month before any change.
    factor : ndarray of float
        What a customer's rate was multiplied with; 1 = nothing planted.
    since : ndarray of int
        Month (position) from which the factor holds; -1 = never.
    lost, lost_since : ndarray of int
        Group given up and the month from which; -1 = none.
    price_since, mix_since : ndarray of int
        Month from which prices fell, or the mix leant to what earns least; -1 = never.
    as_of : date
        The last day of the last month.
    """

    orders: NDArray[np.int64]
    bought: NDArray[np.int64]
    price: NDArray[np.float64]
    rate: NDArray[np.float64]
    factor: NDArray[np.float64]
    since: NDArray[np.int64]
    lost: NDArray[np.int64]
    lost_since: NDArray[np.int64]
    price_since: NDArray[np.int64]
    mix_since: NDArray[np.int64]
    as_of: dt.date
    seed: int

    @property
    def names(self) -> list[str]:
        """Customer numbers, as in `frame`."""
        return [f"C{c:05d}" for c in range(len(self.rate))]

    def frame(self) -> pd.DataFrame:
        """One line per order day and group bought: customer, date, amount, margin, quantity, ...

        Group g earns 10 + 8 g % of its undisturbed price; a lower price comes off the margin.
        """
        import pandas as pd

        rng = np.random.default_rng([self.seed, 1])
        months = self.orders.shape[1]
        last = np.datetime64(self.as_of, "M")
        starts = np.arange(last - months + 1, last + 2).astype("datetime64[D]").astype(np.int64)
        who, when = np.nonzero(self.orders)
        customer, month, day = [], [], []
        for c, m in zip(who, when, strict=True):
            span = int(starts[m + 1] - starts[m])
            n = int(self.orders[c, m])
            customer += [c] * n
            month += [m] * n
            day += list(starts[m] + rng.choice(span, n, replace=False))
        frame = pd.DataFrame({"c": customer, "m": month, "day": day})
        # each order buys at least one group; the planted counts say on how many it buys which
        slot = frame.groupby(["c", "m"]).cumcount().to_numpy()
        parts = []
        for g in range(GROUPS):
            n = self.bought[frame["c"], g, frame["m"]]
            total = self.orders[frame["c"], frame["m"]]
            turn = (slot + g * 3) % np.maximum(total, 1)  # another start for each group
            taken = turn < n
            parts.append(frame[taken].assign(g=g))
        lines = pd.concat(parts, ignore_index=True)
        product = rng.integers(0, 3, len(lines))
        size = np.exp(0.2 * rng.standard_normal(len(lines)))
        quantity = np.maximum(np.round(10 * size), 1.0)
        level = 1.0 + 0.1 * (lines["c"].to_numpy() % 5)
        listed = 10.0 * (1 + lines["g"].to_numpy()) * (1 + 0.3 * product) * level
        noise = np.exp(0.03 * rng.standard_normal(len(lines)))
        paid = listed * self.price[lines["c"], lines["m"]] * noise
        cost = listed * (0.9 - 0.08 * lines["g"].to_numpy())
        table = pd.DataFrame(
            {
                "customer": [f"C{c:05d}" for c in lines["c"]],
                "date": lines["day"].to_numpy().astype("datetime64[D]").astype("datetime64[us]"),
                "amount": (quantity * paid).round(2),
                "margin": (quantity * (paid - cost)).round(2),
                "quantity": quantity,
                "product": [f"P{g}-{p}" for g, p in zip(lines["g"], product, strict=True)],
                "group1": [f"Group {g}" for g in lines["g"]],
            }
        )
        return table.sort_values(["customer", "date", "product"], ignore_index=True)


def changing_world(
    seed: int,
    *,
    customers: int = 300,
    months: int = 36,
    as_of: dt.date | None = None,
    rate: float = 6.0,
    log_sd_rate: float = 0.7,
    change_per_year: float = 0.05,
    fall_to: tuple[float, float] = (0.3, 0.7),
    lose_per_year: float = 0.05,
    price_per_year: float = 0.04,
    price_fall: float = 0.05,
    mix_per_year: float = 0.0,
    season: float = 0.0,
    fall: float = 0.0,
    wander: float = 0.0,
    overdispersion: float = 0.0,
    growth: float = 0.0,
    bursts: float = 0.0,
) -> ChangingWorld:
    """A world of customers some of whom change.

    Parameters
    ----------
    seed : int
        Same seed and parameters, same world.
    customers, months : int
        How many, and how long the history is.
    as_of : date, optional
        A month's last day; default: one of the twelve months of 2025, by the seed.
    rate, log_sd_rate : float
        Median orders a month and its log standard deviation.
    change_per_year : float
        Rate at which customers shrink, and rate at which they grow; once each at most.
    fall_to : tuple of float
        Shrinkers keep a part of their orders between these; growers' factor is its inverse.
    lose_per_year, price_per_year, mix_per_year : float
        Rates at which a product group is given up, prices fall, the mix turns to what earns least.
    price_fall : float
        By how much prices fall then.
    season, fall : float
        Depth of the common yearly swing; part of all orders that falls away for six months.
    wander : float
        Standard deviation a month of each customer's own log rate (a random walk).
    overdispersion : float
        Variance of a gamma factor on each customer's month.
    growth : float
        Part of the customers who came during the first two thirds of the history.
    bursts : float
        Part of a customer's product groups that come in bursts: as often as else during some
        months (three on average), and not at all in the months between (six on average).
    """
    rng = np.random.default_rng(seed)
    if as_of is None:
        ends = np.arange("2025-02", "2026-02", dtype="datetime64[M]").astype("datetime64[D]") - 1
        as_of = ends[rng.integers(12)].item()
    assert as_of is not None
    n, at = customers, np.arange(months)
    of_year = (np.datetime64(as_of, "M").astype(int) - months + 1 + at) % 12 + 1
    tempo = 1 + season * np.sin(2 * np.pi * (of_year - 2) / 12)
    tempo = np.where((of_year == 7) & (season > 0), tempo * 0.5, tempo)
    tempo = np.where(at >= months - 6, tempo * (1 - fall), tempo)
    own = np.minimum(rate * np.exp(log_sd_rate * rng.standard_normal(n)), 16.0)

    def event(per_year: float) -> NDArray[np.int64]:
        month = np.floor(12 * rng.exponential(1 / max(per_year, 1e-12), n))
        return np.where(month < months, month, -1).astype(np.int64)

    since = event(2 * change_per_year)
    part = rng.uniform(*fall_to, n)
    factor = np.where(rng.random(n) < 0.5, part, 1 / part)
    factor = np.where(since >= 0, factor, 1.0)
    level = own[:, None] * np.where(
        (since >= 0)[:, None] & (at >= since[:, None]), factor[:, None], 1
    )
    walk = np.cumsum(wander * rng.standard_normal((n, months)), axis=1)
    level = level * np.exp(walk - walk.mean(axis=1, keepdims=True)) * tempo
    if overdispersion > 0:
        level = level * rng.gamma(1 / overdispersion, overdispersion, (n, months))
    entry = np.where(rng.random(n) < growth, rng.integers(0, max(2 * months // 3, 1), n), 0)
    level = np.where(at >= entry[:, None], level, 0.0)
    orders = np.minimum(rng.poisson(level), 28)

    shares = np.clip(rng.beta(1.2, 2.0, (n, GROUPS)), 0.02, 0.95)
    shares[np.arange(n), rng.integers(GROUPS, size=n)] = 1.0  # every order holds something
    lost_since = event(lose_per_year)
    lost = np.where(lost_since >= 0, rng.integers(GROUPS, size=n), -1)
    lost = np.where(shares[np.arange(n), lost] >= 1, -1, lost)  # the staple is not given up
    lost_since = np.where(lost >= 0, lost_since, -1)
    mix_since = event(mix_per_year)
    chance = np.repeat(shares[:, :, None], months, axis=2)
    leaning = np.linspace(1.7, 0.3, GROUPS)[None, :, None]
    turned = (mix_since >= 0)[:, None, None] & (at >= mix_since[:, None])[:, None, :]
    staple = shares[:, :, None] >= 1
    chance = np.where(turned & ~staple, np.minimum(chance * leaning, 0.97), chance)
    if bursts > 0:
        chance = np.where(
            _resting(np.random.default_rng([seed, 3]), n, months, bursts) & ~staple, 0.0, chance
        )
    gone = (lost_since >= 0)[:, None] & (at >= lost_since[:, None])
    for g in range(GROUPS):
        chance[:, g] = np.where(gone & (lost == g)[:, None], 0.0, chance[:, g])
    bought = rng.binomial(orders[:, None, :], chance)
    price_since = event(price_per_year)
    cut = (price_since >= 0)[:, None] & (at >= price_since[:, None])
    price: NDArray[Any] = np.where(cut, 1 - price_fall, 1.0) * 1.002**at
    return ChangingWorld(
        orders=orders,
        bought=bought,
        price=price,
        rate=own,
        factor=factor,
        since=since,
        lost=lost,
        lost_since=lost_since,
        price_since=price_since,
        mix_since=mix_since,
        as_of=as_of,
        seed=seed,
    )


def _resting(
    rng: np.random.Generator, customers: int, months: int, share: float
) -> NDArray[np.bool_]:
    """Months without a product group bought in bursts, (customers, GROUPS, months)."""
    shape = (customers, GROUPS)
    bursty = rng.random(shape) < share
    off = rng.random(shape) < 2 / 3
    resting = np.zeros((*shape, months), dtype=bool)
    for month in range(months):
        off = np.where(off, rng.random(shape) >= 1 / 6, rng.random(shape) < 1 / 3)
        resting[:, :, month] = off & bursty
    return resting
