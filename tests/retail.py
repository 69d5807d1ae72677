"""Online Retail as other programs would export it, and what is in it, counted without our code.

Written once a run (`prepare`), for the tests of texts, workbooks, `init` and the ledger.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from typing import Any

ZERO = Decimal(0)
ROWS = 541_909
MONEY = Decimal("9747747.934")
LAST = dt.date(2011, 11, 30)  # the last month stops on the 9th
# what the workbook holds: every eighteenth line, and all whose code is no article number
PICKED = """SELECT * EXCLUDE n FROM (SELECT *, row_number() OVER () AS n FROM '{source}')
    WHERE n % 18 = 0 OR NOT regexp_matches(StockCode, '^[0-9]{{5}}') ORDER BY n"""


def prepare(folder: Path, source: Path) -> dict[str, Any]:
    """Write `export.csv`, `picked.parquet` and `picked.xlsx`; count the whole and the picked."""
    import duckdb
    import pyarrow.parquet as pq

    with duckdb.connect() as con:
        con.execute(
            f"""COPY (SELECT * REPLACE (strftime(InvoiceDate, '%d.%m.%Y %H:%M') AS InvoiceDate,
            replace(UnitPrice::VARCHAR, '.', ',') AS UnitPrice) FROM '{source}')
            TO '{folder}/export.csv' (HEADER, DELIMITER ';')"""
        )
        con.execute(
            f"COPY ({PICKED.format(source=source)}) TO '{folder}/picked.parquet' (FORMAT parquet)"
        )
    export = folder / "export.csv"
    export.write_bytes(export.read_bytes().decode().encode("cp1252"))
    picked = pq.read_table(folder / "picked.parquet")
    _write_workbook(picked.column_names, _rows(picked), folder / "picked.xlsx")
    return {"whole": count(_rows(pq.read_table(source))), "picked": count(_rows(picked))}


def _rows(table: Any) -> Iterable[tuple[Any, ...]]:
    return zip(*(c.to_pylist() for c in table.columns), strict=True)


def count(rows: Iterable[tuple[Any, ...]]) -> dict[str, Any]:
    """Rows and money by what becomes of them, in Decimals of the numbers as they are written.

    `size` is money without its sign, of those counted, of nobody's, and of all.
    """
    found = {n: [0, ZERO] for n in ("accepted", "later", "missing", "credit")}
    size = {"accepted": ZERO, "later": ZERO, "missing": ZERO}
    seen: set[tuple[Any, ...]] = set()
    copies, codes, prices = 0, set(), {}
    for row in rows:
        _, code, _, quantity, when, price, customer, _ = row
        if price not in prices:
            prices[price] = Decimal(repr(price))
        money = quantity * prices[price]
        name = "later" if when.date() > LAST else "accepted"
        if customer is None:
            name = "missing"
        else:
            codes.add(code)
            copies += row in seen
            seen.add(row)
            if money < 0:
                found["credit"][0] += 1
                found["credit"][1] += money
        found[name][0] += 1
        found[name][1] += money
        size[name] += abs(money)
    told = {n: [rows, str(money)] for n, (rows, money) in found.items()}
    beside = {"copies": copies, "codes": len(codes), "lower": len({c.lower() for c in codes})}
    return told | beside | {"size": {n: str(s) for n, s in size.items()}}


def _write_workbook(head: list[str], rows: Iterable[tuple[Any, ...]], out: Path) -> None:
    import xlsxwriter

    book = xlsxwriter.Workbook(str(out), {"constant_memory": True})
    sheet, days = book.add_worksheet("Data"), book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
    sheet.write_row(0, 0, head)
    for i, row in enumerate(rows, start=1):
        for j, value in enumerate(row):
            if isinstance(value, dt.datetime):
                sheet.write_datetime(i, j, value, days)
            elif isinstance(value, str):
                sheet.write_string(i, j, value)
            elif value is not None:
                sheet.write_number(i, j, value)
    book.close()
