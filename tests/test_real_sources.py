"""Every bucket of the ledger on real data, against figures counted without the project's parser."""

from __future__ import annotations

import csv
import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from salesfact import _books
from salesfact._client import load_settings
from salesfact._facts import Facts
from salesfact._sources import ledger_of, prepare
from tests.retail import MONEY, ROWS

pytestmark = pytest.mark.realdata
ZERO = Decimal(0)


def ledger(folder: Path, text: str, **how: Any) -> dict[str, Any]:
    (folder / "client.yml").write_text(text, encoding="utf-8")
    place, _ = prepare(load_settings(folder), **how)
    return ledger_of(place)


def bucket(told: dict[str, Any], name: str, currency: str) -> tuple[int, Decimal | None]:
    for b in told["buckets"]:
        if (b["bucket"], b["currency"]) == (name, currency):
            return b["rows"], None if b["money"] is None else Decimal(b["money"])
    return 0, ZERO


def reason(told: dict[str, Any], code: str) -> tuple[int, Decimal]:
    own = [r for r in told["reasons"] if r["code"] == code]
    return sum(r["rows"] for r in own), sum((Decimal(r["money"]) for r in own), ZERO)


# -- Online Retail -----------------------------------------------------------------------------


RETAIL = """\
name: Online Retail
currency: GBP
sources:
  sales:
    file: '{file}'
    {format}
    columns:
      customer: CustomerID
      date: InvoiceDate
      amount: Quantity * UnitPrice
      quantity: Quantity
      product: StockCode
      product_name: Description
      order: InvoiceNo
      region: Country
"""


def counted(told: dict[str, Any], name: str) -> tuple[int, Decimal]:
    rows, money = told[name]
    return rows, Decimal(money)


def check_retail(told: dict[str, Any], expected: dict[str, Any], rows: int) -> None:
    assert told["rows_read"] == rows
    found = [counted(expected, n) for n in ("accepted", "later", "missing")]
    assert rows == sum(n for n, _ in found)
    assert Decimal(told["money_read"]["GBP"]) == sum((money for _, money in found), ZERO)
    assert told["as_of"] == "2011-11-30"  # the last month stops on the 9th
    assert bucket(told, "accepted", "GBP") == counted(expected, "accepted")
    assert bucket(told, "later", "GBP") == counted(expected, "later")
    assert bucket(told, "set_aside", "GBP") == counted(expected, "missing")
    assert reason(told, "missing_customer") == counted(expected, "missing")
    assert bucket(told, "unreadable", "GBP") == (0, ZERO)
    notes = told["credit_notes"]
    assert (notes["rows"], Decimal(notes["money"])) == counted(expected, "credit")
    assert told["duplicates"]["rows"] == expected["copies"]
    assert told["balanced"]


def test_online_retail_parquet_and_the_share_of_money_that_counts(
    retail: tuple[Path, dict[str, Any]], retail_source: Path, tmp_path: Path
):
    """By size: accepted up to 30 November 2011 over all lines."""
    from salesfact._quality import quality

    expected = retail[1]["whole"]
    told = ledger(tmp_path, RETAIL.format(file=retail_source, format=""))
    check_retail(told, expected, ROWS)
    assert Decimal(told["money_read"]["GBP"]) == MONEY
    assert reason(told, "missing_customer")[0] == 135_080
    # codes that differ by case stand in lines without a customer only, which are set aside
    assert expected["codes"] == expected["lower"]
    assert told["codes_by_case"] == {"customer": [], "product": []}

    place, _ = prepare(load_settings(tmp_path))
    figures = quality(Facts.from_folder(place, name="x", language="en")).figures
    size = {n: Decimal(s) for n, s in expected["size"].items()}
    whole = sum(size.values(), ZERO)
    counts, nobody = float(size["accepted"] / whole), float(size["missing"] / whole)
    assert figures["money_share"].value == pytest.approx(counts, abs=1e-6)
    assert figures["main_money_reason"].value == "no customer"
    assert figures["main_money_share"].value == pytest.approx(nobody, abs=1e-6)
    assert round(counts, 3) == 0.762


