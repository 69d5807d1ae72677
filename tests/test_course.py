"""The course check: worked by hand, planted lists, leaks, refusals, pictures."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from salesfact import Facts, LeakageError, SettingsError, _course, _trial
from salesfact._compare import captured_share
from salesfact._course import course
from salesfact._origins import NAIVE, at_origin, outcomes
from salesfact._promised import TIER, promised
from salesfact._rhythm import rhythm
from salesfact._synth import buying_world
from salesfact._trial import BETTER, FEW, SAME, WORSE

LAST = NAIVE["last_12"]


def frame(seed: int = 3, customers: int = 120, **more) -> pd.DataFrame:
    """Customers of unlike size who buy at random, some of whom leave."""
    until = dt.date(2024, 12, 31)
    made = buying_world(seed, customers=customers, k=1.5, as_of=until, **more).frame()
    size = np.random.default_rng(seed).lognormal(0, 1, customers)
    return made.assign(margin=made["margin"] * size[made["customer"].str[1:].astype(int)])


def facts_of(lines: pd.DataFrame, as_of: str = "2024-12-31", **more) -> Facts:
    return replace(Facts.from_frames(lines, **more), as_of=dt.date.fromisoformat(as_of))


@pytest.fixture(scope="module")
def lines() -> pd.DataFrame:
    return frame()


@pytest.fixture(scope="module")
def facts(lines) -> Facts:
    return facts_of(lines)


def expected(f: Facts, horizon: int) -> pd.DataFrame:
    """Last year's money as an estimate with a range."""
    money = LAST(f, horizon)
    return pd.DataFrame({"estimate": money, "low": 0.5 * money, "high": 1.5 * money})


def knows(facts: Facts, noise: float = 0.0):
    """A list that looks up the future behind the guard's back, in facts it closes over."""

    def ranking(f: Facts, horizon: int) -> pd.Series:
        money = outcomes(facts, f.as_of, horizon)
        shake = np.random.default_rng(f.as_of.toordinal()).normal(size=len(money))
        return money + noise * float(money.std()) * shake

    return ranking


@pytest.fixture(scope="module")
def told(facts):
    return course(facts, {"mine": expected, "last": LAST}, horizon_months=3)


# -- by hand ---------------------------------------------------------------------------------------


def test_shares_and_money_at_an_origin_from_the_lines_themselves(lines, facts, told):
    rows = told.tables["origins"]
    assert rows["origin"].nunique() == 8 and told.parameters["tests"] == 7
    day = rows["origin"].iloc[-1]
    own = rows[(rows["origin"] == day) & (rows["list"] == "mine")].iloc[0]
    year = lines[(lines["date"] <= day) & (lines["date"] > day - pd.DateOffset(months=12))]
    after = lines[(lines["date"] > day) & (lines["date"] <= day + pd.offsets.MonthEnd(3))]
    known = sorted(lines.loc[lines["date"] <= day, "customer"].unique())
    money = after.groupby("customer")["margin"].sum().reindex(known, fill_value=0.0)
    order = year.groupby("customer")["margin"].sum().reindex(known, fill_value=0.0)
    k = round(0.2 * year["customer"].nunique())
    called = order.sort_values(ascending=False).index[:k]
    assert (own["k"], own["customers"]) == (k, len(known))
    assert own["found"] == pytest.approx(money[called].sum())
    assert own["share"] == pytest.approx(money[called].sum() / money.sum())
    assert own["perfect"] == pytest.approx(money.nlargest(k).sum() / money.sum())
    inside = (money >= order * 0.125 - 1e-9) & (money <= order * 0.375 + 1e-9)
    assert own["coverage"] == pytest.approx(inside.mean())


def test_the_summary_is_the_mean_over_the_tested_origins(told):
    rows = told.tables["origins"]
    tested = rows[rows["test"]]
    assert tested["origin"].nunique() == 7 and not rows.loc[~rows["test"], "naive"].any()
    for name, row in told.table.iterrows():
        own = tested[tested["list"] == name]
        assert row["share"] == pytest.approx(own["share"].mean())
        rival = tested.loc[tested["naive"], "share"].mean()
        assert row["difference"] == pytest.approx(own["share"].mean() - rival)
    assert tested.groupby("origin")["naive"].sum().eq(1).all()
    assert told.table["ours"].tolist()[:3] == [True, True, False]


