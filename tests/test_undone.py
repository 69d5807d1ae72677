"""Copies and credit notes, against the same found one line at a time."""

from __future__ import annotations

import random
from collections import Counter
from decimal import Decimal

import duckdb
import pyarrow as pa
import pytest

from salesfact._undone import credit_notes, duplicates


@pytest.fixture
def con():
    with duckdb.connect() as connection:
        yield connection


def test_copies_are_the_same_however_many_hashes_are_held_at_once(con):
    con.execute("""
        CREATE TABLE typed AS SELECT i AS row, CAST(i % 7 AS DECIMAL(18,4)) AS amount,
            CASE WHEN i % 11 <> 0 THEN hash(i * i % 5003) END AS _hash,
            CASE WHEN i % 13 = 0 THEN 'bad_bytes' END AS _reason
        FROM range(20000) r(i)
    """)
    seen = set()
    copies = []
    for row, amount, key in con.execute(
        "SELECT row, amount, _hash FROM typed WHERE _reason IS NULL AND _hash IS NOT NULL"
        " ORDER BY row"
    ).fetchall():
        if key in seen:
            copies.append((row, amount))
        seen.add(key)
    for at_a_time in (16_000_000, 3000, 17):
        told = duplicates(con, "amount", at_a_time=at_a_time)
        assert told == {"rows": len(copies), "money": str(sum(m for _, m in copies))}
        assert con.execute("SELECT row, money FROM copies ORDER BY row").fetchall() == copies


def test_without_copies_and_without_hashes_there_are_none(con):
    con.execute("""
        CREATE TABLE typed AS SELECT i AS row, 1::DECIMAL(18,4) AS amount,
            NULL::UBIGINT AS _hash, NULL::VARCHAR AS _reason FROM range(9) r(i)
    """)
    assert duplicates(con, "amount") == {"rows": 0, "money": "0"}


def test_each_credit_note_undoes_the_latest_line_that_nothing_undid(con):
    chance = random.Random()
    lines = []
    for row in range(3000):
        size = Decimal(chance.choice([5, 5, 10, 20]))
        way = -1 if chance.random() < 0.3 else 1
        lines.append((row, f"K{chance.randrange(6)}", chance.randrange(300), way * size))
    row, customer, day, amount = zip(*lines, strict=True)
    con.register("lines", pa.table({"row": row, "customer": customer, "day": day, "a": amount}))
    con.execute("""
        CREATE TABLE typed AS SELECT row, customer, CAST(a AS DECIMAL(18,4)) AS amount,
            TIMESTAMP '2024-01-01' + to_days(CAST(day AS INTEGER)) AS date,
            NULL::VARCHAR AS _reason FROM lines
    """)
    open_lines = Counter()
    matched = 0
    for _, customer, _, amount in sorted(lines, key=lambda x: (x[2], x[3] < 0, x[0])):
        key = (customer, abs(amount))
        if amount > 0:
            open_lines[key] += 1
        elif open_lines[key]:
            open_lines[key] -= 1
            matched += 1
    told = credit_notes(con, [])
    assert told["matched_rows"] == matched
    assert told["rows"] == sum(a < 0 for *_, a in lines)
