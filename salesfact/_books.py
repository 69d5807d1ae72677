"""What does a workbook hold? Excel sheets as staged rows, each with its sheet and row number."""

from __future__ import annotations

import gc
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from salesfact._columns import Builder, as_text
from salesfact._errors import Fault, SourceError
from salesfact._language import N_
from salesfact._said import said, verbatim

if TYPE_CHECKING:
    import pyarrow as pa

SUFFIXES = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")
_CHUNK = 20_000
_TOTAL = re.compile(
    r"(del|total|slut|grand |sub)?(summa|sum|total|totalt|totals|summe|gesamt|i alt|subtotal)"
    r"\s*:?$",
    re.I,
)


@dataclass(frozen=True)
class Sheet:
    """What was read of one sheet: rows, empty rows and the rows above and of the header."""

    file: str
    rows: int
    blank_lines: int
    head_lines: int


def sheet_names(path: Path) -> list[str]:
    """The sheets of a workbook.

    Raises
    ------
    SourceError
        If it is no workbook, or locked by a password.
    """
    return list(_open(path).sheet_names)


def read_books(
    paths: Sequence[Path],
    *,
    sheets: Sequence[str] = (),
    header_line: int = 1,
    columns: Sequence[str] = (),
    decimal: str = ".",
) -> tuple[pa.Table, list[Sheet]]:
    """Rows of one or several sheets, in order, as one Arrow table.

    Parameters
    ----------
    sheets : sequence of str
        Names; `all` = every sheet that holds anything; empty = the first such sheet.
    header_line : int
        Row of the header as Excel numbers it; 0 = none, `columns` names them.
    columns : sequence of str
        Names that replace the header's.
    decimal : str
        Decimal mark of numbers written as text.

    Returns
    -------
    table : pyarrow.Table
        `_row`, `_file`, `_line`, `_fault`, `_raw`, then the columns: double, timestamp or string.
    sheets : list of Sheet
        What was read where.

    Raises
    ------
    SourceError
        If a book cannot be read or a sheet is not there.
    """
    gathered = _Gathered(decimal)
    with _collector_paused():
        for path in paths:
            book = _open(path)
            chosen = _chosen(book, path, sheets)
            for name, sheet in chosen:
                label = f"{path.name}[{name}]" if len(chosen) > 1 else path.name
                gathered.sheet(sheet, label, header_line, columns)
    return gathered.table(), gathered.read


class _Gathered:
    def __init__(self, decimal: str) -> None:
        self.decimal = decimal
        self.builders: dict[str, Builder] = {}
        self.rows = 0
        self.read: list[Sheet] = []
        self.own: dict[str, list[Any]] = {n: [] for n in ("_file", "_line", "_fault", "_raw")}

    def sheet(self, sheet: Any, label: str, header_line: int, columns: Sequence[str]) -> None:
        rows = _numbered(sheet)
        head: list[Any] = []
        if header_line:
            for line, cells in rows:
                if line >= header_line:
                    head = list(cells) if line == header_line else []
                    break
        names = _names(list(columns) or [as_text(c) for c in head], sheet.total_width)
        for name in names:
            if name not in self.builders:
                self.builders[name] = Builder(self.decimal)
                self.builders[name].pad(self.rows)
        heads = [as_text(c) for c in head]
        count = blank = 0
        while chunk := list(islice(rows, _CHUNK)):
            kept = [r for r in chunk if r[1][0] != "" or any(c != "" for c in r[1])]
            blank += len(chunk) - len(kept)
            if not kept:
                continue
            lines, cells = zip(*kept, strict=True)
            suspects = self._suspects(cells, names, heads)
            faults = [_fault(c, names, heads) if c[0] in suspects else None for c in cells]
            for i, values in enumerate(zip(*cells, strict=True)):
                if i < len(names):
                    self.builders[names[i]].add(values)
            for name in self.builders.keys() - set(names[: len(cells[0])]):
                self.builders[name].pad(len(kept))
            count += len(kept)
            self.own["_line"] += lines
            self.own["_fault"] += faults
            self.own["_raw"] += [
                None if fault is None else ";".join(as_text(c) or "" for c in row)
                for row, fault in zip(cells, faults, strict=True)
            ]
        self.own["_file"] += [label] * count
        self.rows += count
        self.read.append(Sheet(label, count, blank, header_line))

    @staticmethod
    def _suspects(
        cells: Sequence[Sequence[Any]], names: Sequence[str], heads: Sequence[str | None]
    ) -> set[Any]:
        """First cells of rows that may be faulty: most rows need no closer look."""
        first = {row[0] for row in cells}
        if len(cells[0]) > len(names):
            return first
        head = next((h for h in heads if h), None)
        return {
            c
            for c in first
            if type(c) is str and (c == "" or c.strip() == head or _TOTAL.match(c.strip()))
        }

    def table(self) -> pa.Table:
        import pyarrow as pa

        own = {
            "_row": pa.array(range(1, self.rows + 1), pa.int64()),
            "_file": pa.array(self.own["_file"], pa.string()),
            "_line": pa.array(self.own["_line"], pa.int64()),
            "_fault": pa.array(self.own["_fault"], pa.string()),
            "_raw": pa.array(self.own["_raw"], pa.string()),
        }
        return pa.table(own | {n: b.column() for n, b in self.builders.items()})


