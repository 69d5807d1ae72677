"""Whom should we call first? Customers who went silent, then those merely late, by money."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from salesfact._language import language
from salesfact._priorities_told import NOBODY_KNOWN, Priorities, reasons
from salesfact._rhythm import rhythm
from salesfact._store import stored

if TYPE_CHECKING:
    from salesfact._facts import Facts


@stored
def priorities(facts: Facts, *, as_of: dt.date | None = None) -> Priorities:
    """Whom should we call first? Each customer with its money at stake and why it is listed.

    Parameters
    ----------
    facts : Facts
        The client's facts.
    as_of : date, optional
        Look back from this day instead of the facts' own `as_of`.

    Returns
    -------
    Priorities
        The customers certified as silent by `rhythm`, by money at stake, and after them those on
        its watch list (`silent` tells which); equal customers share a rank. All of them are
        here, so that the numbers are those of `rhythm`; who stands for no money comes last.

    Raises
    ------
    LeakageError, FactsError
        See `Facts.cut`.

    Examples
    --------
    >>> from salesfact import Facts
    >>> from salesfact._synth import buying_world
    >>> r = priorities(Facts.from_frames(buying_world(1, customers=60, k=3.0).frame()))
    >>> r.table["silent"].is_monotonic_decreasing  # the certain ones first
    True
    """
    facts = facts if as_of is None else facts.cut(as_of)
    told = rhythm(facts)
    found: Any = told.table
    found = found[found["silent"] | found["watch"]]
    # sorted by customer first, so that equals always stand in the same order
    found = found.sort_index()
    found = found.sort_values(["silent", "at_stake"], ascending=[False, False], kind="stable")
    table = found[["name"]].copy()
    table.insert(0, "rank", _ranks(found))
    table["rep"] = found["rep"].astype("str") if "rep" in found else _empty_text(found)
    for name in ("status", "silent", "at_stake", "last_order", "usual_gap_days", "open_gap_days"):
        table[name] = found[name]
    table["reason"] = reasons(table, language(facts.language))
    return Priorities(
        table=table,
        source=facts.source,
        parameters={
            "money": facts.money,
            "level": told.parameters["level"],
            "watch_late": told.figures["watch_late"].value if len(table) else 0,
        },
        refusal=None if told.refusal is None else NOBODY_KNOWN,
    )


def _ranks(found: Any) -> Any:
    """Places in the list, certified before watched; equal customers share one."""
    by_money = found.groupby("silent")["at_stake"].rank(method="min", ascending=False)
    return (by_money + (~found["silent"]) * int(found["silent"].sum())).astype("int64")


def _empty_text(table: Any) -> Any:
    import pandas as pd

    return pd.Series([None] * len(table), index=table.index, dtype="str")
