"""Every row of a text export is staged, with its line and what is wrong with it."""

from __future__ import annotations

import codecs
import gzip
import random
import zipfile

import duckdb
import pytest

from salesfact._dialect import Dialect
from salesfact._errors import SourceError
from salesfact._ledger import REASONS
from salesfact._lines import _decode
from salesfact._text import FAULTS, STAGED, read_lines, stage_text, unique_names
from tests.retail import MONEY, ROWS

SEMI = Dialect(delimiter=";", decimal=",")


@pytest.fixture
def con():
    with duckdb.connect() as con:
        yield con


@pytest.fixture
def read(con, tmp_path):
    """Stage bytes written to files; give `Staged` and the rows as dictionaries."""

    def stage(*contents, dialect=SEMI, names=(), chunk=8 << 20):
        paths = []
        for number, content in enumerate(contents):
            path = tmp_path / (names[number] if names else f"{number}.csv")
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
            paths.append(path)
        staged = stage_text(con, "staged", paths, dialect, chunk=chunk)
        result = con.execute("SELECT * FROM staged ORDER BY _row")
        heads = [c[0] for c in result.description]
        rows = [dict(zip(heads, row, strict=True)) for row in result.fetchall()]
        assert staged.complete
        assert staged.rows == len(rows)
        assert tuple(heads) == STAGED + staged.columns
        for file in staged.files:
            path = file.path.read_bytes()
            if path[:2] not in (b"\x1f\x8b", b"PK") and dialect.encoding == "utf-8":
                text = path.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
                lines = text.count(b"\n") + (not text.endswith(b"\n") and len(text) > 0)
                assert file.lines == lines, "every physical line is accounted for"
        return staged, rows

    return stage


def values(rows, *columns):
    return [tuple(r[c] for c in columns) for r in rows]


def test_reasons_are_known_to_the_ledger():
    assert set(FAULTS) <= set(REASONS)


def test_a_plain_export(con, read):
    staged, rows = read("Kundnr;Namn;Belopp\n00123;Åkes Rör;1 234,50\n;  x\t;\n")
    assert staged.columns == ("Kundnr", "Namn", "Belopp")
    assert values(rows, "_row", "_file", "_line", "_fault", "_raw") == [
        (1, "0.csv", 2, None, "00123;Åkes Rör;1 234,50"),
        (2, "0.csv", 3, None, ";  x\t;"),
    ]
    assert values(rows, "Kundnr", "Namn", "Belopp") == [
        ("00123", "Åkes Rör", "1 234,50"),
        (None, "x", None),
    ]
    types = dict(con.execute("SELECT column_name, column_type FROM (DESCRIBE staged)").fetchall())
    assert types["_row"] == types["_line"] == "BIGINT"
    assert {types[c] for c in ("_file", "_fault", "_raw", "Kundnr")} == {"VARCHAR"}


def test_the_relation_can_be_read_again(con, read):
    staged, _ = read("a;b\n1;2\n3;4\n")
    assert con.execute("SELECT sum(a::INT) FROM staged").fetchone()[0] == 4
    assert staged.rows == 2
    assert con.execute("SELECT a FROM staged LIMIT 1").fetchone()[0] == "1"


@pytest.mark.parametrize("chunk", [3, 7, 64, 8 << 20])
@pytest.mark.parametrize(
    ("encoding", "bom"),
    [
        ("utf-8", b""),
        ("utf-8", b"\xef\xbb\xbf"),
        ("utf-8-sig", b"\xef\xbb\xbf"),
        ("utf-8-sig", b""),
        ("cp1252", b"\xef\xbb\xbf"),  # a byte order mark is beyond doubt
        ("utf-16", b"\xff\xfe"),
        ("utf-16", b"\xfe\xff"),
        ("utf-16-le", b""),
        ("cp1252", b""),
        ("latin-1", b""),
        ("cp850", b""),
    ],
)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_encodings_and_line_ends(read, encoding, bom, end, chunk):
    codec = {
        b"\xef\xbb\xbf": "utf-8",
        b"\xff\xfe": "utf-16-le",
        b"\xfe\xff": "utf-16-be",
    }.get(bom, "utf-8" if encoding == "utf-8-sig" else encoding)
    text = end.join(["Kund;Säljare", "Ö;Björn Åström å Ço", "", "2;x", ""])
    _, rows = read(
        bom + text.encode(codec), dialect=Dialect(delimiter=";", encoding=encoding), chunk=chunk
    )
    assert values(rows, "_line", "_fault", "Kund", "Säljare") == [
        (2, None, "Ö", "Björn Åström å Ço"),
        (4, None, "2", "x"),
    ]


