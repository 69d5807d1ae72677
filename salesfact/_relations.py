"""How does any source become a relation? Text, workbooks, Parquet and databases, staged alike.

Whatever the source, the relation has `_row`, `_file`, `_line`, `_fault` and `_raw`, then the
source's own columns; rows are counted as they are read, apart from what is done with them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from salesfact import _books, _databases
from salesfact._dialect import Dialect
from salesfact._errors import Fault, SourceError
from salesfact._files import find, one_kind, unpacked
from salesfact._language import N_
from salesfact._mapping import Columns, literal, quoted
from salesfact._said import said
from salesfact._source_settings import FileSource, Format
from salesfact._text import stage_text

OWN = ("_row", "_file", "_line", "_fault", "_raw")


@dataclass
class Relation:
    """A staged source in the engine.

    Parameters
    ----------
    name : str
        The relation's name; it is read once.
    types : mapping
        The source's own columns -> DuckDB type.
    counts : callable
        After reading: what each file held (`file`, `rows`, `blank_lines`, `head_lines`).
    failed : callable
        Raises the user's message where reading broke off.
    own : mapping
        Column -> how its text is written, where that differs from `dialect`.
    plain : mapping
        Text column -> the column of its plain numbers.
    """

    name: str
    types: Mapping[str, str]
    dialect: Dialect
    where: str
    counts: Callable[[], list[dict[str, Any]]]
    failed: Callable[[], None] = field(default=lambda: None)
    own: Mapping[str, Dialect] = field(default_factory=dict)
    plain: Mapping[str, str] = field(default_factory=dict)

    @property
    def columns(self) -> Columns:
        """The columns, for mapping roles onto them."""
        return Columns(self.types, self.dialect, self.where, self.own, self.plain)


def dialect_of(form: Format) -> Dialect:
    """The reader's dialect from the settings' `format`."""
    return Dialect(**form.model_dump(exclude={"sheet"}))


def source_files(source: FileSource, folder: Path, where: str) -> list[Path]:
    """The files of a source.

    Raises
    ------
    SourceError
        If a name means no file.
    """
    return find(source.file, folder, f"{where}.file")


def stage(
    con: Any,
    name: str,
    source: FileSource,
    folder: Path,
    work: Path,
    where: str,
    numbers: Sequence[str] = (),
) -> Relation:
    """Register a source of files as the relation `name`.

    Parameters
    ----------
    numbers : sequence of str
        Columns and expressions that are numbers: what they plainly say is read while a text is
        staged.

    Raises
    ------
    SourceError
        If a file is missing or cannot be read as the settings say.
    """
    paths = source_files(source, folder, where)
    kind = one_kind(paths, where)
    dialect = dialect_of(source.format)
    if kind == "text":

        def meant(columns: Sequence[str]) -> list[str]:
            known = Columns(dict.fromkeys(columns, "VARCHAR"), dialect)
            return [c for mapping in numbers for c in known.texts_in(mapping)]

        staged = stage_text(con, name, paths, dialect, base=folder, numbers=meant)
        return Relation(
            name,
            dict.fromkeys(staged.columns, "VARCHAR"),
            dialect,
            where,
            lambda: [
                {
                    "file": f.label,
                    "rows": f.rows,
                    "blank_lines": f.blank_lines,
                    "head_lines": f.head_lines,
                }
                for f in staged.files
            ],
            staged.raise_error,
            plain=staged.numbers,
        )
    work.mkdir(parents=True, exist_ok=True)
    paths = unpacked(paths, work)
    if kind == "book":
        return _stage_books(con, name, paths, source.format, dialect, work, where)
    if kind == "parquet":
        return stage_parquet(con, name, paths, dialect, where)
    outs = []
    for i, path in enumerate(paths):
        out = work / f"{i}-{path.stem}.parquet"
        _databases.read_file(path, out, table=source.table, query=source.query)
        outs.append((out, path.name))
    return stage_parquet(con, name, [o for o, _ in outs], dialect, where, [n for _, n in outs])


def _stage_books(
    con: Any,
    name: str,
    paths: Sequence[Path],
    form: Format,
    dialect: Dialect,
    work: Path,
    where: str,
) -> Relation:
    table, sheets = _books.read_books(
        paths,
        sheets=form.sheet,
        header_line=form.header_line,
        columns=form.columns,
        decimal=form.decimal,
    )
    con.register(name, table)
    return Relation(
        name,
        _types(con, name),
        dialect,
        where,
        lambda: [
            {
                "file": s.file,
                "rows": s.rows,
                "blank_lines": s.blank_lines,
                "head_lines": s.head_lines,
            }
            for s in sheets
        ],
    )


def stage_parquet(
    con: Any,
    name: str,
    paths: Sequence[Path],
    dialect: Dialect,
    where: str,
    labels: Sequence[str] | None = None,
) -> Relation:
    """Parquet files as a relation; a row's line is its number in its file, from 1.

    Raises
    ------
    SourceError
        If a file is no Parquet.
    """
    import duckdb
    import pyarrow as pa
    import pyarrow.parquet as pq

    labels = labels or [p.name for p in paths]
    counts, cases, offset = [], [], 0
    for path, label in zip(paths, labels, strict=True):
        try:
            rows = pq.ParquetFile(path).metadata.num_rows
        except (pa.ArrowException, OSError) as error:
            told = str(error).splitlines()[0]
            raise SourceError(
                Fault(said(N_("cannot be read as Parquet: {told}"), told=told), where=label)
            ) from None
        counts.append({"file": label, "rows": rows, "blank_lines": 0, "head_lines": 0})
        cases.append((literal(str(path)), literal(label), offset))
        offset += rows
    listed = ", ".join(c[0] for c in cases)
    own = "_path"
    start = " ".join(f"WHEN {p} THEN {o}" for p, _, o in cases)
    label = " ".join(f"WHEN {p} THEN {n}" for p, n, _ in cases)
    try:
        con.execute(f"""
            CREATE OR REPLACE VIEW {quoted(name)} AS
            SELECT CASE {own} {start} END + file_row_number + 1 AS _row,
                CASE {own} {label} END AS _file, file_row_number + 1 AS _line,
                NULL::VARCHAR AS _fault, NULL::VARCHAR AS _raw,
                * EXCLUDE ({own}, file_row_number)
            FROM read_parquet([{listed}], union_by_name = true, filename = '{own}',
                file_row_number = true)
        """)
        types = _types(con, name)
    except duckdb.Error as error:
        told = str(error).splitlines()[0]
        raise SourceError(
            Fault(said(N_("cannot be read as Parquet: {told}"), told=told), where=where)
        ) from None
    return Relation(name, types, dialect, where, lambda: counts)


def _no_parquet(told: str, where: str) -> SourceError:
    return SourceError(Fault(said(N_("cannot be read as Parquet: {told}"), told=told), where=where))


def _types(con: Any, name: str) -> dict[str, str]:
    """The source's own columns; blobs are read as text nowhere, so they are left out."""
    found = con.execute(f"DESCRIBE {quoted(name)}").fetchall()
    return {row[0]: row[1] for row in found if row[0] not in OWN and row[1] != "BLOB"}