def _numbered(sheet: Any) -> Iterator[tuple[int, Sequence[Any]]]:
    """Rows with Excel's own numbers."""
    return enumerate(sheet.iter_rows(), start=1)


def _fault(cells: Sequence[Any], names: Sequence[str], heads: Sequence[str | None]) -> str | None:
    if len(cells) > len(names) and any(c != "" for c in cells[len(names) :]):
        return "surplus_columns"
    first = next((c for c in cells if c != ""), "")
    if type(first) is not str:
        return None
    if heads and first.strip() == next((h for h in heads if h), None):
        told = [as_text(c) for c in cells[: len(heads)]]
        if told == list(heads):
            return "repeated_header"
    return "totals_row" if _TOTAL.match(first.strip()) else None


def _names(heads: Sequence[str | None], width: int) -> list[str]:
    """Trimmed names; empty ones by their place, repeated ones numbered."""
    heads = list(heads) or [None] * width
    while heads and heads[-1] is None and len(heads) > 1 and any(heads):
        heads = heads[:-1]
    names: list[str] = []
    for i, head in enumerate(heads, start=1):
        base = " ".join(head.split()) if head else f"column_{i}"
        name, n = base, 2
        while name in names:
            name, n = f"{base}_{n}", n + 1
        names.append(name)
    return names


def _open(path: Path) -> Any:
    import python_calamine

    try:
        return python_calamine.CalamineWorkbook.from_path(path)
    except (python_calamine.CalamineError, OSError) as error:
        raise SourceError(
            Fault(
                said(N_("cannot be read as a workbook: {error}"), error=str(error)),
                where=path.name,
                allowed=said(N_("{suffixes}, without a password"), suffixes=", ".join(SUFFIXES)),
                remedy=N_("open it in a spreadsheet program and save it anew, or export CSV"),
            )
        ) from None


def _chosen(book: Any, path: Path, sheets: Sequence[str]) -> list[tuple[str, Any]]:
    known = list(book.sheet_names)
    if sheets and list(sheets) != ["all"]:
        missing = [s for s in sheets if s not in known]
        if missing:
            raise SourceError(
                *(
                    Fault(
                        said(N_("there is no sheet {name}"), name=repr(name)),
                        where=path.name,
                        allowed=verbatim(", ".join(known)),
                    )
                    for name in missing
                )
            )
        return [(name, book.get_sheet_by_name(name)) for name in sheets]
    found = []
    for name in known:
        sheet = book.get_sheet_by_name(name)
        if sheet.height:
            found.append((name, sheet))
            if not sheets:
                break
    if not found:
        raise SourceError(Fault(said(N_("every sheet is empty")), where=path.name))
    return found


@contextmanager
def _collector_paused() -> Iterator[None]:
    """Millions of cells without a cycle among them: collecting garbage would only cost time."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()
