"""Who pays less for the same, or has come to buy what earns less, against their own past?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from salesfact import _shifts
from salesfact._volume_drift import BAND, Flags, chosen, nothing

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from salesfact._facts import Facts
    from salesfact._volume_drift import Panel

FIXED = 10**6  # sums of doubles would depend on the number of threads; millionths do not
OTHER_UNIT = 0.7  # a log price so far from the usual one is of another unit (box, piece)
YEAR = 12


def price_cells(facts: Facts, level: str | None) -> pd.DataFrame:
    """One row per customer and month: how its prices stand against its own usual ones.

    Parameters
    ----------
    facts : Facts
        With products and quantities.
    level : str, optional
        The product groups whose common price movement is taken out; without, that of all.

    Returns
    -------
    DataFrame
        `customer`, `month` (timestamp), `value` (mean over the products bought of log price per
        unit, less the customer's own mean for that product, less what it did in that month for all
        customers of the group), `weight` (products). Products bought in one month only tell
        nothing.
    """
    import ibis

    sales: Any = facts.sales
    kind = sales[level] if level else ibis.null().cast("string")
    lines: Any = sales.filter(
        (sales.amount > 0) & (sales.quantity > 0) & sales.product.notnull()
    ).select("customer", "product", "amount", "quantity", kind=kind, month=sales.date.truncate("M"))
    bought = lines.group_by("customer", "product", "month").aggregate(
        kind=lines.kind.max(),
        price=lines.amount.sum().cast("float64") / lines.quantity.sum().cast("float64"),
    )
    own = ibis.window(group_by=["customer", "product"])
    # against the dearest month, so that the currency unit does not move what is rounded
    bought = bought.mutate(
        log=((bought.price / bought.price.max().over(own)).ln() * FIXED).round().cast("int64")
    )
    bought = bought.mutate(
        usual=bought.log.sum().over(own).cast("float64") / bought.log.count().over(own),
        seen=bought.log.count().over(own),
    )
    bought = bought.mutate(off=(bought.log - bought.usual).round().cast("int64"))
    bought = bought.filter((bought.seen > 1) & (bought.off.abs() <= OTHER_UNIT * FIXED))
    alike = ibis.window(group_by=["kind", "month"])
    bought = bought.mutate(
        common=bought.off.sum().over(alike).cast("float64") / bought.off.count().over(alike)
    )
    rest = (bought.off - bought.common).round().cast("int64")
    return facts.fetch(
        bought.mutate(rest=rest)
        .group_by("customer", "month")
        .aggregate(
            value=lambda t: t.rest.sum().cast("float64") / t.rest.count() / FIXED,
            weight=lambda t: t.rest.count(),
        )
    )


def mix_cells(groups: Any) -> pd.DataFrame:
    """One row per customer and month: what its mix of product groups would earn at usual margins.

    Parameters
    ----------
    groups : DataFrame
        `customer`, `group`, `month`, `days`, `amount`, `margin`: `_group_cells.group_cells`.

    Returns
    -------
    DataFrame
        `customer`, `month`, `value` (margin per unit of revenue if each group earned what it earns
        with all customers over the whole history, less the month's mean), `weight` (group days).
    """
    total = groups.groupby("group")[["amount", "margin"]].sum()
    rate = (total["margin"] / total["amount"].where(total["amount"] > 0)).fillna(0.0)
    held = groups[groups["days"] > 0]
    earned = held["days"] * held["group"].map(rate)
    frame = held.assign(earned=earned).groupby(["customer", "month"], as_index=False)
    cells = frame[["earned", "days"]].sum()
    cells["value"] = cells["earned"] / cells["days"]
    weighed = cells["value"] * cells["days"]
    by_month = cells.assign(weighed=weighed).groupby("month")[["weighed", "days"]].sum()
    common = by_month["weighed"] / by_month["days"].where(by_month["days"] > 0)
    cells["value"] -= cells["month"].map(common).fillna(0.0)
    return cells.rename(columns={"days": "weight"})[["customer", "month", "value", "weight"]]


def mean_drift(of: Panel, cells: Any, yearly: NDArray[Any], alive: Any) -> Flags:
    """Whose monthly values fell against their own past.

    Parameters
    ----------
    of : Panel
        Customers × months.
    cells : DataFrame
        `customer`, `month` (position), `value`, `weight`.
    yearly : ndarray of float
        Each customer's revenue of the last twelve months, by row of the panel.
    alive : ndarray of bool
        Who is to be judged.

    Returns
    -------
    Flags
        `before` is 0 and `now` the change of the value; `at_stake` is that part of the revenue.
    """
    import pandas as pd

    months = of.months
    mine = cells[cells["customer"].isin(of.customers) & (cells["weight"] > 0)]
    rows, columns = of.customers.get_indexer(mine["customer"]), mine["month"].to_numpy()
    values = np.full((len(of.customers), months), np.nan)
    weights = np.zeros((len(of.customers), months))
    values[rows, columns] = mine["value"].to_numpy()
    weights[rows, columns] = mine["weight"].to_numpy(dtype=float)
    scores, differences = _shifts.mean_scores(values, weights, months)
    scores[~alive] = np.nan
    ends, step = _shifts.origins(months)
    past = [_shifts.mean_scores(values, weights, end)[0] for end in ends]
    share = _shifts.window_share(weights, months)
    moved = _shifts.judge(scores, weights.sum(axis=1), share, past, step)
    q, certified, watched, chance = chosen(moved.down)
    found = np.flatnonzero(certified | watched)
    if not len(found):
        return nothing(int(np.isfinite(moved.down).sum()), months)
    fell = differences[found, moved.down_months[found] - int(_shifts.WINDOWS[0])]
    table: Any = pd.DataFrame(
        {
            "customer": of.customers[found],
            "group": "",
            "certified": certified[found],
            "months": moved.down_months[found],
            "at_stake": -fell * yearly[found],
            "before": 0.0,
            "now": fell,
            "p": moved.down[found],
            "q": q[found],
        }
    )
    # common movement was centred away: a value that stands still as all others rise did not fall
    real = fell < 0
    held = _from_before(values[found][real], moved.down_months[found][real])
    half = BAND * np.array([_own_spread(v) for v in held]).reshape(-1, 1) * np.ones_like(held)
    tested = int(np.isfinite(moved.down).sum())
    return Flags(table[real].reset_index(drop=True), tested, chance, held, -half, half)


def _from_before(values: NDArray[Any], months: Any) -> NDArray[np.float64]:
    """Values against their mean before the change, for the picture."""
    before = np.arange(values.shape[1]) < values.shape[1] - np.asarray(months)[:, None]
    known = before & np.isfinite(values)
    level = np.where(known, values, 0.0).sum(axis=1) / known.sum(axis=1)
    return values - level[:, None]


def _own_spread(values: NDArray[Any]) -> float:
    """Standard deviation from month to month, whatever the level: half the squared steps."""
    steps = np.diff(values[np.isfinite(values)])
    return float(np.sqrt(np.mean(steps**2) / 2)) if len(steps) else 0.0