def test_online_retail_cp1252_semicolons_decimal_comma(
    retail: tuple[Path, dict[str, Any]], tmp_path: Path
):
    form = (
        'format: {encoding: cp1252, delimiter: ";", decimal: ",", date: DMY, quoted_breaks: true}'
    )
    told = ledger(tmp_path, RETAIL.format(file=retail[0] / "export.csv", format=form))
    check_retail(told, retail[1]["whole"], ROWS)


@pytest.mark.slow
def test_online_retail_as_a_workbook(retail: tuple[Path, dict[str, Any]], tmp_path: Path):
    """Over several blocks of a sheet: the ledger is the Parquet file's, to the penny."""
    told = {}
    for name in ("parquet", "xlsx"):
        (tmp_path / name).mkdir()
        file = retail[0] / f"picked.{name}"
        told[name] = ledger(tmp_path / name, RETAIL.format(file=file, format=""))
    expected = retail[1]["picked"]
    rows = sum(expected[n][0] for n in ("accepted", "later", "missing"))
    assert rows > _books._CHUNK
    check_retail(told["xlsx"], expected, rows)
    same = (
        "money_read", "as_of", "complete", "first", "last", "buckets", "reasons", "missing",
        "duplicates", "credit_notes", "codes_by_case", "signs", "balanced",
    )  # fmt: skip
    for key in same:
        assert told["xlsx"][key] == told["parquet"][key], key
    place, _ = prepare(load_settings(tmp_path / "xlsx"))
    customers = Facts.from_folder(place, name="x").summary().index
    assert customers.str.fullmatch(r"\d{5}").all()  # a workbook has 12349.0


# -- Northwind ---------------------------------------------------------------------------------

NORTHWIND = """\
name: Northwind
currency: USD
sources:
  files:
    details: {{file: '{folder}/OrderDetails.csv'}}
    orders: {{file: '{folder}/Orders.csv', format: {{date: MDY}}}}
    products: {{file: '{folder}/Products.csv'}}
    categories: {{file: '{folder}/Categories.csv'}}
  sales:
    query: >
      SELECT details._row, details.UnitPrice, details.Quantity, details.Discount,
        details.ProductID, details.OrderID, orders.CustomerID, orders.OrderDate, orders.EmployeeID,
        products.ProductName, categories.CategoryName
      FROM details {join} JOIN orders ON orders.OrderID = details.OrderID {more}
      LEFT JOIN products ON products.ProductID = details.ProductID
      LEFT JOIN categories ON categories.CategoryID = products.CategoryID
    lines: details
    columns:
      customer: CustomerID
      date: OrderDate
      amount: UnitPrice * Quantity * (1 - Discount)
      quantity: Quantity
      product: ProductID
      product_name: ProductName
      group: CategoryName
      order: OrderID
      rep: EmployeeID
  customers:
    file: '{folder}/Customers.csv'
    columns: {{customer: CustomerID, name: CompanyName, country: Country}}
    static: true
"""


