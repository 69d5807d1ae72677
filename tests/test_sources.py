"""From settings to cached facts: every kind of source, a cache never wrongly trusted."""

from __future__ import annotations

import gzip
import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from salesfact._client import load_settings
from salesfact._errors import SalesfactError, SourceError
from salesfact._facts import Facts
from salesfact._open import open_client
from salesfact._sources import ledger_of, prepare

ROWS = [
    ("00123", "2024-01-31", "100.50", "A"),
    ("00123", "2024-02-29", "-20.25", "B"),
    ("no", "2024-02-01", "7.00", "A"),
]
SETTINGS = """\
name: Small
currency: SEK
sources:
  sales:
    {source}
    columns: {{customer: k, date: d, amount: a, product: p}}
"""


def settings(folder: Path, source: str) -> Path:
    path = folder / "client.yml"
    path.write_text(SETTINGS.format(source=source), encoding="utf-8")
    return path


def check(path: Path) -> None:
    place, _ = prepare(load_settings(path))
    told = ledger_of(place)
    assert told["rows_read"] == 3
    assert told["balanced"]
    assert Decimal(told["money_read"]["SEK"]) == Decimal("87.25")
    assert list(Facts.from_folder(place, name="x").summary().index) == ["00123", "no"]


def csv_text(rows: list[tuple[str, ...]] = ROWS) -> str:
    return "\n".join(["k,d,a,p", *map(",".join, rows), ""])


def test_text_packed_in_folders_and_globs(tmp_path: Path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "1.csv").write_text(csv_text(ROWS[:2]))
    # other order, a column more
    (tmp_path / "in" / "2.csv").write_text("p,a,x,d,k\nA,7.00,1,2024-02-01,no\n")
    check(settings(tmp_path, "file: in"))
    check(settings(tmp_path, "file: in/*.csv"))
    check(settings(tmp_path, "file: [in/1.csv, in/2.csv]"))
    with gzip.open(tmp_path / "all.csv.gz", "wt") as out:
        out.write(csv_text())
    check(settings(tmp_path, "file: all.csv.gz"))
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as out:
        out.writestr("sub/all.csv", csv_text())
    check(settings(tmp_path, "file: all.zip"))


def test_parquet_and_workbooks(tmp_path: Path):
    import xlsxwriter

    columns = dict(zip("kdap", map(list, zip(*ROWS, strict=True)), strict=True))
    pq.write_table(pa.table(columns), tmp_path / "a.parquet")
    check(settings(tmp_path, "file: a.parquet"))
    book = xlsxwriter.Workbook(str(tmp_path / "b.xlsx"))
    for name, part in (("Jan", ROWS[:1]), ("Feb", ROWS[1:])):
        sheet = book.add_worksheet(name)
        sheet.write(0, 0, "Försäljning")
        sheet.write_row(2, 0, list("kdap"))
        for i, (k, d, a, p) in enumerate(part):
            sheet.write_row(3 + i, 0, [k, d, float(a), p])
    book.close()
    check(settings(tmp_path, "file: b.xlsx\n    format: {sheet: all, header_line: 3}"))
    with zipfile.ZipFile(tmp_path / "b.zip", "w") as out:
        out.write(tmp_path / "b.xlsx", "b.xlsx")


def test_sqlite_and_duckdb_files(tmp_path: Path):
    with sqlite3.connect(tmp_path / "a.sqlite") as con:
        con.execute("CREATE TABLE lines (k TEXT, d TEXT, a REAL, p TEXT)")
        con.executemany("INSERT INTO lines VALUES (?, ?, ?, ?)", ROWS)
        con.execute("CREATE TABLE other (x)")
    con.close()
    check(settings(tmp_path, "file: a.sqlite\n    table: lines"))
    check(settings(tmp_path, "file: a.sqlite\n    query: SELECT k, d, a, p FROM lines"))
    with pytest.raises(SourceError, match="lines, other"):
        prepare(load_settings(settings(tmp_path, "file: a.sqlite")))
    with pytest.raises(SourceError, match="not authorized"):
        prepare(load_settings(settings(tmp_path, "file: a.sqlite\n    query: DELETE FROM lines")))
    duck = duckdb.connect(str(tmp_path / "a.duckdb"))
    duck.execute("CREATE TABLE lines (k VARCHAR, d DATE, a DECIMAL(9,2), p VARCHAR)")
    duck.executemany("INSERT INTO lines VALUES (?, ?, ?, ?)", ROWS)
    duck.close()
    check(settings(tmp_path, "file: a.duckdb"))
    path = settings(tmp_path, "file: a.duckdb\n    query: SELECT * FROM read_csv('/etc/passwd')")
    with pytest.raises(SourceError, match="disabled"):
        prepare(load_settings(path))


