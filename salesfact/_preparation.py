"""How is one reading done? An engine shut in with its files, which types, balances and writes."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from salesfact import _checks, _databases
from salesfact._activities import type_activities
from salesfact._activity_ledger import activity_ledger
from salesfact._balance import Books
from salesfact._client import Settings
from salesfact._dialect import Dialect
from salesfact._errors import Fault, SourceError
from salesfact._joined import joined
from salesfact._language import N_
from salesfact._lookups import load_aliases, load_customers, load_fx
from salesfact._mapping import literal
from salesfact._people import write_people
from salesfact._relations import Relation, source_files, stage, stage_parquet
from salesfact._said import said
from salesfact._typed import PARQUET, typed_lines

_MEMORY = "1200MB"
#: Sources of files that stand beside the lines.
BESIDE = ("customers", "aliases", "fx", "activities")


class Preparation:
    """One reading of a client's sources: `run` writes the facts into the folder `ready`."""

    def __init__(self, settings: Settings, work: Path, ready: Path, threads: int | None) -> None:
        self.settings, self.work, self.ready, self.threads = settings, work, ready, threads
        self.sources = settings.sources
        self.books = Books(settings, work, ready)

    def run(self) -> dict[str, Any]:
        """Write the facts into `ready`; returns what a database is known by."""
        with self._engine() as con:
            beside = self._lookups(con)
            relation, hashed = self._lines(con)
            typed = typed_lines(
                self.settings,
                relation.columns,
                relation.name,
                aliases="aliases" in beside,
                fx="fx" in beside,
                hashed=hashed,
            )
            out = self.ready / "lines.parquet"
            self._copy(con, typed.sql, out, relation)
            con.execute(f"CREATE VIEW typed AS SELECT * FROM read_parquet({literal(str(out))})")
            counts = relation.counts()
            ledger = self.books.ledger(con, typed, counts, beside)
            write_people(con, typed.roles, self.ready, listed="customers" in beside)
            ledger["codes_by_case"] = _checks.codes_by_case(con, ["customer", *typed.roles])
            self._set_aside(con)
            if self.sources.activities is not None:
                ledger["activities"] = self._activities(con, beside)
            (self.ready / "ledger.json").write_text(
                json.dumps(ledger, ensure_ascii=False), encoding="utf-8"
            )
        return {
            "rows": ledger["rows_read"],
            "money": ledger["money_read"],
            "last": ledger["last"],
        }

    @contextmanager
    def _engine(self) -> Iterator[Any]:
        import duckdb

        con = duckdb.connect()
        try:
            scratch = self.work / "scratch"
            scratch.mkdir()
            con.execute(f"SET temp_directory = {literal(str(scratch))}")
            con.execute(f"SET memory_limit = '{_MEMORY}'")
            con.execute("SET python_enable_replacements = false")
            _databases.quiet(con)
            con.execute("SET autoinstall_known_extensions = false")
            con.execute("SET autoload_known_extensions = false")
            if self.threads:
                con.execute(f"SET threads = {int(self.threads)}")
            # what SQL in the settings can reach: the files named there, and our own work
            files = {str(p) for p in self._files()}
            con.execute(f"SET allowed_paths = [{', '.join(map(literal, sorted(files)))}]")
            con.execute(f"SET allowed_directories = [{literal(str(self.work) + os.sep)}]")
            con.execute("SET enable_external_access = false")
            con.execute("SET lock_configuration = true")
            yield con
        finally:
            con.close()

    def _files(self) -> Iterator[Path]:
        every = {**self.sources.files, "sales": self.sources.sales}
        every |= {n: getattr(self.sources, n) for n in BESIDE}
        for name, source in every.items():
            if source is not None and source.file:
                yield from source_files(source, self.settings.folder, f"sources.{name}")

    def _lookups(self, con: Any) -> dict[str, Any]:
        folder, told = self.settings.folder, {}
        if self.sources.aliases is not None:
            told["aliases"] = load_aliases(con, self.sources.aliases, folder, self.work / "aliases")
        if self.sources.fx is not None and self.sources.sales.columns.currency is not None:
            told["fx"] = load_fx(
                con, self.sources.fx, self.settings.currency, folder, self.work / "fx"
            )
        if self.sources.customers is not None:
            told["customers"] = load_customers(
                con,
                self.sources.customers,
                folder,
                self.work / "customers",
                aliases="aliases" in told,
            )
        return told

    def _activities(self, con: Any, beside: dict[str, Any]) -> dict[str, Any]:
        """Write the activities beside the lines; their ledger."""
        source = self.sources.activities
        assert source is not None
        counts = type_activities(
            con,
            source,
            self.settings.folder,
            self.work / "activities",
            self.ready / "activities.parquet",
            aliases="aliases" in beside,
        )
        return activity_ledger(con, source, counts, self.ready, listed="customers" in beside)

    def _lines(self, con: Any) -> tuple[Relation, list[str]]:
        """The staged lines, and the columns in which an exact copy must agree."""
        sales, where = self.sources.sales, "sources.sales"
        if sales.database is not None:
            out = self.work / "database.parquet"
            _databases.read_postgres(sales.database.url_env, sales.database.query, out)
            label = f"database named by {sales.database.url_env}"
            relation = stage_parquet(con, "staged", [out], Dialect(), where, [label])
            return relation, list(relation.types)
        if sales.file:
            columns = sales.columns
            numbers = (columns.amount, columns.margin, columns.cost, columns.quantity)
            relation = stage(
                con,
                "staged",
                sales,
                self.settings.folder,
                self.work / "sales",
                where,
                [n for n in numbers if n is not None],
            )
            return relation, list(relation.types)
        return joined(con, self.settings, self.work)

    def _copy(self, con: Any, sql: str, out: Path, relation: Relation) -> None:
        import duckdb

        try:
            con.execute(f"COPY ({sql}) TO {literal(str(out))} ({PARQUET})")
        except duckdb.Error as error:
            relation.failed()
            told = re.sub(r"\s+", " ", str(error)).strip()[:300]
            raise SourceError(
                Fault(
                    said(N_("the engine says: {told}"), told=told),
                    where=relation.where,
                    remedy=N_("look at the SQL under columns: and set_aside:"),
                )
            ) from None
        relation.failed()

    def _set_aside(self, con: Any) -> None:
        """Every row set aside, with file, line, reason and its text as it stands."""
        codes = con.execute(
            "SELECT DISTINCT _reason FROM typed WHERE _reason IS NOT NULL ORDER BY 1"
        ).fetchall()
        cases = " ".join(
            f"WHEN {literal(c)} THEN {literal(self.books.reason_text(c))}" for (c,) in codes
        )
        text = f"CASE _reason {cases} END" if cases else "''"
        out = literal(str(self.ready / "set_aside.csv"))
        con.execute(f"""
            COPY (SELECT _file AS file, _line AS line, _reason AS reason, {text} AS "text",
                    _raw AS raw FROM typed WHERE _reason IS NOT NULL ORDER BY row)
            TO {out} (FORMAT csv, HEADER true)
        """)
