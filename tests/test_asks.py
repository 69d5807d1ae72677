"""What an export leaves open is asked, never guessed at in silence, and no rows are left behind."""

from __future__ import annotations

import csv
import datetime as dt
import json
import random
from decimal import Decimal

import pytest

from salesfact._client import load_settings
from salesfact._errors import SourceError
from salesfact._init import init
from salesfact._sources import prepare

HEAD = ["OrderNo", "CustomerNo", "CustomerName", "InvoiceDate", "Amount", "Qty"]


def made(n=300):
    r = random.Random(n)
    start = dt.date(2023, 1, 2)
    days = sorted(start + dt.timedelta(days=r.randrange(720)) for _ in range(n))
    return [
        {
            "OrderNo": 10_000 + i,
            "CustomerNo": 1000 + i % 17,
            "CustomerName": f"Firma {i % 17} AB",
            "InvoiceDate": day,
            "Amount": Decimal(r.randrange(100_000, 900_000)) / 100,
            "Qty": i % 7 + 1,
        }
        for i, day in enumerate(days)
    ]


ROWS = made()
TOTAL = sum(r["Amount"] for r in ROWS)


def write(path, rows, head=None, delimiter=",", **write_as):
    """Rows as CSV; `Amount=f` writes that column with f(value, index)."""
    with path.open("w", newline="", encoding="utf-8") as stream:
        out = csv.writer(stream, delimiter=delimiter)
        out.writerow(head or rows[0].keys())
        for i, row in enumerate(rows):
            out.writerow([write_as[k](v, i) if k in write_as else v for k, v in row.items()])
    return path


def book(path, sheets):
    import openpyxl

    made = openpyxl.Workbook()
    made.remove(made.worksheets[0])
    for name, rows in sheets.items():
        sheet = made.create_sheet(name)
        for row in rows:
            sheet.append(row)
    made.save(path)
    return path


def cells(rows):
    return [[float(v) if isinstance(v, Decimal) else v for v in r.values()] for r in rows]


def by_year():
    return [[r for r in ROWS if r["InvoiceDate"].year == y] for y in (2023, 2024)]


def asked(tmp_path, *files, currency: str | None = "SEK"):
    """{topic: (question, default)} of a draft, and the money its ledger accepts."""
    draft = init(files or [tmp_path / "in"], out=tmp_path / "client", currency=currency)
    questions = draft.questions()
    marked = [x for x in draft.path.read_text("utf-8").splitlines() if "# ASK:" in x]
    assert len(marked) == len(questions)
    folder, _ = prepare(load_settings(draft.path))
    found = json.loads((folder / "ledger.json").read_text(encoding="utf-8"))
    assert found["balanced"]
    return {t: (q, d) for t, q, d in questions}, found, draft


def read(found):
    return sum(Decimal(v) for v in found["money_read"].values())


@pytest.mark.parametrize(("names", "extra"), [(("2023", "2024"), False), (("2023", "2024-"), True)])
def test_a_sheet_per_year_is_one_table(tmp_path, names, extra):
    first, second = by_year()
    more = [[*HEAD, "Region"], *([*c, "N"] for c in cells(second))] if extra else None
    sheets = {names[0]: [HEAD, *cells(first)], names[1]: more or [HEAD, *cells(second)]}
    path = book(tmp_path / "sales.xlsx", {**sheets, "Notes": [["hello"]]})
    asks, found, draft = asked(tmp_path, path)
    assert asks == {}
    assert load_settings(draft.path).sources.sales.format.sheet == list(names)
    assert load_settings(draft.path).sources.sales.file == ["../sales.xlsx"]
    assert read(found) == TOTAL


def test_a_book_per_year_with_a_sheet_of_that_year(tmp_path):
    (tmp_path / "in").mkdir()
    for year, rows in zip((2023, 2024), by_year(), strict=True):
        book(tmp_path / "in" / f"sales {year}.xlsx", {str(year): [HEAD, *cells(rows)]})
    asks, found, draft = asked(tmp_path)
    assert asks == {}
    assert load_settings(draft.path).sources.sales.format.sheet == ["all"]
    assert read(found) == TOTAL


def test_a_sheet_that_may_be_no_sales_is_asked(tmp_path):
    first, second = by_year()
    sheets = {"2023": [HEAD, *cells(first)], "Budget": [HEAD, *cells(second)]}
    asks, found, _ = asked(tmp_path, book(tmp_path / "sales.xlsx", sheets))
    assert list(asks) == ["other lines"]
    assert found["rows_read"] == len(first)


@pytest.mark.parametrize("name", ["All", "Lines"])
def test_a_sheet_that_repeats_another_counts_once(tmp_path, name):
    sheets = {"2023": [HEAD, *cells(by_year()[0])], name: [HEAD, *cells(ROWS)]}
    asks, found, _ = asked(tmp_path, book(tmp_path / "sales.xlsx", sheets))
    assert asks == {}
    assert read(found) == TOTAL


