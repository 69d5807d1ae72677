"""How text is written is found out: encodings, delimiters, headers, numbers, dates, widths."""

from __future__ import annotations

import datetime as dt
import gzip
import time

import pytest

from salesfact._encoding import guess_encoding
from salesfact._errors import SourceError
from salesfact._headers import meaning, tongue, vat
from salesfact._sniff import sniff

SWEDISH = (
    "Kundnr;Kundnamn;Orderdatum;Belopp exkl. moms\n"
    "00123;Åkes Måleri i Örebro;2026-01-15;1 234,50\n"
    "00124;Gröna Växter Södertälje;2026-02-03;12,00\n"
    "00125;Café Ängö;2026-03-07;-7 000,25\n"
)


def write(folder, text, encoding="utf-8", name="export.csv"):
    path = folder / name
    path.write_bytes(text.encode(encoding) if isinstance(text, str) else text)
    return path


@pytest.mark.parametrize(
    ("codec", "found"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8-sig"),
        ("utf-16", "utf-16"),
        ("cp1252", "cp1252"),
        ("latin-1", "cp1252"),  # the same bytes
        ("cp850", "cp850"),
    ],
)
def test_encodings_are_told_apart_by_their_words(tmp_path, codec, found):
    sniffed = sniff(write(tmp_path, SWEDISH.replace("1 234", "1\u00a0234"), codec))
    assert sniffed.dialect.encoding == found
    assert sniffed.table["Kundnamn"].to_pylist()[0] == "Åkes Måleri i Örebro"
    assert (sniffed.dialect.decimal, sniffed.dialect.thousands) == (",", " ")


@pytest.mark.parametrize("word", ["Å", "Öl", "größer", "Ærø", "Søren", "ÄNGÖ", "café", "Müller"])
@pytest.mark.parametrize("codec", ["cp1252", "cp850"])
def test_one_word_is_enough(word, codec):
    assert guess_encoding(f"a;b\n1;{word}\n".encode(codec))[0] == codec


def test_pounds_and_hard_blanks_point_to_windows():
    assert guess_encoding("a;b\n1;£20.00\n".encode("cp1252"))[0] == "cp1252"
    assert guess_encoding("a;b\n1;1\u00a0234,50\n".encode("cp1252"))[0] == "cp1252"


def test_one_broken_byte_does_not_unmake_utf8():
    data = SWEDISH.encode() * 3 + b"1;in\x94ch;2026-01-01;1,00\n"
    assert guess_encoding(data)[0] == "utf-8"


@pytest.mark.realdata
def test_accounting_exports(real_data, tmp_path):
    for name in ("EXTF_Buchungsstapel.csv", "EXTF_Stammdaten.csv"):
        path = real_data / "datev" / name
        assert sniff(path).dialect.encoding == "cp1252"
        again = write(tmp_path, path.read_bytes().decode("cp1252").replace("–", "-"), "cp850", name)
        assert sniff(again).dialect.encoding == "cp850"
    found = sniff(real_data / "datev" / "EXTF_Buchungsstapel.csv")
    assert (found.dialect.delimiter, found.dialect.header_line, found.dialect.decimal) == (
        ";",
        2,
        ",",
    )
    assert "Gegenkonto (ohne BU-Schlüssel)" in found.table.column_names
    accounts = sniff(real_data / "datev" / "EXTF_Kontenbeschriftungen.csv")
    assert accounts.table.column_names == ["Konto", "Kontenbeschriftung", "Sprach-ID"]


@pytest.mark.parametrize("delimiter", [";", ",", "\t", "|"])
def test_delimiters(tmp_path, delimiter):
    rows = [["Customer", "Date", "Amount", "Note"]]
    rows += [[f"C{i}", f"2026-01-{i:02d}", f"{i}.50", "a b"] for i in range(1, 20)]
    text = "\n".join(delimiter.join(r) for r in rows)
    found = sniff(write(tmp_path, text))
    assert found.dialect.delimiter == delimiter
    assert found.table.num_rows == 19


def test_decimal_commas_do_not_make_a_comma_file(tmp_path):
    rows = "\n".join(f"{i};{i},50;{i},25;{i},75" for i in range(30))
    found = sniff(write(tmp_path, f"Kundnr;Belopp;TB;Antal\n{rows}\n"))
    assert (found.dialect.delimiter, found.dialect.decimal) == (";", ",")


