"""Raw exports become settings that are right, and ask only what the files leave open."""

from __future__ import annotations

import datetime as dt
import json
import random
import sqlite3
import zipfile
from decimal import Decimal
from pathlib import Path

import pytest

from salesfact._client import load_settings
from salesfact._errors import SettingsError, SourceError
from salesfact._init import _names_in, init
from salesfact._sources import prepare
from salesfact._survey import survey


def ledger(draft):
    """What the whole road makes of a draft."""
    folder, _ = prepare(load_settings(draft.path))
    found = json.loads((folder / "ledger.json").read_text(encoding="utf-8"))
    assert found["balanced"]
    return found


def money(found):
    return sum(Decimal(v) for v in found["money_read"].values())


def topics(draft):
    asked = [str(a.topic) for a in draft.asks]
    marked = [x for x in draft.path.read_text("utf-8").splitlines() if "# ASK:" in x]
    assert len(marked) == len(asked)
    return sorted(asked)


def comma(x):
    return f"{x:,.2f}".replace(",", " ").replace(".", ",")


def swedish(folder, name="export.csv", months=range(1, 10), encoding="cp1252"):
    """A small Swedish export with title lines, credit notes and a total; its true net sum."""
    r = random.Random(name)
    lines = ["Försök & Söner AB", "Försäljningsstatistik 2026-01-01--2026-09-30", ""]
    lines.append("Kundnr;Kundnamn;Orderdatum;Typ;Artikelnr;Antal;Belopp exkl. moms;TB;Valuta")
    total = Decimal(0)
    for m in months:
        for i in range(40):
            cents = r.randrange(1_000, 900_000)
            credit = i % 13 == 0
            total += Decimal(-cents if credit else cents) / 100
            lines.append(
                f"{i % 9:05d};Kund {i % 9} Åkeri;2026-{m:02d}-{i % 28 + 1:02d};"
                f"{'Kredit' if credit else 'Faktura'};A{i % 7};{i % 5 + 1};"
                f"{comma(cents / 100)};{comma(cents / 400)};SEK"
            )
    path = folder / name
    path.write_bytes("\r\n".join([*lines, ""]).encode(encoding))
    return path, total


def test_a_swedish_export_asks_nothing(tmp_path):
    path, total = swedish(tmp_path)
    draft = init([path], out=tmp_path / "client")
    assert topics(draft) == []
    settings = load_settings(draft.path)
    assert (settings.name, settings.language, settings.currency) == (
        "Försök & Söner AB",
        "sv",
        "SEK",
    )
    text = draft.path.read_text("utf-8")
    assert "# NAMN: funnet ovanför rubrikraden i export.csv; skriv ett annat" in text
    assert ("uppdragsgivarens namn: Försök & Söner AB") in [what for _, what, _ in draft.rows()]
    sales = settings.sources.sales
    assert sales.vat == "excluded"
    assert sales.file == ["../export.csv"]
    assert sales.format.header_line == 4
    assert money(ledger(draft)) == total
    assert any(found.startswith("amount: ") for _, found, _ in draft.rows())


@pytest.mark.parametrize("given", ["folder", "glob", "list"])
def test_alike_files_are_one_source(tmp_path, given):
    exports = tmp_path / "exports"
    exports.mkdir()
    made = [swedish(exports, f"sales-2026-{m:02d}.csv", range(m, m + 1)) for m in range(1, 6)]
    paths = {"folder": [exports], "glob": [exports / "sales-*.csv"], "list": [p for p, _ in made]}
    draft = init(paths[given], out=tmp_path / "client")
    files = load_settings(draft.path).sources.sales.file
    assert files == [{"folder": "../exports"}.get(given, "../exports/sales-2026-*.csv")]
    assert money(ledger(draft)) == sum(t for _, t in made)


def test_files_written_otherwise_are_named(tmp_path):
    swedish(tmp_path, "a.csv", encoding="cp1252")
    swedish(tmp_path, "b.csv", encoding="cp850")
    with pytest.raises(SourceError, match=r"b\.csv.*cp850"):
        init([tmp_path], out=tmp_path / "client")


def test_arguments_win_over_what_was_found(tmp_path):
    path, _ = swedish(tmp_path)
    draft = init([path], out=tmp_path / "c", name='A: "b" #c', language="en", currency="eur")
    settings = load_settings(draft.path)
    assert (settings.name, settings.language, settings.currency) == ('A: "b" #c', "en", "EUR")

    assert "# NAME" not in draft.path.read_text("utf-8")