def test_files_that_name_the_money_otherwise_are_not_dropped_in_silence(tmp_path):
    (tmp_path / "in").mkdir()
    first, second = by_year()
    write(tmp_path / "in" / "sales_2023.csv", first)
    head = [{"Amount": "Net amount"}.get(h, h) for h in HEAD]
    write(tmp_path / "in" / "sales_2024.csv", second, head)
    asks, _, _ = asked(tmp_path)
    question, _ = asks["other lines"]
    assert len(first) > len(second)
    assert f"sales_2024.csv holds {len(second)} rows" in question
    assert "it has Net amount and lacks Amount" in question


def test_a_wide_file_with_another_name_for_the_money_is_not_merged(tmp_path):
    (tmp_path / "in").mkdir()
    wide = [{**r, **{f"Note{k}": f"x{k}" for k in range(12)}} for r in ROWS]
    write(tmp_path / "in" / "a.csv", wide[:150])
    head = [{"Amount": "Net amount"}.get(h, h) for h in wide[0]]
    write(tmp_path / "in" / "b.csv", wide[150:], head)
    asks, found, _ = asked(tmp_path)
    assert "other lines" in asks
    assert found["rows_read"] == 150


def test_order_heads_beside_order_lines_are_no_question(tmp_path):
    (tmp_path / "in").mkdir()
    write(tmp_path / "in" / "lines.csv", [dict(r, Line=k) for r in ROWS for k in (1, 2)])
    heads = [{"OrderNo": r["OrderNo"], "Customer": "x", "Date": r["InvoiceDate"],
              "Amount": 2 * r["Amount"], "Terms": "30"} for r in ROWS]  # fmt: skip
    write(tmp_path / "in" / "heads.csv", heads)
    asks, _, _ = asked(tmp_path)
    assert "other lines" not in asks


def test_a_heading_that_stands_twice(tmp_path):
    rows = [{**r, "Again": r["CustomerName"]} for r in ROWS]
    asks, found, _ = asked(
        tmp_path, write(tmp_path / "s.csv", rows, [*HEAD[:2], "Name", *HEAD[3:], "Name"])
    )
    assert asks == {}
    assert read(found) == TOTAL


def test_a_money_heading_that_stands_twice_is_asked(tmp_path):
    rows = [{**r, "Cost": r["Amount"] / 2} for r in ROWS]
    asks, found, _ = asked(tmp_path, write(tmp_path / "s.csv", rows, [*HEAD, "Amount"]))
    assert asks["money"][1] == "Amount"
    assert "Amount_2" in asks["money"][0]
    assert read(found) == TOTAL


def test_thousands_beside_decimals_in_one_column_are_asked(tmp_path):
    def mixed(v, i):
        return f"{int(v):,}" if i % 2 else f"{v:.2f}".replace(".", ",")

    asks, _, _ = asked(tmp_path, write(tmp_path / "s.csv", ROWS, delimiter=";", Amount=mixed))
    assert "can part thousands" in asks["number style"][0]


def test_three_true_decimals_are_not_asked(tmp_path):
    def weights(v, i):
        return str((v / 1000).quantize(Decimal("0.001")).normalize() if i % 20 else "0.125")

    asks, _, _ = asked(tmp_path, write(tmp_path / "s.csv", ROWS, Amount=weights))
    assert "number style" not in asks


def test_alike_files_with_different_decimal_marks_are_told(tmp_path):
    (tmp_path / "in").mkdir()
    first, second = by_year()
    write(tmp_path / "in" / "sales_2023.csv", first, delimiter=";")
    comma = lambda v, _: str(v).replace(".", ",")  # noqa: E731
    write(tmp_path / "in" / "sales_2024.csv", second, delimiter=";", Amount=comma)
    asks, _, _ = asked(tmp_path)
    assert "'.' in sales_2023.csv; ',' in sales_2024.csv" in asks["number style"][0]


@pytest.mark.parametrize(
    ("marks", "told"),
    [
        ({"SEK": 5, "EUR": 5}, "SEK (5)"),
        ({"EUR": 100}, "EUR (100)"),
        ({"kr": 150, "€": 150}, "EUR"),
    ],
)
def test_currency_marks_in_some_amounts_are_asked(tmp_path, marks, told):
    said = [m for m, n in marks.items() for _ in range(n)]
    said = [""] * (len(ROWS) - len(said)) + said
    path = write(tmp_path / "s.csv", ROWS, Amount=lambda v, i: f"{v} {said[i]}".strip())
    asks, found, _ = asked(tmp_path, path, currency=None)
    assert told in asks["currency"][0]
    assert read(found) == TOTAL


