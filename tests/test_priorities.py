"""Whom to call first: the list, its reasons and its picture."""

from __future__ import annotations

import datetime as dt
import functools
import itertools
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from salesfact import _style
from salesfact._drift import drift
from salesfact._drift_told import GROUP, SHRINKING
from salesfact._facts import Facts
from salesfact._language import language
from salesfact._moving import moving
from salesfact._moving_told import SILENCE
from salesfact._priorities import ordered, priorities, ranks
from salesfact._priorities_told import Priorities
from salesfact._rhythm import rhythm
from salesfact._silence_reason import reasons
from salesfact._synth_drift import changing_world

AS_OF = dt.date(2026, 9, 30)


def world(shuffle: int | None = None, **more) -> Facts:
    """Forty customers who buy every 14 days; three of them stopped, two of these equal."""
    days = pd.date_range("2024-01-01", AS_OF)
    stop = {"00007": "2026-05-03", "00008": "2026-05-03", "00009": "2026-02-01"}
    rows = []
    for i in range(40):
        customer = f"{i:05d}"
        at = days[(np.arange(len(days)) + i % 3) % 14 == 0] if i not in (7, 8) else days[::14]
        at = at[at <= stop.get(customer, "2030-01-01")]
        worth = {"00007": 100, "00008": 100, "00009": -1}.get(customer, 50)
        rows += [(customer, d, 4.0 * abs(worth), float(worth), f"Rep {i % 2}") for d in at]
    lines = pd.DataFrame(rows, columns=["customer", "date", "amount", "margin", "rep"])
    if shuffle is not None:
        lines = lines.sample(frac=1, random_state=shuffle).reset_index(drop=True)
    known = pd.DataFrame(
        {"customer": ["00007", "00008"], "name": ["Åkerlunds AB", "=cmd|' /C calc'!A0"]}
    )
    return replace(Facts.from_frames(lines, known, **more), as_of=AS_OF)


def test_hand_world():
    r = priorities(world())
    assert list(r.table.index) == ["00007", "00008"]  # 00009 is silent too, but costs money
    assert r.table["rank"].tolist() == [1, 1]
    assert r.table["silent"].all() and r.table["certified"].all()
    assert r.table["rep"].tolist() == ["Rep 1", "Rep 0"]
    bought = list(pd.date_range("2024-01-01", "2026-05-03", freq="14D"))
    year = [d for d in bought if d >= pd.Timestamp("2025-05-01")]
    assert r.table["last_order"].iloc[0] == bought[-1]
    # twelve calendar months to the month of the last order, at a margin of 100 each
    assert r.table["at_stake"].tolist()[:2] == [100.0 * len(year)] * 2
    last = bought[-1].date()
    expected = (
        f"Usually buys every 14 days; last order {language('en').date(last)}, "
        f"{(AS_OF - last).days} days ago."
    )
    assert r.table["reason"].iloc[0] == expected
    assert rhythm(world()).table.loc["00009", "at_stake"] < 0
    assert r.figures["silent_at_stake"].value == 200.0 * len(year)
    assert r.figures["certain_at_stake"].value == r.figures["at_stake"].value == 200.0 * len(year)
    assert "a year's margin at stake" in r.reading()
    assert r.figures["left_out"].value == 1
    assert "One more customer is not on the list, for no money is at stake there" in r.reading()


@functools.cache
def _none_listed() -> Priorities:
    """The columns of a list, and its source."""
    made = priorities(world())
    return replace(made, table=made.table.iloc[:0])


def listed(
    *rows: tuple[str, bool, float], late: int = 0, kind: str = SILENCE, out: int = 0
) -> Priorities:
    """A list by hand: name, certain or only late, money at stake; `kind` of names with a !."""
    names, certain, money = zip(*rows, strict=True)
    kinds = [kind if name.endswith("!") else SILENCE for name in names]
    none = _none_listed()
    table = pd.DataFrame(
        {
            "rank": range(1, len(rows) + 1),
            "name": names,
            "kind": kinds,
            "certified": certain,
            "silent": [c and k == SILENCE for c, k in zip(certain, kinds, strict=True)],
            "at_stake": money,
            "since": pd.Timestamp("2026-06-01"),
            "before": 4.0,
            "now": 1.0,
            "months": 4.0,
            **dict.fromkeys(("group", "also", "perhaps"), ""),
            "usual_gap_days": 10.0,
            "open_gap_days": 50,
            "last_order": pd.Timestamp("2026-08-11"),
        },
        index=pd.Index(names, name="customer"),
    ).reindex(columns=none.table.columns)
    parameters = {"money": "amount", "level": 0.1, "watch_late": late, "left_out": out}
    return Priorities(table=table, source=none.source, parameters=parameters)


