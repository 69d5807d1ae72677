"""Who changes: through the engine, from lines to sentences and picture."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from matplotlib.dates import date2num
from scipy.special import beta

from salesfact import _drift_told, _lost_groups, _style, _volume_drift
from salesfact._drift import drift
from salesfact._drift_told import GROUP, GROWING, PRICE, SHRINKING, Drift
from salesfact._errors import LeakageError
from salesfact._facts import Facts
from salesfact._language import language
from salesfact._lost_groups import lost_groups
from salesfact._rhythm import rhythm
from salesfact._synth_drift import ChangingWorld, changing_world
from salesfact._value import value
from salesfact._volume_drift import Panel
from tests.proofs.drift_proof import group_frame, world_panel

AS_OF = dt.date(2024, 12, 31)
SEED = 11


def facts_of(world: ChangingWorld, frame: pd.DataFrame | None = None, **more) -> Facts:
    frame = world.frame() if frame is None else frame
    return replace(Facts.from_frames(frame, **more), as_of=world.as_of)


@pytest.fixture(scope="module")
def world() -> ChangingWorld:
    return changing_world(
        SEED,
        customers=140,
        rate=9.0,
        log_sd_rate=0.4,
        season=0.3,
        change_per_year=0.1,
        lose_per_year=0.12,
        price_per_year=0.1,
        as_of=AS_OF,
    )


@pytest.fixture(scope="module")
def result(world) -> Drift:
    return drift(facts_of(world))


def crowd(n: int = 40, first: str = "2022-01-03") -> pd.DataFrame:
    """Customers who order six or seven times a month, each on days of its own."""
    rng = np.random.default_rng(1)
    days = pd.date_range(first, AS_OF)
    parts = [
        pd.DataFrame(
            {"customer": f"s{i:02d}", "date": days[rng.random(len(days)) < 0.21], "amount": 100.0}
        )
        for i in range(n)
    ]
    return pd.concat(parts, ignore_index=True)


def every(customer: str, step: int, first: str, last: str, amount: float = 100.0) -> pd.DataFrame:
    dates = pd.date_range(first, last, freq=f"{step}D")
    return pd.DataFrame({"customer": customer, "date": dates, "amount": amount})


def told(*parts: pd.DataFrame, **more) -> Drift:
    return drift(
        replace(Facts.from_frames(pd.concat(parts, ignore_index=True), **more), as_of=AS_OF)
    )


# -- planted truth ---------------------------------------------------------------------------------


def test_what_is_planted_is_what_is_found(world, result):
    names = np.array(world.names)
    table = result.table[result.table["certified"]]
    truth = {
        SHRINKING: names[(world.since >= 0) & (world.factor < 1)],
        GROWING: names[(world.since >= 0) & (world.factor > 1)],
        PRICE: names[world.price_since >= 0],
    }
    for kind, true in truth.items():
        found = table.index[table["kind"] == kind]
        assert len(found) >= 3 and np.isin(found, true).mean() >= 0.8, kind
    lost = {(n, f"Group {g}") for n, g in zip(names, world.lost, strict=True) if g >= 0}
    pairs = [(c, g) for c, g in zip(table.index, table["group"], strict=True) if g]
    assert len(pairs) >= 3 and np.mean([p in lost for p in pairs]) >= 0.8


def test_the_month_of_the_change_is_found(world, result):
    table = result.table[result.table["certified"] & (result.table["kind"] == SHRINKING)]
    row = [world.names.index(c) for c in table.index]
    months = world.orders.shape[1] - world.since[row]
    recent = months <= 12
    assert recent.sum() >= 2
    assert np.median(np.abs(table["months"].to_numpy()[recent] - months[recent])) <= 1


def test_who_gave_up_a_group_did_so_when_it_is_said(world, result):
    table = result.table[result.table["certified"] & (result.table["kind"] == GROUP)]
    for customer, row in table.iterrows():
        c = world.names.index(customer)
        last = np.flatnonzero(world.bought[c, int(row["group"][-1])])[-1]
        assert row["months"] == world.orders.shape[1] - 1 - last
        assert row["now"] > 0 and 0 < row["before"] <= 1


# -- by hand ---------------------------------------------------------------------------------------


def test_a_fall_by_hand():
    falls = [
        every("falls", 3, "2022-01-02", "2024-06-30"),
        every("falls", 15, "2024-07-05", "2024-12-31"),
    ]
    table = told(crowd(), *falls).table
    row = table.loc["falls"]
    assert row["kind"] == SHRINKING and row["certified"] and table.index[0] == "falls"
    assert row["since"] == pd.Timestamp("2024-07-01") and row["months"] == 6
    assert row["before"] == pytest.approx(10.1, abs=0.6)
    assert row["now"] == pytest.approx(2.0, abs=0.3)
    # 10.1 orders of 100 a month, four fifths of them gone
    assert row["at_stake"] == pytest.approx(12 * 1010 * (1 - row["now"] / row["before"]), rel=0.06)
    assert row["counted"] == row["at_stake"]


def test_the_rep_is_the_one_whom_silence_and_value_name():
    """Of the customer's row, else of its latest lines: one list must not contradict another."""
    frame = pd.concat(
        [
            crowd().assign(rep="Kim"),
            every("falls", 3, "2022-01-02", "2024-06-30").assign(rep="Eva"),
            every("falls", 15, "2024-07-05", "2024-12-31").assign(rep="Åsa"),
        ],
        ignore_index=True,
    )
    people = pd.DataFrame({"customer": ["s00", "falls"], "rep": ["Bo", None]})
    facts = replace(Facts.from_frames(frame, people), as_of=AS_OF)
    assert drift(facts).table.loc["falls", "rep"] == "Åsa"
    for table in (rhythm(facts).table, value(facts).table):
        assert table.loc[["s00", "s01", "falls"], "rep"].tolist() == ["Bo", "Kim", "Åsa"]