def test_a_name_taken_from_a_file_says_so(tmp_path):
    path = tmp_path / "sales_acme.csv"
    lines = [f"A{i % 7};2026-0{1 + i % 6}-11;{100 + i},50" for i in range(60)]
    path.write_text("\n".join(["Kundnr;Fakturadatum;Belopp", *lines]) + "\n", "utf-8")
    draft = init([path], out=tmp_path / "client", language="en")
    text = draft.path.read_text("utf-8")
    assert load_settings(draft.path).name == "Sales Acme"
    assert "# NAME: taken from the name of the file or folder; write another" in text


def test_settled_settings_are_never_overwritten(tmp_path):
    path, _ = swedish(tmp_path)
    draft = init([path], out=tmp_path / "client")
    draft.path.write_text("name: settled\n", "utf-8")
    with pytest.raises(SettingsError, match="already"):
        init([path], out=tmp_path / "client")
    assert draft.path.read_text("utf-8") == "name: settled\n"


def test_open_dates_are_marked_and_work(tmp_path):
    path = tmp_path / "sales.csv"
    rows = [f"C{i % 5},{i % 12 + 1:02d}/{i % 11 + 1:02d}/2026,{i}.50" for i in range(99)]
    path.write_text("\n".join(["Customer,Date,Amount", *rows]), "utf-8")
    draft = init([path], out=tmp_path / "client", currency="GBP")
    assert topics(draft) == ["date order"]
    assert load_settings(draft.path).sources.sales.format.date == "MDY"
    assert money(ledger(draft)) == sum(Decimal(i) + Decimal("0.5") for i in range(99))


def test_a_neighbour_settles_what_a_file_leaves_open(tmp_path):
    days = "\n".join(f"K{i % 5};0{i % 9 + 1}/0{i % 8 + 1}/2026;{i},5" for i in range(60))
    (tmp_path / "sales.csv").write_text(f"Kundnr;Datum;Belopp\n{days}\n", "utf-8")
    since = "\n".join(f"K{i};Kund {i};2{i}/12/2019" for i in range(5))
    (tmp_path / "kunder.csv").write_text(f"Kundnr;Kundnamn;Kund sedan\n{since}\n", "utf-8")
    alone = init([tmp_path / "sales.csv"], out=tmp_path / "a", currency="SEK")
    assert topics(alone) == ["date order"]
    both = init([tmp_path / "sales.csv", tmp_path / "kunder.csv"], tmp_path / "b", currency="SEK")
    assert topics(both) == []
    assert load_settings(both.path).sources.sales.format.date == "DMY"


def test_hostile_column_names_survive(tmp_path):
    path = tmp_path / "a b #1.csv"
    head = ["Kundnr", "Orderdatum", 'Belopp "exkl" moms: #1', "Antal"]
    rows = [f"K{i % 4};2026-0{i % 9 + 1}-03;{i},25;{i % 3}" for i in range(60)]
    quoted = ";".join('"' + h.replace('"', '""') + '"' for h in head)
    path.write_text("\n".join([quoted, *rows]), "utf-8")
    draft = init([path], out=tmp_path / "client", currency="SEK")
    assert load_settings(draft.path).sources.sales.columns.amount == head[2]
    assert money(ledger(draft)) == sum(Decimal(i) + Decimal("0.25") for i in range(60))


def workbook(path, sheets):
    import xlsxwriter

    with xlsxwriter.Workbook(str(path), {"default_date_format": "yyyy-mm-dd"}) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for i, row in enumerate(rows):
                for j, value in enumerate(row):
                    if isinstance(value, dt.date):
                        sheet.write_datetime(i, j, dt.datetime.combine(value, dt.time()))
                    elif value is not None:
                        sheet.write(i, j, value)


