"""What would make every answer wrong without a fault? Each is refused, set aside or told."""

from __future__ import annotations

import datetime as dt
import unicodedata
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from salesfact._databases import read_postgres
from salesfact._errors import FactsError, SourceError
from salesfact._facts import Facts
from salesfact._ledger import fitness, ledger_rows
from salesfact._open import check, open_client
from salesfact._periods import orders
from salesfact._quality import quality

TEXT = """\
name: Small
currency: {currency}
sources:
  sales:
    file: a.csv
    format: {{delimiter: ";", decimal: ",", thousands: " "}}
    vat: excluded
    columns: {{{columns}}}
{more}"""
PLAIN = "customer: k, date: d, amount: a"


def client(
    folder: Path,
    head: str,
    rows: list[str],
    columns: str = PLAIN,
    more: str = "",
    currency: str = "SEK",
) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    text = TEXT.format(columns=columns, more=more, currency=currency)
    (folder / "client.yml").write_text(text, encoding="utf-8")
    (folder / "a.csv").write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")
    return folder


def days(n: int) -> list[str]:
    """Days from the first of January 2024."""
    return [(dt.date(2024, 1, 1) + dt.timedelta(days=i)).isoformat() for i in range(n)]


def warned(folder: Path) -> str:
    return "\n".join(check(folder).warnings)


def reasons(folder: Path) -> dict[str, int]:
    return {r["code"]: r["rows"] for r in open_client(folder).facts.ledger["reasons"]}


# -- as_of -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("day", "known"), [("2024-02-29", True), ("2024-03-01", False)])
def test_nothing_is_known_after_the_month_of_the_last_line(tmp_path: Path, day: str, known: bool):
    folder = client(tmp_path, "k;d;a", [f"1;{d};10" for d in days(40)])  # to 9 February
    if known:
        assert open_client(folder, as_of=day).facts.as_of == dt.date.fromisoformat(day)
        return
    with pytest.raises(FactsError, match="the facts end on 2024-02-09"):
        open_client(folder, as_of=day)
    (folder / "client.yml").write_text(
        (folder / "client.yml").read_text().replace("currency:", f"as_of: {day}\ncurrency:")
    )
    assert "the facts end on 2024-02-09" in str(check(folder).faults[0])


# -- margins ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(("empty", "money"), [(2, "margin"), (3, "amount")])
def test_margins_are_used_only_where_hardly_any_lack(tmp_path: Path, empty: int, money: str):
    rows = [f"1;{d};10;{'' if i < empty else 4}" for i, d in enumerate(days(100))]
    folder = client(tmp_path, "k;d;a;t", rows, f"{PLAIN}, margin: t")
    facts = open_client(folder, as_of="2024-04-30").facts
    assert facts.money == money
    assert facts.summary()["margin"].item() == (4 * 98 if money == "margin" else 1000)
    told = quality(facts)
    assert told.figures["no_margin_share"].value == pytest.approx(empty / 100)
    assert told.figures["rows_no_margin"].value == empty
    assert ("Margins are not used" in told.reading()) == (money == "amount")
    assert f"{empty} accepted rows have no margin" in warned(folder)


def test_a_gap_at_the_end_of_a_long_history_counts_as_what_it_is_of_the_year(tmp_path: Path):
    start = dt.date(2014, 1, 1)
    rows = [f"1;{start + dt.timedelta(days=30 * i)};10;{'' if i == 121 else 4}" for i in range(122)]
    facts = open_client(client(tmp_path, "k;d;a;t", rows, f"{PLAIN}, margin: t")).facts
    assert facts.money == "amount"  # under 1 % of all, but one of the last twelve lines


def test_frames_obey_the_same_limit():
    frame = pd.DataFrame(
        {
            "customer": "1",
            "date": pd.date_range("2024-01-01", periods=100),
            "amount": 10.0,
            "margin": [None] * 3 + [4.0] * 97,
        }
    )
    assert Facts.from_frames(frame).money == "amount"
    assert Facts.from_frames(frame.tail(98).reset_index(drop=True)).money == "margin"


