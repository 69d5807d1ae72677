"""What stands above the rows? The header of each text, its titles, the names of its columns."""

from __future__ import annotations

import os
import zlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO
from zipfile import BadZipFile

from salesfact._archives import Member, members
from salesfact._dialect import Dialect
from salesfact._errors import Fault, SourceError
from salesfact._language import N_
from salesfact._lines import LineReader
from salesfact._odd import Head, join_lines, likeness, split_line
from salesfact._places import Layout
from salesfact._said import said

#: Columns that stand before the source's own.
STAGED = ("_row", "_file", "_line", "_fault", "_raw")
#: A file whose header does not stand where the settings say is searched so far for it.
_SEARCHED = 100


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
class Text:
    """One text with its header read: what is needed to cut its lines."""

    member: Member
    encoding: str
    layout: Layout
    names: list[str]
    skip: int  # physical lines up to and with the header
    counts: StagedFile


def open_texts(paths: Sequence[Path], dialect: Dialect, base: Path | None) -> list[Text]:
    """Every text with its header; what is wrong with any of them is said at once."""
    faults: list[Fault] = []
    texts: list[Text] = []
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
            faults.append(
                Fault(
                    said(N_("is damaged: {error}"), error=str(error)),
                    where=path.name,
                    remedy=N_("export it again"),
                )
            )
    if faults:
        raise SourceError.of(faults)
    if not any(t.layout.width for t in texts):
        raise SourceError(
            Fault(said(N_("no file holds a line")), where=", ".join(p.name for p in paths))
        )
    return texts


def _common(paths: Sequence[Path]) -> Path:
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
) -> Text | None:
    """Read the header of one text."""
    with member.open() as stream:
        lines, more = _first_lines(stream, dialect)
    counts = StagedFile(label, member.path, member.inside)
    if not lines:
        if alone:
            raise SourceError(Fault(said(N_("holds no line")), where=label))
        return Text(member, dialect.encoding, Layout(0, 0, "", ""), [], 0, counts)
    at = dialect.header_line - 1
    if at >= len(lines):
        raise SourceError(
            Fault(
                said(
                    N_("has {n} lines, the header should be on line {line}"),
                    n=str(len(lines)),
                    line=str(dialect.header_line),
                ),
                where=label,
                remedy=N_("set `header_line` under `format`"),
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
                        said(
                            N_("has {n} columns, `columns` names {named}"),
                            n=str(len(cells)),
                            named=str(len(dialect.columns)),
                        ),
                        where=label,
                        remedy=N_("correct `columns` under `format`"),
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
                    said(
                        N_("{named} names in `columns`, {n} columns in `widths`"),
                        named=str(len(dialect.columns)),
                        n=str(width),
                    ),
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
    return Text(member, dialect.encoding, layout, names, skip, counts)


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
            said(
                N_("line {line} has no column in common with the first file's header"),
                line=str(at + 1),
            ),
            where=label,
            allowed=", ".join(known),
            remedy=N_("read it as a source of its own, or take it out of the folder"),
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