def test_a_workbook_with_titles_and_several_sheets(tmp_path):
    days = [dt.date(2026, 1 + i % 9, 1 + i % 28) for i in range(80)]
    rows = [[f"{i % 6:04d}", days[i], i + 0.25, i % 3 + 1] for i in range(80)]
    head = ["Kundnr", "Fakturadatum", "Nettobelopp", "Antal"]
    people = [[f"{i:04d}", f"Företag {i} AB", "Syd" if i % 2 else "Nord"] for i in range(6)]
    sheets = {
        "Läs mig": [["Rapport för ledningen"]],
        "Rader": [["Bolaget AB"], ["Försäljning i SEK"], [], head, *rows],
        "Kunder": [["Kundnr", "Kundnamn", "Region"], *people],
    }
    workbook(tmp_path / "bok.xlsx", sheets)
    draft = init([tmp_path / "bok.xlsx"], out=tmp_path / "client")
    assert topics(draft) == []
    sources = load_settings(draft.path).sources
    assert sources.sales.format.sheet == ["Rader"]
    assert sources.sales.format.header_line == 4
    assert sources.customers is not None
    assert sources.customers.format.sheet == ["Kunder"]
    assert sources.customers.columns.name == "Kundnamn"
    found = ledger(draft)
    assert money(found) == sum(Decimal(i) + Decimal("0.25") for i in range(80))
    assert found["beside"]["customers"]["rows"] == 6


def shop(r):
    """Order heads, lines, articles with groups, customers and reps, as tables."""
    lines = []
    for order in range(100, 200):
        for line in range(r.randint(1, 4)):
            lines.append((order, line + 1, f"A{r.randrange(9)}", r.randint(1, 9), 10.5))
    return {
        "orderrader": (["Ordernr", "Rad", "Artikelnr", "Antal", "Pris"], lines),
        "ordrar": (
            ["Ordernr", "Kundnr", "Orderdatum", "Säljarkod"],
            [(o, f"K{o % 7}", f"2026-{o % 9 + 1:02d}-11", o % 3) for o in range(100, 200)],
        ),
        "artiklar": (
            ["Artikelnr", "Benämning", "Varugrupp"],
            [(f"A{i}", f"Sak {i}", f"Grupp {i % 2}") for i in range(9)],
        ),
        "kunder": (["Kundnr", "Kundnamn"], [(f"K{i}", f"Kund {i} AB") for i in range(7)]),
        "saljare": (["Säljarkod", "Namn"], [(i, f"Säljare {i}") for i in range(3)]),
    }


@pytest.mark.parametrize("way", ["csv", "sqlite", "duckdb", "xlsx"])
def test_tables_are_joined_by_their_keys(tmp_path, way):
    tables = shop(random.Random(3))
    if way == "csv":
        for name, (head, rows) in tables.items():
            text = "\n".join(";".join(map(str, r)).replace(".", ",") for r in [head, *rows])
            (tmp_path / f"{name}.csv").write_text(text + "\n", "utf-8")
        given = sorted(tmp_path.glob("*.csv"))
    elif way == "xlsx":
        workbook(tmp_path / "shop.xlsx", {n: [h, *map(list, r)] for n, (h, r) in tables.items()})
        given = [tmp_path / "shop.xlsx"]
    else:
        path = tmp_path / f"shop.{way}"
        if way == "duckdb":
            import duckdb

            con = duckdb.connect(str(path))
        else:
            con = sqlite3.connect(path)
        for name, (head, rows) in tables.items():
            kinds = ["DOUBLE" if isinstance(v, float) else "VARCHAR" for v in rows[0]]
            listed = ", ".join(f'"{h}" {k}' for h, k in zip(head, kinds, strict=True))
            con.execute(f'CREATE TABLE "{name}" ({listed})')
            con.executemany(f'INSERT INTO "{name}" VALUES ({", ".join("?" * len(head))})', rows)
        con.commit()
        con.close()
        given = [path]
    draft = init(given, out=tmp_path / "client", currency="SEK")
    assert topics(draft) == []
    settings = load_settings(draft.path)
    sales = settings.sources.sales
    assert sales.query is not None
    assert sales.query.count("LEFT JOIN") == 3
    assert sales.columns.amount == "Antal * Pris"
    assert sales.columns.group == ["Varugrupp"]
    found = ledger(draft)
    truth = sum(Decimal(q) * Decimal("10.5") for *_, q, _ in tables["orderrader"][1])
    assert money(found) == truth
    assert found["rows_read"] == len(tables["orderrader"][1])
    assert {"rep", "group1", "order", "quantity"} <= set(found["roles"])
    assert found["beside"]["customers"]["rows"] == 7