def test_lines_above_the_header(tmp_path):
    text = (
        "Nordverk AB;;;\nFörsäljningsstatistik 2026-01-01--2026-09-30\n\n"
        "Urval: alla kunder;;;\nKundnr;Datum;Belopp;Säljare\n" + "1;2026-01-01;5,00;Eva\n" * 5
    )
    found = sniff(write(tmp_path, text, "cp1252"))
    assert found.dialect.header_line == 5
    assert "Nordverk AB" in found.preamble
    assert found.language == "sv"


def test_a_header_of_text_over_text(tmp_path):
    found = sniff(write(tmp_path, "Kundnr;Kundnamn;Ort\nA1;Bo AB;Umeå\nA2;Li AB;Lund\n"))
    assert found.dialect.header_line == 1


def test_no_header(tmp_path):
    found = sniff(write(tmp_path, "00004;19970101;2;29.33\n00004;19970118;2;29.73\n"))
    assert found.dialect.header_line == 0
    assert found.dialect.columns == ("column_1", "column_2", "column_3", "column_4")
    assert found.dates == ("column_2",)


@pytest.mark.parametrize(
    ("values", "decimal", "thousands", "asked"),
    [
        (["1.234,50", "12,00"], ",", ".", False),
        (["1,234.50", "12.00"], ".", ",", False),
        (["1 234,50", "7,5"], ",", " ", False),
        (["1\u202f234,50", "7,5"], ",", " ", False),
        (["1'234.50", "7.5"], ".", "'", False),
        (["1 234,50-", "−7,50", "(3,20)"], ",", " ", False),
        (["1 234,50 kr", "7,50 kr"], ",", " ", False),
        (["1234", "7"], ",", "", False),
        (["1.234.567", "12"], ",", ".", False),
        (["1.234", "2.345"], ",", ".", True),
        (["1,234", "2,345"], ",", "", True),
        (["12.5", "1.234"], ".", "", False),
    ],
)
def test_number_styles(tmp_path, values, decimal, thousands, asked):
    text = "Kundnr;Belopp\n" + "\n".join(f"K{i};{v}" for i, v in enumerate(values * 3))
    found = sniff(write(tmp_path, text))
    assert (found.dialect.decimal, found.dialect.thousands) == (decimal, thousands)
    assert [a.topic for a in found.asks] == ["number style"] * asked
    assert "Belopp" in found.numbers


def test_the_one_telling_value_may_be_the_last(tmp_path):
    body = "".join(f"K{i};1.{i % 900 + 100};03/04/2026\n" for i in range(30_000))
    found = sniff(write(tmp_path, f"Kundnr;Belopp;Datum\n{body}K;2,50;25/04/2026\n"))
    assert (found.dialect.decimal, found.dialect.thousands) == (",", ".")
    assert found.dialect.date == "DMY"
    assert not found.asks


@pytest.mark.parametrize(
    ("values", "order", "asked"),
    [
        (["2026-01-15", "2026-12-03"], "YMD", False),
        (["20260115", "20261203"], "YMD", False),
        (["15.01.2026", "3.12.2026"], "DMY", False),
        (["1/15/2026", "12/3/2026 14:05"], "MDY", False),
        (["03/04/2026", "05/06/2026"], "DMY", True),
        ([f"26-{m:02d}-{m + 2:02d}" for m in range(1, 10)], "YMD", False),
        ([f"{m + 2:02d}.{m:02d}.26" for m in range(1, 10)], "DMY", True),
    ],
)
def test_date_orders(tmp_path, values, order, asked):
    text = "Kundnr;Datum;Belopp\n" + "".join(f"K{i};{v};1,50\n" for i, v in enumerate(values * 4))
    found = sniff(write(tmp_path, text))
    assert found.dates == ("Datum",)
    assert found.dialect.date == order
    assert [a.topic for a in found.asks] == ["date order"] * asked


def test_sorted_dates_settle_the_default_yet_are_asked(tmp_path):
    days = [dt.date(2026, m, d) for m in range(1, 13) for d in range(1, 13)]
    text = "Customer,Date,Amount\n" + "".join(f"C,{d:%d/%m/%Y},1.50\n" for d in days)
    found = sniff(write(tmp_path, text))
    assert found.dialect.date == "DMY"
    assert [a.topic for a in found.asks] == ["date order"]


