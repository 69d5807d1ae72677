"""What does `salesfact check` say? Ledger, faults and fitness, in the client's language."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from functools import partial
from typing import Any

from salesfact._errors import Fault, SalesfactError
from salesfact._language import N_, Language
from salesfact._language import language as known
from salesfact._ledger import BUCKETS, FIT, UNKNOWN, fitness, lost_reasons
from salesfact._said import Said, said, tell

_LINE = re.compile(r"(?<=, )line (\d+)\b")
_ROUNDED = N_("rounding")
#: Where the hours of accepted activities come from.
_PARTS = (
    ("stated", "hours_stated", N_("– with hours of their own")),
    ("from_norm", "hours_norm", N_("– with hours by norm")),
    ("without", "", N_("– without hours")),
)


def unfit(ledger: Mapping[str, Any]) -> Said | None:
    """Why too much is set aside for a report to be trusted; None if it is not."""
    found = fitness(ledger)
    own = lost_reasons(ledger)
    if found["money"] < FIT:
        main = max(own, key=lambda r: (Decimal(r["size"]), r["code"]))
        told = N_(
            "only {share} of the readable money is accepted (at least {least} are needed); most is"
            " lost because of: {reason}"
        )
        share = found["money"]
    elif found["rows"] < FIT:
        main = max((r for r in own if r["code"] in UNKNOWN), key=lambda r: (r["rows"], r["code"]))
        told = N_(
            "the money of only {share} of the rows is known (at least {least} are needed); most is"
            " lost because of: {reason}"
        )
        share = found["rows"]
    else:
        return None
    return said(told, share=share, least=FIT, reason=said(main["text"]))


def unfit_remedy(aside: object) -> Said:
    """What to do where too much is set aside, which `aside` lists."""
    return said(
        N_(
            "see {aside}; look at columns: and format:, or name rows that are no sales under"
            " set_aside:"
        ),
        aside=str(aside or "set_aside.csv"),
    )


def rows_told(
    rows: Iterable[tuple[str, str, int, str]], language: Language
) -> list[tuple[str, str, str, str]]:
    """The lines of `_ledger.ledger_rows`; exact money with at least two decimals."""
    return [
        (tell(what, language), currency, language.number(n), _exact(money, language))
        for what, currency, n, money in rows
    ]


def activity_rows(effort: Mapping[str, Any], language: Language) -> list[tuple[str, str, str]]:
    """The activities' ledger for people: what, rows, hours (empty: none can be told)."""

    def line(what: str, rows: int, hours: str | None) -> tuple[str, str, str]:
        shown = "" if hours is None else language.number(Decimal(hours), 2)
        return what, language.number(rows), shown

    told = []
    for bucket in effort["buckets"]:
        whole = str(Decimal(bucket["hours_stated"]) + Decimal(bucket["hours_norm"]))
        told.append(line(language.text(BUCKETS[bucket["bucket"]]), bucket["rows"], whole))
        if bucket["bucket"] == "accepted":
            for rows, hours, text in _PARTS:
                part = bucket[hours] if hours else None
                told.append(line(language.text(text), bucket[rows], part))
    aside = language.text(N_("set aside: {reason}"))
    for reason in effort["reasons"]:
        name = aside.format(reason=language.text(reason["text"]))
        told.append(line(name, reason["rows"], reason["hours"]))
    told.append(line(language.text(N_("read")), effort["rows_read"], None))
    return told


def _exact(money: str, language: Language) -> str:
    if not money:
        return ""
    places = -int(Decimal(money).normalize().as_tuple().exponent)
    return language.number(Decimal(money), max(places, 2))


def faults_told(faults: Sequence[Fault], language: Language, heading: str = "") -> str:
    """Faults below a heading, in one language: all in English where one of them is no message."""
    if not all(isinstance(f.what, Said) for f in faults):
        language = known("en")
    lines = [language.text(heading)] if heading else []
    return "\n".join([*lines, *(fault_told(f, language) for f in faults)])


def write_errors_in(language: Language) -> None:
    """From now on errors that others show, as a notebook or a chapter, speak this language."""
    SalesfactError.written = partial(fault_told, language=language)


def fault_told(fault: Fault, language: Language) -> str:
    """A fault as it is printed; one that is no message of ours stays English from end to end."""
    if not isinstance(fault.what, Said):
        return str(fault)
    place = tell(fault.where, language) if isinstance(fault.where, Said) else fault.where
    where = _LINE.sub(language.text(N_("line {n}")).format(n=r"\1"), place)
    lines = [": ".join(t for t in (where, tell(fault.what, language)) if t)]
    for name, text in ((N_("allowed:"), fault.allowed), (N_("remedy:"), fault.remedy)):
        if text:
            lines.append(f"    {language.text(name)} {tell(text, language)}")
    return "\n".join(lines)
