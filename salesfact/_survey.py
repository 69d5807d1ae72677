"""What lies in these files and folders? Alike files are one table, and every table has a name."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import islice
from pathlib import Path

from salesfact._dialect import Dialect
from salesfact._errors import Fault, SalesfactError, SourceError
from salesfact._formats import Ask
from salesfact._headers import meaning, tongue, words
from salesfact._language import N_
from salesfact._said import and_more, both, said, verbatim
from salesfact._sniff import find_formats
from salesfact._tables import READABLE, Table, UnsavedError, tables_in, typed

_NOT_DATA = re.compile(r"^(readme|license|licence|changelog|notice|copying|client)\b", re.I)
_LOOKED_AT = 8  # files of a folder whose language is asked for
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
            if named or isinstance(error, UnsavedError):
                faults += [f for f in error.faults if isinstance(f, Fault)]
            else:
                left.append((path.name, error.faults[0].what))
    if faults:
        raise SourceError.of(faults)
    if not found:
        raise SourceError(
            Fault(
                said(N_("nothing here can be read as a table")),
                where=", ".join(str(p) for p in paths),
                allowed=verbatim(" ".join(sorted(READABLE))),
                remedy=N_("name the exported file, or the folder that holds it"),
            ),
            *(Fault(why, where=file) for file, why in left),
        )
    folders = tuple(p for p in paths if p.is_dir())
    return _named(_settled(_alike(found, folders))), left


def language_beside(*places: Path) -> str:
    """The language of the headers of exports in files and folders; "" where the first tell none.

    Nothing is raised: what is wrong with a file is what is to be told in that language.
    """
    for path in islice(_seen(places), _LOOKED_AT):
        with suppress(Exception):
            if told := next((t.language for t in tables_in(path) if t.language), ""):
                return told
    return ""


def _seen(places: Sequence[Path]) -> Iterator[Path]:
    """The files in some places; places without any are passed over."""
    for place in places:
        with suppress(SourceError, OSError):
            yield from (path for path, _ in _files([place]))


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
            what = (
                N_("the folder holds no export") if path.is_dir() else N_("there is no such file")
            )
            raise SourceError(
                Fault(
                    said(what),
                    where=str(path),
                    allowed=verbatim(" ".join(sorted(READABLE))),
                    remedy=N_("check the path"),
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
            enough = len(a & b) >= 0.8 * len(a | b) and len(a & b) >= 2 and not _rivals(a, b)
            if same_kind and headed and enough and _apart(group, table):
                group.append(table)
                break
        else:
            groups.append([table])
    merged = []
    for group in (g for one in groups for g in _books(one)):
        if len(group) == 1:
            merged.append(group[0])
            continue
        first = group[0]
        rows = pa.concat_tables([t.rows for t in group], promote_options="permissive")
        paths = tuple(dict.fromkeys(p for t in group for p in t.paths))
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
            sheets=_sheets(group),
            marks=_marks(group),
            currencies=frozenset().union(*(t.currencies for t in group)),
        )
        language = tongue(rows.column_names, first.preamble)
        if any(t.kind != "parquet" for t in group):
            formats = find_formats(rows, language, first.dialect.delimiter)
            dates, numbers = typed(rows)
            otherwise = _otherwise(group)
            told = {a.topic for a in otherwise}  # which file is which tells more
            together = replace(
                together,
                dates=dates | set(formats.dates),
                numbers=numbers | set(formats.numbers),
                asks=(*otherwise, *(a for a in formats.asks if a.topic not in told)),
                how=(*first.how, _alike_how(group)),
                dialect=replace(
                    together.dialect,
                    decimal=formats.decimal,
                    thousands=formats.thousands,
                    date=formats.date,
                ),
            )
        merged.append(together)
    return merged


_KIND = re.compile(r"(.*_)?(amount|date|customer|quantity|cost|margin|price)(_.*|$)")


def _rivals(a: set[str], b: set[str]) -> bool:
    """Whether each has a column of its own for the same thing, as Amount and Net amount."""

    def kinds(names: set[str]) -> set[str]:
        return {k[2] for n in names if (k := _KIND.fullmatch(meaning(n)))}

    return bool(kinds(a - b) & kinds(b - a))


_ELSE = re.compile(
    r"\b(budget|plan|planned|forecast|prognos|prognose|mal|target|offert|offers?|quotes?|angebot|"
    r"summa|summary|sum|total|totalt|alla|all|pivot|copy|kopia|backup|test|old|gammal)\b"
)


def _apart(group: Sequence[Table], table: Table) -> bool:
    """Whether a table adds rows to a group: another file, or a sheet that repeats no other."""
    mates = [t for t in group if t.paths == table.paths]
    if not mates:
        return True
    if table.kind != "excel" or table.dialect.header_line != mates[0].dialect.header_line:
        return False
    names = [words(n) for t in (*mates, table) for n in t.sheets]
    return not any(_ELSE.search(n) for n in names) and not any(_repeats(t, table) for t in mates)


def _repeats(a: Table, b: Table) -> bool:
    """Whether most rows of the smaller table stand in the other too."""
    import duckdb

    few, many = sorted((a, b), key=lambda t: t.rows.num_rows)
    shared = [c.replace('"', '""') for c in few.columns if c in set(many.columns)]
    listed = ", ".join(f'CAST("{c}" AS VARCHAR)' for c in shared)
    with duckdb.connect() as con:
        con.register("few", few.rows.slice(0, 20_000))
        con.register("many", many.rows)
        row = con.execute(
            f"WITH f AS (SELECT DISTINCT {listed} FROM few) SELECT (SELECT count(*) FROM f), "
            f"(SELECT count(*) FROM (FROM f INTERSECT SELECT {listed} FROM many))"
        ).fetchone()
    return row is not None and row[1] > 0.5 * row[0]


def _books(group: list[Table]) -> list[list[Table]]:
    """A group, or its parts where several books do not hold the same sheets."""
    if group[0].kind != "excel" or len({t.paths for t in group}) == 1:
        return [group]
    of: dict[tuple[Path, ...], list[Table]] = {}
    for table in group:
        of.setdefault(table.paths, []).append(table)
    sheets = {tuple(n for t in ts for n in t.sheets) for ts in of.values()}
    whole = all(set(t.only) <= {n for t in ts for n in t.sheets} for ts in of.values() for t in ts)
    return [group] if len(sheets) == 1 or whole else list(of.values())


def _sheets(group: Sequence[Table]) -> tuple[str, ...]:
    """The sheets to read: those named, or all where each book names its own."""
    kinds = {tuple(n for o in group if o.paths == t.paths for n in o.sheets) for t in group}
    return kinds.pop() if len(kinds) == 1 else ("all",)


def _marks(group: Sequence[Table]) -> dict[str, dict[str, int]]:
    """Currency marks in the columns of alike tables."""
    made: dict[str, Counter[str]] = {}
    for table in group:
        for name, marks in table.marks.items():
            made.setdefault(name, Counter()).update(marks)
    for name, marks in made.items():
        bare = [t for t in group if name in t.columns and name not in t.marks]
        marks.update({"": len(bare)} if bare else {})
    return {n: dict(m) for n, m in made.items()}


def _alike_how(group: Sequence[Table]) -> str:
    files = len({t.paths for t in group})
    if files == 1:
        return said(N_("{count} alike sheets"), count=len(group))
    return said(N_("{count} alike files"), count=files)


def _otherwise(group: Sequence[Table]) -> list[Ask]:
    """What alike files write in different ways, though one format reads them all."""
    asks = []
    for topic, what, sign, kind in (
        ("number style", N_("decimal mark"), "decimal mark ", lambda d: d.decimal),
        ("date order", N_("dates"), "dates ", lambda d: d.date),
    ):
        by: dict[str, list[str]] = {}
        for table in group:
            if any(h.startswith(sign) for h in table.how):
                by.setdefault(kind(table.dialect), []).append(table.label)
        if len(by) > 1:
            told = both(
                *(
                    said(N_("'{mark}' in {files}"), mark=k, files=and_more(names, 3))
                    for k, names in by.items()
                )
            )
            most = max(by, key=lambda k: len(by[k]))
            asks.append(
                Ask(
                    topic,
                    said(
                        N_(
                            "the files differ in their {what}: {told}; one source has one format,"
                            " and what does not fit it is not read as money or day; export them in"
                            " one way"
                        ),
                        what=said(what),
                        told=told,
                    ),
                    most,
                )
            )
    return asks


def _settled(tables: Sequence[Table]) -> list[Table]:
    """What one file leaves open is settled by its neighbours, where these are of one mind."""
    texts = [t for t in tables if t.kind == "text"]
    orders = {t.dialect.date for t in texts if any(h.startswith("dates ") for h in t.how)}
    marks = {t.dialect.decimal for t in texts if any(h.startswith("decimal ") for h in t.how)}
    done: list[Table] = []
    for table in tables:
        dialect, asks, how = table.dialect, [], list(table.how)
        for ask in table.asks:
            if not ask.undecided:
                asks.append(ask)
            elif ask.topic == "date order" and len(orders) == 1:
                dialect = replace(dialect, date=next(iter(orders)))
                how.append(said(N_("dates {order}: as in the other files"), order=dialect.date))
            elif ask.topic == "number style" and len(marks) == 1:
                mark = next(iter(marks))
                lone = "," if "1,234" in ask.text else "."
                dialect = replace(dialect, decimal=mark, thousands="" if mark == lone else lone)
                how.append(said(N_("decimal mark '{mark}': as in the other files"), mark=mark))
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
            said(
                N_(
                    "is written otherwise (encoding {encoding}, delimiter '{mark}', header line"
                    " {line}) than {file}"
                ),
                encoding=t.dialect.encoding,
                mark=t.dialect.delimiter,
                line=str(t.dialect.header_line),
                file=group[0].paths[0].name,
            ),
            where=t.paths[0].name,
            remedy=N_("export the files in the same way, or name them apart in client.yml"),
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
