"""How many customers a list may name: as the settings say, or a stated share."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pandas as pd
import pytest

from salesfact import Facts, open_client
from salesfact._capacity import room
from salesfact._origins import at_origin
from tests.small_client import make_client


@pytest.fixture
def facts() -> Facts:
    days = pd.date_range("2023-01-01", periods=20, freq="10D")
    rows = [(f"c{i}", day, 10.0, "Ada" if i % 2 else "Bo") for i in range(10) for day in days[i:]]
    rows += [("old", pd.Timestamp("2021-03-01"), 5.0, "Gone"), ("c1", days[-1], -4.0, None)]
    frame = pd.DataFrame(rows, columns=["customer", "date", "amount", "rep"])
    return replace(Facts.from_frames(frame), as_of=dt.date(2023, 12, 31))


def test_a_share_of_those_who_ordered_within_a_year_where_nothing_is_set(facts):
    told = room(facts)
    assert (told.customers, told.given) == (2, False)  # a fifth of ten; `old` is not counted


def test_a_number_of_customers(facts):
    assert room(facts, 7).customers == 7 and room(facts, 7).given
    assert room(facts, 0).customers == 1


@pytest.mark.parametrize(
    ("capacity", "customers"),
    [
        ({"customers_per_quarter": 3}, 6),  # two reps sold within the year, one longer ago
        ({"hours_per_quarter": 20, "hours_per_customer": 6}, 6),  # 2 × 3.33
        ({"customers_per_quarter": 3, "reps": {"Ada": {"customers_per_quarter": 1}}}, 4),
        ({"customers_per_quarter": 3, "reps": {"New": {"customers_per_quarter": 5}}}, 11),
        ({"reps": {"Ada": {"customers_per_quarter": 4}}}, 4),
        ({"hours_per_customer": 5, "reps": {"Ada": {"hours_per_quarter": 12}}}, 2),
    ],
)
def test_capacity_by_rep(facts, capacity, customers):
    told = room(replace(facts, capacity=capacity))
    assert (told.customers, told.given) == (customers, True)


def test_one_rep_is_taken_where_the_facts_name_none(facts):
    bare = replace(facts, has=facts.has - {"rep"})
    assert room(bare, {"customers_per_quarter": 3}).customers == 3


def test_reps_are_counted_as_of_the_day(facts):
    early = at_origin(facts, dt.date(2022, 1, 31))
    assert room(early, {"customers_per_quarter": 3}).customers == 3


def test_the_settings_reach_the_facts(tmp_path):
    path = make_client(tmp_path / "client")
    with path.open("a", encoding="utf-8") as stream:
        stream.write("capacity: {customers_per_quarter: 5}\n")
    facts = open_client(path).facts
    assert facts.capacity == {"customers_per_quarter": 5.0, "reps": {}}
    assert room(facts).customers == 10
    assert open_client(path, as_of="2025-12-31").facts.capacity == facts.capacity