def test_the_c1_range_of_cp1252(read):
    _, rows = read(b"a;b\n\x80;1\n\x94;2\n", dialect=Dialect(delimiter=";", encoding="cp1252"))
    assert values(rows, "a", "_fault") == [("€", None), ("”", None)]


@pytest.mark.parametrize("byte", [b"\x81", b"\x8d", b"\x8f", b"\x90", b"\x9d"])
def test_bytes_cp1252_does_not_know(read, byte):
    content = b"a;b\n1;2\n\xc5" + byte + b";12,50\n3;4\n"
    _, rows = read(content, dialect=Dialect(delimiter=";", encoding="cp1252"))
    assert values(rows, "_line", "_fault", "a", "b") == [
        (2, None, "1", "2"),
        (3, "bad_bytes", "Å\ufffd", "12,50"),
        (4, None, "3", "4"),
    ]


@pytest.mark.parametrize("chunk", [2, 5, 8 << 20])
def test_invalid_utf8(read, chunk):
    content = b"a;b\n1;\xc3\xa5\n3\x94;12,50\n\xe2\x82;7\n\xf0\x9f\x98\x80;\xff\n5;6\xc3"
    _, rows = read(content, chunk=chunk)
    assert values(rows, "_line", "_fault", "a", "b") == [
        (2, None, "1", "å"),
        (3, "bad_bytes", "3\ufffd", "12,50"),
        (4, "bad_bytes", "\ufffd", "7"),
        (5, "bad_bytes", "\U0001f600", "\ufffd"),
        (6, "bad_bytes", "5", "6\ufffd"),
    ]


def test_a_replacement_character_that_stands_in_the_file_is_text(read):
    _, rows = read("a;b\nx\ufffd;1\n")
    assert values(rows, "a", "_fault") == [("x\ufffd", None)]


def test_bad_bytes_keep_their_line_across_mixed_line_ends(read):
    _, rows = read(b"a;b\r\n1;2\r3;4\n\xff;5\r\n\r6;\xff\n7;8\r")
    assert values(rows, "_line", "_fault", "b") == [
        (2, None, "2"),
        (3, None, "4"),
        (4, "bad_bytes", "5"),
        (6, "bad_bytes", "\ufffd"),
        (7, None, "8"),
    ]


def test_nul_bytes(read):
    _, rows = read(b"a;b;c\n1;x\0y;12,50\n\0\0\0\n2;z;1\n")
    assert values(rows, "_line", "_fault", "a", "b", "c", "_raw") == [
        (2, "nul_byte", "1", "x y", "12,50", "1;x\u2400y;12,50"),
        (3, "nul_byte", None, None, None, "\u2400\u2400\u2400"),
        (4, None, "2", "z", "1", "2;z;1"),
    ]


def test_a_dos_end_of_file_mark_is_no_row(read):
    staged, rows = read(b"a;b\r\n1;2\r\n\x1a", dialect=Dialect(delimiter=";", encoding="cp850"))
    assert len(rows) == 1
    assert staged.blank_lines == 1