def test_zipped_exports(tmp_path):
    path, total = swedish(tmp_path)
    with zipfile.ZipFile(tmp_path / "export.zip", "w") as box:
        box.write(path, "export.csv")
    draft = init([tmp_path / "export.zip"], out=tmp_path / "client")
    assert money(ledger(draft)) == total


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({}, "no such file"),
        ({"a.csv": ""}, "empty"),
        ({"a.csv": "Kundnr;Kund;Orderdatum;Belopp\n"}, "has no rows"),
        ({"a.csv": "Kundnr,Orderdatum,Belopp"}, "has no rows"),
        ({"a.csv": "Kundnr;Namn\n1;Bo\n2;Li\n"}, "no column holds the amount"),
        ({"a.csv": "Datum;Belopp\n2026-01-01;5,50\n2026-01-02;6,50\n"}, "customer"),
        ({"a.csv": "Kundnr;Belopp\nK1;5,50\nK1;6,50\n"}, "date"),
        ({"a.xlsx": "no workbook"}, "workbook"),
        ({"a.parquet": "PAR1 no"}, "Parquet"),
    ],
)
def test_what_cannot_be_understood_is_said_with_a_remedy(tmp_path, files, message):
    for name, text in files.items():
        (tmp_path / name).write_text(text, "utf-8")
    with pytest.raises(SourceError, match=message) as error:
        init([tmp_path / n for n in files] or [tmp_path / "gone.csv"], out=tmp_path / "client")
    assert all(f.remedy for f in error.value.faults)
    assert not (tmp_path / "client").exists()


def test_a_language_that_is_not_written_is_refused(tmp_path):
    path, _ = swedish(tmp_path)
    with pytest.raises(SettingsError, match="language: found 'de'") as error:
        init([path], out=tmp_path / "client", language="de")
    assert error.value.faults[0].allowed == "sv, en"
    assert not (tmp_path / "client").exists()


@pytest.mark.parametrize("below", [".", "client"])
def test_a_file_as_folder_is_refused(tmp_path, below):
    path, _ = swedish(tmp_path)
    with pytest.raises(SourceError, match="not a folder") as error:
        init([path], out=path / below)
    assert "--out" in error.value.faults[0].remedy


@pytest.mark.parametrize("step", ["mkdir", "write_text"])
def test_a_folder_that_cannot_be_written_is_said(tmp_path, monkeypatch, step):
    def refuse(*_, **__):
        raise PermissionError(13, "Permission denied")

    path, _ = swedish(tmp_path)
    monkeypatch.setattr(Path, step, refuse)
    with pytest.raises(SourceError, match=r"cannot be written \(permission denied\)") as error:
        init([path], out=tmp_path / "client")
    assert "--out" in error.value.faults[0].remedy


def test_columns_that_nothing_needs_are_told_by_file(tmp_path):
    head = "Kundnr;Kund;Orderdatum;Antal;Antal kolli;Pris;Lager;Belopp i lager; Vikt"
    lines = [
        f"{1000 + i % 9};Firma {i % 9};2026-{i % 9 + 1:02d}-{i % 27 + 1:02d};{i % 4 + 1};1;{i},50;"
        f"L{i % 3};x;tung"
        for i in range(60)
    ]
    (tmp_path / "rader.csv").write_text("\n".join([head, *lines]) + "\n", "utf-8")
    people = [f"{1000 + i};Firma {i};Ort {i % 3};0{i}-555" for i in range(9)]
    text = "\n".join(["Kundnr;Kundnamn;Ort;Fax", *people]) + "\n"
    (tmp_path / "kunder.csv").write_text(text, "utf-8")
    rows = init([tmp_path], out=tmp_path / "client", currency="SEK").rows()
    told = [(file, found) for file, found, _ in rows if found.startswith("Används inte: ")]
    assert told == [
        ("rader.csv", "Används inte: Kund, Antal kolli, Lager, Belopp i lager, Vikt"),
        ("kunder.csv", "Används inte: Fax"),
    ]


def test_names_within_names_are_told_apart():
    names = ["Belopp", "Belopp exkl. moms", "Antal", "Pris", "D"]
    assert _names_in(["Belopp exkl. moms"], names) == {"Belopp exkl. moms"}
    said = """CASE WHEN Typ = 'D' THEN "Belopp exkl. moms" ELSE Antal END"""
    assert _names_in([said], names) == {"Belopp exkl. moms", "Antal"}


