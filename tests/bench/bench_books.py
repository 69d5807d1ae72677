"""How fast is a workbook of 500 000 rows read, against openpyxl?

`python tests/bench/bench_books.py [rows]` (default 500 000) writes an Excel file as an ERP would
give it, then reads it in processes of their own: by `read_books` (every row in the table that is
staged, with line numbers and faults) and by openpyxl, read-only and values only, into nothing.
CPU seconds are compared, so that a busy machine does not decide.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
from pathlib import Path

AIM = 5.0


def write_book(path: Path, rows: int) -> None:
    """Title lines, a header, then dates, ids, texts and money; in constant memory."""
    import datetime as dt

    import xlsxwriter

    book = xlsxwriter.Workbook(str(path), {"constant_memory": True})
    sheet, days = book.add_worksheet("Data"), book.add_format({"num_format": "yyyy-mm-dd"})
    sheet.write_string(0, 0, "Försäljning per rad")
    head = ["Ordernr", "Datum", "Kundnr", "Artikel", "Antal", "Belopp", "Varugrupp", "Säljare"]
    sheet.write_row(2, 0, head)
    start = dt.date(2021, 1, 1)
    for i in range(rows):
        at = i + 3
        sheet.write_number(at, 0, 100_000 + i // 4)
        sheet.write_datetime(at, 1, start + dt.timedelta(days=i * 1826 // rows), days)  # pyright: ignore
        sheet.write_string(at, 2, f"K{i // 4 % 20_000:05d}")
        sheet.write_string(at, 3, f"ART-{i * 7919 % 5000}")
        sheet.write_number(at, 4, 1 + i * 31 % 40)
        sheet.write_number(at, 5, (i * 7907 % 1_000_000) / 100)
        sheet.write_string(at, 6, ("Skruv & mutter", "Lager", "Tätning")[i % 3])
        sheet.write_string(at, 7, ("Anna Öberg", "Bo Ek", "Cilla Åström")[i // 4 % 3])
    book.close()


def ours(path: Path) -> int:
    from salesfact._books import read_books

    table, _ = read_books([path], header_line=3)
    return table.num_rows


def openpyxl_reads(path: Path) -> int:
    import openpyxl

    sheet = openpyxl.load_workbook(path, read_only=True, data_only=True).active
    return sum(1 for _ in sheet.iter_rows(min_row=4, values_only=True))  # pyright: ignore


def measured(way: str, path: Path, rows: int) -> float:
    """CPU seconds of one process that reads the book."""
    out = subprocess.run(
        [sys.executable, __file__, "--read", way, str(path)],
        capture_output=True,
        text=True,
        check=True,
    )
    found, seconds = out.stdout.split()
    assert int(found) == rows, f"{way} read {found} rows of {rows}"
    return float(seconds)


def main() -> None:
    if sys.argv[1:2] == ["--read"]:
        path = Path(sys.argv[3])
        found = ours(path) if sys.argv[2] == "ours" else openpyxl_reads(path)
        used = resource.getrusage(resource.RUSAGE_SELF)
        sys.stdout.write(f"{found} {used.ru_utime + used.ru_stime:.3f}\n")
        return
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 500_000
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "book.xlsx"
        write_book(path, rows)
        mega = path.stat().st_size / 1e6
        mine, base = measured("ours", path, rows), measured("openpyxl", path, rows)
    sys.stdout.write(
        f"{rows} rows of xlsx, {mega:.0f} MB: {mine:.1f} s CPU, openpyxl {base:.1f} s CPU,"
        f" {base / mine:.1f} times as fast (>= {AIM:g})\n"
    )


if __name__ == "__main__":
    main()
