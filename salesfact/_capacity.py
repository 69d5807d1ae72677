"""How many customers can the sales force take on in a quarter?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from salesfact._aggregates import _months_before
from salesfact._origins import month_cells

if TYPE_CHECKING:
    from salesfact._facts import Facts

#: Where the client names no capacity: this part of the customers who bought within a year.
DEFAULT_SHARE = 0.2


@dataclass(frozen=True)
class Room:
    """How many customers a list may name.

    Parameters
    ----------
    customers : int
        At least 1.
    given : bool
        Whether the client's settings say so; else it is a stated share of the active customers.
    """

    customers: int
    given: bool


def room(facts: Facts, capacity: Mapping[str, Any] | int | None = None) -> Room:
    """How many customers the sales force can work with in a quarter, as of the facts' day.

    Parameters
    ----------
    facts : Facts
    capacity : mapping or int, optional
        As `capacity` in the settings (`facts.capacity` by default), or a number of customers.

    Returns
    -------
    Room
        Each rep who sold something in the last twelve months counts with its own capacity, or
        with the one for all reps; one rep is taken where the facts name none. Without a capacity:
        `DEFAULT_SHARE` of the customers who ordered in the last twelve months.
    """
    told = facts.capacity if capacity is None else capacity
    if told is None:
        active = _active(facts)
        return Room(max(1, round(DEFAULT_SHARE * active)), given=False)
    if isinstance(told, (int, np.integer)):
        return Room(max(1, int(told)), given=True)
    own = told.get("reps") or {}
    hours = told.get("hours_per_customer")
    everybody = _customers(told, hours)
    known = set(own) if everybody is None else set(own) | set(_reps(facts))
    total = sum(_customers(own[r], hours) or 0.0 if r in own else everybody or 0.0 for r in known)
    if not known:
        total = everybody or 0.0
    return Room(max(1, int(total + 1e-9)), given=True)


def _customers(told: Mapping[str, Any], hours_per_customer: float | None) -> float | None:
    if told.get("customers_per_quarter") is not None:
        return float(told["customers_per_quarter"])
    if told.get("hours_per_quarter") is not None and hours_per_customer:
        return float(told["hours_per_quarter"]) / float(hours_per_customer)
    return None


def _active(facts: Facts) -> int:
    cells: Any = month_cells(facts)
    month = cells["month"].dt
    age = facts.as_of.year * 12 + facts.as_of.month - (month.year * 12 + month.month)
    return int(cells.loc[(age < 12) & (cells["orders"] > 0), "customer"].nunique())


def _reps(facts: Facts) -> list[str]:
    """Reps with a line in the last twelve months."""
    if "rep" not in facts.has:
        return []
    since = np.datetime64(_months_before(facts.as_of, 12), "us")
    sales: Any = facts.sales
    lines = sales.filter((sales.date > since.astype(object)) & sales.rep.notnull())
    return [str(r) for r in facts.fetch(lines.select("rep").distinct())["rep"]]
