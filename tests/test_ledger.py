"""Does the ledger balance, whatever the export? Damaged files that carry their own truth."""

from __future__ import annotations

import csv
import datetime as dt
import tempfile
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from salesfact._client import load_settings
from salesfact._errors import FactsError, SalesfactError, SourceError
from salesfact._ledger import complete_months, ledger_rows, month_end, told_as_of
from salesfact._sources import ledger_of, prepare
from salesfact._stray import stray
from salesfact._warnings import warnings_of

ZERO = Decimal(0)
SETTINGS = """\
name: Damaged
currency: SEK
sources:
  sales:
    file: export.csv
    format: {encoding: utf-8, delimiter: ";", decimal: ",", thousands: " "}
    columns: {customer: Kundnr, date: Datum, amount: Belopp, product: Artikel}
"""
HEAD = "Kundnr;Datum;Belopp;Artikel;Benämning"


def run(folder: Path, text: str = SETTINGS, **how: Any) -> tuple[dict[str, Any], Path]:
    (folder / "client.yml").write_text(text, encoding="utf-8")
    place, _ = prepare(load_settings(folder), **how)
    return ledger_of(place), place


def in_buckets(told: dict[str, Any], *names: str) -> tuple[int, Decimal]:
    own = [b for b in told["buckets"] if b["bucket"] in names]
    return sum(b["rows"] for b in own), sum((Decimal(b["money"] or 0) for b in own), ZERO)


