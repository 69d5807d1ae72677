"""What does a database hold? SQLite, DuckDB files and PostgreSQL, read once into a Parquet file."""

from __future__ import annotations

import os
import re
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from salesfact._columns import Builder
from salesfact._errors import Fault, SourceError
from salesfact._language import N_
from salesfact._said import said, verbatim

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

SQLITE = (".sqlite", ".sqlite3", ".db", ".db3")
DUCKDB = (".duckdb", ".ddb")
_CHUNK = 50_000


def is_sqlite(path: Path) -> bool:
    """Whether a file is an SQLite database, whatever its name."""
    with path.open("rb") as stream:
        return stream.read(16) == b"SQLite format 3\x00"


def read_file(path: Path, out: Path, *, table: str | None, query: str | None) -> int:
    """Read a table or a SELECT of an SQLite or DuckDB file into the Parquet file `out`.

    Parameters
    ----------
    table, query : str, optional
        One of them; without either, the only table there is.

    Returns
    -------
    int
        Rows read.

    Raises
    ------
    SourceError
        If the table is not there or the query fails. The file is opened for reading only.
    """
    reader = _read_sqlite if is_sqlite(path) else _read_duckdb
    return reader(path, out, table, query)


def tables(path: Path) -> list[str]:
    """Names of tables and views in an SQLite or DuckDB file.

    Raises
    ------
    SourceError
        If the file is damaged, or no such database.
    """
    if is_sqlite(path):
        with closing(_sqlite(path)) as con:
            try:
                return _sqlite_tables(con)
            except sqlite3.Error as error:
                raise _unopened(path, "SQLite", error) from None
    with closing(_duckdb(path)) as con:
        return _duckdb_tables(con)


def read_postgres(
    url_env: str, query: str, out: Path, environment: Mapping[str, str] | None = None
) -> int:
    """Read a SELECT from PostgreSQL into the Parquet file `out`, through Arrow batches.

    Parameters
    ----------
    url_env : str
        The environment variable that holds the database's address.

    Raises
    ------
    SourceError
        If the variable or the driver is missing, or the server refuses. No message holds any
        part of the address.
    """
    url = (environment if environment is not None else os.environ).get(url_env)
    if not url:
        raise SourceError(
            Fault(
                said(N_("the environment variable {name} is not set"), name=url_env),
                where="sources.sales.database.url_env",
                allowed=N_("an address as postgresql://user:password@host/database"),
            )
        )
    try:
        import adbc_driver_postgresql.dbapi as driver
    except ImportError:
        raise SourceError(
            Fault(
                said(N_("PostgreSQL needs an extra")),
                where="sources.sales.database",
                remedy=verbatim("pip install 'salesfact[postgres]'"),
            )
        ) from None
    import pyarrow as pa

    told = ""
    try:
        con = driver.connect(url)
    except Exception as error:  # whatever the driver raises: its words may hold the address
        told = _refusal(error)
    else:
        try:
            with con, con.cursor() as cursor:
                cursor.execute("SET TRANSACTION READ ONLY")
                cursor.execute(query)
                reader = cursor.fetch_record_batch()
                return _write(_plain_batches(reader), _plain_schema(reader.schema), out)
        except (driver.Error, pa.ArrowException) as error:
            told = _refusal(error)
    # raised here, outside the handler: the driver's error, which may hold the address, is not kept
    raise SourceError(
        Fault(
            said(N_("the database says: {told}"), told=told),
            where=f"sources.sales.database, {url_env}",
            remedy=N_("try the address and the query in another program, such as psql"),
        )
    )


#: What went wrong, by SQLSTATE or the beginning of one; the driver's own words are never told.
_STATES = {
    "28": N_("user or password refused"),
    "3D": N_("there is no such database"),
    "42P01": N_("the query names a table that is not there"),
    "42703": N_("the query names a column that is not there"),
    "42601": N_("the query is no valid SQL"),
    "42501": N_("the user may not read this"),
    "25006": N_("the query would write; only reading is allowed"),
    "57014": N_("the query was cancelled"),
    "53": N_("the server has too little memory, disk or connections"),
}


def _refusal(error: Exception) -> str:
    """The kind of a driver's error, in fixed words.

    Its text is not told: it can hold pieces of the address, as `s3cr` of the password `s3cr/et`.
    """
    state = str(getattr(error, "sqlstate", None) or "")
    state = state if re.fullmatch(r"[0-9A-Z]{5}", state) and state != "00000" else ""
    for start, words in _STATES.items():
        if state and state.startswith(start):
            return said("{words} (SQLSTATE {state})", words=said(words), state=state)
    if state:
        return said(N_("the query failed (SQLSTATE {state})"), state=state)
    if isinstance(error, ValueError):
        return said(N_("the address cannot be read"))
    return said(N_("no connection, or an address that cannot be read"))


# -- SQLite ----------------------------------------------------------------------------------------


def _sqlite(path: Path) -> sqlite3.Connection:
    con = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)
    con.text_factory = lambda raw: raw.decode("utf-8", "replace")
    return con


def _sqlite_tables(con: sqlite3.Connection) -> list[str]:
    found = con.execute(
        "SELECT name FROM sqlite_master WHERE type IN ('table', 'view')"
        " AND name NOT LIKE 'sqlite_%' ORDER BY name"
    )
    return [row[0] for row in found]


