"""Workbooks: sheets, title rows, loose cells, totals, each row with Excel's own number."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
import xlsxwriter

from salesfact._books import read_books, sheet_names
from salesfact._columns import Builder, as_text
from salesfact._errors import SourceError


def book(path: Path, **sheets: list[list[object]]) -> Path:
    made = xlsxwriter.Workbook(str(path), {"default_date_format": "yyyy-mm-dd"})
    for name, rows in sheets.items():
        sheet = made.add_worksheet(name)
        for i, row in enumerate(rows):
            for j, value in enumerate(row):
                if value is not None:
                    sheet.write(i, j, value)
    made.close()
    return path


def test_title_rows_blank_rows_totals_and_repeated_headers(tmp_path: Path):
    path = book(
        tmp_path / "a.xlsx",
        Data=[
            ["Försäljning per kund"],
            [],
            ["Kundnr", "Belopp ", None, "Kundnr"],
            [17850, "1 234,50", dt.datetime(2024, 1, 31), "x"],
            [],
            ["00123", 1.5],
            ["Kundnr", "Belopp", None, "Kundnr"],
            ["Summa:", 99],
        ],
    )
    table, (sheet,) = read_books([path], header_line=3, decimal=",")
    rows = table.to_pylist()
    assert [r["_line"] for r in rows] == [4, 6, 7, 8]
    assert [r["_fault"] for r in rows] == [None, None, "repeated_header", "totals_row"]
    assert rows[0]["Kundnr"] == "17850"
    assert rows[1]["Kundnr"] == "00123"
    assert rows[1]["Belopp"] == "1,5"
    assert rows[3]["_raw"] == "Summa:;99;;"
    assert rows[0]["Kundnr_2"] == "x"
    assert (sheet.rows, sheet.blank_lines, sheet.head_lines) == (4, 1, 3)


def test_several_sheets_are_aligned_by_name(tmp_path: Path):
    path = book(
        tmp_path / "a.xlsx",
        Jan=[["k", "a"], ["1", 5]],
        Tom=[],
        Feb=[["a", "x", "k"], [7, "more", "2"]],
    )
    table, sheets = read_books([path], sheets=["all"])
    assert [s.file for s in sheets] == ["a.xlsx[Jan]", "a.xlsx[Feb]"]
    assert table.select(["k", "a", "x"]).to_pylist() == [
        {"k": "1", "a": 5.0, "x": None},
        {"k": "2", "a": 7.0, "x": "more"},
    ]
    assert sheet_names(path) == ["Jan", "Tom", "Feb"]
    assert read_books([path])[1][0].file == "a.xlsx"
    with pytest.raises(SourceError, match="Jan, Tom, Feb"):
        read_books([path], sheets=["Mars"])


def test_what_is_no_workbook_says_so(tmp_path: Path):
    path = tmp_path / "a.xlsx"
    path.write_text("no")
    with pytest.raises(SourceError, match="cannot be read as a workbook"):
        read_books([path])


def test_columns_take_one_type():
    times = Builder()
    times.add([dt.date(2024, 1, 1), dt.datetime(2024, 1, 2, 3), None])
    assert str(times.column().type) == "timestamp[us]"
    mixed = Builder(",")
    mixed.add([1.0, 2.5, None])
    mixed.pad(1)
    mixed.add(["x ", "", None])
    assert mixed.column().to_pylist() == ["1", "2,5", None, None, "x", None, None]
    numbers = Builder()
    numbers.add([1, 2])
    numbers.add([1.5])
    assert numbers.column().to_pylist() == [1.0, 2.0, 1.5]
    assert as_text(17850.0) == "17850"
    assert as_text(True) == "true"
    assert as_text(dt.datetime(2024, 1, 2, 3, 4)) == "2024-01-02 03:04:00"
