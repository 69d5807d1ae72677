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

# who stands for no money is called after everybody who does
_ORDER = ["worth", "silent", "at_stake"]


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
        here, so that the numbers are those of `rhythm`; who stands for no money comes last of all.

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
    found = ordered(found)
    table = found[["name"]].copy()
    table.insert(0, "rank", ranks(found))
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


def ordered(found: Any) -> Any:
    """Those worth money first, certified before watched, by money; equals by customer."""
    found = found.assign(worth=found["at_stake"] > 0).sort_index()
    return found.sort_values(_ORDER, ascending=False, kind="stable")


def ranks(found: Any) -> Any:
    """Places in the sorted list; equal customers share one."""
    import numpy as np

    keys = found[_ORDER]
    first = (keys != keys.shift()).any(axis=1).to_numpy()
    return np.maximum.accumulate(np.where(first, np.arange(1, len(keys) + 1), 1))


def _empty_text(table: Any) -> Any:
    import pandas as pd

    return pd.Series([None] * len(table), index=table.index, dtype="str")