def test_nobody_is_flagged_among_the_steady():
    result = told(crowd(60))
    assert not result.table["certified"].any()
    assert result.figures["down"].value == result.figures["up"].value == 0


def test_all_the_same_are_steady():
    same = pd.concat([every(f"c{i}", 4, "2022-01-02", "2024-12-31") for i in range(30)])
    assert drift(replace(Facts.from_frames(same), as_of=AS_OF)).table.empty


def test_a_common_fall_is_nobodys():
    before = crowd(60)
    late = before["date"] >= "2024-07-01"
    thinned = before[~late | (np.arange(len(before)) % 2 == 0)]  # everybody halves
    assert not told(thinned).table["certified"].any()


def test_one_huge_order_makes_no_year():
    falls = [
        every("falls", 3, "2022-01-02", "2024-06-30"),
        every("falls", 15, "2024-07-05", "2024-12-31"),
    ]
    huge = pd.DataFrame(
        {"customer": ["falls"], "date": [pd.Timestamp("2024-01-05")], "amount": [1e7]}
    )
    plain = told(crowd(), *falls).table.loc["falls"]
    with_huge = told(crowd(), *falls, huge).table.loc["falls"]
    assert with_huge["at_stake"] == pytest.approx(plain["at_stake"], rel=0.05)


def test_who_went_silent_is_not_told_here():
    gone = every("gone", 3, "2022-01-02", "2024-11-10")
    assert "gone" not in told(crowd(), gone).table.index


def test_an_empty_window_is_no_test_of_a_fall():
    """Else it would be certified; its neighbour, with one order left, is."""
    n, months = 60, 30
    rng = np.random.default_rng(5)
    orders = rng.poisson(8.0, (n, months)).astype(float)
    orders[0, -2:] = 0.0
    orders[1, -2:] = [1.0, 0.0]
    of = Panel(pd.Index([f"c{i:02d}" for i in range(n)]), orders, orders, np.ones((n, months)))
    fell = _volume_drift.volume_drift(of, np.ones(n, dtype=bool))[_volume_drift.DOWN]
    assert fell.table.query("certified")["customer"].tolist() == ["c01"]
    assert fell.tested == n - 1 and (fell.table["now"] > 0).all()


def test_a_new_customer_has_no_past():
    new = [
        every("new", 2, "2024-08-01", "2024-10-15"),
        every("new", 15, "2024-10-20", "2024-12-31"),
    ]
    assert "new" not in told(crowd(), *new).table.index


