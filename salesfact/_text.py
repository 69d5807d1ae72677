"""How do the raw bytes of a text export become staged rows with nothing lost?

The engine's own CSV reader decides what a row is and loses some; so rows are found here, with
their physical line numbers, and handed to the engine as Arrow batches that share memory with the
text.
"""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zipfile import BadZipFile

from salesfact._archives import Member
from salesfact._cells import date_sql, number_sql
from salesfact._dialect import Dialect
from salesfact._errors import Fault, SourceError
from salesfact._fields import FAULTS, Rows, read_rows
from salesfact._heads import STAGED, StagedFile, Text, open_texts, unique_names
from salesfact._language import N_
from salesfact._lines import CHUNK, LineReader, check_encoding
from salesfact._said import said
from salesfact._streams import Stream

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa


@dataclass
class Staged:
    """A staged source: its columns now, its counts once the relation `name` has been read.

    Reading the relation again reads the files again, and the counts start anew. If a file breaks
    off while the engine reads (a truncated gzip file), the engine raises an error of its own;
    catch it and call `raise_error`, which says it in the user's words.
    """

    name: str
    columns: tuple[str, ...]
    files: list[StagedFile]
    numbers: dict[str, str] = field(default_factory=dict)
    complete: bool = False
    error: SourceError | None = None

    @property
    def rows(self) -> int:
        return sum(f.rows for f in self.files)

    @property
    def blank_lines(self) -> int:
        return sum(f.blank_lines for f in self.files)

    @property
    def head_lines(self) -> int:
        return sum(f.head_lines for f in self.files)

    @property
    def faults(self) -> Counter[str]:
        return sum((f.faults for f in self.files), Counter())

    def raise_error(self) -> None:
        """Raise what went wrong while the files were read, if anything did."""
        if self.error is not None:
            raise self.error


def stage_text(
    con: duckdb.DuckDBPyConnection,
    name: str,
    paths: Sequence[Path],
    dialect: Dialect,
    *,
    base: Path | None = None,
    numbers: Callable[[tuple[str, ...]], Sequence[str]] | None = None,
    chunk: int = CHUNK,
) -> Staged:
    """Register text files as the relation `name`: every row of them, with its line and its fault.

    Parameters
    ----------
    con : DuckDBPyConnection
        Where the relation is registered. It is a stream: read it once; each reading reads the
        files again.
    paths : sequence of Path
        Files in order; gzip and zip are unpacked. Columns are aligned by name, so their order may
        differ and a file may have one more or one less (NULL there).
    dialect : Dialect
        How the files are written.
    base : Path, optional
        `_file` is relative to it; default: the files' common folder.
    numbers : callable, optional
        Which of the columns are numbers. What their cells plainly say stands in further columns
        of DECIMAL(18,4), see `_numbers`; `Staged.numbers` names them.
    chunk : int
        Bytes read at a time.

    Returns
    -------
    Staged
        The relation's columns are `_row` (BIGINT, 1.. over all files), `_file`, `_line` (BIGINT,
        physical, from 1, where the row starts), `_fault` (NULL or one of `FAULTS`), `_raw` (the
        line as it stands, of every row: a view that costs nothing unless it is stored; NUL bytes
        are shown as U+2400), then the source's columns as VARCHAR, unquoted, trimmed, empty as
        NULL. Rows with a fault keep the fields that can be read. To write the raw text of rows
        that are set aside later, keep `CASE WHEN <set aside> THEN _raw END`, or ask `read_lines`.

    Raises
    ------
    SourceError
        For a file that is absent, empty, packed in a way that cannot be read, or without the
        header it should have; all such files at once.

    Examples
    --------
    >>> import duckdb, pathlib, tempfile
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "export.csv"
    >>> _ = path.write_bytes("Kundnr;Belopp\\n00123;1 234,50\\n".encode())
    >>> con = duckdb.connect()
    >>> dialect = Dialect(delimiter=";", decimal=",", thousands=" ")
    >>> staged = stage_text(con, "sales", [path], dialect)
    >>> con.sql('SELECT _line, Kundnr, _fault FROM sales').fetchall()
    [(2, '00123', None)]
    """
    check_encoding(dialect.encoding)
    texts = open_texts(paths, dialect, base)
    names: dict[str, None] = {}
    for text in texts:
        names.update(dict.fromkeys(text.names))
    columns = tuple(names)
    staged = Staged(name, columns, [t.counts for t in texts])
    for number, column in enumerate(dict.fromkeys(numbers(columns)) if numbers else (), start=1):
        plain = f"_number_{number}"
        while plain in names:
            plain = f"_{plain}"
        staged.numbers[column] = plain
    stream = Stream(
        lambda: _batches(texts, staged, dialect.decimal, chunk),
        _schema(columns, staged.numbers.values()),
    )
    con.register(name, stream)
    return staged


