"""What lies in this file? Each of its tables, as columns with what was found of them."""

from __future__ import annotations

import datetime as dt
import gc
import html
import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from salesfact import _databases as databases
from salesfact._books import SUFFIXES, sheet_names
from salesfact._columns import Builder
from salesfact._dialect import Dialect
from salesfact._errors import Fault, SourceError
from salesfact._formats import Ask
from salesfact._headers import tongue
from salesfact._language import N_
from salesfact._layout import find_header
from salesfact._said import and_more, both, said, verbatim
from salesfact._sniff import find_formats, sniff, without_totals
from salesfact._text import unique_names

if TYPE_CHECKING:
    import pyarrow as pa

BOOKS = set(SUFFIXES)
PARQUET = {".parquet", ".pq"}
SQLITE = {".sqlite", ".sqlite3", ".db"}
DUCKDB = {".duckdb", ".ddb"}
TEXT = {".csv", ".txt", ".tsv", ".tab", ".skv", ".asc", ".prn", ".dat", ".gz", ".zip"}
_MOST = 5_000_000  # rows of a table that are looked at
READABLE = BOOKS | PARQUET | SQLITE | DUCKDB | TEXT


@dataclass(frozen=True)
class Table:
    """One table that was found: its files, how to read it, and its rows as columns.

    Parameters
    ----------
    name : str
        Short name, usable in SQL.
    paths : tuple of Path
        Its files; several where files are alike.
    kind : str
        `text`, `excel`, `parquet`, `sqlite` or `duckdb`.
    dialect : Dialect
        How its texts are written; for typed sources only numbers and dates in text count.
    rows : pyarrow Table
        The rows; text columns unless the source is typed.
    marks : mapping
        Column -> currency mark in its values ("" = none) -> number of distinct values.
    sheets : tuple of str
        Sheets of a book; several where sheets are alike.
    inside : str
        Table of a database.
    only : tuple of str
        All sheets of its book that hold anything.
    """

    name: str
    paths: tuple[Path, ...]
    kind: str
    dialect: Dialect
    rows: pa.Table
    dates: frozenset[str] = frozenset()
    numbers: frozenset[str] = frozenset()
    currencies: frozenset[str] = frozenset()
    marks: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    preamble: str = ""
    asks: tuple[Ask, ...] = ()
    how: tuple[str, ...] = ()
    complete: bool = True
    language: str = ""
    sheets: tuple[str, ...] = ()
    inside: str = ""
    only: tuple[str, ...] = ()
    folder: Path | None = None

    @property
    def columns(self) -> list[str]:
        """Names of the columns."""
        return self.rows.column_names

    @property
    def label(self) -> str:
        """What a reader calls it: its file, and sheet or table where there are several."""
        first = and_more([p.name for p in self.paths], 1)
        return both(first, verbatim(", ".join(self.sheets) or self.inside), mark=": ")


class UnsavedError(SourceError):
    """A workbook whose formulas were never calculated: what they stand for is not in the file."""


def tables_in(path: Path) -> Iterator[Table]:
    suffix = path.suffix.lower()
    head = b""
    with path.open("rb") as stream:
        head = stream.read(16)
    if suffix in PARQUET or head.startswith(b"PAR1"):
        yield _parquet(path)
    elif suffix in BOOKS:
        yield from _book(path)
    elif head.startswith(b"SQLite format 3"):
        yield from _sqlite(path)
    elif suffix in DUCKDB or head[8:12] == b"DUCK":
        yield from _duckdb(path)
    else:
        s = sniff(path)
        yield Table(
            name=path.stem,
            paths=(path,),
            kind="text",
            dialect=s.dialect,
            rows=s.table,
            dates=frozenset(s.dates),
            numbers=frozenset(s.numbers),
            currencies=s.currencies,
            marks=s.marks,
            preamble=s.preamble,
            asks=s.asks,
            how=s.how,
            complete=s.complete,
            language=s.language,
        )


def typed(rows: pa.Table) -> tuple[frozenset[str], frozenset[str]]:
    """(dates, numbers) among typed columns."""
    import pyarrow.types as t

    dates = {f.name for f in rows.schema if t.is_temporal(f.type)}
    numbers = {
        f.name
        for f in rows.schema
        if t.is_integer(f.type) or t.is_floating(f.type) or t.is_decimal(f.type)
    }
    return frozenset(dates), frozenset(numbers)