def test_a_folder_leaves_out_what_is_no_table(tmp_path):
    path, _ = swedish(tmp_path)
    (tmp_path / "README.txt").write_text("Read me", "utf-8")
    (tmp_path / "notes.txt").write_text("One line of prose.\nAnother line of it\n", "utf-8")
    tables, left = survey([tmp_path])
    assert [t.paths for t in tables] == [(path,)]
    assert [name for name, _ in left] == ["notes.txt"]


def test_the_same_files_give_the_same_settings(tmp_path):
    path, _ = swedish(tmp_path)
    texts = {init([path], out=tmp_path / n).path.read_text("utf-8") for n in ("a", "b")}
    assert len(texts) == 1


def test_ids_of_floats_stay_whole(tmp_path):
    import pyarrow as pa
    from pyarrow import parquet

    ids = [17850.0 + i % 5 if i % 7 else None for i in range(70)]
    days = [dt.datetime(2026, 1 + i % 9, 3) for i in range(70)]
    table = pa.table({"CustomerID": ids, "InvoiceDate": days, "Amount": [1.5] * 70})
    parquet.write_table(table, tmp_path / "x.parquet")
    draft = init([tmp_path / "x.parquet"], out=tmp_path / "client")
    assert topics(draft) == ["currency"]
    folder, _ = prepare(load_settings(draft.path))
    import duckdb

    lines = str(folder / "lines.parquet")
    found = duckdb.sql(f"SELECT DISTINCT customer FROM '{lines}' WHERE customer IS NOT NULL")
    assert {r[0] for r in found.fetchall()} == {str(17850 + i) for i in range(5)}


@pytest.fixture(scope="module")
def nordverk_files(tmp_path_factory):
    from salesfact._nordverk import nordverk
    from salesfact._nordverk_export import export, write

    world = nordverk(seed=7, n_customers=120, years=3)
    folder = tmp_path_factory.mktemp("nordverk")
    return export(world, folder), write(world)


def test_the_demo_export_asks_nothing(nordverk_files, tmp_path):
    files, written = nordverk_files
    draft = init(files, out=tmp_path / "client")
    assert topics(draft) == []
    settings = load_settings(draft.path)
    assert (settings.name, settings.language, settings.currency, settings.simulated) == (
        "Nordverk AB",
        "sv",
        "SEK",
        True,
    )
    sources = settings.sources
    assert sources.sales.columns.date == "Orderdatum"
    assert sources.aliases is not None
    assert sources.customers is not None
    assert sources.customers.columns.parent == "Koncern"
    found = ledger(draft)
    accepted = next(b for b in found["buckets"] if b["bucket"] == "accepted")
    assert Decimal(accepted["money"]) == written.ledger["goods"]
    assert accepted["rows"] == written.ledger["goods_rows"]


@pytest.mark.realdata
@pytest.mark.parametrize("way", ["parquet", "csv", "xlsx"])
def test_online_retail_asks_currency_and_service_codes(retail, tmp_path, way):
    """The whole as a text; part of it in the other forms."""
    folder, counts = retail
    path = folder / ("export.csv" if way == "csv" else f"picked.{way}")
    parts = counts["whole" if way == "csv" else "picked"]
    parts = [parts[n] for n in ("accepted", "later", "missing")]
    rows, total = sum(n for n, _ in parts), sum(Decimal(m) for _, m in parts)
    draft = init([path], out=tmp_path / "client")
    assert topics(draft) == ["currency", "service codes"]
    settings = load_settings(draft.path)
    assert settings.currency == "GBP"
    assert settings.sources.sales.columns.amount == "Quantity * UnitPrice"
    codes = settings.sources.sales.set_aside[0].where
    for code in ("POST", "DOT", "M", "D", "S", "BANK CHARGES", "AMAZONFEE", "B"):
        assert f"'{code}'" in codes
    found = ledger(draft)
    assert found["rows_read"] == rows
    assert money(found) == total


