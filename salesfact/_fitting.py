"""Which `format:` would read these rows? The settings' own against what the files show."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from salesfact._cells import date_sql, number_sql
from salesfact._client import Settings
from salesfact._dialect import Dialect
from salesfact._errors import Fault, SalesfactError
from salesfact._language import N_
from salesfact._mapping import quoted
from salesfact._relations import dialect_of, source_files
from salesfact._said import Said, said
from salesfact._source_settings import FileSource
from salesfact._tables import Table, tables_in

if TYPE_CHECKING:
    import duckdb

_ORDERS = ("YMD", "DMY", "MDY")
_STYLES = ((".", ""), (",", ""), (",", " "), (",", "."), (".", ","), (".", " "), (".", "'"))
#: Reasons that a wrong format gives; where none of them is met, the format fits.
SIGNS = (
    "unreadable_date", "unreadable_amount", "surplus_columns", "missing_columns", "bad_bytes",
    "unclosed_quote", "unreadable_hours",
)  # fmt: skip
_BETTER = 1.02  # so many times the values, or it is no reason to change a setting


def fitting(settings: Settings) -> list[Fault]:
    """What `format:` should say where something else reads clearly more; empty where it fits.

    Every value of the columns that hold days and money is read with the settings' format and with
    the others, by the same rules that read the facts. Day and month the wrong way round, or two
    digits of a year taken for a day, may lose no row at all; that is told by the days which come
    out.
    """
    sales, log = settings.sources.sales, settings.sources.activities
    roles = sales.columns
    days = [roles.date]
    money = [m for m in (roles.amount, roles.margin, roles.cost, roles.quantity) if m]
    sources: list[tuple[str, FileSource, list[str], list[str]]] = []
    if sales.file:
        sources.append(("sources.sales", sales, days, money))
    for name, source in settings.sources.files.items():
        sources.append((f"sources.files.{name}", source, days, money))
    if log is not None:
        hours = [m for m in (log.columns.hours, log.columns.cost) if m]
        sources.append(("sources.activities", log, [log.columns.date], hours))
    found: list[Fault] = []
    for where, source, dates, numbers in sources:
        try:
            path = source_files(source, settings.folder, where)[0]
            sheets = set(source.format.sheet) - {"all"}
            tables = [t for t in tables_in(path) if not sheets or sheets & set(t.sheets)]
            tables = [t for t in tables if not source.table or t.inside == source.table]
        except (SalesfactError, OSError):
            continue  # what cannot be looked at is told where it is read
        if tables:
            found += _of_table(
                max(tables, key=lambda t: t.rows.num_rows), source, where, dates, numbers
            )
    return found


def _of_table(
    table: Table, source: FileSource, where: str, days: Sequence[str], money: Sequence[str]
) -> Iterator[Fault]:
    import duckdb

    now = dialect_of(source.format)
    if table.kind == "text" and (laid := _layout(table.dialect, now)):
        written = ", ".join(f"{k}: {_shown(v)}" for k, v in laid.items())
        yield Fault(
            said(
                N_("the file reads as {count} columns with {written}"),
                count=len(table.columns),
                written=written,
            ),
            where=f"{where}.format",
            remedy=_write(written),
        )
    texts = [f.name for f in table.rows.schema if str(f.type) == "string"]
    with duckdb.connect() as con:
        con.register("seen", table.rows.select(texts))
        for key, columns in (("date", _named(days, texts)), ("decimal", _named(money, texts))):
            others = (
                [replace(now, date=o) for o in (table.dialect.date, *_ORDERS)]
                if key == "date"
                else [
                    replace(now, decimal=d, thousands=t)
                    for d, t in ((table.dialect.decimal, table.dialect.thousands), *_STYLES)
                ]
            )
            reads = date_sql if key == "date" else number_sql
            for column in columns:
                told = _better(con, column, reads, now, others)
                if told is None and key == "date" and (order := _likelier(con, column, table, now)):
                    yield Fault(
                        said(
                            N_(
                                "the days in {column} can be read with date: {now}, but are written"
                                " as if they were {order}"
                            ),
                            column=column,
                            now=now.date,
                            order=order,
                        ),
                        where=f"{where}.format",
                        remedy=_write(f"date: {order}"),
                    )
                    break
                if told is None:
                    continue
                best, more, few, rows = told
                new, old = _words(best, key, now), _words(now, key, best)
                yield Fault(
                    said(
                        N_(
                            "{old} reads {few} of the {rows} values in {column}; {new} reads {more}"
                        ),
                        old=old,
                        few=few,
                        rows=rows,
                        column=column,
                        new=new,
                        more=more,
                    ),
                    where=f"{where}.format",
                    remedy=_write(new),
                )
                break


def _write(settings: str) -> Said:
    return said(N_("write {settings}"), settings=settings)


def _layout(found: Dialect, said: Dialect) -> dict[str, str]:
    """What of the layout the settings say otherwise."""
    if found.kind != said.kind:
        return {"kind": found.kind} | (
            {"delimiter": found.delimiter} if found.kind == "delimited" else {}
        )
    if found.kind == "delimited" and found.delimiter != said.delimiter:
        return {"delimiter": found.delimiter}
    return {}


def _shown(value: str) -> str:
    return "tab" if value == "\t" else f'"{value}"' if not value.isalnum() else value


def _named(mappings: Sequence[str], texts: Sequence[str]) -> list[str]:
    """The text columns that some mappings are made of."""
    return [
        t
        for t in texts
        if any(t == m or re.search(rf"(?<!\w){re.escape(t)}(?!\w)", m) for m in mappings)
    ]


def _better(
    con: duckdb.DuckDBPyConnection,
    column: str,
    reads: Any,
    said: Dialect,
    others: Sequence[Dialect],
) -> tuple[Dialect, int, int, int] | None:
    """The format that reads clearly more of a column: it, what it reads, what is read, all."""
    counts: Mapping[Dialect, int] = {}
    every = list(dict.fromkeys([said, *others]))
    name = quoted(column)
    picked = ", ".join(f"sum(n) FILTER ({reads('v', d)} IS NOT NULL)" for d in every)
    row = con.execute(
        f"SELECT sum(n), {picked} FROM (SELECT trim({name}) AS v, count(*) AS n FROM seen "
        f"WHERE trim({name}) <> '' GROUP BY 1)"
    ).fetchone()
    if row is None or not row[0]:
        return None
    rows, *found = (int(x or 0) for x in row)
    counts = dict(zip(every, found, strict=True))
    best = max(every, key=lambda d: counts[d])  # of equals the first: the settings', the file's
    if counts[best] < max(_BETTER * counts[said], 0.5 * rows):
        return None
    return best, counts[best], counts[said], rows


def _likelier(
    con: duckdb.DuckDBPyConnection, column: str, table: Table, said: Dialect
) -> str | None:
    """The order of day, month and year that makes more sense where several read all values.

    The one that the values decide; or the one with one day in many months, as invoicing once a
    month gives, where the settings' own has many days in one month.
    """
    decided = table.dialect.date
    if column not in table.dates or any(not re.search("[-/. ]", v) for v in _few(con, column)):
        return None
    if decided != said.date and not any(a.topic == "date order" for a in table.asks):
        return decided if any(f"dates {decided}" in h for h in table.how) else None
    other = {"DMY": "MDY", "MDY": "DMY"}.get(said.date)
    if other is None:
        return None
    read = date_sql("v", said)
    row = con.execute(
        "SELECT count(DISTINCT month(d)), count(DISTINCT day(d)), max(day(d)) FROM "
        f"(SELECT DISTINCT {read} AS d FROM "
        f"(SELECT DISTINCT trim({quoted(column)}) AS v FROM seen))"
    ).fetchone()
    if row is None:
        return None
    months, days, last = row
    return other if months == 1 and days >= 6 and last <= 12 else None


def _few(con: duckdb.DuckDBPyConnection, column: str) -> list[str]:
    name = quoted(column)
    rows = con.execute(f"SELECT {name} FROM seen WHERE trim({name}) <> '' LIMIT 100").fetchall()
    return [v for (v,) in rows]


def _words(dialect: Dialect, key: str, other: Dialect) -> str:
    if key == "date":
        return f"date: {dialect.date}"
    parts = []
    if dialect.decimal != other.decimal or dialect.thousands == other.thousands:
        parts.append(f'decimal: "{dialect.decimal}"')
    if dialect.thousands != other.thousands:
        parts.append(f'thousands: "{dialect.thousands}"')
    return ", ".join(parts)
