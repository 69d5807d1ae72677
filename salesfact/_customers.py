"""Who carries us? Concentration of margin over customers."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from salesfact._customers_told import NO_TOTAL, NOTHING, Customers
from salesfact._periods import FIXED, Period, fixed, orders, with_names
from salesfact._store import stored

if TYPE_CHECKING:
    import pandas as pd

    from salesfact._facts import Facts

A_LIMIT = 0.80  # class A: the customers that together bring the first 80 % of positive money
B_LIMIT = 0.95  # class B: those that bring it to 95 %; class C: all others


def abc(money: pd.Series, *, a: float = A_LIMIT, b: float = B_LIMIT) -> pd.Series:
    """Class A, B or C by what larger customers already bring.

    A customer is A when all strictly larger customers together bring less than `a` of the
    positive money, B when they bring less than `b`, else C; one that brings nothing or costs
    money is C. The customer that crosses a limit therefore belongs to the class before it, and
    equal customers always share a class.

    Parameters
    ----------
    money : Series
        Margin or revenue per customer, sorted falling, in whole units so that sums are exact.
    """
    import numpy as np
    import pandas as pd

    positive = money.clip(lower=0)
    # what strictly larger customers bring: the running sum before the first of the equals
    larger = (positive.cumsum() - positive).groupby(money).transform("min")
    total = positive.sum()
    limits = [money <= 0, larger < a * total, larger < b * total]
    return pd.Series(np.select(limits, ["C", "A", "B"], "C"), index=money.index, dtype="str")


@stored
def customers(facts: Facts, *, as_of: dt.date | None = None) -> Customers:
    """Who carries us? The last twelve months by customer, and how concentrated they are.

    Parameters
    ----------
    facts : Facts
        The client's facts.
    as_of : date, optional
        Look back from this day instead of the facts' own `as_of`.

    Returns
    -------
    Customers
        One row per customer with a line in the period, largest margin first (revenue where the
        client has no margins; `parameters["money"]` says which).

    Notes
    -----
    The whale curve is the running sum of margin, largest customer first, divided by the total:
    it passes 100 % and falls back where customers cost money. Classes follow `abc` (80 and 95 %
    of the positive money). With p_i the customer's part of the positive money, Herfindahl is
    H = sum(p_i ** 2) and the effective number of customers 1 / H: that many equally large
    customers would be as concentrated (Adelman 1969, Review of Economics and Statistics 51,
    99-101). The whale curve is from Kaplan and Narayanan 2001, Journal of Cost Management 15,
    5-15.

    Raises
    ------
    LeakageError, FactsError
        See `Facts.cut`.

    Examples
    --------
    >>> import pandas as pd, salesfact as sf
    >>> lines = pd.DataFrame({"customer": ["a", "b"], "date": "2026-01-31", "amount": [3.0, 1.0]})
    >>> sf.customers(sf.Facts.from_frames(lines)).table["share"].tolist()
    [0.75, 0.25]
    """
    facts = facts if as_of is None else facts.cut(as_of)
    period = Period.last(facts.as_of)
    lines = facts.sales.filter(period.holds(facts.sales["date"]))
    found: Any = facts.fetch(
        with_names(
            facts,
            lines.group_by("customer").aggregate(
                margin=fixed(lines["margin"]),
                revenue=fixed(lines["amount"]),
                orders=orders(facts, lines),
            ),
        )
    )
    kind = "margin" if facts.money == "margin" else "revenue"
    found = found.sort_values([kind, "customer"], ascending=[False, True]).set_index("customer")
    money, total = found[kind], int(found[kind].sum())
    table = found[["name"]].copy()
    if kind == "margin":
        table["margin"] = found["margin"] / FIXED
    table["revenue"] = found["revenue"] / FIXED
    # the total may be zero or negative: then a share means nothing and stays empty
    table["share"] = money / total if total > 0 else float("nan")
    table["cumulative_share"] = money.cumsum() / total if total > 0 else float("nan")
    table["rank"] = money.rank(method="min", ascending=False).astype("int64")
    table["class"] = abc(money)
    table["orders"] = found["orders"].astype("int64")
    return Customers(
        table=table,
        source=facts.source,
        parameters={
            "money": kind,
            "months": period.months,
            "start": period.start,
            "first": facts.first,
        },
        refusal=None if total > 0 else NO_TOTAL if len(table) else NOTHING,
    )
