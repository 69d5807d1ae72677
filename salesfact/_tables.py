"""What lies in this file? Each of its tables, as columns with what was found of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from salesfact._dialect import Dialect
from salesfact._errors import Fault, SourceError
from salesfact._formats import Ask
from salesfact._headers import tongue
from salesfact._layout import find_header
from salesfact._sniff import column_names, find_formats, sniff, without_totals

if TYPE_CHECKING:
    import pyarrow as pa

BOOKS = {".xlsx", ".xlsm", ".xlsb", ".xls", ".ods"}
PARQUET = {".parquet", ".pq"}
SQLITE = {".sqlite", ".sqlite3", ".db"}
DUCKDB = {".duckdb", ".ddb"}
TEXT = {".csv", ".txt", ".tsv", ".tab", ".skv", ".asc", ".prn", ".dat", ".gz", ".zip"}
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
    sheet, inside : str
        Sheet of a book; table of a database.
    """

    name: str
    paths: tuple[Path, ...]
    kind: str
    dialect: Dialect
    rows: pa.Table
    dates: frozenset[str] = frozenset()
    numbers: frozenset[str] = frozenset()
    currencies: frozenset[str] = frozenset()
    preamble: str = ""
    asks: tuple[Ask, ...] = ()
    how: tuple[str, ...] = ()
    complete: bool = True
    language: str = ""
    sheet: str = ""
    inside: str = ""
    folder: Path | None = None

    @property
    def columns(self) -> list[str]:
        """Names of the columns."""
        return self.rows.column_names

    @property
    def label(self) -> str:
        """What a reader calls it: its file, and sheet or table where there are several."""
        first = self.paths[0].name + (f" and {len(self.paths) - 1} more" * (len(self.paths) > 1))
        inner = self.sheet or self.inside
        return f"{first}: {inner}" if inner else first


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
                f"it is no readable Parquet file ({str(error).splitlines()[0][:120]})",
                where=path.name,
                remedy="export it again",
            )
        ) from None
    flat = [f.name for f in rows.schema if not pa.types.is_nested(f.type)]
    table = Table(
        path.stem,
        (path,),
        "parquet",
        Dialect(header_line=1),
        rows.select(flat),
        how=(f"Parquet, typed, {book.metadata.num_rows:,} rows".replace(",", " "),),
        complete=not few,
    )
    return _finish(table)


def _cell(value: object) -> object:
    if isinstance(value, str):
        return value.strip() or None
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (dt.datetime, dt.date)):
        return value.isoformat(sep=" ") if isinstance(value, dt.datetime) else value.isoformat()
    return None if value is None else str(value)


def _book(path: Path) -> Iterator[Table]:
    """Every sheet that holds a table; title rows above the header are skipped."""
    import pyarrow as pa
    from python_calamine import CalamineWorkbook

    try:
        book = CalamineWorkbook.from_path(str(path))
    except Exception as error:  # calamine raises many kinds; all mean the same to the user
        raise SourceError(
            Fault(
                f"it is no readable workbook ({str(error)[:120]})",
                where=path.name,
                allowed="xlsx, xlsm, xlsb, xls or ods without password",
                remedy="open it in Excel and save it again, or export CSV",
            )
        ) from None
    tables: list[Table] = []
    for sheet in book.sheet_names:
        cells = book.get_sheet_by_name(sheet).to_python(skip_empty_area=False)
        top = [["" if c is None else str(_cell(c) or "") for c in r] for r in cells[:60]]
        filled = [i for i, r in enumerate(top) if sum(map(bool, r)) >= 2]
        if not filled or len(cells) < 2:
            continue
        used = {j for r in top for j, c in enumerate(r) if c}
        width = len(used)
        squeezed = [[r[j] for j in sorted(used)] for r in top]
        more = [[str(_cell(r[j]) or "") for j in sorted(used)] for r in cells[60:200]]
        at = find_header([*squeezed, *more], width)
        header = (
            [top[at][j] if j < len(top[at]) else "" for j in range(len(cells[0]))]
            if (at is not None)
            else [""] * len(cells[0])
        )
        names = column_names(header)
        body = cells[(at + 1) if at is not None else 0 :]
        data = {}
        for j, name in enumerate(names):
            column = [_cell(r[j]) for r in body]
            headed = at is not None and header[j]
            if headed or (at is None and any(v is not None for v in column)):
                data[name] = pa.array(column, pa.string())
        if not data:
            continue
        line = 0 if at is None else at + 1
        tables.append(
            _finish(
                Table(
                    sheet if len(book.sheet_names) > 1 else path.stem,
                    (path,),
                    "excel",
                    Dialect(header_line=line),
                    pa.table(data),
                    sheet=sheet,
                    preamble="\n".join(" ".join(c for c in r if c) for r in top[: at or 0]),
                    how=(
                        f"sheet '{sheet}', {len(body):,} rows".replace(",", " "),
                        f"header in line {line}" if line else "no header",
                    ),
                )
            )
        )
    if not tables:
        raise SourceError(
            Fault("no sheet holds a table", where=path.name, remedy="export the lines to a sheet")
        )
    yield from tables


def _sqlite(path: Path) -> Iterator[Table]:
    import sqlite3

    import pyarrow as pa

    con = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)
    try:
        names = [
            r[0]
            for r in con.execute(
                "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') "
                "AND name NOT LIKE 'sqlite_%' ORDER BY name"
            )
        ]
        for name in names:
            quoted = '"' + name.replace('"', '""') + '"'
            cursor = con.execute(f"SELECT * FROM {quoted} LIMIT 1000000")
            columns = [d[0] for d in cursor.description]
            rows = cursor.fetchall()
            data = {
                c: pa.array([_cell(r[j]) for r in rows], pa.string()) for j, c in enumerate(columns)
            }
            if rows:
                yield _database_table(path, "sqlite", name, pa.table(data), len(rows) < 1_000_000)
    finally:
        con.close()


def _duckdb(path: Path) -> Iterator[Table]:
    import duckdb

    with duckdb.connect(str(path), read_only=True) as con:
        names = [r[0] for r in con.execute("SHOW TABLES").fetchall()]
        for name in names:
            quoted = '"' + name.replace('"', '""') + '"'
            rows = con.execute(f"SELECT * FROM {quoted} LIMIT 5000000").to_arrow_table()
            if rows.num_rows:
                yield _database_table(path, "duckdb", name, rows, rows.num_rows < 5_000_000)


def _database_table(path: Path, kind: str, name: str, rows: pa.Table, complete: bool) -> Table:
    return _finish(
        Table(
            name,
            (path,),
            kind,
            Dialect(),
            rows,
            inside=name,
            how=(f"table '{name}', {rows.num_rows:,} rows".replace(",", " "),),
            complete=complete,
        )
    )
