"""How is this text file written? Encoding, delimiter, header, numbers and dates, from the file."""

from __future__ import annotations

import gzip
import re
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from salesfact._dialect import Dialect
from salesfact._encoding import guess_encoding
from salesfact._errors import Fault, SourceError
from salesfact._formats import (
    DATED,
    Ask,
    Formats,
    are_dates,
    are_short_dates,
    find_dates,
    find_numbers,
    may_be_numbers,
    spread,
)
from salesfact._headers import meaning, tongue
from salesfact._language import N_
from salesfact._layout import (
    cut,
    find_delimiter,
    find_header,
    find_quote,
    find_widths,
    fixed_names,
    has_quoted_breaks,
    split_line,
)
from salesfact._said import said
from salesfact._shapes import distinct, shapes, some
from salesfact._text import unique_names

if TYPE_CHECKING:
    import pyarrow as pa

WHOLE = 64 << 20  # bytes of a file that are read whole; of larger ones, parts
_BLOCK = 3 << 20
_TOTAL = re.compile(r"^\W*(summa|totalt?|total|sum|gesamt|i alt|sum total|delsumma)\b", re.I)


@dataclass(frozen=True)
class Sniffed:
    """What was found in one text file.

    Parameters
    ----------
    dialect : Dialect
        How it is written.
    table : pyarrow Table
        Its rows (or, of a large file, those of many parts of it), every column as text.
    dates, numbers : tuple of str
        Columns whose values are dates, numbers.
    preamble : str
        What stands above the header.
    asks : tuple of Ask
        What the file leaves open.
    how : tuple of str
        What was found, and from what.
    complete : bool
        Whether `table` holds the whole file.
    """

    dialect: Dialect
    table: pa.Table
    dates: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    currencies: frozenset[str] = frozenset()
    marks: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    preamble: str = ""
    asks: tuple[Ask, ...] = ()
    how: tuple[str, ...] = ()
    complete: bool = True
    language: str = ""


def read_sample(path: Path) -> tuple[bytes, bool]:
    """The bytes of a file, or whole lines from all over a large one; and whether that is all."""
    if path.suffix == ".gz":
        with gzip.open(path, "rb") as stream:
            data = stream.read(WHOLE)
            return data, not stream.read(1)
    if path.suffix == ".zip":
        with zipfile.ZipFile(path) as box:
            inside = [n for n in box.namelist() if not n.endswith("/")]
            if not inside:
                raise SourceError(Fault(said(N_("the archive is empty")), where=path.name))
            with box.open(inside[0]) as stream:
                data = stream.read(WHOLE)
                return data, not stream.read(1)
    size = path.stat().st_size
    with path.open("rb") as stream:
        if size <= WHOLE:
            return stream.read(), True
        head = stream.read(_BLOCK)
        parts = [head[: head.rfind(b"\n") + 1]]
        for k in range(1, 16):
            at = int(k * (size - _BLOCK) / 15)
            stream.seek(at)
            block = stream.read(_BLOCK)
            parts.append(block[block.find(b"\n") + 1 : block.rfind(b"\n") + 1])
        return b"".join(parts), False


