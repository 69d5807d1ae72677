"""Columns find their roles by name and by content."""

from __future__ import annotations

import random

import pytest

from salesfact._money import as_numbers, name_in_sql
from salesfact._profile import Engine, profile
from salesfact._roles import find_roles
from salesfact._signs import credit_values
from salesfact._survey import survey


def roles_of(folder, header, rows, name="export.csv"):
    path = folder / name
    path.write_text("\n".join(";".join(map(str, r)) for r in [header, *rows]) + "\n", "utf-8")
    (table,), _ = survey([path])
    engine = Engine()
    engine.add(table)
    try:
        return find_roles(engine, table, profile(engine, table))
    finally:
        engine.close()


def comma(x):
    return f"{x:.2f}".replace(".", ",")


def orders(n=300, seed=1):
    """(customer, order date, product, quantity, unit price, unit cost), prices by product."""
    r = random.Random(seed)
    price = {p: round(r.uniform(20, 400), 2) for p in range(12)}
    cost = {p: round(price[p] * r.uniform(0.4, 0.8), 2) for p in price}
    for i in range(n):
        p = r.randrange(12)
        day = f"2026-{i % 9 + 1:02d}-{i % 28 + 1:02d}"
        yield f"{i % 40:05d}", day, f"A{p:03d}", r.randint(1, 40), price[p], cost[p]


def test_amount_is_quantity_times_price_less_a_discount_share(tmp_path):
    rows = [(c, d, p, q, comma(u), "0,10" if q > 20 else "0") for c, d, p, q, u, _ in orders()]
    header = ["Kundnr", "Orderdatum", "Artikelnr", "Antal", "Á-pris", "Rabatt"]
    roles = roles_of(tmp_path, header, rows)
    assert roles.columns["amount"] == 'Antal * "Á-pris" * (1 - Rabatt)'
    assert roles.columns["customer"] == "Kundnr"


def test_a_discount_in_percent_is_divided(tmp_path):
    rows = [(c, d, p, q, comma(u), 10 if q > 20 else 0) for c, d, p, q, u, _ in orders()]
    header = ["Kundnr", "Orderdatum", "Artikelnr", "Antal", "Pris", "Rabatt %"]
    assert roles_of(tmp_path, header, rows).columns["amount"] == (
        'Antal * Pris * (1 - "Rabatt %" / 100)'
    )


def test_net_of_vat_is_preferred_whatever_the_order_of_columns(tmp_path):
    rows = [
        (c, d, comma(q * u * 1.25), comma(q * u * 0.25), comma(q * u))
        for c, d, _, q, u, _ in orders()
    ]
    header = ["Kundnr", "Fakturadatum", "Belopp inkl. moms", "Moms", "Belopp exkl. moms"]
    roles = roles_of(tmp_path, header, rows)
    assert roles.columns["amount"] == "Belopp exkl. moms"
    assert roles.vat == "excluded"
    short = roles_of(tmp_path, header[:4], [r[:4] for r in rows], "b.csv")
    assert short.columns["amount"] == '"Belopp inkl. moms" - coalesce(Moms, 0)'
    assert short.vat == "excluded"
    only = roles_of(tmp_path, header[:3], [r[:3] for r in rows], "c.csv")
    assert (only.columns["amount"], only.vat) == ("Belopp inkl. moms", "included")


def test_an_amount_that_never_changes_with_quantity_is_a_price(tmp_path):
    rows = [(c, d, p, q, comma(u)) for c, d, p, q, u, _ in orders()]
    header = ["Kundnr", "Datum", "Artikelnr", "Antal", "Belopp"]
    assert roles_of(tmp_path, header, rows).columns["amount"] == "Antal * Belopp"