@pytest.mark.parametrize("chunk", [8, 8 << 20])
def test_quotes(read, chunk):
    lines = [
        "a;b;c",
        '"1";"Rör; svart";"2"',  # a delimiter inside
        '2;"Rör 3"" svart";4',  # a doubled quote
        '3;3" pipe;5',  # a stray inch mark
        '4;3" x 4" pipe;6',
        '5;"3" pipe";7',  # undoubled inside a quoted field
        '6;"3"";8',  # undoubled at its end
        '7; "x" ;9',  # space around
        '8;"";10',
        '9;"a;b"" c";11',
        '"10";"3"";"12"',
    ]
    _, rows = read("\n".join(lines) + "\n", chunk=chunk)
    assert [r["_fault"] for r in rows] == [None] * 10
    assert values(rows, "a", "b", "c") == [
        ("1", "Rör; svart", "2"),
        ("2", 'Rör 3" svart', "4"),
        ("3", '3" pipe', "5"),
        ("4", '3" x 4" pipe', "6"),
        ("5", '3" pipe', "7"),
        ("6", '3"', "8"),
        ("7", "x", "9"),
        ("8", None, "10"),
        ("9", 'a;b" c', "11"),
        ("10", '3"', "12"),
    ]
    assert rows[-1]["_line"] == 11


def test_an_unclosed_quote_damages_its_own_line_only(read):
    content = 'a;b;c\n1;"x";2\n3;"open;4\n5;"y";6\n"7;z;8\n9;w;"10\n'
    _, rows = read(content)
    assert values(rows, "_line", "_fault", "a", "b", "c") == [
        (2, None, "1", "x", "2"),
        (3, "unclosed_quote", "3", "open", "4"),
        (4, None, "5", "y", "6"),
        (5, "unclosed_quote", "7", "z", "8"),
        (6, "unclosed_quote", "9", "w", "10"),
    ]


def test_without_a_quote_character_quotes_are_text(read):
    _, rows = read('a;b\n"1";"2\n', dialect=Dialect(delimiter=";", quote=""))
    assert values(rows, "a", "b", "_fault") == [('"1"', '"2', None)]


@pytest.mark.parametrize("chunk", [5, 11, 40, 8 << 20])
def test_line_breaks_in_quoted_fields(read, chunk):
    content = (
        'a,b,c\n1,"x\r\ny",3\n2,"z",4\n3,"open,5\n4,w,6\n'
        '5,"one\n\ntwo, ""three""\nfour",7\n6,3" pipe,8\n'
    )
    dialect = Dialect(quoted_breaks=True)
    staged, rows = read(content, dialect=dialect, chunk=chunk)
    assert values(rows, "_row", "_line", "_fault", "a", "b", "c") == [
        (1, 2, None, "1", "x\ny", "3"),
        (2, 4, None, "2", "z", "4"),
        (3, 5, "unclosed_quote", "3", "open", "5"),
        (4, 6, None, "4", "w", "6"),
        (5, 7, None, "5", 'one\n\ntwo, "three"\nfour', "7"),
        (6, 11, None, "6", '3" pipe', "8"),
    ]
    assert staged.files[0].joined_lines == 4
    assert rows[4]["_raw"] == '5,"one\n\ntwo, ""three""\nfour",7'


def test_surplus_and_missing_columns(read):
    content = "a;b;c\n1;2;3;4\n1;2\n1;2;3;;\n1;2;3;\n1;2;;x\n1;2;3"
    _, rows = read(content)
    assert values(rows, "_fault", "a", "b", "c") == [
        ("surplus_columns", "1", "2", "3"),
        ("missing_columns", "1", "2", None),
        (None, "1", "2", "3"),
        (None, "1", "2", "3"),
        ("surplus_columns", "1", "2", None),
        (None, "1", "2", "3"),
    ]


def test_a_truncated_last_line(read):
    _, rows = read("a;b;c\n1;2;3\n4;5")
    assert values(rows, "_line", "_fault", "_raw") == [
        (2, None, "1;2;3"),
        (3, "missing_columns", "4;5"),
    ]


