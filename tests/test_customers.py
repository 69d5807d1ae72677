"""Who carries us: concentration, worked by hand, by property and on real data."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from salesfact._customers import abc, customers
from salesfact._facts import Facts

AS_OF = dt.date(2026, 9, 30)


def frame(rows: list[tuple], columns: str) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=columns.split())


def hand_world() -> Facts:
    # margins by hand: a 60, b 30 (two lines, one returned), c 20, d 20, e -30; total 100
    lines = frame(
        [
            ("a", "2026-09-30", 200, 60, "1"),
            ("b", "2026-01-10", 150, 45, "2"),
            ("b", "2026-01-20", -50, -15, "3"),  # a return is no order
            ("c", "2025-10-01", 80, 20, "4"),
            ("d", "2026-03-01", 70, 20, "5"),
            ("e", "2026-03-02", 100, -30, "6"),
            ("a", "2025-09-30", 999, 999, "7"),  # the day before the twelve months begin
        ],
        "customer date amount margin order",
    )
    known = frame([("a", "Åkerlunds AB"), ("e", "<script>")], "customer name")
    return Facts.from_frames(lines, known)


def test_hand_worked_world():
    r = customers(hand_world())
    t = r.table
    assert list(t.index) == ["a", "b", "c", "d", "e"]
    assert t["margin"].tolist() == [60, 30, 20, 20, -30]
    assert t["revenue"].tolist() == [200, 100, 80, 70, 100]
    assert t["share"].tolist() == [0.6, 0.3, 0.2, 0.2, -0.3]
    np.testing.assert_allclose(t["cumulative_share"], [0.6, 0.9, 1.1, 1.3, 1.0])
    assert t["rank"].tolist() == [1, 2, 3, 3, 5]
    # positive margin is 130: A below 104 (a 0, b 60, c and d 90), so all four; e costs money
    assert t["class"].tolist() == ["A", "A", "A", "A", "C"]
    assert t["orders"].tolist() == [1, 1, 1, 1, 1]
    assert t["name"].tolist() == ["Åkerlunds AB", "b", "c", "d", "<script>"]
    f = r.figures
    # Herfindahl on the positive margin: (60² + 30² + 20² + 20²) / 130² = 5300 / 16900
    assert f["herfindahl"].value == pytest.approx(5300 / 16900)
    assert f["effective_customers"].value == pytest.approx(16900 / 5300)
    assert f["total"].value == 100
    assert f["loss"].value == -30 and f["loss_customers"].value == 1
    assert f["peak_share"].value == pytest.approx(1.3)
    assert r.parameters["money"] == "margin"
    assert "4 of 5 customers bring 130% of the margin" in r.reading()


def test_revenue_where_there_is_no_margin():
    lines = frame([("a", "2026-09-01", 3), ("b", "2026-09-02", 1)], "customer date amount")
    r = customers(Facts.from_frames(lines))
    assert r.parameters["money"] == "revenue"
    assert "margin" not in r.table
    assert r.table["share"].tolist() == [0.75, 0.25]
    assert "the revenue" in r.reading()
    assert r.table["orders"].tolist() == [1, 1]


@pytest.mark.parametrize(
    ("money", "classes"),
    [
        ([80, 15, 5], "ABC"),  # 80 % before b: b is not A; 95 % before c
        ([79, 16, 5], "AAC"),  # b crosses 80 %, so it is A
        ([50, 50, 50], "AAA"),  # equals share a class
        ([90, 4, 3, 3], "ABBB"),  # equals after 94 % share B
        ([10, 0, -5], "ACC"),
        ([7], "A"),
        ([0, 0], "CC"),
    ],
)
def test_abc_limits(money, classes):
    assert "".join(abc(pd.Series(money))) == classes


def test_one_customer_and_none():
    one = customers(Facts.from_frames(frame([("a", "2026-09-30", 5)], "customer date amount")))
    assert one.figures["effective_customers"].value == 1
    assert one.reading().startswith(
        "One single customer, a, brings all of the revenue since 30 Sep"
    )
    headline = one.headline()
    assert headline is not None and "100" not in one.say(headline)
    assert "class A: 1 customer, " in str(one.picture())
    old = frame([("a", "2020-01-01", 5), ("b", "2026-09-30", 5)], "customer date amount")
    late = Facts.from_frames(old)
    none = customers(late, as_of=dt.date(2024, 1, 1))
    assert none.refusal is not None and none.table.empty
    assert "Nothing was sold" in none.reading() and none.picture() is None
    assert none.payload()["refused"]


def test_facts_of_three_months_are_not_told_as_twelve():
    lines = [("a", "2026-07-01", 9), ("b", "2026-09-30", 1)]
    short = customers(Facts.from_frames(frame(lines, "customer date amount")))
    assert "since 1 July 2026, when the facts begin" in short.reading()
    whole = frame([*lines, ("a", "2025-09-30", 1)], "customer date amount")
    assert "of the last 12 months" in customers(Facts.from_frames(whole)).reading()


def test_a_total_that_is_not_positive_is_refused():
    lines = frame([("a", "2026-09-01", 3), ("b", "2026-09-02", -3)], "customer date amount")
    r = customers(Facts.from_frames(lines))
    assert r.refusal is not None
    assert r.table["share"].isna().all()
    assert r.table["class"].tolist() == ["A", "C"]
    assert "mean nothing" in r.reading()


def test_earlier_origin_sees_only_what_was_known():
    f = hand_world()
    assert customers(f, as_of=dt.date(2026, 1, 15)).table.loc["b", "revenue"] == 150


lines_of = st.lists(
    st.tuples(
        st.sampled_from("abcdef"),
        st.dates(dt.date(2025, 1, 1), AS_OF),
        st.integers(-500, 2000),
    ),
    min_size=1,
    max_size=30,
)


@settings(max_examples=8, deadline=None, phases=[Phase.explicit, Phase.generate])
@given(lines_of, st.randoms())
def test_row_order_is_irrelevant_scale_scales_and_parts_sum(rows, random):
    lines = frame([*rows, ("z", AS_OF, 100)], "customer date amount")
    before = lines.copy()
    r = customers(Facts.from_frames(lines))
    pd.testing.assert_frame_equal(lines, before)
    shuffled = lines.sample(frac=1, random_state=random.randint(0, 999)).reset_index(drop=True)
    pd.testing.assert_frame_equal(customers(Facts.from_frames(shuffled)).table, r.table)
    tripled = customers(Facts.from_frames(lines.assign(amount=lines["amount"] * 3))).table
    np.testing.assert_allclose(tripled["revenue"], r.table["revenue"] * 3)
    np.testing.assert_allclose(tripled["share"], r.table["share"])
    assert tripled["class"].tolist() == r.table["class"].tolist()
    if r.refusal is None:
        assert r.table["share"].sum() == pytest.approx(1)
        assert r.table["cumulative_share"].iloc[-1] == pytest.approx(1)
    for _, same in r.table.groupby("revenue"):
        assert same["class"].nunique() == same["rank"].nunique() == 1


def test_picture_draws_what_the_table_holds():
    r = customers(hand_world())
    ax = r.plot()
    curve = max(ax.lines, key=lambda line: len(line.get_xdata()))
    np.testing.assert_allclose(curve.get_ydata(), [0, *r.table["cumulative_share"]])
    np.testing.assert_allclose(curve.get_xdata(), np.arange(6) / 5)
    assert ax.get_title(loc="left") == "4 of 5 customers bring 130% of the margin"
    assert any("costs money" in t.get_text() for t in ax.texts)
    assert "<svg" in (r.in_language("sv").picture() or "")


@pytest.mark.realdata
def test_online_retail(real_data):
    """Against pandas on the raw file: last twelve months up to 30 November 2011."""
    raw = pd.read_parquet(real_data / "online_retail" / "online_retail.parquet")
    raw = raw[raw["CustomerID"].notna()]
    lines = pd.DataFrame(
        {
            "customer": raw["CustomerID"].astype(int).astype(str),
            "date": raw["InvoiceDate"],
            "amount": (raw["Quantity"] * raw["UnitPrice"]).round(4),
            "order": raw["InvoiceNo"].astype(str),
        }
    )
    r = customers(Facts.from_frames(lines, currency="GBP"), as_of=dt.date(2011, 11, 30))
    year = lines[lines["date"] < "2011-12-01"]
    assert r.figures["total"].value == pytest.approx(year["amount"].sum(), abs=0.01)
    best = year.groupby("customer")["amount"].sum().sort_values(ascending=False)
    assert r.table.index[0] == best.index[0]
    np.testing.assert_allclose(r.table["revenue"].head(50), best.head(50), atol=0.001)
    s = best.clip(lower=0) / best.clip(lower=0).sum()
    assert r.figures["effective_customers"].value == pytest.approx(1 / (s**2).sum())
    bought = year[year["amount"] > 0].groupby("customer")["order"].nunique()
    assert r.table["orders"].sum() == bought.sum()
