"""What should whoever made the settings look at? Warnings from the ledger, in plain words."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from salesfact._ledger import FURNITURE, MARGIN_LIMIT, margin_lacks


def warnings_of(ledger: Mapping[str, Any]) -> list[str]:
    """What whoever made the settings should look at, in plain words (English)."""
    told = [*_rules(ledger), *_signs(ledger)]
    aside = sum(r["rows"] for r in ledger["reasons"] if r["code"] not in FURNITURE)
    if ledger["rows_read"] and aside / ledger["rows_read"] > 0.02:
        told.append(
            f"{aside} of {ledger['rows_read']} rows are set aside;"
            " set_aside.csv names each with its reason"
        )
    unreadable = sum(b["rows"] for b in ledger["buckets"] if b["bucket"] == "unreadable")
    if unreadable:
        told.append(f"{unreadable} rows are set aside whose money cannot be read")
    if not ledger["complete"]:
        told.append("no month is complete: as_of is the last day with lines")
    copies = ledger["duplicates"]
    if copies["rows"] and not copies["dropped"]:
        told.append(
            f"{copies['rows']} rows are exact copies of earlier ones and are kept"
            " (duplicates: drop would set them aside)"
        )
    told += [_control(total) for total in ledger["control_totals"] if Decimal(total["difference"])]
    for role, codes in ledger["codes_by_case"].items():
        if codes:
            shown = ", ".join(codes[:3])
            told.append(
                f"{role} codes that differ only by case, leading noughts or .0 count as different"
                f" ({len(codes)} {'groups' if len(codes) > 1 else 'group'}: {shown})"
                + ("; name those that are one under sources: aliases:" * (role == "customer"))
            )
    if ledger["fixed_days"]["fixed"]:
        day = ledger["fixed_days"]["day"]
        told.append(
            f"{ledger['fixed_days']['share']:.0%} of the lines are dated on day {day} of the"
            " month: invoicing on fixed days hides the buying rhythm; map an order date if there"
            " is one"
        )
    if ledger["vat"] == "unknown":
        told.append("whether amounts include VAT is not stated (vat: excluded | included)")
    if ledger["vat"] == "included":
        told.append("amounts include VAT")
    for role, rows in ledger["missing"].items():
        if role in ("quantity", "product", "order"):
            told.append(f"{rows} accepted rows have no {role}")
    foreign = sum(r["rows"] for r in ledger["reasons"] if r["code"] == "other_currency")
    if foreign:
        told.append(
            f"{foreign} rows are set aside because their amounts name another currency than"
            " currency: or the row's own"
        )
    far = [r for r in ledger["reasons"] if r["code"] == "far_date"]
    if far:
        told.append(
            f"{sum(r['rows'] for r in far)} rows are set aside because their dates stand far from"
            " all others (more than 12 empty months between); set_aside.csv names them"
        )
    people = ledger["beside"].get("customers", {})
    if people.get("repeated"):
        told.append(
            f"{people['repeated']} rows of the customer file name a customer again;"
            f" {people['which']} counts"
        )
    if people.get("set_aside"):
        told.append(f"{people['set_aside']} rows of the customer file cannot be used")
    return told


def _rules(ledger: Mapping[str, Any]) -> list[str]:
    """The client's own rules that do nothing."""
    told = []
    for rule in ledger["rules"]:
        if rule["rows"]:
            continue
        what = f"the rule set_aside '{rule['reason']}' hits no row"
        if rule["untold"]:
            what += (
                f"; its condition cannot be told for {rule['untold']} of {ledger['rows_read']} rows"
                " (an empty cell, or text where a number should be)"
            )
        told.append(what)
    return told


def _signs(ledger: Mapping[str, Any]) -> list[str]:
    """Amounts mostly below zero, and lines without a margin."""
    told, signs = [], ledger["signs"]
    if signs["mostly_negative"]:
        told.append(
            f"{signs['negative_rows']} of {signs['rows']} amounts are negative, and their total is"
            f" {Decimal(signs['total']):.2f}: if sales are written with a minus sign, map amount:"
            " as -COLUMN"
        )
    if signs["no_margin_rows"]:
        share = f"{signs['no_margin_rows']} accepted rows have no margin"
        share += f" ({signs['no_margin_share']:.1%} of the money)"
        if margin_lacks(ledger):
            share += f": more than {MARGIN_LIMIT:.0%}, so money is the amount and not the margin"
        told.append(share)
    return told


def _control(total: Mapping[str, Any]) -> str:
    """One control total that differs, in words."""
    what = f"control total {total['what']}: "
    if total["what"] == "rows":
        return what + f"stated {total['stated']} rows, read {total['found']}"
    stated, difference = Decimal(total["stated"]), Decimal(total["difference"])
    told = f"stated {stated:.2f}, the lines add up to {Decimal(total['found']):.2f},"
    told += f" difference {difference:.2f}"
    if stated:
        told += f" ({abs(difference / stated):.2%})"
    if total["unreadable"]:
        told += f"; it can lie in the {total['unreadable']} rows whose amount cannot be read"
    return what + told