def test_a_query_reaches_only_the_named_files(tmp_path: Path):
    (tmp_path / "a.csv").write_text(csv_text())
    (tmp_path / "secret.csv").write_text(csv_text())
    text = SETTINGS.format(source="lines: a\n    query: QUERY").replace(
        "sources:\n", "sources:\n  files: {a: {file: a.csv}}\n"
    )
    path = tmp_path / "client.yml"
    for query, message in (
        ("SELECT a._row, s.k, s.d, s.a, s.p FROM a, 'secret.csv' s", "secret.csv"),
        ("SELECT * FROM read_csv('secret.csv')", "not allowed"),
        ("DROP TABLE a", "one SELECT"),
        ("SELECT a.k FROM a", "lines:"),
        ("SELECT a._row, b.k, b.d, b.a, b.p FROM a, a b", "more than once"),
    ):
        path.write_text(text.replace("QUERY", query))
        with pytest.raises(SourceError, match=message):
            prepare(load_settings(path))
    path.write_text(text.replace("QUERY", "SELECT a._row, k, d, a, p FROM a"))
    check(path)


# -- the cache -------------------------------------------------------------------------------------


def client(folder: Path) -> Path:
    (folder / "a.csv").write_text(csv_text())
    return settings(folder, "file: a.csv")


def test_a_second_opening_reads_nothing_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path = client(tmp_path)
    place, key = prepare(load_settings(path))
    monkeypatch.setattr("salesfact._preparation.Preparation.run", None)
    assert prepare(load_settings(path)) == (place, key)


def test_a_changed_byte_or_setting_is_read_anew(tmp_path: Path):
    path = client(tmp_path)
    _, key = prepare(load_settings(path))
    file = tmp_path / "a.csv"
    state = file.stat()
    file.write_text(csv_text().replace("100.50", "100.60"))
    _, other = prepare(load_settings(path))
    assert other != key
    # the same size and time of change: only `verify` can tell
    file.write_text(csv_text().replace("100.50", "100.70"))
    os.utime(file, ns=(state.st_atime_ns, state.st_mtime_ns))
    prepare(load_settings(path))
    place, third = prepare(load_settings(path), verify=True)
    assert third not in (key, other)
    assert Decimal(ledger_of(place)["money_read"]["SEK"]) == Decimal("87.45")
    path.write_text(path.read_text().replace("SEK", "EUR"))
    assert prepare(load_settings(path))[1] != third


