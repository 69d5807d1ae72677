"""Which lines does a question look at? Periods, names and exact money inside the engine."""

from __future__ import annotations

import calendar
import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from salesfact._errors import Fault, SettingsError
from salesfact._language import N_
from salesfact._said import said

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from salesfact._facts import Facts

#: Money is summed as whole ten-thousandths, so that parts add up to the last one.
FIXED = 10_000


def months_before(day: dt.date, months: int) -> dt.date:
    """The same day `months` calendar months earlier; the month's last day where it is shorter."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return dt.date(year, month + 1, min(day.day, last))


@dataclass(frozen=True)
class Period:
    """Whole days from `start` to `end`, both included."""

    start: dt.date
    end: dt.date
    months: int

    @classmethod
    def last(cls, as_of: dt.date, months: int = 12) -> Period:
        """The `months` months that end on `as_of`.

        Raises
        ------
        SettingsError
            If `months` is not a whole number from 1.
        """
        if isinstance(months, bool) or not isinstance(months, int) or months < 1:
            raise SettingsError(
                Fault(
                    said(N_("found {found}"), found=repr(months)),
                    where="months",
                    allowed=said(N_("a whole number, {least} or more"), least=1),
                )
            )
        stop = as_of + dt.timedelta(days=1)
        return cls(months_before(stop, months), as_of, months)

    def before(self) -> Period:
        """The equally long period that ends the day before this one starts."""
        end = self.start - dt.timedelta(days=1)
        return Period(months_before(self.start, self.months), end, self.months)

    def holds(self, date: Any) -> Any:
        """An Ibis condition: the line's date lies in the period."""
        return (date >= midnight(self.start)) & (date < midnight(self.end + dt.timedelta(days=1)))

    def covered_from(self, first: dt.date) -> bool:
        """Whether facts that begin on `first` cover the period.

        Few firms sell on every day: the first line may come within the period's first month.
        """
        return first < months_before(self.start, -1)


def midnight(day: dt.date) -> dt.datetime:
    """The instant a day begins."""
    return dt.datetime.combine(day, dt.time())


def fixed(money: Any) -> Any:
    """An Ibis sum of money as whole ten-thousandths (int64), zero where there is no line."""
    return (money.sum() * FIXED).round(0).cast("int64").fill_null(0)


def orders(facts: Facts, lines: ir.Table) -> Any:
    """An Ibis aggregate: orders with something bought; without order numbers, days with one."""
    date: Any = lines["date"]
    amount: Any = lines["amount"]
    day = date.truncate("D").cast("string")
    number: Any = lines["order"].fill_null(day) if "order" in facts.has else day
    return number.nunique(where=amount > 0)


def with_names(facts: Facts, expr: ir.Table) -> ir.Table:
    """The expression with the customer's `name`; its number where there is none."""
    known = facts.customers
    if "name" not in known.columns:
        return expr.mutate(name=expr["customer"])
    named = known.select(customer="customer", known_name=known["name"].cast("string"))
    joined: Any = expr.left_join(named, "customer")
    name = joined["known_name"].strip().nullif("").fill_null(joined["customer"])
    return joined.mutate(name=name).drop("customer_right", "known_name")
