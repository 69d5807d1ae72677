"""What changed: a bridge worked by hand, by property and on real data."""

from __future__ import annotations

import datetime as dt
import itertools
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from salesfact import _style
from salesfact._bridge import CAUSES, KINDS, bridge
from salesfact._errors import SettingsError
from salesfact._facts import Facts

COLUMNS = ["customer", "date", "amount", "product", "quantity"]
BEFORE, WAS, NOW = "2023-11-15", "2024-11-15", "2025-11-15"
AS_OF = dt.date(2025, 12, 31)


def facts(rows: list[tuple], columns: list[str] = COLUMNS, first: str = "2022-01-01") -> Facts:
    """Twelve months up to 31 December 2025 against the twelve before; `x` frames the time."""
    frame = [("x", first, 1), ("x", str(AS_OF), 0)]
    lines = pd.concat(
        [pd.DataFrame(rows, columns=columns), pd.DataFrame(frame, columns=columns[:3])]
    )
    for name in {"amount", "quantity"} & set(columns):
        lines[name] = lines[name].astype(float)
    if "product" in columns:
        lines["product"] = lines["product"].astype("str")
    return Facts.from_frames(lines.reset_index(drop=True))


def said(text: str) -> str:
    return text.replace("\u00a0", " ")


def parts(result) -> dict[str, Decimal]:
    return result.tables["parts"]["amount"].to_dict()


def test_kinds_by_hand():
    r = bridge(
        facts(
            [
                ("new", NOW, 100, "p", 1),
                ("lost", WAS, 70, "p", 1),
                ("lost", NOW, -5, "p", -1),  # a return only: it did not buy
                ("back", BEFORE, 10, "p", 1),
                ("back", NOW, 40, "p", 1),
                ("more", WAS, 10, "p", 1),
                ("more", NOW, 25, "p", 1),
                ("less", WAS, 30, "p", 1),
                ("less", NOW, 20, "p", 1),
                ("same", WAS, 8, "p", 1),
                ("same", NOW, 8, "p", 1),
                ("credit", NOW, -3, None, None),
            ]
        )
    )
    kinds = r.table["kind"].drop("x", errors="ignore").to_dict()
    assert kinds == {
        "new": "new",
        "lost": "lost",
        "back": "returned",
        "more": "expanded",
        "less": "contracted",
        "same": "unchanged",
        "credit": "credits",
    }
    p = parts(r)
    assert (p["earlier"], p["later"], p["change"]) == (118, 185, 67)
    assert {k: p[k] for k in KINDS} == {
        "new": 100,
        "lost": -75,
        "returned": 40,
        "expanded": 15,
        "contracted": -10,
        "unchanged": 0,
        "credits": -3,
    }
    assert r.figures["driver"].value == "new customers"
    assert r.figures["lost_customers"].value == 1
    assert "Revenue rose by SEK 67" in said(r.reading())


def test_what_there_is_none_of_is_not_told():
    told = said(bridge(facts([("a", WAS, 10, "p", 1), ("b", NOW, 20, "p", 1)])).reading())
    assert "Lost customers: 1 (" in told and "New customers: 1 (" in told
    assert "Came back" not in told and "stayed" not in told


def test_price_volume_mix_by_hand():
    """One customer. Earlier: a 10 at 4 = 40, b 10 at 6 = 60. Later: a 30 at 5 = 150, b 10 at 6.

    price = (5 - 4) * 30 + 0 = 30; Q 20 -> 40, so volume = 100 * (40 / 20 - 1) = 100;
    mix = (4 * 30 + 6 * 10) - 100 * 40 / 20 = 180 - 200 = -20; sum 110 = 210 - 100.
    """
    r = bridge(
        facts(
            [
                ("c", WAS, 40, "a", 10),
                ("c", WAS, 60, "b", 10),
                ("c", NOW, 150, "a", 30),
                ("c", NOW, 60, "b", 10),
            ]
        )
    )
    found = r.table.loc["c", list(CAUSES)].to_dict()
    assert found == {"volume": 100, "mix": -20, "range": 0, "price": 30, "other": 0}


def test_quantities_are_added_only_within_a_product_group():
    """As above, but a and b in groups of their own: volume = 40 * (30 / 10 - 1) = 80, no mix."""
    rows = [
        ("c", WAS, 40, "a", 10, "screws"),
        ("c", WAS, 60, "b", 10, "machines"),
        ("c", NOW, 150, "a", 30, "screws"),
        ("c", NOW, 60, "b", 10, "machines"),
    ]
    r = bridge(facts(rows, [*COLUMNS, "group1"]))
    found = r.table.loc["c", list(CAUSES)].to_dict()
    assert found == {"volume": 80, "mix": 0, "range": 0, "price": 30, "other": 0}


