"""How do settings and raw material become validated facts? Read once, typed, balanced, cached."""

from __future__ import annotations

import datetime as dt
import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

from salesfact import _checks, _databases
from salesfact._cache import Cache, digest
from salesfact._client import Settings
from salesfact._code import code_version, imported_by
from salesfact._dialect import Dialect
from salesfact._errors import FactsError, Fault, SourceError
from salesfact._joined import joined
from salesfact._ledger import FURNITURE, REASONS
from salesfact._lookups import load_aliases, load_customers, load_fx
from salesfact._mapping import literal, quoted
from salesfact._people import write_people
from salesfact._relations import Relation, source_files, stage, stage_parquet
from salesfact._stray import stray
from salesfact._typed import Typed, typed_lines

_MEMORY = "1200MB"


def prepare(
    settings: Settings, *, refresh: bool = False, verify: bool = False, threads: int | None = None
) -> tuple[Path, str]:
    """Prepared facts of a client: read from the cache where content and settings are the same.

    Parameters
    ----------
    refresh : bool
        Read a database again.
    verify : bool
        Hash every file again, instead of trusting size and time of change.
    threads : int, optional
        Threads of the engine; the facts are the same with any number.

    Returns
    -------
    folder : Path
        `lines.parquet` (every row), `people.parquet`, `products.parquet`, `ledger.json`,
        `set_aside.csv`.
    key : str
        Hash of content, settings and code.

    Raises
    ------
    SourceError
        If a source cannot be read as the settings say.
    FactsError
        If no line is left.
    """
    cache = Cache(settings.folder)
    question = _question(settings, cache, verify=verify)
    pointer = f"database-{digest(question)}.json"
    database = settings.sources.sales.database is not None
    key = digest(question)
    if database:
        key = "" if refresh else str(cache.recalled(pointer).get("key", ""))
    if key and cache.trusted(key, verify=verify):
        return cache.place(key), key
    with cache.workplace() as work:
        ready = work / "ready"
        ready.mkdir()
        seen = _Preparation(settings, work, ready, threads).run()
        if database:
            key = digest([question, seen])
        place = cache.publish(ready, key)
        if database:
            cache.remember(pointer, {"key": key})
    return place, key


def _question(settings: Settings, cache: Cache, *, verify: bool) -> dict[str, Any]:
    """All that decides what the facts hold: settings, content of the files, code."""
    content = {
        name: [[p.name for p in paths], cache.hashes(paths, verify=verify)]
        for name, paths in _read_files(settings)
    }
    return {
        "code": code_version(imported_by("_sources")),
        "currency": settings.currency,
        "sources": settings.sources.model_dump(mode="json", by_alias=True),
        "content": content,
    }


def _read_files(settings: Settings) -> Iterator[tuple[str, list[Path]]]:
    """Every file that is read, by the source it belongs to."""
    sources = settings.sources
    parts: dict[str, Any] = {f"files.{n}": s for n, s in sources.files.items()}
    parts |= {n: getattr(sources, n) for n in ("sales", "customers", "aliases", "fx")}
    for name, source in parts.items():
        if source is not None and source.file:
            yield name, source_files(source, settings.folder, f"sources.{name}")


def source_hashes(settings: Settings) -> list[tuple[str, str]]:
    """Name and content hash (SHA-256) of every file the facts were read from, in order."""
    paths = list(dict.fromkeys(p for _, found in _read_files(settings) for p in found))
    hashes = Cache(settings.folder).hashes(paths)
    return [(p.name, digest) for p, digest in zip(paths, hashes, strict=True)]


