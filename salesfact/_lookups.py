"""What small tables stand beside the lines? Customers, merged customers, exchange rates."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from salesfact._cells import code_sql
from salesfact._client import Aliases, Customers, Fx
from salesfact._errors import Fault, SourceError
from salesfact._language import N_
from salesfact._mapping import MONEY, literal, quoted
from salesfact._relations import stage
from salesfact._said import said


def load_aliases(con: Any, source: Aliases, folder: Path, work: Path) -> int:
    """Table `aliases(old, new)`, with chains followed to their end; returns its rows.

    Raises
    ------
    SourceError
        If a number is merged into two others, or numbers are merged in a circle.
    """
    relation = stage(con, "raw_aliases", source, folder, work, "sources.aliases")
    columns = relation.columns
    old = code_sql(columns.as_text(source.columns.from_, "columns.from"))
    new = code_sql(columns.as_text(source.columns.to, "columns.to"))
    columns.check()
    pairs = con.execute(
        f"SELECT DISTINCT {old}, {new}, min(_line) FROM raw_aliases"
        f" WHERE {old} IS NOT NULL AND {new} IS NOT NULL AND {old} <> {new} AND _fault IS NULL"
        " GROUP BY ALL ORDER BY ALL"
    ).fetchall()
    relation.failed()
    following: dict[str, str] = {}
    faults = []
    for a, b, line in pairs:
        if a in following:
            faults.append(
                Fault(
                    said(
                        N_("customer {old} is merged into {one} and into {other}"),
                        old=repr(a),
                        one=repr(following[a]),
                        other=repr(b),
                    ),
                    where=f"sources.aliases, line {line}",
                    allowed=N_("one customer"),
                )
            )
        following[a] = b
    ends = {}
    for start in following:
        seen, at = [start], start
        while at in following:
            at = following[at]
            if at in seen:
                circle = " -> ".join([*seen[seen.index(at) :], at])
                what = said(N_("customers are merged in a circle: {circle}"), circle=circle)
                if not any(set(f.what.split()) == set(what.split()) for f in faults):
                    faults.append(
                        Fault(what, where="sources.aliases", remedy=N_("break the circle"))
                    )
                break
            seen.append(at)
        ends[start] = at
    if faults:
        raise SourceError(*faults)
    _table(con, "aliases", ("old", "new"), list(ends.items()))
    return len(ends)


def _table(con: Any, name: str, columns: Sequence[str], rows: list[tuple[Any, ...]]) -> None:
    import pyarrow as pa

    content = {c: pa.array([r[i] for r in rows], pa.string()) for i, c in enumerate(columns)}
    con.register("incoming", pa.table(content))
    con.execute(f"CREATE OR REPLACE TABLE {name} AS SELECT * FROM incoming")
    con.unregister("incoming")


def load_fx(con: Any, source: Fx, currency: str, folder: Path, work: Path) -> list[str]:
    """Table `fx(currency, day, rate)`: units of the client's currency for one of another.

    A rate given only in the other direction is turned round. Returns the currencies.

    Raises
    ------
    SourceError
        If two different rates stand for one day, or no rate leads to the client's currency.
    """
    relation = stage(con, "raw_fx", source, folder, work, "sources.fx")
    columns = relation.columns
    day = columns.as_date(source.columns.date, "columns.date")
    old = columns.as_text(source.columns.from_, "columns.from")
    new = columns.as_text(source.columns.to, "columns.to")
    rate = columns.as_number(source.columns.rate, "columns.rate")
    columns.check()
    mine = literal(currency)
    con.execute(f"""
        CREATE OR REPLACE TABLE rates AS
        SELECT upper({old}) AS old, upper({new}) AS new, CAST({day} AS DATE) AS day,
            {rate} AS rate FROM raw_fx WHERE _fault IS NULL
    """)
    relation.failed()
    con.execute(f"""
        CREATE OR REPLACE TABLE fx AS
        WITH direct AS (
            SELECT old AS currency, day, rate FROM rates WHERE new = {mine} AND old <> {mine}),
        turned AS (
            SELECT new AS currency, day, CAST(1 / CAST(rate AS DOUBLE) AS {MONEY}) AS rate
            FROM rates WHERE old = {mine} AND new <> {mine}
            AND (new, day) NOT IN (SELECT (currency, day) FROM direct))
        SELECT DISTINCT * FROM (SELECT * FROM direct UNION ALL SELECT * FROM turned)
        WHERE day IS NOT NULL AND rate > 0 ORDER BY ALL
    """)
    twice = con.execute(
        "SELECT currency, day FROM fx GROUP BY ALL HAVING count(*) > 1 ORDER BY ALL LIMIT 5"
    ).fetchall()
    if twice:
        raise SourceError(
            *(
                Fault(
                    said(N_("two rates for {currency} on {day}"), currency=str(c), day=str(d)),
                    where="sources.fx",
                    allowed=N_("one a day"),
                )
                for c, d in twice
            )
        )
    known = [r[0] for r in con.execute("SELECT DISTINCT currency FROM fx ORDER BY 1").fetchall()]
    if not known:
        raise SourceError(
            Fault(
                said(N_("there is no rate to {currency}"), currency=currency),
                where="sources.fx",
                allowed=said(N_("rates from other currencies to {currency}"), currency=currency),
                remedy=N_("check columns: from and to"),
            )
        )
    return known


def load_customers(
    con: Any, source: Customers, folder: Path, work: Path, *, aliases: bool
) -> dict[str, Any]:
    """Table `known(customer, ...)`, one row per customer; says what was left out.

    A customer named again is known by its newest row: the latest `since`, where the file has such
    a column, and of equal ones the last in the file. A row under the customer's present number
    goes before one under a number merged into it.
    """
    relation = stage(con, "raw_customers", source, folder, work, "sources.customers")
    columns = relation.columns
    roles = source.columns.model_dump(exclude_none=True)
    sql = {role: columns.as_text(mapping, f"columns.{role}") for role, mapping in roles.items()}
    sql["customer"] = code_sql(sql["customer"])
    dated = "since" in roles
    since = columns.as_date(roles["since"], "columns.since") if dated else "NULL::TIMESTAMP"
    columns.check()
    listed = ", ".join([f"{s} AS {quoted(r)}" for r, s in sql.items()] + [f"{since} AS _since"])
    con.execute(f"CREATE OR REPLACE TABLE people_read AS SELECT _row, _fault, {listed}"
                " FROM raw_customers")  # fmt: skip
    relation.failed()
    rows, faulty, nameless = con.execute(
        "SELECT count(*), count(_fault), count(*) FILTER (customer IS NULL AND _fault IS NULL)"
        " FROM people_read"
    ).fetchone()
    others = ", ".join(f"p.{quoted(r)}" for r in sql if r != "customer")
    target = "coalesce(a.new, p.customer)" if aliases else "p.customer"
    join = "LEFT JOIN aliases a ON a.old = p.customer" if aliases else ""
    own = "a.old IS NOT NULL" if aliases else "false"
    con.execute(f"""
        CREATE OR REPLACE TABLE known AS
        SELECT * EXCLUDE (_rank) FROM (
            SELECT {target} AS customer{", " + others if others else ""},
                row_number() OVER (PARTITION BY {target}
                    ORDER BY {own}, p._since DESC NULLS LAST, p._row DESC) AS _rank
            FROM people_read p {join} WHERE p.customer IS NOT NULL AND p._fault IS NULL)
        WHERE _rank = 1
    """)
    kept = con.execute("SELECT count(*) FROM known").fetchone()[0]
    return {
        "rows": rows,
        "set_aside": faulty + nameless,
        "repeated": rows - faulty - nameless - kept,
        "which": "the latest `since`" if dated else "the last in the file",
        "files": relation.counts(),
    }