def test_one_mark_in_all_amounts_states_the_currency(tmp_path):
    path = write(tmp_path / "s.csv", ROWS, Amount=lambda v, i: f"{v} EUR" if i else "0")
    asks, _, draft = asked(tmp_path, path, currency=None)
    assert asks == {}
    assert load_settings(draft.path).currency == "EUR"


def test_ledger_signs_are_turned_and_asked(tmp_path):
    rows = [{**r, "Cost": r["Amount"] / 2} for r in ROWS]
    turned = {"Amount": lambda v, i: v if i % 10 == 0 else -v, "Cost": lambda v, _: -v}
    asks, found, draft = asked(tmp_path, write(tmp_path / "s.csv", rows, **turned))
    assert asks["sign"][1] == "-Amount"
    assert load_settings(draft.path).sources.sales.columns.cost == "-Cost"
    assert read(found) == sum(
        -r["Amount"] if i % 10 == 0 else r["Amount"] for i, r in enumerate(ROWS)
    )


@pytest.mark.parametrize("delimiter", [";", ","])
@pytest.mark.parametrize("name", ['Firma "X"\nrad 2', 'Firma "X" i Y\nrad 2'])
def test_doubled_quotes_with_line_breaks(tmp_path, delimiter, name):
    path = write(
        tmp_path / "s.csv", ROWS, delimiter=delimiter,
        CustomerName=lambda v, i: v if i % 10 else name,
    )  # fmt: skip
    asks, found, draft = asked(tmp_path, path)
    assert asks == {}
    assert load_settings(draft.path).sources.sales.format.quoted_breaks
    assert (found["rows_read"], read(found)) == (len(ROWS), TOTAL)


def test_dates_in_two_orders_say_how_many_rows_each_loses(tmp_path):
    half = len(ROWS) // 2
    orders = {"DMY": "%d/%m/%Y", "MDY": "%m/%d/%Y"}
    first = ["DMY" if i < half else "MDY" for i in range(len(ROWS))]
    path = write(tmp_path / "s.csv", ROWS, InvoiceDate=lambda v, i: v.strftime(orders[first[i]]))
    asks, _, _ = asked(tmp_path, path)
    lost = {
        o: sum(f != o and r["InvoiceDate"].day > 12 for f, r in zip(first, ROWS, strict=True))
        for o in orders
    }
    question, _ = asks["date order"]
    assert "no order fits all" in question
    assert all(f"as {o} {n} rows cannot be read" in question for o, n in lost.items())


def test_iso_dates_among_others_are_no_question(tmp_path):
    path = write(
        tmp_path / "s.csv", ROWS,
        InvoiceDate=lambda v, i: v.isoformat() if i % 3 else v.strftime("%d/%m/%Y"),
    )  # fmt: skip
    asks, found, draft = asked(tmp_path, path)
    assert asks == {}
    assert load_settings(draft.path).sources.sales.format.date == "DMY"
    assert read(found) == TOTAL


@pytest.mark.parametrize("word", ["Cancelled", "Makulerad"])
def test_cancelled_lines_are_set_aside_and_asked(tmp_path, word):
    rows = [{**r, "Status": "Invoiced" if i % 10 else word} for i, r in enumerate(ROWS)]
    asks, found, draft = asked(tmp_path, write(tmp_path / "s.csv", rows))
    assert asks["cancelled lines"][1] == "set aside"
    assert f"{word} (30 rows)" in asks["cancelled lines"][0]
    (rule,) = load_settings(draft.path).sources.sales.set_aside
    assert rule.where == f"Status IN ('{word}')"
    assert read(found) == TOTAL


@pytest.mark.parametrize("some", [1, 2])
def test_formulas_without_stored_values_are_told(tmp_path, some):
    rows = [[*c[:4], "=F2*100" if i % some == 0 else c[4], c[5]] for i, c in enumerate(cells(ROWS))]
    (tmp_path / "in").mkdir()
    book(tmp_path / "in" / "sales.xlsx", {"Sheet": [HEAD, *rows]})
    with pytest.raises(SourceError, match="formulas without stored values") as raised:
        init([tmp_path / "in"], out=tmp_path / "client")
    assert "save it" in raised.value.faults[0].remedy


def test_one_formula_below_the_lines_is_no_obstacle(tmp_path):
    rows = [*cells(ROWS), [None, "Total", None, None, "=SUM(E2:E301)"]]
    asks, found, _ = asked(tmp_path, book(tmp_path / "s.xlsx", {"Sheet": [HEAD, *rows]}))
    assert asks == {}
    assert read(found) == TOTAL