def test_the_certain_ones_lead_and_the_late_follow_with_their_false_alarms():
    rows = [("Small but certain", True, 10.0)] + [(f"Late {i}", False, 900.0) for i in range(30)]
    r = listed(*rows, late=19)
    first, second = (r.say(s) for s in r.sentences())
    assert "One customer has gone silent, with SEK\u00a010 of a year's revenue" in first
    assert "Small but certain" in first and "10%" in first and "Late" not in first
    assert second.startswith("30 more customers are late") and "up to 19 of them" in second
    headline = r.headline()
    assert headline and "one customer" in r.say(headline)
    for late in (30, 31):  # a bound on all of them is said as such, not as a number
        second = listed(*rows, late=late).say(listed(*rows, late=late).sentences()[1])
        assert second.startswith("30 more customers are late") and "For all of them" in second


def test_if_no_one_is_certain_it_says_so_plainly():
    r = listed(("A", False, 5.0), ("B", False, 4.0), late=1)
    (only,) = (r.say(s) for s in r.sentences())
    assert only.startswith("No customer is certain to have gone silent. 2 are late")
    assert "up to 1 of them" in only and only.endswith("A and B.")
    every = listed(("A", False, 5.0), ("B", False, 4.0), late=2).reading()
    assert "for all of them it may be mere chance" in every and every.endswith("A and B.")
    headline = r.headline()
    assert headline and r.say(headline).startswith("No customer is certain")
    one = listed(("A", False, 5.0), late=1)
    assert one.reading().startswith("No customer is certain to have gone silent. One is late")


def test_those_who_still_buy_stand_among_the_certain_with_their_own_false_alarms():
    rows = [("Fewer!", True, 90.0), ("Quiet", True, 20.0), ("Late", False, 9.0), ("May!", False, 8)]
    r = listed(*rows, late=1, kind=SHRINKING, out=2)
    said = [r.say(s) for s in r.sentences()]
    assert said[0].startswith("2 customers have gone silent or bring in less than before, with SEK")
    assert "SEK\u00a0110 of a year's revenue" in said[0] and said[0].endswith("Fewer! and Quiet.")
    assert said[1].startswith(
        "One of them has gone silent (SEK\u00a020); of such alarms, at most 10%"
    )
    assert said[2].startswith("One still buys, but brings in less")
    assert "of each kind of change at most 10% are expected to be false" in said[2]
    assert said[3].startswith("One more customer is late") and "SEK\u00a09 in revenue is" in said[3]
    assert said[4].startswith("One more customer may be bringing in less") and "8" in said[4]
    assert said[5].startswith("2 more customers are not on the list")
    headline = r.headline()
    assert headline and r.say(headline) == (
        "SEK\u00a0110 in revenue is at stake with 2 customers who have gone silent or bring in less"
    )
    texts = [t.get_text() for t in r.plot().texts]
    assert "4.0 → 1.0 orders a month" in texts and "Have gone silent or bring in less (2)" in texts
    assert "Late or perhaps changing, not certain (2)" in texts
    only = listed(("F!", True, 3.0), ("G!", True, 2.0), kind=SHRINKING)
    assert only.reading().startswith("2 customers still buy, but bring in less")
    assert "silent" not in only.reading() and "Of each kind of change" in only.reading()
    assert "F! and G!" in only.reading()
    may = listed(("F!", False, 3.0), kind=SHRINKING)
    assert may.reading().startswith("No customer is certain to have gone silent or to bring in")
    headline = may.headline()
    assert headline and r.say(headline) == "No customer is certain to bring in less; one may be"


@pytest.fixture(scope="module")
def changing() -> Facts:
    """Customers who change, and some who stop; one of these, and one who falls, cost money."""
    made = changing_world(12, customers=150, rate=8.0, log_sd_rate=0.5, as_of=dt.date(2024, 12, 31))
    frame = made.frame()
    frame = frame[~(frame["customer"].str[-1].eq("7") & (frame["date"] > "2024-10-10"))]
    falls = drift(Facts.from_frames(frame)).table.query("kind == @SHRINKING and certified").index[0]
    costs = frame["customer"].isin(
        [falls, frame.loc[frame["customer"].str[-1].eq("7"), "customer"].iloc[0]]
    )
    frame["margin"] = frame["margin"].where(~costs, -frame["margin"].abs())
    return replace(Facts.from_frames(frame), as_of=dt.date(2024, 12, 31))


