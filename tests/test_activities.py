"""Activities: every row of the log accounted for, nothing later seen, where each hour is from."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest

from salesfact._activity_ledger import nothing
from salesfact._client import load_settings
from salesfact._effort import activity_days, effort_cells
from salesfact._errors import FactsError, SourceError
from salesfact._facts import Facts
from salesfact._knowable import at_origin
from salesfact._language import language
from salesfact._open import check, open_client
from salesfact._quality import quality
from salesfact._said import tell
from salesfact._sources import ledger_of, prepare
from salesfact.report._lacking import write_chapter

SALES = """\
k,d,a
00123,2024-01-31,100.50
00123,2024-02-29,20.25
B2,2024-02-01,7.00
B2,2024-03-29,9.00
"""
SETTINGS = """\
name: Small
currency: SEK
sources:
  sales: {{file: sales.csv, vat: excluded, columns: {{customer: k, date: d, amount: a}}}}
  aliases: {{file: alias.csv, columns: {{from: old, to: new}}}}
  activities:
    file: {file}
    format: {{encoding: cp1252, delimiter: ";", decimal: ","}}
    columns:
      customer: Kundnr
      date: Datum
      kind: Typ
      rep: Säljare
      hours: {hours}
      cost: Kostnad
      programme: Program
    norms: {{besök: 2, Mässa: 8}}
    {more}
