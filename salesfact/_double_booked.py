"""Which activities can hardly all be true? Rows booked twice, and days longer than days are."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

from salesfact._activity_settings import DAY_HOURS
from salesfact._mapping import literal

#: Hours with several customers that no rep works on one day: drives and meals are not logged.
FULL_DAY = 14
_SHOWN = 3  # examples that are named; the file names all

# Each scan reads the view `effort` (see `_activities`): accepted rows, hours with norms.


def double_booked(con: Any, out: Path) -> dict[str, Any]:
    """What is booked twice or beyond a day's hours; each such row is written to `out` (CSV).

    Returns
    -------
    dict
        `twice`: the same rep, customer, kind and time again; `rows` beyond the first of each and
        their `hours`. `impossible`: days on which one rep has more than 24 hours; `crowded`: days
        with more than `FULL_DAY` hours, at more than one customer (impossible ones apart); both
        with `days`, `rows` and `hours`. `examples` each, by file and line, and never by rep.
    """
    con.execute(f"""
        CREATE TEMP TABLE doubtful AS
        WITH own AS (SELECT * FROM effort WHERE _reason IS NULL),
        again AS (
            SELECT row, row_number() OVER same > 1 AS later, count(*) OVER same AS n
            FROM own WINDOW same AS (PARTITION BY coalesce(rep, ''), customer, kind, date
                ORDER BY row ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)),
        days AS (
            SELECT rep, CAST(date AS DATE) AS day, sum(hours) AS total,
                count(DISTINCT customer) AS customers
            FROM own WHERE rep IS NOT NULL GROUP BY ALL HAVING sum(hours) > {FULL_DAY}),
        told AS (
            SELECT own.*, again.later, again.n, total,
                CASE WHEN total > {DAY_HOURS} THEN 'impossible'
                    WHEN customers > 1 THEN 'crowded' END AS what
            FROM own JOIN again USING (row)
            LEFT JOIN days ON days.rep = own.rep AND days.day = CAST(own.date AS DATE))
        SELECT 'twice' AS what, * EXCLUDE (what) FROM told WHERE n > 1
        UNION ALL BY NAME SELECT * FROM told WHERE what IS NOT NULL
    """)
    listed = con.execute("SELECT count(*) FROM doubtful").fetchone()[0]
    if listed:
        con.execute(f"""
            COPY (SELECT what, _file AS file, _line AS line, rep,
                    strftime(date, '%Y-%m-%d') AS date, customer, kind,
                    CAST(hours AS DOUBLE) AS hours,
                    CASE WHEN what <> 'twice' THEN CAST(total AS DOUBLE) END AS hours_of_day
                FROM doubtful
                ORDER BY what DESC, CAST(date AS DATE), rep, customer, kind, date, row)
            TO {literal(str(out))} (FORMAT csv, HEADER true)
        """)
    found = {"twice": _twice(con)}
    found |= {what: _days(con, what) for what in ("impossible", "crowded")}
    con.execute("DROP TABLE doubtful")
    return found


def _twice(con: Any) -> dict[str, Any]:
    rows, hours = con.execute(
        "SELECT count(*), sum(hours) FROM doubtful WHERE what = 'twice' AND later"
    ).fetchone()
    examples = con.execute(f"""
        SELECT _file, _line, strftime(date, '%Y-%m-%d'), customer FROM doubtful
        WHERE what = 'twice' AND later ORDER BY row LIMIT {_SHOWN}
    """).fetchall()
    return {
        "rows": rows,
        "hours": str(plain(hours)),
        "examples": [
            {"file": f, "line": n, "date": day, "customer": who} for f, n, day, who in examples
        ],
    }


def _days(con: Any, what: str) -> dict[str, Any]:
    found = con.execute(f"""
        SELECT strftime(date, '%Y-%m-%d') AS day, arg_min(_file, row), arg_min(_line, row),
            count(*), max(total), count(DISTINCT customer), min(row) AS first
        FROM doubtful WHERE what = {literal(what)} GROUP BY rep, day ORDER BY first
    """).fetchall()
    return {
        "days": len(found),
        "rows": sum(r[3] for r in found),
        "hours": str(plain(sum((r[4] for r in found), Decimal(0)))),
        "examples": [
            {
                "file": f,
                "line": n,
                "date": day,
                "rows": rows,
                "hours": str(plain(total)),
                "customers": who,
            }
            for day, f, n, rows, total, who, _ in found[:_SHOWN]
        ],
    }


def plain(hours: Decimal | None) -> Decimal:
    """Exact hours without noughts at their end."""
    x = Decimal(hours or 0)
    return x.quantize(Decimal(1)) if x == x.to_integral_value() else x.normalize()
