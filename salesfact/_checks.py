"""What do the books show? Scans over the typed lines: balance, signs, codes, control totals."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from salesfact._ledger import BUCKETS, FURNITURE, MONEYLESS, complete_months, split

# Each scan reads the view `typed`: one row per staged row, see `_typed.typed_lines`.

#: A day's accepted lines: day, source currency, rows, money, its size in the client's currency.
Day = tuple[str, str, int, str, str]
#: Whether the money of a row may be counted, see `_ledger.MONEYLESS`.
_COUNTS = f"(_reason IS NULL OR _reason NOT IN {MONEYLESS})"


def days(con: Any, currency: str, money: str) -> list[Day]:
    """Accepted rows and money by day and source currency."""
    found = con.execute(f"""
        SELECT CAST(date AS DATE) AS day, {currency} AS currency, count(*), sum({money}),
            sum(abs(amount))
        FROM typed WHERE _reason IS NULL GROUP BY ALL ORDER BY ALL
    """).fetchall()
    return [(d.isoformat(), c, n, str(m), str(s)) for d, c, n, m, s in found]


def reasons(con: Any, currency: str, money: str) -> list[dict[str, Any]]:
    """Rows set aside by reason and currency; the money of those that can be read.

    Rows without money have no currency either (it is an empty text). `size` is the sum of money
    without signs, in the client's currency, of rows that could be converted.
    """
    found = con.execute(f"""
        SELECT _reason,
            CASE WHEN {_COUNTS} THEN coalesce(_mark, {currency}) ELSE '' END AS currency, count(*),
            count(coalesce(_exact, {money})) FILTER ({_COUNTS}),
            sum(coalesce(_exact, CAST({money} AS DECIMAL(38,10)))) FILTER ({_COUNTS}),
            coalesce(sum(abs(amount)) FILTER ({_COUNTS} AND _mark IS NULL), 0)
        FROM typed WHERE _reason IS NOT NULL GROUP BY ALL ORDER BY ALL
    """).fetchall()
    return [
        {
            "code": code,
            "currency": c,
            "rows": rows,
            "readable": readable,
            "money": str(plain(total or Decimal(0))),
            "size": str(size),
        }
        for code, c, rows, readable, total, size in found
    ]


def rounding(con: Any, currency: str, money: str) -> list[dict[str, Any]]:
    """Accepted rows whose amount has more than four decimals, and what storing them changed."""
    found = con.execute(f"""
        SELECT {currency}, count(*), sum(_exact - {money})
        FROM typed WHERE _exact IS NOT NULL AND _reason IS NULL
        GROUP BY ALL HAVING count(*) > 0 ORDER BY ALL
    """).fetchall()
    return [{"currency": c, "rows": n, "money": str(plain(m))} for c, n, m in found]


def read(con: Any, currency: str, money: str) -> dict[str, Any]:
    """All rows and all readable money of lines, apart from any bucket."""
    rows = con.execute("SELECT count(*) FROM typed").fetchone()[0]
    total: dict[str, Decimal] = {}
    # marked rows are few or none: apart, so that the others need no look at their mark
    for which, name in (("_mark IS NULL", currency), ("_mark IS NOT NULL", "_mark")):
        found = con.execute(f"""
            SELECT {name}, sum({money}) FILTER (_exact IS NULL), sum(_exact)
            FROM typed WHERE {_COUNTS} AND {which} GROUP BY ALL ORDER BY ALL
        """).fetchall()
        for c, a, b in found:
            total[c] = total.get(c, Decimal(0)) + (a or Decimal(0)) + (b or Decimal(0))
    return {"rows": rows, "money": {c: str(plain(m)) for c, m in total.items()}}


def rules(con: Any, reasons: Sequence[str]) -> list[dict[str, Any]]:
    """How many rows each of the client's own rules hits, and for how many it cannot be told."""
    told = []
    for i, reason in enumerate(reasons, start=1):
        hit, untold = con.execute(
            f"SELECT count(*) FILTER (_rule_{i}), count(*) - count(_rule_{i}) FROM typed"
        ).fetchone()
        told.append({"reason": reason, "rows": hit, "untold": untold})
    return told


