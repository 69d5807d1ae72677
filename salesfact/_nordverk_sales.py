"""What did Nordverk AB's customers order, at what price, and what was credited?

All money is counted in öre as whole numbers, so that totals are exact.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from salesfact._nordverk_effort import alive
from salesfact._nordverk_extras import (
    bonus,
    credit_notes,
    fees,
    join,
    number_invoices,
    service_line,
)
from salesfact._nordverk_parameters import Parameters
from salesfact._nordverk_people import Lives
from salesfact._nordverk_time import Calendar, renewals, stream
from salesfact._nordverk_words import FREIGHT

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd


def sales(
    p: Parameters,
    cal: Calendar,
    who: Lives,
    intensity: np.ndarray,
    products: pd.DataFrame,
    seed: int,
) -> dict[str, np.ndarray]:
    """Every line of every invoice and credit note up to the last day, sorted as invoiced.

    Parameters
    ----------
    intensity : array (customer, month)
        Expected orders per month.

    Returns
    -------
    dict
        Arrays of equal length: `row` and `article` are row numbers in the registers (an article
        below 0 is a service), `day` and `invoice_day` days, money in öre, `credit` whether the
        line stands on a credit note, `corrects` the invoice it corrects (0: none).
    """
    import numpy as np

    row, day = _orders(p, cal, who, intensity, seed)
    rng = stream(seed, "lines")
    order = np.arange(len(row))
    due = _invoiced(rng, cal, who, row, day)
    lines = _goods(rng, cal, who, products, row, day)
    has_goods = np.bincount(lines["order"], minlength=len(row)) > 0
    lines["invoice_day"] = due[lines["order"]]
    carried = np.where(rng.random(len(row)) < 0.25, order, -1)
    carried = carried[(carried >= 0) & has_goods]
    freight = service_line(FREIGHT, row[carried], carried, day[carried], due[carried])
    freight["amount_ore"] = 100 * rng.choice([95, 145, 195, 290, 480], len(carried))
    freight["margin_ore"] = np.rint(freight["amount_ore"] * rng.uniform(-0.2, 0.25, len(carried)))
    every = join([lines, freight])

    keep = (cal.days[every["day"]] >= np.datetime64(cal.first)) & (every["invoice_day"] < 10**8)
    every = {c: v[keep] for c, v in every.items()}
    number_invoices(every, cal, who)
    extras = [every, *fees(every, who)]
    extras.append(credit_notes(rng, p, cal, every))
    extras.append(bonus(cal, who, every))
    return _finish(join(extras), cal)


def _orders(
    p: Parameters, cal: Calendar, who: Lives, intensity: np.ndarray, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Customer and day of each order, by day; the run-in is still there."""
    import numpy as np

    rng = stream(seed, "orders")
    numbers = (cal.days - cal.starts[0]).astype(int)
    per_day = (intensity / cal.workdays)[:, cal.month] * alive(numbers, who)
    row, day, _ = renewals(rng, per_day.cumsum(axis=1), who.k)
    order = np.lexsort((row, day))
    return row[order], day[order]


def _invoiced(
    rng: np.random.Generator, cal: Calendar, who: Lives, row: np.ndarray, day: np.ndarray
) -> np.ndarray:
    """The invoice's day: 0 to 4 working days later, or the month's last; 10**9: not yet."""
    import numpy as np

    lag = rng.choice(5, len(row), p=[0.38, 0.34, 0.15, 0.08, 0.05])
    last = np.searchsorted(cal.month, cal.month[day] + 1) - 1
    told = cal.month[day] < cal.month[-1]
    later = np.where(who.collective[row], np.where(told, last, 10**9), day + lag)
    return np.where(later < len(cal.days), later, 10**9)


