"""Online Retail as other programs would export it, and what is in it, counted without our code.

Written once a run (`prepare`), for the tests of texts, workbooks, `init` and the ledger.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

ZERO = Decimal(0)
ROWS = 541_909
MONEY = Decimal("9747747.934")
LAST = dt.date(2011, 11, 30)  # the last month stops on the 9th
# what the workbook holds: every 27th line, and all whose code is no article number
PICKED = """SELECT * EXCLUDE n FROM (SELECT *, row_number() OVER () AS n FROM '{source}')
    WHERE n % 27 = 0 OR NOT regexp_matches(StockCode, '^[0-9]{{5}}') ORDER BY n"""


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
    return {"whole": count(pd.read_parquet(source)), "picked": count(picked.to_pandas())}


def _rows(table: Any) -> Iterable[tuple[Any, ...]]:
    return zip(*(c.to_pylist() for c in table.columns), strict=True)


def count(rows: Any) -> dict[str, Any]:
    """Rows and money by what becomes of them, in Decimals of the numbers as they are written.

    `size` is money without its sign, of those counted, of nobody's, and of all.
    """
    known = rows["CustomerID"].notna()
    after = rows["InvoiceDate"].dt.date > LAST
    name = np.select([~known, after], ["missing", "later"], "accepted")
    named = rows[known]
    found = {n: _told(rows[name == n]) for n in ("accepted", "later", "missing")}
    credit = known & (rows["Quantity"] * rows["UnitPrice"] < 0)
    told = {n: own for n, (own, _) in found.items()} | {"credit": _told(rows[credit])[0]}
    beside = {
        "copies": int(named.duplicated().sum()),
        "codes": named["StockCode"].nunique(),
        "lower": named["StockCode"].str.lower().nunique(),
    }
    return told | beside | {"size": {n: size for n, (_, size) in found.items()}}


def _told(rows: Any) -> tuple[list[Any], str]:
    """How many, and their money; and that without its sign. Each price is read off but once."""
    pieces = rows.assign(size=rows["Quantity"].abs()).groupby("UnitPrice")[["Quantity", "size"]]
    sums = pieces.sum()
    prices = [Decimal(repr(price)) for price in sums.index]
    money = sum((p * int(n) for p, n in zip(prices, sums["Quantity"], strict=True)), ZERO)
    size = sum((abs(p) * int(n) for p, n in zip(prices, sums["size"], strict=True)), ZERO)
    return [len(rows), str(money)], str(size)


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
