"""What would each simple way of looking ahead say? Naive, shrunken, and lifetime estimates.

All of them look at a `History` and nothing else, so that the same code serves today and any
earlier origin. Time is in days inside, the horizon in months.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from salesfact import _lifetime, _spend
from salesfact._history import History
from salesfact._origins import NAIVE_ESTIMATES, months_after
from salesfact._season import day_number
from salesfact._stats import shrink_rates

if TYPE_CHECKING:
    from numpy.typing import NDArray

YEAR = 12
UNIT_DAYS = 7.0  # lifetime models count weeks
REGULAR_K = 1.5  # gaps at least so regular on average: a regular variant is tried
MOST_K = 4
GRAIN_DAYS = 10  # shorter usual gaps look more regular than they are: whole days merge orders
SPEND_MONTHS = 24
PRIOR_ORDERS = (0.2, 10.0)  # limits of the weight of the mean of all in a customer's own mean

LIFETIME = ("BG/NBD", "MBG/NBD", "Pareto/NBD")
REGULAR = "MBG/NBD-k"
BAYES = "bayes"


@dataclass(frozen=True)
class Ahead:
    """Estimates from one origin, over one horizon; each is worked out when first asked for.

    Parameters
    ----------
    history : History
        Up to the origin.
    horizon_months : int
        How far ahead.
    """

    history: History
    horizon_months: int

    @cached_property
    def horizon_days(self) -> int:
        """Days from the origin to the end of the horizon."""
        end = months_after(self.history.as_of, self.horizon_months)
        return day_number(end) - day_number(self.history.as_of)

    # -- naive -----------------------------------------------------------------------------------

    @cached_property
    def naive(self) -> dict[str, NDArray[np.float64]]:
        """Money of the last 12, 6 and 3 months, and of the same months a year ago, to scale.

        The same numbers as `salesfact._origins.NAIVE_ESTIMATES` gives, except that the same months
        a year ago are the last twelve where the facts do not reach back so far.
        """
        h, ahead = self.history, self.horizon_months
        found = {}
        for months in (12, 6, 3):
            scale = ahead / min(months, h.covered)
            found[f"last_{months}"] = h.money_of(months) * scale
        year_ago = ahead < YEAR <= h.covered
        found["season"] = h.money_of(YEAR, YEAR - ahead) if year_ago else found["last_12"]
        return {name: found[name] for name in NAIVE_ESTIMATES}

    # -- empirical Bayes ---------------------------------------------------------------------------

    @cached_property
    def spend(self) -> NDArray[np.float64]:
        """Each customer's money per order day, drawn to the mean of all the fewer it has.

        From the last 24 months, or from all where a customer did not order in these. Returns
        count, so a customer that costs money has a negative one.
        """
        h = self.history
        recent, days = h.money_of(SPEND_MONTHS), h.orders_of(SPEND_MONTHS)
        older = days == 0
        life = h.lifetime
        money = np.where(older, h._sums(h.money, h.day > 0), recent)
        days = np.where(older, life.x + life.ordered, days)
        if not days.sum():
            return np.zeros(h.n)
        mean = float(money[days > 0].sum() / days.sum())
        weight = self._prior_orders(money, days, mean)
        return (np.where(days > 0, money, 0.0) + weight * mean) / (days + weight)

    def _prior_orders(self, money: Any, days: Any, mean: float) -> float:
        """How many orders the mean of all counts for: variance within over variance between."""
        h = self.history
        some = days > 1
        own = np.divide(money, days, out=np.zeros(h.n), where=days > 0)
        inside = h.day > h.back(SPEND_MONTHS)
        off = (h.money - own[h.code]) ** 2 * (inside & some[h.code])
        degrees = float((days[some] - 1).sum())
        if degrees < 1:
            return 1.0
        within = float(off.sum()) / degrees
        repeated = float(days[some].sum() - (days[some] ** 2).sum() / days[some].sum())
        spread = float((days[some] * (own[some] - mean) ** 2).sum())
        between = (spread - within * (some.sum() - 1)) / repeated if repeated > 0 else 0.0
        return float(np.clip(within / between if between > 0 else np.inf, *PRIOR_ORDERS))

    @cached_property
    def bayes(self) -> NDArray[np.float64]:
        """Order rate of the last year, shrunken (gamma-Poisson), times the shrunken spend.

        A customer is at risk from its first order on; that order is its entry and does not count.
        """
        h = self.history
        end = day_number(h.as_of)
        begin = max(h.back(YEAR), day_number(h.first) - 1)
        first = np.where(h.lifetime.ordered, end - h.lifetime.T, h.known_from)
        months = np.maximum(end - np.maximum(first, begin), 0) / 30.4375
        entered = h.lifetime.ordered & (first > begin)
        orders = np.maximum(h.orders_of(YEAR) - entered, 0)
        total = float(months.sum())
        if not total or not orders.sum():
            return np.zeros(h.n)
        rates, _ = shrink_rates(orders, months, mean=float(orders.sum()) / total)
        return rates * (self.horizon_days / 30.4375) * self.spend

    # -- lifetime models ---------------------------------------------------------------------------

    @cached_property
    def worth_of_order(self) -> tuple[NDArray[np.float64], str]:
        """Money of a coming order day: Gamma-Gamma where it may be used, else `spend`.

        Returns
        -------
        money : ndarray
        why : str
            `Gamma-Gamma`, or why not.
        """
        h = self.history
        life = h.lifetime
        orders = life.x + life.ordered
        mean = np.divide(h._sums(h.money, h.day > 0), orders, out=np.zeros(h.n), where=orders > 0)
        usable = (orders > 0) & (mean > 0)
        fitted = _spend.fit_spend(orders[usable], mean[usable])
        if not fitted.converged:
            return self.spend, fitted.reason
        if not fitted.independent:
            return self.spend, "orders and spend are not independent"
        worth = self.spend.copy()  # those with no or a negative mean stay with their own
        worth[usable] = fitted.expected(orders[usable], mean[usable])
        return worth, "Gamma-Gamma"

    @cached_property
    def regularity(self) -> int:
        """Erlang's k of the gaps, rounded; 1 where they are not clearly regular.

        Of customers with at least two gaps of ten days or more on average:
        `Σ n log(S/n) − Σ log gap = Σ n (ψ(nk) − log n − ψ(k))`, which is unbiased.
        """
        from scipy.optimize import brentq
        from scipy.special import digamma

        life = self.history.lifetime
        n, total = life.x, life.t_x
        used = (n >= 2) & (total >= GRAIN_DAYS * n)
        if used.sum() < 30:
            return 1
        n, total = n[used], total[used]
        seen = float((n * np.log(total / n) - life.log_gaps[used]).sum())

        def off(k: float) -> float:
            return float((n * (digamma(n * k) - np.log(n) - digamma(k))).sum()) - seen

        if off(REGULAR_K) <= 0:
            return 1
        k = MOST_K if off(MOST_K) > 0 else brentq(off, REGULAR_K, MOST_K)
        return round(float(k))  # pyright: ignore[reportArgumentType]

    def fit(self, model: str) -> _lifetime.LifetimeFit:
        """A lifetime model on all who ever ordered; times in weeks."""
        life = self.history.lifetime
        own = life.ordered
        regular = model == REGULAR
        k = max(self.regularity, 2) if regular else 1
        return _lifetime.fit(
            "MBG/NBD" if regular else model,
            life.x[own],
            life.t_x[own] / UNIT_DAYS,
            life.T[own] / UNIT_DAYS,
            k=k,
            unit_days=UNIT_DAYS,
        )

    def lifetime(self, fitted: _lifetime.LifetimeFit) -> NDArray[np.float64]:
        """Expected orders over the horizon times the worth of an order; 0 for who never ordered."""
        life = self.history.lifetime
        own = life.ordered
        orders = np.zeros(self.history.n)
        orders[own] = fitted.expected_next(
            self.horizon_days / UNIT_DAYS,
            life.x[own],
            life.t_x[own] / UNIT_DAYS,
            life.T[own] / UNIT_DAYS,
        )
        return orders * self.worth_of_order[0]
