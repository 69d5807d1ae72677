"""Does it add up? Rows and money read, accepted and set aside, and a reason for every row."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from salesfact._language import N_

#: Why a row is set aside: code -> text. The client's own rules bring their own text.
REASONS: dict[str, str] = {
    "surplus_columns": N_("more columns than the header"),
    "missing_columns": N_("fewer columns than the header"),
    "bad_bytes": N_("bytes that are not text in this encoding"),
    "nul_byte": N_("a NUL byte"),
    "unclosed_quote": N_("a quotation mark that is never closed"),
    "repeated_header": N_("the header again"),
    "totals_row": N_("a totals row"),
    "page_head": N_("a page heading"),
    "dropped_by_query": N_("left out by the query that joins the files"),
    "missing_customer": N_("no customer"),
    "unreadable_date": N_("a date that cannot be read"),
    "unreadable_amount": N_("an amount that cannot be read"),
    "overflow": N_("an amount too large to be money"),
    "no_fx_rate": N_("no exchange rate on or before the day"),
    "duplicate": N_("an exact copy of an earlier line"),
}

#: The four buckets every row falls into.
BUCKETS: dict[str, str] = {
    "accepted": N_("accepted"),
    "later": N_("accepted, after the last complete month"),
    "set_aside": N_("set aside, money readable"),
    "unreadable": N_("set aside, money not readable"),
}


def split(days: Iterable[Any], as_of: dt.date) -> list[dict[str, Any]]:
    """Accepted rows and money up to `as_of` and after it, by currency.

    Parameters
    ----------
    days : iterable of (day, currency, rows, money)
        The day in ISO form, the money as text.
    """
    totals: dict[tuple[str, str], tuple[int, Decimal]] = {}
    limit = as_of.isoformat()
    for day, currency, rows, money in days:
        for bucket in ("accepted", "later"):
            totals.setdefault((bucket, currency), (0, Decimal(0)))
        at = ("accepted" if day <= limit else "later", currency)
        n, total = totals[at]
        totals[at] = (n + rows, total + Decimal(money))
    return [
        {"bucket": bucket, "currency": currency, "rows": n, "money": str(total)}
        for (bucket, currency), (n, total) in sorted(totals.items())
    ]


def told_as_of(ledger: Mapping[str, Any], days: Iterable[Any], as_of: dt.date) -> dict[str, Any]:
    """The same ledger, its accepted rows divided at another day."""
    rest = [b for b in ledger["buckets"] if b["bucket"] not in ("accepted", "later")]
    return {**ledger, "as_of": as_of.isoformat(), "buckets": [*split(days, as_of), *rest]}