def test_range_other_and_returned_goods_by_hand():
    r = bridge(
        facts(
            [
                ("c", WAS, 50, "kept", 10),
                ("c", NOW, 60, "kept", 12),
                ("c", NOW, -10, "kept", -2),  # netted: 10 for 50, as before
                ("c", WAS, 20, "dropped", 1),
                ("c", NOW, 35, "added", 1),
                ("c", WAS, 11, None, 1),  # no product
                ("c", NOW, 13, "kept", None),  # no quantity
                ("c", WAS, 9, "back", 3),
                ("c", NOW, -3, "back", -1),  # more returned than bought
            ]
        )
    )
    found = r.table.loc["c", list(CAUSES)].to_dict()
    # other: later 13 + -3, earlier 11 + 9
    assert found == {"volume": 0, "mix": 0, "range": 15, "price": 0, "other": -10}
    assert r.table.loc["c", "change"] == 5


def test_without_products_the_change_is_not_split():
    rows = [("c", WAS, 40), ("c", NOW, 50)]
    r = bridge(facts(rows, COLUMNS[:3]))
    assert not r.parameters["separable"]
    assert r.table.loc["c", "other"] == 10
    assert "cannot be told apart" in said(r.reading())
    assert "Volume" not in r.rows()["head"]
    assert r.picture()


def test_too_short_facts_are_refused_in_words():
    r = bridge(facts([("c", NOW, 5, "p", 1)], first="2024-02-01"))
    assert r.refusal is not None and r.picture() is None
    assert "1 February 2024" in said(r.reading())
    assert bridge(facts([("c", NOW, 5, "p", 1)], first="2024-01-31")).refusal is None
    assert bridge(facts([("c", NOW, 5, "p", 1)], first="2024-02-01"), months=6).refusal is None


@pytest.mark.parametrize("months", [0, -1, 1.5, "12", True])
def test_months_are_checked(months):
    with pytest.raises(SettingsError, match="whole number"):
        bridge(facts([]), months=months)


def test_no_change_and_no_money():
    same = bridge(facts([("c", WAS, 5, "p", 1), ("c", NOW, 5, "p", 1)]))
    assert "the same as" in same.reading() and "did not change" in same.payload()["headline"]
    gone = bridge(facts([("c", WAS, 5, "p", 1), ("c", NOW, -5, "p", -1)]))
    assert parts(gone)["lost"] == -10
    risen = bridge(facts([("c", NOW, 5, "p", 1)]))
    assert "from SEK 0 to SEK 5" in said(risen.reading())


def test_huge_ratios_do_not_break_the_sum():
    r = bridge(
        facts(
            [
                ("c", WAS, 9_999_999_999, "p", 0.0001),
                ("c", NOW, 1, "p", 9_999_999),
            ]
        )
    )
    assert r.table.loc["c", "other"] == 1 - 9_999_999_999
    assert sum(parts(r)[c] for c in CAUSES) == parts(r)["change"]


cents = st.integers(-10_000_000, 90_000_000).map(lambda x: Decimal(x).scaleb(-4))
line = st.tuples(
    st.sampled_from("abcd"),
    st.dates(dt.date(2023, 1, 1), AS_OF),
    cents,
    st.sampled_from(["p", "q", "r", None]),
    st.one_of(st.none(), st.integers(-3000, 90_000).map(lambda x: Decimal(x).scaleb(-3))),
)


@settings(max_examples=8, deadline=None, phases=[Phase.explicit, Phase.generate])
@given(st.lists(line, min_size=1, max_size=40), st.randoms())
def test_parts_sum_exactly_whatever_happens(rows, random):
    lines = facts(rows)
    r = bridge(lines)
    p = parts(r)
    assert sum(p[k] for k in KINDS) == p["change"] == p["later"] - p["earlier"]
    stayed = [p[k] for k in ("expanded", "contracted", "unchanged")]
    assert sum(p[c] for c in CAUSES) == sum(stayed)
    year = [a for c, d, a, *_ in rows if d.year == 2025]
    assert p["later"] == sum(year, Decimal(0))
    own = r.table[r.table["kind"].isin(["expanded", "contracted", "unchanged"])]
    exact = own.map(lambda v: Decimal(repr(round(v, 4))) if isinstance(v, float) else v)
    for _, c in exact.iterrows():
        assert sum(c[x] for x in CAUSES) == c["change"] == c["later"] - c["earlier"]
    shuffled = rows.copy()
    random.shuffle(shuffled)
    pd.testing.assert_frame_equal(bridge(facts(shuffled)).table, r.table)
    doubled = [(c, d, a * 2, *rest) for c, d, a, *rest in rows]
    twice = bridge(facts(doubled)).table.loc[r.table.index]
    at = ["earlier", "later", "change", "price", "range", "other"]
    keep = r.table.index != "x"
    np.testing.assert_allclose(
        twice.loc[keep, at].astype(float), r.table.loc[keep, at] * 2, atol=0.002
    )


