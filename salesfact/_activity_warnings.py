"""What should whoever made the settings look at among the activities? Warnings in plain words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from salesfact._activity_ledger import KINDS, commonest
from salesfact._double_booked import FULL_DAY
from salesfact._language import N_
from salesfact._ledger import FURNITURE, reason_told
from salesfact._said import Said, said

_MANY = 0.02  # share of the rows set aside that is told


def activity_warnings(ledger: Mapping[str, Any]) -> list[Said]:
    """What to look at, from the ledger; in English until told."""
    effort = ledger["activities"]
    accepted = effort["buckets"][0]
    told = _aside(effort)
    if not any(b["rows"] for b in effort["buckets"]):
        return [*told, said(N_("no activity is accepted: the report goes on without them"))]
    told += [*_hours(effort, accepted), *_log(ledger, effort), *_customers(effort)]
    return told + _bookings(effort["double_booked"])


def _aside(effort: Mapping[str, Any]) -> list[Said]:
    """Many rows set aside, and why most of them are."""
    own = [r for r in effort["reasons"] if not r["code"].startswith("rule_")]
    own = [r for r in own if r["code"] not in ("duplicate", "example", *FURNITURE)]
    lost = sum(r["rows"] for r in own)
    if not effort["rows_read"]:
        return [said(N_("the activity log is empty"))]
    if not lost or lost / effort["rows_read"] <= _MANY:
        return []
    main = commonest(own)
    text = N_(
        "{rows} of {all} activities are set aside, most often because of: {reason};"
        " activities_set_aside.csv names each"
    )
    told = [said(text, rows=lost, all=effort["rows_read"], reason=reason_told(main))]
    if main["code"] == "too_many_hours":
        told.append(
            said(N_("if the column of hours holds minutes, write hours: COLUMN / 60 in its place"))
        )
    if main["code"] == "missing_kind":
        told.append(
            said(
                N_(
                    "activities without a kind can be kept: write kind: coalesce(COLUMN, 'other')"
                    " in its place"
                )
            )
        )
    return told


def _hours(effort: Mapping[str, Any], accepted: Mapping[str, Any]) -> list[Said]:
    """Where the hours come from, and where there are none."""
    told, rows = [], accepted["rows"]
    norm = Decimal(accepted["hours_norm"])
    whole = norm + Decimal(accepted["hours_stated"])
    if accepted["from_norm"]:
        told.append(
            said(
                N_(
                    "one activity of {all} has no hours of its own: a norm gives it {hours} hours"
                    " ({share} of all hours)"
                ),
                N_(
                    "{rows} of {all} activities have no hours of their own: norms give them"
                    " {hours} hours ({share} of all hours)"
                ),
                accepted["from_norm"],
                rows=accepted["from_norm"],
                all=rows,
                hours=norm,
                share=float(norm / whole) if whole else 0.0,
            )
        )
    if accepted["without"] == rows and rows:
        told.append(
            said(
                N_(
                    "no activity has hours: they can be counted, but not added up (map hours: or"
                    " write norms: under sources: activities:)"
                )
            )
        )
    elif accepted["without"]:
        kinds = [k["kind"] for k in effort["kinds"] if k["without"]]
        told.append(
            said(
                N_(
                    "one activity of {all} has no hours, and no norm for its kind ({kinds}): it"
                    " counts as an activity without hours (norms: under sources: activities:)"
                ),
                N_(
                    "{rows} of {all} activities have no hours, and no norm for their kind"
                    " ({kinds}): they count as activities without hours (norms: under sources:"
                    " activities:)"
                ),
                accepted["without"],
                rows=accepted["without"],
                all=rows,
                kinds=_few(kinds) or "...",
            )
        )
    if effort["zero_hours"]:
        told.append(
            said(
                N_("in one activity the hours are 0, which is read as not stated"),
                N_("in {rows} activities the hours are 0, which is read as not stated"),
                effort["zero_hours"],
                rows=effort["zero_hours"],
            )
        )
    if effort["idle_norms"]:
        text = N_("no activity is of the kind that norms: name ({kinds})")
        told.append(said(text, kinds=_few(effort["idle_norms"])))
    return told


def _log(ledger: Mapping[str, Any], effort: Mapping[str, Any]) -> list[Said]:
    """A log that ends early, kinds that are free text, reps and costs that are missing."""
    told = []
    end = dt.date.fromisoformat(effort["last"])
    if (dt.date.fromisoformat(ledger["as_of"]) - end).days > 31:
        told.append(
            said(
                N_(
                    "the activity log ends on {day}, the facts on {as_of}: the time between looks"
                    " as if nothing had been done"
                ),
                day=effort["last"],
                as_of=ledger["as_of"],
            )
        )
    if effort["kind_count"] > KINDS:
        text = N_("there are {count} kinds of activity: the column of kind: may be free text")
        told.append(said(text, count=effort["kind_count"]))
    if effort["missing_rep"]:
        told.append(
            said(
                N_("one activity names no rep"),
                N_("{rows} activities name no rep"),
                effort["missing_rep"],
                rows=effort["missing_rep"],
            )
        )
    if effort["lost_cost"]:
        told.append(
            said(
                N_("the cost of one activity cannot be read and is left out"),
                N_("the costs of {rows} activities cannot be read and are left out"),
                effort["lost_cost"],
                rows=effort["lost_cost"],
            )
        )
    return told


def _customers(effort: Mapping[str, Any]) -> list[Said]:
    """Activities whose customer has no sales."""
    found = effort["unmatched"]
    if not found["rows"]:
        return []
    accepted = sum(b["rows"] for b in effort["buckets"])
    first = [f["customer"] for f in found["first"]]
    told = [
        said(
            N_(
                "one activity is with a customer who has no sales ({shown}; the first on line"
                " {line} of {file})"
            ),
            N_(
                "{rows} activities are with customers who have no sales ({customers}: {shown};"
                " the first on line {line} of {file})"
            ),
            found["rows"],
            rows=found["rows"],
            customers=found["customers"],
            shown=", ".join(first) + (", ..." if found["customers"] > len(first) else ""),
            line=str(found["first"][0]["line"]),
            file=found["first"][0]["file"],
        )
    ]
    if found["listed"]:
        told.append(
            said(
                N_("{count} of these customers stand in the customer file: they have not bought"),
                count=found["listed"],
            )
        )
    if found["alike"]:
        told.append(
            said(
                N_(
                    "one of these customers has sales under a number that differs only by case,"
                    " leading noughts or a decimal nought"
                ),
                N_(
                    "{count} of these customers have sales under a number that differs only by"
                    " case, leading noughts or a decimal nought"
                ),
                found["alike"],
                count=found["alike"],
            )
        )
    if 2 * found["rows"] > accepted:
        told.append(
            said(
                N_(
                    "{share} of the activities are with customers who have no sales: the log may"
                    " hold other customer numbers than the sales"
                ),
                share=found["rows"] / accepted,
            )
        )
    return told


def _bookings(found: Mapping[str, Any]) -> list[Said]:
    """What is booked twice, or on days that cannot hold it."""
    told = []
    if found["twice"]["rows"]:
        at = found["twice"]["examples"][0]
        told.append(
            said(
                N_(
                    "one activity may be booked twice: the same rep, customer, kind and day as an"
                    " earlier one ({hours} hours; line {line} of {file})"
                ),
                N_(
                    "{rows} activities may be booked twice: the same rep, customer, kind and day as"
                    " an earlier one ({hours} hours; the first on line {line} of {file})"
                ),
                found["twice"]["rows"],
                rows=found["twice"]["rows"],
                hours=Decimal(found["twice"]["hours"]),
                line=str(at["line"]),
                file=at["file"],
            )
        )
    texts = {
        "impossible": (
            N_(
                "on one day one rep has more than 24 hours ({hours} on {day}; line {line} of"
                " {file})"
            ),
            N_(
                "on {days} days one rep has more than 24 hours (first {hours} on {day}; line"
                " {line} of {file})"
            ),
        ),
        "crowded": (
            N_(
                "on one day one rep is with more customers than the day has hours for ({customers}"
                " customers and {hours} hours on {day}, more than {limit}; line {line} of {file})"
            ),
            N_(
                "on {days} days one rep is with more customers than the day has hours for (first"
                " {customers} customers and {hours} hours on {day}, more than {limit}; line {line}"
                " of {file})"
            ),
        ),
    }
    for what, (one, many) in texts.items():
        days = found[what]["days"]
        if days:
            at = found[what]["examples"][0]
            told.append(
                said(
                    one,
                    many,
                    days,
                    days=days,
                    hours=Decimal(at["hours"]),
                    customers=at["customers"],
                    limit=FULL_DAY,
                    day=at["date"],
                    line=str(at["line"]),
                    file=at["file"],
                )
            )
    if told:
        told.append(said(N_("double_bookings.csv names each of these activities")))
    return told


def _few(names: list[str], most: int = 5) -> str:
    return ", ".join(names[:most]) + (", ..." if len(names) > most else "")
