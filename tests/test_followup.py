"""What came of a saved plan: worked by hand, partly passed, and none."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace

import jsonschema
import pandas as pd
import pytest

from salesfact import Facts
from salesfact._advice import SCHEMA, advice
from salesfact._followup import follow_up
from salesfact._priorities import priorities
from salesfact._value import value
from tests.test_priorities import world as late_world

PLAN = {
    "format": "salesfact-plan-1",
    "as_of": "2023-12-31",
    "currency": "SEK",
    "money": "amount",
    "horizon_months": 12,
    "facts": "k",
    "k": 1,
    "advised": [
        {"customer": "a", "rank": 1, "silent": True, "at_stake": 500.0},
        {"customer": "b", "rank": 2, "silent": False, "at_stake": 90.0},
        {"customer": "unknown", "rank": 3, "silent": False, "at_stake": 1.0},
    ],
    "expected": [
        {"customer": "a", "estimate": 100.0, "low": 0.0, "high": 200.0, "naive": 10.0},
        {"customer": "b", "estimate": 60.0, "low": 50.0, "high": 70.0, "naive": 30.0},
        {"customer": "c", "estimate": 40.0, "low": None, "high": None, "naive": 20.0},
        {"customer": "unknown", "estimate": 9.0, "low": 1.0, "high": 99.0, "naive": 9.0},
    ],
}


def facts(as_of: str) -> Facts:
    rows = [
        ("a", "2023-05-01", 500.0),
        ("b", "2023-05-02", 90.0),
        ("c", "2023-12-31", 10.0),
        ("b", "2024-03-01", 30.0),
        ("b", "2024-03-01", 5.0),
        ("b", "2024-06-30", 45.0),
        ("c", "2024-06-01", -10.0),
        ("new", "2024-06-02", 1_000.0),
        ("a", "2024-12-31", 150.0),
        ("a", "2025-01-01", 4_000.0),
    ]
    frame = pd.DataFrame(rows, columns=["customer", "date", "amount"])
    people = pd.DataFrame({"customer": ["a", "b", "c", "new"], "name": ["Ada", "Bo", "Cy", "Nu"]})
    day = dt.date.fromisoformat(as_of)
    return replace(Facts.from_frames(frame, people).cut(day), as_of=day, last_known=None)


def test_half_way_by_hand():
    told = follow_up(facts("2024-06-30"), PLAN)
    assert told.table["name"].tolist() == ["Ada", "Bo"]
    assert told.table["bought"].tolist() == [False, True]
    assert told.table["orders"].tolist() == [0, 2] and told.table["came"].tolist() == [0, 80]
    value = {n: f.value for n, f in told.figures.items()}
    passed = (dt.date(2024, 6, 30) - dt.date(2023, 12, 31)).days / 366
    assert value["passed"] == pytest.approx(passed)
    assert value["expected"] == pytest.approx(200 * passed)  # of those still known
    assert value["total"] == 70  # 80 from b, −10 from c; the new customer was not expected
    assert (value["list_share"], value["naive_share"]) == (0.0, 1.0)
    assert "within" not in value and (value["bought"], value["known"]) == (1, 2)
    assert "Of the 2 customers" in told.reading() and "1 have ordered since" in told.reading()
    assert "does not tell what the advice brought" in told.reading()


def test_the_whole_horizon_and_nothing_after_it():
    told = follow_up(facts("2025-01-01"), PLAN)
    value = {n: f.value for n, f in told.figures.items()}
    assert value["passed"] == 1 and value["expected"] == 200
    assert value["total"] == 150 + 80 - 10  # the 4 000 came after the horizon
    assert value["within"] == 0.5  # a within, b not, c without a range
    assert told.table.loc["a", "came"] == 4_150  # since then, to today
    assert "Over the time it looked ahead" in told.reading()


@pytest.mark.parametrize(
    "change",
    [
        {"as_of": "2024-06-30"},
        {"as_of": "2025-06-30"},
        {"currency": "EUR"},
        {"money": "margin"},
    ],
)
def test_a_plan_that_does_not_fit_is_none(change):
    told = follow_up(facts("2024-06-30"), PLAN | change)
    assert told.refusal is not None and "no earlier report" in told.reading()
    assert told.table.empty and told.picture() is None
    assert told.payload()["refused"] and told.payload()["early"]  # no warning: it comes with time


def test_no_plan_and_a_plan_without_anything():
    assert follow_up(facts("2024-06-30")).refusal is not None
    told = follow_up(facts("2024-06-30"), PLAN | {"advised": [], "expected": None})
    assert told.refusal is None and "nobody who is still known" in told.reading()
    assert "expected" not in told.figures


def test_a_plan_is_what_the_answers_say_and_follows_its_schema():
    then = late_world()
    plan = json.loads(json.dumps(advice(then)))
    jsonschema.validate(plan, json.loads(SCHEMA.read_text(encoding="utf-8")))
    listed = priorities(then).table
    assert [r["customer"] for r in plan["advised"]] == listed.index.tolist()
    assert [r["rank"] for r in plan["advised"]] == listed["rank"].tolist()
    assert [r["kind"] for r in plan["advised"]] == listed["kind"].tolist()
    worth = value(then)
    if worth.refusal is None:
        by = {r["customer"]: r["estimate"] for r in plan["expected"]}
        assert by == pytest.approx(worth.table["estimate"].to_dict())
        told = [r["estimate"] for r in plan["expected"]]
        assert told == sorted(told, reverse=True)
    assert advice(then) == advice(then)


def test_who_still_bought_then_is_not_counted_as_come_back():
    kinds = [
        {"customer": "a", "rank": 1, "kind": "gone silent", "certified": True, "silent": True},
        {"customer": "b", "rank": 2, "kind": "buys less often", "certified": True, "silent": False},
        {"customer": "c", "rank": 3, "kind": "lower prices", "certified": False, "silent": False},
    ]
    plan = PLAN | {"advised": [row | {"at_stake": 50.0} for row in kinds]}
    told = follow_up(facts("2024-06-30"), plan)
    value = {n: f.value for n, f in told.figures.items()}
    assert (value["quiet"], value["quiet_bought"], value["still"], value["still_came"]) == (
        *(1, 0, 2),
        70,  # 80 from b, a return of 10 from c
    )
    assert told.shown()["status"].tolist() == ["silent", "buys less often", "perhaps, not certain"]
    assert "2 of them still bought then" in told.reading() and "0 of 1 silent" in told.reading()
    # a plan of an earlier version says no kind: its customers were silent or late
    before = follow_up(facts("2024-06-30"), PLAN)
    assert before.table["kind"].tolist() == ["gone silent"] * 2
    assert before.table["certified"].tolist() == [True, False]
    assert before.shown()["status"].tolist() == ["silent", "late, not certain"]
    assert "still bought" not in before.reading()


def test_picture_and_language():
    told = follow_up(facts("2024-06-30"), PLAN)
    widths = [p.get_width() for p in told.plot().patches]
    assert widths == [500, 0, 90, 80]
    assert told.in_language("sv").reading().startswith("Av de 2 kunder som rapporten")
    assert told.picture() and told.picture(narrow=True)


def test_kept_and_restored(tmp_path):
    now = replace(facts("2024-06-30"), key="k", folder=tmp_path)
    first, second = follow_up(now, PLAN), follow_up(now, PLAN)
    assert len(list((tmp_path / "results").glob("*/*"))) == 1
    pd.testing.assert_frame_equal(first.table, second.table)
    assert first.reading() == second.reading()
