"""Which product groups does each customer buy, month by month?"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

    from salesfact._facts import Facts


def group_levels(facts: Facts) -> list[str]:
    """The levels of product groups that tell groups apart, the broadest first; none without any."""
    known = [level for level in ("group1", "group2", "group3") if level in facts.has]
    if not known:
        return []
    sales: Any = facts.sales
    groups = facts.fetch(sales.aggregate([sales[level].nunique().name(level) for level in known]))
    levels, most = [], 1
    for level in known:
        count = int(groups[level].iloc[0])
        if count > most:  # a level with no more groups than the one above says the same
            levels.append(level)
            most = count
    return levels


def every_level(
    facts: Facts, levels: list[str], broadest: pd.DataFrame
) -> tuple[pd.DataFrame, dict[str, str]]:
    """Cells of all levels in one frame, and the group each finer group belongs to.

    Parameters
    ----------
    levels : list of str
        From `group_levels`.
    broadest : DataFrame
        `group_cells` of the first of them.

    Returns
    -------
    cells : DataFrame
        As `group_cells`; a finer group named like a broader one is left out, as a reader could not
        tell which of them is meant.
    above : dict
        Group -> the broader group under which most of its lines stand.
    """
    import pandas as pd

    parts, above = [broadest], {}
    taken = set(broadest["group"].unique())
    for upper, level in itertools.pairwise(levels):
        cells: Any = group_cells(facts, level)
        parts.append(cells[~cells["group"].isin(taken)])
        sales: Any = facts.sales
        pairs = sales.filter(sales[level].notnull() & sales[upper].notnull())
        lines: Any = facts.fetch(
            pairs.group_by(group=pairs[level], above=pairs[upper]).aggregate(n=pairs.count())
        ).sort_values("n", kind="stable")
        own = lines[~lines["group"].isin(taken)]
        above |= dict(zip(own["group"], own["above"], strict=True))
        taken |= set(cells["group"].unique())
    return pd.concat(parts, ignore_index=True), above


def group_cells(facts: Facts, level: str) -> pd.DataFrame:
    """One row per customer, product group and month.

    Returns
    -------
    DataFrame
        `customer`, `group`, `month` (timestamp of its first day), `days` (with a positive line),
        `money` (`facts.money`), `amount` and `margin` of positive lines; sorted.
    """
    import ibis

    sales: Any = facts.sales
    bought = sales.amount > 0

    def total(column: Any, where: Any = None) -> Any:
        return ibis.coalesce(column.sum(where=where), 0)

    return facts.fetch(
        sales.filter(sales[level].notnull())
        .group_by(customer=sales.customer, group=sales[level], month=sales.date.truncate("M"))
        .aggregate(
            days=sales.date.truncate("D").nunique(where=bought),
            money=total(sales[facts.money]),
            amount=total(sales.amount, bought),
            margin=total(sales.margin, bought),
        )
    )
