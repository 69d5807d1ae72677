"""How fast does a text export become typed Parquet with every row accounted for?

`python tests/bench/bench_read.py [lines]` (default 10 000 000) prints one row per way of reading:
its time and memory, and its ratio to DuckDB's bare typed `read_csv` to Parquet of the same UTF-8
file, in the same run. Each way runs in a process of its own. The checks on here are those of the
staging: line numbers, faults, strict numbers and dates, exact decimals.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb

THREADS = 2


def write_export(folder: Path, lines: int) -> tuple[Path, Path]:
    """The same lines as UTF-8 with points and commas, and as a cp1252 export with `;` and `,`."""
    con = duckdb.connect()
    con.execute(f"SET threads = {THREADS}")
    rows = f"""SELECT 100000 + i // 4 AS invoice,
        DATE '2021-01-01' + ((i * 1826) // {lines})::INT AS date,
        'K' || lpad((hash(i // 4) % 20000)::VARCHAR, 5, '0') AS customer,
        'ART-' || hash(i, 1) % 5000 AS product, (1 + hash(i, 2) % 40)::INT AS quantity,
        ((hash(i, 3) % 1000000) / 100.0)::DECIMAL(12,2) AS amount,
        ['Skruv & mutter', 'Lager', 'Hydraulik', 'Rör och kopplingar', 'Verktyg', 'Tätning']
            [1 + (hash(i, 1) % 6)::INT] AS grp,
        ['Anna Öberg', 'Bo Ek', 'Cilla Åström', 'David Lind', 'Eva Holm', 'Fredrik Sjö']
            [1 + (hash(i // 4) % 6)::INT] AS rep
        FROM range({lines}) t(i)"""
    utf8, legacy = folder / "utf8.csv", folder / "legacy.csv"
    con.execute(f"COPY ({rows}) TO '{utf8}' (HEADER, DELIMITER ',')")
    con.execute(
        f"""COPY (SELECT * REPLACE (strftime(date, '%d.%m.%Y') AS date,
        replace(amount::VARCHAR, '.', ',') AS amount) FROM ({rows}))
        TO '{folder / "wide.csv"}' (HEADER, DELIMITER ';')"""
    )
    with (
        (folder / "wide.csv").open(encoding="utf-8", newline="") as source,
        legacy.open("w", encoding="cp1252", newline="") as target,
    ):
        while piece := source.read(1 << 22):
            target.write(piece)
    (folder / "wide.csv").unlink()
    return utf8, legacy


def bare(path: Path, out: Path) -> str:
    return f"""COPY (SELECT * FROM read_csv('{path}', header = true, delim = ',', quote = '"',
        auto_detect = false, columns = {{'invoice': 'VARCHAR', 'date': 'DATE',
        'customer': 'VARCHAR', 'product': 'VARCHAR', 'quantity': 'DECIMAL(18,4)',
        'amount': 'DECIMAL(18,4)', 'grp': 'VARCHAR', 'rep': 'VARCHAR'}})) TO '{out}'"""


def measure(kind: str, path: Path, out: Path) -> None:
    """Run one way and print its seconds, processor seconds, memory in MB, rows and money."""
    import pyarrow  # noqa: F401 - its import is no part of the reading

    from salesfact._cells import date_sql, number_sql, stored_sql
    from salesfact._dialect import Dialect
    from salesfact._text import stage_text

    dialect = Dialect()
    if kind == "legacy":
        dialect = Dialect(encoding="cp1252", delimiter=";", decimal=",", date="DMY")
    con = duckdb.connect()
    con.execute(f"SET threads = {THREADS}")
    began, used = time.perf_counter(), time.process_time()
    if kind == "bare":
        con.execute(bare(path, out))
    else:
        stage_text(con, "staged", [path], dialect)
        con.execute(
            f"""COPY (SELECT _row, _file, _line, _fault,
            CASE WHEN _fault IS NOT NULL OR date IS NULL OR amount IS NULL THEN _raw END AS raw,
            invoice, date, customer, product, {stored_sql("quantity")} AS quantity,
            {stored_sql("amount")} AS amount, grp, rep
            FROM (SELECT * REPLACE ({date_sql("date", dialect)} AS date,
            {number_sql("quantity", dialect)} AS quantity,
            {number_sql("amount", dialect)} AS amount) FROM staged)) TO '{out}'"""
        )
    took, spent = time.perf_counter() - began, time.process_time() - used
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    rows, money = con.execute(f"SELECT count(amount), sum(amount) FROM '{out}'").fetchone()
    print(f"{took} {spent} {memory} {rows} {money}")


def main(lines: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        utf8, legacy = write_export(folder, lines)
        print(f"{lines:,} lines, {utf8.stat().st_size / 1e6:.0f} MB, {THREADS} threads")
        best: dict[str, list[float]] = {}
        money: dict[str, tuple[str, ...]] = {}
        for kind in ("bare", "utf8", "legacy") * 2:
            path = legacy if kind == "legacy" else utf8
            told = subprocess.run(
                [sys.executable, __file__, "--measure", kind, path, folder / f"{kind}.parquet"],
                check=True,
                capture_output=True,
                text=True,
            ).stdout.split()
            figures = [float(x) for x in told[:3]]
            best[kind] = [min(a, b) for a, b in zip(best.get(kind, figures), figures, strict=True)]
            money[kind] = tuple(told[3:])
        if len(set(money.values())) != 1:
            raise SystemExit(f"rows or money differ: {money}")
        titles = {
            "bare": "DuckDB read_csv, typed, bare",
            "utf8": "staged, all checks, UTF-8",
            "legacy": "staged, all checks, cp1252 ; , DMY",
        }
        print(f"{'':36}{'s':>8}{'ratio':>8}{'cpu s':>8}{'ratio':>8}{'MB':>8}")
        for kind, (took, spent, memory) in best.items():
            ratio, work = took / best["bare"][0], spent / best["bare"][1]
            print(f"{titles[kind]:36}{took:8.2f}{ratio:8.2f}{spent:8.2f}{work:8.2f}{memory:8.0f}")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--measure"]:
        measure(sys.argv[2], Path(sys.argv[3]), Path(sys.argv[4]))
    else:
        main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000_000)