def test_the_list_is_that_of_silence_and_drift_each_customer_and_its_money_once(changing):
    quiet, change, r = rhythm(changing).table, drift(changing).table, priorities(changing)
    loss = change[change["loss"]]
    worth = {}
    late = quiet[quiet["silent"] | quiet["watch"]]
    for part, certain in ((late, late["silent"]), (loss, loss["certified"])):
        for customer, sure, money in zip(part.index, certain, part["at_stake"], strict=True):
            if money > 0:
                worth[customer] = max(worth.get(customer, (False, 0.0)), (bool(sure), money))
    table = r.table
    assert table.index.is_unique and set(table.index) == set(worth)
    assert {
        c: (bool(t.certified), t.at_stake)
        for c, t in zip(table.index, table.itertuples(), strict=True)
    } == worth
    certain = sum(money for sure, money in worth.values() if sure)
    assert r.figures["certain_at_stake"].value == pytest.approx(certain)
    assert (table["at_stake"] > 0).all()
    everybody = set(late.index) | set(loss.index)
    assert r.figures["left_out"].value == len(everybody - set(worth)) >= 1
    for sure in (True, False):
        assert table.loc[table["certified"] == sure, "at_stake"].is_monotonic_decreasing
    assert {SILENCE, SHRINKING, GROUP} <= set(table["kind"])
    assert table["last_order"].equals(quiet.loc[table.index, "last_order"])
    # nobody here is told otherwise than under what is moving, unless it gains more than it loses
    told = moving(changing).table
    same = table.index[told.loc[table.index, "at_stake"] == table["at_stake"]]
    assert table.loc[same, "reason"].tolist() == told.loc[same, "reason"].tolist()
    assert len(same) > 0.9 * len(table)
    assert (table[["also", "perhaps"]] != "").any().any()


def test_a_history_too_short_for_drift_leaves_the_list_of_rhythm():
    days = pd.date_range("2023-01-02", "2024-05-30", freq="45D")
    slow = pd.DataFrame({"customer": "slow", "date": days, "amount": 10.0})
    steady = pd.date_range("2023-01-02", "2024-12-31", freq="70D")
    both = pd.concat([slow, pd.DataFrame({"customer": "steady", "date": steady, "amount": 1.0})])
    facts = replace(Facts.from_frames(both), as_of=dt.date(2024, 12, 31))
    r = priorities(facts)
    assert not r.parameters["drift_told"] and r.refusal is None
    late = rhythm(facts).table.query("silent or watch")
    assert r.table.index.tolist() == late.index.tolist() == ["slow"]


def test_the_picture_sets_certain_and_late_apart_and_says_how_many_it_leaves_out():
    rows = [(f"Certain {i:02d}", True, 50.0 - i) for i in range(12)]
    r = listed(*rows, *[(f"Late {i:02d}", False, 99.0 - i) for i in range(8)])
    texts = [t.get_text() for t in r.plot().texts]
    names = [t for t in texts if t[-2:].isdigit() and t.split()[0] in ("Certain", "Late")]
    assert names == [f"Certain {i:02d}" for i in range(7)] + [f"Late {i:02d}" for i in range(3)]
    assert "Have gone silent (7 of 12)" in texts
    assert "Late, but not certain (3 of 8)" in texts
    none = listed(("A", False, 5.0))
    assert "Late, but not certain (1)" in [t.get_text() for t in none.plot().texts]


@pytest.mark.parametrize("narrow", [False, True])
def test_no_text_of_the_picture_lies_on_another(narrow):
    rows = [
        (f"Ärlhyltra Legotillverkning & Söner i Södertälje {i} HB", True, 90.0 - i)
        for i in range(9)
    ]
    r = listed(*rows, ("Late", False, 1.0)).in_language("sv")
    with _style.themed():
        figure, ax = _style.new_figure(*(r.narrow_size if narrow else r.size))
        r.draw(ax)
        figure.draw_without_rendering()
        boxes = [t.get_window_extent() for t in ax.texts]
    assert not [(a, b) for a, b in itertools.combinations(boxes, 2) if a.overlaps(b)]
    assert all(b.x0 >= -1 and b.x1 <= figure.bbox.x1 + 1 for b in boxes)


