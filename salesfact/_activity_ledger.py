"""Does the activity log add up? Rows and hours read, accepted and set aside, and what they lack."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from salesfact._activities import REASONS as OWN_REASONS
from salesfact._activity_settings import Activities, folded
from salesfact._double_booked import double_booked, plain
from salesfact._errors import Fault, SourceError
from salesfact._language import N_
from salesfact._ledger import FURNITURE, OURS, REASONS, reason_told
from salesfact._mapping import literal
from salesfact._said import Said, said

_SHOWN = 5  # customers without sales that are named
#: More kinds than this are free text, which a ledger does not carry on.
KINDS = 50
# rows and hours of accepted activities: with hours of their own, by norm, and with none
_SUMS = """count(*), count(*) FILTER (hours IS NOT NULL AND NOT hours_from_norm),
    coalesce(sum(hours) FILTER (NOT hours_from_norm), 0), count(*) FILTER (hours_from_norm),
    coalesce(sum(hours) FILTER (hours_from_norm), 0), count(*) FILTER (hours IS NULL)"""
_PARTS = ("rows", "stated", "hours_stated", "from_norm", "hours_norm", "without")
# codes that look alike are told from each other by this; see `_checks.codes_by_case`
_ALIKE = "ltrim(regexp_replace(lower({}), '^([0-9]+)[.,]0+$', '\\1'), '0')"


def activity_ledger(
    con: Any, source: Activities, counts: list[dict[str, Any]], ready: Path, *, listed: bool
) -> dict[str, Any]:
    """What the rows of the view `effort` add up to, beside the lines of the view `typed`.

    Hours are exact, as text. `days` has the accepted rows of each day as `(day, *parts)`, so that
    the ledger can be told as of any day with `split`.

    Parameters
    ----------
    counts : list of dict
        What each file held.
    ready : Path
        Where the lists of rows go: `activities_set_aside.csv`, and `double_bookings.csv` where
        there are any.
    listed : bool
        Whether there is a table of customers, `known`.

    Raises
    ------
    SourceError
        If rows or hours are lost on the way.
    """
    rows, hours = con.execute("SELECT count(*), coalesce(sum(_stated), 0) FROM effort").fetchone()
    staged = sum(c["rows"] for c in counts)
    days = _by(con, "strftime(date, '%Y-%m-%d')")
    reasons = _reasons(con, source)
    missing, zero, cost, copies = con.execute("""
        SELECT count(*) FILTER (rep IS NULL), count(*) FILTER (_zero),
            count(*) FILTER (_lost_cost), count(*) FILTER (_copy)
        FROM effort WHERE _reason IS NULL OR _reason = 'duplicate'
    """).fetchone()
    lines = [r for r in reasons if r["code"] not in FURNITURE]
    kinds = sorted(_by(con, "kind"), key=lambda k: (-k[1], k[0]))
    ledger: dict[str, Any] = {
        "rows_read": staged,
        "hours_read": str(plain(hours)),
        "first": days[0][0] if days else None,
        "last": days[-1][0] if days else None,
        "aside": {
            "rows": sum(r["rows"] for r in lines),
            "hours": str(plain(sum((Decimal(r["hours"]) for r in lines), Decimal(0)))),
        },
        "furniture": sum(r["rows"] for r in reasons if r["code"] in FURNITURE),
        "reasons": reasons,
        "files": counts,
        "roles": [r for r in ("rep", "hours", "cost", "programme") if getattr(source.columns, r)],
        "kind_count": len(kinds),
        "kinds": [{"kind": k, **_told(p)} for k, *p in kinds] if len(kinds) <= KINDS else [],
        "missing_rep": missing if source.columns.rep else 0,
        "zero_hours": zero,
        "lost_cost": cost,
        "duplicates": {"rows": copies, "dropped": source.duplicates == "drop"},
        "rules": _rules(con, source),
        "idle_norms": _idle(con, source),
        "unmatched": _unmatched(con, listed=listed),
        "double_booked": double_booked(con, ready / "double_bookings.csv"),
        "days": days,
    }
    ledger["balanced"] = rows == staged and _balances(ledger)
    if not ledger["balanced"]:
        raise SourceError(
            Fault(
                said(N_("the ledger of the activities does not balance")),
                where="sources.activities",
                remedy=OURS,
            )
        )
    _list_set_aside(con, reasons, ready / "activities_set_aside.csv")
    return ledger


def split(ledger: Mapping[str, Any], days: Iterable[Any], as_of: dt.date) -> dict[str, Any]:
    """The ledger as of a day: `buckets` of rows and hours `accepted` up to it and `later`."""
    sums: dict[str, list[Any]] = {b: [0, 0, Decimal(0), 0, Decimal(0), 0] for b in BUCKETS}
    limit = as_of.isoformat()
    for day, *parts in days:
        at = sums["accepted" if day <= limit else "later"]
        for i, part in enumerate(parts):
            at[i] += Decimal(part) if isinstance(part, str) else part
    buckets = [{"bucket": name, **_told(parts)} for name, parts in sums.items()]
    return {**ledger, "as_of": as_of.isoformat(), "buckets": buckets}


def nothing(ledger: Mapping[str, Any]) -> Said | None:
    """Why a client who names a log of activities has none; None where there are any, or no log.

    Parameters
    ----------
    ledger : mapping
        Of the facts as of a day.
    """
    effort = ledger.get("activities")
    if effort is None or any(b["rows"] for b in effort["buckets"]):
        return None
    if not effort["reasons"]:
        return said(N_("the activity log is empty"))
    return said(
        N_("the only row of the activity log is set aside because of: {reason}"),
        N_("all {rows} rows of the activity log are set aside, most often because of: {reason}"),
        effort["rows_read"],
        rows=effort["rows_read"],
        reason=reason_told(commonest(effort["reasons"])),
    )


def commonest(reasons: Iterable[Mapping[str, Any]]) -> Mapping[str, Any]:
    """The reason of most rows; headings and totals only where there is nothing else."""
    return max(reasons, key=lambda r: (r["code"] not in FURNITURE, r["rows"], r["code"]))


#: The buckets of accepted activities.
BUCKETS = ("accepted", "later")


def _by(con: Any, what: str) -> list[tuple[Any, ...]]:
    """Accepted rows and hours by something, in its order; hours as text."""
    found = con.execute(
        f"SELECT {what} AS x, {_SUMS} FROM effort WHERE _reason IS NULL GROUP BY x ORDER BY x"
    ).fetchall()
    return [tuple(str(plain(v)) if isinstance(v, Decimal) else v for v in row) for row in found]


def _told(parts: Iterable[Any]) -> dict[str, Any]:
    told = (str(plain(v)) if isinstance(v, Decimal) else v for v in parts)
    return dict(zip(_PARTS, told, strict=True))


def _reasons(con: Any, source: Activities) -> list[dict[str, Any]]:
    """Rows set aside by reason, with the hours that can be read in them."""
    found = con.execute("""
        SELECT _reason, count(*), coalesce(sum(_stated), 0) FROM effort
        WHERE _reason IS NOT NULL GROUP BY 1 ORDER BY 1
    """).fetchall()
    return [
        {"code": code, "text": _text(code, source), "rows": rows, "hours": str(plain(hours))}
        for code, rows, hours in found
    ]


def _text(code: str, source: Activities) -> str:
    if code.startswith("rule_"):
        return source.set_aside[int(code[5:]) - 1].reason
    return OWN_REASONS.get(code) or REASONS[code]


def _rules(con: Any, source: Activities) -> list[dict[str, Any]]:
    """The client's own rules, and how many rows each hits."""
    told = []
    for i, rule in enumerate(source.set_aside, start=1):
        rows, untold = con.execute(
            f"SELECT count(*) FILTER (_rule_{i}), count(*) - count(_rule_{i}) FROM effort"
        ).fetchone()
        told.append({"reason": rule.reason, "rows": rows, "untold": untold})
    return told