def _finish(table: Table) -> Table:
    """Add what the texts of a typed table tell."""
    rows = without_totals(table.rows)
    language = tongue(rows.column_names, table.preamble)
    formats = find_formats(rows, language)
    dates, numbers = typed(rows)
    dialect = replace(
        table.dialect, decimal=formats.decimal, thousands=formats.thousands, date=formats.date
    )
    return replace(
        table,
        rows=rows,
        dialect=dialect,
        dates=dates | set(formats.dates),
        numbers=numbers | set(formats.numbers),
        currencies=frozenset(formats.currencies),
        marks=formats.marks,
        asks=tuple(formats.asks),
        how=(*table.how, *formats.how),
        language=language,
    )


def _parquet(path: Path) -> Table:
    import pyarrow as pa
    from pyarrow import parquet

    try:
        book = parquet.ParquetFile(path)
        groups = book.num_row_groups
        # 5 M rows are plenty to understand a table by; the first, middle and last groups.
        few = groups and book.metadata.num_rows > 5_000_000
        picked = sorted({0, groups // 2, groups - 1}) if few else list(range(groups))
        rows = book.read_row_groups(picked) if groups else book.read()
    except (pa.ArrowInvalid, OSError) as error:
        raise SourceError(
            Fault(
                said(
                    N_("it is no readable Parquet file ({told})"),
                    told=str(error).splitlines()[0][:120],
                ),
                where=path.name,
                remedy=N_("export it again"),
            )
        ) from None
    flat = [f.name for f in rows.schema if not pa.types.is_nested(f.type)]
    table = Table(
        path.stem,
        (path,),
        "parquet",
        Dialect(header_line=1),
        rows.select(flat),
        how=(said(N_("Parquet, typed, {rows} rows"), rows=book.metadata.num_rows),),
        complete=not few,
    )
    return _finish(table)


def _shown(value: object) -> str:
    """A cell as the header search sees it."""
    if value is None or value == "":
        return ""
    if isinstance(value, (dt.datetime, dt.date)):
        return value.isoformat()[:10]
    return str(value).strip()


def _book(path: Path) -> Iterator[Table]:
    """Every sheet that holds a table; title rows above the header are skipped."""
    from python_calamine import CalamineWorkbook

    names = sheet_names(path)  # which also tells what is no workbook, in the user's words
    book = CalamineWorkbook.from_path(str(path))
    found = 0
    faults: list[Fault] = []
    bare = _unsaved(path)
    filled = [n for n in names if book.get_sheet_by_name(n).height]
    for name in names:
        sheet = book.get_sheet_by_name(name)
        top = [[_shown(c) for c in r] for r in islice(sheet.iter_rows(), 200)]
        used = sorted({j for r in top for j, c in enumerate(r) if c})
        if len(used) < 2 or len(top) < 2:
            continue
        wide = [[r[j] if j < len(r) else "" for j in used] for r in top]
        at = find_header(wide, len(used))
        line = 0 if at is None else at + 1
        columns = () if line else tuple(f"column_{j + 1}" for j in range(used[-1] + 1))
        rows = _sheet_rows(sheet, line, columns or unique_names(top[line - 1]))
        rows = rows.select([c for j, c in enumerate(rows.column_names) if j in used])
        if not rows.num_rows:
            continue
        if bare.get(name, 0) > max(5, 0.01 * rows.num_rows):
            faults.append(
                Fault(
                    said(
                        N_("sheet '{name}' holds {count} formulas without stored values"),
                        name=name,
                        count=bare[name],
                    ),
                    where=path.name,
                    remedy=N_("open the workbook in Excel, save it, and run init again"),
                )
            )
        found += 1
        yield _finish(
            Table(
                name if len(names) > 1 else path.stem,
                (path,),
                "excel",
                Dialect(header_line=line, columns=columns),
                rows,
                sheets=(name,),
                only=tuple(filled),
                preamble="\n".join(" ".join(c for c in r if c) for r in top[: at or 0]),
                how=(
                    said(N_("sheet '{name}', {rows} rows"), name=name, rows=rows.num_rows),
                    said(N_("header in line {line}"), line=line) if line else said(N_("no header")),
                ),
            )
        )
    if faults:
        raise UnsavedError.of(faults)
    if not found:
        raise SourceError(
            Fault(
                said(N_("no sheet holds a table")),
                where=path.name,
                remedy=N_("export the lines to a sheet"),
            )
        )


_EMPTY_FORMULA = re.compile(rb"<f\b[^>]*(?:/>|>[^<]*</f>)\s*(?:<v\s*/>|<v>\s*</v>)?\s*</c>")


def _unsaved(path: Path) -> dict[str, int]:
    """Sheet -> formulas without a stored value, which read as empty cells.

    Programs that write workbooks without calculating leave them so; the first parts of each sheet
    are looked at.
    """
    if path.suffix.lower() not in (".xlsx", ".xlsm"):
        return {}
    counts: dict[str, int] = {}
    with zipfile.ZipFile(path) as box:
        inside = set(box.namelist())
        if not {"xl/workbook.xml", "xl/_rels/workbook.xml.rels"} <= inside:
            return {}
        targets = {}
        for tag in re.findall(rb"<Relationship\b[^>]*>", box.read("xl/_rels/workbook.xml.rels")):
            said = dict(re.findall(r'(\w+)="([^"]*)"', tag.decode("utf-8", "replace")))
            targets[said.get("Id", "")] = said.get("Target", "")
        for tag in re.findall(rb"<sheet\b[^>]*>", box.read("xl/workbook.xml")):
            said = dict(re.findall(r'([\w:]+)="([^"]*)"', tag.decode("utf-8", "replace")))
            target = targets.get(said.get("r:id", ""), "")
            member = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
            if member in inside:
                with box.open(member) as stream:
                    text = stream.read(8 << 20)
                counts[html.unescape(said.get("name", ""))] = len(_EMPTY_FORMULA.findall(text))
    return counts


def _sheet_rows(sheet: Any, skip: int, names: Sequence[str]) -> pa.Table:
    """The rows below the header, typed column by column; empty rows are left out."""
    import pyarrow as pa

    rows = islice(sheet.iter_rows(), skip, None)
    builders = [Builder() for _ in names]
    running = gc.isenabled()
    gc.disable()  # millions of cells without a cycle among them
    try:
        while chunk := list(islice(rows, 20_000)):
            kept = [r for r in chunk if r[0] != "" or any(c != "" for c in r)]
            if kept:
                for builder, values in zip(builders, zip(*kept, strict=True), strict=False):
                    builder.add(values)
    finally:
        if running:
            gc.enable()
    return pa.table({n: b.column() for n, b in zip(names, builders, strict=True)})


def _sqlite(path: Path) -> Iterator[Table]:
    import sqlite3

    import pyarrow as pa

    con = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)
    try:
        for name in databases.tables(path):
            quoted = '"' + name.replace('"', '""') + '"'
            cursor = con.execute(f"SELECT * FROM {quoted} LIMIT {_MOST}")
            names = unique_names([d[0] for d in cursor.description])
            builders = [Builder() for _ in names]
            count = 0
            while chunk := cursor.fetchmany(20_000):
                count += len(chunk)
                for builder, values in zip(builders, zip(*chunk, strict=True), strict=True):
                    builder.add(values)
            if count:
                columns = {n: b.column() for n, b in zip(names, builders, strict=True)}
                yield _database_table(path, "sqlite", name, pa.table(columns), count < _MOST)
    except sqlite3.Error as error:
        raise SourceError(
            Fault(
                said(N_("cannot be read as an SQLite database: {error}"), error=str(error)),
                where=path.name,
            )
        ) from None
    finally:
        con.close()


def _duckdb(path: Path) -> Iterator[Table]:
    import duckdb

    names = databases.tables(path)  # which also tells what is no database, in the user's words
    with duckdb.connect(str(path), read_only=True) as con:
        for name in names:
            quoted = '"' + name.replace('"', '""') + '"'
            rows = con.execute(f"SELECT * FROM {quoted} LIMIT {_MOST}").to_arrow_table()
            if rows.num_rows:
                yield _database_table(path, "duckdb", name, rows, rows.num_rows < _MOST)


def _database_table(path: Path, kind: str, name: str, rows: pa.Table, complete: bool) -> Table:
    return _finish(
        Table(
            name,
            (path,),
            kind,
            Dialect(),
            rows,
            inside=name,
            how=(said(N_("table '{name}', {rows} rows"), name=name, rows=rows.num_rows),),
            complete=complete,
        )
    )
