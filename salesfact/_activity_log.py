"""Which table is a log of activities, and which of its columns plays which role?"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from salesfact._formats import Ask
from salesfact._headers import words
from salesfact._language import N_
from salesfact._money import name_in_sql
from salesfact._profile import Column, Engine, literal, number, quoted
from salesfact._said import said
from salesfact._tables import Table

_KINDS = re.compile(
    r"\b(besok\w*|kundbesok\w*|samtal\w*|telefon\w*|ring\w*|motes?|moten|kundmoten?|mejl|"
    r"e ?mail\w*|mail\w*|e ?post|offert\w*|demo\w*|utbildning\w*|massa|massor|lunch\w*|visits?|"
    r"calls?|phone\w*|meetings?|quotes?|training|fairs?|besuche?|kundenbesuch|anrufe?|telefonat|"
    r"termine?|angebote?|schulung|messe|besog|kundebesog|opkald|opringning|telefonsamtale|samtale|tilbud|"
    r"kursus|kurs|teams|zoom|webinar|videomote|uppfoljning\w*|follow ?ups?|oppfolging|opfolgning|"
    r"prospektering|presentation)\b"
)
_OFF = re.compile(
    r"(.* )?(avbokad|avbokat|installd|installt|cancel\w*|annul\w*|aflyst|avlyst|abgesagt|storniert|"
    r"no ?show|utebliven|uteblivet|ej genomford|ej genomfort|not held)( .*)?"
)
_OWNER = re.compile(
    r"(ansvarig|agare|owner|assigned to|anvandare|user|utford av|created by|organizer|organisator|"
    r"besitzer|zustandig|bearbeiter|ansvarlig|ejer|eier|medarbetare|medarbejder|mitarbeiter|"
    r"handlaggare|resurs|resource|konsulent|utforare)( ?(namn|name|navn))?"
)
_PROGRAMME = re.compile(
    r"program|programme|programm|kampanj\w*|campaign|kampagne|kampanje|initiativ|satsning|aktion"
)
_START = re.compile(
    r"(start|starttid|startar|starts?|beginn|begin|von|from|fran|fra) ?(tid|time|datum|date|dt)?"
)
_END = re.compile(
    r"(slut|sluttid|slutar|end|ends?|ende|bis|to|till|til|stop) ?(tid|time|datum|date|dt)?"
)
_DAY = re.compile(
    r"(.*(besok|aktivitet|kontakt|mote|samtal|activity|visit|meeting|call|besuch|besog|utford|"
    r"genomford|completed|done).*|start.*|beginn)"
)
_MONEY = ("amount", "amount_net", "amount_with_vat", "amount_gross")
_LINES = ("order", "invoice", "product", "quantity", "unit_price", "unit_net_price")
_WHO = ("customer", "customer_any", "customer_name")
_NEARLY_ALL = 0.9  # of the cells of a column of hours: it is one, for all a stray word or two
_TOLD = 10  # hours of so many activities make a norm of their kind
#: One of which a log is told, beside customer and day; its roles in the order of the settings.
ROLES = ("customer", "date", "kind", "rep", "hours", "cost", "programme")


@dataclass
class Log:
    """A log of activities, and how it is to be read."""

    table: Table
    columns: dict[str, str]
    rule: tuple[str, str] | None = None  # the condition of what was called off, and its words
    norms: dict[str, str] = field(default_factory=dict)
    asks: list[Ask] = field(default_factory=list)


def is_log(engine: Engine, table: Table, columns: Mapping[str, Column]) -> bool:
    """Whether a table says when somebody did what for a customer, and not for which money."""
    found = {c.meaning for c in columns.values() if c.filled}
    named = _kind_by_name(columns)
    if not _days(columns) or not (found & {*_WHO} or named):
        return False
    if not named and found & {*_MONEY, *_LINES}:
        return False
    worded = _kind_by_words(engine, table, columns)
    if found & {*_MONEY}:  # quotations, or hours that are invoiced
        return named == worded
    if worded or (named and found & {*_WHO, *_LINES}):
        return True
    timed = found & {"hours", "minutes", "duration"}
    return bool(timed and _KINDS.search(words(table.label)))


def read_log(engine: Engine, table: Table, columns: Mapping[str, Column], buyers: str) -> Log:
    """The roles of a log's columns.

    Parameters
    ----------
    buyers : str
        SQL of the customers that sales name, as one column `v`; "" where that is not known.
    """
    log = Log(table, {})
    date = _date(columns)
    log.columns["customer"] = customer = _customer(engine, table, columns, buyers)
    log.columns["date"] = date
    kind = _kind_by_words(engine, table, columns) or _kind_by_name(columns)
    if kind:
        log.columns["kind"] = kind
    else:  # a file of one kind, as its name says
        told = re.findall(r"[^\W\d_]+", table.label)
        word = next((w for w in told if _KINDS.fullmatch(words(w))), table.name)
        log.columns["kind"] = literal(word.capitalize())
    log.columns["rep"] = _rep(columns, taken=(customer, kind))
    log.columns["hours"], plain = _hours(engine, table, columns, log, date)
    log.columns["cost"] = next((c.name for c in columns.values() if c.meaning == "cost"), "")
    programmes = [c for c in columns.values() if _PROGRAMME.fullmatch(words(c.name))]
    # an empty one too: it may be filled in later, and settings are written once
    log.columns["programme"] = max(programmes, key=_filled).name if programmes else ""
    log.columns = {r: log.columns[r] for r in ROLES if log.columns.get(r)}
    log.rule = _called_off(engine, table, columns)
    if kind and plain:
        log.norms = _norms(engine, table, kind, plain)
    return log


def _days(columns: Mapping[str, Column]) -> list[Column]:
    return [c for c in columns.values() if c.date and c.share > 0.5 and c.meaning != "since"]


def _date(columns: Mapping[str, Column]) -> str:
    """The day it was done: named so, else any day but those of something else."""

    def rank(column: Column) -> tuple[bool, ...]:
        plain = words(column.name)
        return (
            column.meaning == "other_date",
            bool(_END.fullmatch(plain)),
            not _DAY.fullmatch(plain),
            column.meaning != "date",
        )

    return min(_days(columns), key=rank).name


def _customer(engine: Engine, table: Table, columns: Mapping[str, Column], buyers: str) -> str:
    """The column that holds most of the customers who have sales; else the one named so."""
    named = [c for m in _WHO for c in columns.values() if c.meaning == m and c.filled]
    named = [c for c in named if not _OWNER.fullmatch(words(c.name))] or named
    likely = named or [c for c in columns.values() if not (c.date or c.decimals) and c.filled]
    if not buyers:
        return likely[0].name

    def met(column: Column) -> float:
        return float(
            engine.value(
                f"SELECT avg(CASE WHEN v IN ({buyers}) THEN 1.0 ELSE 0 END) FROM (SELECT DISTINCT "
                f"{quoted(column.name)} AS v FROM {quoted(table.name)}) WHERE v IS NOT NULL"
            )
            or 0.0
        )

    return max(likely, key=met).name  # of equals the first, a number before a name


def _kind_by_name(columns: Mapping[str, Column]) -> str:
    named = [c for c in columns.values() if c.meaning == "activity" and c.share > 0.5]
    return min(named, key=lambda c: c.distinct).name if named else ""


def _kind_by_words(engine: Engine, table: Table, columns: Mapping[str, Column]) -> str:
    """The column most of whose rows say visit, call, meeting and the like."""
    best, most = "", 0.5
    for column in columns.values():
        if column.number or column.date or not 1 <= column.distinct <= 60:
            continue
        values = engine.rows(
            f"SELECT {quoted(column.name)}, count(*) FROM {quoted(table.name)} WHERE "
            f"{quoted(column.name)} IS NOT NULL GROUP BY 1"
        )
        share = sum(n for v, n in values if _KINDS.search(words(v))) / max(column.rows, 1)
        share += 0.2 * (column.meaning == "activity" and share > 0.2)
        if share > most:
            best, most = column.name, share
    return best


def _filled(column: Column) -> bool:
    return column.filled > 0


def _rep(columns: Mapping[str, Column], taken: tuple[str, ...]) -> str:
    free = [c for c in columns.values() if c.name not in taken and c.filled]
    for meaning in ("rep_name", "rep"):
        for column in free:
            if column.meaning == meaning:
                return column.name
    return next((c.name for c in free if _OWNER.fullmatch(words(c.name))), "")


def _hours(
    engine: Engine, table: Table, columns: Mapping[str, Column], log: Log, date: str
) -> tuple[str, str]:
    """The mapping of hours, and SQL of them as a number; "" where there are none."""
    by: dict[str, Column] = {}
    for column in columns.values():
        if column.meaning in ("hours", "minutes", "duration") and column.filled:
            by.setdefault(column.meaning, column)
    by = {m: _counted(engine, table, c) for m, c in by.items()}
    hours, minutes, lasts = (by.get(m) for m in ("hours", "minutes", "duration"))
    clock = next((c for c in by.values() if _is_clock(engine, table, c)), None)
    if clock is not None:
        return clock.name, ""
    numeric = [c for c in (hours, minutes, lasts) if c is not None and c.number]
    if hours in numeric and minutes in numeric and minutes is not None and minutes.high < 60:
        both = [f"coalesce({name_in_sql(c.name)}, 0)" for c in (hours, minutes) if c is not None]
        h, m = (f"coalesce({number(c.name, table)}, 0)" for c in (hours, minutes) if c is not None)
        return f"{both[0]} + {both[1]} / 60", f"nullif({h} + {m} / 60, 0)"
    if numeric:
        best = max(numeric, key=lambda c: (round(c.share, 2), c.meaning != "duration"))
        if best.meaning == "minutes" or (best.meaning == "duration" and best.high > 24):
            plain = f"nullif({number(best.name, table)} / 60, 0)"
            return f"{name_in_sql(best.name)} / 60", plain
        if best.meaning == "duration" and best.high > 12 and not best.decimals:
            text = said(N_("{column} is read as hours; if it holds minutes, write {minutes}"),
                        column=best.name, minutes=f"{name_in_sql(best.name)} / 60")  # fmt: skip
            log.asks.append(Ask(said(N_("hours")), text, best.name))
        return best.name, f"nullif({number(best.name, table)}, 0)"
    ends = [c for c in columns.values() if c.date and _END.fullmatch(words(c.name))]
    starts = [c for c in columns.values() if c.date and _START.fullmatch(words(c.name))]
    if ends and starts:
        start, end = name_in_sql(starts[0].name), name_in_sql(ends[0].name)
        timed = engine.value(
            f"SELECT avg(CASE WHEN {quoted(ends[0].name)} LIKE '%:%' THEN 1.0 ELSE 0 END) FROM "
            f"{quoted(table.name)}"
        )
        if timed and timed > 0.5:
            return f"date_diff('minute', {start}, {end}) / 60", ""
    return "", ""


def _counted(engine: Engine, table: Table, column: Column) -> Column:
    """The column as one of numbers, where nearly all that was written in it by hand are."""
    if column.number or column.date:
        return column
    x, n = quoted(column.name), number(column.name, table)
    plain = f"regexp_full_match({x}, '\\s*-?[0-9]+([.,][0-9]+)?\\s*')"
    share, high, parts = engine.rows(
        f"SELECT avg(CASE WHEN {plain} THEN 1.0 ELSE 0 END), max(CASE WHEN {plain} THEN {n} END), "
        f"avg(CASE WHEN {plain} THEN CASE WHEN {n} <> floor({n}) THEN 1.0 ELSE 0 END END) "
        f"FROM {quoted(table.name)} WHERE {x} IS NOT NULL"
    )[0]
    if not share or share < _NEARLY_ALL:
        return column
    return replace(column, number=True, high=float(high or 0), decimals=float(parts or 0))


def _is_clock(engine: Engine, table: Table, column: Column) -> bool:
    """Whether a column says `1:30`."""
    found = engine.value(
        f"SELECT avg(CASE WHEN regexp_full_match({quoted(column.name)}, "
        f"'[0-9]{{1,3}}:[0-5][0-9](:[0-5][0-9])?') THEN 1.0 ELSE 0 END) FROM "
        f"{quoted(table.name)} WHERE {quoted(column.name)} IS NOT NULL"
    )
    return bool(found and found > 0.5)


def _called_off(
    engine: Engine, table: Table, columns: Mapping[str, Column]
) -> tuple[str, str] | None:
    """The condition of what was called off, and its values."""
    for column in columns.values():
        if column.meaning not in ("status", "document_type", "") or not 2 <= column.distinct <= 25:
            continue
        values = engine.rows(
            f"SELECT DISTINCT {quoted(column.name)} FROM {quoted(table.name)} WHERE "
            f"{quoted(column.name)} IS NOT NULL ORDER BY 1"
        )
        marks = [v for (v,) in values if _OFF.fullmatch(words(v))]
        if 0 < len(marks) < len(values):
            listed = ", ".join(literal(m) for m in marks)
            return f"{name_in_sql(column.name)} IN ({listed})", ", ".join(marks)
    return None


def _norms(engine: Engine, table: Table, kind: str, hours: str) -> dict[str, str]:
    """Kinds with rows without hours -> the median hours of their other rows."""
    each = f"trim({quoted(kind)})"
    found = engine.rows(
        f"SELECT mode({each}), median(h), count(h), count(*) FROM (SELECT *, {hours} AS h FROM "
        f"{quoted(table.name)}) WHERE {each} IS NOT NULL GROUP BY lower({each}) "
        "ORDER BY 4 DESC, 1"
    )
    norms: dict[str, str] = {}
    for name, middle, told, rows in found:
        if told >= _TOLD and rows > told and 0 < round(middle, 2) <= 24:
            norms[name] = f"{middle:.2f}".rstrip("0").rstrip(".")
    return norms