class _Preparation:
    def __init__(self, settings: Settings, work: Path, ready: Path, threads: int | None) -> None:
        self.settings, self.work, self.ready, self.threads = settings, work, ready, threads
        self.sources = settings.sources

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
            ledger = self._ledger(con, typed, counts, beside)
            write_people(con, typed.roles, self.ready, listed="customers" in beside)
            ledger["codes_by_case"] = _checks.codes_by_case(con, ["customer", *typed.roles])
            self._set_aside(con)
            (self.ready / "ledger.json").write_text(
                json.dumps(ledger, ensure_ascii=False, indent=1), encoding="utf-8"
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
        every |= {n: getattr(self.sources, n) for n in ("customers", "aliases", "fx")}
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
            con.execute(f"COPY ({sql}) TO {literal(str(out))} (FORMAT parquet, PARQUET_VERSION v2)")
        except duckdb.Error as error:
            relation.failed()
            told = re.sub(r"\s+", " ", str(error)).strip()[:300]
            raise SourceError(
                Fault(
                    f"the engine says: {told}",
                    where=relation.where,
                    remedy="look at the SQL under columns: and set_aside:",
                )
            ) from None
        relation.failed()

    def _ledger(
        self, con: Any, typed: Typed, counts: list[dict[str, Any]], beside: dict[str, Any]
    ) -> dict[str, Any]:
        sales = self.sources.sales
        home = self.settings.currency
        currency = "currency" if "currency" in typed.roles else literal(home)
        money = "amount_source" if typed.converted else "amount"
        by_day = _checks.days(con, currency, money)
        far = stray((dt.date.fromisoformat(d[0]), d[2]) for d in by_day)
        if far:
            days = " OR ".join(f"CAST(date AS DATE) BETWEEN '{a}' AND '{b}'" for a, b in far)
            self._set_aside_too(con, typed, days, "far_date")
        copies = _checks.duplicates(con, money)
        dropped = sales.duplicates == "drop" and copies["rows"] > 0
        if dropped:
            self._set_aside_too(con, typed, "row IN (SELECT row FROM copies)", "duplicate")
        if far or dropped:
            by_day = _checks.days(con, currency, money)
        aside = _checks.reasons(con, currency, money)
        found = _checks.read(con, currency, money)
        staged = sum(c["rows"] for c in counts)
        if found["rows"] != staged:
            raise SourceError(
                Fault(
                    f"{staged} rows were staged and {found['rows']} typed",
                    where="sources.sales",
                    remedy="this is a fault of salesfact: please report it",
                )
            )
        for reason in aside:
            reason["text"] = self._reason_text(reason["code"])
        currencies = sorted(found["money"])
        self._one_currency(by_day, typed)
        if not by_day:
            told = "; ".join(f"{r['text']}: {r['rows']}" for r in aside) or "the source is empty"
            raise FactsError(
                Fault(f"no line could be accepted ({told})", where="sources.sales",
                      remedy="look at columns: and format:")
            )  # fmt: skip
        as_of, complete = _checks.last_complete(by_day)
        roles = sorted(typed.roles)
        ledger: dict[str, Any] = {
            "rows_read": staged,
            "money_read": found["money"],
            "currency": home,
            "currencies": currencies,
            "as_of": as_of.isoformat(),
            "complete": complete,
            "first": by_day[0][0],
            "last": max(d[0] for d in by_day),
            "buckets": _checks.buckets(by_day, aside, as_of),
            "reasons": aside,
            "rounding": _checks.rounding(con, currency, money),
            "files": counts,
            "beside": beside,
            "roles": roles,
            "missing": _checks.missing(con, roles),
            "signs": _checks.signs(con, roles, as_of),
            "rules": _checks.rules(con, [r.reason for r in sales.set_aside]),
            "duplicates": {**copies, "dropped": sales.duplicates == "drop"},
            "credit_notes": _checks.credit_notes(con, roles),
            "fixed_days": _checks.fixed_days(by_day),
            "vat": sales.vat,
            "control_totals": self._control(con, found, aside, money, by_day),
            "days": by_day,
        }
        ledger["balanced"] = _checks.balance(ledger)
        if not ledger["balanced"]:
            raise SourceError(
                Fault(
                    "the ledger does not balance",
                    where="sources.sales",
                    remedy="this is a fault of salesfact: please report it",
                )
            )
        return ledger

    def _reason_text(self, code: str) -> str:
        if code.startswith("rule_"):
            return self.sources.sales.set_aside[int(code[5:]) - 1].reason
        return REASONS[code]

    def _set_aside_too(self, con: Any, typed: Typed, which: str, reason: str) -> None:
        """Set accepted rows aside for what all lines together tell; the lines are written again."""
        out, again = self.ready / "lines.parquet", self.work / "again.parquet"
        told = ["row", "customer", "date", "amount", *sorted(typed.roles - {"margin"})]
        raw = ", ".join(f"coalesce(CAST({quoted(c)} AS VARCHAR), '')" for c in told[1:])
        con.execute(f"""
            COPY (SELECT * EXCLUDE (chosen) REPLACE (
                    CASE WHEN chosen THEN {literal(reason)} ELSE _reason END AS _reason,
                    CASE WHEN chosen THEN coalesce(_raw, concat_ws(';', {raw})) ELSE _raw END
                        AS _raw)
                FROM (SELECT *, _reason IS NULL AND ({which}) AS chosen FROM typed) ORDER BY row)
            TO {literal(str(again))} (FORMAT parquet, PARQUET_VERSION v2)
        """)
        again.replace(out)

    def _one_currency(self, by_day: list[Any], typed: Typed) -> None:
        used = sorted({d[1] for d in by_day})
        if typed.converted or used in ([], [self.settings.currency]):
            return
        what = f"the lines are in {', '.join(used)}; the client's currency is"
        raise SourceError(
            Fault(
                f"{what} {self.settings.currency}",
                where="sources.sales.columns.currency",
                allowed=f"lines in {self.settings.currency}, or a table of exchange rates",
                remedy="name the rates under sources: fx:, or change currency:",
            )
        )

    def _control(
        self,
        con: Any,
        found: dict[str, Any],
        aside: list[dict[str, Any]],
        money: str,
        by_day: list[_checks.Day],
    ) -> list[dict[str, Any]]:
        """Totals rows found in the source, and what the settings say of the books.

        Both are held against every line with readable money, set aside or not.
        """
        told = _checks.totals_rows(con, money)
        given = self.sources.sales.control_totals
        lines = [r for r in aside if r["code"] not in FURNITURE]
        rows = found["rows"] - sum(r["rows"] for r in aside) + sum(r["rows"] for r in lines)
        unreadable = sum(r["rows"] - r["readable"] for r in lines)
        if given.amount is not None:
            used = sorted({d[1] for d in by_day})
            if len(used) > 1:
                raise SourceError(
                    Fault(
                        f"one total cannot be held against lines in {', '.join(used)}",
                        where="sources.sales.control_totals.amount",
                        allowed="a total where all lines are in one currency",
                        remedy="leave it out; the ledger states each currency's money",
                    )
                )
            total = Decimal(found["money"].get(used[0], "0"))
            told.append(_checks.control("amount", given.amount, total, unreadable))
        if given.rows is not None:
            told.append(_checks.control("rows", given.rows, rows, 0))
        return told

    def _set_aside(self, con: Any) -> None:
        """Every row set aside, with file, line, reason and its text as it stands."""
        codes = con.execute(
            "SELECT DISTINCT _reason FROM typed WHERE _reason IS NOT NULL ORDER BY 1"
        ).fetchall()
        cases = " ".join(
            f"WHEN {literal(c)} THEN {literal(self._reason_text(c))}" for (c,) in codes
        )
        text = f"CASE _reason {cases} END" if cases else "''"
        out = literal(str(self.ready / "set_aside.csv"))
        con.execute(f"""
            COPY (SELECT _file AS file, _line AS line, _reason AS reason, {text} AS "text",
                    _raw AS raw FROM typed WHERE _reason IS NOT NULL ORDER BY row)
            TO {out} (FORMAT csv, HEADER true)
        """)


def ledger_of(folder: Path) -> dict[str, Any]:
    """The ledger of prepared facts, with its `days`."""
    return json.loads((folder / "ledger.json").read_text(encoding="utf-8"))
