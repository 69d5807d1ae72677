"""Does it add up? Rows and money read, accepted and set aside, and a reason for every row."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from salesfact._language import N_
from salesfact._said import Said, said

#: What to do where the books do not balance.
OURS = N_("this is a fault of salesfact: please report it")
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
    "other_currency": N_("another currency in the cell"),
    "no_fx_rate": N_("no exchange rate on or before the day"),
    "far_date": N_("a date far from all others"),
    "duplicate": N_("an exact copy of an earlier line"),
}

#: No lines of sales: what a printer or a programme put between them.
FURNITURE = ("repeated_header", "totals_row", "page_head")
#: Rows whose fields do not stand where the header says: what is read in them is not known to be it.
SHIFTED = ("surplus_columns", "missing_columns", "unclosed_quote")
#: Rows without money and currency, whatever may stand in their columns.
MONEYLESS = (*FURNITURE, *SHIFTED)

#: More than this share of the money without a margin, and margins are not used.
MARGIN_LIMIT = 0.02
#: Days without a line before `as_of` that may mean the export ends earlier, not the sales.
QUIET_DAYS = 7
#: A client is fit for a report if at least this share of the readable money is accepted, and the
#: money of at most the rest of the rows is unknown. Free of the rows its own rules set aside.
FIT = 0.8
#: Rows whose money is not known in the client's currency, though they may be sales.
UNKNOWN = (*SHIFTED, "unreadable_amount", "overflow", "other_currency", "no_fx_rate")

#: The buckets every row falls into; the last two hold rows, but neither money nor a currency.
BUCKETS: dict[str, str] = {
    "accepted": N_("accepted"),
    "later": N_("accepted, after the last day counted"),
    "set_aside": N_("set aside, money readable"),
    "unreadable": N_("set aside, money not readable"),
    "furniture": N_("page heads and totals rows"),
}


def split(days: Iterable[Any], as_of: dt.date) -> list[dict[str, Any]]:
    """Accepted rows and money up to `as_of` and after it, by currency.

    Parameters
    ----------
    days : iterable of (day, currency, rows, money, size)
        The day in ISO form; the money in the source's currency and its size (the sum without
        signs, in the client's currency) as text.
    """
    totals: dict[tuple[str, str], tuple[int, Decimal, Decimal]] = {}
    limit = as_of.isoformat()
    for day, currency, rows, money, size in days:
        for bucket in ("accepted", "later"):
            totals.setdefault((bucket, currency), (0, Decimal(0), Decimal(0)))
        at = ("accepted" if day <= limit else "later", currency)
        n, total, whole = totals[at]
        totals[at] = (n + rows, total + Decimal(money), whole + Decimal(size))
    return [
        {
            "bucket": bucket,
            "currency": currency,
            "rows": n,
            "money": str(total),
            "size": str(size),
        }
        for (bucket, currency), (n, total, size) in sorted(totals.items())
    ]


def complete_months(days: Iterable[dt.date]) -> tuple[dt.date, bool]:
    """The end of the last complete month, and whether there is one.

    A month is complete if later lines exist, or if the weekdays from its last line to its end do
    not exceed the 95 % quantile of the same figure in earlier months. Without a complete month,
    the last day with lines.

    Parameters
    ----------
    days : iterable of date
        The days with accepted lines.
    """
    import numpy as np

    last: dict[tuple[int, int], dt.date] = {}
    for day in days:
        month = (day.year, day.month)
        last[month] = max(day, last.get(month, day))
    if not last:
        raise ValueError("no days")
    months = sorted(last)
    left = [_weekdays_left(last[m]) for m in months]
    limit = float(np.quantile(left[:-1], 0.95)) if len(left) > 1 else 0.0
    if left[-1] <= limit:
        return month_end(last[months[-1]]), True
    if len(months) > 1:
        return last[months[-1]].replace(day=1) - dt.timedelta(days=1), True
    return last[months[-1]], False


def _weekdays_left(day: dt.date) -> int:
    """Mondays to Fridays after a day, up to the end of its month."""
    end = month_end(day)
    return sum((day + dt.timedelta(days=i)).weekday() < 5 for i in range(1, (end - day).days + 1))


def month_end(day: dt.date) -> dt.date:
    """The last day of the month."""
    following = (day.replace(day=28) + dt.timedelta(days=4)).replace(day=1)
    return following - dt.timedelta(days=1)


def quiet_days(ledger: Mapping[str, Any], as_of: dt.date) -> int:
    """Days from the last accepted line to `as_of`; 0 where there are later ones or no export."""
    last = ledger.get("last") or as_of.isoformat()
    return max(0, (as_of - dt.date.fromisoformat(last)).days)


def told_as_of(ledger: Mapping[str, Any], days: Iterable[Any], as_of: dt.date) -> dict[str, Any]:
    """The same ledger, its accepted rows divided at another day."""
    rest = [b for b in ledger["buckets"] if b["bucket"] not in ("accepted", "later")]
    return {**ledger, "as_of": as_of.isoformat(), "buckets": [*split(days, as_of), *rest]}


def ledger_rows(ledger: Mapping[str, Any]) -> list[tuple[str, str, int, str]]:
    """The ledger line by line: what, currency, rows, money as text (empty: not readable)."""
    found = [
        (BUCKETS[b["bucket"]], b["currency"], b["rows"], b["money"] or "")
        for b in ledger["buckets"]
    ]
    found += [("rounding", r["currency"], 0, r["money"]) for r in ledger["rounding"]]
    money = ledger["money_read"]
    found += [("read", c, rows, money.get(c, "")) for c, rows in rows_by_currency(ledger).items()]
    found += [
        (
            said(N_("set aside: {reason}"), reason=reason_told(r)),
            r["currency"],
            r["rows"],
            r["money"] if r["readable"] else "",
        )
        for r in ledger["reasons"]
    ]
    return found


def reason_told(reason: Mapping[str, Any]) -> Said:
    """A reason that can be told in any language; a client's own words stay as they are."""
    if reason["code"].startswith("rule_"):
        return said("{text}", text=str(reason["text"]))
    return said(reason["text"])