def sniff(path: str | Path) -> Sniffed:
    """Find out how a text file is written.

    Parameters
    ----------
    path : path
        A text file, plain, gzipped or the first of a zip archive.

    Raises
    ------
    SourceError
        If the file is empty, is no text, or no columns can be found in it.
    """
    path = Path(path)
    try:
        data, complete = read_sample(path)
    except (EOFError, zipfile.BadZipFile, zlib.error, gzip.BadGzipFile, RuntimeError):
        raise SourceError(
            Fault(
                said(N_("the archive is damaged, cut short or has a password")),
                where=path.name,
                remedy=N_("pack or download it again, or unpack it and name what was inside"),
            )
        ) from None
    if not data.strip():
        raise SourceError(
            Fault(
                said(N_("the file is empty")),
                where=path.name,
                remedy=N_("export it again, or leave it out"),
            )
        )
    encoding, how_encoded = guess_encoding(data)
    if encoding in ("utf-16-le", "utf-16-be"):
        raise SourceError(
            Fault(
                said(N_("UTF-16 without the mark at its beginning that says so")),
                where=path.name,
                allowed=N_("UTF-8, UTF-16 with a byte-order mark, cp1252, cp850, latin-1"),
                remedy=N_("export it as UTF-8, or open it in an editor and save it as UTF-8"),
            )
        )
    text = data.decode(encoding, errors="replace").replace("\0", "")
    del data
    strange = sum(c < " " and c not in "\t\n\r\f\x1a" for c in text[:20_000])
    if strange > 0.02 * min(len(text), 20_000):
        raise SourceError(
            Fault(
                said(N_("the file is not text")),
                where=path.name,
                allowed=N_("csv, txt, xlsx, xls, parquet, sqlite or duckdb files (also .gz, .zip)"),
                remedy=N_("export it as CSV or Excel"),
            )
        )
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    lines = text.split("\n")
    how: list[str] = [said("{encoding} ({how})", encoding=encoding, how=how_encoded)]
    sample = [*lines[:300], *spread(lines[300:], 700)]
    found = find_delimiter(sample)
    if found is not None:
        sniffed = _delimited(text, lines, found, encoding)
    else:
        sniffed = _fixed(lines, encoding, path)
    how += sniffed.how
    return _with_formats(replace(sniffed, complete=complete, how=tuple(how)))


def _delimited(
    text: str, lines: list[str], found: tuple[str, int, float], encoding: str
) -> Sniffed:
    delimiter, width, _ = found
    some = '"' in text or "'" in text
    marked = [line for line in lines if '"' in line or "'" in line] if some else []
    quote = find_quote(spread(marked, 20_000) or lines[:100], delimiter)
    breaks = bool(quote) and quote in text and has_quoted_breaks(lines, delimiter, quote, width)
    rows = [split_line(line, delimiter, quote) for line in lines[:300]]
    at = find_header(rows, width)
    header = rows[at] if at is not None else [""] * width
    names = unique_names(header)
    dialect = Dialect(
        encoding=encoding,
        delimiter=delimiter,
        quote=quote,
        header_line=0 if at is None else at + 1,
        columns=tuple(names) if at is None else (),
        quoted_breaks=breaks,
    )
    table = _load(lines, 0 if at is None else at + 1, dialect, names)
    shown = {"\t": "tab"}.get(delimiter, delimiter)
    how = [
        said(N_("delimiter '{mark}', {count} columns"), mark=shown, count=len(names)),
        said(N_("no header")) if at is None else said(N_("header in line {line}"), line=at + 1),
    ]
    if breaks:
        how.append(said(N_("quoted fields hold line breaks")))
    preamble = "\n".join(lines[: at or 0])
    return Sniffed(dialect, table, preamble=preamble, how=tuple(how))


def _load(lines: list[str], skip: int, dialect: Dialect, names: list[str]) -> pa.Table:
    """The body as text columns; rows that do not fit are left out of the picture here."""
    import pyarrow as pa
    from pyarrow import csv

    body = "\n".join(lines[skip:]).encode("utf-8", errors="replace")
    tries = [(dialect.quote or False, dialect.quoted_breaks), (False, False)]
    for quote, breaks in tries:
        try:
            return csv.read_csv(
                pa.BufferReader(body or b"\n"),
                read_options=csv.ReadOptions(column_names=names, block_size=8 << 20),
                parse_options=csv.ParseOptions(
                    delimiter=dialect.delimiter,
                    quote_char=quote,
                    newlines_in_values=breaks,
                    invalid_row_handler=lambda row: "skip",
                ),
                convert_options=csv.ConvertOptions(
                    column_types=dict.fromkeys(names, pa.string()),
                    strings_can_be_null=True,
                    null_values=[""],
                ),
            )
        except pa.ArrowInvalid:
            continue
    return pa.table({n: pa.array([], pa.string()) for n in names})


