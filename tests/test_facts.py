"""The facts themselves: what leaves the engine, earlier origins, stored results."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from salesfact._errors import FactsError, LeakageError
from salesfact._facts import Facts
from salesfact._result import Figure, Refusal, Result, Sentence
from salesfact._store import stored


def lines(**more: Any) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "customer": ["a", "a", "a", "b", "b", "a"],
            "date": pd.to_datetime(
                ["2024-01-01", "2024-01-01", "2024-02-01", "2024-01-05", "2024-01-09", "2024-03-01"]
            ),
            "amount": [10.5, 4.5, 20, -3, 7, 7],
            "product": ["p", "q", "p", "p", "p", "p"],
            "group1": ["g", "h", "g", "g", "g", None],
            "rep": ["x", "x", "y", "x", "x", "x"],
        }
        | more
    )


def test_summary_of_hand_made_lines():
    frame = Facts.from_frames(lines()).summary()
    a, b = frame.loc["a"], frame.loc["b"]
    assert (a.orders, a.order_days, a.lines, a.revenue, a.products) == (3, 3, 4, 42.0, 2)
    assert (b.orders, b.lines, b.revenue, b.returns) == (1, 2, 4.0, -3.0)
    assert b.first_date == pd.Timestamp("2024-01-09")  # a credit note is no purchase
    assert a.rep == "x"  # 22 against 20
    assert list(frame.index) == ["a", "b"]


def test_twelve_months_and_the_twelve_before():
    frame = pd.DataFrame(
        {
            "customer": ["a"] * 5,
            "date": pd.to_datetime(
                ["2022-06-30", "2022-07-01", "2023-06-30", "2023-07-01", "2024-06-30"]
            ),
            "amount": [1, 2, 4, 8, 16],
        }
    )
    a = Facts.from_frames(frame).summary().loc["a"]
    assert (a.revenue_12m, a.revenue_prev_12m, a.revenue) == (24, 6, 31)


def test_order_gaps_by_hand():
    frame = Facts.from_frames(lines(), as_of=dt.date(2024, 3, 31)).order_gaps()
    a = frame.loc["a"]
    assert (a.gaps, a.gap_days) == (2, 60)
    assert a.log_gap_days == pytest.approx(math.log(31) + math.log(29), abs=1e-11)
    assert frame.loc["b", "gaps"] == 0
    assert Facts.from_frames(lines()).order_gaps(last=1).loc["a", "gap_days"] == 29


def test_panel_and_groups_add_up():
    facts = Facts.from_frames(lines())
    assert facts.panel()["amount"].sum() == facts.summary()["revenue"].sum() == 46
    groups = facts.groups()
    assert groups["amount"].sum() == 46
    assert len(groups) == 4  # a: g, h and none; b: g
    with pytest.raises(FactsError, match="level 2"):
        facts.groups(2)


def test_row_order_does_not_matter():
    one = Facts.from_frames(lines())
    two = Facts.from_frames(lines().sample(frac=1, random_state=1))
    pd.testing.assert_frame_equal(one.summary(), two.summary())
    pd.testing.assert_frame_equal(one.order_gaps(), two.order_gaps())


def test_attributes_that_are_not_static_are_withheld_at_an_earlier_origin():
    people = pd.DataFrame({"customer": ["a", "b"], "name": ["A", "B"], "segment": ["s", "t"]})
    facts = Facts.from_frames(lines(), people, static=False)
    assert list(facts.attribute("segment")) == ["s", "t"]
    earlier = facts.cut(dt.date(2024, 1, 31))
    assert earlier.customers.columns == ("customer", "name")
    with pytest.raises(LeakageError, match="segment"):
        earlier.attribute("segment")
    with pytest.raises(FactsError, match="no attribute"):
        facts.attribute("colour")
    static = Facts.from_frames(lines(), people).cut(dt.date(2024, 1, 31))
    assert list(static.attribute("segment")) == ["s", "t"]


@dataclass(frozen=True, kw_only=True, repr=False)
class Told(Result):
    size = None

    @classmethod
    def compute_figures(cls, table, tables, parameters):
        return {"n": Figure(int(table["lines"].sum()), unit="count")}

    def sentences(self):
        return (Sentence("{n} lines"),)


CALLS: list[Any] = []


@stored
def told(facts: Facts, *, as_of: dt.date | None = None, level: float = 0.8) -> Told:
    facts = facts if as_of is None else facts.cut(as_of)
    CALLS.append(as_of)
    table = facts.summary()
    more = {"by month": facts.panel().set_index(["customer", "month"])}
    parameters = {"level": level, "as_of": facts.as_of, "limits": (1, 2.5)}
    refusal = Refusal(Sentence("too few"), Sentence("more")) if level > 1 else None
    return Told(
        table=table, tables=more, parameters=parameters, source=facts.source, refusal=refusal
    )


def test_a_stored_result_equals_the_computed_one(tmp_path: Path):
    CALLS.clear()
    facts = Facts.from_frames(lines(), folder=tmp_path, key="k")
    first = told(facts)
    again = told(Facts.from_frames(lines(), folder=tmp_path, key="k"), as_of=facts.as_of)
    assert len(CALLS) == 1
    pd.testing.assert_frame_equal(first.table, again.table)
    pd.testing.assert_frame_equal(first.tables["by month"], again.tables["by month"])
    assert dict(first.figures) == dict(again.figures)
    assert dict(first.parameters) == dict(again.parameters)
    assert first.source == again.source
    assert first.payload() == again.payload()
    refused = told(facts, level=1.5)
    assert told(facts, level=1.5).refusal == refused.refusal
    assert len(CALLS) == 2


def test_a_restored_result_needs_no_engine(tmp_path: Path):
    facts = Facts.from_frames(lines(), folder=tmp_path, key="k")
    told(facts)
    closed = Facts.from_frames(lines(), folder=tmp_path, key="k")
    told(closed)
    assert "backend" not in vars(closed._engine)


def test_other_facts_parameters_or_origins_are_other_answers(tmp_path: Path):
    CALLS.clear()
    facts = Facts.from_frames(lines(), folder=tmp_path, key="k")
    told(facts)
    told(facts, level=0.9)
    told(facts, as_of=dt.date(2024, 1, 31))
    told(facts.cut(dt.date(2024, 1, 31)))  # the same question in other words
    told(Facts.from_frames(lines(), folder=tmp_path, key="other"))
    assert len(CALLS) == 4


def test_a_damaged_store_is_not_trusted(tmp_path: Path):
    CALLS.clear()
    facts = Facts.from_frames(lines(), folder=tmp_path, key="k")
    told(facts)
    for path in (tmp_path / "results").rglob("0.parquet"):
        path.write_bytes(path.read_bytes()[:100])
    assert told(facts).figures["n"].value == 6
    assert len(CALLS) == 2


def test_what_json_cannot_hold_is_computed_each_time(tmp_path: Path):
    CALLS.clear()
    facts = Facts.from_frames(lines(), folder=tmp_path, key="k")
    told(facts, level=Fraction(4, 5))  # pyright: ignore[reportArgumentType]
    assert not (tmp_path / "results").exists()