def test_inch_marks_are_no_quotes(tmp_path):
    text = (
        "Kundnr;Benämning;Belopp\n" + '1;Rör 3/4";1,50\n2;"Rör";2,50\n'.replace('"Rör"', "Rör") * 9
    )
    found = sniff(write(tmp_path, text))
    assert found.dialect.quote == ""
    assert found.table["Benämning"].to_pylist()[0] == 'Rör 3/4"'


def test_a_stray_inch_mark_among_quoted_fields_is_no_line_break(tmp_path):
    rows = "".join(f'{i},"Bolt, steel",{i}.50\n' for i in range(200))
    found = sniff(write(tmp_path, f'Customer,Item name,Amount\n{rows}7,3/4" pipe,1.50\n{rows}'))
    assert found.dialect.quote == '"'
    assert not found.dialect.quoted_breaks


def test_real_line_breaks_in_quoted_fields(tmp_path):
    rows = "".join(f'{i},"Line one\nline two, too",{i}.50\n' for i in range(50))
    found = sniff(write(tmp_path, f"Customer,Note,Amount\n{rows}"))
    assert found.dialect.quoted_breaks
    assert found.table.num_rows == 50


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends(tmp_path, end):
    found = sniff(write(tmp_path, SWEDISH.replace("\n", end)))
    assert found.table.num_rows == 3


def test_fixed_width_with_and_without_header(tmp_path):
    body = "".join(
        f" {i:05d} 2026{i % 12 + 1:02d}15 {i % 9:2d} {i * 1.5:8.2f}\n" for i in range(1, 90)
    )
    bare = sniff(write(tmp_path, body, name="a.txt"))
    assert bare.dialect.kind == "fixed"
    assert bare.dialect.header_line == 0
    assert len(bare.dialect.widths) == 4
    headed = sniff(write(tmp_path, f" customer  date  quantity  amount\n{body}", name="b.txt"))
    assert headed.dialect.columns == ("customer", "date", "quantity", "amount")
    assert headed.table["amount"].to_pylist()[-1] == "133.50"


@pytest.mark.realdata
def test_cdnow_is_fixed_width(real_data):
    master = sniff(real_data / "cdnow" / "CDNOW_master.txt")
    assert master.table.column_names == ["customer_id", "date", "number_of_cds", "dollar_value"]
    assert master.table.num_rows == 69_659
    sample = sniff(real_data / "cdnow" / "CDNOW_sample.txt")
    assert (sample.table.num_rows, sample.table.num_columns) == (6_919, 5)
    total = sum(float(v) for v in sample.table["column_5"].to_pylist())
    by_split = (real_data / "cdnow" / "CDNOW_sample.txt").read_text().splitlines()
    assert total == pytest.approx(sum(float(line.split()[4]) for line in by_split if line.strip()))


def test_gzip_and_nul_bytes(tmp_path):
    path = tmp_path / "x.csv.gz"
    path.write_bytes(gzip.compress(SWEDISH.replace("Café", "Ca\0fé").encode()))
    assert sniff(path).table.num_rows == 3


def test_what_is_no_table_is_refused_with_a_remedy(tmp_path):
    for name, data in [
        ("empty.csv", b"  \n"),
        ("unmarked.csv", SWEDISH.encode("utf-16-be")),
        ("noise.csv", bytes(range(256)) * 40),
        ("prose.txt", b"One sentence.\nAnother one that is longer.\nAnd a third\n"),
    ]:
        with pytest.raises(SourceError) as error:
            sniff(write(tmp_path, data, name=name))
        assert error.value.faults[0].remedy
        assert name in str(error.value)


@pytest.mark.slow
def test_a_large_file_is_sampled_from_end_to_end(tmp_path):
    line = "K{0:06d};2026-0{1}-15;1 234,50;Något att läsa här i raden\r\n"
    block = "".join(line.format(i, i % 9 + 1) for i in range(40_000)).encode("cp1252")
    path = tmp_path / "big.csv"
    path.write_bytes("Kundnr;Datum;Belopp;Säljare\r\n".encode("cp1252") + block * 80)
    assert path.stat().st_size > 100 << 20
    started = time.perf_counter()
    found = sniff(path)
    assert time.perf_counter() - started < 10
    assert not found.complete
    assert (found.dialect.encoding, found.dialect.thousands) == ("cp1252", " ")