def rows_by_currency(ledger: Mapping[str, Any]) -> dict[str, int]:
    """Rows read in each currency; rows without money beside the only one, or apart from several."""
    rows = dict.fromkeys(ledger["currencies"], 0)
    alone = ledger["currencies"][0] if len(ledger["currencies"]) == 1 else ""
    for b in ledger["buckets"]:
        name = b["currency"] or alone
        rows[name] = rows.get(name, 0) + b["rows"]
    return rows


def margin_lacks(ledger: Mapping[str, Any]) -> bool:
    """Whether too many lines are without a margin for margins to be used."""
    return ledger["signs"]["no_margin_share"] > MARGIN_LIMIT


def lost_reasons(ledger: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The reasons that may have cost sales: not furniture, copies or the client's own rules."""
    return [
        r
        for r in ledger["reasons"]
        if r["code"] not in (*FURNITURE, "duplicate") and not r["code"].startswith("rule_")
    ]


def fitness(ledger: Mapping[str, Any]) -> dict[str, float]:
    """How much of what could be sales is there: `money` and `rows`, shares from 0 to 1.

    `money` is the size of accepted lines over that of all lines with readable money: Σ|amount| over
    Σ|amount|, in the client's currency. `rows` is the share of the rows of sales whose money is
    known: a row without a customer has its money, and counts in the first share only. What the
    client's own rules and `duplicates: drop` set aside is in neither.
    """
    accepted = [b for b in ledger["buckets"] if b["bucket"] in ("accepted", "later")]
    lost = lost_reasons(ledger)
    kept = sum((Decimal(b["size"]) for b in accepted), Decimal(0))
    size = kept + sum((Decimal(r["size"]) for r in lost), Decimal(0))
    rows = sum(b["rows"] for b in accepted) + sum(r["rows"] for r in lost)
    unknown = sum(r["rows"] for r in lost if r["code"] in UNKNOWN)
    return {
        "money": float(kept / size) if size else 1.0,
        "rows": 1 - unknown / rows if rows else 1.0,
    }