@pytest.mark.realdata
@pytest.mark.parametrize("files", [4, 6])
def test_northwind_asks_the_currency(real_data, tmp_path, files):
    names = ["Orders", "OrderDetails", "Products", "Customers", "Categories", "Employees"]
    given = [real_data / "northwind" / f"{n}.csv" for n in names[:files]]
    draft = init(given, out=tmp_path / "client")
    assert topics(draft) == ["currency"]
    columns = load_settings(draft.path).sources.sales.columns
    assert columns.amount == "Quantity * UnitPrice * (1 - Discount)"
    assert columns.group == (["CategoryName"] if files == 6 else ["CategoryID"])
    found = ledger(draft)
    assert found["rows_read"] == 2_155
    lines = (given[1].read_text("utf-8").splitlines())[1:]
    parts = [[Decimal(x) for x in line.split(",")] for line in lines if line]
    assert money(found) == sum(p * q * (1 - d) for _, _, p, q, d in parts)


@pytest.mark.realdata
def test_contoso_asks_the_report_currency(real_data, tmp_path):
    given = [real_data / "contoso" / f"{n}.csv" for n in ("sales", "customer", "product", "fx")]
    draft = init(given, out=tmp_path / "client")
    assert topics(draft) == ["report currency"]
    sources = load_settings(draft.path).sources
    columns = sources.sales.columns
    assert (columns.amount, columns.margin) == ("net_revenue", "margin")
    assert columns.group == ["category_name", "sub_category_name"]
    assert sources.fx is not None
    assert (sources.fx.columns.from_, sources.fx.columns.rate) == ("from_currency", "exchange")
    assert ledger(draft)["rows_read"] == 7_794


@pytest.mark.realdata
@pytest.mark.parametrize(("name", "rows"), [("master", 69_659), ("sample", 6_919)])
def test_cdnow_asks_the_currency(real_data, tmp_path, name, rows):
    path = real_data / "cdnow" / f"CDNOW_{name}.txt"
    draft = init([path], out=tmp_path / "client")
    assert topics(draft) == ["currency"]
    found = ledger(draft)
    assert found["rows_read"] == rows
    texts = [line.split() for line in path.read_text("ascii").splitlines()]
    last = [t[-1] for t in texts if t and t[-1].replace(".", "").isdigit()]
    assert money(found) == sum(map(Decimal, last))


STYLES = {
    "plain": {},
    "german": {"delimiter": ";", "money": "{:,.2f}|.,", "date": "%d.%m.%Y", "codec": "cp850"},
    "american": {"delimiter": ",", "money": '"{:,.2f}"', "date": "%m/%d/%Y %H:%M"},
    "swiss": {"delimiter": "\t", "money": "{:,.2f}|'.", "date": "%d.%m.%y", "codec": "latin-1"},
    "trailing": {"delimiter": ";", "money": "{:,.2f}|\u00a0,", "trail": True, "codec": "cp1252"},
    "narrow": {"delimiter": ";", "money": "{:,.2f} kr|\u202f,", "date": "%Y%m%d"},
    "wide": {"delimiter": "|", "money": "{:.2f}", "date": "%d/%m/%Y", "codec": "utf-16"},
    "short": {"delimiter": ";", "money": "{:.2f}|,", "date": "%y-%m-%d", "codec": "utf-8-sig"},
}


@pytest.mark.parametrize("style", STYLES)
def test_every_style_keeps_its_money_and_its_days(tmp_path, style):
    how = {"delimiter": ",", "money": "{:.2f}", "date": "%Y-%m-%d", "codec": "utf-8"} | STYLES[
        style
    ]
    r = random.Random(style)
    start = dt.date(2025, 1, 1)
    shape, _, marks = how["money"].partition("|")
    total, days, lines = Decimal(0), set(), []
    for i in range(400):
        cents = r.randrange(-300_000, 4_000_000)
        day = start + dt.timedelta(days=r.randrange(500))
        total += Decimal(cents) / 100
        days.add(day)
        text = shape.format(abs(cents) / 100)
        if marks:
            group, mark = (marks[0], marks[1]) if len(marks) == 2 else ("", marks)
            text = text.replace(",", "\0").replace(".", mark).replace("\0", group)
        if cents < 0 and how.get("trail"):
            text += "-"
        elif cents < 0:
            text = f'"-{text[1:]}' if text.startswith('"') else f"-{text}"
        lines.append([f"{i % 30:04d}", f"Café Öst {i % 30}", day.strftime(how["date"]), text])
    rows = [["Kundnr", "Kundnamn", "Datum", "Belopp exkl. moms"], *lines]
    text = "\r\n".join(how["delimiter"].join(r) for r in rows) + "\r\n"
    path = tmp_path / "export.csv"
    path.write_bytes(text.encode(how["codec"]))
    draft = init([path], out=tmp_path / "client", currency="SEK")
    assert topics(draft) == []
    found = ledger(draft)
    assert money(found) == total
    assert found["rows_read"] == 400
    assert (found["first"], found["last"]) == (str(min(days)), str(max(days)))