@pytest.mark.parametrize(
    ("name", "held"),
    [
        ("Kundnr", "customer"),
        ("CustomerID", "customer"),
        ("customer_key", "customer"),
        ("Kundennummer", "customer"),
        ("Kundenr", "customer"),
        ("Kundnamn", "customer_name"),
        ("CompanyName", "customer_name"),
        ("Fakturadatum", "invoice_date"),
        ("Rechnungsdatum", "invoice_date"),
        ("Orderdatum", "order_date"),
        ("Ordredato", "order_date"),
        ("RequiredDate", "other_date"),
        ("Belopp exkl. moms", "amount_net"),
        ("Beløp eks. mva", "amount_net"),
        ("Nettobetrag", "amount_net"),
        ("net_revenue", "amount_net"),
        ("gross_revenue", "amount_gross"),
        ("Belopp inkl. moms", "amount_with_vat"),
        ("Umsatz (ohne Soll/Haben-Kz)", "amount"),
        ("dollar_value", "amount"),
        ("TB", "margin"),
        ("Täckningsbidrag", "margin"),
        ("Deckungsbeitrag", "margin"),
        ("TB %", "margin_share"),
        ("Kostnad", "cost"),
        ("cogs", "cost"),
        ("Inköpspris", "unit_cost"),
        ("Á-pris", "unit_price"),
        ("UnitPrice", "unit_price"),
        ("Antal", "quantity"),
        ("number_of_cds", "quantity"),
        ("Artikelnr", "product"),
        ("StockCode", "product"),
        ("Benämning", "product_name"),
        ("Huvudgrupp", "group1"),
        ("Varugrupp", "group2"),
        ("Warengruppe", "group2"),
        ("Undergrupp", "group3"),
        ("Säljare", "rep"),
        ("Sælger", "rep"),
        ("Ordernr", "order"),
        ("InvoiceNo", "invoice"),
        ("Valuta", "currency"),
        ("Moms", "vat"),
        ("Verifikationstyp", "document_type"),
        ("Soll/Haben-Kennzeichen", "debit_credit"),
        ("Koncern", "parent"),
        ("Kund sedan", "since"),
        ("ShipVia", ""),
        ("Freight", ""),
    ],
)
def test_what_a_header_means(name, held):
    assert meaning(name) == held


def test_vat_and_language_of_headers():
    assert vat("Belopp exkl. moms") == "excluded"
    assert vat("Summa inkl moms") == "included"
    assert vat("Belopp") == ""
    assert tongue(["Kundnr", "Fakturadatum", "Belopp"]) == "sv"
    assert tongue(["Kundennummer", "Rechnungsdatum", "Betrag"]) == "de"
    assert tongue(["CustomerID", "InvoiceDate", "Amount"]) == "en"
    assert tongue(["Kundenr", "Fakturadato", "Beløb ekskl. moms"]) == "da"
    assert tongue(["Kundenr", "Fakturadato", "Beløp eks. mva"]) == "no"


def test_doubled_quotes_inside_quoted_fields(tmp_path):
    row = '536540;85071C;"CHARLIE+LOLA""EXTREMELY BUSY"" SIGN";6;2,55\n'
    plain = "536541;22041;FRAME;6;2,55\n"
    found = sniff(
        write(tmp_path, f"InvoiceNo;StockCode;Description;Quantity;UnitPrice\n{plain * 90}{row}")
    )
    assert found.dialect.quote == '"'
    assert found.table["Description"].to_pylist()[-1] == 'CHARLIE+LOLA"EXTREMELY BUSY" SIGN'


