"""How good are the facts? Every figure from the tables, in both languages, on any ledger."""

from __future__ import annotations

import datetime as dt
import itertools
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest

from salesfact._facts import Facts
from salesfact._open import open_client
from salesfact._quality import Quality, quality
from salesfact._warnings import warnings_of

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
    assert (f["rows_read"].value, f["rows_accepted"].value, f["rows_aside"].value) == (7, 3, 2)
    assert (f["rows_of_sales"].value, f["rows_furniture"].value) == (6, 1)
    assert f["sales"].value == 200
    assert f["rows_later"].value == 1
    assert f["totals_differ"].value == 1
    assert f["money_totals_differ"].value == Decimal(210 - 214)
    assert f["money_duplicates"].value == 50
    assert f["money_share"].value == pytest.approx(200 / 214)
    assert f["rows_share"].value == 3 / 6
    assert f["main_money_share"].value == pytest.approx(9 / 214)
    assert told.reading() == (
        "93% of the money read counts (every amount taken without its sign, credits too): sales of"
        " SEK\xa0200 from 31 January 2024 to 29 February 2024, in 3 of 6 rows (50%). Rows and money"
        " add up exactly. 2 rows are set aside; most of their money because of: no customer"
        " (4.2% of the money read). The export's own total is"
        " SEK\xa0210.00; our lines add up to SEK\xa0214.00. The difference of SEK\xa04.00 (1.9%)"
        " can lie in the one row whose amount cannot be read."
    )
    part = told.table[told.table["part"] == "ledger"].set_index("what")
    buckets = part.drop(index="read")
    assert buckets["rows"].sum() == part.loc["read", "rows"]
    assert (
        sum((m for m in buckets["money"] if m is not None), Decimal(0)) == part.loc["read", "money"]
    )


def test_shares_are_of_money_without_signs(tmp_path: Path):
    """A credit note of 90 would leave 10 of 110 net; 190 of 290 is what was looked at."""
    lines = ["k;d;a;c", "1;2024-01-31;100;SEK", "1;2024-01-31;-90;SEK", ";2024-01-31;100;SEK"]
    figures = quality(opened(tmp_path, lines)).figures
    assert figures["money_share"].value == pytest.approx(190 / 290)
    assert figures["main_money_share"].value == pytest.approx(100 / 290)


def test_totals_that_agree_and_totals_that_nothing_explains(tmp_path: Path):
    lines = ["k;d;a;c", "1;2024-01-31;100;SEK", "Summa;;100;"]
    told = quality(opened(tmp_path, lines))
    assert told.reading().endswith(
        "No row had to be set aside. The control totals agree with the lines."
    )
    lines[-1] = "Summa;;101;"
    assert (
        "(0.99%)" in (reading := quality(opened(tmp_path, lines)).reading()) or "(1.0%)" in reading
    )
    assert reading.endswith("is not explained.")


@pytest.mark.parametrize("code", ["sv", "en"])
@pytest.mark.parametrize("months", [1, 12, 60, 120])
@pytest.mark.parametrize("width", [7.6, 3.7])
def test_the_months_of_the_picture_never_overlap(code: str, months: int, width: float):
    from salesfact import _style

    days = pd.date_range("2020-01-15", periods=months, freq="MS") + pd.Timedelta(days=10)
    frame = pd.DataFrame({"customer": "a", "date": days, "amount": 4.2e6})
    told = quality(Facts.from_frames(frame, language=code, currency="SEK"))
    with _style.themed():
        figure, ax = _style.new_figure(width, 3.2)
        told.draw(ax)
        figure.canvas.draw()
    for axis in (ax.xaxis, ax.yaxis):
        boxes = [t.get_window_extent() for t in axis.get_ticklabels() if t.get_text()]
        boxes = [b for b in boxes if b.width]
        assert boxes
        for a, b in itertools.combinations(boxes, 2):
            assert not a.overlaps(b)
    unit = "mkr" if code == "sv" else "m"
    texts = [t.get_text() for t in ax.yaxis.get_ticklabels() if t.get_text() != "0"]
    assert all(t.endswith(unit) for t in texts)
    assert not any("00" in t for t in texts)


def test_months_not_counted_yet_are_named_in_the_picture(tmp_path: Path):
    ax = quality(opened(tmp_path)).plot()
    assert "not counted yet" in [t.get_text() for t in ax.texts]
    colours = [bar.get_facecolor() for bar in ax.patches]
    assert colours[0] == colours[1] != colours[2]
    early = quality(opened(tmp_path), as_of=dt.date(2024, 1, 31)).plot()
    assert not early.texts


def test_restored_from_the_store_it_is_the_same(tmp_path: Path):
    facts = opened(tmp_path)
    first, again = quality(facts), quality(open_client(tmp_path).facts)
    assert first.payload() == again.payload()
    assert list((facts.folder / "results").iterdir())  # pyright: ignore


def test_as_of_an_earlier_day_later_months_are_not_known(tmp_path: Path):
    told = quality(opened(tmp_path), as_of=dt.date(2024, 1, 31))
    assert list(told.tables["months"]["month"]) == [pd.Timestamp("2024-01-01")]
    assert told.figures["rows_accepted"].value == 1


def test_a_day_long_after_the_last_row_is_told(tmp_path: Path):
    facts = opened(tmp_path)
    assert quality(facts).figures["quiet_days"].value == 0
    late = open_client(tmp_path, as_of=dt.date(2024, 3, 31)).facts
    told = quality(late)
    assert told.figures["quiet_days"].value == 30
    assert "30 days older than 31 March 2024" in told.reading()
    assert any("30 days older" in str(w) for w in warnings_of(late.ledger))
    assert "older" not in quality(facts).reading()


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


def test_the_activity_log_has_its_own_ledger(tmp_path: Path):
    log = ["k;d;s;h", "1;2024-01-31;Besök;2", "1;2024-02-01;Samtal;", ";2024-02-01;Besök;1"]
    log += ["2;2024-03-01;Besök;1,5"]
    (tmp_path / "b.csv").write_text("\n".join(log) + "\n")
    told = quality(
        opened(
            tmp_path,
            text=TEXT
            + """\
  activities:
    file: b.csv
    format: {delimiter: ";", decimal: ","}
    columns: {customer: k, date: d, kind: s, hours: h}
    norms: {Samtal: 0.25}
""",
        )
    )
    f = {n: told.figures[f"effort_{n}"].value for n in ("rows", "accepted", "hours", "aside")}
    assert f == {"rows": 4, "accepted": 2, "hours": 2.25, "aside": 1}
    rows = told.table[told.table["part"] == "activities"].set_index("what")
    norm = rows.index.str.contains("by norm")
    parts = rows[(rows.index != "read") & ~norm]
    assert len(parts) == 3
    assert parts["rows"].sum() == rows.loc["read", "rows"] == 4
    assert parts["hours"].sum() == rows.loc["read", "hours"] == 4.5
    assert rows.loc[norm, "hours"].tolist() == [0.25]
    assert "activity log" in told.reading()
    assert "Hours" in told.rows()["head"]
    assert "Hours" not in quality(opened(tmp_path)).rows()["head"]