def set_aside(place: Path) -> list[dict[str, str]]:
    with (place / "set_aside.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


# -- damaged exports -----------------------------------------------------------------------------

WHOLE = ("none", "none", "inch")
BROKEN = (
    "surplus",
    "missing",
    "quote",
    "byte",
    "nul",
    "header",
    "total",
    "customer",
    "date",
    "amount",
)
READABLE = ("byte", "nul", "customer", "date")  # the rest is shifted, no sale, or has no amount


def swedish(money: Decimal) -> str:
    whole, cents = f"{abs(money):.2f}".split(".")
    groups = f"{int(whole):,}".replace(",", " ")
    return f"{'-' if money < 0 else ''}{groups},{cents}"


def written(i: int, cents: int, kind: str) -> tuple[bytes, Decimal]:
    """A line and the money of it."""
    money = Decimal(cents) / 100
    day = dt.date(2024, 1, 1) + dt.timedelta(days=i % 200)
    customer, date, amount = f"{i % 7:05d}", day.isoformat(), swedish(money)
    article, name = f"A{i % 5}", "Skruv"
    if kind == "inch":
        name = 'Skärm 19" svart'
    if kind == "quote":
        article = '"A1'
    if kind == "customer":
        customer = " "
    if kind == "date":
        date = "i går"
    if kind == "amount":
        amount = "enl. avtal"
    line = f"{customer};{date};{amount};{article};{name}"
    if kind == "surplus":
        line += ";för mycket"
    if kind == "missing":
        line = f"{customer};{date};{amount}"
    if kind == "header":
        line = HEAD
    if kind == "total":
        line = f"Summa;;{amount};;"
    raw = line.encode()
    if kind == "byte":
        raw += b" \x94"
    if kind == "nul":
        raw = raw.replace(b"Skruv", b"Skr\x00uv")
    return raw, money


LINES = st.lists(
    st.tuples(
        st.sampled_from(WHOLE * 4 + BROKEN),
        st.integers(-10_000_000, 10_000_000),
        st.sampled_from([b"\n", b"\r\n"]),
        st.integers(0, 9).map(lambda n: n == 0),  # a blank line before it
    ),
    min_size=1,
    max_size=25,
)
FILES = st.lists(st.tuples(LINES, st.booleans(), st.booleans()), min_size=5, max_size=5)


@dataclass
class Truth:
    """What must come back: sound rows, their money, and the kind of every broken line."""

    rows: int = 0
    count: int = 0
    good: Decimal = ZERO
    beside: Decimal = ZERO
    bad: dict[tuple[str, int], str] = field(default_factory=dict)

    def file(self, name: str, lines: Any, truncated: bool, ended: bool) -> bytes:
        """A damaged export, remembered."""
        content, number = (HEAD + "\n").encode(), 1
        for i, (kind, cents, end, blank) in enumerate(lines):
            if blank:
                content += end
                number += 1
            raw, money = written(i, cents, kind)
            last = i == len(lines) - 1
            if last and truncated and kind in ("none", "inch"):
                raw, kind = raw[: raw.rindex(b";")], "truncated"
            content += raw + (b"" if last and not ended else end)
            number += 1
            self.rows += 1
            if kind in ("none", "inch"):
                self.good += money
                self.count += 1
            else:
                self.bad[name, number] = kind
                if kind in READABLE:
                    self.beside += money
        return content


@settings(
    max_examples=44,  # 220 exports, five to a client
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(files=FILES)
def test_rows_and_money_always_add_up(files: list[tuple[Any, bool, bool]]):
    truth = Truth()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for i, (lines, truncated, ended) in enumerate(files):
            path = folder / f"export{i}.csv"
            path.write_bytes(truth.file(path.name, lines, truncated, ended))
        try:
            told, place = run(folder, SETTINGS.replace("export.csv", "export*.csv"))
        except FactsError as error:  # nothing left: said clearly
            if truth.count or "no line could be accepted" not in str(error):
                raise
            return
        assert told["balanced"]
        assert told["rows_read"] == truth.rows == sum(b["rows"] for b in told["buckets"])
        assert in_buckets(told, "accepted", "later") == (truth.count, truth.good)
        named = {(r["file"], int(r["line"])): r["reason"] for r in set_aside(place)}
        assert set(named) == set(truth.bad)
        assert all(r["text"] and r["raw"] for r in set_aside(place))
        for line, kind in truth.bad.items():
            reason = {
                "customer": "missing_customer",
                "date": "unreadable_date",
                "amount": "unreadable_amount",
                "total": "totals_row",
                "header": "repeated_header",
                "surplus": "surplus_columns",
                "byte": "bad_bytes",
                "nul": "nul_byte",
                "quote": "unclosed_quote",
            }.get(kind, "missing_columns")
            assert named[line] == reason
        # money counts as read only where it surely stands in its column, and on lines of sales
        kinds = list(truth.bad.values())
        readable = sum(k in READABLE for k in kinds)
        assert in_buckets(told, "set_aside") == (readable, truth.beside)
        furniture = sum(k in ("total", "header") for k in kinds)
        assert in_buckets(told, "furniture") == (furniture, ZERO)
        unreadable = len(kinds) - furniture - readable
        assert in_buckets(told, "unreadable") == (unreadable, ZERO)
        money = sum((Decimal(b["money"] or 0) for b in told["buckets"]), ZERO)
        assert money == Decimal(told["money_read"]["SEK"])


# -- small cases by hand ---------------------------------------------------------------------------


def export(folder: Path, *lines: str) -> None:
    (folder / "export.csv").write_text("\n".join([HEAD, *lines, ""]), encoding="utf-8")


def test_buckets_by_hand(tmp_path: Path):
    export(
        tmp_path,
        "1;2024-01-31;100,00;A;x",
        "2;2024-02-29;1 200,50-;A;x",
        "1;2024-03-01;10,00;A;x",
        ";2024-01-15;5,00;A;x",
        "3;2024-01-15;gratis;A;x",
    )
    told, _ = run(tmp_path)
    assert told["as_of"] == "2024-02-29"
    assert in_buckets(told, "accepted") == (2, Decimal("-1100.50"))
    assert in_buckets(told, "later") == (1, Decimal(10))
    assert in_buckets(told, "set_aside") == (1, Decimal(5))
    unreadable = [b for b in told["buckets"] if b["bucket"] == "unreadable"]
    assert [(b["rows"], b["money"], b["currency"]) for b in unreadable] == [(1, None, "")]
    assert Decimal(told["money_read"]["SEK"]) == Decimal("-1085.50")


def test_what_stands_in_a_shifted_row_is_neither_money_nor_a_currency(tmp_path: Path):
    head = "Kundnr;Datum;Benämning;Antal;Pris;Belopp;Valuta"
    rows = [
        "1;2024-01-31;Skruv;2;10,00;20,00;SEK",
        "2;2024-01-31;Skruv; rostfri;2;41,24;82,48;SEK",  # a semicolon in the name
        "3;2024-01-31;Skruv;2;10,00",
    ]
    (tmp_path / "export.csv").write_text("\n".join([head, *rows, ""]), encoding="utf-8")
    told, _ = run(tmp_path, SETTINGS.replace("product: Artikel", "currency: Valuta"))
    assert told["currencies"] == ["SEK"]
    assert told["money_read"] == {"SEK": "20"}
    assert in_buckets(told, "unreadable") == (2, ZERO)
    assert [(r["code"], r["currency"], r["readable"]) for r in told["reasons"]] == [
        ("missing_columns", "", 0),
        ("surplus_columns", "", 0),
    ]


def test_page_heads_and_totals_are_no_money(tmp_path: Path):
    export(tmp_path, "1;2024-01-31;100,00;A;x", HEAD, "3;2024-01-31;gratis;A;x", "Summa;;150,00;;")
    told, place = run(tmp_path)
    assert Decimal(told["money_read"]["SEK"]) == 100
    assert in_buckets(told, "furniture") == (2, ZERO)
    assert in_buckets(told, "set_aside") == (0, ZERO)
    assert [r["reason"] for r in set_aside(place)] == [
        "repeated_header",
        "unreadable_amount",
        "totals_row",
    ]
    (total,) = told["control_totals"]
    assert Decimal(total["difference"]) == 50
    assert total["unreadable"] == 1
    (said,) = [w for w in warnings_of(told) if w.startswith("control total")]
    assert "difference 50.00 (33%); it can lie in the one row whose amount" in said
    assert ("page heads and totals rows", "", 2, "") in ledger_rows(told)


def test_books_are_held_against_every_line_with_money(tmp_path: Path):
    export(tmp_path, "1;2024-01-31;100,00;A;x", ";2024-01-31;7,00;A;x", "2;2024-02-01;5,00;A;x")
    totals = run(tmp_path, SETTINGS + "    control_totals: {amount: '112.00', rows: 3}\n")[0]
    assert [Decimal(t["difference"]) for t in totals["control_totals"]] == [0, 0]


def daily(first: str, days: int, rows: int = 1) -> list[tuple[dt.date, int]]:
    start = dt.date.fromisoformat(first)
    return [(start + dt.timedelta(days=i), rows) for i in range(days)]


FAIRS = [day for year in range(2010, 2025, 2) for day in daily(f"{year}-05-01", 4, 3)]


@pytest.mark.parametrize(
    ("days", "far"),
    [
        (daily("2024-01-01", 200), []),
        (daily("2024-01-01", 200) + daily("2062-03-01", 1), ["2062-03-01"]),
        (daily("2024-01-01", 200) + daily("1900-01-01", 1, 2), ["1900-01-01"]),  # 2 of 202
        (daily("2024-01-01", 200) + daily("1900-01-01", 1, 3), []),  # 3 of 203 are 1.5 %
        (
            daily("1900-01-01", 1) + daily("2024-01-01", 300) + daily("2042-01-01", 2),
            ["1900-01-01", "2042-01-01"],
        ),
        # twelve empty months are no reason, thirteen are
        (daily("2022-01-01", 200) + daily("2023-08-01", 1), []),
        (daily("2022-01-01", 200) + daily("2023-09-01", 1), ["2023-09-01"]),
        # small exports: one line, more than five years away
        (daily("2024-01-01", 30) + daily("2062-03-01", 1), ["2062-03-01"]),
        (daily("2024-01-01", 30) + daily("2028-03-01", 1), []),
        (daily("2024-01-01", 5) + daily("2062-03-01", 1), []),
        # a fair every second year, one order a year, a shop that closed for two years
        (FAIRS, []),
        ([(dt.date(year, 6, 1), 1) for year in range(2000, 2025)], []),
        (daily("2018-01-01", 100) + daily("2021-01-01", 900), []),
        ([], []),
    ],
)  # fmt: skip
def test_dates_far_from_all_others(days: list[tuple[dt.date, int]], far: list[str]):
    assert [a.isoformat() for a, _ in stray(days)] == far


def test_a_stray_date_moves_neither_the_first_day_nor_the_last(tmp_path: Path):
    lines = [f"{i % 9};2024-0{1 + i % 3}-2{i % 9};10,00;A;x" for i in range(300)]
    export(tmp_path, *lines, "1;2062-01-31;7,00;A;rör", "2;1900-01-01;8,00;A;x")
    told, place = run(tmp_path)
    assert (told["first"][:7], told["last"][:7]) == ("2024-01", "2024-03")
    assert told["as_of"] in ("2024-02-29", "2024-03-31")
    assert in_buckets(told, "set_aside") == (2, Decimal(15))
    assert told["balanced"]
    assert [(r["line"], r["reason"]) for r in set_aside(place)] == [
        ("302", "far_date"),
        ("303", "far_date"),
    ]
    assert "2062-01-31" in set_aside(place)[0]["raw"]
    assert any("far from all others" in w for w in warnings_of(told))


@pytest.mark.parametrize(
    ("columns", "name"), [("name: n", "last"), ("name: n, since: s", "newest")]
)
def test_of_a_customer_named_again_the_newest_row_counts(tmp_path: Path, columns: str, name: str):
    export(tmp_path, "1;2024-01-31;100,00;A;x")
    text = "k;n;s\n1;old;2020-01-01\n1;newest;2024-01-01\n1;last;2021-01-01\n"
    (tmp_path / "people.csv").write_text(text)
    more = "  customers: {file: people.csv, format: {delimiter: ';'},"
    told, place = run(tmp_path, SETTINGS + more + f" columns: {{customer: k, {columns}}}}}\n")
    import pyarrow.parquet as pq

    assert pq.read_table(place / "people.parquet")["name"].to_pylist() == [name]
    assert told["beside"]["customers"]["repeated"] == 2
    assert any("2 rows of the customer file name a customer again" in w for w in warnings_of(told))


def test_the_ledger_can_be_told_as_of_an_earlier_day(tmp_path: Path):
    export(tmp_path, "1;2024-01-31;100,00;A;x", "2;2024-02-29;50,00;A;x", ";2024-01-01;1,00;A;x")
    told, _ = run(tmp_path)
    earlier = told_as_of(told, told["days"], dt.date(2024, 1, 31))
    assert in_buckets(earlier, "accepted") == (1, Decimal(100))
    assert in_buckets(earlier, "later") == (1, Decimal(50))
    assert in_buckets(earlier, "set_aside") == (1, Decimal(1))


def test_rules_filters_and_their_words(tmp_path: Path):
    export(
        tmp_path, "1;2024-01-31;100,00;FRAKT;x", "1;2024-01-31;90,00;A;x", "9;2024-01-01;5,00;A;"
    )
    rules = "    set_aside: [{where: \"Artikel = 'FRAKT'\", reason: freight},"
    told, place = run(tmp_path, SETTINGS + rules + ' {where: "Belopp < 10", reason: small}]\n')
    assert [(r["text"], r["rows"], Decimal(r["money"])) for r in told["reasons"]] == [
        ("freight", 1, Decimal(100)),
        ("small", 1, Decimal(5)),
    ]
    assert [(r["line"], r["text"]) for r in set_aside(place)] == [("2", "freight"), ("4", "small")]


def test_exact_copies_are_told_and_dropped_only_on_demand(tmp_path: Path):
    export(tmp_path, *["1;2024-01-31;100,00;A;x"] * 3, "1;2024-01-31;100,00;A;y")
    told, _ = run(tmp_path)
    assert told["duplicates"] == {"rows": 2, "money": "200.0000", "dropped": False}
    assert in_buckets(told, "accepted")[0] == 4
    told, place = run(tmp_path, SETTINGS + "    duplicates: drop\n")
    assert in_buckets(told, "accepted") == (2, Decimal(200))
    assert in_buckets(told, "set_aside") == (2, Decimal(200))
    assert [r["line"] for r in set_aside(place)] == ["3", "4"]
    assert told["balanced"]


def test_credit_notes_find_what_they_undo(tmp_path: Path):
    export(
        tmp_path,
        "1;2023-01-10;100,00;A;x",
        "1;2023-02-10;100,00;A;x",
        "1;2023-02-11;-100,00;A;kredit",  # undoes the line of 10 February
        "1;2023-03-01;-100,00;A;kredit",  # undoes the line of 10 January
        "1;2023-03-02;-100,00;A;kredit",  # nothing is left to undo
        "2;2023-01-10;100,00;A;x",
        "2;2023-01-09;-100,00;A;kredit",  # earlier than the line
        "3;2022-01-01;70,00;A;x",
        "3;2023-01-10;-70,00;A;kredit",  # more than a year later
        "4;2023-01-10;70,00;A;x",
        "4;2023-01-10;-70,00;B;kredit",  # another product
    )
    notes = run(tmp_path)[0]["credit_notes"]
    assert (notes["rows"], Decimal(notes["money"])) == (6, Decimal(-540))
    assert (notes["matched_rows"], Decimal(notes["matched_money"])) == (2, Decimal(-200))
    assert (notes["unmatched_rows"], Decimal(notes["unmatched_money"])) == (4, Decimal(-340))


def test_control_totals_found_and_given(tmp_path: Path):
    export(
        tmp_path,
        "1;2024-01-31;100,00;A;x",
        "1;2024-01-31;50,00;A;x",
        "Summa;;150,00;;",
        "2;2024-01-31;30,00;A;x",
        "Summa;;35,00;;",
        "Totalt;;180,00;;",
    )
    more = "    control_totals: {amount: '200.00', rows: 3}\n"
    totals = run(tmp_path, SETTINGS + more)[0]["control_totals"]
    assert [Decimal(t["difference"]) for t in totals] == [0, 5, 0, 20, 0]


def test_codes_that_differ_by_case_only_are_told(tmp_path: Path):
    export(tmp_path, "a1;2024-01-31;1;x;", "A1;2024-01-31;1;X;", "b;2024-01-31;1;y;")
    codes = run(tmp_path)[0]["codes_by_case"]
    assert codes == {"customer": ["A1 / a1"], "product": ["X / x"]}


def test_rounding_is_counted(tmp_path: Path):
    export(tmp_path, "1;2024-01-31;0,00005;A;x", "1;2024-01-31;1,12344;A;x", "1;2024-01-31;1;A;x")
    told, _ = run(tmp_path)
    (rounded,) = told["rounding"]
    assert rounded["rows"] == 2
    assert Decimal(rounded["money"]) == Decimal("2.12349") - Decimal("2.1235")
    assert Decimal(told["money_read"]["SEK"]) == Decimal("2.12349")


def test_an_amount_too_large_is_set_aside_with_its_money(tmp_path: Path):
    export(tmp_path, "1;2024-01-31;1000000000000000,00;A;x", "1;2024-01-31;1;A;x")
    told, _ = run(tmp_path)
    assert [r["code"] for r in told["reasons"]] == ["overflow"]
    assert in_buckets(told, "set_aside") == (1, Decimal(10) ** 15)
    product = SETTINGS.replace("amount: Belopp", "amount: Belopp * Belopp * Belopp")
    told, _ = run(tmp_path, product)
    assert [(r["code"], r["readable"]) for r in told["reasons"]] == [("overflow", 0)]


def test_merged_customers_chains_and_circles(tmp_path: Path):
    export(tmp_path, "1;2024-01-31;1,00;A;x", "2;2024-01-31;2,00;A;x", "3;2024-01-31;4,00;A;x")
    (tmp_path / "merged.csv").write_text("gammal,ny\n1,2\n2,3\n", encoding="utf-8")
    text = SETTINGS + "  aliases: {file: merged.csv, columns: {from: gammal, to: ny}}\n"
    _, place = run(tmp_path, text)
    import pyarrow.parquet as pq

    assert pq.read_table(place / "people.parquet")["customer"].to_pylist() == ["3"]
    (tmp_path / "merged.csv").write_text("gammal,ny\n1,2\n2,1\n", encoding="utf-8")
    with pytest.raises(SourceError, match="circle: 1 -> 2 -> 1"):
        run(tmp_path, text)


FX = """\
name: Fx
currency: SEK
sources:
  sales:
    file: export.csv
    columns: {customer: k, date: d, amount: a, currency: c}
  fx: {file: fx.csv, columns: {date: d, from: f, to: t, rate: r}}
"""


def test_rates_of_the_day_or_the_last_before(tmp_path: Path):
    (tmp_path / "export.csv").write_text(
        "k,d,a,c\n1,2024-01-05,10,EUR\n1,2024-01-08,10,EUR\n1,2024-01-01,10,EUR\n"
        "1,2024-01-08,10,DKK\n1,2024-01-08,7,SEK\n1,2024-01-09,3,\n1,2024-01-09,3,USD\n"
    )
    (tmp_path / "fx.csv").write_text(
        "d,f,t,r\n2024-01-02,EUR,SEK,11\n2024-01-06,EUR,SEK,12\n2024-01-02,SEK,DKK,0.625\n"
    )
    told, place = run(tmp_path, FX)
    import pyarrow.parquet as pq

    lines = pq.read_table(place / "lines.parquet").to_pylist()
    amounts = {r["row"]: r["amount"] for r in lines if r["_reason"] is None}
    assert amounts == {1: 110, 2: 120, 4: 16, 5: 7, 6: 3}  # 10 DKK at 1/0.625
    assert [(r["code"], r["currency"], r["rows"]) for r in told["reasons"]] == [
        ("no_fx_rate", "EUR", 1),  # the day before the first rate
        ("no_fx_rate", "USD", 1),
    ]
    assert told["balanced"]


def test_what_stands_where_the_currency_should_in_a_shifted_row_is_no_currency(tmp_path: Path):
    (tmp_path / "export.csv").write_text(
        "k,d,a,c\n1,2024-01-31,10,SEK\n1,2024-01-31,1,000,SEK\nk,d,a,c\n1,2024-01-31,,\n"
    )
    text = FX[: FX.index("  fx:")]
    told, _ = run(tmp_path, text)
    assert told["currencies"] == ["SEK"]
    assert told["rows_read"] == 4


@pytest.mark.parametrize(
    ("days", "as_of", "complete"),
    [
        (["2024-01-31", "2024-02-01"], "2024-01-31", True),
        (["2024-01-15", "2024-03-01"], "2024-02-29", True),  # no line in February
        (["2024-01-10"], "2024-01-10", False),
        (["2024-01-31"], "2024-01-31", True),
        # three weekdays were left in every month so far; so are in the last
        (["2024-01-26", "2024-02-26", "2024-03-26", "2024-04-25"], "2024-04-30", True),
        (["2024-01-26", "2024-02-26", "2024-03-26", "2024-04-19"], "2024-03-31", True),
    ],
)
def test_the_last_complete_month(days: list[str], as_of: str, complete: bool):
    found = complete_months(map(dt.date.fromisoformat, days))
    assert found == (dt.date.fromisoformat(as_of), complete)


def test_month_end():
    assert month_end(dt.date(2024, 2, 3)) == dt.date(2024, 2, 29)
    assert month_end(dt.date(2023, 12, 31)) == dt.date(2023, 12, 31)


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ("{customer: Kundnummer, date: Datum, amount: Belopp}", "did you mean 'Kundnr'"),
        ("{customer: Kundnr, date: Datum, amount: Belop * 2}", "did you mean 'Belopp'"),
        ("{customer: Kundnr, date: Datum, amount: (SELECT 1)}", "not allowed"),
        ("{customer: \"read_text('/etc/passwd')\", date: Datum, amount: Belopp}", "not allowed"),
        ("{customer: getenv('HOME'), date: Datum, amount: Belopp}", "not allowed"),
        ("{customer: Kundnr, date: Datum, amount: 'Belopp exkl moms'}", "neither a column"),
    ],
)
def test_mappings_that_cannot_be_are_told(tmp_path: Path, columns: str, message: str):
    export(tmp_path, "1;2024-01-31;100,00;A;x")
    text = SETTINGS[: SETTINGS.index("    columns:")] + f"    columns: {columns}\n"
    with pytest.raises(SalesfactError, match=message) as caught:
        run(tmp_path, text)
    assert "columns.customer" in str(caught.value) or "columns.amount" in str(caught.value)