def test_lost_group_by_the_beta_function():
    # ten orders a month; the group in every other order until month 20, then 40 orders without
    months, n = 24, 30
    orders = np.full((n, months), 10.0)
    of = Panel(pd.Index([f"c{i}" for i in range(n)]), orders, orders * 100, np.ones((n, months)))
    rows = [
        (f"c{i}", "wax", m, 5 if i or m < 20 else 0, 50.0) for i in range(n) for m in range(months)
    ]
    rows += [(f"c{i}", "oil", m, 10, 100.0) for i in range(n) for m in range(months)]
    cells = pd.DataFrame(rows, columns=["customer", "group", "month", "days", "money"])
    found = _lost_groups.lost_groups(of, cells[cells["days"] > 0], np.ones(n, dtype=bool)).table
    assert found[["customer", "group", "certified", "months"]].to_numpy().tolist() == [
        ["c0", "wax", True, 4]
    ]
    row = found.iloc[0]
    assert row["at_stake"] == 12 * 50.0
    assert row["before"] == pytest.approx(0.5, abs=0.01) and row["now"] == pytest.approx(40, abs=1)
    # choices were as steady as can be: a + b nearly the orders seen
    weight = 1 / (1 / 199 + 1 / _lost_groups.STRENGTHS[-1])
    a = row["before"] * weight
    chance = beta(a, weight - a + row["now"]) / beta(a, weight - a)
    # never so small at earlier dates: the law is believed as far as no exception in 100 tells
    slope = 1 - _volume_drift.BAND / np.sqrt(4 * _lost_groups.PRIOR)
    assert row["p"] == pytest.approx(0.01 * (chance / 0.01) ** slope, rel=1e-3)


def test_groups_bought_in_bursts_are_not_certified_as_lost(monkeypatch):
    def certified() -> int:
        found = 0
        for seed in (21, 22):
            bursty = changing_world(seed, customers=200, bursts=0.3, lose_per_year=0.0)
            of, _ = world_panel(bursty)
            told = lost_groups(of, group_frame(bursty), np.ones(len(of.customers), dtype=bool))
            assert told.tested > 300
            found += int(told.table["certified"].sum())
        return found

    assert certified() <= 1
    monkeypatch.setattr(_lost_groups, "calibrated", lambda p, ordinary: p)
    assert certified() > 20  # what the law alone would have promised


def test_p_values_are_worth_what_they_were_at_earlier_dates():
    p = np.array([1e-9, 1e-4, 0.01, 0.02, 0.5, 1.0])
    even = (np.arange(2000) + 0.5) / 2000
    held = _lost_groups.calibrated(p, even)
    assert (held >= p).all() and (np.diff(held) >= 0).all()
    assert held[3:] == pytest.approx(p[3:]) and held[1] < 1e-3
    deep = 0.01 * ((np.arange(200) + 0.5) / 200) ** (1 / 0.3)  # one in ten, some of them far
    wild = np.concatenate([even, deep])
    worth = _lost_groups.calibrated(p, wild)
    assert worth[2] >= (wild <= 0.01).mean() and worth[1] >= (wild <= 1e-4).mean()


def test_too_few_unchanged_groups_certify_nothing():
    orders = np.full((4, 24), 10.0)
    of = Panel(pd.Index(list("abcd")), orders, orders * 100, np.ones((4, 24)))
    rows = [(c, "wax", m, 5, 50.0) for c in "abcd" for m in range(24 if c != "a" else 14)]
    cells = pd.DataFrame(rows, columns=["customer", "group", "month", "days", "money"])
    found = _lost_groups.lost_groups(of, cells, np.ones(4, dtype=bool)).table
    assert found["customer"].tolist() == ["a"] and not found["certified"].any()


