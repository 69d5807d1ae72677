"""Whose rows are they? A query over several named files, whose base rows are all accounted for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from salesfact._client import Settings
from salesfact._dialect import Dialect
from salesfact._errors import Fault, SourceError
from salesfact._language import N_
from salesfact._mapping import literal, quoted
from salesfact._relations import OWN, Relation, dialect_of, stage
from salesfact._said import said, verbatim

_WHERE = "sources.sales.query"


def joined(con: Any, settings: Settings, work: Path) -> tuple[Relation, list[str]]:
    """The query's rows as the relation `staged`; base rows it leaves out come with a reason.

    Returns
    -------
    relation : Relation
        Columns of the query and, for rows left out, those of the base file of the same name.
    hashed : list of str
        The base file's columns: in these an exact copy agrees.

    Raises
    ------
    SourceError
        If the query is no SELECT over the named files, lacks `_row` of the base file, gives one of
        its rows twice, or rows that are not in it.
    """
    sales = settings.sources.sales
    assert sales.query is not None
    assert sales.lines is not None
    base = sales.lines
    relations = {}
    for name, source in settings.sources.files.items():
        folder = work / f"file-{name}"
        relation = stage(
            con, f"raw_{name}", source, settings.folder, folder, f"sources.files.{name}"
        )
        out = work / f"{name}.parquet"
        con.execute(
            f"COPY (SELECT * FROM {quoted('raw_' + name)}) TO {literal(str(out))} (FORMAT parquet)"
        )
        relation.failed()
        con.execute(
            f"CREATE VIEW {quoted(name)} AS SELECT * FROM read_parquet({literal(str(out))})"
        )
        relations[name] = relation
    parsed = _check_query(sales.query, set(relations))
    types = _run(con, sales.query)
    _once(con, base)
    base_types = relations[base].types
    own = [c for c in types if c not in OWN]
    filled = [f"b.{quoted(c)}" if c in base_types else f"NULL AS {quoted(c)}" for c in own]
    extra = [c for c in base_types if c not in own]
    both = [*own, *extra]
    taken = ", ".join(f"q.{quoted(c)}" for c in own)
    more = ", ".join(f"b.{quoted(c)}" for c in extra)
    con.execute(f"""
        CREATE VIEW staged AS
        SELECT b._row, b._file, b._line, CAST(b._fault AS VARCHAR) AS _fault, b._raw,
            {", ".join(filter(None, (taken, more)))}
        FROM asked q JOIN {quoted(base)} b USING (_row)
        UNION ALL
        SELECT b._row, b._file, b._line,
            coalesce(CAST(b._fault AS VARCHAR), 'dropped_by_query') AS _fault, b._raw,
            {", ".join(filter(None, (", ".join(filled), more)))}
        FROM {quoted(base)} b ANTI JOIN asked q USING (_row)
    """)
    all_types = {c: types.get(c) or base_types[c] for c in both}
    stated = "format" in sales.model_fields_set
    relation = Relation(
        "staged",
        all_types,
        dialect_of(sales.format) if stated else relations[base].dialect,
        _WHERE,
        relations[base].counts,
        own={} if stated else _origins(parsed, relations),
    )
    return relation, list(base_types)


def _origins(parsed: Any, relations: Mapping[str, Relation]) -> dict[str, Dialect]:
    """How the text of each column is written: as in the file it comes from."""
    from sqlglot import exp

    files = {name.casefold(): relation for name, relation in relations.items()}
    named = {
        t.alias_or_name.casefold(): files[t.name.casefold()]
        for t in parsed.find_all(exp.Table)
        if t.name.casefold() in files
    }
    found = {}
    for part in parsed.selects:
        columns = list(part.find_all(exp.Column))
        sources = {c.table.casefold() for c in columns}
        if not columns or isinstance(columns[0].this, exp.Star):
            continue
        if sources == {""}:  # no file named: the one that has such a column
            holders = {n for n, r in named.items() if r.columns.find(columns[0].name)}
            sources = holders if len(holders) == 1 else set()
        dialects = {named[s].dialect for s in sources if s in named}
        if len(dialects) == 1:
            found[part.alias_or_name] = dialects.pop()
    return found


def _run(con: Any, query: str) -> dict[str, str]:
    """Keep the query's answer as the table `asked`; returns its columns and types."""
    import duckdb

    try:
        con.execute(f"CREATE TABLE asked AS {query.strip().rstrip(';')}")
    except duckdb.Error as error:
        told = re.sub(r"\s+", " ", str(error)).strip()[:300]
        raise SourceError(
            Fault(
                said(N_("the engine says: {told}"), told=told),
                where=_WHERE,
                remedy=N_("columns of text files are text: do arithmetic under columns:"),
            )
        ) from None
    types = {r[0]: r[1] for r in con.execute("DESCRIBE asked").fetchall()}
    if "_row" not in types:
        raise SourceError(
            Fault(
                said(N_("the query does not carry the rows of the file that is counted")),
                where=_WHERE,
                remedy=N_("SELECT NAME._row, ... with the NAME that stands under lines:"),
            )
        )
    return types