@pytest.mark.parametrize(
    ("amount", "expected"),
    [
        ("-Belopp", "-100.5"),
        ("CASE WHEN Artikel = 'K' THEN -Belopp ELSE Belopp END", "-100.5"),
        ("Belopp * 2 + 1", "202"),
        ("Belopp / 4", "25.125"),
        ("coalesce(Belopp, 0)", "100.5"),
        ("IF(Belopp > 99, Belopp, 0)", "100.5"),
        ("round(Belopp)", "101"),
        ("belopp", "100.5"),
        ('"Belopp" - 0.5', "100"),
        ("CASE WHEN left(Kundnr, 1) IN ('0') THEN Belopp END", "100.5"),
        ("CASE WHEN year(Datum) = 2024 THEN Belopp END", "100.5"),
        ("CASE WHEN Datum >= '2024-01-31' THEN Belopp END", "100.5"),
        ("CASE WHEN Kundnr = '00123' THEN Belopp END", "100.5"),
    ],
)
def test_expressions_read_text_by_where_it_stands(tmp_path: Path, amount: str, expected: str):
    export(tmp_path, "00123;2024-01-31;100,50;K;x")
    head = SETTINGS[: SETTINGS.index("    columns:")]
    columns = "    columns:\n      customer: Kundnr\n      date: Datum\n      amount: >-\n"
    columns += f"        {amount}\n"
    told, _ = run(tmp_path, head + columns)
    assert in_buckets(told, "accepted")[1] == Decimal(expected)