def test_a_customer_only_in_the_first_row_of_each_group_is_asked(tmp_path):
    rows, last = [], None
    for row in sorted(ROWS, key=lambda r: (r["CustomerNo"], r["InvoiceDate"])):
        rows.append(
            row if row["CustomerNo"] != last else {**row, "CustomerNo": "", "CustomerName": ""}
        )
        last = row["CustomerNo"]
    asks, found, _ = asked(tmp_path, write(tmp_path / "s.csv", rows))
    assert "first row of each group" in asks["customer"][0]
    assert read(found) == TOTAL


def test_customers_missing_here_and_there_are_no_layout(tmp_path):
    path = write(tmp_path / "s.csv", ROWS, CustomerNo=lambda v, i: v if i % 4 else "")
    asks, _, _ = asked(tmp_path, path)
    assert "customer" not in asks


def test_a_folder_says_why_nothing_in_it_can_be_read(tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.csv").write_bytes(b"")
    with pytest.raises(SourceError, match="the file is empty"):
        init([tmp_path / "in"], out=tmp_path / "client")


def test_the_engine_answers_a_question_again_after_a_table_changed():
    import pyarrow as pa

    from salesfact._dialect import Dialect
    from salesfact._profile import Engine
    from salesfact._tables import Table

    engine = Engine()
    for n in (2, 5):
        engine.add(Table("t", (), "text", Dialect(), pa.table({"a": ["x"] * n})))
        assert engine.value("SELECT count(*) FROM t") == n
        assert engine.value("SELECT count(*) FROM t") == n
    engine.close()


@pytest.mark.parametrize(
    ("land", "told"),
    [
        ("United Kingdom", "GBP, because most lines are from the United Kingdom"),
        ("USA", "USD, because most lines are from the USA"),
        ("Sweden", "SEK, because most lines are from Sweden"),
        ("Atlantis", "USD, by default"),
    ],
)
def test_why_a_currency_is_proposed(tmp_path, land, told):
    path = write(tmp_path / "lines.csv", [{**r, "Country": land} for r in ROWS])
    asks, _, _ = asked(tmp_path, path, currency=None)
    assert asks["currency"][0] == f"the files do not state it; {told}"


@pytest.mark.parametrize(
    ("amounts", "told"),
    [({0: "5,50"}, "decimal mark ',' in one value"), ({0: "1 234 567"}, "thousands mark: space")],
)
def test_marks_of_numbers_are_said_in_plain_words(tmp_path, amounts, told):
    path = write(
        tmp_path / "lines.csv", ROWS, delimiter=";", Amount=lambda _, i: amounts.get(i, "7")
    )
    found = init([path], out=tmp_path / "client", currency="SEK").rows()[0][1]
    assert told in found.split("; ")


def test_what_init_says_is_in_the_clients_language(tmp_path):
    """Comments, table and questions; a Swedish export is told of in Swedish unasked."""
    lines = [f"{i % 9};2026-01-{i % 28 + 1:02d};{i + 1},50" for i in range(60)]
    (tmp_path / "a.csv").write_text("\n".join(["Kundnr;Datum;Belopp", *lines]) + "\n")
    told = {}
    for code in (None, "sv", "en"):
        draft = init([tmp_path / "a.csv"], out=tmp_path / str(code), language=code)
        told[code] = (draft.path.read_text(encoding="utf-8"), draft.rows(), draft.questions())
    assert told[None] == told["sv"] != told["en"]
    text, rows, questions = told["sv"]
    for english in (
        "Written by",
        "works;",
        "default",
        "# month",
        "role:",
        "equal lines",
        "if known",
    ):
        assert english not in text, english
        assert english in told["en"][0], english
    assert "# ASK: valuta: filerna säger det inte; SEK, av språket i rubrikerna" in text
    assert ("a.csv", "valuta: SEK", "av språket i rubrikerna") in rows
    assert rows[0][1].endswith("rubriker på rad 1; decimaltecken ',' i 60 värden")
    assert questions == [("valuta", "filerna säger det inte; SEK, av språket i rubrikerna", "SEK")]
    # all that differs is what is said: the settings are the same
    plain = [
        [
            line.split(" #")[0]
            for line in told[c][0].splitlines()
            if not line.strip().startswith("#")
        ]
        for c in ("sv", "en")
    ]
    assert [a for a, b in zip(*plain, strict=True) if a != b] == ["language: sv               "]


def test_a_country_is_named_without_an_english_article_in_swedish(tmp_path):
    rows = [{**r, "Country": "United Kingdom"} for r in ROWS]
    path = write(tmp_path / "s.csv", rows)
    for language, told in (
        ("sv", "eftersom de flesta raderna är från United Kingdom"),
        ("en", "because most lines are from the United Kingdom"),
    ):
        draft = init([path], tmp_path / language, language=language)
        assert any(how == told for _, _, how in draft.rows())
        (question,) = [q for _, q, _ in draft.questions() if "GBP" in q]
        assert question.endswith(told)
