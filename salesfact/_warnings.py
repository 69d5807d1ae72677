"""What should whoever made the settings look at? Warnings from the ledger, in plain words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from salesfact._activity_warnings import activity_warnings
from salesfact._language import N_
from salesfact._ledger import FURNITURE, MARGIN_LIMIT, QUIET_DAYS, margin_lacks, quiet_days
from salesfact._said import Said, said

#: Which row of a customer named twice counts, as the ledger says it.
_COUNTS = (N_("the latest `since`"), N_("the last in the file"))
_NAMES = {
    "quantity": N_("quantity"),
    "product": N_("product"),
    "order": N_("order number"),
}


def warnings_of(ledger: Mapping[str, Any]) -> list[Said]:
    """What whoever made the settings should look at, in plain words (English until told)."""
    told = [*_rules(ledger), *_signs(ledger), *_aside(ledger)]
    quiet = quiet_days(ledger, dt.date.fromisoformat(ledger["as_of"]))
    if quiet > QUIET_DAYS:
        told.append(
            said(
                N_(
                    "the last line is {days} days older than {as_of}: what came after it is taken"
                    " as silence; choose an earlier day if the export ends there (as_of, --as-of)"
                ),
                days=quiet,
                as_of=ledger["as_of"],
            )
        )
    if not ledger["complete"]:
        told.append(said(N_("no month is complete: facts are counted to the last day with lines")))
    copies = ledger["duplicates"]
    if copies["rows"] and not copies["dropped"]:
        told.append(
            _rows(
                N_(
                    "one row is an exact copy of an earlier one and is kept (duplicates: drop would"
                    " set it aside)"
                ),
                N_(
                    "{rows} rows are exact copies of earlier ones and are kept (duplicates: drop"
                    " would set them aside)"
                ),
                copies["rows"],
            )
        )
    told += [_control(total) for total in ledger["control_totals"] if Decimal(total["difference"])]
    told += _codes(ledger)
    if ledger["fixed_days"]["fixed"]:
        told.append(
            said(
                N_(
                    "{share} of the lines are dated on day {day} of the month: invoicing on fixed"
                    " days hides the buying rhythm; map an order date if there is one"
                ),
                share=float(ledger["fixed_days"]["share"]),
                day=ledger["fixed_days"]["day"],
            )
        )
    if ledger["vat"] == "unknown":
        told.append(
            said(N_("whether amounts include VAT is not stated (write vat: excluded or included)"))
        )
    if ledger["vat"] == "included":
        told.append(said(N_("amounts include VAT")))
    for role, rows in ledger["missing"].items():
        if role in _NAMES:
            told.append(
                _rows(
                    N_("one accepted row has no {role}"),
                    N_("{rows} accepted rows have no {role}"),
                    rows,
                    role=said(_NAMES[role]),
                )
            )
    told += _people(ledger)
    if "activities" in ledger:
        told += [*_rules(ledger["activities"]), *activity_warnings(ledger)]
    return told


def _rows(one: str, many: str, rows: int, **values: object) -> Said:
    return said(one, many, rows, rows=rows, **values)


def _aside(ledger: Mapping[str, Any]) -> list[Said]:
    """Rows set aside: many of them, those without money, in another currency, far away."""
    told = []
    aside = sum(r["rows"] for r in ledger["reasons"] if r["code"] not in FURNITURE)
    if ledger["rows_read"] and aside / ledger["rows_read"] > 0.02:
        told.append(
            said(
                N_("{rows} of {all} rows are set aside; set_aside.csv names each with its reason"),
                rows=aside,
                all=ledger["rows_read"],
            )
        )
    unreadable = sum(b["rows"] for b in ledger["buckets"] if b["bucket"] == "unreadable")
    if unreadable:
        told.append(
            _rows(
                N_("one row is set aside whose money cannot be read"),
                N_("{rows} rows are set aside whose money cannot be read"),
                unreadable,
            )
        )
    foreign = sum(r["rows"] for r in ledger["reasons"] if r["code"] == "other_currency")
    if foreign:
        told.append(
            _rows(
                N_(
                    "one row is set aside because its amount names another currency than currency:"
                    " in the settings or its own column"
                ),
                N_(
                    "{rows} rows are set aside because their amounts name another currency than"
                    " currency: in the settings or their own column"
                ),
                foreign,
            )
        )
    far = sum(r["rows"] for r in ledger["reasons"] if r["code"] == "far_date")
    if far:
        told.append(
            _rows(
                N_(
                    "one row is set aside because its date stands far from all others (more than a"
                    " year of empty months between); set_aside.csv names it"
                ),
                N_(
                    "{rows} rows are set aside because their dates stand far from all others (more"
                    " than a year of empty months between); set_aside.csv names them"
                ),
                far,
            )
        )
    return told


def _codes(ledger: Mapping[str, Any]) -> list[Said]:
    """Numbers that look like one and count as several."""
    texts = {
        "customer": (
            N_(
                "customer numbers that differ only by case, leading noughts or a decimal nought"
                " count as different ({groups} group: {shown}); name those that are one under"
                " sources: aliases:"
            ),
            N_(
                "customer numbers that differ only by case, leading noughts or a decimal nought"
                " count as different ({groups} groups, such as {shown}); name those that are one"
                " under sources: aliases:"
            ),
        ),
        "product": (
            N_(
                "product numbers that differ only by case, leading noughts or a decimal nought"
                " count as different ({groups} group: {shown})"
            ),
            N_(
                "product numbers that differ only by case, leading noughts or a decimal nought"
                " count as different ({groups} groups, such as {shown})"
            ),
        ),
    }
    return [
        said(*texts[role], len(codes), groups=len(codes), shown=", ".join(codes[:3]))
        for role, codes in ledger["codes_by_case"].items()
        if codes
    ]


def _people(ledger: Mapping[str, Any]) -> list[Said]:
    """The file of customers: those named again, and rows that are no use."""
    told, people = [], ledger["beside"].get("customers", {})
    if people.get("repeated"):
        told.append(
            _rows(
                N_("one row of the customer file names a customer again; {which} counts"),
                N_("{rows} rows of the customer file name a customer again; {which} counts"),
                people["repeated"],
                which=said(people["which"]),
            )
        )
    if people.get("set_aside"):
        told.append(
            _rows(
                N_("one row of the customer file cannot be used"),
                N_("{rows} rows of the customer file cannot be used"),
                people["set_aside"],
            )
        )
    return told


def _rules(ledger: Mapping[str, Any]) -> list[Said]:
    """The client's own rules that do nothing."""
    told = []
    for rule in ledger["rules"]:
        if rule["rows"]:
            continue
        if rule["untold"]:
            text = N_(
                "the rule set_aside '{rule}' hits no row; its condition cannot be told for"
                " {untold} of {all} rows (an empty cell, or text where a number should be)"
            )
        else:
            text = N_("the rule set_aside '{rule}' hits no row")
        told.append(said(text, rule=rule["reason"], untold=rule["untold"], all=ledger["rows_read"]))
    return told


