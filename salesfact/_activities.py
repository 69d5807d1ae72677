"""What does each activity say? Every row of the log typed, with a reason where it is set aside."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

from salesfact._activity_settings import DAY_HOURS, Activities, folded
from salesfact._cells import code_sql, stored_sql
from salesfact._errors import Fault, SourceError
from salesfact._language import N_
from salesfact._mapping import MONEY, Columns, literal, quoted
from salesfact._relations import OWN, Relation, stage
from salesfact._said import said
from salesfact._typed import FIRST_YEAR, LAST_YEAR, total_sql

#: Hours as they are kept: a third of an hour, times three, is an hour to the fourth decimal.
HOURS = "DECIMAL(18,8)"
#: How the customers of a template's example rows begin.
EXAMPLES = ("EXAMPLE", "EXEMPEL")
#: Why an activity is set aside, beside the reasons any row has (`_ledger.REASONS`).
REASONS: dict[str, str] = {
    "example": N_("an example row of the template"),
    "missing_kind": N_("no kind of activity"),
    "unreadable_hours": N_("hours that cannot be read"),
    "negative_hours": N_("hours below zero"),
    "too_many_hours": N_("more than 24 hours in one activity"),
}
_TEXTS = ("rep", "programme")
_NUMBERS = ("hours", "cost")
_WHERE = "sources.activities"
_CLOCK = r"\d{1,3}:[0-5]\d(:[0-5]\d)?"


def type_activities(
    con: Any, source: Activities, folder: Path, work: Path, out: Path, *, aliases: bool
) -> list[dict[str, Any]]:
    """Write every row of the log to `out` (Parquet), which the view `effort` then shows.

    Columns: `row`, `customer`, `date`, `kind`, `rep`, `hours`, `hours_from_norm`, `cost`,
    `programme`; `_stated`, the hours as they stand in the row; `_zero`, whether they are nought;
    `_lost_cost`, whether a cost stands there and cannot be read; `_copy`, whether an earlier row
    is the same in every column; `_rule_1`, ...; `_reason` (NULL = accepted), `_file`, `_line` and,
    for rows set aside, `_raw`.

    Returns
    -------
    list of dict
        What each file held: `file`, `rows`, `blank_lines`, `head_lines`.

    Raises
    ------
    SourceError
        If a file cannot be read as the settings say, or a mapping names unknown columns.
    """
    import duckdb

    roles = source.columns
    numbers = [m for m in (roles.hours, roles.cost) if m is not None]
    relation = stage(con, "raw_activities", source, folder, work, _WHERE, numbers)
    sql = _typed_sql(source, relation, aliases=aliases)
    try:
        con.execute(f"COPY ({sql}) TO {literal(str(out))} (FORMAT parquet)")
    except duckdb.Error as error:
        relation.failed()
        told = " ".join(str(error).split())[:300]
        raise SourceError(
            Fault(
                said(N_("the engine says: {told}"), told=told),
                where=_WHERE,
                remedy=N_("look at the SQL under columns: and set_aside:"),
            )
        ) from None
    relation.failed()
    con.execute(f"CREATE VIEW effort AS SELECT * FROM read_parquet({literal(str(out))})")
    return relation.counts()


def _typed_sql(source: Activities, relation: Relation, *, aliases: bool) -> str:
    columns, roles = relation.columns, source.columns
    customer = code_sql(columns.as_text(roles.customer, "columns.customer"))
    first = [
        *(f"{c} AS {c}" for c in OWN),
        f"{customer} AS customer",
        f"{columns.as_date(roles.date, 'columns.date')} AS date",
        f"trim({columns.as_text(roles.kind, 'columns.kind')}) AS kind",
    ]
    for role in _TEXTS:
        mapping = getattr(roles, role)
        read = "NULL::VARCHAR" if mapping is None else columns.as_text(mapping, f"columns.{role}")
        first.append(f"{read} AS {role}")
    for role in _NUMBERS:
        mapping = getattr(roles, role)
        read, lost = ("NULL", "false") if mapping is None else _number(columns, mapping, role)
        first += [f"CAST({read} AS {MONEY}) AS {role}_read", f"({lost}) AS _lost_{role}"]
    for i, rule in enumerate(source.set_aside, start=1):
        first.append(f"{columns.as_truth(rule.where, f'set_aside[{i}].where')} AS _rule_{i}")
    columns.check()
    shown = columns.shown()
    hashed = ", ".join(quoted(c) for c in shown) or "NULL"
    names = [f"{quoted(c)} AS _s{i}" for i, c in enumerate(shown)]
    rules = [f"_rule_{i}" for i, _ in enumerate(source.set_aside, start=1)]
    totals = total_sql(columns, roles.date, roles.customer, [])
    renamed = "coalesce(_alias.new, _one.customer)" if aliases else "_one.customer"
    join = "LEFT JOIN aliases _alias ON _alias.old = _one.customer" if aliases else ""
    stated = stored_hours_sql("hours_read")
    norm = norm_sql(source.norms)
    dropped = "_copy" if source.duplicates == "drop" else "false"
    cells = ", ".join(f"coalesce(CAST(_s{i} AS VARCHAR), '')" for i, _ in enumerate(shown))
    raw = f"coalesce(CAST(_raw AS VARCHAR), concat_ws(';', {cells or literal('')}))"
    return f"""
        WITH _one AS (SELECT {", ".join([*first, *names])}, hash({hashed}) AS _hash
            FROM {quoted(relation.name)}),
        _two AS (SELECT _one.* EXCLUDE (customer), {renamed} AS customer, {stated} AS _read,
            {totals} AS _total FROM _one {join}),
        _three AS (SELECT *, {_reason(len(source.set_aside))} AS _why,
            CASE WHEN _fault IS NULL AND NOT _total THEN _read END AS _stated FROM _two),
        _four AS (SELECT *, _why IS NULL AND row_number() OVER (
                PARTITION BY _hash, _why IS NULL ORDER BY _row) > 1 AS _copy FROM _three),
        _five AS (SELECT *, CASE WHEN {dropped} THEN 'duplicate' ELSE _why END AS _reason,
            CASE WHEN _stated > 0 THEN _stated END AS _own, {norm} AS _norm FROM _four)
        SELECT _row AS row, customer, date, kind, rep,
            coalesce(_own, _norm) AS hours, _own IS NULL AND _norm IS NOT NULL AS hours_from_norm,
            {stored_sql("cost_read")} AS cost, programme,
            _stated, coalesce(_stated = 0, false) AS _zero, _lost_cost, _copy,
            {"".join(f"{r}, " for r in rules)}
            _reason, CAST(_file AS VARCHAR) AS _file, _line,
            CASE WHEN _reason IS NOT NULL THEN {raw} END AS _raw
        FROM _five ORDER BY _row
    """


def _number(columns: Columns, mapping: str, role: str) -> tuple[str, str]:
    """SQL of a number, and of whether something stands there that is none.

    Hours are also read where they are written as a clock's (`1:30`), or kept as a time.
    """
    key = f"columns.{role}"
    column = columns.find(mapping)
    if column is None:
        read = columns.as_number(mapping, key)
        if columns.faults:
            return read, "false"  # told once, with their key
        used = set(columns.numbers_in(mapping))
        parts = [(c, columns.as_number(c, key)) for c in columns.texts_in(mapping)]
        lost = [f"({quoted(c)} IS NOT NULL AND ({sql}) IS NULL)" for c, sql in parts if sql in used]
        return read, " OR ".join(lost) or "false"
    name, kind = quoted(column), columns.types[column].upper()
    if role == "hours" and kind in ("TIME", "INTERVAL"):
        return f"epoch({name}) / 3600", "false"
    read = columns.as_number(mapping, key)
    if kind != "VARCHAR":
        return read, "false"
    if role == "hours":
        parts = " + ".join(
            f"coalesce(TRY_CAST(nullif(split_part({name}, ':', {i}), '') AS {MONEY}), 0) / {per}"
            for i, per in ((1, 1), (2, 60), (3, 3600))
        )
        clock = f"regexp_full_match({name}, {literal(_CLOCK)})"
        read = f"CASE WHEN {clock} THEN CAST({parts} AS {MONEY}) ELSE {read} END"
    return read, f"{name} IS NOT NULL AND ({read}) IS NULL"


def stored_hours_sql(hours: str) -> str:
    """SQL of hours as they are kept; NULL where they are no such number."""
    return f"TRY_CAST({hours} AS {HOURS})"


def norm_sql(norms: dict[str, Decimal]) -> str:
    """SQL of the norm for a row's kind, NULL where there is none."""
    cases = " ".join(f"WHEN {literal(folded(kind))} THEN {hours}" for kind, hours in norms.items())
    return f"CAST(CASE lower(kind) {cases} END AS {HOURS})" if cases else f"NULL::{HOURS}"


def _reason(rules: int) -> str:
    """Why a row is set aside, by what comes first."""
    examples = " OR ".join(f"customer LIKE {literal(e + ' %')}" for e in EXAMPLES)
    whens = [
        "WHEN _fault IS NOT NULL THEN CAST(_fault AS VARCHAR)",
        "WHEN _total THEN 'totals_row'",
        *(f"WHEN _rule_{i} THEN 'rule_{i}'" for i in range(1, rules + 1)),
        f"WHEN {examples} THEN 'example'",
        "WHEN customer IS NULL THEN 'missing_customer'",
        "WHEN date IS NULL THEN 'unreadable_date'",
        f"WHEN year(date) NOT BETWEEN {FIRST_YEAR} AND {LAST_YEAR} THEN 'unreadable_date'",
        "WHEN coalesce(kind, '') = '' THEN 'missing_kind'",
        "WHEN _lost_hours OR (_read IS NULL AND hours_read IS NOT NULL) THEN 'unreadable_hours'",
        "WHEN _read < 0 THEN 'negative_hours'",
        f"WHEN _read > {DAY_HOURS} THEN 'too_many_hours'",
    ]
    return f"CASE {' '.join(whens)} END"
