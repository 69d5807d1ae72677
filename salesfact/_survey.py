"""What lies in these files and folders? Alike files are one table, and every table has a name."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from salesfact._dialect import Dialect
from salesfact._errors import Fault, SalesfactError, SourceError
from salesfact._headers import tongue, words
from salesfact._sniff import find_formats
from salesfact._tables import READABLE, Table, tables_in, typed

_NOT_DATA = re.compile(r"^(readme|license|licence|changelog|notice|copying|client)\b", re.I)
_RESERVED = {"order", "group", "table", "select", "from", "where", "user", "all", "default", "end"}


def survey(paths: Sequence[Path]) -> tuple[list[Table], list[tuple[str, str]]]:
    """All tables in files, folders and globs; alike files become one table.

    Returns
    -------
    tables
        What was understood.
    left
        (file, reason) for what a folder held and was left out.

    Raises
    ------
    SourceError
        If a named file cannot be understood, or nothing can.
    """
    found: list[Table] = []
    left: list[tuple[str, str]] = []
    faults: list[Fault] = []
    for path, named in _files(paths):
        try:
            found += list(tables_in(path))
        except SalesfactError as error:
            if named:
                faults += [f for f in error.faults if isinstance(f, Fault)]
            else:
                left.append((path.name, error.faults[0].what))
    if faults:
        raise SourceError.of(faults)
    if not found:
        raise SourceError(
            Fault(
                "nothing here can be read as a table",
                where=", ".join(str(p) for p in paths) or "no file named",
                allowed=" ".join(sorted(READABLE)),
                remedy="name the exported file, or the folder that holds it",
            )
        )
    folders = tuple(p for p in paths if p.is_dir())
    return _named(_settled(_alike(found, folders))), left


def _files(paths: Sequence[Path]) -> Iterator[tuple[Path, bool]]:
    """Each file once, and whether it was named itself."""
    seen: set[Path] = set()
    for path in paths:
        if path.is_dir():
            inside = sorted(
                p
                for p in path.iterdir()
                if p.is_file()
                and p.suffix.lower() in READABLE
                and not p.name.startswith((".", "~"))
                and not _NOT_DATA.match(p.name)
            )
            batch = [(p, False) for p in inside]
        elif path.exists():
            batch = [(path, True)]
        elif any(c in path.name for c in "*?["):
            batch = [(p, False) for p in sorted(path.parent.glob(path.name)) if p.is_file()]
        else:
            batch = []
        if not batch:
            raise SourceError(
                Fault(
                    "there is no such file" if not path.is_dir() else "the folder holds no export",
                    where=str(path),
                    allowed=" ".join(sorted(READABLE)),
                    remedy="check the path",
                )
            )
        for file, named in batch:
            if file.resolve() not in seen:
                seen.add(file.resolve())
                yield file, named


def _alike(tables: Sequence[Table], folders: Sequence[Path]) -> list[Table]:
    """Files of the same kind with (nearly) the same columns are one table."""
    import pyarrow as pa

    groups: list[list[Table]] = []
    for table in tables:
        for group in groups:
            first = group[0]
            a, b = set(first.columns), set(table.columns)
            same_kind = first.kind == table.kind and table.kind not in ("sqlite", "duckdb")
            headed = all(t.dialect.header_line or t.kind == "parquet" for t in (first, table))
            enough = len(a & b) >= 0.8 * len(a | b) and len(a & b) >= 2
            if same_kind and headed and enough and first.paths[-1] != table.paths[0]:
                group.append(table)
                break
        else:
            groups.append([table])
    merged = []
    for group in groups:
        if len(group) == 1:
            merged.append(group[0])
            continue
        first = group[0]
        rows = pa.concat_tables([t.rows for t in group], promote_options="permissive")
        paths = tuple(p for t in group for p in t.paths)
        folder = next(
            (
                d
                for d in folders
                if all(p.parent == d for p in paths)
                and len([p for p, _ in _files([d])]) == len(paths)
            ),
            None,
        )
        together = replace(
            first,
            paths=paths,
            rows=rows,
            preamble=first.preamble,
            complete=all(t.complete for t in group),
            folder=folder,
            dialect=_common_dialect(group),
        )
        language = tongue(rows.column_names, first.preamble)
        if any(t.kind != "parquet" for t in group):
            formats = find_formats(rows, language, first.dialect.delimiter)
            dates, numbers = typed(rows)
            together = replace(
                together,
                dates=dates | set(formats.dates),
                numbers=numbers | set(formats.numbers),
                asks=tuple(formats.asks),
                how=(*first.how, f"{len(group)} alike files"),
                dialect=replace(
                    together.dialect,
                    decimal=formats.decimal,
                    thousands=formats.thousands,
                    date=formats.date,
                ),
            )
        merged.append(together)
    return merged


def _settled(tables: Sequence[Table]) -> list[Table]:
    """What one file leaves open is settled by its neighbours, where these are of one mind."""
    texts = [t for t in tables if t.kind == "text"]
    orders = {t.dialect.date for t in texts if any(h.startswith("dates ") for h in t.how)}
    marks = {t.dialect.decimal for t in texts if any(h.startswith("decimal ") for h in t.how)}
    done: list[Table] = []
    for table in tables:
        dialect, asks, how = table.dialect, [], list(table.how)
        for ask in table.asks:
            if ask.topic == "date order" and len(orders) == 1:
                dialect = replace(dialect, date=next(iter(orders)))
                how.append(f"dates {dialect.date}: as in the other files")
            elif ask.topic == "number style" and len(marks) == 1:
                mark = next(iter(marks))
                lone = "," if "1,234" in ask.text else "."
                dialect = replace(dialect, decimal=mark, thousands="" if mark == lone else lone)
                how.append(f"decimal mark '{mark}': as in the other files")
            else:
                asks.append(ask)
        done.append(replace(table, dialect=dialect, asks=tuple(asks), how=tuple(how)))
    return done


def _common_dialect(group: Sequence[Table]) -> Dialect:
    """The dialect of alike files; plain ASCII files follow the encoding of the others."""
    beyond = Counter(t.dialect.encoding for t in group if "plain ASCII" not in (t.how or ("",))[0])
    encoding = beyond.most_common(1)[0][0] if beyond else group[0].dialect.encoding
    faults = [
        Fault(
            f"{t.paths[0].name} is written otherwise (encoding {t.dialect.encoding}, delimiter "
            f"'{t.dialect.delimiter}', header line {t.dialect.header_line}) than "
            f"{group[0].paths[0].name}",
            where=t.paths[0].name,
            remedy="export the files in the same way, or name them apart in client.yml",
        )
        for t in group
        if t.kind == "text"
        and (
            t.dialect.delimiter != group[0].dialect.delimiter
            or t.dialect.header_line != group[0].dialect.header_line
            or (t.dialect.encoding != encoding and "plain ASCII" not in t.how[0])
        )
    ]
    if faults:
        raise SourceError.of(faults)
    return replace(
        group[0].dialect,
        encoding=encoding,
        quoted_breaks=any(t.dialect.quoted_breaks for t in group),
    )


def _named(tables: Iterable[Table]) -> list[Table]:
    """Give every table a short, unique name that SQL takes without quotes."""
    done: list[Table] = []
    used: set[str] = set()
    for table in tables:
        base = re.sub(r"\W+", "_", words(table.name).replace(" ", "_")).strip("_") or "table"
        base = f"t_{base}" if base[0].isdigit() or base in _RESERVED else base
        name, k = base, 2
        while name in used:
            name, k = f"{base}_{k}", k + 1
        used.add(name)
        done.append(replace(table, name=name))
    return done