def signs(con: Any, roles: Sequence[str], as_of: dt.date) -> dict[str, Any]:
    """Accepted lines below zero, and lines without a margin, in the client's currency.

    `mostly_negative`: the total is below zero, or more than half of the amounts are. The share
    without margin is Σ|amount| of such lines over Σ|amount|, of all lines or of the twelve months
    up to `as_of`, whichever is larger: a gap hides best in a long history, and hurts most at its
    end.
    """
    lacks = "margin IS NULL AND amount <> 0" if "margin" in roles else "false"
    year = f"date >= TIMESTAMP '{as_of.isoformat()}' - INTERVAL 1 YEAR"
    rows, negative, total, without, size, size_12m, lost, lost_12m = con.execute(f"""
        SELECT count(*), count(*) FILTER (amount < 0), coalesce(sum(amount), 0),
            count(*) FILTER ({lacks}),
            coalesce(sum(abs(amount)), 0), coalesce(sum(abs(amount)) FILTER ({year}), 0),
            coalesce(sum(abs(amount)) FILTER ({lacks}), 0),
            coalesce(sum(abs(amount)) FILTER ({lacks} AND {year}), 0)
        FROM typed WHERE _reason IS NULL
    """).fetchone()
    shares = [float(a / b) for a, b in ((lost, size), (lost_12m, size_12m)) if b]
    return {
        "rows": rows,
        "negative_rows": negative,
        "total": str(total),
        "mostly_negative": total < 0 or 2 * negative > rows,
        "no_margin_rows": without,
        "no_margin_share": max(shares, default=0.0),
    }


def codes_by_case(con: Any, roles: Sequence[str]) -> dict[str, list[str]]:
    """Codes that look like one: alike but for case, leading noughts or a decimal `.0`.

    `85123A` and `85123a`, `00001001` and `1001`, `1001.0` and `1001`; from the tables of codes.
    """
    found = {}
    for role, table in (("customer", "buyers"), ("product", "goods")):
        if role not in roles:
            continue
        groups = con.execute(f"""
            SELECT string_agg({role}, ' / ' ORDER BY {role}) FROM {table}
            GROUP BY ltrim(regexp_replace(lower({role}), '^([0-9]+)[.,]0+$', '\\1'), '0')
            HAVING count(*) > 1 ORDER BY count(*) DESC, 1
        """).fetchall()
        found[role] = [g[0] for g in groups]
    return found


def totals_rows(con: Any, money: str) -> list[dict[str, Any]]:
    """Each totals row against the lines above it: since the totals row before, or since the start.

    The nearer of the two is what it sums up. Every line with readable money is in the sum, set
    aside or not; `unreadable` says how many lines are missing in it.
    """
    found = con.execute(f"""
        WITH totals AS (
            SELECT row, _file, _line, {money} AS said,
                lag(row, 1, 0) OVER (ORDER BY row) AS before
            FROM typed WHERE _reason = 'totals_row' ORDER BY row LIMIT 1000),
        lines AS (
            SELECT row, CASE WHEN {_COUNTS} THEN
                coalesce(_exact, CAST({money} AS DECIMAL(38,10))) END AS money
            FROM typed WHERE _reason IS NULL OR _reason NOT IN {FURNITURE})
        SELECT t._file, t._line, t.said,
            sum(s.money) FILTER (s.row > t.before), sum(s.money),
            count(s.row) FILTER (s.row > t.before AND s.money IS NULL),
            count(s.row) FILTER (s.money IS NULL)
        FROM totals t LEFT JOIN lines s ON s.row < t.row
        WHERE t.said IS NOT NULL GROUP BY ALL ORDER BY min(t.row)
    """).fetchall()
    told = []
    for file, line, said, part, whole, part_unread, whole_unread in found:
        sums = [(Decimal(part or 0), part_unread), (Decimal(whole or 0), whole_unread)]
        nearest, unread = min(sums, key=lambda s: abs(said - s[0]))
        told.append(control(f"{file}:{line}", said, nearest, unread))
    return told


