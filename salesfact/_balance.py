"""Do rows and money add up? The ledger of the typed lines, and what all of them together tell."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

from salesfact import _checks, _undone
from salesfact._client import Settings
from salesfact._errors import FactsError, Fault, SourceError
from salesfact._language import N_
from salesfact._ledger import FURNITURE, OURS, REASONS
from salesfact._mapping import literal, quoted
from salesfact._said import both, said
from salesfact._stray import stray
from salesfact._typed import PARQUET, Typed


class Books:
    """The ledger of the lines that stand in `ready`; `work` is for what does not stay."""

    def __init__(self, settings: Settings, work: Path, ready: Path) -> None:
        self.settings, self.work, self.ready = settings, work, ready
        self.sources = settings.sources

    def ledger(
        self, con: Any, typed: Typed, counts: list[dict[str, Any]], beside: dict[str, Any]
    ) -> dict[str, Any]:
        """What the typed lines add up to; `counts` and `beside` say what was read.

        Raises
        ------
        SourceError
            If the lines are in a currency that cannot be converted, or if rows or money are lost.
        FactsError
            If no line is left.
        """
        sales = self.sources.sales
        home = self.settings.currency
        currency = "currency" if "currency" in typed.roles else literal(home)
        money = "amount_source" if typed.converted else "amount"
        by_day = _checks.days(con, currency, money)
        far = stray((dt.date.fromisoformat(d[0]), d[2]) for d in by_day)
        if far:
            days = " OR ".join(f"CAST(date AS DATE) BETWEEN '{a}' AND '{b}'" for a, b in far)
            self._set_aside_too(con, typed, days, "far_date")
        copies = _undone.duplicates(con, money)
        dropped = sales.duplicates == "drop" and copies["rows"] > 0
        if dropped:
            self._set_aside_too(con, typed, "row IN (SELECT row FROM copies)", "duplicate")
        if far or dropped:
            by_day = _checks.days(con, currency, money)
        aside = _checks.reasons(con, currency, money)
        found = _checks.read(con, currency, money)
        staged = sum(c["rows"] for c in counts)
        if found["rows"] != staged:
            raise SourceError(
                Fault(
                    said(
                        N_("{staged} rows were staged and {typed} typed"),
                        staged=staged,
                        typed=found["rows"],
                    ),
                    where="sources.sales",
                    remedy=OURS,
                )
            )
        for reason in aside:
            reason["text"] = self.reason_text(reason["code"])
        currencies = sorted(found["money"])
        self._one_currency(by_day, typed)
        if not by_day:
            told = both(*(both(said(r["text"]), str(r["rows"]), mark=": ") for r in aside)) or said(
                N_("the source is empty")
            )
            raise FactsError(
                Fault(
                    said(N_("no line could be accepted ({told})"), told=told),
                    where="sources.sales",
                    remedy=N_("look at columns: and format:"),
                )
            )
        as_of, complete = _checks.last_complete(by_day)
        roles = sorted(typed.roles)
        ledger: dict[str, Any] = {
            "rows_read": staged,
            "money_read": found["money"],
            "currency": home,
            "currencies": currencies,
            "as_of": as_of.isoformat(),
            "complete": complete,
            "first": by_day[0][0],
            "last": max(d[0] for d in by_day),
            "buckets": _checks.buckets(by_day, aside, as_of),
            "reasons": aside,
            "rounding": _checks.rounding(con, currency, money),
            "files": counts,
            "beside": beside,
            "roles": roles,
            "missing": _checks.missing(con, roles),
            "signs": _checks.signs(con, roles, as_of),
            "rules": _checks.rules(con, [r.reason for r in sales.set_aside]),
            "duplicates": {**copies, "dropped": sales.duplicates == "drop"},
            "credit_notes": _undone.credit_notes(con, roles),
            "fixed_days": _checks.fixed_days(by_day),
            "vat": sales.vat,
            "control_totals": self._control(con, found, aside, money, by_day),
            "days": by_day,
        }
        ledger["balanced"] = _checks.balance(ledger)
        if not ledger["balanced"]:
            raise SourceError(
                Fault(
                    said(N_("the ledger does not balance")),
                    where="sources.sales",
                    remedy=OURS,
                )
            )
        return ledger

    def _set_aside_too(self, con: Any, typed: Typed, which: str, reason: str) -> None:
        """Set accepted rows aside for what all lines together tell; the lines are written again."""
        out, again = self.ready / "lines.parquet", self.work / "again.parquet"
        told = ["row", "customer", "date", "amount", *sorted(typed.roles - {"margin"})]
        raw = ", ".join(f"coalesce(CAST({quoted(c)} AS VARCHAR), '')" for c in told[1:])
        con.execute(f"""
            COPY (SELECT * EXCLUDE (chosen) REPLACE (
                    CASE WHEN chosen THEN {literal(reason)} ELSE _reason END AS _reason,
                    CASE WHEN chosen THEN coalesce(_raw, concat_ws(';', {raw})) ELSE _raw END
                        AS _raw)
                FROM (SELECT *, _reason IS NULL AND ({which}) AS chosen FROM typed) ORDER BY row)
            TO {literal(str(again))} ({PARQUET})
        """)
        again.replace(out)

    def _one_currency(self, by_day: list[Any], typed: Typed) -> None:
        used = sorted({d[1] for d in by_day})
        if typed.converted or used in ([], [self.settings.currency]):
            return
        raise SourceError(
            Fault(
                said(
                    N_("the lines are in {used}; the client's currency is {currency}"),
                    used=", ".join(used),
                    currency=self.settings.currency,
                ),
                where="sources.sales.columns.currency",
                allowed=said(
                    N_("lines in {currency}, or a table of exchange rates"),
                    currency=self.settings.currency,
                ),
                remedy=N_("name the rates under sources: fx:, or change currency:"),
            )
        )

    def _control(
        self,
        con: Any,
        found: dict[str, Any],
        aside: list[dict[str, Any]],
        money: str,
        by_day: list[_checks.Day],
    ) -> list[dict[str, Any]]:
        """Totals rows found in the source, and what the settings say of the books.

        Both are held against every line with readable money, set aside or not.
        """
        told = _checks.totals_rows(con, money)
        given = self.sources.sales.control_totals
        lines = [r for r in aside if r["code"] not in FURNITURE]
        rows = found["rows"] - sum(r["rows"] for r in aside) + sum(r["rows"] for r in lines)
        unreadable = sum(r["rows"] - r["readable"] for r in lines)
        if given.amount is not None:
            used = sorted({d[1] for d in by_day})
            if len(used) > 1:
                raise SourceError(
                    Fault(
                        said(
                            N_("one total cannot be held against lines in {used}"),
                            used=", ".join(used),
                        ),
                        where="sources.sales.control_totals.amount",
                        allowed=N_("a total where all lines are in one currency"),
                        remedy=N_("leave it out; the ledger states each currency's money"),
                    )
                )
            total = Decimal(found["money"].get(used[0], "0"))
            told.append(_checks.control("amount", given.amount, total, unreadable))
        if given.rows is not None:
            told.append(_checks.control("rows", given.rows, rows, 0))
        return told

    def reason_text(self, code: str) -> str:
        """Why a row is set aside, in words."""
        if code.startswith("rule_"):
            return self.sources.sales.set_aside[int(code[5:]) - 1].reason
        return REASONS[code]
