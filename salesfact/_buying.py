"""When did each customer order? What `rhythm` takes out of the engine, a row per customer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from salesfact._gaps import LAST_GAPS, MONTH_DAYS
from salesfact._season import DAY_SECONDS, Clock, customer_months

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pandas as pd

    from salesfact._facts import Facts

FIXED = 10**6  # sums of doubles would depend on the number of threads; millionths do not


def gap_sums(facts: Facts, clock: Clock) -> pd.DataFrame:
    """`salesfact.summarise` in the engine, by customer; sums on the facts' own clock."""

    def summed() -> pd.DataFrame:
        sums: Any = facts.fetch(_gap_sums(facts, clock)).set_index("customer")
        for name in ("total", "total_day", "total_month", "logs_day", "logs_month"):
            sums[name] = sums[name] / FIXED
        return sums

    return facts._engine.once(("gaps", facts.as_of), summed).copy(deep=False)


def _gap_sums(facts: Facts, clock: Clock) -> ir.Table:
    """The sums on the clock in millionths."""
    import ibis
    import pandas as pd

    sales: Any = facts.sales
    days: Any = (
        sales.filter(sales.amount > 0)
        .select(
            "customer",
            day=(sales.date.epoch_seconds() // DAY_SECONDS).cast("int64"),
            month=sales.date.truncate("M"),
        )
        .distinct()
    )
    months = clock.edges[:-1].astype("datetime64[D]").astype("datetime64[us]")
    tempo = ibis.memtable(
        pd.DataFrame(
            {
                "month": months,
                "start": clock.edges[:-1],
                "at": clock.at_edges[:-1],
                "rate": clock.rates,
            }
        )
    )
    timed: Any = days.join(tempo, "month").select(
        "customer", "day", time=lambda t: t["at"] + (t.day - t.start) * t.rate
    )
    own = ibis.window(group_by="customer", order_by="day")
    back = ibis.window(group_by="customer", order_by=ibis.desc("day"))
    gaps = timed.mutate(
        gap=timed.time - timed.time.lag().over(own),
        days=timed.day - timed.day.lag().over(own),
        back=ibis.row_number().over(back),
    )
    gaps = gaps.mutate(
        by_day=gaps.gap * (1 - ibis.least(1.0, gaps.days) / (2 * gaps.days)),
        by_month=gaps.gap * (1 - ibis.least(MONTH_DAYS, gaps.days) / (2 * gaps.days)),
    )
    used = (gaps.back < LAST_GAPS) & gaps.gap.notnull()

    def fixed(value: Any) -> Any:
        return ibis.coalesce((value * FIXED).round().cast("int64").sum(where=used), 0)

    return gaps.group_by("customer").aggregate(
        orders=gaps.count(),
        first=gaps.day.min(),
        last=gaps.day.max(),
        gaps=used.sum(),
        days=ibis.coalesce(gaps.days.sum(where=used), 0),
        longest=ibis.coalesce(gaps.gap.max(where=used), 0.0),
        longest_days=ibis.coalesce(gaps.days.max(where=used), 0),
        total=fixed(gaps.gap),
        total_day=fixed(gaps.by_day),
        logs_day=fixed(gaps.by_day.ln()),
        total_month=fixed(gaps.by_month),
        logs_month=fixed(gaps.by_month.ln()),
    )


def order_days(facts: Facts, customers: list[str]) -> pd.DataFrame:
    """The order days of a few customers: `customer`, `date`."""
    sales: Any = facts.sales
    return facts.fetch(
        sales.filter(sales.customer.isin(customers) & (sales.amount > 0))
        .select("customer", date=sales.date.truncate("D"))
        .distinct()
    )


def people(facts: Facts) -> pd.DataFrame:
    """What the client supplied of `name` and `rep`: index `customer`, missing where unknown."""

    def supplied() -> pd.DataFrame:
        known: Any = facts.customers
        columns = [c for c in ("name", "rep") if c in known.columns]
        frame = facts.fetch(known.select("customer", *columns))
        return frame.drop_duplicates("customer").set_index("customer")

    return facts._engine.once(("people", facts.as_of), supplied).copy(deep=False)


def reps(facts: Facts) -> pd.Series | None:
    """Who looks after each customer: index `customer`, missing where unknown.

    The rep that the client's customers name; for those without, the rep of the latest month in
    which their sales lines name one (of several the last by name). None where neither names any.
    """
    supplied: Any = people(facts).get("rep")
    if "rep" not in facts.has:
        return supplied if supplied is not None and supplied.notna().any() else None
    cells: Any = customer_months(facts)
    cells = cells[cells["rep"].notna()].sort_values(["customer", "month"], kind="stable")
    sold = cells.groupby("customer")["rep"].last()
    found = sold if supplied is None else supplied.combine_first(sold)
    return found.rename("rep").rename_axis("customer") if found.notna().any() else None