def _idle(con: Any, source: Activities) -> list[str]:
    """Norms of kinds that no accepted row is of."""
    met = {
        folded(k) for (k,) in con.execute("SELECT DISTINCT kind FROM effort WHERE _reason IS NULL")
        .fetchall()
    }  # fmt: skip
    return [kind for kind in source.norms if folded(kind) not in met]


def _unmatched(con: Any, *, listed: bool) -> dict[str, Any]:
    """Accepted activities whose customer has no accepted line at all, whatever its day."""
    known = "customer IN (SELECT customer FROM known)" if listed else "false"
    con.execute(f"""
        CREATE TEMP TABLE unmatched AS
        WITH buyers AS (SELECT DISTINCT customer FROM typed WHERE _reason IS NULL)
        SELECT customer, count(*) AS rows, sum(hours) AS hours, min(row) AS first,
            arg_min(_file, row) AS file, arg_min(_line, row) AS line, {known} AS listed,
            {_ALIKE.format("customer")} IN (SELECT {_ALIKE.format("customer")} FROM buyers)
                AS alike
        FROM effort WHERE _reason IS NULL AND customer NOT IN (SELECT customer FROM buyers)
        GROUP BY customer
    """)
    rows, customers, hours, in_list, alike = con.execute("""
        SELECT coalesce(sum(rows), 0)::BIGINT, count(*), sum(hours), count(*) FILTER (listed),
            count(*) FILTER (alike) FROM unmatched
    """).fetchone()
    first = con.execute(
        f"SELECT customer, rows, file, line FROM unmatched ORDER BY first LIMIT {_SHOWN}"
    ).fetchall()
    con.execute("DROP TABLE unmatched")
    return {
        "rows": rows,
        "customers": customers,
        "hours": str(plain(hours)),
        "listed": in_list,
        "alike": alike,
        "first": [{"customer": c, "rows": n, "file": f, "line": x} for c, n, f, x in first],
    }


def _balances(ledger: dict[str, Any]) -> bool:
    """Rows and stated hours read equal those accepted, set aside and of no activity at all."""
    rows = ledger["aside"]["rows"] + ledger["furniture"] + sum(d[1] for d in ledger["days"])
    hours = sum((Decimal(d[3]) for d in ledger["days"]), Decimal(ledger["aside"]["hours"]))
    return rows == ledger["rows_read"] and hours == Decimal(ledger["hours_read"])


def _list_set_aside(con: Any, reasons: list[dict[str, Any]], out: Path) -> None:
    """Every row set aside, with file, line, reason and its text as it stands."""
    if not reasons:
        return
    cases = " ".join(f"WHEN {literal(r['code'])} THEN {literal(r['text'])}" for r in reasons)
    con.execute(f"""
        COPY (SELECT _file AS file, _line AS line, _reason AS reason,
                CASE _reason {cases} END AS "text", _raw AS raw
            FROM effort WHERE _reason IS NOT NULL ORDER BY row)
        TO {literal(str(out))} (FORMAT csv, HEADER true)
    """)