def _once(con: Any, base: str) -> None:
    (strange,) = con.execute(
        f"SELECT count(*) FROM asked q ANTI JOIN {quoted(base)} b USING (_row)"
    ).fetchone()
    if strange:
        raise SourceError(
            Fault(
                said(
                    N_("the query gives {count} row whose _row is none of {file}"),
                    N_("the query gives {count} rows whose _row is none of {file}"),
                    strange,
                    count=strange,
                    file=base,
                ),
                where=_WHERE,
                allowed=said(N_("{file}._row as it stands"), file=base),
                remedy=said(
                    N_("SELECT {file}._row, ...; to add rows, name their file under lines:"),
                    file=base,
                ),
            )
        )
    twice = con.execute(
        "SELECT _row, count(*) FROM asked GROUP BY _row HAVING count(*) > 1 ORDER BY _row"
    ).fetchall()
    if twice:
        row, n = twice[0]
        line = con.execute(f"SELECT _line FROM {quoted(base)} WHERE _row = ?", [row]).fetchone()
        raise SourceError(
            Fault(
                said(
                    N_("the query gives {count} row of {file} more than once (line {line}: {n})"),
                    N_("the query gives {count} rows of {file} more than once (line {line}: {n})"),
                    len(twice),
                    count=len(twice),
                    file=base,
                    line=str(line[0] if line else row),
                    n=said(N_("{n} times"), n=n),
                ),
                where=_WHERE,
                allowed=N_("each row once"),
                remedy=N_("join on keys that are unique in the other file"),
            )
        )


def _check_query(query: str, names: set[str]) -> Any:
    """A single SELECT that touches the named files only."""
    import sqlglot
    from sqlglot import exp
    from sqlglot.errors import SqlglotError

    try:
        parsed = [p for p in sqlglot.parse(query, dialect="duckdb") if p is not None]
    except SqlglotError as error:
        told = re.sub(r"\x1b\[\d+m|\s+", " ", str(error)).strip()[:200]
        what = said(N_("this is no SQL: {told}"), told=told)
        raise SourceError(Fault(what, where=_WHERE)) from None
    if len(parsed) != 1 or not isinstance(parsed[0], (exp.Select, exp.SetOperation)):
        what = said(N_("this is not one SELECT"))
        raise SourceError(Fault(what, where=_WHERE, allowed=N_("one SELECT")))
    known = {n.casefold() for n in names} | {
        c.alias.casefold() for c in parsed[0].find_all(exp.CTE)
    }
    faults = []
    for table in parsed[0].find_all(exp.Table):
        if not isinstance(table.this, exp.Identifier) or table.db:
            found = repr(table.sql(dialect="duckdb"))
            what = said(N_("{found} is not allowed in the query"), found=found)
        elif table.name.casefold() not in known:
            what = said(N_("unknown file {name}"), name=repr(table.name))
        else:
            continue
        faults.append(Fault(what, where=_WHERE, allowed=verbatim(", ".join(sorted(names)))))
    if faults:
        raise SourceError(*faults)
    return parsed[0]