def read_lines(
    member: Path, dialect: Dialect, lines: Iterable[int], inside: str = ""
) -> dict[int, str]:
    """The raw text of physical lines, by number from 1: for rows that are set aside later.

    Parameters
    ----------
    member : Path
        The file (`StagedFile.path`).
    inside : str
        The member of a zip file (`StagedFile.inside`).
    """
    import numpy as np

    wanted = np.array(sorted(set(lines)), np.int64)
    found: dict[int, str] = {}
    if not len(wanted):
        return found
    with Member(member, inside).open() as stream:
        for block in LineReader(stream, dialect.encoding):
            ends = np.flatnonzero(block.data[: block.size] == 10)
            here = wanted[(wanted >= block.first_line) & (wanted < block.first_line + len(ends))]
            for line in map(int, here):
                at = line - block.first_line
                start = int(ends[at - 1]) + 1 if at else 0
                found[line] = block.line(start, int(ends[at]))
            if block.first_line + len(ends) > wanted[-1]:
                break
    return found


def _batches(
    texts: Sequence[Text], staged: Staged, decimal: str, chunk: int
) -> Iterator[pa.RecordBatch]:
    staged.complete, staged.error = False, None
    row = 1
    for text in texts:
        counts = text.counts
        counts.rows = counts.blank_lines = counts.joined_lines = 0
        counts.faults = Counter()
    for text in texts:
        if not text.layout.width:
            continue
        try:
            for rows in _rows(text, chunk):
                count = len(rows.lines)
                text.counts.rows += count
                text.counts.blank_lines += rows.blank
                text.counts.joined_lines += rows.joined
                if count:
                    _count_faults(text.counts, rows)
                    yield _batch(text, staged, decimal, rows, row)
                    row += count
        except (EOFError, OSError, zlib.error, BadZipFile, SourceError) as error:
            told = (
                error.faults
                if isinstance(error, SourceError)
                else (Fault(said(N_("is damaged: {error}"), error=str(error))),)
            )
            where, remedy = text.counts.label, N_("export it again")
            found = SourceError(*(Fault(f.what, where, f.allowed, remedy) for f in told))
            staged.error = found
            raise found from error
    staged.complete = True


def _rows(text: Text, chunk: int) -> Iterator[Rows]:
    """The text's rows, block by block, without the lines up to the header."""
    import numpy as np

    with text.member.open() as stream:
        reader = LineReader(stream, text.encoding, chunk)
        skip = text.skip
        for block in reader:
            if block.first_line <= skip:
                ends = np.flatnonzero(block.data[: block.size] == 10)
                before = skip - block.first_line + 1
                if before >= len(ends):
                    continue
                start = int(ends[before - 1]) + 1
                block.data = block.data[start:].copy()
                block.size -= start
                block.first_line += before
                block.bad = [p - start for p in block.bad if p >= start]
                block.nul = [p - start for p in block.nul if p >= start]
            yield read_rows(block, text.layout, reader)


def _count_faults(counts: StagedFile, rows: Rows) -> None:
    import numpy as np

    codes = rows.fault[rows.fault >= 0]
    if len(codes):
        for code, number in enumerate(np.bincount(codes, minlength=len(FAULTS))):
            if number:
                counts.faults[FAULTS[code]] += int(number)


def _batch(text: Text, staged: Staged, decimal: str, rows: Rows, first: int) -> pa.RecordBatch:
    import numpy as np
    import pyarrow as pa

    from salesfact._numbers import plain_numbers, plain_type
    from salesfact._views import string_views

    count = len(rows.lines)
    faults = pa.array(np.maximum(rows.fault, 0), mask=rows.fault < 0)
    arrays: list[Any] = [
        pa.array(np.arange(first, first + count, dtype=np.int64)),
        pa.DictionaryArray.from_arrays(
            pa.array(np.zeros(count, np.int8)), pa.array([text.counts.label])
        ),
        pa.array(rows.lines),
        pa.DictionaryArray.from_arrays(faults, pa.array(FAULTS)),
        string_views(rows.data, rows.raw_starts, rows.raw_ends),
    ]
    place = {name: i for i, name in enumerate(text.names)}
    for name in staged.columns:
        at = place.get(name)
        if at is None:
            arrays.append(pa.nulls(count, pa.string_view()))
        else:
            arrays.append(string_views(rows.data, rows.starts[at], rows.ends[at]))
    for name in staged.numbers:
        at = place.get(name)
        if at is None:
            arrays.append(pa.nulls(count, plain_type()))
        else:
            arrays.append(plain_numbers(rows.data, rows.starts[at], rows.ends[at], decimal))
    schema = _schema(staged.columns, staged.numbers.values())
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def _schema(columns: Iterable[str], numbers: Iterable[str]) -> pa.Schema:
    import pyarrow as pa

    from salesfact._numbers import plain_type

    word = pa.dictionary(pa.int8(), pa.string())
    types = (pa.int64(), word, pa.int64(), word, pa.string_view())
    return pa.schema(
        [
            *zip(STAGED, types, strict=True),
            *((name, pa.string_view()) for name in columns),
            *((name, plain_type()) for name in numbers),
        ]
    )


__all__ = [
    "FAULTS",
    "STAGED",
    "Staged",
    "StagedFile",
    "date_sql",
    "number_sql",
    "read_lines",
    "stage_text",
    "unique_names",
]