def _goods(
    rng: np.random.Generator,
    cal: Calendar,
    who: Lives,
    products: pd.DataFrame,
    row: np.ndarray,
    day: np.ndarray,
) -> dict[str, np.ndarray]:
    """The goods on each order."""
    import numpy as np

    n = len(who.rate)
    count = 1 + rng.poisson(np.clip(0.65 + 0.45 * np.log(who.order_value / 3000), 0.3, 4.5)[row])
    order = np.repeat(np.arange(len(row)), count)
    who_line, day_line = row[order], day[order]
    month = cal.month[day_line]

    codes, _ = _codes(products)
    begins = np.searchsorted(codes, np.arange(codes.max() + 1))
    width = np.bincount(codes)
    steps = who.taste.cumsum(axis=1)
    steps[:, -1] = 1.0
    flat = (steps + np.arange(n)[:, None]).ravel()
    group = np.searchsorted(flat, rng.random(len(order)) + who_line) - who_line * len(width)
    group = np.minimum(group, len(width) - 1)
    # each customer has favourites: its own shift of the group's order of popularity
    shift = (width * rng.random((n, len(width))) ** 1.6).astype(int)[who_line, group]
    rank = (width[group] * rng.random(len(order)) ** 5).astype(int)
    article = begins[group] + (rank + shift) % width[group]

    list_price = products["list_price"].to_numpy()
    value = who.order_value[row] * np.exp(0.55 * rng.standard_normal(len(row)) - 0.15)
    single = _seldom_twice(rng, order, article)
    part = rng.gamma(1.6, 1.0, len(order)) * single
    part /= np.bincount(order, part)[order]
    target = value[order] * part
    cheap = np.array([list_price[begins[g] : begins[g] + width[g]].argmin() + begins[g]
                      for g in range(len(width))])  # fmt: skip
    article = np.where(list_price[article] > 5 * target, cheap[group], article)
    single &= _seldom_twice(rng, order, article)  # the guard above can bring doubles back
    keep = (
        single
        & (list_price[article] <= 12 * target)
        & ~((group == who.lost_group[who_line]) & (month >= who.drift_month[who_line]))
    )

    quantity = target / (list_price[article] * (1 - who.discount[who_line]))
    metre = (products["unit"].to_numpy() == "m")[article]
    coarse = np.where(quantity > 400, 50, np.where(quantity > 80, 10, 1))
    quantity = np.where(
        metre, np.maximum(np.rint(quantity * 2) / 2, 0.5),
        np.maximum(np.rint(quantity / coarse) * coarse, 1),
    )  # fmt: skip
    squeeze = who.squeeze[who_line] * (month >= who.drift_month[who_line])
    # main groups rise unevenly: a fixed tilt around the common rise
    tilt = 1 + 0.15 * np.sin(1.7 * codes[article])
    price = list_price[article] * cal.price[month] ** tilt
    unit = np.maximum(np.rint(100 * price * (1 - who.discount[who_line] - squeeze)), 1)
    cost = 100 * products["unit_cost"].to_numpy()[article] * cal.cost[month] ** tilt
    amount = np.rint(quantity * unit)
    found = {
        "row": who_line, "order": order, "day": day_line, "article": article,
        "quantity": quantity, "unit_ore": unit, "amount_ore": amount,
        "margin_ore": amount - np.rint(quantity * cost),
    }  # fmt: skip
    return join([{c: v[keep] for c, v in found.items()}])


def _seldom_twice(rng: np.random.Generator, order: np.ndarray, article: np.ndarray) -> np.ndarray:
    """Lines to keep: an article twice on an order is rare, and may be an exact double."""
    import numpy as np

    _, first = np.unique(order * (article.max() + 1) + article, return_index=True)
    keep = rng.random(len(order)) >= 0.93
    keep[first] = True
    return keep


def _codes(products: pd.DataFrame) -> tuple[np.ndarray, list[tuple[str, str]]]:
    """Number of each article's product group, and the groups with their main group."""
    import numpy as np

    pairs = list(zip(products["group1"], products["group2"], strict=True))
    groups = list(dict.fromkeys(pairs))
    number = {pair: i for i, pair in enumerate(groups)}
    return np.array([number[pair] for pair in pairs]), groups


def _finish(lines: dict[str, np.ndarray], cal: Calendar) -> dict[str, np.ndarray]:
    """Final numbers of orders and invoices, in the order of the day they were made."""
    import numpy as np

    new = {}
    for column, day, begin in (("order", "day", 100_001), ("invoice", "invoice_day", 500_001)):
        keys, first, inverse = np.unique(lines[column], return_index=True, return_inverse=True)
        rank = np.lexsort((keys, lines[day][first])).argsort()
        new[column] = rank[inverse] + begin
        if column == "invoice":
            at = np.searchsorted(keys, lines["corrects"])
            at = np.minimum(at, len(keys) - 1)
            new["corrects"] = np.where(lines["corrects"] > 0, rank[at] + begin, 0)
    lines |= new
    goods_first = np.where(lines["article"] < 0, 10**6 - lines["article"], 0)
    order = np.lexsort((lines["article"], goods_first, lines["order"], lines["invoice"]))
    out = {c: v[order] for c, v in lines.items()}
    return {
        **out,
        "day": cal.days[out["day"]],
        "invoice_day": cal.days[out["invoice_day"]],
    }