def test_the_numbers_are_those_of_the_chapter_on_rhythm():
    facts = world()
    told, r = rhythm(facts), priorities(facts)
    cost = told.table.loc["00009", "at_stake"]
    assert r.figures["silent"].value == told.figures["silent"].value - 1
    assert r.figures["silent_at_stake"].value == told.figures["silent_at_stake"].value - cost
    for name in ("watch", "watch_at_stake"):
        assert r.figures[name].value == told.figures[name].value


def test_every_number_comes_from_rhythm():
    facts = world()
    known = rhythm(facts).table
    r = priorities(facts)
    for name in ("at_stake", "last_order", "usual_gap_days", "open_gap_days", "status"):
        assert r.table[name].tolist() == known.loc[r.table.index, name].tolist()


def test_row_order_is_irrelevant():
    pd.testing.assert_frame_equal(priorities(world(3)).table, priorities(world()).table)


def test_reasons_in_both_languages_and_for_every_gap():
    table = pd.DataFrame(
        {
            "usual_gap_days": [12.2, 0.6, np.nan],
            "open_gap_days": [89, 30, 1],
            "last_order": pd.to_datetime(["2026-05-03", "2026-05-03", "2026-05-03"]),
        },
        index=["a", "b", "c"],
    )
    assert reasons(table, language("en")).tolist() == [
        "Usually buys every 12 days; last order 3 May 2026, 89 days ago.",
        "Usually buys every day; last order 3 May 2026, 30 days ago.",
        "Last order 3 May 2026, 1 day ago.",
    ]
    assert reasons(table, language("sv")).tolist() == [
        "Köper normalt med 12 dagars mellanrum; senaste order 3 maj 2026, för 89 dagar sedan.",
        "Köper normalt varje dag; senaste order 3 maj 2026, för 30 dagar sedan.",
        "Senaste order 3 maj 2026, för 1 dag sedan.",
    ]


def test_the_list_can_be_told_in_another_language():
    r = priorities(world())
    sv = r.in_language("sv")
    assert "senaste order" in sv.table["reason"].iloc[0]
    assert "last order" in r.table["reason"].iloc[0]
    assert sv.figures == r.figures
    assert priorities(world(language="sv")).table.equals(sv.table)


def test_the_certain_come_first_and_equals_share_a_rank():
    found = pd.DataFrame(
        {"certified": [True, True, True, False, False], "at_stake": [5.0, 2.0, 2.0, 3.0, 1.0]},
        index=list("abcde"),
    )
    told = ordered(found.iloc[::-1])
    assert list(told.index) == ["a", "b", "c", "d", "e"]
    assert ranks(told).tolist() == [1, 2, 2, 4, 5]


def test_nobody_late_and_nothing_to_judge():
    at = pd.date_range("2024-01-01", AS_OF, freq="10D")
    steady = pd.DataFrame(
        [(c, d, 5.0) for c in "abcdefgh" for d in at], columns=["customer", "date", "amount"]
    )
    calm = priorities(Facts.from_frames(steady))
    assert calm.table.empty and calm.refusal is None and calm.picture() is None
    assert calm.reading() == (
        "No customer is later than its own rhythm explains, or brings in less than its own past "
        "does."
    )
    nothing = replace(calm, parameters=calm.parameters | {"left_out": 1})
    assert nothing.reading().startswith("There is no customer to call")
    one = pd.DataFrame({"customer": ["a"], "date": ["2026-09-30"], "amount": [5.0]})
    few = priorities(Facts.from_frames(one))
    assert few.refusal is not None and few.table.empty
    assert list(few.table.columns) == list(calm.table.columns)
    assert few.payload()["refused"]


def test_picture_draws_the_table_and_hostile_names_as_they_are():
    r = priorities(world())
    ax = r.plot()
    worth = r.table[r.table["at_stake"] > 0]
    assert [bar.get_width() for bar in ax.patches] == worth["at_stake"].tolist()
    texts = [t.get_text() for t in ax.texts]
    assert "=cmd|' /C calc'!A0" in texts and "Åkerlunds AB" in texts
    assert ax.get_title(loc="left").endswith("2 customers who have gone silent")
    head = r.rows()["head"]
    assert head[0] == "Rank" and "Why" in head


@pytest.mark.parametrize("share", ["client", "internal"])
def test_no_sum_per_rep(share):
    r = priorities(world(share=share))
    assert not any("rep" in name for name in r.figures)
    assert not any("Rep" in str(s) for s in r.sentences())