# -- currency in the cell --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cell", "currency", "other"),
    [
        ("10,00 SEK", "SEK", ""),
        ("10 kr", "SEK", ""),
        ("kr 10", "NOK", ""),
        ("10 kr", "EUR", "KR"),
        ("10,00 EUR", "SEK", "EUR"),
        ("€ 10", "SEK", "EUR"),
        ("-€10", "EUR", ""),
        ("$10", "CAD", ""),
        ("$10", "SEK", "$"),
        ("£10", "SEK", "GBP"),
        ("usd 10", "SEK", "USD"),
        ("10", "SEK", ""),
        ("1e1", "SEK", ""),
    ],
)
def test_a_mark_in_the_cell_is_a_currency(tmp_path: Path, cell: str, currency: str, other: str):
    rows = [f"1;{d};10" for d in days(20)] + [f"2;2024-01-15;{cell}"]
    folder = client(tmp_path, "k;d;a", rows, currency=currency)
    ledger = open_client(folder).facts.ledger
    told = {r["currency"]: Decimal(r["money"]) for r in ledger["reasons"]}
    assert told == ({other: Decimal(10)} if other else {})
    assert ledger["balanced"]
    assert ("another currency" in warned(folder)) == bool(other)
    assert quality(open_client(folder).facts).figures["rows_aside"].value == bool(other)


def test_a_mark_may_be_the_currency_of_the_row(tmp_path: Path):
    rows = ["1;2024-01-31;10 SEK;SEK", "1;2024-01-31;10 EUR;SEK", "1;2024-01-31;3 SEK;"]
    folder = client(tmp_path, "k;d;a;c", rows, f"{PLAIN}, currency: c")
    assert reasons(folder) == {"other_currency": 1}


def test_marks_are_seen_in_expressions_too(tmp_path: Path):
    rows = ["1;2024-01-31;10;2", "1;2024-01-31;10 EUR;2"]
    folder = client(tmp_path, "k;d;a;q", rows, "customer: k, date: d, amount: a * q")
    assert reasons(folder) == {"other_currency": 1}


# -- customers that look alike ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other", "same", "told"),
    [
        ("00001001", "1001", False, True),
        ("1001.0", "1001", False, True),
        ("ka1", "KA1", False, True),
        ("1010", "101", False, False),
        ("A.0", "A", False, False),
        ("1001\u200b", "1001", True, False),
        ("\ufeff1001", "1001", True, False),
        (unicodedata.normalize("NFD", "Åäö"), "Åäö", True, False),
    ],
)
def test_numbers_that_look_alike(tmp_path: Path, one: str, other: str, same: bool, told: bool):
    folder = client(tmp_path, "k;d;a", [f"{one};2024-01-31;10", f"{other};2024-01-31;10"])
    facts = open_client(folder).facts
    assert len(facts.summary()) == (1 if same else 2)
    assert ("aliases" in warned(folder)) == told
    assert ("look alike" in quality(facts).reading()) == told


def test_aliases_and_attributes_find_their_customer_whatever_its_form(tmp_path: Path):
    decomposed = unicodedata.normalize("NFD", "Å1")
    more = (
        "  customers: {file: p.csv, columns: {customer: k, name: n}}\n"
        "  aliases: {file: m.csv, columns: {from: o, to: n}}\n"
    )
    folder = client(tmp_path, "k;d;a", [f"{decomposed};2024-01-31;10"], more=more)
    (folder / "p.csv").write_text("k,n\nB2\u200b,Åre AB\n", encoding="utf-8")
    (folder / "m.csv").write_text("o,n\nÅ1,B2\n", encoding="utf-8")
    facts = open_client(folder).facts
    people = facts.fetch(facts.customers)
    assert people.to_dict("records") == [{"customer": "B2", "name": "Åre AB"}]


# -- signs, rules, losses --------------------------------------------------------------------------