def read_csv(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


def northwind(folder: Path) -> list[tuple[dict[str, str], dt.date, Decimal]]:
    orders = {o["OrderID"]: o for o in read_csv(folder / "Orders.csv")}
    found = []
    for line in read_csv(folder / "OrderDetails.csv"):
        month, day, year = map(int, orders[line["OrderID"]]["OrderDate"].split("/"))
        money = Decimal(line["UnitPrice"]) * Decimal(line["Quantity"])
        money *= 1 - Decimal(line["Discount"])
        found.append((orders[line["OrderID"]] | line, dt.date(year, month, day), money))
    return found


def test_northwind_four_files_in_one_query(real_data: Path, tmp_path: Path):
    folder = real_data / "northwind"
    lines = northwind(folder)
    told = ledger(tmp_path, NORTHWIND.format(folder=folder, join="LEFT", more=""))
    as_of = dt.date.fromisoformat(told["as_of"])
    assert as_of == dt.date(1998, 4, 30)  # the last line is of 6 May
    before = [m for _, d, m in lines if d <= as_of]
    after = [m for _, d, m in lines if d > as_of]
    rounded = sum((Decimal(r["money"]) for r in told["rounding"]), ZERO)
    assert bucket(told, "accepted", "USD")[0] == len(before)
    assert bucket(told, "later", "USD")[0] == len(after)
    accepted, later = bucket(told, "accepted", "USD")[1], bucket(told, "later", "USD")[1]
    assert accepted is not None
    assert later is not None
    assert accepted + later + rounded == sum(before, ZERO) + sum(after, ZERO)
    assert told["rows_read"] == 2155
    assert Decimal(told["money_read"]["USD"]) == sum((m for *_, m in lines), ZERO)

    place, _ = prepare(load_settings(tmp_path))
    facts = Facts.from_folder(place, name="Northwind", as_of=dt.date(1998, 5, 31))
    summary = facts.summary()
    orders = pd.DataFrame([(r["CustomerID"], r["OrderID"], m) for r, _, m in lines])
    assert (summary["orders"] == orders.groupby(0)[1].nunique()).all()
    assert summary["revenue"].to_numpy() == pytest.approx(
        orders.groupby(0)[2].sum().astype(float).to_numpy(), abs=0.01
    )
    assert len(summary) == 89
    names = facts.fetch(facts.customers).set_index("customer")
    assert names.loc["ALFKI", "name"] == "Alfreds Futterkiste"
    assert len(names) == 91  # two customers never bought
    assert len(facts.groups()["group"].unique()) == 8


def test_rows_that_a_query_drops_are_set_aside_with_their_money(real_data: Path, tmp_path: Path):
    folder = real_data / "northwind"
    told = ledger(
        tmp_path,
        NORTHWIND.format(folder=folder, join="", more="AND orders.ShipCountry <> 'Germany'"),
    )
    dropped = [m for r, _, m in northwind(folder) if r["ShipCountry"] == "Germany"]
    assert reason(told, "dropped_by_query") == (len(dropped), sum(dropped, ZERO))
    assert told["rows_read"] == 2155


# -- Contoso -----------------------------------------------------------------------------------

CONTOSO = """\
name: Contoso
currency: {currency}
sources:
  sales:
    file: '{folder}/sales.csv'
    columns:
      customer: customer_key
      date: order_date
      amount: net_revenue
      cost: cogs
      quantity: quantity
      order: order_key
      product: product_key
      currency: currency_code
  {fx}
"""
FX = "fx: {{file: '{folder}/fx.csv', columns: {{date: date, from: from_currency, to: to_currency,\
 rate: exchange}}}}"


def test_contoso_in_five_currencies(real_data: Path, tmp_path: Path):
    folder = real_data / "contoso"
    told = ledger(
        tmp_path,
        CONTOSO.format(folder=folder, currency="USD", fx=FX.format(folder=folder)),
    )
    as_of = dt.date.fromisoformat(told["as_of"])
    rates = {
        (r["date"], r["from_currency"]): Decimal(r["exchange"])
        for r in read_csv(folder / "fx.csv")
        if r["to_currency"] == "USD"
    }
    rows: dict[tuple[str, str], int] = {}
    money: dict[tuple[str, str], Decimal] = {}
    total = margin = ZERO
    for line in read_csv(folder / "sales.csv"):
        day, currency = line["order_date"], line["currency_code"]
        name = "accepted" if dt.date.fromisoformat(day) <= as_of else "later"
        amount = Decimal(line["net_revenue"])
        rows[name, currency] = rows.get((name, currency), 0) + 1
        money[name, currency] = money.get((name, currency), ZERO) + amount
        if name == "accepted":
            rate = rates[day, currency]
            cent = Decimal("0.0001")
            total += (amount * rate).quantize(cent, "ROUND_HALF_UP")
            margin += ((amount - Decimal(line["cogs"])) * rate).quantize(cent, "ROUND_HALF_UP")
    for (name, currency), n in rows.items():
        found, stored = bucket(told, name, currency)
        off = [r["money"] for r in told["rounding"] if r["currency"] == currency]
        assert found == n
        assert stored is not None
        if name == "later" or not off:
            assert abs(stored - money[name, currency]) <= sum((abs(Decimal(o)) for o in off), ZERO)
        else:
            assert abs(stored - money[name, currency]) <= abs(Decimal(off[0]))
    assert told["currencies"] == ["AUD", "CAD", "EUR", "GBP", "USD"]
    assert told["rows_read"] == 7794
    place, _ = prepare(load_settings(tmp_path))
    facts = Facts.from_folder(place, name="Contoso")
    assert facts.money == "margin"
    summary = facts.summary()
    assert summary["revenue"].sum() == pytest.approx(float(total), abs=0.01)
    assert summary["margin"].sum() == pytest.approx(float(margin), abs=0.01)


def test_contoso_customers_named_twice(real_data: Path, tmp_path: Path):
    """The file names customers again, in later rows; each is known by its last."""
    folder = real_data / "contoso"
    text = CONTOSO.format(folder=folder, currency="USD", fx=FX.format(folder=folder))
    columns = "{customer: customer_key, name: surname, job: occupation, since: start_dt}"
    text += f"  customers: {{file: '{folder}/customer.csv', static: true, columns: {columns}}}\n"
    told = ledger(tmp_path, text)
    rows = read_csv(folder / "customer.csv")
    newest: dict[str, dict[str, str]] = {}
    for row in rows:
        known = newest.get(row["customer_key"])
        if known is None or row["start_dt"] >= known["start_dt"]:
            newest[row["customer_key"]] = row
    assert told["beside"]["customers"]["repeated"] == len(rows) - len(newest) == 4629
    place, _ = prepare(load_settings(tmp_path))
    facts = Facts.from_folder(place, name="x")
    people = facts.fetch(facts.customers).set_index("customer")
    for customer, row in newest.items():
        assert people.loc[customer, "job"] == (row["occupation"].strip() or None), customer


def test_several_currencies_without_rates_are_refused(real_data: Path, tmp_path: Path):
    from salesfact._errors import SourceError

    with pytest.raises(SourceError, match=r"AUD, CAD, EUR, GBP, USD"):
        ledger(tmp_path, CONTOSO.format(folder=real_data / "contoso", currency="USD", fx=""))


# -- CDNOW -------------------------------------------------------------------------------------

CDNOW = """\
name: CDNOW
currency: USD
sources:
  sales:
    file: '{file}'
    format:
      kind: fixed
      header_line: {header}
      widths: {widths}
      columns: {names}
    columns: {{customer: id, date: date, amount: dollars, quantity: cds}}
"""


@pytest.mark.parametrize(
    ("name", "header", "widths", "names", "rows", "people"),
    [
        ("CDNOW_master.txt", 1, [[0, 6], [6, 15], [15, 18], [18, 26]],
         ["id", "date", "cds", "dollars"], 69_659, 23_570),
        ("CDNOW_sample.txt", 0, [[0, 6], [6, 11], [11, 20], [20, 23], [23, 31]],
         ["master", "id", "date", "cds", "dollars"], 6_919, 2_357),
    ],
)  # fmt: skip
def test_cdnow_fixed_width(
    real_data: Path, tmp_path: Path, name: str, header: int, widths: Any, names: Any, rows: int,
    people: int,
):  # fmt: skip
    path = real_data / "cdnow" / name
    told = ledger(tmp_path, CDNOW.format(file=path, header=header, widths=widths, names=names))
    lines = [t.split() for t in path.read_text().splitlines()[header:] if t.split()]
    assert told["rows_read"] == rows == len(lines)
    assert told["as_of"] == "1998-06-30"
    whole = sum((Decimal(t[-1]) for t in lines), ZERO)
    assert bucket(told, "accepted", "USD") == (rows, whole)
    place, _ = prepare(load_settings(tmp_path))
    summary = Facts.from_folder(place, name="CDNOW").summary()
    assert len(summary) == people
    assert all(len(c) in (4, 5) for c in summary.index)  # 00004 is not 4