def test_shapes_stand_for_every_value():
    import random
    from collections import Counter

    import pyarrow as pa

    from salesfact._formats import Formats, core, find_numbers
    from salesfact._shapes import distinct, shapes, some

    r = random.Random(5)
    texts = [f"{r.randrange(-9999, 99999)},{r.randrange(100):02d} kr" for _ in range(3000)]
    texts += ["0,123", "1.234,50", "", "  ", None, *texts[:50]]
    values = distinct(pa.table({"a": pa.array(texts), "n": [1] * len(texts)}))
    assert list(values) == ["a"]
    every = list(dict.fromkeys(t for t in texts if t and t.strip()))
    assert values["a"].to_pylist() == every
    found = shapes(values["a"])
    assert sum(n for _, n in found) == len(every) > 5 * len(found)
    alike = str.maketrans("123456789", "111111111")
    wanted = Counter(t.translate(alike) for t in every)
    assert {t.translate(alike): n for t, n in found} == wanted
    assert all(t in every for t, _ in found)
    # what is told of one value of a shape is told of all
    assert {core(t).translate(alike) for t, _ in found} == {core(t).translate(alike) for t in every}
    whole, few = Formats(), Formats()
    find_numbers({"a": [(t, 1) for t in every]}, whole, ".")
    find_numbers({"a": found}, few, ".")
    assert whole == few and whole.marks["a"]["kr"] == sum("kr" in t for t in every)
    sample = some(values["a"], 10)
    assert len(sample) == 10 and (sample[0], sample[-1]) == (every[0], every[-1])
    assert shapes(values["a"].slice(2990)) == shapes(pa.array(every[2990:]))


@pytest.mark.parametrize("codec", ["utf-8", "cp1252", "cp850"])
@pytest.mark.parametrize("damage", [0, 3, 400])
def test_damaged_letters_are_counted_exactly(codec, damage):
    import random
    import re

    r = random.Random(damage)
    text = "\n".join(f"Åkeri {i};förzinkad;Malmö;{i},5" for i in range(500))
    data = bytearray(text.encode(codec))
    for at in r.sample(range(len(data)), damage):
        data[at] = r.randrange(128, 256)
    said, how = guess_encoding(bytes(data))
    read = bytes(data).decode("utf-8", errors="surrogateescape")
    broken = len(re.findall("[\udc80-\udcff]", read))
    whole = len(re.findall("[\u0080-\ud7ff\ue000-\U0010ffff]", read))
    assert (said == "utf-8") == (not broken or whole > 5 * broken)
    assert said == "utf-8" or damage or said == codec
    if said == "utf-8":
        assert how == ("valid UTF-8" + f" apart from {broken} damaged bytes" * (broken > 0))


def test_a_mark_at_the_end_of_each_line_hides_no_header(tmp_path):
    lines = [f"{i};2026-01-{i:02d};{i},50;" for i in range(1, 25)]
    found = sniff(write(tmp_path, "\n".join(["Kundnr;Datum;Belopp;", *lines]) + "\n"))
    assert found.dialect.header_line == 1
    assert found.table.column_names[:3] == ["Kundnr", "Datum", "Belopp"]


@pytest.mark.parametrize("form", ["%d %b %Y", "%d-%b-%y", "%b %d, %Y", "%y%m%d"])
def test_days_with_a_month_by_name_or_in_six_digits(tmp_path, form):
    days = [dt.date(2024, 1, 1) + dt.timedelta(days=9 * i) for i in range(40)]
    rows = [f"100{i % 9};{d.strftime(form)};{240101 + i};{i},50" for i, d in enumerate(days)]
    found = sniff(write(tmp_path, "\n".join(["Kundnr;Datum;Order;Belopp", *rows]) + "\n"))
    assert found.dates == ("Datum",)


def test_points_and_commas_as_decimal_marks_are_told(tmp_path):
    rows = [f"{i};{100 + i}{',' if i % 3 else '.'}25" for i in range(30)]
    found = sniff(write(tmp_path, "\n".join(["Kundnr;Belopp", *rows]) + "\n"))
    assert found.dialect.decimal == ","
    (ask,) = found.asks
    assert "20 values have the decimal mark ','; 10 have '.'" in ask.text


@pytest.mark.parametrize("name", ["cut.csv.gz", "no.zip", "cut.zip"])
def test_damaged_archives_are_told(tmp_path, name):
    import zipfile

    if name.endswith("gz"):
        data = gzip.compress(SWEDISH.encode() * 50)[:60]
    elif name == "no.zip":
        data = b"PK\x03\x04rubbish"
    else:
        with zipfile.ZipFile(tmp_path / "whole", "w", zipfile.ZIP_DEFLATED) as box:
            box.writestr("a.csv", SWEDISH * 50)
        data = (tmp_path / "whole").read_bytes()
        data = data[:60] + bytes(60) + data[120:]
    with pytest.raises(SourceError, match="the archive is damaged"):
        sniff(write(tmp_path, data, name=name))