@pytest.mark.parametrize("narrow", [False, True])
def test_no_text_of_the_picture_lies_on_another(narrow):
    rows = [("n", NOW, 1e6, "p", 1), ("l", WAS, 7e5, "p", 1), ("s", WAS, 9e6, "p", 1)]
    r = bridge(facts(rows)).in_language("sv")
    with _style.themed():
        figure, ax = _style.new_figure(*((r.narrow_size if narrow else r.size) or (0, 0)))
        r.draw(ax)
        figure.draw_without_rendering()
        boxes = [t.get_window_extent() for t in [*ax.texts, *ax.get_yticklabels()]]
    boxes = [b for b in boxes if b.width > 1]
    assert len(boxes) >= 14
    assert not [(a, b) for a, b in itertools.combinations(boxes, 2) if a.overlaps(b)]


def test_picture_draws_the_parts():
    r = bridge(facts([("n", NOW, 100, "p", 1), ("l", WAS, 70, "p", 1), ("s", WAS, 9, "p", 1)]))
    ax = r.plot()
    widths = [round(bar.get_width(), 6) for bar in ax.patches]
    p = {k: float(v) for k, v in parts(r).items()}
    order = ["lost", "new", "returned", "contracted", "expanded", *CAUSES]
    assert widths == [p[k] for k in order]
    first, last = (line.get_xdata()[0] for line in ax.lines if line.get_marker() == "o")
    assert (first, last) == (p["earlier"], p["later"])
    assert said(ax.get_title(loc="left")).startswith("Revenue rose by SEK 21")


@pytest.mark.realdata
def test_online_retail_half_years(real_data):
    """June–November 2011 against December 2010–May 2011, against pandas on the raw file."""
    raw = pd.read_parquet(real_data / "online_retail" / "online_retail.parquet")
    raw = raw[raw["CustomerID"].notna()]
    lines = pd.DataFrame(
        {
            "customer": raw["CustomerID"].astype(int).astype(str),
            "date": raw["InvoiceDate"],
            "amount": (raw["Quantity"] * raw["UnitPrice"]).round(4),
            "product": raw["StockCode"].astype(str),
            "quantity": raw["Quantity"],
        }
    )
    source = Facts.from_frames(lines, currency="GBP")
    r = bridge(source, as_of=dt.date(2011, 11, 30), months=6)
    p = parts(r)
    was = lines[lines["date"] < "2011-06-01"]
    now = lines[(lines["date"] >= "2011-06-01") & (lines["date"] < "2011-12-01")]
    assert float(p["earlier"]) == pytest.approx(was["amount"].sum(), abs=0.005)
    assert float(p["later"]) == pytest.approx(now["amount"].sum(), abs=0.005)
    bought_was, bought_now = (set(x.loc[x["amount"] > 0, "customer"]) for x in (was, now))
    assert r.figures["lost_customers"].value == len(bought_was - bought_now)
    assert r.figures["new_customers"].value == len(bought_now - bought_was)
    assert sum(p[k] for k in KINDS) == p["change"]
    # price effect, computed the long way
    cells = [x.groupby(["customer", "product"])[["amount", "quantity"]].sum() for x in (was, now)]
    both = cells[0].add_suffix("0").join(cells[1].add_suffix("1"), how="inner")
    both = both[(both["quantity0"] > 0) & (both["quantity1"] > 0)]
    both = both[both.index.get_level_values(0).isin(bought_was & bought_now)]
    price = both["amount1"] - both["amount0"] * both["quantity1"] / both["quantity0"]
    assert float(p["price"]) == pytest.approx(price.sum(), abs=1)
    assert bridge(source, as_of=dt.date(2011, 11, 30)).refusal is not None
