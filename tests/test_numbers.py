"""What numpy reads of plain numbers is what the careful reading says, and nothing else is read."""

from __future__ import annotations

import random
import re
from decimal import Decimal

import duckdb
import numpy as np
import pyarrow as pa
import pytest

from salesfact._cells import number_sql
from salesfact._dialect import Dialect
from salesfact._lines import SPARE
from salesfact._numbers import plain_numbers
from salesfact._text import stage_text
from salesfact._views import string_views

#: So many bytes stand before the first cell that is read plainly.
LEAD = "k" * 9


@pytest.fixture
def con():
    with duckdb.connect() as connection:
        yield connection


def _block(cells):
    """Cells one behind the other, as a block of text has them."""
    text = b";".join(c.encode() for c in [LEAD, *cells]) + b"\n"
    data = np.zeros(len(text) + SPARE, np.uint8)
    data[: len(text)] = np.frombuffer(text, np.uint8)
    ends = np.array([i for i, b in enumerate(text) if b in b";\n"], np.int32)
    starts = np.concatenate([[0], ends[:-1] + 1]).astype(np.int32)
    return data, starts[1:], ends[1:]


def _cells(chance, count):
    for _ in range(count):
        kind = chance.random()
        if kind < 0.5:
            tail = f"{chance.choice('.,')}{chance.randrange(10 ** chance.randrange(1, 7))}"
            head = chance.randrange(10 ** chance.randrange(1, 11))
            yield chance.choice(["", "-"]) + str(head) + chance.choice(["", tail])
        elif kind < 0.9:
            yield "".join(chance.choice("0123456789.,-e+") for _ in range(chance.randrange(13)))
        else:
            yield str(chance.randrange(10 ** chance.randrange(1, 20))) + chance.choice("/:é€kx.")


@pytest.mark.parametrize("decimal", [".", ","])
def test_plain_numbers_are_read_and_no_others(decimal):
    cells = list(_cells(random.Random(), 20_000))
    got = plain_numbers(*_block(cells), decimal).to_pylist()
    plain = re.compile(f"-?[0-9]+([{decimal}][0-9]{{1,4}})?", re.ASCII)
    for cell, number in zip(cells, got, strict=True):
        clean = plain.fullmatch(cell) and sum(c.isdigit() for c in cell) <= 8
        want = Decimal(cell.replace(decimal, ".")) if clean else None
        assert number == want, cell
    assert sum(n is not None for n in got) > 2_000


@pytest.mark.parametrize("thousands", ["", " ", ".", ","])
@pytest.mark.parametrize("decimal", [".", ","])
def test_plain_and_careful_reading_say_the_same(con, decimal, thousands):
    cells = list(dict.fromkeys(_cells(random.Random(), 20_000)))
    got = plain_numbers(*_block(cells), decimal).to_pylist()
    dialect = Dialect(decimal=decimal, thousands="" if thousands == decimal else thousands)
    con.register("cells", pa.table({"c": string_views(*_block(cells))}))
    careful = con.execute(f"SELECT c, {number_sql('c', dialect)} FROM cells").fetchall()
    for (cell, want), number in zip(careful, got, strict=True):
        assert number is None or number == want, cell


def test_a_number_at_the_very_start_is_left_to_the_careful_reading():
    data = np.zeros(3 + SPARE, np.uint8)
    data[:3] = np.frombuffer(b"12\n", np.uint8)
    read = plain_numbers(data, np.array([0], np.int32), np.array([2], np.int32), ".")
    assert read.to_pylist() == [None]


def test_staged_numbers_stand_beside_the_text(con, tmp_path):
    path = tmp_path / "a.csv"
    path.write_text('_number_1;belopp\nKund A;12,50\n"B;x";"7"\nC;1 200,00\nD;-3,1234\n')
    dialect = Dialect(delimiter=";", decimal=",")
    staged = stage_text(con, "t", [path], dialect, numbers=lambda columns: [columns[1]])
    assert staged.numbers == {"belopp": "__number_1"}
    found = con.execute("SELECT belopp, __number_1 FROM t ORDER BY _row").fetchall()
    assert found == [
        ("12,50", Decimal("12.5")),
        ("7", Decimal(7)),
        ("1 200,00", None),
        ("-3,1234", Decimal("-3.1234")),
    ]