def control(what: str, stated: Any, found: Any, unreadable: int) -> dict[str, Any]:
    """A control total beside what the lines add up to."""
    return {
        "what": what,
        "stated": str(stated),
        "found": str(plain(found)),
        "difference": str(plain(stated - found)),
        "unreadable": unreadable,
    }


def missing(con: Any, roles: Sequence[str]) -> dict[str, int]:
    """Accepted rows without a value, by optional role."""
    wanted = [r for r in sorted(roles) if r not in ("product_name", "customer_name")]
    if not wanted:
        return {}
    listed = ", ".join(f'count(*) - count("{r}")' for r in wanted)
    row = con.execute(f"SELECT {listed} FROM typed WHERE _reason IS NULL").fetchone()
    return {r: n for r, n in zip(wanted, row, strict=True) if n}


def fixed_days(by_day: Sequence[Day]) -> dict[str, Any]:
    """Whether invoices are dated on fixed days: the most common day of the month.

    Month ends count as one day. Invoicing on any weekday puts about .05 of the lines on a day.
    """
    counts: dict[str, int] = {}
    for day, _, rows, _, _ in by_day:
        date = dt.date.fromisoformat(day)
        last = (date + dt.timedelta(days=1)).month != date.month
        name = "last" if last else str(date.day)
        counts[name] = counts.get(name, 0) + rows
    total = sum(counts.values())
    if not total:
        return {"day": None, "share": 0.0, "fixed": False}
    day, rows = max(counts.items(), key=lambda kv: (kv[1], kv[0]))
    share = rows / total
    months = len({d[0][:7] for d in by_day})
    return {"day": day, "share": share, "fixed": share >= 0.3 and months >= 3}


def plain(x: Decimal) -> Decimal:
    """A Decimal without noughts at its end."""
    x = Decimal(x)
    return x.quantize(Decimal(1)) if x == x.to_integral_value() else x.normalize()


def balance(ledger: dict[str, Any]) -> bool:
    """Rows and money read equal the sum of the buckets and of rounding, in every currency."""
    rows = sum(b["rows"] for b in ledger["buckets"])
    if rows != ledger["rows_read"]:
        return False
    for currency, total in ledger["money_read"].items():
        parts = [
            Decimal(b["money"])
            for b in ledger["buckets"]
            if b["currency"] == currency and b["money"] is not None
        ]
        parts += [Decimal(r["money"]) for r in ledger["rounding"] if r["currency"] == currency]
        if sum(parts, Decimal(0)) != Decimal(total):
            return False
    return True


def buckets(
    by_day: Sequence[Day], aside: Sequence[dict[str, Any]], as_of: dt.date
) -> list[dict[str, Any]]:
    """Rows and money in the buckets: those with money by currency, those without once."""
    found = split(by_day, as_of)
    told = [r for r in aside if r["code"] not in FURNITURE]
    for currency in sorted({r["currency"] for r in told if r["readable"]}):
        own = [r for r in told if r["currency"] == currency and r["readable"]]
        found.append(
            {
                "bucket": "set_aside",
                "currency": currency,
                "rows": sum(r["readable"] for r in own),
                "money": str(sum((Decimal(r["money"]) for r in own), Decimal(0))),
                "size": str(sum((Decimal(r["size"]) for r in own), Decimal(0))),
            }
        )
    without = {
        "unreadable": sum(r["rows"] - r["readable"] for r in told),
        "furniture": sum(r["rows"] for r in aside if r["code"] in FURNITURE),
    }
    found += [
        {"bucket": name, "currency": "", "rows": rows, "money": None, "size": "0"}
        for name, rows in without.items()
        if rows
    ]
    order = list(BUCKETS)
    return sorted(found, key=lambda b: (order.index(b["bucket"]), b["currency"]))


def last_complete(by_day: Sequence[Day]) -> tuple[dt.date, bool]:
    """The default `as_of`, and whether a complete month was found."""
    return complete_months([dt.date.fromisoformat(d[0]) for d in by_day])
