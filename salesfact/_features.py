"""What about a customer may foretell more or less than last year? Numbers as of an origin."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from salesfact._estimators import YEAR, Ahead
from salesfact._season import day_number

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: What stands in each column, in order. Logs of ratios have a floor, see `floor_of`.
NAMES = (
    "size",  # last year's money against the mean of all
    "last_3",  # the last three months against the last twelve
    "last_6",
    "year_before",  # the year before against the last
    "season",  # the same months a year ago against their part of the year
    "bayes",  # the shrunken estimate against the naive one
    "lifetime",  # the lifetime model's estimate against the naive one
    "open_gap",  # time since the last order, in own usual gaps
    "silent",  # time since the last order
    "orders",  # order days of the last year
    "tenure",  # time since the first order
    "new",  # less than a year known: how much of the year is missing
    "breadth",  # different products per order day
    "returns",  # part of the year's money that was given back
    "lapsed",  # nothing ordered for a year
    "once",  # ordered once
)
FLOOR = 0.02  # of the mean money of a customer: below it a ratio's side counts as this much


def floor_of(naive: NDArray[np.float64]) -> float:
    """Least money in a log: a fiftieth of the mean naive estimate of those above zero."""
    above = naive[naive > 0]
    return FLOOR * float(above.mean()) if above.size else 1.0


def features(ahead: Ahead, lifetime: NDArray[np.float64] | None) -> NDArray[np.float64]:
    """One row per customer, one column per name in `NAMES`; all finite.

    Parameters
    ----------
    ahead : Ahead
        At the origin.
    lifetime : ndarray or None
        A lifetime model's estimate; None where none could be fitted.
    """
    h = ahead.history
    life = h.lifetime
    base = ahead.naive["last_12"]
    floor = floor_of(base)

    def ratio(a: Any) -> Any:
        return np.log(np.maximum(a, 0) + floor) - np.log(np.maximum(base, 0) + floor)

    before = h.money_of(2 * YEAR, YEAR) * (ahead.horizon_months / YEAR)
    open_days = np.where(life.ordered, life.T - life.t_x, day_number(h.as_of) - h.known_from)
    usual = np.divide(life.t_x, life.x, out=np.full(h.n, np.nan), where=life.x > 0)
    common = float(np.nanmedian(usual)) if np.isfinite(usual).any() else 90.0
    usual = np.maximum(np.where(np.isnan(usual), common, usual), 1.0)
    orders = h.orders_of(YEAR)
    days = np.bincount(h.code[h.bought], minlength=h.n)
    products = h._sums(h.products, h.bought)
    recent = h.day > h.back(YEAR)
    gross = h._sums(np.abs(h.money), recent)
    back = h._sums(np.maximum(-h.money, 0), recent)
    known = np.clip(life.T / 30.4375, 1.0, YEAR)
    columns = {
        "size": np.log(np.maximum(base, 0) + floor) - np.log(floor / FLOOR),
        "last_3": ratio(ahead.naive["last_3"]),
        "last_6": ratio(ahead.naive["last_6"]),
        "year_before": ratio(before) if h.covered >= 2 * YEAR else np.zeros(h.n),
        "season": ratio(ahead.naive["season"]),
        "bayes": ratio(ahead.bayes),
        "lifetime": ratio(ahead.bayes if lifetime is None else lifetime),
        "open_gap": np.log1p(open_days / usual),
        "silent": np.log1p(open_days / 30.4375),
        "orders": np.log1p(orders),
        "tenure": np.log1p(life.T / 365.25),
        "new": np.log(YEAR / known),
        "breadth": np.log(np.maximum(products, 1.0) / np.maximum(days, 1)).clip(min=0.0),
        "returns": np.divide(back, gross, out=np.zeros(h.n), where=gross > 0),
        "lapsed": (orders == 0).astype(float),
        "once": (life.x == 0).astype(float),
    }
    return np.column_stack([columns[name] for name in NAMES])