def _read_sqlite(path: Path, out: Path, table: str | None, query: str | None) -> int:
    with closing(_sqlite(path)) as con:
        try:
            sql = query or _select(table, _sqlite_tables(con), path)
            # no second database may be attached, nothing written, no extension loaded
            con.set_authorizer(_may_read)
            cursor = con.execute(sql)
            if cursor.description is None:
                raise SourceError(Fault(said(N_("the query returns no table")), where=path.name))
            names = _unique([d[0] for d in cursor.description])
            builders = [Builder() for _ in names]
            while rows := cursor.fetchmany(_CHUNK):
                for builder, values in zip(builders, zip(*rows, strict=True), strict=True):
                    builder.add(values)
        except sqlite3.Error as error:
            what = said(N_("SQLite says: {told}"), told=str(error))
            raise SourceError(Fault(what, where=path.name)) from None
    import pyarrow as pa

    columns = dict(zip(names, (b.column() for b in builders), strict=True))
    content = pa.table(columns)
    return _write(content.to_batches(), content.schema, out)


def _may_read(action: int, *_: Any) -> int:
    allowed = {
        sqlite3.SQLITE_SELECT,
        sqlite3.SQLITE_READ,
        sqlite3.SQLITE_FUNCTION,
        sqlite3.SQLITE_RECURSIVE,
    }
    return sqlite3.SQLITE_OK if action in allowed else sqlite3.SQLITE_DENY


# -- DuckDB ----------------------------------------------------------------------------------------


def _duckdb(path: Path) -> Any:
    import duckdb

    try:
        # the file itself is all that a query in the settings can reach
        con = duckdb.connect(str(path), read_only=True, config={"enable_external_access": "false"})
        quiet(con)
        return con
    except duckdb.Error as error:
        raise _unopened(path, "DuckDB", error) from None


def _duckdb_tables(con: Any) -> list[str]:
    return [row[0] for row in con.execute("SHOW TABLES").fetchall()]


def _read_duckdb(path: Path, out: Path, table: str | None, query: str | None) -> int:
    import duckdb

    with closing(_duckdb(path)) as con:
        try:
            sql = query or _select(table, _duckdb_tables(con), path)
            reader = con.execute(sql).to_arrow_reader(_CHUNK)
            return _write(reader, reader.schema, out)
        except duckdb.Error as error:
            what = said(N_("DuckDB says: {told}"), told=str(error).splitlines()[0])
            raise SourceError(Fault(what, where=path.name)) from None


def _unopened(path: Path, kind: str, error: Exception) -> SourceError:
    """A database file that cannot be opened, told by its name and without its folder."""
    told = str(error).splitlines()[0].replace(str(path.resolve()), path.name)
    told = told.replace(str(path), path.name)
    if "lock" in told.lower():
        return SourceError(
            Fault(
                said(N_("another program has the {kind} file open"), kind=kind),
                where=path.name,
                remedy=N_("close that program, or name a copy of the file"),
            )
        )
    return SourceError(
        Fault(
            said(
                N_("is damaged, or no {kind} database that can be read here ({told})"),
                kind=kind,
                told=told,
            ),
            where=path.name,
            remedy=N_(
                "copy it again from where it came while no program writes to it, or export its"
                " tables as CSV or Parquet and name those"
            ),
        )
    )


# -- all -------------------------------------------------------------------------------------------


def _select(table: str | None, known: list[str], path: Path) -> str:
    if table is None and len(known) == 1:
        table = known[0]
    if table not in known:
        what = said(N_("which table is meant?"))
        if table is not None:
            what = said(N_("there is no table {name}"), name=repr(table))
        allowed = verbatim(", ".join(known)) or N_("none")
        raise SourceError(
            Fault(what, where=path.name, allowed=allowed, remedy=N_("write table: NAME"))
        )
    return 'SELECT * FROM "' + table.replace('"', '""') + '"'


def _unique(names: list[str]) -> list[str]:
    found: list[str] = []
    for name in names:
        again, n = name, 2
        while again in found:
            again, n = f"{name}_{n}", n + 1
        found.append(again)
    return found


def _plain_schema(schema: pa.Schema) -> pa.Schema:
    """PostgreSQL's numeric comes as an extension over text; the text is what we read."""
    import pyarrow as pa

    fields = [
        pa.field(name, getattr(f.type, "storage_type", f.type))
        for name, f in zip(_unique(schema.names), schema, strict=True)
    ]
    return pa.schema(fields)


def _plain_batches(reader: Any) -> Iterator[pa.RecordBatch]:
    import pyarrow as pa

    schema = _plain_schema(reader.schema)
    for batch in reader:
        columns = [getattr(c, "storage", c) for c in batch.columns]
        yield pa.RecordBatch.from_arrays(columns, schema=schema)


def _write(batches: Any, schema: pa.Schema, out: Path) -> int:
    import pyarrow.parquet as pq

    rows = 0
    with pq.ParquetWriter(out, schema, compression="zstd") as writer:
        for batch in batches:
            writer.write_batch(batch)
            rows += batch.num_rows
    return rows


def quiet(con: Any) -> None:
    """No progress bar. In a kernel without ipywidgets it is off, and may not even be set to off."""
    row = con.execute("SELECT current_setting('enable_progress_bar')").fetchone()
    if row[0]:
        con.execute("SET enable_progress_bar = false")


def create_table(
    con: Any, name: str, frame: pd.DataFrame, types: Mapping[str, str] | None = None
) -> None:
    """Make a table of a frame's rows, in its own types or with the columns and types named.

    A column that is named and lacking holds NULL.
    """
    import pyarrow as pa

    listed = "*"
    if types is not None:
        source = {n: f'"{n}"' if n in frame else "NULL" for n in types}
        listed = ", ".join(f'CAST({source[n]} AS {t}) AS "{n}"' for n, t in types.items())
    con.register("frame_given", pa.Table.from_pandas(frame, preserve_index=False))
    con.execute(f'CREATE TABLE "{name}" AS SELECT {listed} FROM frame_given')
    con.unregister("frame_given")
