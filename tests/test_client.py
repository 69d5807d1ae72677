"""Settings: every key typed, every fault named with its line, no secret ever repeated."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from pathlib import Path

import pytest

from salesfact._client import SCHEMA, json_schema, load_settings
from salesfact._errors import SettingsError
from salesfact._yaml import read_yaml

GOOD = """\
name: 00123
language: sv
currency: SEK
as_of: 2026-09-30
horizon_months: 12
fiscal_year_start: 7
share: internal
brand: {name: no, colour: '#0b6fb8'}
sources:
  files:
    details: {file: OrderDetails.csv}
    orders: {file: [a.csv, b.csv], format: {encoding: cp1252, delimiter: tab, decimal: ","}}
  sales:
    query: SELECT details._row, details.x, orders.y FROM details LEFT JOIN orders USING (id)
    lines: details
    format: {date: DMY, thousands: " ", widths: [[0, 6], [6, 12]], columns: [on, off]}
    columns: {customer: Kundnr, date: Datum, amount: a * b, group: [g1, g2]}
    vat: excluded
    duplicates: drop
    set_aside: [{where: "Artikel = 'FRAKT'", reason: freight}]
    control_totals: {amount: "1234.50", rows: 10}
  customers:
    file: kunder.csv
    static: yes
    columns: {customer: Kundnr, name: Namn, bransch: SNI}
  aliases: {file: merged.csv, columns: {from: old, to: new}}
  fx: {file: fx.csv, columns: {date: d, from: f, to: t, rate: r}}
  activities:
    file: [logg/*.csv]
    format: {encoding: cp1252, delimiter: ";", decimal: ","}
    columns: {customer: Kundnr, date: Datum, kind: Typ, rep: S, hours: Minuter / 60, cost: c}
    norms: {Besök: 2, 0042: "0.25"}
    duplicates: drop
    set_aside: [{where: "Status = 'Avbokad'", reason: cancelled}]
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "client.yml"
    path.write_text(text, encoding="utf-8")
    return path


def faults(folder: Path, text: str) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        load_settings(write(folder, text))
    return [str(f) for f in caught.value.faults]


def test_a_full_file_is_typed_and_text_survives(tmp_path: Path):
    s = load_settings(write(tmp_path, GOOD))
    assert s.name == "00123"
    assert s.brand.name == "no"
    assert s.as_of == dt.date(2026, 9, 30)
    assert (s.horizon_months, s.fiscal_year_start, s.share) == (12, 7, "internal")
    sales = s.sources.sales
    assert sales.columns.group == ["g1", "g2"]
    assert sales.format.columns == ("on", "off")
    assert sales.format.widths == ((0, 6), (6, 12))
    assert sales.format.thousands == " "
    assert sales.control_totals.amount == Decimal("1234.50")
    assert s.sources.files["orders"].format.delimiter == "\t"
    assert s.sources.files["orders"].file == ["a.csv", "b.csv"]
    assert s.sources.customers is not None
    assert s.sources.customers.static is True
    assert s.sources.customers.columns.__pydantic_extra__ == {"bransch": "SNI"}
    log = s.sources.activities
    assert log is not None
    assert (log.file, log.format.encoding, log.duplicates) == (["logg/*.csv"], "cp1252", "drop")
    assert (log.columns.hours, log.columns.programme) == ("Minuter / 60", None)
    assert log.norms == {"Besök": Decimal(2), "0042": Decimal("0.25")}
    assert s.folder == tmp_path.resolve()
    assert load_settings(tmp_path).name == "00123"  # the folder will do


def test_nothing_in_quotes_or_by_its_name_is_a_value_within_braces(tmp_path: Path):
    path = tmp_path / "x.yml"
    path.write_text('a: {quote: "", none: null, tilde: ~}\n', encoding="utf-8")
    assert read_yaml(path).content == {"a": {"quote": "", "none": None, "tilde": None}}


def test_defaults(tmp_path: Path):
    s = load_settings(
        write(
            tmp_path,
            "name: A\ncurrency: SEK\nsources:\n  sales:\n    file: a.csv\n"
            "    columns: {customer: k, date: d, amount: b}\n    vat:\n",
        )
    )
    assert (s.share, s.language, s.horizon_months, s.as_of) == ("client", "en", 12, None)
    assert s.sources.sales.vat == "unknown"


BAD = """\
name: A
languge: sv
currency: kr
share: public
capacity: 3
as_of: 2026-13-01
sources:
  judgements: {file: a.csv}
  sales:
    file: export.csv
    format: {decimal: ";", thousand: " "}
    columns:
      customer: Kundnr
      dat: Datum
      amount: Belopp
"""


def test_all_faults_at_once_each_with_file_line_key_found_and_allowed(tmp_path: Path):
    told = faults(tmp_path, BAD)
    expected = [
        (2, "languge", "unknown key", "did you mean 'language'?"),
        (3, "currency", "'kr'", "SEK"),
        (4, "share", "'public'", "'internal' or 'client'"),
        (5, "capacity", "found '3'", "customers_per_quarter"),
        (6, "as_of", "'2026-13-01'", "2026-09-30"),
        (8, "sources.judgements", "not built yet", "leave it out"),
        (11, "sources.sales.format.decimal", "';'", "'.' or ','"),
        (11, "sources.sales.format.thousand", "unknown key", "did you mean 'thousands'?"),
        (12, "sources.sales.columns.date", "is missing", "SQL"),
        (14, "sources.sales.columns.dat", "unknown key", "did you mean 'date'?"),
    ]
    assert len(told) == len(expected)
    for text, (line, key, found, allowed) in zip(told, expected, strict=True):
        assert f"client.yml, line {line}, {key}:" in text
        assert found in text
        assert allowed in text


@pytest.mark.parametrize(
    ("line", "allowed"),
    [
        ("horizon_months: x", "a whole number of months from 1 to 60"),
        ("fiscal_year_start: 13", "a month's number from 1 to 12"),
        ("simulated: maybe", "true or false"),
        ("capacity: {customers_per_quarter: many}", "a number"),
        ("brand: red", "keys with values"),
    ],
)
def test_what_is_allowed_is_told_in_plain_words(tmp_path: Path, line: str, allowed: str):
    rest = "sources:\n  sales:\n    file: a.csv\n    columns: {customer: a, date: b, amount: c}\n"
    (told,) = faults(tmp_path, f"name: A\ncurrency: SEK\n{line}\n{rest}")
    assert f"allowed: {allowed}" in told
    assert "valid" not in told and "parse" not in told


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name: A\n  b: c\n", "line 2"),
        ("- a\n- b\n", "no settings"),
        ("", "no settings"),
        ("name: A\nname: B\n", "stands twice"),
        ("norms: {Call: 0.25, Visit: 1,5}\n", "'5' has no value"),  # a decimal comma
        ("name: {a: b\n", "no YAML"),
    ],
)
def test_what_is_no_settings_file_says_so(tmp_path: Path, text: str, message: str):
    assert any(message in t for t in faults(tmp_path, text))


def test_a_missing_file_says_how_to_make_one(tmp_path: Path):
    with pytest.raises(SettingsError, match="salesfact init"):
        load_settings(tmp_path / "client.yml")
    (tmp_path / "latin.yml").write_bytes("name: Å\n".encode("cp1252"))
    with pytest.raises(SettingsError, match="not UTF-8"):
        load_settings(tmp_path / "latin.yml")


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("columns: {customer: a, date: b, amount: c}", "no single source"),
        ("file: a.csv\n    database: {url_env: X, query: q}\n    columns: {customer: a, date: b,"
         " amount: c}", "no single source"),
        ("query: SELECT 1\n    columns: {customer: a, date: b, amount: c}", "files:"),
        ("file: a.csv\n    lines: x\n    columns: {customer: a, date: b, amount: c}", "'x'"),
    ],
)  # fmt: skip
def test_a_source_must_name_one_thing_to_read(tmp_path: Path, source: str, message: str):
    told = faults(tmp_path, f"name: A\ncurrency: SEK\nsources:\n  sales:\n    {source}\n")
    assert any(message in t for t in told)


@pytest.mark.parametrize(
    "line",
    [
        "database: {url_env: 'postgresql://anna:hemligt@db/x', query: SELECT 1}",
        "database: {url_env: DB, password: hemligt, query: SELECT 1}",
        "database: {url: 'hemligt', url_env: DB, query: SELECT 1}",
        "database: {url_env: 'hem ligt hemligt', query: SELECT 1}",
        "file: 'mysql://anna:hemligt@db/x'",
        "database: {url_env: DB, query: 'SELECT 1 -- password=hemligt'}",
    ],
)
def test_a_secret_in_the_file_is_refused_and_never_repeated(tmp_path: Path, line: str):
    told = faults(
        tmp_path,
        f"name: A\ncurrency: SEK\nsources:\n  sales:\n    {line}\n"
        "    columns: {customer: a, date: b, amount: c}\n",
    )
    assert told
    assert "hemligt" not in "".join(told)


def test_the_published_schema_is_current():
    assert json.loads(SCHEMA.read_text(encoding="utf-8")) == json.loads(json.dumps(json_schema()))


def test_importing_the_door_does_not_load_the_model():
    import subprocess
    import sys

    code = "import sys, salesfact; print('pydantic' in sys.modules)"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "False"


@pytest.mark.parametrize("name", ["export.csv", "Bok.xlsx", "rader.parquet"])
def test_an_export_is_not_settings(tmp_path, name):
    path = tmp_path / name
    path.write_bytes(b"Kundnr;Belopp\n1;2\n")
    with pytest.raises(SettingsError, match=f"salesfact init {name}"):
        load_settings(path)


# -- capacity --------------------------------------------------------------------------------------

GOOD_CAPACITY = """\
name: A
currency: SEK
capacity:
  hours_per_quarter: 300
  hours_per_customer: 7.5
  reps:
    "00123": {customers_per_quarter: 12}
    no: {hours_per_quarter: 150}
sources:
  sales: {file: a.csv, columns: {customer: k, date: d, amount: b}}
"""


def test_capacity_is_typed_and_reps_stay_text(tmp_path: Path):
    (tmp_path / "client.yml").write_text(GOOD_CAPACITY, encoding="utf-8")
    told = load_settings(tmp_path).capacity
    assert told is not None and (told.hours_per_quarter, told.hours_per_customer) == (300, 7.5)
    assert list(told.reps) == ["00123", "no"]
    assert told.reps["no"].hours_per_quarter == 150


@pytest.mark.parametrize(
    ("text", "line", "key", "what"),
    [
        ("capacity: {hours_per_quarter: 300}", 3, "capacity", "how many customers"),
        ("capacity: {hours_per_customer: 3}", 3, "capacity", "neither customers nor hours"),
        (
            "capacity: {customers_per_quarter: 3, hours_per_quarter: 9, hours_per_customer: 2}",
            3, "capacity", "may not agree",
        ),
        ("capacity:\n  customers_per_quarter: 0", 4, "capacity.customers_per_quarter", "found"),
        ("capacity:\n  reps:\n    Bo: {hours_per_quarter: 9}", 5, "capacity.reps.Bo", "how many"),
        ("capacity:\n  custmers_per_quarter: 4", 4, "custmers_per_quarter", "customers_per_qu"),
    ],
)  # fmt: skip
def test_a_capacity_that_tells_no_number_is_refused(tmp_path: Path, text, line, key, what):
    rest = "sources:\n  sales: {file: a.csv, columns: {customer: k, date: d, amount: b}}\n"
    told = faults(tmp_path, f"name: A\ncurrency: SEK\n{text}\n{rest}")
    assert len(told) == 1
    assert f"line {line}, " in told[0] and key in told[0] and what in told[0]


# -- activities ------------------------------------------------------------------------------------

ACTIVITIES = """\
name: A
currency: SEK
sources:
  sales: {file: a.csv, columns: {customer: k, date: d, amount: b}}
  activities:
    fil: b.csv
    columns:
      custmer: Kundnr
      date: Datum
      minutes: Minuter
    norms:
      Besök: 2,5
      Mässa: 30
    duplicates: yes
"""


def test_all_faults_of_activities_at_once(tmp_path: Path):
    told = faults(tmp_path, ACTIVITIES)
    at = "sources.activities"
    expected = [
        (6, f"{at}.fil", "unknown key", "did you mean 'file'?"),
        (7, f"{at}.columns.customer", "is missing", "SQL over columns"),
        (7, f"{at}.columns.kind", "is missing", "\"'Visit'\""),
        (8, f"{at}.columns.custmer", "unknown key", "did you mean 'customer'?"),
        (10, f"{at}.columns.minutes", "unknown key", "hours: MINUTES / 60"),
        (12, f"{at}.norms.Besök", "'2,5'", "at most 24, as 1.5"),
        (13, f"{at}.norms.Mässa", "'30'", "at most 24, as 1.5"),
        (14, f"{at}.duplicates", "'yes'", "'keep' or 'drop'"),
    ]
    assert len(told) == len(expected)
    for text, (line, key, found, allowed) in zip(told, expected, strict=True):
        assert f"client.yml, line {line}, {key}:" in text
        assert found in text and allowed in text


def test_activities_name_a_file_and_each_kind_once(tmp_path: Path):
    text = ACTIVITIES[: ACTIVITIES.index("    fil:")] + (
        "    columns: {customer: k, date: d, kind: t}\n    norms: {Besök: 2, 'besök ': 3}\n"
    )
    told = faults(tmp_path, text)
    assert len(told) == 2
    assert "sources.activities: names no file" in told[0]
    assert "line 7" in told[1] and "the same kind as 'Besök'" in told[1]