@pytest.mark.parametrize("crlf", [False, True])
def test_a_delimiter_at_the_end_of_the_header(read, crlf):
    content = "a;b;\n1;2;\n1;2\n1;2;3\n;;\n1;2;3;4\n"
    staged, rows = read(content.replace("\n", "\r\n") if crlf else content)
    assert staged.columns == ("a", "b", "column_3")
    assert values(rows, "_fault", "b", "column_3") == [
        (None, "2", None),
        (None, "2", None),
        (None, "2", "3"),
        ("surplus_columns", "2", "3"),
    ]
    assert staged.blank_lines == 1


def test_totals_rows_keep_their_money(read):
    lines = [
        "Kund;Datum;Antal;Belopp",
        "K1;2026-01-01;1;100",
        "Summa;;1;100",
        ";Delsumma;;100",
        "** Totalt **;;;200",
        "K1 Totalt;;;200",
        "Delsumma kund 4711;200",
        "Grand total;;;300",
        "Total Energi AB;2026-01-01;1;100",
        "Sum;2026-01-01;1;100",
        "Summa",
    ]
    _, rows = read("\n".join(lines))
    assert [r["_fault"] for r in rows] == [
        None,
        "totals_row",
        "totals_row",
        "totals_row",
        "totals_row",
        "totals_row",
        "totals_row",
        None,
        None,
        "totals_row",
    ]
    assert [r["Belopp"] for r in rows[1:5]] == ["100", "100", "200", "200"]


def test_a_customer_list_keeps_the_customer_called_total(read):
    _, rows = read("nr;namn;ort\n1;Total;\n2;Summa AB;Lund\n;Total Energi;Lund\n")
    assert [r["_fault"] for r in rows] == [None, None, None]


def test_page_heads_and_headers_again(read):
    page = "Försäljning per kund;;\nUtskrivet 2026-01-31;;Sida 1 av 3\n\nKund;Datum;Belopp\n"
    content = page + "1;2026-01-01;5\n" + page.replace("Sida 1", "Sida 2") + "2;2026-01-02;6\n"
    content += "Sida 3 av 3\nPage 4;;\n-----;----;-----\nKund;Datum;Belopp\r\n3;2026-01-03;7\n"
    staged, rows = read(content, dialect=Dialect(delimiter=";", header_line=4))
    assert values(rows, "_line", "_fault") == [
        (5, None),
        (6, "page_head"),
        (7, "page_head"),
        (9, "repeated_header"),
        (10, None),
        (11, "page_head"),
        (12, "page_head"),
        (13, "page_head"),
        (14, "repeated_header"),
        (15, None),
    ]
    assert staged.head_lines == 4
    assert staged.blank_lines == 1
    assert staged.faults == {"page_head": 5, "repeated_header": 2}


def test_column_names():
    assert unique_names(["Kund", " Belopp  exkl ", "", "kund", "_row", "column_3"]) == [
        "Kund",
        "Belopp exkl",
        "column_3",
        "kund_2",
        "_row_2",
        "column_3_2",
    ]


def test_columns_may_be_named_by_the_settings(read):
    dialect = Dialect(delimiter=";", header_line=0, columns=("kund", "belopp"))
    _, rows = read("1;2\n3;4;5\n", dialect=dialect)
    assert values(rows, "kund", "belopp", "_fault") == [
        ("1", "2", None),
        ("3", "4", "surplus_columns"),
    ]
    _, rows = read("x;y\n1;2\n", dialect=Dialect(delimiter=";", columns=("kund",)))
    assert values(rows, "kund", "y") == [("1", "2")]
    _, rows = read("1;2\n", dialect=Dialect(delimiter=";", header_line=0))
    assert values(rows, "column_1", "column_2") == [("1", "2")]
    with pytest.raises(SourceError, match="`columns` names 3"):
        read("x;y\n1;2\n", dialect=Dialect(delimiter=";", columns=("a", "b", "c")))