def currencies(folder, header, rows):
    path = folder / "sales.csv"
    path.write_text("\n".join(";".join(map(str, r)) for r in [header, *rows]) + "\n", "utf-8")
    return path


def test_without_rates_other_currencies_wait_in_the_ledger(tmp_path):
    rows = [
        (f"K{i % 5}", f"2026-0{i % 9 + 1}-05", f"{i},50", "EUR" if i % 4 == 0 else "SEK")
        for i in range(80)
    ]
    path = currencies(tmp_path, ["Kundnr", "Datum", "Belopp", "Valuta"], rows)
    draft = init([path], out=tmp_path / "client")
    assert topics(draft) == ["exchange rates", "report currency"]
    found = ledger(draft)
    assert found["rows_read"] == 80
    waiting = [r for r in found["reasons"] if r["text"] == "ingen växelkurs"]
    assert sum(r["rows"] for r in waiting) == 20


@pytest.mark.parametrize("names", [("Belopp SEK", "Belopp"), ("Belopp", "Valutabelopp")])
def test_amounts_that_are_converted_already(tmp_path, names):
    rows = []
    for i in range(80):
        euro = i % 4 == 0
        rows.append(
            (f"K{i % 5}", f"2026-0{i % 9 + 1}-05", f"{(i + 1) * (11 if euro else 1)},50",
             f"{i + 1},50", "EUR" if euro else "SEK")
        )  # fmt: skip
    path = currencies(tmp_path, ["Kundnr", "Datum", *names, "Valuta"], rows)
    draft = init([path], out=tmp_path / "client")
    assert topics(draft) == []
    settings = load_settings(draft.path)
    assert settings.currency == "SEK"
    assert settings.sources.sales.columns.amount == names[0]
    assert settings.sources.sales.columns.currency is None


def test_the_line_that_names_the_delimiter_is_no_header(tmp_path):
    path, total = swedish(tmp_path)
    path.write_bytes(b"sep=;\r\n" + path.read_bytes())
    draft = init([path], out=tmp_path / "client")
    assert load_settings(draft.path).sources.sales.format.header_line == 5
    assert money(ledger(draft)) == total


@pytest.mark.parametrize(
    ("name", "start"), [("lager.duckdb", b""), ("lager.db", b"SQLite format 3\x00")]
)
def test_a_damaged_database_is_told_by_its_name_with_a_remedy(tmp_path, name, start):
    (tmp_path / name).write_bytes(start + bytes(range(1, 256)) * 40)
    with pytest.raises(SourceError) as raised:
        init([tmp_path / name], out=tmp_path / "client")
    (fault,) = raised.value.faults
    assert fault.where == name
    assert "is damaged" in fault.what
    assert "export its tables as CSV or Parquet" in fault.remedy
    assert str(tmp_path) not in str(fault)


def test_a_header_of_many_columns_takes_no_minutes(tmp_path, monkeypatch):
    """The engine plans a question in a time that grows faster than its columns."""
    from salesfact import _profile

    heads = ["Kundnr", "Datum", "Belopp", *(f"Kol {i}" for i in range(197))]
    rows = [
        ";".join(
            [
                f"K{i % 9}",
                f"2026-0{i % 9 + 1}-{i % 28 + 1:02d}",
                f"{i * 7},25",
                *(str(i * j % 50) for j in range(197)),
            ]
        )
        for i in range(60)
    ]
    (tmp_path / "wide.csv").write_text("\n".join([";".join(heads), *rows, ""]), encoding="utf-8")
    asked, rows_of = [], _profile.Engine.rows

    def watched(engine, sql):
        asked.append(sql)
        return rows_of(engine, sql)

    monkeypatch.setattr(_profile.Engine, "rows", watched)
    draft = init([tmp_path / "wide.csv"], out=tmp_path / "client", currency="SEK")
    assert max(sql.count("count(DISTINCT") for sql in asked) <= _profile._AT_ONCE
    assert load_settings(draft.path).sources.sales.columns.amount == "Belopp"
    assert money(ledger(draft)) == sum(i * 7 + Decimal("0.25") for i in range(60))
