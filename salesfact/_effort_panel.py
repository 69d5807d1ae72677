"""Who got which hours and bought how much, month by month? Matrices from customer × month cells.

A cell that is missing is nought: no sales, no hours. Not so before activities were written down,
and not so before a customer was one: a new customer's sales and hours both begin, which would look
as if one brought the other. So a panel begins with the first month that has any activity, and a
customer in the month after its first order; what lies before is unknown, not nought. Hours from
before that still count as memory.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

ALL = "all"  # where activities have no kinds


@dataclass(frozen=True)
class EffortPanel:
    """Sales and hours by customer and month.

    Parameters
    ----------
    customers : Index, (n,)
        In order.
    months : ndarray, (T,)
        The months, as they were given (datetime64[M], or positions).
    y, hours : ndarray, (n, T)
        Money and hours.
    known : ndarray of bool, (n, T)
        Months in which the customer was one; the others do not count.
    kinds : dict of str to ndarray, (n, T)
        Hours by kind of activity; they sum to `hours`.
    """

    customers: pd.Index
    months: NDArray[Any]
    y: Array
    hours: Array
    known: NDArray[np.bool_]
    kinds: dict[str, Array]


def effort_panel(cells: pd.DataFrame, *, last: Any = None) -> EffortPanel:
    """Matrices from cells.

    Parameters
    ----------
    cells : DataFrame
        Columns `customer`, `month` (dates of any day in the month, or whole numbers) and `money`,
        `hours` or both; optionally `kind`. Several rows of a customer and month are added up;
        missing amounts are nought. Sales and activities may stand in rows of their own.
    last : optional
        The last month, if later months are to be left out.

    Returns
    -------
    EffortPanel
        Months from the first with any activity to the last with a row (or `last`), without holes.

    Raises
    ------
    ValueError
        If a column is missing, an amount or a month cannot be read, hours are below zero, or there
        is no activity.
    """
    import pandas as pd

    missing = {"customer", "month"} - set(cells.columns)
    if missing or not {"money", "hours"} & set(cells.columns):
        raise ValueError("cells have customer, month, and money or hours")
    month = _number(cells["month"])
    dated = pd.api.types.is_datetime64_any_dtype(cells["month"])
    amounts = [
        np.nan_to_num(cells[c].to_numpy(dtype=float), nan=0.0)
        if c in cells
        else np.zeros(len(cells))
        for c in ("money", "hours")
    ]
    money, hours = amounts
    if not (np.isfinite(money).all() and np.isfinite(hours).all()) or (hours < 0).any():
        raise ValueError("money and hours are finite, and hours not below zero")
    end = month.max(initial=-1) if last is None else _number(pd.Series(data=[last]))[0]
    worked = month[(hours > 0) & (month <= end)]
    if not worked.size:
        raise ValueError("there is no activity")
    begin = int(worked.min())
    customers, place = np.unique(cells["customer"].astype("string"), return_inverse=True)
    n, width = len(customers), int(end) - begin + 1
    first = np.full(n, np.iinfo(np.int64).max)
    bought = money > 0
    np.minimum.at(first, place[bought], month[bought])
    known = np.arange(begin, end + 1) > first[:, None]
    inside = (month >= begin) & (month <= end)
    at = place[inside] * width + (month[inside] - begin)

    def matrix(values: Array) -> Array:
        return np.bincount(at, values[inside], n * width).astype(float).reshape(n, width)

    kinds = {ALL: matrix(hours)}
    if "kind" in cells:
        kind = cells["kind"].astype("string").fillna("").to_numpy(dtype=object)
        named = sorted(set(kind[hours > 0]))
        kinds = {k: matrix(np.where(kind == k, hours, 0.0)) for k in named}
    positions = np.arange(begin, end + 1)
    return EffortPanel(
        customers=pd.Index(customers, name="customer"),
        months=positions.astype("datetime64[M]") if dated else positions,
        y=matrix(money),
        hours=matrix(hours),
        known=known,
        kinds=kinds,
    )


def _number(month: Any) -> NDArray[np.int64]:
    """Months as whole numbers."""
    import pandas as pd

    if month.isna().any():
        raise ValueError("every cell has a month")
    if pd.api.types.is_datetime64_any_dtype(month):
        return month.to_numpy().astype("datetime64[M]").astype(np.int64)
    if not pd.api.types.is_integer_dtype(month):
        try:
            return np.array(month.tolist(), dtype="datetime64[M]").astype(np.int64)
        except (TypeError, ValueError):
            raise ValueError("months are dates or whole numbers") from None
    return month.to_numpy(dtype=np.int64)
