"""A log of activities is recognised beside sales, in any language, and read right."""

from __future__ import annotations

import random
from decimal import Decimal
from pathlib import Path

import pytest

from salesfact._client import load_settings
from salesfact._errors import SourceError
from salesfact._init import Draft, init
from salesfact._sources import ledger_of, prepare


def sales(folder: Path) -> Path:
    dice = random.Random(1)
    rows = ["Kundnr;Kundnamn;Orderdatum;Ordernr;Artikelnr;Belopp exkl. moms;Valuta"]
    for i in range(200):
        money = f"{dice.randrange(10_000, 900_000) / 100:.2f}".replace(".", ",")
        rows.append(
            f"{i % 9:05d};Kund {i % 9} AB;2026-{i % 9 + 1:02d}-{i % 28 + 1:02d};O{i};A{i % 7};"
            f"{money};SEK"
        )
    path = folder / "sales.csv"
    path.write_text("\n".join([*rows, ""]), encoding="utf-8")
    return path


def draft(folder: Path, header: str, row, n: int = 60, name: str = "log.csv", **more) -> Draft:
    """Settings made of the sales and a log; `row` gives the cells of one line."""
    lines = [header, *(row(i) for i in range(n)), ""]
    log = folder / name
    log.write_bytes("\r\n".join(lines).encode("cp1252"))
    return init([sales(folder), log], out=folder / "client", **more)


def day(i: int) -> str:
    return f"2026-{i % 9 + 1:02d}-{i % 27 + 1:02d}"


KINDS = {
    "sv": ("Besök", "Samtal", "Offert"),
    "de": ("Besuch", "Anruf", "Angebot"),
    "en": ("Visit", "Call", "Meeting"),
    "da": ("Besøg", "Opkald", "Tilbud"),
}
MINUTES = (15, 30, 45, 60, 90, 120)


@pytest.mark.parametrize(
    ("tongue", "header", "columns"),
    [
        (
            "sv",
            "Datum;Kundnr;Aktivitet;Säljare;Minuter;Program",
            ["Kundnr", "Datum", "Aktivitet", "Säljare", "Minuter / 60", "Program"],
        ),
        (
            "sv",
            "Besöksdatum;Kund;Typ;Ansvarig;Varaktighet (min);Kampanj",
            ["Kund", "Besöksdatum", "Typ", "Ansvarig", '"Varaktighet (min)" / 60', "Kampanj"],
        ),
        (
            "de",
            "Datum;Kundennummer;Aktivität;Mitarbeiter;Dauer;Aktion",
            ["Kundennummer", "Datum", "Aktivität", "Mitarbeiter", "Dauer / 60", "Aktion"],
        ),
        (
            "en",
            "Activity Date;Customer No;Activity Type;Owner;Duration (minutes);Campaign",
            ["Customer No", "Activity Date", "Activity Type", "Owner",
             '"Duration (minutes)" / 60', "Campaign"],
        ),
        (
            "da",
            "Dato;Kundenr;Kontakttype;Sælger;Antal minutter;Kampagne",
            ["Kundenr", "Dato", "Kontakttype", "Sælger", '"Antal minutter" / 60', "Kampagne"],
        ),
    ],
)  # fmt: skip
def test_header_words_and_content_tell_a_log(tmp_path, tongue, header, columns):
    def row(i):
        kind = KINDS[tongue][i % 3]
        return f"{day(i)};{i % 9:05d};{kind};Rep {i % 2};{MINUTES[i % 6]};{'' if i % 5 else 'X'}"

    made = draft(tmp_path, header, row)
    assert made.questions() == []
    log = load_settings(made.path).sources.activities
    assert log is not None
    roles = ("customer", "date", "kind", "rep", "hours", "programme")
    assert [getattr(log.columns, r) for r in roles] == columns
    assert log.norms == {}
    told = ledger_of(prepare(load_settings(made.path))[0])["activities"]
    assert (told["rows_read"], told["aside"]["rows"]) == (60, 0)
    assert told["unmatched"]["rows"] == 0
    assert Decimal(told["hours_read"]) == Decimal(sum(MINUTES[i % 6] for i in range(60))) / 60


def test_a_stray_word_does_not_take_the_hours_away(tmp_path):
    made = draft(
        tmp_path,
        "Datum;Kundnr;Aktivitet;Säljare;Minuter",
        lambda i: f"{day(i)};{i % 9:05d};Besök;Bo;{'en timme' if i == 7 else 90}",
    )
    log = load_settings(made.path).sources.activities
    assert log is not None and log.columns.hours == "Minuter / 60"
    told = ledger_of(prepare(load_settings(made.path))[0])["activities"]
    assert [(r["code"], r["rows"]) for r in told["reasons"]] == [("unreadable_hours", 1)]


def test_rows_without_hours_get_the_median_of_their_kind_as_norm(tmp_path):
    def row(i):
        kind = KINDS["sv"][i % 3]
        minutes = "" if i % 7 == 0 else {"Besök": 120, "Samtal": 15, "Offert": 45}[kind]
        return f"{day(i)};{i % 9:05d};{kind};Bo;{minutes};{'Inställd' if i == 1 else 'Klar'}"

    made = draft(tmp_path, "Datum;Kundnr;Aktivitet;Säljare;Minuter;Status", row)
    log = load_settings(made.path).sources.activities
    assert log is not None and made.questions() == []
    assert log.norms == {"Besök": 2, "Samtal": Decimal("0.25"), "Offert": Decimal("0.75")}
    assert [r.where for r in log.set_aside] == ["Status IN ('Inställd')"]
    told = ledger_of(prepare(load_settings(made.path))[0])["activities"]
    assert sum(k["from_norm"] for k in told["kinds"]) == 9
    assert sum(k["without"] for k in told["kinds"]) == 0


