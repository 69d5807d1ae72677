"""Silence and drift as one list: nobody twice, no money twice."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from salesfact import _style
from salesfact._drift import drift
from salesfact._facts import Facts
from salesfact._language import language
from salesfact._moving import joined, moving
from salesfact._moving_told import ALSO, SILENCE, Moving
from salesfact._priorities import priorities
from salesfact._rhythm import rhythm
from salesfact._synth_drift import changing_world

AS_OF = dt.date(2024, 12, 31)


@pytest.fixture(scope="module")
def facts() -> Facts:
    world = changing_world(12, customers=150, rate=8.0, log_sd_rate=0.5, as_of=AS_OF)
    frame = world.frame()
    # every tenth customer stops in the autumn
    gone = frame["customer"].str[-1].eq("7") & (frame["date"] > "2024-10-10")
    return replace(Facts.from_frames(frame[~gone]), as_of=AS_OF)


@pytest.fixture(scope="module")
def result(facts) -> Moving:
    return moving(facts)


def test_each_customer_stands_once_with_its_weightiest_change(facts, result):
    table = result.table
    silence, change = rhythm(facts).table, drift(facts).table
    late = silence[silence["silent"] | silence["watch"]]
    assert table.index.is_unique
    assert set(table.index) == set(late.index) | set(change.index)
    assert (table["kind"] == SILENCE).sum() > 5 and (table["kind"] != SILENCE).sum() > 5
    for customer, row in table.iterrows():
        mine = [(bool(r.silent), r.at_stake) for r in late[late.index == customer].itertuples()] + [
            (bool(r.certified), r.at_stake) for r in change[change.index == customer].itertuples()
        ]
        assert (row["certified"], row["at_stake"]) == max(mine)
        others = [k for c in ("also", "perhaps") for k in row[c].split(ALSO) if k]
        assert len(others) <= len(mine) - 1


def test_no_money_is_counted_twice(facts, result):
    value = result.figures
    certain = result.table[result.table["certified"] & result.table["loss"]]
    assert value["lost_at_stake"].value == pytest.approx(certain["at_stake"].sum())
    silence = rhythm(facts).figures["silent_at_stake"].value
    others = certain.loc[certain["kind"] != SILENCE, "at_stake"].sum()
    assert value["lost_at_stake"].value == pytest.approx(silence + others)
    assert value["lost"].value == len(certain)


def test_as_many_lose_here_as_on_the_list_of_whom_to_call(facts, result):
    value, listed = result.figures, priorities(facts)
    assert value["gain_more"].value > 0 and value["watch_up"].value > 0
    told = value["lost"].value + value["watch"].value + value["gain_more"].value
    assert told == listed.figures["listed"].value
    mine = result.table[result.table["loss"]]
    assert listed.table.loc[mine.index, "certified"].equals(mine["certified"])
    elsewhere = listed.table.index.difference(mine.index)
    assert len(elsewhere) == value["gain_more"].value
    assert not result.table.loc[elsewhere, "loss"].any()
    assert "on the list of whom to call with the loss" in result.reading()


def test_who_has_no_money_at_stake_is_counted_apart(result):
    lost = result.table[result.table["certified"] & result.table["loss"]]
    table = result.table.copy()
    table.loc[lost.index[0], "at_stake"] = -5.0
    told = replace(result, table=table)
    assert told.figures["lost"].value == len(lost) - 1
    assert told.figures["lost_at_stake"].value == pytest.approx(lost["at_stake"].iloc[1:].sum())
    assert told.figures["worthless"].value == 1
    assert "no money is at stake there" in told.reading()
    only = replace(result, table=table.loc[lost.index[:1]])
    assert "is certain to have gone silent" not in only.reading()
    assert only.say(only.headline()) == "No money is certain to be at stake"


def test_a_change_without_money_does_not_hide_one_with(facts):
    silence, change = rhythm(facts), drift(facts)
    silent = silence.table.index[silence.table["silent"]]
    worth = silence.table.copy()
    worth.loc[silent, "at_stake"] = -1.0
    watched = change.table[~change.table["certified"] & change.table["loss"]].iloc[[0]]
    watched = watched.rename(index={watched.index[0]: silent[0]})
    both = joined(replace(silence, table=worth), replace(change, table=watched))
    assert both.loc[silent[0], "kind"] == watched["kind"].iloc[0]
    assert both.loc[silent[0], "also"] == SILENCE
    assert both["certified"].is_monotonic_decreasing


def test_the_silent_are_told_with_the_reason_of_rhythm(result):
    silent = result.table[result.table["kind"] == SILENCE]
    for row in silent.itertuples():
        assert language("en").date(row.last_order.date()) in row.reason
        assert row.since.day == 1 and row.since <= pd.Timestamp(AS_OF)
    swedish = result.in_language("sv")
    assert swedish.table["reason"].str.contains("senaste order").sum() == len(silent)
    pd.testing.assert_frame_equal(swedish.in_language("en").table, result.table)


def test_what_else_changed_is_named_in_the_reason(result):
    for column, words in (("also", " Also: "), ("perhaps", " Perhaps also: ")):
        both = result.table[result.table[column] != ""]
        assert (result.table["reason"].str.contains(words) == (result.table[column] != "")).all()
        for row in both.itertuples():
            assert all(kind in row.reason for kind in getattr(row, column).split(ALSO))
    assert (result.table[["also", "perhaps"]] != "").any().all()


def test_what_is_uncertain_is_not_told_as_certain(facts, result):
    certain = drift(facts).table.query("certified")
    told = {(c, k) for c, k in zip(certain.index, certain["kind"], strict=True)}
    silence = rhythm(facts).table
    told |= {(c, SILENCE) for c in silence.index[silence["silent"]]}
    for customer, row in result.table.iterrows():
        assert all((customer, kind) in told for kind in row["also"].split(ALSO) if kind)


def test_the_picture_shows_the_twelve_weightiest(result):
    with _style.themed():
        _, ax = _style.new_figure(*result.size)
        result.draw(ax)
    assert len(ax.get_lines()) == 2 * 12
    history = result.tables["history"]
    for at, customer in enumerate(result.table.index[:12]):
        assert set(history.loc[history["place"] == at, "customer"]) == {customer}
    silent = history[history["kind"] == SILENCE]
    last = silent.groupby("place")["value"].last()
    assert len(last) and (last == 0).all()
    assert result.picture() != result.picture(narrow=True)


def test_the_picture_says_which_panels_are_not_certain_and_that_orders_are_adjusted(result):
    notes = [worth for _, worth in result.notes(result.table)]
    assert ["not certain" in worth for worth in notes] == list(~result.table["certified"])
    headline = result.headline()
    assert headline is not None and result.figures["up"].value
    assert result.say(headline).endswith(f"buying more often: {result.figures['up'].value}")
    fewer = result.table["kind"].isin(("buys less often", "buys more often"))
    assert result.table.loc[fewer, "reason"].str.contains("season allowed for").all()
    assert "Orders a month in figures: season allowed for" in str(result.picture())
    assert "The title counts only" not in str(result.picture())  # all twelve are certain
    mixed = result.table.groupby("certified", sort=False).head(3)
    history = result.tables["history"].query("place < 6")
    told = replace(result, table=mixed, tables={"history": history}).picture()
    assert "The title counts only those who are certain" in str(told)
    swedish = result.in_language("sv")
    assert swedish.table.loc[fewer, "reason"].str.contains("säsongsrensat").all()
    assert sum("osäkert" in worth for _, worth in swedish.notes(swedish.table)) > 0


def test_one_who_still_buys_is_told_in_the_singular(result):
    lost = result.table[result.table["certified"] & result.table["loss"]]
    silent, others = lost[lost["kind"] == SILENCE], lost[lost["kind"] != SILENCE]
    told = replace(result, table=pd.concat([silent, others.head(1)]))
    assert "the remaining one still buys" in told.reading()


def test_headline_and_reading_name_what_the_money_is(facts, result):
    kinds = {"margin": ("in margin", "i marginal"), "amount": ("in revenue", "i omsättning")}
    for money, names in kinds.items():
        r = replace(result, parameters={**result.parameters, "money": money})
        for code, name in zip(("en", "sv"), names, strict=True):
            told = r.in_language(code)
            assert name in told.say(told.headline())
            assert told.reading().count(name) >= 1


def test_refused_only_where_neither_can_be_told():
    one = pd.DataFrame({"customer": ["a"], "date": [pd.Timestamp(AS_OF)], "amount": [5.0]})
    nothing = moving(Facts.from_frames(one))
    assert nothing.refusal is not None and nothing.table.empty and nothing.picture() is None
    days = pd.date_range("2023-01-02", "2024-05-30", freq="45D")
    slow = pd.DataFrame({"customer": "slow", "date": days, "amount": 10.0})
    steady = pd.DataFrame(
        {
            "customer": "steady",
            "date": pd.date_range("2023-01-02", AS_OF, freq="70D"),
            "amount": 1.0,
        }
    )
    found = moving(replace(Facts.from_frames(pd.concat([slow, steady])), as_of=AS_OF))
    assert found.refusal is None and not found.parameters["drift_told"]
    assert set(found.table["kind"]) <= {SILENCE}


def test_scaling_money_scales_what_is_at_stake(facts, result):
    frame = facts.fetch(facts.sales)
    frame["amount"] *= 2
    frame["margin"] *= 2
    known = frame[["customer", "date", "amount", "margin", "quantity", "product", "group1"]]
    double = moving(replace(Facts.from_frames(known), as_of=AS_OF)).table
    assert (double.index == result.table.index).all()
    assert double["at_stake"].to_numpy() == pytest.approx(
        2 * result.table["at_stake"].to_numpy(),
        rel=1e-12,
    )


def test_certain_ones_come_first_and_weightiest(result):
    table = result.table
    assert table["certified"].is_monotonic_decreasing
    for _, part in table.groupby("certified"):
        assert (np.diff(part["at_stake"]) <= 0).all()