@pytest.mark.parametrize(("negative", "told"), [(2, False), (11, True)])
def test_amounts_mostly_below_zero_are_told(tmp_path: Path, negative: int, told: bool):
    rows = [f"1;{d};{'-' if i < negative else ''}10" for i, d in enumerate(days(20))]
    folder = client(tmp_path, "k;d;a", rows)
    assert ("amounts are negative" in warned(folder)) == told
    facts = open_client(folder).facts
    assert ("minus sign" in quality(facts, as_of=facts.as_of).reading()) == told


def test_rules_that_do_nothing_are_named(tmp_path: Path):
    more = """\
    set_aside:
      - {where: "t = 'Intern'", reason: internal}
      - {where: "t = 'Inern'", reason: mistyped}
      - {where: "t > 5", reason: no number}
"""
    rows = [f"1;{d};10;{'Intern' if i == 3 else 'Extern'}" for i, d in enumerate(days(20))]
    folder = client(tmp_path, "k;d;a;t", rows, more=more)
    told = warned(folder)
    assert "'mistyped' hits no row\n" in told + "\n"
    assert "'no number' hits no row; its condition cannot be told for 20 of 20 rows" in told
    assert "'internal'" not in told
    assert reasons(folder) == {"rule_1": 1}


def losing(folder: Path, lost: str, n: int, more: str = "") -> Path:
    rows = [f"1;{d};10;x" for d in days(100 - n)] + [lost] * n
    return client(folder, "k;d;a;t", rows, more=more)


@pytest.mark.parametrize(
    ("lost", "n", "fit"),
    [
        (";2024-01-01;10;x", 20, True),
        (";2024-01-01;10;x", 21, False),
        (";2024-01-01;0;x", 60, True),  # rows without customer and money: nothing is lost
        ("1;2024-01-01;oläsligt;x", 20, True),
        ("1;2024-01-01;oläsligt;x", 21, False),
        ("1;2024-01-01;10 EUR;x", 21, False),
    ],
)
def test_a_client_is_not_fit_where_too_much_is_lost(tmp_path: Path, lost: str, n: int, fit: bool):
    folder = losing(tmp_path, lost, n)
    found = check(folder)
    assert found.ok == fit
    assert found.as_dict()["ok"] == fit
    assert found.ledger is not None
    reading = quality(open_client(folder).facts).reading()  # a report can still be made
    assert reading.startswith("Do not rely on this report") != fit


def test_what_the_client_sets_aside_himself_is_no_loss(tmp_path: Path):
    more = "    set_aside:\n      - {where: \"t = 'y'\", reason: internal}\n"
    folder = losing(tmp_path, "1;2024-01-01;10;y", 60, more)
    found = check(folder)
    assert found.ok
    assert found.ledger is not None
    assert fitness(found.ledger) == {"money": 1.0, "rows": 1.0}


# -- totals ----------------------------------------------------------------------------------------


def test_a_total_without_a_date_is_a_total_only_where_sure(tmp_path: Path):
    rows = [
        "7;1;Firma;2024-01-31;10",
        ";1;Total Firma;;10",  # the sum of customer 1
        ";2;Summa kund 2;;0",
        "8;2;Total Energi AB;2024-01-31;20",
        "9;2;Total Energi AB;;20",  # has an order: a line without a date
        ";3;Total Energi AB;i går;20",  # has something where the date stands
        ";3;Totalisatorn AB;;20",
    ]
    columns = f"{PLAIN}, order: o, customer_name: n"
    folder = client(tmp_path, "o;k;n;d;a", rows, columns)
    assert reasons(folder) == {"totals_row": 2, "unreadable_date": 3}
    ledger = open_client(folder).facts.ledger
    assert [Decimal(t["difference"]) for t in ledger["control_totals"]] == [0, 0]


RATES = "  fx: {file: fx.csv, columns: {date: d, from: f, to: t, rate: r}}\n"


