"""Whom to call first: the list, its reasons and its picture."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from salesfact._facts import Facts
from salesfact._language import language
from salesfact._priorities import priorities, reasons
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
    assert list(r.table.index) == ["00007", "00008"]  # 00009 is silent too, but costs money
    assert r.table["rank"].tolist() == [1, 1]
    assert r.table["silent"].all()
    assert r.table["rep"].tolist() == ["Rep 1", "Rep 0"]
    bought = list(pd.date_range("2024-01-01", "2026-05-03", freq="14D"))
    year = [d for d in bought if d >= pd.Timestamp("2025-05-01")]
    assert r.table["last_order"].iloc[0] == bought[-1]
    # twelve calendar months to the month of the last order, at a margin of 100 each
    assert r.table["at_stake"].tolist() == [100.0 * len(year)] * 2
    last = bought[-1].date()
    expected = (
        f"Usually buys every 14 days; last order {language('en').date(last)}, "
        f"{(AS_OF - last).days} days ago."
    )
    assert r.table["reason"].iloc[0] == expected
    assert r.figures["at_stake"].value == 200.0 * len(year)
    assert "last year's margin" in r.reading()


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
    assert [bar.get_width() for bar in ax.patches] == r.table["at_stake"].tolist()
    texts = [t.get_text() for t in ax.texts]
    assert "=cmd|' /C calc'!A0" in texts and "Åkerlunds AB" in texts
    assert ax.get_title(loc="left").endswith("2 late customers")
    head = r.rows()["head"]
    assert head[0] == "Rank" and "Why" in head


@pytest.mark.parametrize("share", ["client", "internal"])
def test_no_sum_per_rep(share):
    r = priorities(world(share=share))
    assert not any("rep" in name for name in r.figures)
    assert not any("Rep" in str(s) for s in r.sentences())
