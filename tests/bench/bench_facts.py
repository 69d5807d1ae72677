"""How fast do lines become facts? Ratios against DuckDB itself, in the same run.

Run `python tests/bench/bench_facts.py [million lines]`; default 10. The file is UTF-8 with a
decimal point; a cp1252 copy with decimal commas stands beside it.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

COLUMNS = "customer VARCHAR, invoice VARCHAR, date DATE, product VARCHAR, grp VARCHAR, \
quantity DECIMAL(18,4), amount DECIMAL(18,4), margin DECIMAL(18,4)"
SETTINGS = """\
name: Bench
currency: SEK
sources:
  sales:
    file: {file}
    format: {format}
    columns: {{customer: customer, date: date, amount: amount, margin: margin, quantity: quantity,
      product: product, group: grp, order: invoice}}
"""
SUMMARY = """
SELECT customer, min(date) FILTER (amount > 0), max(date) FILTER (amount > 0),
    count(DISTINCT coalesce(invoice, CAST(date::DATE AS VARCHAR))) FILTER (amount > 0),
    count(DISTINCT date::DATE) FILTER (amount > 0), count(*), sum(amount), sum(margin),
    sum(amount) FILTER (date >= TIMESTAMP '2025-01-01'),
    sum(margin) FILTER (date >= TIMESTAMP '2025-01-01'),
    sum(amount) FILTER (date >= TIMESTAMP '2024-01-01' AND date < TIMESTAMP '2025-01-01'),
    sum(margin) FILTER (date >= TIMESTAMP '2024-01-01' AND date < TIMESTAMP '2025-01-01'),
    sum(amount) FILTER (amount < 0), count(DISTINCT product)
FROM lines GROUP BY customer ORDER BY customer
"""
GAPS = """
WITH days AS (SELECT customer, date::DATE AS day FROM lines WHERE amount > 0 GROUP BY ALL),
gaps AS (SELECT customer, day, day - lag(day) OVER own AS gap,
    row_number() OVER (PARTITION BY customer ORDER BY day DESC) AS back
    FROM days WINDOW own AS (PARTITION BY customer ORDER BY day))
SELECT customer, count(gap) FILTER (back <= 20), sum(gap) FILTER (back <= 20),
    sum(ln(gap)) FILTER (back <= 20), min(day), max(day)
FROM gaps GROUP BY customer ORDER BY customer
"""


def make(folder: Path, millions: float) -> Path:
    """Lines of 20 000 customers over five years; two in a hundred are credit notes."""
    import duckdb

    out = folder / "lines.csv"
    rows = int(millions * 1_000_000)
    con = duckdb.connect()
    sign = "CASE WHEN hash(i, 2) % 50 = 0 THEN -1 ELSE 1 END"
    con.execute(f"""
        COPY (SELECT 'K' || lpad((hash(i // 5) % 20000)::VARCHAR, 6, '0') AS customer,
            'F' || (1000000 + i // 5) AS invoice,
            DATE '2021-01-01' + (i * 1826 // {rows})::INT AS date,
            'A' || (hash(i, 1) % 3000) AS product, 'Grupp ' || (hash(i, 1) % 3000 % 25) AS grp,
            {sign} * (hash(i, 3) % 20 + 1)::INT AS quantity,
            ({sign} * (hash(i, 4) % 500000 / 100))::DECIMAL(12,2) AS amount,
            ({sign} * (hash(i, 4) % 500000 / 300))::DECIMAL(12,2) AS margin
        FROM range({rows}) r(i)) TO '{out}' (FORMAT csv, HEADER true)
    """)
    return out


def legacy(source: Path) -> Path:
    """The same lines as an old system writes them."""
    out = source.with_name("legacy.csv")
    with source.open(encoding="utf-8") as lines, out.open("w", encoding="cp1252") as stream:
        for text in lines:
            stream.write(text.replace(",", ";").replace(".", ","))
    return out


def bare(file: Path) -> float:
    """DuckDB alone: typed CSV to Parquet."""
    return inside(
        "import duckdb; con = duckdb.connect();"
        "con.execute(\"SET memory_limit = '1200MB'\");"
        f"con.execute(\"COPY (SELECT * FROM read_csv('{file}', columns = {{{spec()}}},"
        f" header = true)) TO '{file.parent}/bare.parquet' (FORMAT parquet)\")"
    )[0]


def spec() -> str:
    return ", ".join(f"'{c.split()[0]}': '{c.split()[1]}'" for c in COLUMNS.split(", "))


def inside(code: str) -> tuple[float, float]:
    """Seconds and peak memory (GB) of code in a fresh process, imports apart."""
    program = (
        "import time, resource, duckdb, pyarrow, numpy, sqlglot, pydantic\n"
        "start = time.perf_counter()\n"
        f"{code}\n"
        "print(time.perf_counter() - start,"
        " resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6)\n"
    )
    out = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    if out.returncode:
        raise SystemExit(out.stderr)
    seconds, memory = out.stdout.split()[-2:]
    return float(seconds), float(memory)


def prepared(folder: Path, file: Path, form: str) -> tuple[float, float]:
    folder.mkdir()
    (folder / "client.yml").write_text(SETTINGS.format(file=file, format=form))
    return inside(
        "from salesfact._client import load_settings; from salesfact._sources import prepare;"
        f"prepare(load_settings({str(folder)!r}))"
    )


def aggregates(folder: Path) -> None:
    import duckdb

    from salesfact._facts import Facts

    (place,) = (folder / ".salesfact").glob("facts-*")
    best: dict[str, float] = {}
    for _ in range(3):
        con = duckdb.connect()
        con.execute(
            "CREATE VIEW lines AS SELECT customer, date, amount, margin, product,"
            f" \"order\" AS invoice FROM read_parquet('{place}/lines.parquet')"
            " WHERE _reason IS NULL"
        )
        start = time.perf_counter()
        con.execute(SUMMARY).df()
        con.execute(GAPS).df()
        best["sql"] = min(best.get("sql", 1e9), time.perf_counter() - start)
        con.close()
        facts = Facts.from_folder(place, name="Bench")
        facts._engine.frame("SELECT 1")
        start = time.perf_counter()
        facts.summary()
        facts.order_gaps()
        best["facts"] = min(best.get("facts", 1e9), time.perf_counter() - start)
    ratio = best["facts"] / best["sql"]
    say("summary + order gaps", best["facts"], best["sql"], ratio, "<= 1.3")


def say(what: str, ours: float, base: float, ratio: float, aim: str) -> None:
    sys.stdout.write(f"{what:<34}{ours:8.2f} s  base {base:7.2f} s  ratio {ratio:5.2f}  ({aim})\n")
    sys.stdout.flush()


def main() -> None:
    millions = float(sys.argv[1]) if len(sys.argv) > 1 else 10.0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        file = make(folder, millions)
        sys.stdout.write(f"{millions:g} million lines, {file.stat().st_size / 1e6:.0f} MB\n")
        base = min(bare(file), bare(file))
        ours, memory = prepared(folder / "utf8", file, "{}")
        say("CSV to facts, UTF-8", ours, base, ours / base, "<= 3, aim 2")
        sys.stdout.write(f"peak memory {memory:.2f} GB (< 2)\n")
        old, memory = prepared(
            folder / "cp1252",
            legacy(file),
            '{encoding: cp1252, delimiter: ";", decimal: ","}',
        )
        say("CSV to facts, cp1252", old, base, old / base, "beside it")
        sys.stdout.write(f"peak memory {memory:.2f} GB\n")
        aggregates(folder / "utf8")


if __name__ == "__main__":
    main()