def test_damaged_facts_are_not_trusted(tmp_path: Path):
    path = client(tmp_path)
    place, key = prepare(load_settings(path))
    lines = place / "lines.parquet"
    lines.write_bytes(lines.read_bytes()[:-1])
    again, same = prepare(load_settings(path))
    assert (again, same) == (place, key)
    content = bytearray(lines.read_bytes())
    content[len(content) // 2] ^= 1
    lines.write_bytes(content)
    prepare(load_settings(path), verify=True)
    assert lines.read_bytes() != content
    (place / "complete.json").unlink()
    prepare(load_settings(path))
    assert (place / "complete.json").exists()


def test_a_run_killed_midway_leaves_nothing_that_is_trusted(tmp_path: Path):
    path = client(tmp_path)
    with (tmp_path / "a.csv").open("a") as out:
        out.writelines(f"{i % 500},2024-01-{i % 28 + 1:02d},{i}.25,A\n" for i in range(300_000))
    code = f"""
from salesfact._client import load_settings
from salesfact._sources import prepare
print("go", flush=True)
prepare(load_settings({str(path)!r}))
"""
    for wait in (0.2, 0.5, 0.8):
        process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(wait)
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
    place, _ = prepare(load_settings(path))
    assert ledger_of(place)["rows_read"] == 300_003
    assert not list((tmp_path / ".salesfact").glob(".new-*-*"))  # what they left is swept


def test_any_number_of_threads_gives_the_same_facts(tmp_path: Path):
    path = client(tmp_path)
    with (tmp_path / "a.csv").open("a") as out:
        out.writelines(
            f"{i * 7919 % 997},2024-{i % 12 + 1:02d}-{i % 28 + 1:02d},{i % 9973}.37,P{i % 31}\n"
            for i in range(200_000)
        )
    told, frames = [], []
    for threads in (1, 2, 4):
        shutil.rmtree(tmp_path / ".salesfact", ignore_errors=True)
        place, _ = prepare(load_settings(path), threads=threads)
        told.append((place / "ledger.json").read_bytes())
        facts = Facts.from_folder(place, name="x")
        facts._engine.backend.con.execute(f"SET threads = {threads}")
        frames.append((facts.summary(), facts.order_gaps(), facts.panel()))
    assert told[0] == told[1] == told[2]
    for other in frames[1:]:
        assert all(a.equals(b) for a, b in zip(frames[0], other, strict=True))


# -- PostgreSQL ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """A real server of our own on a free loopback port."""
    pytest.importorskip("adbc_driver_postgresql")
    bins = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    found = shutil.which("initdb") or (bins[-1] if bins else None)
    if found is None:
        pytest.skip("no PostgreSQL server here (initdb not found)")
    home = Path(found).parent
    data = Path(tempfile.mkdtemp(prefix="salesfact-pg-"))
    become: list[str] = []
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        if shutil.which("runuser") is None:
            pytest.skip("PostgreSQL refuses to run as root, and runuser is not here")
        shutil.chown(data, "postgres")
        become = ["runuser", "-u", "postgres", "--"]
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    secret = data / "pw"
    secret.write_text("hemligt-9\n")
    if become:
        shutil.chown(secret, "postgres")
    base = data / "base"
    quiet = {"check": True, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": data}
    subprocess.run(
        [*become, home / "initdb", "-D", base, "-U", "anna", "-A", "scram-sha-256",
         f"--pwfile={secret}", "-E", "UTF8", "--no-sync"], **quiet,
    )  # fmt: skip
    options = f"-c listen_addresses=127.0.0.1 -p {port} -k {data} -c fsync=off"
    subprocess.run(
        [*become, home / "pg_ctl", "-D", base, "-w", "-o", options, "-l", data / "log", "start"],
        **quiet,
    )
    try:
        yield f"postgresql://anna:hemligt-9@127.0.0.1:{port}/postgres"
    finally:
        subprocess.run([*become, home / "pg_ctl", "-D", base, "-m", "fast", "stop"], **quiet)
        shutil.rmtree(data, ignore_errors=True)


def everything_in(folder: Path) -> bytes:
    return b"".join(p.read_bytes() for p in folder.rglob("*") if p.is_file())


def test_postgres_through_arrow(server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    import adbc_driver_postgresql.dbapi as driver

    with driver.connect(server) as con, con.cursor() as cursor:
        cursor.execute("CREATE TABLE lines (k text, d timestamp, a numeric(12,2), p text)")
        for row in ROWS:
            cursor.execute("INSERT INTO lines VALUES ('{}', '{}', {}, '{}')".format(*row))
        con.commit()
    path = settings(
        tmp_path, "database: {url_env: SMALL_DB, query: 'SELECT k, d, a, p FROM lines ORDER BY d'}"
    )
    with pytest.raises(SourceError, match="SMALL_DB is not set"):
        prepare(load_settings(path))
    monkeypatch.setenv("SMALL_DB", server)
    check(path)
    with driver.connect(server) as con, con.cursor() as cursor:
        cursor.execute("INSERT INTO lines VALUES ('9', '2024-02-03', 1, 'A')")
        con.commit()
    check(path)  # the cache still answers, without asking the server
    place, _ = prepare(load_settings(path), refresh=True)
    assert ledger_of(place)["rows_read"] == 4
    assert b"hemligt" not in everything_in(tmp_path)
    assert "hemligt" not in repr(load_settings(path)) + repr(open_client(path))

    bad = settings(tmp_path, "database: {url_env: SMALL_DB, query: DELETE FROM lines}")
    with pytest.raises(SalesfactError) as caught:
        prepare(load_settings(bad))
    told = [str(caught.value)]
    for url in (
        server.replace("hemligt-9", "hemligt-fel"),
        re.sub(r":\d+/", ":1/", server),
        "postgresql://anna:hemligt-9@nowhere.invalid/x",
    ):
        monkeypatch.setenv("SMALL_DB", url)
        with pytest.raises(SalesfactError) as caught:
            prepare(load_settings(bad))
        told.append(str(caught.value) + repr(caught.value.__cause__ or caught.value.__context__))
    assert all("the database says" in t for t in told)
    assert not any("hemligt" in t or "anna" in t for t in told), told