def test_the_naive_list_to_beat_was_the_best_at_earlier_origins(told):
    rows = told.tables["origins"]
    shares = rows[rows["list"].isin(told.parameters["naive"])].pivot(
        index="origin", columns="list", values="share"
    )
    for i, day in enumerate(shares.index[1:], start=1):
        fixed = rows.loc[(rows["origin"] == day) & rows["naive"], "list"].item()
        means = shares.iloc[:i].mean()
        assert means[fixed] == pytest.approx(means.max())


def test_what_was_promised_by_hand(facts, told):
    rows = []
    for day in told.tables["origins"]["origin"].unique()[1:]:
        known = at_origin(facts, day.date())
        money = outcomes(facts, day.date(), 3)
        said = LAST(known, 3).reindex(money.index)
        order = said.rank(ascending=False, pct=True)
        rows.append(pd.DataFrame({"said": said, "came": money, "tier": np.ceil(order * 5 - 1e-9)}))
    by_hand = pd.concat(rows).groupby("tier")[["said", "came"]].sum()
    again = promised(facts, {"mine": expected}, horizon_months=3)
    np.testing.assert_allclose(again.table[["said", "came"]], by_hand)
    assert again.table["customers"].sum() == len(pd.concat(rows))
    assert again.figures["came"].value == pytest.approx(by_hand["came"].sum())
    assert again.shown()["label"].tolist() == list(TIER)
    patches = again.plot().patches
    assert [p.get_width() for p in patches] == pytest.approx(
        [x for pair in zip(again.table["said"], again.table["came"], strict=True) for x in pair]
    )


def test_silences_against_rhythm_and_the_lines(lines, facts, monkeypatch):
    monkeypatch.setattr(_course, "_default_lists", lambda: {"value": expected})
    flagged = course(facts, horizon_months=3).tables["silence"]
    day = flagged["origin"].max()
    table = rhythm(facts.cut(day.date())).table
    own = flagged[flagged["origin"] == day].set_index("customer")
    assert set(own.index[own["silent"]]) == set(table.index[table["silent"]])
    late = table["open_gap_days"] > 2 * table["usual_gap_days"]
    assert set(own.index[own["rule"]]) == set(table.index[late & ~table["gone"]])
    after = lines[(lines["date"] > day) & (lines["date"] <= day + pd.offsets.MonthEnd(3))]
    assert set(own.index[own["back"]]) == set(own.index) & set(after["customer"])


# -- planted lists ---------------------------------------------------------------------------------


def test_a_list_that_knows_more_is_better(facts):
    told = course(facts, {"sharp": knows(facts, noise=0.05)}, horizon_months=3)
    assert told.table.loc["sharp", "verdict"] == BETTER and told.table.loc["sharp", "low"] > 0
    assert "it is better" in told.reading() and "it is better" in told.table.loc["sharp", "told"]


def test_a_list_turned_round_is_worse(facts):
    told = course(facts, {"round": lambda f, h: -LAST(f, h)}, horizon_months=3)
    assert told.table.loc["round", "verdict"] == WORSE and "use the simple list" in told.reading()


def test_a_simple_list_under_another_name_is_as_good(facts):
    told = course(facts, {"mine": LAST}, horizon_months=3, baselines={})
    row = told.table.loc["mine"]
    assert row["verdict"] == SAME and row["low"] <= 0 <= row["high"]


def test_too_good_to_be_true_is_said(facts):
    told = course(facts, {"oracle": knows(facts), "mine": LAST}, horizon_months=3)
    assert told.table["too_good"].tolist() == [True] + [False] * (len(told.table) - 1)
    assert "look for a column" in told.reading()
    assert "look for a column" not in course(facts, {"mine": LAST}, horizon_months=3).reading()