def _fixed(lines: list[str], encoding: str, path: Path) -> Sniffed:
    import pyarrow as pa

    widths = find_widths(spread(lines, 50_000))
    if not widths:
        raise SourceError(
            Fault(
                said(N_("no columns can be found: neither a delimiter nor fixed widths")),
                where=path.name,
                allowed=N_("columns split by ; , | or tab, or of fixed width"),
                remedy=N_(
                    "export it again with semicolons, or write `format:` in client.yml by hand"
                ),
            )
        )
    rows = [cut(line, widths) for line in lines[:300]]
    at = next(
        (
            i
            for i, line in enumerate(lines[:60])
            if line.strip()
            and fixed_names(line, widths)
            and not re.search(r"\d{3}", line)
            and not re.fullmatch(r"[\s\-=_]+", line)
        ),
        None,
    )
    if at is not None and find_header(rows[at:], len(widths)) is None and not tongue([lines[at]]):
        at = None
    names = unique_names(
        list(fixed_names(lines[at], widths)) if at is not None else [""] * len(widths)
    )
    start = 0 if at is None else at + 1
    body = [line for line in lines[start:400_000] if line.strip() and set(line) - set("-= \t")]
    cells = [cut(line, widths) for line in body]
    table = pa.table(
        {n: pa.array([r[j] or None for r in cells], pa.string()) for j, n in enumerate(names)}
    )
    dialect = Dialect(
        kind="fixed",
        encoding=encoding,
        header_line=start,
        columns=tuple(names),
        widths=widths,
    )
    how = (
        said(N_("fixed width, {count} columns"), count=len(names)),
        said(N_("header in line {line}"), line=start) if start else said(N_("no header")),
    )
    return Sniffed(dialect, table, preamble="\n".join(lines[: at or 0]), how=how)


def without_totals(table: pa.Table) -> pa.Table:
    """The table without rows that begin with a word such as Summa."""
    import pyarrow as pa

    pc: Any = import_module("pyarrow.compute")
    if not table.num_rows:
        return table
    keep = None
    for name in table.column_names[:3]:
        column = table[name]
        if not pa.types.is_string(column.type):
            continue
        hit = pc.match_substring_regex(column, _TOTAL.pattern, ignore_case=True)
        other = pc.or_kleene(pc.is_null(column), pc.invert(hit))
        keep = other if keep is None else pc.and_(keep, other)
    if keep is None:
        return table
    dropped = table.num_rows - (pc.sum(keep).as_py() or 0)
    # A few such rows are totals; many are names.
    return table.filter(keep) if 0 < dropped <= max(3, 0.02 * table.num_rows) else table


def _with_formats(sniffed: Sniffed) -> Sniffed:
    table = without_totals(sniffed.table)
    language = tongue(table.column_names, sniffed.preamble)
    formats = find_formats(table, language, sniffed.dialect.delimiter)
    dialect = replace(
        sniffed.dialect,
        decimal=formats.decimal,
        thousands=formats.thousands,
        date=formats.date,
    )
    return replace(
        sniffed,
        dialect=dialect,
        table=table,
        dates=tuple(formats.dates),
        numbers=tuple(formats.numbers),
        currencies=frozenset(formats.currencies),
        marks=formats.marks,
        asks=(*sniffed.asks, *formats.asks),
        how=(*sniffed.how, *formats.how),
        language=language,
    )


def find_formats(table: pa.Table, language: str, delimiter: str = "") -> Formats:
    """How the texts of a table write numbers and dates."""
    import pyarrow as pa

    pc: Any = import_module("pyarrow.compute")
    values = distinct(table)
    formats = Formats()
    american = language in ("en", "") and delimiter != ";"

    def rows(name: str, wanted: Sequence[str]) -> int:
        hit = pc.is_in(table[name], value_set=pa.array(wanted, table[name].type))
        return pc.sum(hit).as_py() or 0

    few = {name: some(column, 2_000) for name, column in values.items()}
    short = {n for n, seen in few.items() if meaning(n) in DATED and are_short_dates(seen)}
    formats.dates += sorted(short, key=list(few).index)
    dates = {
        n: values[n].to_pylist() for n, seen in few.items() if n not in short and are_dates(seen)
    }
    find_dates(dates, formats, "MDY" if american else "DMY", rows)
    comma = language in ("sv", "de", "da", "no") or delimiter == ";"
    # what hardly looks like numbers in a sample is looked at no closer
    numbers = {n: shapes(values[n]) for n, seen in few.items() if may_be_numbers(seen)}
    find_numbers(numbers, formats, "," if comma else ".")
    return formats
