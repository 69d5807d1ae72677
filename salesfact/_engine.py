"""Where do the lines live? The engine behind facts, and what it must not hold at an earlier day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from salesfact._activity_ledger import split
from salesfact._language import N_
from salesfact._ledger import told_as_of

if TYPE_CHECKING:
    import pandas as pd

#: What to do where an attribute is withheld at an earlier day.
STATIC = N_("write `static: true` under sources: customers: if it never changes")


@dataclass(frozen=True)
class Seal:
    """What an engine must not hold: lines from `end` on, and attributes without dates.

    Parameters
    ----------
    end : datetime
        The first moment that is not known yet.
    withheld : tuple of str
        Columns of `people` that tell of a later day.
    """

    end: dt.datetime
    withheld: tuple[str, ...] = ()


class Engine:
    """Where the lines live: opened when the first question needs it, never before.

    Parameters
    ----------
    open : callable
        Takes a `Seal` or None and returns an Ibis backend that holds the tables `lines` (columns
        as in `_facts.SALES`), `people` (one row per customer) and `activities` (columns as in
        `_activity_table.ACTIVITIES`).
    days, effort_days : tuple
        The ledgers of lines and of activities by day, so that they can be told as of an earlier
        day without the engine.
    seal : Seal, optional
        What the engine holds back. Later lines and activities are then nowhere in it.
    """

    def __init__(
        self,
        open: Callable[[Seal | None], Any],
        days: tuple[Any, ...] = (),
        seal: Seal | None = None,
        effort_days: tuple[Any, ...] = (),
    ) -> None:
        self._open = open
        self.days = days
        self.effort_days = effort_days
        self.seal = seal
        self.memo: dict[Any, Any] = {}  # what several questions ask for; see `once`

    @cached_property
    def backend(self) -> Any:
        return self._open(self.seal)

    def once(self, key: Any, make: Callable[[], Any]) -> Any:
        """What `make()` gives, made for the first who asks for `key`; nobody may change it."""
        if key not in self.memo:
            self.memo[key] = make()
        return self.memo[key]

    def sealed(self, seal: Seal) -> Engine:
        """The same lines in an engine of its own that holds nothing of `seal.end` or later."""
        return Engine(self._open, (), seal)

    def told_as_of(self, ledger: Mapping[str, Any], as_of: dt.date) -> dict[str, Any]:
        """The ledger, what is accepted divided at another day."""
        told = told_as_of(ledger, self.days, as_of)
        if "activities" in told:
            effort = split(told["activities"], self.effort_days, as_of)
            told["activities"] = effort
        return told

    def frame(self, sql: str) -> pd.DataFrame:
        """Run SQL in the engine; the caller orders the rows."""
        return self.backend.con.execute(sql).df()