def test_an_unsteady_list_is_read_in_tiers(facts):
    def dice(f: Facts, horizon: int) -> pd.Series:
        known = LAST(f, horizon)
        return pd.Series(np.random.default_rng(f.as_of.toordinal()).random(len(known)), known.index)

    told = course(facts, {"dice": dice}, horizon_months=3)
    assert told.table.loc["dice", "kept"] < 0.6 and "in tiers" in told.reading()
    tiers = told.tables["tiers"]
    assert (
        tiers["share"].sum() == pytest.approx(1)
        and tiers["customers"].sum() == told.figures["customers"].value
    )
    steady = course(facts, {"mine": LAST}, horizon_months=3)
    assert steady.table.loc["mine", "kept"] > 0.6 and "in tiers" not in steady.reading()


def test_a_further_baseline_can_be_the_one_to_beat(facts):
    told = course(
        facts, {"mine": LAST}, horizon_months=3, baselines={"strong": knows(facts, noise=0.05)}
    )
    assert told.table.loc["mine", "verdict"] == WORSE
    assert told.table.loc["strong", "beaten"] == told.parameters["tests"]


# -- leaks -----------------------------------------------------------------------------------------


def test_a_planted_column_raises_with_column_and_origin(lines):
    after = lines[lines["date"] > "2024-09-30"].groupby("customer")["margin"].sum()
    people = pd.DataFrame({"customer": sorted(lines["customer"].unique())})
    people["secret"] = people["customer"].map(after).fillna(0.0)
    facts = facts_of(lines, customers=people, static=False)
    with pytest.raises(LeakageError, match=r"(?s)20\d\d-\d\d-\d\d.*'secret'"):
        course(facts, {"leak": lambda f, h: f.attribute("secret")}, horizon_months=3)


def test_a_list_that_names_later_customers_is_caught():
    growing = frame(growth=0.6)
    facts, everybody = facts_of(growing), growing.groupby("customer")["margin"].sum()
    with pytest.raises(LeakageError, match="without a line up to then"):
        course(facts, {"leak": lambda f, h: everybody}, horizon_months=3)


def test_deleting_later_lines_changes_nothing_at_an_earlier_origin():
    lines = frame(customers=60)
    lists = {"mine": expected, "last": lambda f, h: rhythm(f).table["at_stake"]}
    end = dt.date(2024, 9, 30)
    alone = facts_of(lines[lines["date"] <= pd.Timestamp(end)], "2024-09-30")
    whole = facts_of(lines)
    for days in ([dt.date(2023, 12, 31)], [dt.date(2024, 6, 30)]):
        a = _trial.hold(alone, lists, dict(NAIVE), days, 3)[0]
        b = _trial.hold(whole, lists, dict(NAIVE), days, 3)[0]
        assert a.k == b.k
        for name in a.told:
            pd.testing.assert_frame_equal(a.told[name], b.told[name])
    mine = {"mine": expected}
    one, two = (course(f, mine, horizon_months=3) for f in (alone, whole.cut(end)))
    pd.testing.assert_frame_equal(one.table, two.table)
    for name, table in one.tables.items():
        pd.testing.assert_frame_equal(table, two.tables[name])


def test_the_reporting_lag_is_kept(facts):
    seen: list[dt.date] = []

    def spy(f: Facts, horizon: int) -> pd.Series:
        seen.append(f.as_of)
        assert f.summary()["last_date"].max() <= pd.Timestamp(f.as_of)
        return LAST(f, horizon)

    told = course(facts, {"spy": spy}, horizon_months=3, lag_days=10)
    days = told.tables["origins"]["origin"].unique()
    assert seen == [d.date() - dt.timedelta(days=10) for d in days]


# -- capacity, seeds, order ------------------------------------------------------------------------


def test_capacity_sets_how_many_are_called(facts):
    told = course(facts, {"mine": LAST}, horizon_months=3, capacity=7)
    assert told.figures["k"].value == 7 and "No capacity is set" not in told.reading()
    by_settings = course(
        replace(facts, capacity={"customers_per_quarter": 7.0}), {"mine": LAST}, horizon_months=3
    )
    pd.testing.assert_frame_equal(told.table, by_settings.table)
    assert "No capacity is set" in course(facts, {"mine": LAST}, horizon_months=3).reading()