def test_several_files_are_aligned_by_name(read):
    staged, rows = read(
        "a;b\n1;2\n",
        "b;c;a\n20;30;10\n",
        "",
        "Titel\n\na;b\n100;200\n",
        names=("jan.csv", "feb.csv", "mar.csv", "apr.csv"),
    )
    assert staged.columns == ("a", "b", "c")
    assert values(rows, "_row", "_file", "_line", "a", "b", "c") == [
        (1, "jan.csv", 2, "1", "2", None),
        (2, "feb.csv", 2, "10", "20", "30"),
        (3, "apr.csv", 4, "100", "200", None),
    ]
    assert [f.rows for f in staged.files] == [1, 1, 0, 1]


def test_gzip_and_zip(read, tmp_path):
    packed = gzip.compress(b"a;b\n1;2\n")
    inner = tmp_path / "inner.zip"
    with zipfile.ZipFile(inner, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x/one.csv", "a;b\n3;4\n")
        archive.writestr("two.csv", "b;a\n6;5\n")
        archive.writestr("__MACOSX/._two.csv", b"\0\0")
    staged, rows = read(packed, inner.read_bytes(), names=("one.csv.gz", "more.zip"))
    assert values(rows, "_file", "a", "b") == [
        ("one.csv.gz", "1", "2"),
        ("more.zip/x/one.csv", "3", "4"),
        ("more.zip/two.csv", "5", "6"),
    ]
    assert read_lines(staged.files[2].path, SEMI, [2], inside=staged.files[2].inside) == {2: "6;5"}


def test_what_cannot_be_read_is_said_all_at_once(con, tmp_path):
    (tmp_path / "book.csv").write_bytes(b"")
    with zipfile.ZipFile(tmp_path / "book.csv", "w") as archive:
        archive.writestr("[Content_Types].xml", "<x/>")
    (tmp_path / "short.csv").write_text("a;b\n")
    paths = [tmp_path / n for n in ("absent.csv", "book.csv", "short.csv")]
    with pytest.raises(SourceError) as error:
        stage_text(con, "t", paths, Dialect(delimiter=";", header_line=3))
    assert len(error.value.faults) == 3
    assert "workbook" in str(error.value)
    with pytest.raises(SourceError, match="not known"):
        stage_text(con, "t", paths, Dialect(encoding="utf-9"))
    (tmp_path / "empty.csv").write_bytes(b"")
    with pytest.raises(SourceError, match="holds no line"):
        stage_text(con, "t", [tmp_path / "empty.csv"], SEMI)


def test_a_file_that_breaks_off_is_an_error_not_a_short_file(con, tmp_path):
    import random

    path = tmp_path / "cut.csv.gz"
    noise = random.Random(1)
    text = "a;b\n" + "".join(f"{noise.random()};{noise.random()}\n" for _ in range(40_000))
    path.write_bytes(gzip.compress(text.encode())[:-200_000])
    staged = stage_text(con, "t", [path], SEMI, chunk=1 << 16)
    with pytest.raises(duckdb.Error):
        con.execute("SELECT count(*) FROM t").fetchall()
    assert not staged.complete
    with pytest.raises(SourceError, match=r"cut\.csv\.gz: is damaged"):
        staged.raise_error()


def test_a_file_of_another_kind_is_refused(con, tmp_path):
    (tmp_path / "a.csv").write_text("kund;belopp\n1;2\n")
    (tmp_path / "b.csv").write_text("nr;namn\n1;x\n")
    with pytest.raises(SourceError, match="no column in common"):
        stage_text(con, "t", [tmp_path / "a.csv", tmp_path / "b.csv"], SEMI)


@pytest.mark.parametrize("delimiter", ["\t", "|", "¦", "||", "§§"])
def test_delimiters(read, delimiter):
    content = f"a{delimiter}b\n1{delimiter}två\n\n3\n\0{delimiter}4\n"
    _, rows = read(content, dialect=Dialect(delimiter=delimiter))
    assert values(rows, "_line", "_fault", "a", "b") == [
        (2, None, "1", "två"),
        (4, "missing_columns", "3", None),
        (5, "nul_byte", None, "4"),
    ]


def test_fixed_width(read):
    content = (
        "Kund Namn      Belopp\n"
        "0001 Åkes Rör   12,50\n"
        "0002            13,00\n"
        "0003 Öberg      14\n"
        "0004 Ek         15,00 extra\n"
        "Summa           54,50\n"
    )
    dialect = Dialect(kind="fixed", widths=((0, 5), (5, 15), (15, 21)), decimal=",")
    _, rows = read(content * 1, dialect=dialect)
    assert values(rows, "_line", "_fault", "Kund", "Namn", "Belopp") == [
        (2, None, "0001", "Åkes Rör", "12,50"),
        (3, None, "0002", None, "13,00"),
        (4, None, "0003", "Öberg", "14"),
        (5, "surplus_columns", "0004", "Ek", "15,00"),
        (6, "totals_row", "Summa", None, "54,50"),
    ]


def test_a_short_line_of_fixed_records_is_truncated(read):
    lines = [f"{i:05d} {'x' * 9} {i:8d}" for i in range(60)]
    content = "\n".join(lines) + "\n" + lines[7][:-3]
    dialect = Dialect(
        kind="fixed",
        widths=((0, 5), (6, 15), (16, 24)),
        header_line=0,
        columns=("kund", "namn", "belopp"),
    )
    _, rows = read(content, dialect=dialect)
    assert len(rows) == 61
    assert [r["_line"] for r in rows if r["_fault"]] == [61]
    assert rows[-1]["_fault"] == "missing_columns"


def test_long_and_short_values_keep_every_character(read):
    """Strings around the length that a view holds in itself, and around eight and four bytes."""
    texts = ["åäö" * 20 + str(i) if i > 20 else "x" * i for i in range(1, 30)]
    _, rows = read("a;b\n" + "".join(f"{t};{t[::-1]}\n" for t in texts), chunk=97)
    assert values(rows, "a", "b") == [(t, t[::-1]) for t in texts]


def test_no_break_spaces_at_the_edges(read):
    _, rows = read("a;b\n\u00a0 x\u202f\u00a0;\u00a0\nà;Ïï\n â ;ï\n")
    assert values(rows, "a", "b") == [("x", None), ("à", "Ïï"), ("â", "ï")]


def test_raw_lines_by_number(tmp_path):
    path = tmp_path / "x.csv"
    path.write_bytes("a;b\r\nÅ;1\r\n\r\n2;3".encode("cp1252"))
    dialect = Dialect(delimiter=";", encoding="cp1252")
    assert read_lines(path, dialect, [4, 2]) == {2: "Å;1", 4: "2;3"}
    assert read_lines(path, dialect, []) == {}
    assert read_lines(path, dialect, [99]) == {}


def test_row_numbers_and_order_survive_parallel_reading(con, tmp_path):
    path = tmp_path / "many.csv"
    path.write_text("n;x\n" + "".join(f"{i};{'y' * (i % 40)}\n" for i in range(1, 200_001)))
    staged = stage_text(con, "many", [path], SEMI, chunk=1 << 16)
    wrong = con.execute(
        "SELECT count(*) FILTER (_row <> n::BIGINT OR _line <> _row + 1 OR _fault IS NOT NULL), "
        "count(*), sum(length(coalesce(x, ''))) FROM many"
    ).fetchone()
    assert wrong == (0, 200_000, sum(i % 40 for i in range(1, 200_001)))
    assert staged.rows == 200_000


# --- real data -----------------------------------------------------------------------------


@pytest.mark.realdata
@pytest.mark.parametrize(
    ("name", "columns", "rows"),
    [("Buchungsstapel", 120, 2), ("Kontenbeschriftungen", 3, 3), ("Stammdaten", 254, 4)],
)
@pytest.mark.parametrize("encoding", ["cp1252", "cp850"])
def test_datev(con, real_data, name, columns, rows, encoding):
    """Columns and rows counted by hand; every cell against a plain split (no quoted delimiter)."""
    path = real_data / "datev" / f"EXTF_{name}.csv"
    dialect = Dialect(encoding=encoding, delimiter=";", header_line=2)
    staged = stage_text(con, "datev", [path], dialect)
    got = con.execute("SELECT * FROM datev").fetchall()
    text = path.read_bytes().decode(encoding)
    lines = [line.split(";") for line in text.split("\r\n")[2:] if line]
    assert len(got) == len(lines) == rows
    assert len(staged.columns) == columns
    assert staged.head_lines == 2
    for row, cells in zip(got, lines, strict=True):
        plain = [c.strip().removeprefix('"').removesuffix('"').strip() or None for c in cells]
        assert list(row[5:]) == plain[:columns] + [None] * (columns - len(plain))
    if encoding == "cp1252" and name == "Buchungsstapel":
        assert "Gegenkonto (ohne BU-Schlüssel)" in staged.columns


@pytest.mark.realdata
def test_cdnow(con, real_data):
    dialect = Dialect(
        kind="fixed",
        widths=((0, 6), (6, 15), (15, 18), (18, 26)),
        columns=("customer", "date", "quantity", "amount"),
    )
    path = real_data / "cdnow" / "CDNOW_master.txt"
    staged = stage_text(con, "cdnow", [path], dialect)
    count, people, faults, money = con.execute(
        "SELECT count(*), count(DISTINCT customer), count(_fault), sum(amount::DECIMAL(18,4)) "
        "FROM cdnow"
    ).fetchone()
    assert (count, people, faults) == (69_659, 23_570, 0)
    assert staged.head_lines == 1
    independent = sum(
        int(t.split()[3].replace(".", "")) for t in path.open() if t[1] in "0123456789"
    )
    assert int(money * 100) == independent


@pytest.mark.realdata
def test_online_retail_as_csv(con, retail, retail_source):
    """541 909 lines written out; every one comes back, with its money."""
    from salesfact._text import date_sql, number_sql

    path = retail[0] / "export.csv"
    dialect = Dialect(encoding="cp1252", delimiter=";", decimal=",", date="DMY")
    staged = stage_text(con, "online", [path], dialect)
    number, price = number_sql('"Quantity"', dialect), number_sql('"UnitPrice"', dialect)
    got = con.execute(
        f"""SELECT count(*), count(_fault), sum(q::DECIMAL(18,3) * p::DECIMAL(18,3)),
        count(d), max(d), count(*) FILTER (CustomerID IS NULL),
        sum(length(Description)) FROM (SELECT *, {number} AS q, {price} AS p,
        {date_sql('"InvoiceDate"', dialect)} AS d FROM online)"""
    ).fetchone()
    truth = con.execute(
        f"""SELECT count(*), 0, NULL, count(InvoiceDate), date_trunc('minute', max(InvoiceDate)),
        count(*) FILTER (CustomerID IS NULL), sum(length(trim(Description)))
        FROM '{retail_source}'"""
    ).fetchone()
    assert staged.rows == ROWS
    assert got[2].normalize() == MONEY
    assert got[:2] + got[3:] == truth[:2] + truth[3:]
    lines = path.read_bytes().count(b"\n")
    assert staged.files[0].lines == lines


@pytest.mark.parametrize("name", ["cp1252", "latin-1", "cp850", "cp875", "ascii", "mac-roman"])
def test_short_cuts_in_decoding_say_what_the_codec_says(name):
    encoding = codecs.lookup(name).name
    chance = random.Random()
    pools = [range(128), range(256), [*range(128), 0xE5, 0xE4, 0xF6], range(160, 256)]
    for _ in range(300):
        data = bytes(chance.choices(chance.choice(pools), k=chance.randrange(1, 200)))
        text, bad = _decode(data, encoding)
        assert text == data.decode(encoding, "replace").encode()
        assert bool(bad) == ("\ufffd" in data.decode(encoding, "replace"))
