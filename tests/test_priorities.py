"""Whom to call first: the list, its reasons and its picture."""

from __future__ import annotations

import datetime as dt
import itertools
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from salesfact import _style
from salesfact._facts import Facts
from salesfact._language import language
from salesfact._priorities import ordered, priorities, ranks
from salesfact._priorities_told import Priorities, reasons
from salesfact._rhythm import rhythm

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
    assert list(r.table.index) == ["00007", "00008", "00009"]  # 00009 costs money: last
    assert r.table["rank"].tolist() == [1, 1, 3]
    assert r.table["silent"].all()
    assert r.table["rep"].tolist() == ["Rep 1", "Rep 0", "Rep 1"]
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
    cost = r.table.loc["00009", "at_stake"]
    assert cost < 0
    assert r.figures["silent_at_stake"].value == 200.0 * len(year) + cost
    assert "a year's margin at stake" in r.reading()


def listed(*rows: tuple[str, bool, float], late: int = 0) -> Priorities:
    """A list by hand: name, certain or only late, money at stake."""
    names, silent, money = zip(*rows, strict=True)
    table = priorities(world()).table.iloc[:0]
    table = pd.DataFrame(
        {
            "rank": range(1, len(rows) + 1),
            "name": names,
            "silent": silent,
            "at_stake": money,
            "usual_gap_days": 10.0,
            "open_gap_days": 50,
            "last_order": pd.Timestamp("2026-08-11"),
        },
        index=pd.Index(names, name="customer"),
    ).reindex(columns=table.columns)
    parameters = {"money": "amount", "level": 0.1, "watch_late": late}
    return Priorities(table=table, source=world().source, parameters=parameters)


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
    for name in ("silent", "silent_at_stake", "watch", "watch_at_stake"):
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


def test_who_stands_for_no_money_comes_after_all_who_do():
    found = pd.DataFrame(
        {"silent": [True, True, True, False, False], "at_stake": [5.0, -9.0, -9.0, 3.0, 0.0]},
        index=list("abcde"),
    )
    told = ordered(found.iloc[::-1])
    assert list(told.index) == ["a", "d", "b", "c", "e"]
    assert ranks(told).tolist() == [1, 2, 3, 3, 5]


def test_nobody_late_and_nothing_to_judge():
    at = pd.date_range("2024-01-01", AS_OF, freq="10D")
    steady = pd.DataFrame(
        [(c, d, 5.0) for c in "abcdefgh" for d in at], columns=["customer", "date", "amount"]
    )
    calm = priorities(Facts.from_frames(steady))
    assert calm.table.empty and calm.refusal is None and calm.picture() is None
    assert calm.reading() == "No customer is later than its own rhythm explains."
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
    assert ax.get_title(loc="left").endswith("3 customers who have gone silent")
    head = r.rows()["head"]
    assert head[0] == "Rank" and "Why" in head


@pytest.mark.parametrize("share", ["client", "internal"])
def test_no_sum_per_rep(share):
    r = priorities(world(share=share))
    assert not any("rep" in name for name in r.figures)
    assert not any("Rep" in str(s) for s in r.sentences())
