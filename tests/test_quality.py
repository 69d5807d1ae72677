"""How good are the facts? Every figure from the tables, in both languages, on any ledger."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest

from salesfact._facts import Facts
from salesfact._open import open_client
from salesfact._quality import Quality, quality

TEXT = """\
name: Small
currency: SEK
sources:
  sales:
    file: a.csv
    format: {delimiter: ";"}
    columns: {customer: k, date: d, amount: a, currency: c}
"""
LINES = [
    "k;d;a;c",
    "1;2024-01-31;100;SEK",
    "1;2024-02-29;50;SEK",
    "1;2024-02-29;50;SEK",
    ";2024-02-01;9;SEK",
    "2;2024-02-01;gratis;SEK",
    "2;2024-03-01;5;SEK",
    "Summa;;210;",
]


def opened(folder: Path, lines: list[str] = LINES, text: str = TEXT) -> Facts:
    (folder / "client.yml").write_text(text)
    (folder / "a.csv").write_text("\n".join(lines) + "\n")
    return open_client(folder).facts


def test_the_ledger_in_words(tmp_path: Path):
    told = quality(opened(tmp_path))
    f = told.figures
    assert (f["rows_read"].value, f["rows_accepted"].value, f["rows_aside"].value) == (7, 3, 3)
    assert f["sales"].value == 200
    assert f["rows_later"].value == 1
    assert f["totals_differ"].value == 1
    assert f["money_totals_differ"].value == Decimal(210 - 214)
    assert f["money_duplicates"].value == 50
    assert "Of 7 rows read, 3 (43%) count" in told.reading()
    part = told.table[told.table["part"] == "ledger"].set_index("what")
    buckets = part.drop(index="read")
    assert buckets["rows"].sum() == part.loc["read", "rows"]
    assert (
        sum((m for m in buckets["money"] if m is not None), Decimal(0)) == part.loc["read", "money"]
    )


def test_restored_from_the_store_it_is_the_same(tmp_path: Path):
    facts = opened(tmp_path)
    first, again = quality(facts), quality(open_client(tmp_path).facts)
    assert first.payload() == again.payload()
    assert list((facts.folder / "results").iterdir())  # pyright: ignore


def test_as_of_an_earlier_day_later_months_are_not_known(tmp_path: Path):
    told = quality(opened(tmp_path), as_of=dt.date(2024, 1, 31))
    assert list(told.tables["months"]["month"]) == [pd.Timestamp("2024-01-01")]
    assert told.figures["rows_accepted"].value == 1


def test_the_picture_draws_the_months(tmp_path: Path):
    told = quality(opened(tmp_path))
    heights = [bar.get_height() for bar in told.plot().patches]
    assert heights == list(told.tables["months"]["amount"]) == [100, 100, 5]


def test_several_currencies_show_each_its_own(tmp_path: Path):
    (tmp_path / "fx.csv").write_text("d,f,t,r\n2024-01-01,EUR,SEK,11\n")
    text = TEXT + "  fx: {file: fx.csv, columns: {date: d, from: f, to: t, rate: r}}\n"
    facts = opened(tmp_path, ["k;d;a;c", "1;2024-01-30;10;EUR", "1;2024-01-31;10;SEK"], text)
    told = quality(facts)
    assert told.figures["sales"].value == 120
    cells = [row[-1] for row in told.rows()["cells"]]
    assert "€10.00" in cells
    assert any("SEK" in c for c in cells)


@pytest.mark.parametrize("code", ["sv", "en"])
def test_facts_from_frames_have_a_ledger_too(code: str):
    frame = pd.DataFrame({"customer": ["a"], "date": ["2024-01-31"], "amount": [5.0]})
    told = quality(Facts.from_frames(frame, language=code))
    assert isinstance(told, Quality)
    assert told.figures["accepted_share"].value == 1
    assert "{" not in told.reading()
    assert told.picture()
