"""What stands in the ledger's table? Buckets and reasons as rows, money exact."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from salesfact._facts import Facts
from salesfact._language import N_
from salesfact._ledger import BUCKETS, rows_by_currency

if TYPE_CHECKING:
    import pandas as pd

LEDGER, BECAUSE = N_("ledger"), N_("set aside because of")
EFFORT, EFFORT_BECAUSE = N_("activities"), N_("activities set aside because of")
ASIDE = N_("Rows set aside")
#: of those accepted and of those after: how many have hours by the norm of their kind, not stated
BY_NORM = {
    "accepted": N_("of which with hours by norm, added to those stated"),
    "later": N_("of those after, with hours by norm"),
}
READ, ROUNDED = N_("read"), N_("rounded to four decimals")


def ledger_table(ledger: Mapping[str, Any]) -> pd.DataFrame:
    import pandas as pd

    rows: list[tuple[str, str, str, int, Decimal | None, float]] = []
    for currency, n in rows_by_currency(ledger).items():
        total = Decimal(ledger["money_read"][currency]) if currency else None
        rows.append((LEDGER, READ, currency, n, total, 0.0))
    for b in ledger["buckets"]:
        money = None if b["money"] is None else Decimal(b["money"])
        rows.append(
            (LEDGER, BUCKETS[b["bucket"]], b["currency"], b["rows"], money, float(b["size"]))
        )
    rows += [
        (LEDGER, ROUNDED, r["currency"], 0, Decimal(r["money"]), 0.0) for r in ledger["rounding"]
    ]
    reasons = sorted(ledger["reasons"], key=lambda r: (-r["rows"], r["code"], r["currency"]))
    rows += [
        (
            BECAUSE,
            r["text"],
            r["currency"],
            r["rows"],
            Decimal(r["money"]) if r["readable"] else None,
            float(r["size"]),
        )
        for r in reasons
    ]
    frame = pd.DataFrame(rows, columns=["part", "what", "currency", "rows", "money", "size"])
    log = ledger.get("activities")
    if log:
        effort = pd.DataFrame(_effort(log), columns=["part", "what", "rows", "hours"])
        effort = effort.assign(currency="", money=None, size=0.0)
        frame = pd.concat([frame.assign(hours=float("nan")), effort[[*frame, "hours"]]])
        frame = frame.reset_index(drop=True)
    return frame.assign(money=aligned(frame["money"]))


def _effort(log: Mapping[str, Any]) -> list[tuple[str, str, int, float]]:
    """Rows and hours of the activity log: read, counted, later, set aside and why."""
    rows = [(EFFORT, READ, log["rows_read"], float(log["hours_read"]))]
    for bucket in log["buckets"]:
        hours = float(Decimal(bucket["hours_stated"]))
        rows.append((EFFORT, BUCKETS[bucket["bucket"]], bucket["rows"], hours))
        if bucket["from_norm"]:
            norm = float(Decimal(bucket["hours_norm"]))
            rows.append((EFFORT, BY_NORM[bucket["bucket"]], bucket["from_norm"], norm))
    aside = log["aside"]
    rows.append((EFFORT, ASIDE, aside["rows"], float(Decimal(aside["hours"]))))
    if log["furniture"]:
        rows.append((EFFORT, BUCKETS["furniture"], log["furniture"], 0.0))
    reasons = sorted(log["reasons"], key=lambda r: (-r["rows"], r["code"]))
    return rows + [
        (EFFORT_BECAUSE, r["text"], r["rows"], float(Decimal(r["hours"]))) for r in reasons
    ]


def aligned(money: Any) -> Any:
    """Decimals of one scale, as a stored column has them."""
    known = [m for m in money if m is not None and m == m]
    scale = max((-int(m.as_tuple().exponent) for m in known), default=0)
    step = Decimal(1).scaleb(-max(scale, 2))
    return money.map(lambda m: m.quantize(step) if m is not None and m == m else None).astype(
        object
    )


def months_of(facts: Facts) -> pd.DataFrame:
    """Money by month; lines after `as_of` only where they are not later than an origin."""
    until = "" if not facts._earlier else f"WHERE date < TIMESTAMP '{facts._end}'"
    frame = facts._engine.frame(f"""
        SELECT date_trunc('month', date)::TIMESTAMP AS month, date < TIMESTAMP '{facts._end}'
                AS counted, count(*) AS rows, sum(amount)::DOUBLE AS amount
        FROM lines {until} GROUP BY ALL ORDER BY ALL
    """)
    return frame.reindex(columns=["month", "rows", "amount", "counted"])


def bare_ledger(facts: Facts) -> dict[str, Any]:
    """The ledger of facts that came from frames: all their lines are accepted."""
    rows, total, size = facts._engine.backend.con.execute(
        "SELECT count(*), coalesce(sum(amount), 0), coalesce(sum(abs(amount)), 0) FROM lines"
        f" WHERE date < TIMESTAMP '{facts._end}'"
    ).fetchone()
    none = {"rows": 0, "money": "0"}
    money = str(total)
    return {
        "currencies": [facts.currency],
        "money_read": {facts.currency: money},
        "buckets": [
            {
                "bucket": "accepted",
                "currency": facts.currency,
                "rows": rows,
                "money": money,
                "size": str(size),
            }
        ],
        "reasons": [],
        "rounding": [],
        "control_totals": [],
        "duplicates": none,
        "credit_notes": {**none, "matched_rows": 0, "matched_money": "0"},
        "signs": {
            "negative_rows": 0,
            "mostly_negative": False,
            "no_margin_rows": 0,
            "no_margin_share": 0.0,
        },
        "codes_by_case": {},
        "vat": "unknown",
        "fixed_days": {"fixed": False, "share": 0.0},
    }