def test_one_total_cannot_be_held_against_two_currencies(tmp_path: Path):
    rows = ["1;2024-01-31;10;SEK", "1;2024-01-31;20;EUR", "1;2024-01-31;30;EUR"]
    head, columns = "k;d;a;c", f"{PLAIN}, currency: c"
    folder = client(tmp_path, head, rows, columns, RATES)
    (folder / "fx.csv").write_text("d,f,t,r\n2024-01-01,EUR,SEK,11\n")
    read = {(what, c): n for what, c, n, _ in ledger_rows(open_client(folder).facts.ledger)}
    assert read["read", "SEK"] == 1
    assert read["read", "EUR"] == 2
    client(tmp_path, head, rows, columns, "    control_totals: {amount: 60}\n" + RATES)
    assert "EUR, SEK" in str(check(folder).faults[0])


def test_a_total_is_held_against_the_one_currency_of_the_lines(tmp_path: Path):
    rows = [f"1;{d};10" for d in days(20)] + ["1;2024-01-15;7 EUR"]
    folder = client(tmp_path, "k;d;a", rows, more="    control_totals: {amount: 200}\n")
    (total,) = open_client(folder).facts.ledger["control_totals"]
    assert Decimal(total["difference"]) == 0


# -- queries, databases, orders --------------------------------------------------------------------


@pytest.mark.parametrize("row", ["b._row + 1000000", "NULL"])
def test_a_query_cannot_make_rows_up(tmp_path: Path, row: str):
    (tmp_path / "a.csv").write_text("k,d,a\n1,2024-01-31,10\n2,2024-01-31,20\n")
    (tmp_path / "client.yml").write_text(f"""\
name: Small
currency: SEK
sources:
  files: {{base: {{file: a.csv}}}}
  sales:
    lines: base
    query: >
      SELECT base._row, k, d, a FROM base UNION ALL SELECT {row}, k, d, a FROM base b
      WHERE k = '1'
    columns: {{{PLAIN}}}
""")
    with pytest.raises(SourceError, match="1 row whose _row is none of base"):
        open_client(tmp_path)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://anna:hem[lig@127.0.0.1:1/db",
        "postgresql://anna:hem/lig@127.0.0.1:1/db",
        "postgresql://anna:hem%zzlig@127.0.0.1:1/db",
        "postgresql://127.0.0.1:1/db?user=anna&password=hemlig%41&foo=hemlig%41",
        "host=127.0.0.1 port=1 password='hem lig' user=anna bad=1",
        "hemlig",
    ],
)
def test_no_piece_of_an_address_is_ever_told(tmp_path: Path, url: str):
    pytest.importorskip("adbc_driver_postgresql")
    with pytest.raises(SourceError) as caught:
        read_postgres("DB", "SELECT 1", tmp_path / "x.parquet", {"DB": url})
    told = str(caught.value) + repr(caught.value.__context__) + repr(caught.value.__cause__)
    assert "the database says" in told
    assert not any(s in told for s in ("hem", "lig", "anna", "127"))


def test_an_order_is_the_same_to_every_question():
    lines: list[tuple[Any, ...]] = [
        ("1", "2024-01-01 09:00", 10, "A"),
        ("1", "2024-01-01 10:00", 10, None),
        ("1", "2024-01-01 11:00", 10, None),
        ("1", "2024-01-02 00:00", 0, "free"),
        ("1", "2024-01-03 00:00", -5, "credit"),
        ("1", "2024-01-04 00:00", 10, "A"),
        ("2", "2024-01-31 00:00", 0, None),
    ]
    frame = pd.DataFrame(lines, columns=["customer", "date", "amount", "order"])
    facts = Facts.from_frames(frame)
    summary = facts.summary()
    assert list(summary["orders"]) == [2, 0]  # A, and the day of the lines without a number
    assert list(summary["order_days"]) == [2, 0]
    asked = facts.sales.group_by("customer").aggregate(orders=orders(facts, facts.sales))
    assert list(facts.fetch(asked)["orders"]) == [2, 0]
    assert list(facts.panel()["orders"]) == [2, 0]
    assert facts.order_gaps()["gap_days"].to_dict() == {"1": 3}
