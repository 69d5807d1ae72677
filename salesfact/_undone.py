"""Which lines repeat or undo earlier ones? Exact copies, and credit notes beside their lines."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from itertools import pairwise
from typing import Any

# Each scan reads the view `typed`: one row per staged row, see `_typed.typed_lines`.

#: Hashes that are sorted at a time: 128 MB of them.
_SORTED = 16_000_000


def duplicates(con: Any, money: str, *, at_a_time: int = _SORTED) -> dict[str, Any]:
    """Rows that copy an earlier one in every column of the source (by a 64-bit hash).

    Their rows are left in the table `copies`.

    Parameters
    ----------
    at_a_time : int
        Hashes that are held in memory together.
    """
    import pyarrow as pa

    con.register("_twice", pa.table({"_hash": _twice(con, at_a_time)}))
    con.execute(f"""
        CREATE OR REPLACE TEMP TABLE copies AS
        SELECT row, {money} AS money FROM (
            SELECT row, {money}, row_number() OVER (PARTITION BY _hash ORDER BY row) AS n
            FROM typed SEMI JOIN _twice USING (_hash) WHERE _reason IS NULL)
        WHERE n > 1
    """)
    con.unregister("_twice")
    rows, total = con.execute("SELECT count(*), sum(money) FROM copies").fetchone()
    return {"rows": rows, "money": str(total or 0)}


def _twice(con: Any, at_a_time: int) -> Any:
    """Hashes that more than one accepted row has. Numpy sorts ten times as fast as groups form."""
    import numpy as np

    rows = con.execute("SELECT count(*) FROM typed WHERE _reason IS NULL").fetchone()[0]
    parts = rows // at_a_time + 1
    bounds = [(i << 64) // parts for i in range(parts + 1)]
    found = [np.zeros(0, np.uint64)]
    for low, high in pairwise(bounds):
        which = f"_hash BETWEEN {low} AND {high - 1}" if parts > 1 else "_hash IS NOT NULL"
        part = con.execute(f"SELECT _hash FROM typed WHERE _reason IS NULL AND {which}")
        hashes = np.sort(np.ma.getdata(part.fetchnumpy()["_hash"]))
        found.append(np.unique(hashes[1:][hashes[1:] == hashes[:-1]]))
    return np.concatenate(found)


def credit_notes(con: Any, roles: Sequence[str]) -> dict[str, Any]:
    """Negative lines, and how many undo an earlier line of the same customer and product.

    A credit note undoes the latest earlier line with the opposite amount (and quantity, where
    there is one) that no other credit note undid, at most a year back. Within one customer,
    product and size, lines go up by one and credit notes down by one; what crosses the same level
    last is what a credit note takes back.
    """
    product = "coalesce(product, '')" if "product" in roles else "''"
    quantity = "abs(coalesce(quantity, 0))" if "quantity" in roles else "0"
    rows, total, matched, undone = con.execute(f"""
        WITH own AS (
            SELECT customer, {product} AS product, abs(amount) AS size, {quantity} AS pieces,
                date, row, sign(amount) AS way, amount
            FROM typed WHERE _reason IS NULL AND amount <> 0),
        -- most lines are of no size that is credited at all: told by one number, before any text
        alike AS MATERIALIZED (
            SELECT * FROM own SEMI JOIN (
                SELECT DISTINCT abs(amount) AS size FROM typed
                WHERE _reason IS NULL AND amount < 0) USING (size)),
        credited AS (
            SELECT DISTINCT customer, product, size, pieces FROM alike WHERE way < 0),
        events AS (
            SELECT alike.* FROM alike SEMI JOIN credited USING (customer, product, size, pieces)),
        levels AS (
            SELECT *, sum(way) OVER (
                    PARTITION BY customer, product, size, pieces
                    ORDER BY date, way DESC, row ROWS UNBOUNDED PRECEDING)
                + (way < 0)::INTEGER AS level
            FROM events),
        pairs AS (
            SELECT way, amount, date, lag(way) OVER crossing AS before,
                lag(date) OVER crossing AS since
            FROM levels WINDOW crossing AS (
                PARTITION BY customer, product, size, pieces, level
                ORDER BY date, way DESC, row))
        SELECT count(*), sum(amount),
            count(*) FILTER (before > 0 AND date <= since + INTERVAL 366 DAY),
            sum(amount) FILTER (before > 0 AND date <= since + INTERVAL 366 DAY)
        FROM pairs WHERE way < 0
    """).fetchone()
    return {
        "rows": rows,
        "money": str(total or 0),
        "matched_rows": matched,
        "matched_money": str(undone or 0),
        "unmatched_rows": rows - matched,
        "unmatched_money": str((total or Decimal(0)) - (undone or Decimal(0))),
    }
