"""What number or date a cell says: expected values written by hand."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import duckdb
import pytest

from salesfact._cells import date_sql, number_sql, stored_sql
from salesfact._dialect import Dialect

COMMA = Dialect(decimal=",")
SPACED = Dialect(decimal=",", thousands=" ")
DOTTED = Dialect(decimal=",", thousands=".")
POINT = Dialect(decimal=".")
ENGLISH = Dialect(decimal=".", thousands=",")
SWISS = Dialect(decimal=".", thousands="'")


@pytest.fixture(scope="module")
def con():
    with duckdb.connect() as con:
        yield con


def ask(con, sql, text):
    return con.execute(f"SELECT {sql} FROM (SELECT ?::VARCHAR AS x)", [text]).fetchone()[0]


@pytest.mark.parametrize(
    ("dialect", "text", "expected"),
    [
        (COMMA, "1234,50", "1234.5"),
        (COMMA, "-0,01", "-0.01"),
        (COMMA, "1234", "1234"),
        (COMMA, "+12,5", "12.5"),
        (COMMA, ",5", "0.5"),
        (COMMA, "1 234,50-", "-1234.5"),
        (SPACED, "1 234,50-", "-1234.5"),
        (SPACED, "1 234 567,89", "1234567.89"),
        (SPACED, "-1\u00a0234,50", "-1234.5"),
        (SPACED, "\u22121\u202f234,50", "-1234.5"),
        (SPACED, "999,5", "999.5"),
        (COMMA, "(1 234,50)", "-1234.5"),
        (COMMA, "1 234,50 kr", "1234.5"),
        (COMMA, "-12 SEK", "-12"),
        (COMMA, "€ 12,50", "12.5"),
        (COMMA, "1 234:-", "1234"),
        (COMMA, "1234,-", "1234"),
        (COMMA, "0,30000000000000004", "0.3"),
        (COMMA, "0,0000125", "0.0000125"),
        (COMMA, "1,5E+03", "1500"),
        (COMMA, "123456789012,345678", "123456789012.345678"),
        (COMMA, "12345678901234567890,5", "12345678901234567890.5"),
        (DOTTED, "1.234", "1234"),
        (DOTTED, "1.234,50", "1234.5"),
        (COMMA, "1.234,50", "1234.5"),
        (COMMA, "1.234.567", "1234567"),
        (POINT, "1.234", "1.234"),
        (POINT, "1234.5678", "1234.5678"),
        (POINT, "1e-05", "0.00001"),
        (POINT, "1.25E-7", "0.000000125"),
        (ENGLISH, "1,234", "1234"),
        (ENGLISH, "-1,234,567.89", "-1234567.89"),
        (ENGLISH, "$1,234.50", "1234.5"),
        (ENGLISH, "-$12.00", "-12"),
        (SWISS, "1'234.50", "1234.5"),
        # not a number, or not surely this number
        (COMMA, "1.234", None),
        (COMMA, "12.50", None),
        (POINT, "12,50", None),
        (POINT, "1,234", None),
        (SPACED, "1 23,50", None),
        (SPACED, "12 34", None),
        (DOTTED, "1.23,5", None),
        (DOTTED, "1.2345", None),
        (ENGLISH, "12,34.5", None),
        (COMMA, "--5", None),
        (COMMA, "-5-", None),
        (COMMA, "(5", None),
        (COMMA, "-", None),
        (COMMA, "abc", None),
        (COMMA, "12 st", None),
        (COMMA, "2026-09-30", None),
        (COMMA, "nan", None),
        (POINT, "inf", None),
        (COMMA, None, None),
    ],
)
def test_number(con, dialect, text, expected):
    got = ask(con, number_sql("x", dialect), text)
    assert got == (None if expected is None else Decimal(expected))


def test_a_number_is_carried_with_ten_decimals(con):
    sql = f"typeof({number_sql('x', COMMA)})"
    assert ask(con, sql, "1") == "DECIMAL(38,10)"
    assert ask(con, f"typeof({stored_sql(number_sql('x', COMMA))})", "1") == "DECIMAL(18,4)"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1234,5", "1234.5"),
        ("0,00005", "0.0001"),  # half away from zero
        ("-0,00005", "-0.0001"),
        ("0,00004999", "0"),
        ("2,00015", "2.0002"),  # the nearest double lies below the tie
        ("1,00005", "1.0001"),
        ("99999999999999,9999", "99999999999999.9999"),
        ("12345678901234,5678", "12345678901234.5678"),
        ("100000000000000", None),  # an overflow
        ("x", None),
    ],
)
def test_stored_rounds_exactly(con, text, expected):
    got = ask(con, stored_sql(number_sql("x", COMMA)), text)
    assert got == (None if expected is None else Decimal(expected))


def test_stored_equals_the_engines_own_cast(con):
    """2 000 numbers around ties, against the plain cast."""
    differing = con.execute(
        f"""SELECT count(*) FROM (SELECT (((hash(i) % 4000001)::BIGINT - 2000000) * 25)
            ::DECIMAL(38,10) / 1000000 AS y, y::DECIMAL(38,10) AS v FROM range(2000) t(i))
            WHERE {stored_sql("v")} IS DISTINCT FROM TRY_CAST(v AS DECIMAL(18,4))"""
    ).fetchone()[0]
    assert differing == 0


D = dt.datetime


@pytest.mark.parametrize(
    ("order", "text", "expected"),
    [
        ("YMD", "2026-09-30", D(2026, 9, 30)),
        ("YMD", "2026/9/3", D(2026, 9, 3)),
        ("YMD", "2026.09.30", D(2026, 9, 30)),
        ("YMD", "2026-09-30 10:15", D(2026, 9, 30, 10, 15)),
        ("YMD", "2026-09-30 10:15:59", D(2026, 9, 30, 10, 15, 59)),
        ("YMD", "2026-09-30T00:00:00.000+02:00", D(2026, 9, 30)),  # the day as written
        ("YMD", "2026-09-30 00:00:00Z", D(2026, 9, 30)),
        ("YMD", "20260930", D(2026, 9, 30)),
        ("YMD", "260930", D(2026, 9, 30)),
        ("YMD", "26-09-30", D(2026, 9, 30)),
        ("DMY", "2026-09-30", D(2026, 9, 30)),
        ("DMY", "20260930", D(2026, 9, 30)),
        ("DMY", "30092026", D(2026, 9, 30)),
        ("DMY", "03/04/2026", D(2026, 4, 3)),
        ("DMY", "3.4.2026", D(2026, 4, 3)),
        ("DMY", "3. 4. 2026", D(2026, 4, 3)),
        ("DMY", "03-04-2026 23:59", D(2026, 4, 3, 23, 59)),
        ("DMY", "3.4.96", D(1996, 4, 3)),
        ("DMY", "31-DEC-24", D(2024, 12, 31)),
        ("DMY", "3 maj 2024", D(2024, 5, 3)),
        ("DMY", "3 oktober 2024", D(2024, 10, 3)),
        ("DMY", "12. März 2024", D(2024, 3, 12)),
        ("MDY", "03/04/2026", D(2026, 3, 4)),
        ("MDY", "7/4/1996", D(1996, 7, 4)),
        ("MDY", "12/1/2010 8:26", D(2010, 12, 1, 8, 26)),
        ("MDY", "12/1/2010 8:26:00 AM", D(2010, 12, 1, 8, 26)),
        ("MDY", "12/1/2010 12:05 PM", D(2010, 12, 1, 12, 5)),
        ("MDY", "Mar 3, 2024", D(2024, 3, 3)),
        # days since 1899-12-30: 45000 is 2023-03-15 in every spreadsheet
        ("YMD", "45000", D(2023, 3, 15)),
        ("DMY", "45000,25", D(2023, 3, 15, 6)),
        ("MDY", "45000.5", D(2023, 3, 15, 12)),
        ("YMD", "30.09.2026", None),
        ("MDY", "30/09/2026", None),
        ("DMY", "09/30/2026", None),
        ("YMD", "2026-02-30", None),
        ("YMD", "2026-13-01", None),
        ("YMD", "2026-09-30x", None),
        ("YMD", "0001-01-01", None),
        ("YMD", "1753-01-01 00:00:00", None),
        ("YMD", "9999-12-31", None),
        ("YMD", "12", None),
        ("YMD", "1234,50", None),
        ("YMD", "Summa", None),
        ("YMD", None, None),
    ],
)
def test_date(con, order, text, expected):
    assert ask(con, date_sql("x", Dialect(date=order)), text) == expected


def test_a_date_is_a_timestamp(con):
    for order in ("YMD", "DMY", "MDY"):
        assert ask(con, f"typeof({date_sql('x', Dialect(date=order))})", "1") == "TIMESTAMP"
