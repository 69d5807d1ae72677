"""A world to practise on: the simulated supplier "Nordverk AB" with its truth planted.

Nothing here is anybody's: firms, people and figures are drawn from a seed. What is planted, and
what a reader of the demo report should therefore find, stands in `docs/demo.md`.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from salesfact._nordverk_effort import effort, judgements
from salesfact._nordverk_parameters import Parameters
from salesfact._nordverk_people import _NEVER, Lives, lives
from salesfact._nordverk_sales import _codes, sales
from salesfact._nordverk_time import Calendar, calendar
from salesfact._nordverk_words import SERVICES, articles

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

NAME = "Nordverk AB"
CURRENCY = "SEK"


@dataclass(frozen=True)
class World:
    """One drawn world. Frames are the reader's own; nothing else holds them.

    Attributes
    ----------
    sales : DataFrame
        One row per invoice line, as invoiced: `order`, `date`, `invoice`, `invoice_date`, `type`
        (Faktura, Kredit), `customer` (after mergers), `customer_then` (as written then),
        `product`, `name`, `group1`, `group2`, `group3`, `quantity`, `unit`, `unit_price`,
        `amount`, `margin` (SEK without VAT, credit notes negative), `rep`, `corrects`.
    customers, products, activities, judgements : DataFrame
        As design section 3 names their columns.
    truth : DataFrame
        One row per customer, index `customer`: `kind` (steady, new, leaver, returned, shrinker,
        grower, lost_group, squeezed), `start`, `left`, `back`, `drift_month` (dates or NaT),
        `drift` (change of the order rate), `lost_group`, `squeeze` (further discount), `k`,
        `rate` (orders a year at its first year's effort), `order_value` (SEK at the first
        year's prices), `worth` (SEK margin a year of the two), `discount`, `response` (β),
        `programme` (month of joining), `theta` (true judgement), `collective`.
    raters : DataFrame
        `rater`, `role`, `leniency`, `error_sd`: the truth about who judged.
    months : DataFrame
        `month`, `season`, `market`, `price`, `cost`: what was common to all.
    planned : DataFrame
        Expected activities per customer (index) and year from the first day: what habit made.
    merged : DataFrame
        `old`, `new`: customer numbers merged in the period.
    first, as_of, last : date
        First day, end of the last complete month, last day.
    simulated : bool
        Always true.
    """

    sales: pd.DataFrame
    customers: pd.DataFrame
    products: pd.DataFrame
    activities: pd.DataFrame
    judgements: pd.DataFrame
    truth: pd.DataFrame
    raters: pd.DataFrame
    months: pd.DataFrame
    planned: pd.DataFrame
    merged: pd.DataFrame
    parameters: Parameters
    seed: int
    first: dt.date
    as_of: dt.date
    last: dt.date
    simulated: bool = True


def nordverk(seed: int = 2026, **changes: Any) -> World:
    """Draw the simulated industrial supplier "Nordverk AB".

    Parameters
    ----------
    seed : int
        The same seed and parameters give the same world, byte for byte.
    **changes
        Fields of `Parameters` that shall differ from their defaults.

    Returns
    -------
    World

    Raises
    ------
    SettingsError
        If a parameter is unknown or out of range.

    Notes
    -----
    Gaps between a customer's orders are Gamma(k) in operational time: each working day counts by
    its season, the market, the customer's own drift and the hours spent on it. So gaps are
    regular in what a customer uses, not in days.

    Examples
    --------
    >>> world = nordverk(seed=1, n_customers=40, years=3)
    >>> world.as_of
    datetime.date(2026, 9, 30)
    """
    import numpy as np

    p = Parameters.of(changes)
    cal = calendar(p)
    products = articles()
    _, groups = _codes(products)
    who = lives(p, cal, seed, groups)
    done = effort(p, cal, who, seed)
    lines = sales(p, cal, who, done.intensity, products, seed)
    frame, merged = _sales_frame(cal, who, products, lines)
    worth = who.rate * who.order_value * np.maximum(1 - 0.6 / (1 - who.discount), 0.03)
    said, raters, theta = judgements(p, cal, who, worth, seed)
    return World(
        sales=frame,
        customers=who.customers,
        products=products,
        activities=done.activities,
        judgements=said,
        truth=_truth(cal, who, groups, worth, theta),
        raters=raters,
        months=_months(cal),
        planned=_planned(cal, who, done.planned),
        merged=merged,
        parameters=p,
        seed=seed,
        first=cal.first,
        as_of=cal.as_of,
        last=cal.last,
    )


def _sales_frame(
    cal: Calendar, who: Lives, products: pd.DataFrame, lines: dict[str, np.ndarray]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    import numpy as np
    import pandas as pd

    # services stand after the articles in the lookup: -1 is the first of them
    at = np.where(lines["article"] < 0, len(products) - 1 - lines["article"], lines["article"])

    def look(column: str, service: list[str]) -> np.ndarray:
        return np.array([*products[column], *service], dtype=object)[at]

    ids = who.customers["customer"].to_numpy(dtype=object)
    merged, old_ids, until = _mergers(cal, who)
    then = ids[lines["row"]]
    early = lines["invoice_day"] < until[lines["row"]]
    then = np.where(early, old_ids[lines["row"]], then)
    return pd.DataFrame(
        {
            "order": lines["order"].astype(str),
            "date": lines["day"].astype("datetime64[us]"),
            "invoice": lines["invoice"].astype(str),
            "invoice_date": lines["invoice_day"].astype("datetime64[us]"),
            "type": np.where(lines["credit"], "Kredit", "Faktura"),
            "customer": ids[lines["row"]],
            "customer_then": then,
            "product": look("product", [s.product for s in SERVICES]),
            "name": look("name", [s.name for s in SERVICES]),
            "group1": look("group1", [s.groups[0] for s in SERVICES]),
            "group2": look("group2", [s.groups[1] for s in SERVICES]),
            "group3": look("group3", [s.groups[2] for s in SERVICES]),
            "quantity": lines["quantity"],
            "unit": look("unit", ["st"] * len(SERVICES)),
            "unit_price": np.where(
                lines["unit_ore"] == 0, lines["amount_ore"], lines["unit_ore"]
            ) / 100,
            "amount": lines["amount_ore"] / 100,
            "margin": lines["margin_ore"] / 100,
            "rep": np.array(who.names, dtype=object)[who.rep[lines["row"]]],
            "corrects": np.where(lines["corrects"] > 0, lines["corrects"].astype(str), ""),
        }
    ), merged  # fmt: skip


def _mergers(cal: Calendar, who: Lives) -> tuple[pd.DataFrame, np.ndarray, np.ndarray]:
    """Six customers once had another number; theirs changed on a day in the middle."""
    import numpy as np
    import pandas as pd

    n = len(who.rate)
    lasting = np.flatnonzero((who.left == _NEVER) & (who.start < 0))
    rows = lasting[np.linspace(0, len(lasting) - 1, min(6, len(lasting))).astype(int)]
    rows = np.unique(rows)
    old = np.array([""] * n, dtype=object)
    old[rows] = [f"9{1000 + 37 * j}" for j in range(len(rows))]
    until = np.full(n, np.datetime64("1900-01-01"), dtype="datetime64[D]")
    middle = np.datetime64(cal.first) + (np.datetime64(cal.last) - np.datetime64(cal.first)) // 2
    until[rows] = middle + np.arange(len(rows)) * 61
    new = who.customers["customer"].to_numpy(dtype=object)[rows]
    return pd.DataFrame({"old": old[rows], "new": new}), old, until


def _truth(
    cal: Calendar,
    who: Lives,
    groups: list[tuple[str, str]],
    worth: np.ndarray,
    theta: np.ndarray,
) -> pd.DataFrame:
    import numpy as np
    import pandas as pd

    zero = cal.starts[0]

    def day(number: np.ndarray) -> np.ndarray:
        known = np.abs(number) < _NEVER
        days = zero + np.where(known, number, 0).astype("timedelta64[D]")
        return np.where(known, days, np.datetime64("NaT")).astype("datetime64[us]")

    def month(number: np.ndarray) -> np.ndarray:
        known = number < _NEVER
        days = cal.starts[np.where(known, number, 0)]
        return np.where(known, days, np.datetime64("NaT")).astype("datetime64[us]")

    names = [second for _, second in groups]
    return pd.DataFrame(
        {
            "kind": who.kind,
            "start": day(who.start),
            "left": day(who.left),
            "back": day(who.back),
            "drift_month": month(who.drift_month),
            "drift": who.drift,
            "lost_group": [names[g] if g >= 0 else "" for g in who.lost_group],
            "squeeze": who.squeeze,
            "k": who.k,
            "rate": who.rate,
            "order_value": who.order_value,
            "worth": worth,
            "discount": who.discount,
            "response": who.response,
            "programme": month(who.programme_month),
            "theta": theta,
            "collective": who.collective,
        },
        index=pd.Index(who.customers["customer"], name="customer"),
    )


def _months(cal: Calendar) -> pd.DataFrame:
    import pandas as pd

    told = slice(12, None)
    return pd.DataFrame(
        {
            "month": cal.starts[told].astype("datetime64[us]"),
            "season": cal.season[told],
            "market": cal.market[told],
            "price": cal.price[told],
            "cost": cal.cost[told],
        }
    )


def _planned(cal: Calendar, who: Lives, planned: np.ndarray) -> pd.DataFrame:
    import pandas as pd

    whole = planned[:, 1 : cal.year.max() + 1]  # without the run-in and the year just begun
    return pd.DataFrame(
        whole,
        index=pd.Index(who.customers["customer"], name="customer"),
        columns=[f"year_{j + 1}" for j in range(whole.shape[1])],
    )