def test_a_capacity_for_everybody_is_said(facts):
    told = course(facts, {"mine": LAST}, horizon_months=3, capacity=10_000)
    assert told.figures["share"].value == 1 and "reaches every customer" in told.reading()
    assert not told.table["too_good"].any()


def test_same_seed_same_result_and_row_order_does_not_matter(lines, facts, told):
    mixed = facts_of(lines.sample(frac=1, random_state=1))
    again = course(mixed, {"mine": expected, "last": LAST}, horizon_months=3)
    pd.testing.assert_frame_equal(told.table, again.table)
    lows = [
        course(facts, {"late": NAIVE["recency"]}, horizon_months=3, seed=s).table["low"].iloc[0]
        for s in (0, 0, 5)
    ]
    assert lows[0] == lows[1] != lows[2]


def test_money_in_other_units_changes_no_share(lines, told):
    scaled = lines.assign(margin=lines["margin"] * 4, amount=lines["amount"] * 4)
    again = course(facts_of(scaled), {"mine": expected, "last": LAST}, horizon_months=3)
    same = ["share", "difference", "low", "high", "deviance", "coverage", "kept", "beaten"]
    pd.testing.assert_frame_equal(told.table[same], again.table[same], rtol=1e-9)
    assert again.figures["found"].value == pytest.approx(4 * told.figures["found"].value)


def test_all_customers_alike_and_returns_only(facts):
    days = pd.date_range("2022-01-01", "2024-12-31", freq="MS")
    even = pd.DataFrame(
        [(f"c{i}", day, 10.0) for i in range(40) for day in days],
        columns=["customer", "date", "amount"],
    )
    told = course(facts_of(even), {"mine": LAST}, horizon_months=3)
    assert told.table.loc["mine", "difference"] == pytest.approx(0)
    assert told.table.loc["mine", "share"] == pytest.approx(8 / 40)
    back = course(facts_of(even.assign(amount=-1.0)), {"mine": LAST}, horizon_months=3)
    assert back.refusal is not None or back.table.loc["mine", "verdict"] == FEW


# -- refusals and few ------------------------------------------------------------------------------


def test_a_short_history_is_refused_with_what_it_takes(facts, lines):
    short = facts_of(lines[lines["date"] >= "2023-02-01"])
    told = course(short, {"mine": LAST}, horizon_months=12)
    assert told.refusal is not None and told.table.empty
    assert "23 whole months" in told.reading() and "it takes 25" in told.reading()
    assert told.picture() is None and told.headline() is None
    also = promised(short, {"mine": expected}, horizon_months=12)
    assert also.refusal is not None and "it takes 25" in also.reading()
    # with a shorter horizon the same facts can tell
    assert course(short, {"mine": LAST}, horizon_months=3).refusal is None


def test_few_customers_and_few_dates_are_no_verdict(lines):
    few = facts_of(lines[lines["customer"] < "C00020"])
    told = course(few, {"mine": LAST}, horizon_months=3)
    assert told.table.loc["mine", "verdict"] == FEW and "needs: at least" in told.reading()
    young = facts_of(lines[lines["date"] >= "2022-12-01"])
    told = course(young, {"mine": LAST}, horizon_months=12)
    assert told.parameters["tests"] == 1 and told.table.loc["mine", "verdict"] == FEW
    assert "overlaps" in told.reading()


@pytest.mark.parametrize(
    ("low", "value", "high", "said"),
    [
        (0.01, 0.03, 0.05, BETTER),
        (-0.05, -0.03, -0.01, WORSE),
        (-0.02, 0.0, 0.3, SAME),
        (-0.2, 0.0, 0.1, FEW),
    ],
)
def test_the_verdict(low, value, high, said):
    lead = _trial.Difference(value, low, high, 0.5 + value, 0.5, 1000)
    assert _trial.verdict(lead, 3, 100) == said
    assert _trial.verdict(lead, 1, 100) == FEW and _trial.verdict(lead, 3, 29) == FEW
    assert _trial.verdict(None, 3, 100) == FEW