def test_a_lost_group_is_told_at_the_level_at_which_it_was_lost():
    frame = crowd(30)
    rng = np.random.default_rng(4)
    kinds = {"screws": "fixings", "nuts": "fixings", "gloves": "safety", "fixings": "safety"}
    parts = []
    for kind, broad in kinds.items():
        mine = frame[rng.random(len(frame)) < 0.6]
        parts.append(mine.assign(group1=broad, group2=kind))
    lines = pd.concat(parts, ignore_index=True)
    late = lines["date"] >= "2024-04-01"
    fine = late & (lines["customer"] == "s03") & (lines["group2"] == "screws")
    both = late & (lines["customer"] == "s07") & (lines["group1"] == "fixings")
    table = told(lines[~fine & ~both]).table.query("kind == @GROUP and certified")
    assert sorted(zip(table.index, table["group"], strict=True)) == [
        ("s03", "screws"),  # its main group went on, with nuts
        ("s07", "fixings"),  # the main group, and not each part of it again
    ]


def test_a_group_bought_again_is_not_lost(world):
    frame = world.frame()
    lost = drift(facts_of(world)).table.query("kind == @GROUP and certified")
    customer, group = lost.index[0], lost["group"].iloc[0]
    again = frame[(frame["customer"] == customer) & (frame["group1"] == group)].tail(1)
    again = again.assign(date=pd.Timestamp(AS_OF) - pd.Timedelta(days=2))
    table = drift(facts_of(world, pd.concat([frame, again]))).table
    assert not ((table.index == customer) & (table["group"] == group)).any()


def test_a_box_is_no_dearer_piece(world):
    """A product sold by another unit is another price, not a rise or a fall."""
    frame = world.frame()
    table = drift(facts_of(world, frame)).table
    steady = next(c for c in world.names if c not in set(table.index))
    mine = (frame["customer"] == steady) & (frame["date"] >= "2024-07-01")
    boxed = frame.assign(quantity=frame["quantity"].where(~mine, frame["quantity"] * 12))
    again = drift(facts_of(world, boxed)).table
    assert not ((again.index == steady) & (again["kind"] == PRICE)).any()


# -- properties ------------------------------------------------------------------------------------


def test_row_order_is_irrelevant_and_inputs_are_unchanged(world, result):
    frame = world.frame()
    kept = frame.copy(deep=True)
    shuffled = frame.sample(frac=1, random_state=3)
    other = drift(facts_of(world, shuffled))
    pd.testing.assert_frame_equal(other.table, result.table)
    pd.testing.assert_frame_equal(frame, kept)


def test_scaling_money_scales_what_is_at_stake_and_nothing_else(world, result):
    frame = world.frame()
    frame[["amount", "margin"]] *= 4
    other = drift(facts_of(world, frame)).table
    assert (other.index == result.table.index).all()
    assert other["at_stake"].to_numpy() == pytest.approx(
        4 * result.table["at_stake"].to_numpy(),
        rel=1e-12,
    )
    assert other["p"].to_numpy() == pytest.approx(result.table["p"].to_numpy(), rel=1e-12)


def test_a_customers_money_counts_once(result):
    table = result.table
    assert not table.index.is_unique
    for loss in (True, False):
        part = table[table["loss"] == loss]
        counted = part[part["counted"] != 0]
        assert counted.index.is_unique
        first = part[~part.index.duplicated()]
        assert part["counted"].sum() == pytest.approx(first["at_stake"].sum())
    certain = table[table["certified"] & table["loss"]]
    assert result.figures["down_at_stake"].value == pytest.approx(certain["counted"].sum())


def test_later_lines_change_nothing(world):
    early = dt.date(2024, 6, 30)
    frame = world.frame()
    cut = frame[frame["date"] <= pd.Timestamp(early)]
    alone = drift(replace(Facts.from_frames(cut), as_of=early))
    pd.testing.assert_frame_equal(drift(facts_of(world), as_of=early).table, alone.table)


def test_a_later_day_is_refused(world):
    with pytest.raises(LeakageError):
        drift(facts_of(world), as_of=dt.date(2025, 3, 1))


def test_without_groups_products_or_margin_less_is_told(world):
    bare = world.frame()[["customer", "date", "amount"]]
    found = drift(facts_of(world, bare))
    assert set(found.table["kind"]) <= {SHRINKING, GROWING}
    assert not any(found.parameters[k] for k in ("groups_known", "prices_known", "mix_known"))
    assert found.parameters["money"] == "amount" and "revenue" in found.reading()


# -- refusals --------------------------------------------------------------------------------------


