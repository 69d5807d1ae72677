"""Whom should we call first? Who went silent or brings in less, then the uncertain, by money."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from salesfact._drift import drift
from salesfact._language import language
from salesfact._moving import joined
from salesfact._moving_told import SILENCE, reasons
from salesfact._priorities_told import Priorities
from salesfact._priorities_words import NOBODY_KNOWN
from salesfact._rhythm import rhythm
from salesfact._store import stored

if TYPE_CHECKING:
    import pandas as pd

    from salesfact._drift_told import Drift
    from salesfact._facts import Facts
    from salesfact._rhythm_told import Rhythm

_ORDER = ["certified", "at_stake"]
_OF_RHYTHM = ("last_order", "usual_gap_days", "open_gap_days")
_OF_REASON = ("since", "group", "before", "now", "months", "also", "perhaps")


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
        The customers certified by `rhythm` (gone silent) or by `drift` (still buy, but bring in
        less), by money at stake, and after them those on either's watch list (`certified` tells
        which); equal customers share a rank. Each stands there once, with its weightiest certain
        loss, and its money counts once, as in `moving`. Customers with no money at stake are left
        out, and counted. Where the history is too short for `drift`, the list is that of `rhythm`.

    Raises
    ------
    LeakageError, FactsError
        See `Facts.cut`.

    Examples
    --------
    >>> from salesfact import Facts
    >>> from salesfact._synth import buying_world
    >>> r = priorities(Facts.from_frames(buying_world(1, customers=60, k=3.0).frame()))
    >>> r.table["certified"].is_monotonic_decreasing  # the certain ones first
    True
    """
    facts = facts if as_of is None else facts.cut(as_of)
    silence, change = rhythm(facts), drift(facts)
    found = ordered(joined(silence, change, at_stake=True))
    table = found[["name"]].copy()
    table.insert(0, "rank", ranks(found))
    table["rep"] = found["rep"].astype("str") if "rep" in found else _empty_text(found)
    known: Any = silence.table.reindex(found.index)
    quiet = found["kind"] == SILENCE
    said = found["kind"].where(found["certified"], found["status"])
    table["status"] = said.where(~quiet, known["status"]).astype("str")
    table["kind"], table["certified"] = found["kind"].astype("str"), found["certified"]
    table["silent"], table["at_stake"] = found["certified"] & quiet, found["at_stake"]
    for name in _OF_RHYTHM:  # of all of them: also of those who still buy
        table[name] = known[name].astype(silence.table[name].dtype)
    for name in _OF_REASON:
        table[name] = found[name]
    table["reason"] = reasons(table, language(facts.language))
    late = int((quiet & ~found["certified"]).sum())
    untold = silence.refusal is not None and change.refusal is not None
    return Priorities(
        table=table,
        source=facts.source,
        parameters={
            "money": facts.money,
            "level": silence.parameters["level"],
            # those of the watch list who are listed as late: no more of them than of all
            "watch_late": min(silence.figures["watch_late"].value, late) if late else 0,
            "left_out": len(_losing(silence, change).difference(table.index)),
            "drift_told": change.refusal is None,
        },
        refusal=NOBODY_KNOWN if untold else None,
    )


def ordered(found: Any) -> Any:
    """Certified before watched, by money; equals by customer."""
    return found.sort_index().sort_values(_ORDER, ascending=False, kind="stable")


def ranks(found: Any) -> Any:
    """Places in the sorted list; equal customers share one."""
    import numpy as np

    keys = found[_ORDER]
    first = (keys != keys.shift()).any(axis=1).to_numpy()
    return np.maximum.accumulate(np.where(first, np.arange(1, len(keys) + 1), 1))


def _losing(silence: Rhythm, change: Drift) -> pd.Index:
    """All who are silent, late or may bring in less, with money at stake or without."""
    quiet: Any = silence.table
    changed: Any = change.table
    late = quiet.index[quiet["silent"] | quiet["watch"]]
    return late.union(changed.index[changed["loss"]].unique())


def _empty_text(table: Any) -> Any:
    import pandas as pd

    return pd.Series([None] * len(table), index=table.index, dtype="str")
