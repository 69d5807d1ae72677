"""How do the raw bytes of a text export become staged rows with nothing lost?

The engine's own CSV reader decides what a row is and loses some; so rows are found here, with
their physical line numbers, and handed to the engine as Arrow batches that share memory with the
text. A thread reads ahead while the engine works.
"""

from __future__ import annotations

import queue
import threading
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any
from zipfile import BadZipFile

from salesfact._cells import date_sql, number_sql
from salesfact._dialect import Dialect
from salesfact._errors import Fault, SourceError
from salesfact._fields import FAULTS, Layout, Rows, read_rows
from salesfact._lines import CHUNK, LineReader, Member, check_encoding, members
from salesfact._odd import Head, join_lines, likeness, split_line

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

#: Columns that stand before the source's own.
STAGED = ("_row", "_file", "_line", "_fault", "_raw")
#: A file whose header does not stand where the settings say is searched so far for it.
_SEARCHED = 100
_AHEAD = 2


@dataclass
class StagedFile:
    """What one text held; complete once the relation has been read.

    Physical lines = `rows` + `blank_lines` + `head_lines` + `joined_lines` (lines that continue a
    quoted field). `faults` counts rows by reason.
    """

    label: str
    path: Path
    inside: str = ""
    columns: tuple[str, ...] = ()
    rows: int = 0
    blank_lines: int = 0
    head_lines: int = 0
    joined_lines: int = 0
    faults: Counter[str] = field(default_factory=Counter)

    @property
    def lines(self) -> int:
        return self.rows + self.blank_lines + self.head_lines + self.joined_lines


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


@dataclass
class _Text:
    """One text with its header read: what is needed to cut its lines."""

    member: Member
    encoding: str
    layout: Layout
    names: list[str]
    skip: int  # physical lines up to and with the header
    counts: StagedFile