@pytest.mark.parametrize(
    ("header", "cells", "hours"),
    [
        ("Tid", lambda i: f"{i % 3},5", "Tid"),
        ("Tid", lambda i: f"{i % 3}:30", "Tid"),
        ("Start;Slut", lambda i: f"{day(i)} 09:00;{day(i)} 10:{i % 60:02d}",
         "date_diff('minute', Start, Slut) / 60"),
        ("Timmar;Minuter", lambda i: f"{i % 3};{i % 4 * 15}",
         "coalesce(Timmar, 0) + coalesce(Minuter, 0) / 60"),
        ("Anteckning", lambda i: "talade om priser", None),
    ],
)  # fmt: skip
def test_hours_are_found_whatever_their_shape(tmp_path, header, cells, hours):
    def row(i):
        return f"{day(i)};{i % 9:05d};{KINDS['sv'][i % 3]};{cells(i)}"

    made = draft(tmp_path, f"Datum;Kundnr;Typ;{header}", row)
    log = load_settings(made.path).sources.activities
    assert log is not None and made.questions() == []
    assert log.columns.hours == hours
    told = ledger_of(prepare(load_settings(made.path))[0])["activities"]
    assert told["aside"]["rows"] == 0
    assert (Decimal(told["hours_read"]) > 0) == (hours is not None)


def test_whole_numbers_that_may_be_minutes_are_asked(tmp_path):
    made = draft(
        tmp_path, "Datum;Kundnr;Aktivitet;Tid",
        lambda i: f"{day(i)};{i % 9:05d};{KINDS['sv'][i % 3]};{i % 4 * 5 + 5}",
    )  # fmt: skip
    (asked,) = made.questions()
    assert "Tid / 60" in asked[1] and asked[2] == "Tid"


def test_a_file_of_one_kind_takes_it_from_its_name(tmp_path):
    made = draft(
        tmp_path, "Kundnr;Datum;Säljare;Minuter", lambda i: f"{i % 9:05d};{day(i)};Bo;60",
        name="kundbesök 2026.csv",
    )  # fmt: skip
    log = load_settings(made.path).sources.activities
    assert log is not None and log.columns.kind == "'Kundbesök'"


def test_the_customer_column_is_the_one_that_sales_know(tmp_path):
    made = draft(
        tmp_path, "Kontonr;Kund nr;Datum;Aktivitet;Timmar",
        lambda i: f"{i + 500};{i % 9:05d};{day(i)};{KINDS['sv'][i % 3]};1,5",
    )  # fmt: skip
    log = load_settings(made.path).sources.activities
    assert log is not None and log.columns.customer == "Kund nr"


@pytest.mark.parametrize(
    ("header", "row"),
    [
        ("Ordernr;Kundnr;Orderdatum;Kanal", lambda i: f"O{i};{i % 9:05d};{day(i)};Telefon"),
        ("Kundnr;Datum;Bedömare;Kriterium;Poäng", lambda i: f"{i % 9:05d};{day(i)};B;Risk;{i % 7}"),
        ("Kundnr;Datum;Typ;Belopp", lambda i: f"{i % 9:05d};{day(i)};Offert;{i * 100},50"),
    ],
)  # fmt: skip
def test_what_is_no_log_is_not_taken_for_one(tmp_path, header, row):
    made = draft(tmp_path, header, row)
    assert load_settings(made.path).sources.activities is None


def test_a_log_without_sales_is_told_plainly(tmp_path):
    path = tmp_path / "besök.csv"
    rows = [f"{day(i)};{i % 9:05d};Besök;30" for i in range(30)]
    path.write_text("\n".join(["Datum;Kundnr;Aktivitet;Minuter", *rows, ""]), encoding="utf-8")
    other = tmp_path / "kunder.csv"
    other.write_text("Kundnr;Namn\n00001;A\n00002;B\n", encoding="utf-8")
    for paths in ([path], [path, other]):
        with pytest.raises(SourceError, match="log of activities") as caught:
            init(paths, out=tmp_path / "client")
        assert "salesfact init SALES besök.csv" in str(caught.value)
    assert not (tmp_path / "client").exists()


def test_a_second_log_that_is_headed_otherwise_is_asked(tmp_path):
    first = tmp_path / "besok.csv"
    first.write_text(
        "\n".join(["Datum;Kundnr;Aktivitet;Minuter",
                   *(f"{day(i)};{i % 9:05d};Besök;30" for i in range(40)), ""]),
        encoding="utf-8",
    )  # fmt: skip
    second = tmp_path / "samtal.csv"
    second.write_text(
        "\n".join(["När;Kund;Kontakttyp;Vem", "",
                   *(f"{day(i)};{i % 9:05d};Samtal;Bo" for i in range(20)), ""]),
        encoding="utf-8",
    )  # fmt: skip
    made = init([sales(tmp_path), first, second], out=tmp_path / "client")
    (asked,) = made.questions()
    assert "samtal.csv" in asked[1] and "besok.csv" in asked[1]
    log = load_settings(made.path).sources.activities
    assert log is not None and log.columns.kind == "Aktivitet"
