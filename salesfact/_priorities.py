"""Whom should we call first? Customers who went silent or fell behind, by the money at stake."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from salesfact._language import Language, language
from salesfact._priorities_told import EVERY_DAY, NOBODY_KNOWN, REASON, REASON_UNUSUAL, Priorities
from salesfact._rhythm import rhythm
from salesfact._store import stored

if TYPE_CHECKING:
    import pandas as pd

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
        Customers certified as silent by `rhythm`, or on its watch list (`silent` tells which),
        by money at stake; equal customers share a rank. Customers who stand for no money (or
        cost some) are left out; they are in `rhythm`.

    Raises
    ------
    LeakageError, FactsError
        See `Facts.cut`.

    Examples
    --------
    >>> from salesfact import Facts
    >>> from salesfact._synth import buying_world
    >>> r = priorities(Facts.from_frames(buying_world(1, customers=60, k=3.0).frame()))
    >>> bool((r.table["at_stake"] > 0).all())
    True
    """
    facts = facts if as_of is None else facts.cut(as_of)
    told = rhythm(facts)
    found: Any = told.table
    found = found[(found["silent"] | found["watch"]) & (found["at_stake"] > 0)]
    # sorted by customer first, so that equals always stand in the same order
    found = found.sort_index().sort_values("at_stake", ascending=False, kind="stable")
    table = found[["name"]].copy()
    ranks = found["at_stake"].rank(method="min", ascending=False)
    table.insert(0, "rank", ranks.astype("int64"))
    table["rep"] = found["rep"].astype("str") if "rep" in found else _empty_text(found)
    for name in ("status", "silent", "at_stake", "last_order", "usual_gap_days", "open_gap_days"):
        table[name] = found[name]
    table["reason"] = reasons(table, language(facts.language))
    return Priorities(
        table=table,
        source=facts.source,
        parameters={"money": facts.money, "level": told.parameters["level"]},
        refusal=None if told.refusal is None else NOBODY_KNOWN,
    )


def reasons(table: pd.DataFrame, lang: Language) -> pd.Series:
    """Why each customer is listed, with dates and figures, in the reader's language."""
    import pandas as pd

    said = []
    for usual, open_gap, last in zip(
        table["usual_gap_days"], table["open_gap_days"], table["last_order"], strict=True
    ):
        days = None if pd.isna(usual) else round(float(usual))
        if days is None:
            text = lang.text(*REASON_UNUSUAL, n=open_gap)
        elif days <= 1:
            text = lang.text(*EVERY_DAY, n=open_gap)
        else:
            text = lang.text(*REASON, n=open_gap)
        said.append(
            text.format(
                usual=lang.value(days, "days"),
                last=lang.value(last, "date"),
                open=lang.value(open_gap, "days"),
            )
        )
    return pd.Series(said, index=table.index, dtype="str")


def _empty_text(table: Any) -> Any:
    import pandas as pd

    return pd.Series([None] * len(table), index=table.index, dtype="str")
