"""A format set wrong by hand: `check` names the one that reads the rows."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from salesfact._errors import SalesfactError
from salesfact._open import check, open_client

FORMS = {"YMD": "%Y-%m-%d", "DMY": "%d.%m.%Y", "MDY": "%m/%d/%Y", "short": "%d/%m/%y"}


def client(folder: Path, form: str, *, rows: int = 400, date: str = "DMY", money=None, mark=";"):
    money = money or (lambda x: f"{x:.2f}".replace(".", ","))
    lines = [mark.join(("kund", "datum", "belopp"))]
    for i in range(rows):
        day = dt.date(2024, 1, 1) + dt.timedelta(days=i)
        lines.append(mark.join((f"K{i % 7}", day.strftime(FORMS[date]), money(1000 + 3.25 * i))))
    (folder / "a.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    path = folder / "client.yml"
    path.write_text(
        "name: A\ncurrency: SEK\nsources:\n  sales:\n    file: a.csv\n    vat: excluded\n"
        f"    format: {{{form}}}\n"
        "    columns: {customer: kund, date: datum, amount: belopp}\n"
    )
    return path


@pytest.mark.parametrize(
    ("form", "date", "remedy", "told"),
    [
        ('delimiter: ";", decimal: ",", date: MDY', "DMY", "write date: DMY", "159 of the 400"),
        ('delimiter: ";", decimal: ",", date: YMD', "DMY", "write date: DMY", "0 of the 400"),
        ('delimiter: ";", decimal: ",", date: DMY', "MDY", "write date: MDY", "159 of the 400"),
        ('delimiter: ";", decimal: ".", date: DMY', "DMY", 'write decimal: ","', "0 of the 400"),
        ('delimiter: ",", decimal: ",", date: DMY', "DMY", 'write delimiter: ";"', "3 columns"),
        ('delimiter: "|", decimal: ",", date: DMY', "DMY", 'write delimiter: ";"', "3 columns"),
    ],
)
def test_the_setting_that_reads_the_rows_is_named(tmp_path, form, date, remedy, told):
    path = client(tmp_path, form, date=date)
    found = check(path)
    assert not found.ok
    said = [f for f in found.faults if f.remedy == remedy]
    assert len(said) == 1 and told in said[0].what, found.faults
    assert said[0].where == "sources.sales.format"
    if found.ledger is None:  # no row at all could be read: opening says so too
        with pytest.raises(SalesfactError) as caught:
            open_client(path)
        assert said[0] in caught.value.faults


def test_what_is_proposed_makes_the_client_fit(tmp_path):
    wrong = client(tmp_path, 'delimiter: ";", decimal: ",", date: MDY')
    (fault,) = check(wrong).faults[1:]
    right = client(tmp_path, f'delimiter: ";", decimal: ",", {fault.remedy.removeprefix("write ")}')
    found = check(right)
    assert found.ok and not [w for w in found.warnings if "format" in w]


def test_thousands_and_decimals_set_the_wrong_way_round(tmp_path):
    form = 'delimiter: ";", decimal: ",", thousands: " ", date: YMD'
    found = check(client(tmp_path, form, date="YMD", money=lambda x: f"{x:,.2f}".replace(",", "'")))
    assert [f.remedy for f in found.faults[-1:]] == ['write decimal: ".", thousands: "\'"']
    found = check(
        client(
            tmp_path,
            'delimiter: ";", date: YMD',
            date="YMD",
            money=lambda x: f"{x:_.2f}".replace("_", " ").replace(".", ","),
        )
    )
    assert found.faults[-1].remedy in ('write decimal: ","', 'write decimal: ",", thousands: " "')


def test_a_format_that_fits_is_left_alone(tmp_path):
    """Damaged values that no format reads are no reason to change one."""
    path = client(tmp_path, 'delimiter: ";", decimal: ",", date: YMD', date="YMD")
    text = (tmp_path / "a.csv").read_text(encoding="utf-8")
    for i in range(1, 9):
        text = text.replace(f"2024-0{i}-15", "okänt")
    (tmp_path / "a.csv").write_text(text, encoding="utf-8")
    found = check(path)
    assert found.ok and not [w for w in found.warnings if "sources.sales.format" in w]


@pytest.mark.parametrize("form", ["YMD", "MDY"])
def test_two_digits_of_a_year_are_not_taken_for_a_day(tmp_path, form):
    """25/12/24 can be read as 2025-12-24 too: no row is lost, and every day is wrong."""
    path = client(tmp_path, f'delimiter: ";", decimal: ",", date: {form}', date="short")
    found = check(path)
    told = [*found.warnings, *(f"{f.what}; {f.remedy}" for f in found.faults)]
    assert any("write date: DMY" in t for t in told), told


def test_invoices_on_the_first_of_each_month_read_the_wrong_way_round(tmp_path):
    form = 'delimiter: ";", decimal: ",", date: {}'
    path = client(tmp_path, form.format("MDY"))
    lines = [f"K{i % 3};01.{i % 12 + 1:02d}.{2022 + i // 12};{100 + i},50" for i in range(36)]
    (tmp_path / "a.csv").write_text("\n".join(["kund;datum;belopp", *lines]) + "\n")
    found = check(path)
    assert any("but are written as if they were DMY; write date: DMY" in w for w in found.warnings)
    path.write_text(path.read_text().replace("date: MDY", "date: DMY"))
    assert not [w for w in check(path).warnings if "format" in w]


def test_a_few_rows_lost_are_a_warning(tmp_path):
    """Two parts of a year in another order than the rest: what reads more is named."""
    path = client(tmp_path, 'delimiter: ";", decimal: ",", date: MDY', date="DMY", rows=14)
    found = check(path)
    assert "write date: DMY" in [f.remedy for f in found.faults] or any(
        "write date: DMY" in w for w in found.warnings
    )
