"""Who bought, and what? One row per customer and per product, beside the lines."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from salesfact._mapping import literal, quoted

# one number that orders lines by day, then by row
_LATEST = "date_diff('day', DATE '1900-01-01', CAST(date AS DATE)) * 100000000000 + row"


def write_people(con: Any, roles: frozenset[str], ready: Path, *, listed: bool) -> None:
    """One row per customer and per product, what the lines say filling what no file says."""
    told = [r for r in ("customer_name", "segment", "region") if r in roles]
    latest = "".join(f", arg_max({r}, {_LATEST}) FILTER ({r} IS NOT NULL) AS {r}" for r in told)
    con.execute(f"""
        CREATE TEMP TABLE buyers AS SELECT customer{latest}
        FROM typed WHERE _reason IS NULL GROUP BY customer
    """)
    attributes = []
    if listed:
        names = [r[0] for r in con.execute("DESCRIBE known").fetchall()]
        attributes = [n for n in names if n not in ("customer", "name")]
    spoken = [r for r in told if r != "customer_name"]
    name = ["k.name"] if listed and "name" in _columns(con, "known") else []
    name += ["b.customer_name"] if "customer_name" in told else []
    parts = [f"coalesce({', '.join([*name, 'customer'])}) AS name"]
    for a in attributes:
        own = f"coalesce(k.{quoted(a)}, b.{a})" if a in spoken else f"k.{quoted(a)}"
        parts.append(f"{own} AS {quoted(a)}")
    parts += [f"b.{a}" for a in spoken if a not in attributes]
    join = "FULL JOIN known k USING (customer)" if listed else ""
    _write(con, f"""
        SELECT customer, {", ".join(parts)} FROM buyers b {join} ORDER BY customer
    """, ready / "people.parquet")  # fmt: skip
    if "product" in roles:
        kept = [r for r in sorted(roles) if r == "product_name" or r[:5] == "group"]
        latest = "".join(f", arg_max({r}, {_LATEST}) FILTER ({r} IS NOT NULL) AS {r}" for r in kept)
        con.execute(f"""
            CREATE TEMP TABLE goods AS SELECT product{latest} FROM typed
            WHERE _reason IS NULL AND product IS NOT NULL GROUP BY product
        """)
        _write(con, "SELECT * FROM goods ORDER BY product", ready / "products.parquet")


def _write(con: Any, sql: str, out: Path) -> None:
    con.execute(f"COPY ({sql}) TO {literal(str(out))} (FORMAT parquet)")


def _columns(con: Any, name: str) -> set[str]:
    return {r[0] for r in con.execute(f"DESCRIBE {name}").fetchall()}