def _signs(ledger: Mapping[str, Any]) -> list[Said]:
    """Amounts mostly below zero, and lines without a margin."""
    told, signs = [], ledger["signs"]
    if signs["mostly_negative"]:
        told.append(
            said(
                N_(
                    "{below} of {all} amounts are negative, and their total is {total}: if sales"
                    " are written with a minus sign, map amount: as -COLUMN"
                ),
                below=signs["negative_rows"],
                all=signs["rows"],
                total=Decimal(signs["total"]),
            )
        )
    if signs["no_margin_rows"]:
        one, many = (
            N_("one accepted row has no margin ({share} of the money)"),
            N_("{rows} accepted rows have no margin ({share} of the money)"),
        )
        if margin_lacks(ledger):
            one, many = (
                N_(
                    "one accepted row has no margin ({share} of the money): more than {limit}, so"
                    " money is the amount and not the margin"
                ),
                N_(
                    "{rows} accepted rows have no margin ({share} of the money): more than {limit},"
                    " so money is the amount and not the margin"
                ),
            )
        share = float(signs["no_margin_share"])
        told.append(_rows(one, many, signs["no_margin_rows"], share=share, limit=MARGIN_LIMIT))
    return told


def _control(total: Mapping[str, Any]) -> Said:
    """One control total that differs, in words."""
    if total["what"] == "rows":
        return said(
            N_("control total of rows: stated {stated} rows, read {found}"),
            stated=int(total["stated"]),
            found=int(total["found"]),
        )
    stated, difference = Decimal(total["stated"]), Decimal(total["difference"])
    values: dict[str, object] = {
        "what": total["what"],
        "stated": stated,
        "found": Decimal(total["found"]),
        "difference": difference,
        "share": float(abs(difference / stated)) if stated else 1.0,
    }
    if total["unreadable"]:
        return _rows(
            N_(
                "control total ({what}): stated {stated}, the lines add up to {found}, difference"
                " {difference} ({share}); it can lie in the one row whose amount cannot be read"
            ),
            N_(
                "control total ({what}): stated {stated}, the lines add up to {found}, difference"
                " {difference} ({share}); it can lie in the {rows} rows whose amount cannot be read"
            ),
            total["unreadable"],
            **values,
        )
    return said(
        N_(
            "control total ({what}): stated {stated}, the lines add up to {found}, difference"
            " {difference} ({share})"
        ),
        **values,
    )
