"""Do customers stay? Retention by the period of the first purchase."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, Literal

from salesfact._cohorts_told import NO_NEXT, Cohorts
from salesfact._errors import Fault, SettingsError
from salesfact._language import N_
from salesfact._periods import FIXED, fixed, months_before
from salesfact._said import said, verbatim
from salesfact._store import stored

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pandas as pd

    from salesfact._facts import Facts

_MONTHS = {"year": 12, "quarter": 3}
KNOWN_MONTHS = 12  # facts must reach back this far before a first purchase counts as the first


@stored
def cohorts(
    facts: Facts, *, as_of: dt.date | None = None, by: Literal["year", "quarter"] | None = None
) -> Cohorts:
    """Do customers stay? The share of each first-purchase cohort that buys in later periods.

    Parameters
    ----------
    facts : Facts
        The client's facts.
    as_of : date, optional
        Look back from this day instead of the facts' own `as_of`.
    by : {"year", "quarter"}, optional
        Length of a period; years and quarters are the client's fiscal ones. Default: years where
        they can tell whether new customers stay, else quarters.

    Returns
    -------
    Cohorts
        One row per cohort. Periods that have not ended by `as_of` are empty, never zero.

    Notes
    -----
    A customer's cohort is the period of its first line with a positive amount; it is active in
    each period with such a line. Retention after k periods is the active part of the cohort's
    customers. Money retention is the cohort's revenue (returns deducted) in the k-th period
    after, divided by its revenue in the first; as customers join through the first period, its
    money is that of a part of a period, and money retention after one period tends to be high.

    The facts begin somewhere: whoever buys in their first twelve months may have been a customer
    long before. Cohorts that begin in these months are marked `already` (left-censored) and kept
    out of the figures on new customers.

    Raises
    ------
    SettingsError
        If `by` is not a year or a quarter.
    LeakageError, FactsError
        See `Facts.cut`.

    Examples
    --------
    >>> import pandas as pd, salesfact as sf
    >>> days = ["2022-01-01", "2024-03-01", "2025-03-01", "2024-05-01", "2025-12-31"]
    >>> lines = pd.DataFrame({"customer": list("abbca"), "date": days, "amount": 1.0})
    >>> float(sf.cohorts(sf.Facts.from_frames(lines)).table.loc["2024", "share_1"])
    0.5
    """
    if by is not None and by not in _MONTHS:
        raise SettingsError(
            Fault(
                said(N_("found {found}"), found=repr(by)),
                where="by",
                allowed=verbatim(", ".join(map(repr, _MONTHS))),
            )
        )
    facts = facts if as_of is None else facts.cut(as_of)
    if by is not None:
        return _by(facts, by)
    years = _by(facts, "year")
    if "kept" in years.figures:
        return years
    quarters = _by(facts, "quarter")
    return quarters if quarters.refusal is None else years


def _by(facts: Facts, by: str) -> Cohorts:
    found: Any = facts.fetch(_cells(facts, by))
    last = _number(facts.as_of, facts.fiscal_year_start, by)
    if _start(last + 1, facts.fiscal_year_start, by) != facts.as_of + dt.timedelta(days=1):
        last -= 1  # the period that holds `as_of` has not ended
    found = found[found["period"] <= last]
    shares, active, money, revenue = _wide(found, last)
    starts = [_start(n, facts.fiscal_year_start, by) for n in active.index]
    labels = [_label(n, facts.fiscal_year_start, by) for n in active.index]
    known = months_before(facts.first.replace(day=1), -KNOWN_MONTHS)
    for frame in (shares, active, money, revenue):
        frame.index = _index(labels)
    table = shares
    table.insert(0, "customers", active["active_0"].astype("int64") if len(active) else [])
    table.insert(0, "already", [s < known for s in starts])
    table = table.astype({"already": "bool", "customers": "int64"})
    observed = "share_1" in table and bool(table["share_1"].notna().any())
    return Cohorts(
        table=table,
        tables={"active": active, "money": money, "revenue": revenue},
        source=facts.source,
        parameters={
            "by": by,
            "last": _label(last, facts.fiscal_year_start, by),
            "first": facts.first,
        },
        refusal=None if observed else NO_NEXT,
    )


def _cells(facts: Facts, by: str) -> ir.Table:
    """Per cohort and period: customers who bought, and revenue."""
    import ibis

    sales: Any = facts.sales
    date = sales.date - ibis.interval(months=facts.fiscal_year_start - 1)
    period = date.year().cast("int64")
    if by == "quarter":
        period = period * 4 + date.quarter().cast("int64") - 1
    lines: Any = sales.mutate(period=period)
    each: Any = lines.group_by("customer", "period").aggregate(
        bought=(lines.amount > 0).any(), revenue=fixed(lines.amount)
    )
    each = each.group_by("customer").mutate(cohort=each.period.min(where=each.bought))
    each = each.filter(each.period >= each.cohort)  # never bought: no cohort, no row
    return each.group_by("cohort", "period").aggregate(
        active=each.bought.sum().cast("int64"), revenue=each.revenue.sum().cast("int64")
    )


def _wide(found: Any, last: int) -> tuple[pd.DataFrame, ...]:
    """One row per cohort, one column per age; what has not been observed is NaN."""
    import numpy as np
    import pandas as pd

    rows = sorted(found["cohort"].unique().tolist())
    ages = range(last - rows[0] + 1) if rows else range(0)
    shape = (len(rows), len(ages))
    seen = np.array([[r + a <= last for a in ages] for r in rows], dtype=bool).reshape(shape)
    active, revenue = (np.where(seen, 0.0, np.nan).reshape(shape) for _ in range(2))
    at = {r: i for i, r in enumerate(rows)}
    for cohort, period, n, amount in found.itertuples(index=False, name=None):
        active[at[cohort], period - cohort] = n
        revenue[at[cohort], period - cohort] = amount / FIXED
    first = revenue[:, :1]
    with np.errstate(invalid="ignore", divide="ignore"):
        money = np.where(first > 0, revenue / first, np.nan)
        shares = active / active[:, :1]
    named = {"share": shares, "active": active, "money": money, "revenue": revenue}
    return tuple(
        pd.DataFrame(values, index=rows, columns=[f"{name}_{a}" for a in ages])
        for name, values in named.items()
    )


def _index(labels: list[str]) -> pd.Index:
    import pandas as pd

    return pd.Index(labels, name="cohort", dtype="str")


def _number(day: dt.date, fiscal_start: int, by: str) -> int:
    """Periods since year 0: of the year, or of the quarter, in which the fiscal year began."""
    months = day.year * 12 + day.month - fiscal_start
    return months // _MONTHS[by]


def _start(number: int, fiscal_start: int, by: str) -> dt.date:
    months = number * _MONTHS[by] + fiscal_start - 1
    return dt.date(months // 12, months % 12 + 1, 1)


def _label(number: int, fiscal_start: int, by: str) -> str:
    """`2025`, `2025/26`, `2025 Q3`, `2025/26 Q3`."""
    year, quarter = divmod(number, 4) if by == "quarter" else (number, None)
    name = str(year) if fiscal_start == 1 else f"{year}/{(year + 1) % 100:02d}"
    return name if quarter is None else f"{name} Q{quarter + 1}"