def stage_text(
    con: duckdb.DuckDBPyConnection,
    name: str,
    paths: Sequence[Path],
    dialect: Dialect,
    *,
    base: Path | None = None,
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
    texts = _open_all(paths, dialect, base)
    names: dict[str, None] = {}
    for text in texts:
        names.update(dict.fromkeys(text.names))
    columns = tuple(names)
    staged = Staged(name, columns, [t.counts for t in texts])
    con.register(name, _Stream(lambda: _batches(texts, columns, staged, chunk), columns))
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


def _open_all(paths: Sequence[Path], dialect: Dialect, base: Path | None) -> list[_Text]:
    """Every text with its header; what is wrong with any of them is said at once."""
    faults: list[Fault] = []
    texts: list[_Text] = []
    folder = base or _common([Path(p) for p in paths])
    for path in map(Path, paths):
        try:
            for member in members(path):
                label = _label(member, folder)
                known = texts[0].names if texts else []
                text = _head(member, label, dialect, known, alone=len(paths) == 1)
                if text is not None:
                    texts.append(text)
        except SourceError as error:
            faults += error.faults
        except (EOFError, OSError, zlib.error, BadZipFile) as error:
            faults.append(Fault(f"is damaged: {error}", where=path.name, remedy="export it again"))
    if faults:
        raise SourceError.of(faults)
    if not any(t.layout.width for t in texts):
        raise SourceError(Fault("no file holds a line", where=", ".join(p.name for p in paths)))
    return texts


def _common(paths: Sequence[Path]) -> Path:
    import os

    return Path(os.path.commonpath([p.absolute().parent for p in paths])) if paths else Path()


def _label(member: Member, folder: Path) -> str:
    path = member.path.absolute()
    try:
        name = path.relative_to(folder.absolute()).as_posix()
    except ValueError:
        name = path.name
    return f"{name}/{member.inside}" if member.inside else name


def _head(
    member: Member, label: str, dialect: Dialect, known: Sequence[str], *, alone: bool
) -> _Text | None:
    """Read the header of one text."""
    with member.open() as stream:
        lines, more = _first_lines(stream, dialect)
    counts = StagedFile(label, member.path, member.inside)
    if not lines:
        if alone:
            raise SourceError(Fault("holds no line", where=label))
        return _Text(member, dialect.encoding, Layout(0, 0, "", ""), [], 0, counts)
    at = dialect.header_line - 1
    if at >= len(lines):
        raise SourceError(
            Fault(
                f"has {len(lines)} lines, the header should be on line {dialect.header_line}",
                where=label,
                remedy="set `header_line` under `format`",
            )
        )
    if at >= 0 and known and not dialect.widths:
        at = _find_header(lines, dialect, known, at, label)
    skip = at + 1
    if dialect.widths:
        width = needed = len(dialect.widths)
        cells = [lines[at][a:b].strip() for a, b in dialect.widths] if at >= 0 else []
        words = lines[at].split() if at >= 0 else []
        names = words if len(words) == width else cells
    else:
        cells, skip = _header_cells(lines, dialect, at)
        names = list(cells)
        if dialect.columns:
            if at >= 0 and len(dialect.columns) > len(cells):
                raise SourceError(
                    Fault(
                        f"has {len(cells)} columns, `columns` names {len(dialect.columns)}",
                        where=label,
                        remedy="correct `columns` under `format`",
                    )
                )
            names[: len(dialect.columns)] = dialect.columns
        if at < 0 and not dialect.columns:
            first, _ = split_line(lines[0], dialect.delimiter, dialect.quote, 0)
            names = [""] * len(first)
        width = len(names)
        needed = max([i + 1 for i, n in enumerate(names) if n], default=width)
    if dialect.widths and dialect.columns:
        if len(dialect.columns) != width:
            raise SourceError(
                Fault(
                    f"{len(dialect.columns)} names in `columns`, {width} columns in `widths`",
                    where="format",
                )
            )
        names = list(dialect.columns)
    names = unique_names(names or [""] * width)
    titles = {
        likeness(split_line(t, dialect.delimiter, dialect.quote, 0)[0])
        if not dialect.widths
        else likeness([t[a:b].strip() for a, b in dialect.widths])
        for t in lines[: max(at, 0)]
        if t.strip(" \t" + dialect.delimiter)
    }
    layout = Layout(
        width=width,
        needed=needed,
        delimiter=dialect.delimiter,
        quote=dialect.quote,
        head=Head(cells, titles),
        keys=_keys(lines[: skip if at >= 0 else 0]),
        widths=dialect.widths,
        length=_usual_length(lines[max(skip, 0) :], more) if dialect.widths else 0,
        quoted_breaks=dialect.quoted_breaks,
    )
    counts.columns = tuple(names)
    counts.head_lines = skip
    return _Text(member, dialect.encoding, layout, names, skip, counts)


def _first_lines(stream: IO[bytes], dialect: Dialect) -> tuple[list[str], bool]:
    """The first lines of a text, and whether there are more."""
    import numpy as np

    lines: list[str] = []
    for block in LineReader(stream, dialect.encoding, 1 << 18):
        ends = np.flatnonzero(block.data[: block.size] == 10).tolist()
        starts = [0] + [e + 1 for e in ends[:-1]]
        lines += [block.line(s, e) for s, e in zip(starts, ends, strict=True)]
        if len(lines) > dialect.header_line + _SEARCHED:
            return lines, not block.last
    return lines, False


def _header_cells(lines: list[str], dialect: Dialect, at: int) -> tuple[list[str], int]:
    """The header's cells, and the physical lines up to its end."""
    if at < 0:
        return [], 0
    cells, reason = split_line(lines[at], dialect.delimiter, dialect.quote, 0)
    if reason == "unclosed_quote" and dialect.quoted_breaks:
        joined = join_lines(lines[at : at + 50], dialect.delimiter, dialect.quote, 0)
        if joined and not isinstance(joined, bool):
            return [" ".join(c.split()) for c in joined[0]], at + joined[1]
    return cells, at + 1


def _find_header(
    lines: list[str], dialect: Dialect, known: Sequence[str], at: int, label: str
) -> int:
    """Where the header of a further file stands; its title lines may be more or fewer."""
    names = set(known)

    def shared(i: int) -> int:
        return len(names & set(split_line(lines[i], dialect.delimiter, dialect.quote, 0)[0]))

    if shared(at) or dialect.columns:
        return at
    best = max(range(min(len(lines), _SEARCHED)), key=shared)
    if 2 * shared(best) >= len(names):
        return best
    raise SourceError(
        Fault(
            f"line {at + 1} has no column in common with the first file's header",
            where=label,
            allowed=", ".join(known),
            remedy="read it as a source of its own, or take it out of the folder",
        )
    )


def _keys(lines: Sequence[str]) -> tuple[bytes, ...]:
    """The first bytes of header and title lines, by which their repeats are noticed."""
    keys = {b"--", b"=="}  # rulers
    for text in lines:
        start = text.encode()[:8]
        digits = [i for i, byte in enumerate(start) if 48 <= byte <= 57]
        if digits and digits[0] >= 3:
            start = start[: digits[0]]
        if start.strip():
            keys.add(start)
    return tuple(sorted(keys))


def _usual_length(lines: Sequence[str], more: bool) -> int:
    """The length of every line where all but a few have the same one (fixed width), else 0."""
    lengths = Counter(len(t) for t in (lines if more else lines[:-1] or lines) if t.strip())
    if not lengths:
        return 0
    length, count = lengths.most_common(1)[0]
    return length if count >= 0.95 * lengths.total() else 0


def unique_names(cells: Sequence[str]) -> list[str]:
    """Column names from header cells: trimmed, `column_5` where empty, `_2` where repeated.

    Names are compared without case, as the engine does.
    """
    taken = {*STAGED}
    names = []
    for number, cell in enumerate(cells, 1):
        stem = " ".join(cell.split()) or f"column_{number}"
        name, copy = stem, 1
        while name.casefold() in taken:
            copy += 1
            name = f"{stem}_{copy}"
        taken.add(name.casefold())
        names.append(name)
    return names


def _batches(
    texts: Sequence[_Text], columns: tuple[str, ...], staged: Staged, chunk: int
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
                    yield _batch(text, columns, rows, row)
                    row += count
        except (EOFError, OSError, zlib.error, BadZipFile, SourceError) as error:
            told = (
                error.faults if isinstance(error, SourceError) else (Fault(f"is damaged: {error}"),)
            )
            where, remedy = text.counts.label, "export it again"
            found = SourceError(*(Fault(f.what, where, f.allowed, remedy) for f in told))
            staged.error = found
            raise found from error
    staged.complete = True


def _rows(text: _Text, chunk: int) -> Iterator[Rows]:
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


def _batch(text: _Text, columns: tuple[str, ...], rows: Rows, first: int) -> pa.RecordBatch:
    import numpy as np
    import pyarrow as pa

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
    for name in columns:
        at = place.get(name)
        if at is None:
            arrays.append(pa.nulls(count, pa.string_view()))
        else:
            arrays.append(string_views(rows.data, rows.starts[at], rows.ends[at]))
    return pa.RecordBatch.from_arrays(arrays, schema=_schema(columns))


def _schema(columns: Sequence[str]) -> pa.Schema:
    import pyarrow as pa

    word = pa.dictionary(pa.int8(), pa.string())
    types = (pa.int64(), word, pa.int64(), word, pa.string_view())
    return pa.schema(
        [*zip(STAGED, types, strict=True), *((name, pa.string_view()) for name in columns)]
    )


class _Stream:
    """What the engine reads; every reading starts the files anew, in a thread of its own."""

    def __init__(
        self, batches: Callable[[], Iterator[pa.RecordBatch]], columns: Sequence[str]
    ) -> None:
        self._batches = batches
        self._columns = columns

    def __arrow_c_schema__(self) -> object:
        return _schema(self._columns).__arrow_c_schema__()

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        import pyarrow as pa

        reader = pa.RecordBatchReader.from_batches(
            _schema(self._columns), _read_ahead(self._batches)
        )
        return reader.__arrow_c_stream__(requested_schema)


def _read_ahead(batches: Callable[[], Iterator[pa.RecordBatch]]) -> Iterator[pa.RecordBatch]:
    """The same batches, made by a thread while the last ones are worked on."""
    ready: queue.Queue[Any] = queue.Queue(_AHEAD)
    stopped = threading.Event()

    def put(item: Any) -> bool:
        while not stopped.is_set():
            try:
                ready.put(item, timeout=0.1)
            except queue.Full:
                continue
            return True
        return False

    def produce() -> None:
        try:
            for batch in batches():
                if not put(batch):
                    return
        except BaseException as error:
            put(error)
        else:
            put(None)

    thread = threading.Thread(target=produce, name="salesfact-text", daemon=True)
    thread.start()
    try:
        while (item := ready.get()) is not None:
            if isinstance(item, BaseException):
                raise item
            yield item
    finally:
        stopped.set()


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