def test_an_order_total_on_every_line_is_not_the_line_amount(tmp_path):
    rows, total = [], {}
    for i, (c, d, p, q, u, _) in enumerate(orders()):
        total[i // 4] = round(total.get(i // 4, 0) + q * u, 2)
        rows.append([i // 4, c, d, p, q, comma(u)])
    rows = [[*r, comma(total[r[0]])] for r in rows]
    header = ["Ordernr", "Kundnr", "Datum", "Artikelnr", "Antal", "Pris", "Ordervärde"]
    assert roles_of(tmp_path, header, rows).columns["amount"] == "Antal * Pris"


@pytest.mark.parametrize("header", ["Kostnad", "Inköpspris", "Självkostnad"])
@pytest.mark.parametrize("unit", [True, False])
def test_cost_of_a_unit_or_of_the_line_by_its_content(tmp_path, header, unit):
    rows = [
        (c, d, p, q, comma(q * u), comma(k if unit else q * k)) for c, d, p, q, u, k in orders()
    ]
    names = ["Kundnr", "Datum", "Artikelnr", "Antal", "Nettobelopp", header]
    roles = roles_of(tmp_path, names, rows)
    cost = name_in_sql(header)
    assert roles.columns["cost"] == (f"Antal * {cost}" if unit else header)
    assert "margin" not in roles.columns


def test_margin_is_confirmed_by_cost_and_share_is_no_margin(tmp_path):
    rows = [
        (c, d, q, comma(q * u), comma(q * k), comma(q * (u - k)), comma(100 * (1 - k / u)))
        for c, d, _, q, u, k in orders()
    ]
    header = ["Kundnr", "Datum", "Antal", "Belopp", "Kostnad", "TB", "TB %"]
    roles = roles_of(tmp_path, header, rows)
    assert roles.columns["margin"] == "TB"
    assert "equals amount − Kostnad" in roles.how["margin"]
    assert "cost" not in roles.columns
    only = roles_of(tmp_path, [*header[:4], "TB %"], [[*r[:4], r[6]] for r in rows], "b.csv")
    assert only.columns["margin"] == 'Belopp * "TB %" / 100'


@pytest.mark.parametrize(
    ("column", "credit", "plain"),
    [
        ("Typ", "Kredit", "Faktura"),
        ("Fakturatyp", "K", "D"),
        ("Dokumenttyp", "Kreditfaktura", "Debetfaktura"),
        ("Belegart", "Gutschrift", "Rechnung"),
        ("Soll/Haben-Kennzeichen", "H", "S"),
        ("Document type", "Credit note", "Invoice"),
    ],
)
def test_positive_credit_notes_are_turned(tmp_path, column, credit, plain):
    rows = [
        (c, d, credit if i % 9 == 0 else plain, q, comma(q * u), comma(q * (u - k)))
        for i, (c, d, _, q, u, k) in enumerate(orders())
    ]
    header = ["Kundnr", "Datum", column, "Antal", "Belopp", "TB"]
    roles = roles_of(tmp_path, header, rows)
    turn = f"CASE WHEN {name_in_sql(column)} IN ('{credit}') THEN -1 ELSE 1 END"
    assert roles.columns["amount"] == f"Belopp * {turn}"
    assert roles.columns["margin"] == f"TB * {turn}"
    assert roles.columns["quantity"] == f"Antal * {turn}"


def test_negative_credit_notes_stay_as_they_are(tmp_path):
    rows = [
        (c, d, "Kredit" if i % 9 == 0 else "Faktura", comma(-q * u if i % 9 == 0 else q * u))
        for i, (c, d, _, q, u, _) in enumerate(orders())
    ]
    roles = roles_of(tmp_path, ["Kundnr", "Datum", "Typ", "Belopp"], rows)
    assert roles.columns["amount"] == "Belopp"


def test_one_letter_needs_its_opposite():
    assert credit_values({"K": 5, "D": 90}, "document_type") == ["K"]
    assert credit_values({"K": 5, "A": 90}, "document_type") == []
    assert credit_values({"Kontant": 5, "Konto": 90}, "document_type") == []
    assert credit_values({"Kredit": 5}, "document_type") == []
    assert credit_values({"S": 9, "H": 1}, "debit_credit") == ["H"]


def test_order_date_first_and_the_invoice_date_where_it_is_missing(tmp_path):
    rows = [
        (c, "" if i % 20 == 0 else d, f"2026-09-{i % 28 + 1:02d}", comma(q * u))
        for i, (c, d, _, q, u, _) in enumerate(orders())
    ]
    roles = roles_of(tmp_path, ["Kundnr", "Orderdatum", "Fakturadatum", "Belopp"], rows)
    assert roles.columns["date"] == "coalesce(Orderdatum, Fakturadatum)"
    assert "15 lines" in roles.how["date"]
    full = [(c, d, f, a) for c, d, f, a in rows if d]
    again = roles_of(tmp_path, ["Kundnr", "Orderdatum", "Fakturadatum", "Belopp"], full, "b.csv")
    assert again.columns["date"] == "Orderdatum"


def test_groups_run_from_coarse_to_fine_and_names_beat_keys(tmp_path):
    rows = [
        (c, d, p, comma(q * u), f"G{int(p[1:]) % 6}", int(p[1:]) % 6, f"H{int(p[1:]) % 2}")
        for c, d, p, q, u, _ in orders()
    ]
    header = ["Kundnr", "Datum", "Artikelnr", "Belopp", "Varugrupp", "Varugruppkod", "Huvudgrupp"]
    assert roles_of(tmp_path, header, rows).columns["group"] == ["Huvudgrupp", "Varugrupp"]


def test_services_certain_and_doubtful(tmp_path):
    rows = [(c, d, f"1{p[1:]}", "Kullager", comma(q * u)) for c, d, p, q, u, _ in orders()]
    rows += [("00001", "2026-01-05", "FRAKT", "Frakt", "95,00")] * 9
    rows += [("00001", "2026-01-05", "90001", "Öresavrundning", "0,25")] * 3
    rows += [("00001", "2026-01-05", "ADM", "Administration fee", "25,00")] * 2
    rows += [("00001", "2026-01-05", "10099", "Fraktsläde för truck", "2500,00")] * 2
    header = ["Kundnr", "Datum", "Artikelnr", "Benämning", "Belopp"]
    found = roles_of(tmp_path, header, rows).services
    assert set(found.certain) == {"FRAKT", "90001"}
    assert set(found.doubtful) == {"ADM"}
    assert found.where() == "Artikelnr IN ('90001', 'ADM', 'FRAKT')"


def test_no_header_at_all(tmp_path):
    rows = [(c, d.replace("-", ""), q, f"{q * u:.2f}") for c, d, _, q, u, _ in orders()]
    roles = roles_of(tmp_path, rows[0], rows[1:])
    assert roles.columns == {
        "date": "column_2",
        "customer": "column_1",
        "amount": "column_4",
        "quantity": "column_3",
    }
    two = [(*r, f"{float(r[3]) / 4:.2f}") for r in rows]
    asked = roles_of(tmp_path, two[0], two[1:], "b.csv")
    assert [a.topic for a in asked.asks] == ["money"]


def test_a_damaged_row_does_not_hide_the_currency(tmp_path):
    rows = [(c, d, comma(q * u), "SEK") for c, d, _, q, u, _ in orders()]
    roles = roles_of(
        tmp_path, ["Kundnr", "Datum", "Belopp", "Valuta"], [*rows, ("1", "x", "y", "?")]
    )
    assert roles.columns["currency"] == "Valuta"
    assert set(roles.currencies) == {"SEK"}


def test_names_in_expressions():
    assert name_in_sql("Antal") == "Antal"
    assert name_in_sql("order") == '"order"'
    assert name_in_sql('a"b') == '"a""b"'


def test_expressions_are_read_as_numbers(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text('Kundnr;Antal;"A ""pris"""\n' + "A;2;1 000,50\nB;3;2,25-\n" * 3, "utf-8")
    (table,), _ = survey([path])
    engine = Engine()
    engine.add(table)
    sql = as_numbers('Antal * "A ""pris"""', table)
    assert engine.rows(f"SELECT DISTINCT {sql} FROM {table.name} ORDER BY 1") == [
        (-6.75,),
        (2001.0,),
    ]


SYSTEMS = {
    # header -> role it must take ("" = none); content is made to fit
    "business central": {
        "Document No.": "order",
        "Posting Date": "date",
        "Sell-to Customer No.": "customer",
        "Sell-to Customer Name": "customer_name",
        "No.": "",
        "Quantity": "quantity",
        "Unit Price Excl. VAT": "",
        "Line Amount Excl. VAT": "amount",
        "Unit Cost (LCY)": "cost",
        "Salesperson Code": "rep",
    },
    "swedish ledger": {
        "Fakturanr": "order",
        "Fakturadatum": "date",
        "Förfallodatum": "",
        "Kundnr": "customer",
        "Företag": "customer_name",
        "Summa inkl. moms": "",
        "Moms": "",
        "Summa exkl. moms": "amount",
        "Säljare": "rep",
    },
    "german": {
        "Belegnummer": "order",
        "Belegdatum": "date",
        "Kunden-Nr.": "customer",
        "Kundenname": "customer_name",
        "Artikel-Nr.": "product",
        "Artikelbezeichnung": "product_name",
        "Menge": "quantity",
        "Einzelpreis": "",
        "Nettobetrag": "amount",
        "Rohertrag": "margin",
        "Vertreter": "rep",
    },
    "danish": {
        "Ordrenr.": "order",
        "Ordredato": "date",
        "Fakturadato": "",
        "Kundenr.": "customer",
        "Kundenavn": "customer_name",
        "Varenummer": "product",
        "Varetekst": "product_name",
        "Antal": "quantity",
        "Beløb ekskl. moms": "amount",
        "Dækningsbidrag": "margin",
        "Sælger": "rep",
    },
    "norwegian": {
        "Fakturanr": "order",
        "Fakturadato": "date",
        "Kundenr": "customer",
        "Kundenavn": "customer_name",
        "Varenr": "product",
        "Antall": "quantity",
        "Beløp eks. mva": "amount",
        "Dekningsbidrag": "margin",
        "Selger": "rep",
    },
    "english": {
        "Order ID": "order",
        "Order Date": "date",
        "Ship Date": "",
        "Customer ID": "customer",
        "Customer Name": "customer_name",
        "Product ID": "product",
        "Product Name": "product_name",
        "Sales": "amount",
        "Quantity": "quantity",
        "Profit": "margin",
    },
}


@pytest.mark.parametrize("system", SYSTEMS)
def test_exports_of_known_systems(tmp_path, system):
    wanted = SYSTEMS[system]
    rows = []
    for i, (c, d, p, q, u, k) in enumerate(orders()):
        cells = {
            "order": 1000 + i // 3,
            "date": d,
            "customer": c,
            "customer_name": f"Firma {c}",
            "product": p,
            "product_name": f"Ting {p}",
            "quantity": q,
            "amount": comma(q * u),
            "margin": comma(q * (u - k)),
            "cost": comma(k),
            "rep": f"R{int(c) % 5}",
        }
        extra = {
            "Unit Price Excl. VAT": comma(u),
            "Einzelpreis": comma(u),
            "Summa inkl. moms": comma(q * u * 1.25),
            "Moms": comma(q * u * 0.25),
            "No.": p,
        }
        rows.append([cells.get(role) or extra.get(head, d) for head, role in wanted.items()])
    roles = roles_of(tmp_path, list(wanted), rows)
    taken = {role: head for head, role in wanted.items() if role}
    if system == "business central":
        taken["cost"] = 'Quantity * "Unit Cost (LCY)"'
    assert roles.columns == taken
    assert not roles.asks


def test_thousands_of_crowns_are_multiplied(tmp_path):
    rows = [(c, d, comma(q * u / 1000), comma(q * (u - k) / 1000)) for c, d, _, q, u, k in orders()]
    roles = roles_of(tmp_path, ["Kundnr", "Datum", "Omsättning (tkr)", "TB tkr"], rows)
    assert roles.columns["amount"] == '"Omsättning (tkr)" * 1000'
    assert roles.columns["margin"] == '"TB tkr" * 1000'


def named(folder, first, second, text):
    """Roles of lines with a customer number, and a text beside it."""
    rows = [
        (1001 + i % 9, text(i), f"2025-{i % 12 + 1:02d}-{i % 27 + 1:02d}", f"A{i % 5}", f"{i},50")
        for i in range(90)
    ]
    return roles_of(folder, [first, second, "Orderdatum", "Artikel", "Belopp"], rows).columns


@pytest.mark.parametrize(
    "heads",
    [
        "Kundnr;Kund",
        "Kundnummer;Kund",
        "Kund nr;Kund",
        "Kund;Namn",
        "CustomerNo;Customer",
        "Kundennr;Kunde",
        "Customer ID;Name",
    ],
)
def test_a_text_beside_the_customer_number_is_the_name(tmp_path, heads):
    first, second = heads.split(";")
    found = named(tmp_path, first, second, lambda i: f"Firma {chr(65 + i % 9)} AB")
    assert [found["customer"], found["customer_name"]] == heads.split(";")


@pytest.mark.parametrize("heads", ["Kund;Namn", "Kundnr;Kund"])
def test_a_text_that_changes_within_a_customer_is_no_name(tmp_path, heads):
    first, second = heads.split(";")
    found = named(tmp_path, first, second, lambda i: f"Vara {i % 7}")
    assert found["customer"] == heads.split(";")[0]
    assert "customer_name" not in found


def test_a_class_of_customers_is_no_name(tmp_path):
    found = named(tmp_path, "Kundnr", "Kund", lambda i: "intern" if i % 9 < 3 else "extern")
    assert "customer_name" not in found