def test_refusals_say_why():
    young = told(crowd(5, first="2024-06-03"))
    assert "months" in young.reading() and young.refusal is not None and young.table.empty
    few = told(every("a", 150, "2022-01-02", "2024-12-31"))
    assert few.refusal is _drift_told.FEW and "12" in few.reading()
    assert few.picture() is None


def test_few_who_order_often_are_watched_not_certified():
    falls = [
        every("falls", 3, "2022-01-02", "2024-06-30"),
        every("falls", 15, "2024-07-05", "2024-12-31"),
    ]
    slow = [
        every(f"m{i:02d}", 9 + i % 5, f"2022-01-{2 + i % 9:02d}", "2024-12-31") for i in range(40)
    ]
    found = told(*slow, *falls)
    assert found.parameters["certifiable"] == 0 and not found.table["certified"].any()
    assert "falls" in found.table.index and "Too few customers" in found.reading()


def test_a_change_older_than_the_months_scanned_began_then_or_earlier():
    falls = [
        every("falls", 3, "2022-01-02", "2023-09-30"),
        every("falls", 15, "2023-10-05", "2024-12-31"),
    ]
    row = told(crowd(), *falls).table.loc["falls"]
    assert row["months"] == 12 and "January 2024 or earlier" in row["reason"]


# -- told and drawn --------------------------------------------------------------------------------


def test_reasons_carry_their_figures_in_either_language(result):
    swedish = result.in_language("sv")
    for r, lang in ((result, language("en")), (swedish, language("sv"))):
        for row in r.table.itertuples():
            assert lang.month(row.since.date()) in row.reason
            if row.kind == GROUP:
                assert row.group in row.reason
            if row.kind in (SHRINKING, GROWING):
                assert lang.number(row.before, 1) in row.reason
                assert lang.number(row.now, 1) in row.reason
    assert "order i månaden" in " ".join(swedish.table["reason"])
    pd.testing.assert_frame_equal(swedish.in_language("en").table, result.table)


def test_the_picture_draws_what_the_table_holds(result):
    with _style.themed():
        _, ax = _style.new_figure(*result.size)
        result.draw(ax)
    drawn = result.table[~result.table.index.duplicated()].head(12)
    lines = ax.get_lines()
    assert len(lines) == 2 * len(drawn)
    history = result.tables["history"]
    shown = [t.get_text() for t in ax.texts]
    for at, row in enumerate(drawn.itertuples()):
        mine = history[history["place"] == at]
        assert lines[2 * at].get_ydata() == pytest.approx(
            mine["value"][np.isfinite(mine["value"])].to_numpy()
        )
        assert row.name in shown
        late = lines[2 * at + 1].get_xdata()
        assert late.min() >= date2num(row.since)
        drawn_at = lines[2 * at].get_transform() - ax.transAxes
        corners = drawn_at.transform(np.column_stack(lines[2 * at].get_data()))
        assert corners.min() > -1e-9 and corners.max() < 1  # within the picture
    for narrow in (False, True):
        svg = result.picture(narrow=narrow)
        assert svg and "prefers-color-scheme:dark" in svg


def test_the_band_is_what_was_expected(result):
    history = result.tables["history"]
    counts = history[history["kind"].isin([SHRINKING, GROWING])]
    quiet = counts[counts["high"] > 0]
    months = quiet.groupby("place").head(18)  # before most changes
    inside = (months["value"] >= months["low"] - 0.5) & (months["value"] <= months["high"] + 0.5)
    assert 0.7 < inside.mean() <= 1.0
    assert (history["low"] <= history["high"]).all()


def test_chosen_lists_are_apart():
    p = np.array([0.0001, 0.002, 0.03, 0.2, 0.4, 0.6, 0.8, 0.9, 1.0, np.nan])
    q, certified, watched, chance = _volume_drift.chosen(p)
    assert certified[:3].tolist() == [True, True, True] and not (certified & watched).any()
    assert q[:3].tolist() == pytest.approx([0.0009, 0.009, 0.09])
    assert watched.tolist()[3:5] == [True, False] and 0 <= chance <= watched.sum()
    none = _volume_drift.chosen(p, certain=False)
    assert not none[1].any() and none[2][:3].all()