def test_a_list_without_money_promises_nothing(facts):
    told = promised(facts, {"order": NAIVE["recency"]}, horizon_months=3)
    assert told.refusal is not None and "no money" in told.reading()
    rows = course(facts, {"order": NAIVE["recency"]}, horizon_months=3).tables["origins"]
    assert rows.loc[rows["list"] == "order", "deviance"].isna().all()
    assert rows.loc[rows["list"] == "last_12", "deviance"].notna().all()


def test_the_incremental_scoreboard_is_refused(told):
    boards = told.tables["scoreboards"].set_index("scoreboard")["refused"]
    assert boards.to_dict() == {"predictive": False, "incremental": True}
    assert "calls given by lot" in told.reading()


# -- words and pictures ----------------------------------------------------------------------------


def test_the_picture_draws_the_curves_of_the_table(told):
    ax = told.plot()
    gain = told.tables["gain"]
    drawn = {tuple(np.round(line.get_ydata(), 9)) for line in ax.lines}
    for name in gain["list"].unique():
        assert tuple(np.round(gain.loc[gain["list"] == name, "share"], 9)) in drawn
    k, share = told.figures["k"].value, told.figures["share"].value
    points = [tuple(np.ravel(line.get_xydata())) for line in ax.lines if len(line.get_xdata()) == 1]
    assert (k, share) in points and (k, told.figures["naive_share"].value) in points
    own = gain[gain["list"] == gain["list"].iloc[0]]
    at = own.set_index("customers")["share"]
    if k in at.index:
        assert at[k] == pytest.approx(share)
    assert told.picture() == told.picture() and told.picture(narrow=True)


def test_swedish_verdicts(told):
    other = told.in_language("sv")
    assert "Hade du använt listan" in other.reading()
    assert other.table["told"].str.contains("enkla listan|enkel lista").all()
    assert other.in_language("en").table["told"].tolist() == told.table["told"].tolist()


def test_kept_and_restored(tmp_path, monkeypatch):
    monkeypatch.setattr(_course, "_default_lists", lambda: {"value": expected})
    kept = replace(facts_of(frame(customers=60)), key="k", folder=tmp_path)
    first, second = course(kept, horizon_months=3), course(kept, horizon_months=3)
    assert [p.name for p in (tmp_path / "results").glob("*/course-*")]
    pd.testing.assert_frame_equal(first.table, second.table)
    assert first.reading() == second.reading()
    # another capacity is another question
    wider = course(replace(kept, capacity={"customers_per_quarter": 50.0}), horizon_months=3)
    assert wider.figures["k"].value == 50


def test_the_inputs_are_left_alone(facts):
    lists = {"mine": expected}
    before = facts.summary()
    course(facts, lists, horizon_months=3)
    assert lists == {"mine": expected}
    pd.testing.assert_frame_equal(facts.summary(), before)


def test_captured_share_of_the_table_is_that_of_the_lists(facts, told):
    day = told.tables["origins"]["origin"].max().date()
    money = outcomes(facts, day, 3)
    share = captured_share(money, LAST(at_origin(facts, day), 3), told.figures["k"].value)
    assert told.figures["share"].value == pytest.approx(share)


def test_parameters_that_make_no_sense_are_all_told(facts):
    with pytest.raises(SettingsError) as told:
        course(facts, {}, horizon_months=0, capacity=0, lag_days=-1)
    text = str(told.value)
    for word in (
        "horizon_months: found 0",
        "capacity: found 0",
        "lag_days: found -1",
        "no list is named",
    ):
        assert word in text


def test_where_the_past_tells_nothing_a_list_by_lot_is_named(facts):
    def dice(f: Facts, horizon: int) -> pd.Series:
        known = LAST(f, horizon)
        return pd.Series(np.random.default_rng(f.as_of.toordinal()).random(len(known)), known.index)

    told = course(facts, {"dice": dice}, horizon_months=3)
    assert "drawn by lot would have found" in told.reading()
    assert told.figures["lot_share"].value == pytest.approx(told.table.loc["random", "share"])
    assert "drawn by lot would" not in course(facts, {"mine": LAST}, horizon_months=3).reading()