"""
HEAD = "Datum;Kundnr;Typ;Säljare;Minuter;Kostnad;Program;Status"
LOG = [
    "2024-01-10;00123;Besök;Åsa;90;250,50;Lager;Klar",  # 1.5 h
    "2024-01-10;B2;Samtal;Åsa;20;;;Klar",  # a third of an hour
    "2024-01-20;99;Besök;Bo;;;;Klar",  # 99 is B2 now; by norm, 2 h
    "2024-02-05;B2;Samtal;Bo;0;;;Klar",  # nought is nothing, and calls have no norm
    "2024-02-06;P9;Besök;Bo;60;x;;Klar",  # a prospect; no cost that can be read
    "2024-02-07;123;Besök;Bo;60;;;Klar",  # the noughts are lost
    "2024-04-02;B2;Besök;Åsa;45;;;Klar",  # later than the facts
    "2024-02-30;B2;Besök;Åsa;45;;;Klar",
    ";B2;Besök;Åsa;45;;;Klar",
    "2024-02-08;;Besök;Åsa;45;;;Klar",
    "2024-02-08;B2;;Åsa;45;;;Klar",
    "2024-02-08;B2;Besök;Åsa;en timme;;;Klar",
    "2024-02-08;B2;Besök;Åsa;-30;;;Klar",
    "2024-02-08;B2;Besök;Åsa;1500;;;Klar",  # 25 h
    "2024-02-08;B2;Besök;Åsa;45;;;Avbokad",
    "2024-02-08;B2;Besök;Åsa;45;;;Klar;mer",
    "2024-02-09;EXEMPEL 1;Besök;Åsa;60;;;",
    "Summa;;;;2000;;;",
]


def client(
    folder: Path,
    log: list[str],
    *,
    head: str = HEAD,
    hours: str = "Minuter / 60",
    file: str = "log.csv",
    more: str = """set_aside: [{where: "Status = 'Avbokad'", reason: avbokad}]""",
) -> Path:
    (folder / "sales.csv").write_text(SALES, encoding="utf-8")
    (folder / "alias.csv").write_text("old,new\n99,B2\n", encoding="utf-8")
    if file == "log.csv":
        (folder / file).write_bytes("\r\n".join([head, *log, ""]).encode("cp1252"))
    path = folder / "client.yml"
    path.write_text(SETTINGS.format(file=file, hours=hours, more=more), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def facts(tmp_path_factory: pytest.TempPathFactory) -> Facts:
    return open_client(client(tmp_path_factory.mktemp("activities"), LOG)).facts


def test_every_row_and_every_hour_is_accounted_for(facts: Facts):
    told = facts.ledger["activities"]
    assert told["balanced"]
    assert told["rows_read"] == len(LOG)
    accepted, later = told["buckets"]
    assert (accepted["rows"], later["rows"]) == (6, 1)
    assert (accepted["stated"], accepted["from_norm"], accepted["without"]) == (4, 1, 1)
    third = Decimal("0.33333333")
    assert Decimal(accepted["hours_stated"]) == Decimal("3.5") + third
    assert Decimal(accepted["hours_norm"]) == 2
    reasons = {r["code"]: r["rows"] for r in told["reasons"]}
    assert reasons == {
        "unreadable_date": 2, "missing_customer": 1, "missing_kind": 1, "unreadable_hours": 1,
        "negative_hours": 1, "too_many_hours": 1, "rule_1": 1, "surplus_columns": 1, "example": 1,
        "totals_row": 1,
    }  # fmt: skip
    whole = accepted["rows"] + later["rows"] + sum(reasons.values())
    assert whole == len(LOG)
    assert (told["zero_hours"], told["lost_cost"]) == (1, 1)
    assert told["idle_norms"] == ["Mässa"]
    assert facts.folder is not None
    aside = pd.read_csv(facts.folder / "activities_set_aside.csv")
    assert len(aside) == sum(reasons.values())
    (row,) = aside[aside["reason"] == "too_many_hours"].itertuples()
    assert (row.file, row.line) == ("log.csv", LOG.index(row.raw) + 2)


def test_columns_are_typed_ids_stay_text_and_merged_numbers_are_one(facts: Facts):
    assert "activities" in facts.has
    frame = facts.fetch(facts.activities).sort_values("row").reset_index(drop=True)
    assert frame["customer"].tolist() == ["00123", "B2", "B2", "B2", "P9", "123"]
    assert frame["hours"].dtype == "float64"
    assert frame["hours"].round(4).tolist()[:3] == [1.5, 0.3333, 2.0]
    assert frame["hours_from_norm"].tolist() == [False, False, True, False, False, False]
    assert frame["hours"].isna().tolist() == [False, False, False, True, False, False]
    assert frame["cost"][0] == 250.5 and frame["cost"][4] != frame["cost"][4]
    assert frame["programme"][0] == "Lager" and frame["rep"][0] == "Åsa"
    assert frame["date"].max() <= pd.Timestamp(facts.as_of)


def test_who_has_no_sales_is_named(facts: Facts):
    told = facts.ledger["activities"]["unmatched"]
    assert (told["rows"], told["customers"], told["alike"]) == (2, 2, 1)
    assert [f["customer"] for f in told["first"]] == ["P9", "123"]
    assert told["first"][0]["line"] == 6


def test_effort_leaves_as_cells_by_month_and_as_activities(facts: Facts):
    cells = effort_cells(facts)
    assert list(cells.columns) == ["customer", "month", "hours", "activities"]
    assert cells.values.tolist() == [
        ["00123", pd.Timestamp("2024-01-01"), 1.5, 1],
        ["123", pd.Timestamp("2024-02-01"), 1.0, 1],
        ["B2", pd.Timestamp("2024-01-01"), 2.33333333, 2],
        ["B2", pd.Timestamp("2024-02-01"), 0.0, 1],  # no hours known
        ["P9", pd.Timestamp("2024-02-01"), 1.0, 1],
    ]
    cells["hours"] = -1.0  # the frame is the caller's own
    assert effort_cells(facts)["hours"].min() == 0
    kinds = effort_cells(facts, by_kind=True)
    assert list(kinds.columns) == ["customer", "month", "kind", "hours", "activities"]
    assert kinds["activities"].sum() == 6 and len(kinds) == 6
    days = activity_days(facts)
    assert list(days.columns) == ["customer", "date", "kind", "rep", "hours", "programme"]
    assert len(days) == 6 and days["customer"].is_monotonic_increasing


def frames(**more) -> Facts:
    sales = pd.DataFrame({
        "customer": ["a", "b"] * 12,
        "date": pd.date_range("2024-01-15", periods=24, freq="14D"),
        "amount": 10.0,
    })  # fmt: skip
    log = pd.DataFrame({
        "customer": ["a", "new", "b", "a"],
        "date": ["2024-02-01", "2024-03-31", "2024-04-01", "2024-12-30"],
        "kind": ["Besök", "Samtal", "Besök", "Besök"],
        "hours": [1.0, None, 2.0, 3.0],
    })  # fmt: skip
    return Facts.from_frames(sales, activities=log, **more)


@pytest.mark.parametrize("kind", ["folder", "frames"])
def test_nothing_later_is_anywhere(facts: Facts, kind: str):
    every = facts if kind == "folder" else frames()
    day = dt.date(2024, 1, 31) if kind == "folder" else dt.date(2024, 3, 31)
    cut = every.cut(day)
    sealed = at_origin(every, day)
    for known in (cut, sealed):
        latest = known.fetch(known.activities)["date"].max()
        assert latest < pd.Timestamp(day) + pd.Timedelta(days=1)
        assert effort_cells(known)["month"].max() <= pd.Timestamp(day)
        assert activity_days(known)["date"].max() == latest
    held = sealed._engine.frame("SELECT count(*) AS n, max(date) AS last FROM activities")
    assert held["n"][0] == len(activity_days(cut)) > 0
    assert held["last"][0] < pd.Timestamp(day) + pd.Timedelta(days=1)
    if kind == "folder":
        told = cut.ledger["activities"]["buckets"]
        assert [b["rows"] for b in told] == [3, 4]
        assert sealed.ledger == {}


def test_frames_need_three_columns_and_hours_not_below_nought():
    sales = pd.DataFrame({"customer": ["a"], "date": ["2024-01-31"], "amount": [1.0]})
    log = pd.DataFrame({"customer": ["a"], "date": ["2024-01-31"], "hours": [-1.0]})
    with pytest.raises(FactsError, match="lack kind"):
        Facts.from_frames(sales, activities=log)
    with pytest.raises(FactsError, match="below zero"):
        Facts.from_frames(sales, activities=log.assign(kind="x"))
    bare = Facts.from_frames(sales)
    assert "activities" not in bare.has
    assert bare.fetch(bare.activities).empty
    for question in (effort_cells, activity_days):
        with pytest.raises(FactsError, match="salesfact template activities"):
            question(bare)


def test_the_cache_knows_the_log(tmp_path: Path):
    path = client(tmp_path, LOG)
    _, key = prepare(load_settings(path))
    assert prepare(load_settings(path))[1] == key
    (tmp_path / "log.csv").write_bytes("\r\n".join([HEAD, *LOG[1:], ""]).encode("cp1252"))
    _, other = prepare(load_settings(path))
    assert other != key
    path.write_text(path.read_text("utf-8").replace("besök: 2", "besök: 3"), encoding="utf-8")
    assert prepare(load_settings(path))[1] not in (key, other)


@pytest.mark.parametrize(
    ("hours", "cells", "read"),
    [
        ("Minuter", ["1:30", "0:20", "2,25"], [1.5, 0.333333, 2.25]),
        ("date_diff('minute', Start, Slut) / 60", ["", "", ""], [1.25, 0.5, None]),
        ("coalesce(Minuter, 30) / 60", ["90", "", ""], [1.5, 0.5, 0.5]),
    ],
)
def test_hours_come_from_clocks_ends_and_expressions(tmp_path: Path, hours, cells, read):
    times = [("2024-01-10 09:00", "2024-01-10 10:15"), ("2024-01-11 13:00", "2024-01-11 13:30")]
    times.append(("", ""))
    head = "Datum;Kundnr;Typ;Säljare;Minuter;Kostnad;Program;Start;Slut"
    log = [f"2024-01-1{i};B2;Möte;Bo;{c};;;{a};{b}"
           for i, (c, (a, b)) in enumerate(zip(cells, times, strict=True))]  # fmt: skip
    facts = open_client(client(tmp_path, log, head=head, hours=hours, more="")).facts
    found = activity_days(facts)["hours"]
    assert [None if x != x else round(x, 6) for x in found] == read


def test_a_workbook_and_copies(tmp_path: Path):
    import xlsxwriter

    book = xlsxwriter.Workbook(str(tmp_path / "log.xlsx"))
    sheet = book.add_worksheet("Logg")
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    sheet.write_row(0, 0, HEAD.split(";"))
    for i in (1, 2):  # the same row twice
        sheet.write_datetime(i, 0, dt.datetime(2024, 1, 10), day)
        sheet.write_row(i, 1, [99, "Besök", "Bo", 30, 12.5])
    book.close()
    told = []
    for more in ("duplicates: keep", "duplicates: drop"):
        path = client(tmp_path, [], file="log.xlsx", more=more)
        told.append(ledger_of(prepare(load_settings(path))[0])["activities"])
    assert [t["duplicates"]["rows"] for t in told] == [1, 1]
    assert [sum(d[1] for d in t["days"]) for t in told] == [2, 1]
    assert [t["aside"] for t in told] == [{"rows": 0, "hours": "0"}, {"rows": 1, "hours": "0.5"}]
    assert told[0]["double_booked"]["twice"]["rows"] == 1


def test_unknown_columns_are_told_all_at_once_with_the_nearest(tmp_path: Path):
    path = client(
        tmp_path, LOG, hours="Minutr / 60", more="set_aside: [{where: Statsu = 1, reason: x}]"
    )
    with pytest.raises(SourceError) as caught:
        open_client(path)
    told = [str(f) for f in caught.value.faults]
    assert len(told) == 2
    assert "sources.activities, columns.hours" in told[0] and "did you mean 'Minuter'?" in told[0]
    assert "set_aside[1].where" in told[1] and "did you mean 'Status'?" in told[1]


def test_a_log_of_which_nothing_can_be_used_leaves_the_facts_standing(tmp_path: Path):
    facts = open_client(client(tmp_path, ["2024-13-01;B2;Besök;Bo;30;;;"], more="")).facts
    assert "activities" not in facts.has
    assert facts.ledger["activities"]["aside"]["rows"] == 1


@pytest.mark.parametrize(
    ("log", "why", "told"),
    [
        ([], "the activity log is empty", "The activity log is empty"),
        (
            ["2024-13-01;B2;Besök;Bo;30;;;"] * 2,
            "all 2 rows of the activity log are set aside, most often because of: a date that",
            "All 2 rows of the activity log are set aside",
        ),
    ],
)
def test_a_log_without_activities_is_not_told_as_none(tmp_path: Path, log, why, told):
    facts = open_client(client(tmp_path, log, more=""), language="en").facts
    with pytest.raises(FactsError) as caught:
        effort_cells(facts)
    assert why in str(caught.value) and "fill in the log" in str(caught.value)
    assert told in quality(facts).reading()
    page = tmp_path / "page.ipynb"
    write_chapter(page, "Hours", "activities", "en", facts.ledger)
    line = json.loads(page.read_text(encoding="utf-8"))["cells"][1]["source"]
    assert line.startswith(why[0].upper() + why[1:])
    assert "A workbook to fill in" in line


def test_a_clients_own_words_are_no_placeholders():
    rule = {"code": "rule_1", "text": "{intern} test", "rows": 3}
    heading = {"code": "totals_row", "text": "a row of totals", "rows": 9}
    log = {"buckets": [{"rows": 0}], "reasons": [heading, rule], "rows_read": 12}
    assert str(nothing({"activities": log})).endswith("most often because of: {intern} test")
    assert nothing({"activities": log | {"buckets": [{"rows": 1}]}}) is None
    assert nothing({}) is None


BOOKED = [
    "2024-01-10;B2;Besök;Bo;60;;;",  # three times the same: two too many
    "2024-01-10;B2;Besök;Bo;60;;;",
    "2024-01-10;99;Besök;Bo;45;;;",  # 99 is B2
    "2024-01-10;B2;Samtal;Bo;60;;;",  # another kind
    "2024-01-10;B2;Besök;Åsa;60;;;",  # another rep
    "2024-01-11;B2;Mässa;Bo;960;;;",  # 16 + 9 h on one day
    "2024-01-11;00123;Mässa;Bo;540;;;",
    "2024-01-12;B2;Mässa;Bo;480;;;",  # 8 + norm 8 h, with two customers
    "2024-01-12;00123;Mässa;Bo;;;;",
    "2024-01-13;B2;Mässa;Bo;900;;;",  # 15 h with one customer: a long day
    "2024-01-14;B2;Mässa;;900;;;",  # nobody's day
    "2024-01-14;00123;Mässa;;900;;;",
]


def test_double_bookings_and_impossible_days_are_found_and_listed(tmp_path: Path):
    found = check(client(tmp_path, BOOKED, more=""))
    assert found.ok and found.ledger is not None
    told = found.ledger["activities"]["double_booked"]
    assert (told["twice"]["rows"], told["twice"]["hours"]) == (2, "1.75")
    assert [e["line"] for e in told["twice"]["examples"]] == [3, 4]
    assert (told["impossible"]["days"], told["impossible"]["hours"]) == (1, "25")
    assert (told["crowded"]["days"], told["crowded"]["hours"]) == (1, "16")
    assert told["crowded"]["examples"][0]["customers"] == 2
    assert found.double_bookings is not None
    listed = pd.read_csv(found.double_bookings, dtype=str, keep_default_na=False)
    assert listed.groupby("what")["line"].agg(list).to_dict() == {
        "twice": ["2", "3", "4"], "impossible": ["8", "7"], "crowded": ["10", "9"],
    }  # fmt: skip
    assert set(listed["rep"]) == {"Bo"}
    assert "Bo" not in str(found.ledger)  # a ledger goes into reports; reps do not
    assert found.as_dict()["double_bookings"].endswith("double_bookings.csv")


def test_check_says_it_in_the_clients_language(tmp_path: Path):
    found = check(client(tmp_path, [*LOG, *BOOKED]), language="sv")
    assert found.ledger is not None
    sv = [tell(w, language("sv")) for w in found.warnings]
    en = [str(w) for w in found.warnings]
    for warnings, parts in (
        (
            en,
            (
                "of 30 activities are set aside",
                "2 of 18 activities have no hours of their own: norms give them 10.00 hours",
                "one activity of 18 has no hours, and no norm for its kind (Samtal)",
                "in one activity the hours are 0",
                "2 activities are with customers who have no sales (2: P9, 123; the first on",
                "one of these customers has sales under a number that differs only",
                "2 activities may be booked twice",
                "on one day one rep has more than 24 hours (25",
                "on one day one rep is with more customers than the day has hours for (2 cust",
                "double_bookings.csv names",
            ),
        ),
        (sv, ("2 av 18 aktiviteter saknar egen tid", "double_bookings.csv")),
    ):
        for part in parts:
            assert [w for w in warnings if part in w], part
    assert not set(sv) & set(en)


def test_minutes_taken_for_hours_are_told_with_the_remedy(tmp_path: Path):
    found = check(client(tmp_path, [f"2024-01-{i:02d};B2;Besök;Bo;{i * 5};;;" for i in
                                    range(10, 30)], hours="Minuter", more=""))  # fmt: skip
    assert [w for w in found.warnings if "more than 24 hours in one activity" in w]
    assert [w for w in found.warnings if "write hours: COLUMN / 60" in w]


def test_the_date_order_that_reads_the_log_is_told(tmp_path: Path):
    log = [f"0{i % 3 + 1}/{13 + i % 14}/2024;B2;Besök;Bo;60;;;" for i in range(40)]
    path = client(tmp_path, log, more="")
    text = path.read_text("utf-8").replace('decimal: ","}', 'decimal: ",", date: DMY}')
    path.write_text(text, encoding="utf-8")
    found = check(path)
    assert [w for w in found.warnings if "sources.activities.format" in w and "MDY" in w]


def test_free_text_is_no_kind_and_does_not_travel_with_the_ledger(tmp_path: Path):
    log = [f"2024-01-10;B2;talade om {i};Bo;;;;" for i in range(60)]
    found = check(client(tmp_path, log, more=""))
    assert [w for w in found.warnings if "60 kinds of activity" in w]
    assert "talade om" not in str(found.ledger)
