"""What is each customer worth: by hand, properties, refusals, words, picture, no look ahead."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from salesfact import _style
from salesfact._calibration import calibration
from salesfact._choice import choose
from salesfact._errors import LeakageError, SettingsError
from salesfact._estimators import Ahead
from salesfact._facts import Facts
from salesfact._features import NAMES, features
from salesfact._glm import FAR, Lesson, train
from salesfact._history import history
from salesfact._looks import Looks
from salesfact._origins import NAIVE, NAIVE_ESTIMATES, months_after
from salesfact._outlook import outlook, views_agree
from salesfact._result import Figure
from salesfact._topdown import by_month, top_down
from salesfact._value import estimates, value
from salesfact._value_told import METHODS, MODELS, Value
from tests.proofs.value_proof import world

AS_OF = dt.date(2024, 12, 31)


def lines(*rows: tuple[str, str, float]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["customer", "date", "amount"])
    return frame.assign(date=pd.to_datetime(frame["date"]))


def facts_of(frame: pd.DataFrame, as_of: dt.date = AS_OF, **more) -> Facts:
    return replace(Facts.from_frames(frame, **more), as_of=as_of)


def monthly(customer: str, amount: float, first: str, last: str, day: int = 5) -> pd.DataFrame:
    dates = pd.date_range(first, last, freq="MS") + pd.Timedelta(days=day - 1)
    return pd.DataFrame({"customer": customer, "date": dates, "amount": amount})


@pytest.fixture(scope="module")
def facts() -> Facts:
    return world(3)


@pytest.fixture(scope="module")
def result(facts) -> Value:
    return value(facts, horizon_months=6)


# -- by hand ---------------------------------------------------------------------------------------

HAND = lines(
    ("a", "2023-01-10", 50.0),
    ("a", "2024-02-10", 120.0),
    ("a", "2024-08-10", 60.0),
    ("a", "2024-11-10", 30.0),
    ("a", "2024-12-31", -10.0),
    ("b", "2023-12-31", 40.0),
    ("c", "2025-01-01", 9.0),
)


def test_naive_by_hand():
    past = history(facts_of(HAND))
    assert past.customers.tolist() == ["a", "b"]  # c is of tomorrow
    naive = Ahead(past, 6).naive
    assert naive["last_12"].tolist() == [(120 + 60 + 30 - 10) * 6 / 12, 0.0]
    assert naive["last_6"].tolist() == [60 + 30 - 10, 0.0]
    assert naive["last_3"].tolist() == [(30 - 10) * 6 / 3, 0.0]
    assert naive["season"].tolist() == [120.0, 0.0]  # January to June a year earlier


@pytest.mark.parametrize("months", [1, 6, 12, 24])
def test_naive_equals_the_naive_lists(facts, months):
    own = Ahead(history(facts), months).naive
    for name in NAIVE_ESTIMATES:
        theirs = NAIVE[name](facts, months)
        assert own[name] == pytest.approx(theirs.to_numpy(float)), name


def test_lifetimes_by_hand():
    life = history(facts_of(HAND)).lifetime
    assert life.ordered.tolist() == [True, True]
    assert life.x.tolist() == [3.0, 0.0]  # the credit note is no order
    assert life.t_x.tolist() == [670.0, 0.0] and life.T.tolist() == [721.0, 366.0]
    gaps = [396.0, 182.0, 92.0]
    assert life.log_gaps[0] == pytest.approx(np.log(gaps).sum()) and life.longest[0] == 396.0


def test_outcomes_and_totals_by_hand():
    past = history(facts_of(HAND))
    origin = dt.date(2024, 6, 30)
    assert past.outcome(origin, 6).tolist() == [80.0, 0.0]
    assert past.total(origin, AS_OF) == 80.0
    assert past.until(dt.date(2023, 6, 30)).customers.tolist() == ["a"]
    with pytest.raises(ValueError, match="ends later"):
        past.outcome(origin, 7)
    months = by_month(past)
    assert len(months) == 23 and months.sum() == 240.0  # January 2023 begins on the 10th
    assert months[-1] == -10.0 and months[0] == 0.0


def test_spend_is_drawn_to_the_mean_of_all():
    frame = pd.concat(
        [monthly("a", 100.0, "2023-01", "2024-12"), monthly("b", 50.0, "2024-12", "2024-12")]
    )
    told = Ahead(history(facts_of(frame)), 12).spend
    assert told[0] == pytest.approx(100, abs=1) and 50 < told[1] < 100


def test_bayes_by_hand_where_all_order_alike():
    """Rates that differ by no more than chance are all the mean: 22 orders after entry."""
    frame = pd.concat([monthly(c, 100.0, "2024-01", "2024-12", day=1) for c in "ab"])
    told = Ahead(history(facts_of(frame)), 12).bayes
    at_risk = 2 * 365 / 30.4375  # both entered on the first of January
    assert told == pytest.approx(22 / at_risk * (365 / 30.4375) * 100.0)


def test_the_whole_is_carried_on():
    level = top_down(np.full(24, 100.0), 6)
    assert level == pytest.approx(600, rel=1e-3)
    wave = 100 + 50 * np.sin(2 * np.pi * np.arange(48) / 12)
    assert top_down(wave, 12) == pytest.approx(1200, rel=0.02)
    assert top_down(np.ones(11), 6) is None and top_down(np.zeros(24), 6) == 0.0


# -- the GLM ---------------------------------------------------------------------------------------


def lesson(seed: int, n: int = 400, slope: float = 0.5) -> Lesson:
    dice = np.random.default_rng(seed)
    x = dice.normal(size=(n, 3))
    naive = np.exp(dice.normal(size=n))
    mean = naive * np.exp(0.2 + slope * x[:, 0])
    return Lesson(x, naive, 0.02 * float(naive.mean()), mean * dice.gamma(4, 0.25, n))


def test_the_glm_finds_what_was_planted():
    trained = train([lesson(s) for s in range(6)], 1.0)
    assert trained is not None
    assert trained.coefficients[1] / trained.sd[0] == pytest.approx(0.5, abs=0.08)
    assert np.abs(trained.coefficients[2:]).max() < 0.05
    new = lesson(99)
    assert trained.estimate(new).sum() / new.outcome.sum() == pytest.approx(1, abs=0.1)


def test_the_glm_needs_four_origins_and_never_leaves_its_range():
    assert train([lesson(s) for s in range(3)], 1.0) is None
    trained = train([lesson(s) for s in range(4)], 1.0)
    far = lesson(7)
    beyond = Lesson(far.features * 1e6, far.naive, far.floor)
    edge = Lesson(np.clip(far.features * 1e6, trained.low, trained.high), far.naive, far.floor)
    assert trained.estimate(beyond) == pytest.approx(trained.estimate(edge))
    assert (trained.estimate(beyond) <= np.exp(FAR) * np.exp(far.offset) * (1 + 1e-9)).all()


def test_noise_and_overlap_shrink_more():
    lessons = [lesson(s) for s in range(4)]
    alone, often = train(lessons, 1.0), train(lessons, 400.0)
    assert abs(often.coefficients[1]) < abs(alone.coefficients[1])


def test_no_money_teaches_nothing():
    empty = [replace(lesson(s), outcome=np.zeros(400)) for s in range(4)]
    assert train(empty, 1.0) is None


def test_features_are_finite_for_everybody(facts):
    ahead = Ahead(history(facts), 6)
    table = features(ahead, None)
    assert table.shape == (ahead.history.n, len(NAMES)) and np.isfinite(table).all()
    odd = lines(("r", "2024-12-01", -5.0), ("z", "2024-12-02", 0.0), ("o", "2024-12-31", 1.0))
    assert np.isfinite(features(Ahead(history(facts_of(odd)), 1), None)).all()


# -- the choice ------------------------------------------------------------------------------------


def test_earlier_origins_are_judged_by_what_was_known(facts):
    looks = Looks(history(facts), 12)
    assert looks.grid == sorted(looks.grid) and set(looks.checks) <= set(looks.grid)
    assert looks.grid[-1] == months_after(looks.today, -12)
    for origin in looks.checks:
        taught = looks._taught_before(origin)
        assert all(months_after(o, 12) <= origin for o in taught)


def test_the_naive_wins_ties():
    """Everybody orders the same each month: nothing can be better than the last months."""
    frame = pd.concat(
        [monthly(f"{i:02d}", 10.0 * (i + 1), "2021-01", "2024-12") for i in range(30)]
    )
    choice = choose(Looks(history(facts_of(frame)), 3))
    assert choice.name == choice.naive == "last_12"
    told = value(facts_of(frame), horizon_months=3)
    assert "The estimate is simply the last twelve months" in told.reading()
    estimate = told.table["estimate"]
    assert estimate.to_numpy() == pytest.approx(told.table["last_12"] / 4)
    assert (told.table["low"] == estimate).all() and (told.table["high"] == estimate).all()


def test_a_choice_is_allowed_only_if_no_worse_as_a_list_and_closer_in_money(facts, result):
    choice = choose(Looks(history(facts), 6))
    by_name = {j.name: j for j in choice.judged}
    assert by_name[choice.naive].share == max(by_name[n].share for n in NAIVE_ESTIMATES)
    chosen = by_name[choice.name]
    assert chosen.allowed and chosen.low > -0.02 and chosen.origins >= 2
    assert chosen.deviance < 0.99 * chosen.naive_deviance
    methods = result.tables["methods"]
    assert methods["chosen"].sum() == 1 and methods["is_naive"].sum() == 1


# -- properties ------------------------------------------------------------------------------------


def test_parts_sum_and_ranges_hold_the_estimate(result):
    table = result.table
    total = result.tables["total"]
    assert total.loc["known", "amount"] == pytest.approx(table["estimate"].sum())
    both = total.loc["known", "amount"] + total.loc["new", "amount"]
    assert total.loc["whole", "amount"] == pytest.approx(both)
    assert (table["low"] <= table["estimate"]).all() and (table["estimate"] <= table["high"]).all()
    assert table["estimate"].is_monotonic_decreasing
    assert np.isfinite(table[["estimate", "low", "high", "naive"]].to_numpy()).all()


def test_everybody_has_an_estimate_and_a_range(facts, result):
    assert set(result.table.index) == set(facts.summary().index)
    kinds = result.table.groupby("kind")["estimate"].size()
    assert {"ordering", "ordered once", "new customer", "no order for a year"} <= set(kinds.index)


def test_row_order_money_scale_and_inputs():
    frame = world(5).fetch(world(5).sales)[["customer", "date", "amount", "margin"]]
    as_of = world(5).as_of
    before = frame.copy(deep=True)
    one = value(facts_of(frame, as_of), horizon_months=6)
    turned = frame.sample(frac=1.0, random_state=3)
    two = value(facts_of(turned.assign(margin=turned["margin"] * 8), as_of), horizon_months=6)
    pd.testing.assert_frame_equal(frame, before)
    money = ["estimate", "low", "high", "naive", "last_12"]
    pd.testing.assert_frame_equal(one.table.drop(columns=money), two.table.drop(columns=money))
    for name in money:
        assert two.table[name].to_numpy() == pytest.approx(8 * one.table[name].to_numpy()), name
    again = value(facts_of(frame, as_of), horizon_months=6)
    pd.testing.assert_frame_equal(one.table, again.table, check_exact=True)


def test_later_lines_change_nothing_at_an_earlier_day(facts):
    earlier = months_after(facts.as_of, -9)
    frame = facts.fetch(facts.sales)[["customer", "date", "amount", "margin"]]
    gone = frame[frame["date"] <= pd.Timestamp(earlier)]
    then = value(facts, horizon_months=3, as_of=earlier)
    alone = value(facts_of(gone, earlier), horizon_months=3)
    pd.testing.assert_frame_equal(then.table, alone.table, check_exact=True)
    for name in then.tables:
        pd.testing.assert_frame_equal(then.tables[name], alone.tables[name], check_exact=True)
    with pytest.raises(LeakageError):
        value(facts, as_of=facts.as_of + dt.timedelta(days=1))


def test_who_costs_money_is_expected_to(facts):
    frame = facts.fetch(facts.sales)[["customer", "date", "amount", "margin"]]
    dear = frame["customer"].value_counts().index[0]
    frame.loc[frame["customer"] == dear, "margin"] *= -1
    told = value(facts_of(frame, facts.as_of), horizon_months=6)
    own = told.table.loc[dear]
    assert own["low"] <= own["estimate"] < 0 and told.figures["costly"].value >= 1
    assert "cost money" in told.reading()
    assert told.figures["costs"].value >= -own["estimate"]


def test_margin_or_revenue_is_said(facts, result):
    assert result.parameters["money"] == "margin" and "in margin" in result.reading()
    frame = facts.fetch(facts.sales)[["customer", "date", "amount"]]
    plain = value(facts_of(frame, facts.as_of), horizon_months=6)
    assert plain.parameters["money"] == "amount" and "in revenue" in plain.reading()


def test_the_horizon_is_the_clients_unless_asked(facts):
    assert value(replace(facts, horizon_months=3)).parameters["horizon_months"] == 3
    for wrong in (0, 61, 1.5, True, "6"):
        with pytest.raises(SettingsError, match="from 1 to 60"):
            value(facts, horizon_months=wrong)


def test_as_a_list(facts, result):
    told = estimates(facts, 6)
    assert list(told.columns) == ["estimate", "low", "high"]
    pd.testing.assert_frame_equal(told, result.table[["estimate", "low", "high"]])


# -- few -------------------------------------------------------------------------------------------


def test_too_short_a_history_is_refused_with_the_naive_list():
    frame = pd.concat(
        [monthly("a", 10.0, "2024-02", "2024-12"), monthly("b", 5.0, "2024-03", "2024-12")]
    )
    told = value(facts_of(frame), horizon_months=12)
    assert told.refusal is not None and "at least 15" in told.reading()
    assert "shorter horizon" in told.reading() and told.picture() is None
    assert told.table["estimate"].tolist() == told.table["naive"].tolist()
    assert told.table[["low", "high"]].isna().all().all()
    for question in (outlook, calibration):
        assert question(facts_of(frame), horizon_months=12).refusal is not None
    assert outlook(facts_of(frame), horizon_months=12).table.empty  # nor a whole carried on
    assert value(facts_of(frame), horizon_months=1).refusal is None


def test_one_customer_and_one_line():
    one = value(facts_of(monthly("a", 10.0, "2022-01", "2024-12")), horizon_months=3)
    assert one.table["estimate"].tolist() == pytest.approx([30.0])
    assert "a is expected to bring" in one.reading()
    line = value(facts_of(lines(("a", "2024-12-31", 5.0))), horizon_months=1)
    assert line.refusal is not None and len(line.table) == 1


def test_nobody_bought_again():
    frame = lines(*((f"{i:03d}", f"2022-{1 + i % 12:02d}-05", 10.0) for i in range(60)))
    told = value(facts_of(frame), horizon_months=6)
    assert (told.table["kind"] == "no order for a year").all()
    assert (told.table["estimate"].abs() < 10).all() and told.reading()


def test_only_returns():
    frame = monthly("a", -10.0, "2022-01", "2024-12")
    told = value(facts_of(frame), horizon_months=3)
    assert told.table["estimate"].iloc[0] <= 0 and told.table["last_order"].isna().all()


# -- words and pictures ----------------------------------------------------------------------------


def test_figures_come_from_tables(result):
    again = Value.compute_figures(result.table, result.tables, result.parameters)
    assert again == dict(result.figures)
    assert result.figures["total"].value == result.table["estimate"].sum()


def test_the_text_says_where_the_list_is_no_better(result):
    gain = result.figures["share_gain"]
    if gain.low > 0:
        assert "no chance" in result.reading()
    worse = replace(result, tables=dict(result.tables) | {"methods": _unsure(result)})
    assert "As a list it is not certain to be better" in worse.reading()


@pytest.mark.parametrize("method", list(METHODS))
def test_the_model_is_named_last_and_nowhere_else(result, method):
    told = replace(result, parameters=dict(result.parameters) | {"method": method})
    *said, last = (told.say(s) for s in told.sentences())
    assert not any(name in s for s in said for name in ("NBD", "GLM"))
    assert (last == f"The method is known as {MODELS.get(method)}.") == (method in MODELS)


def _unsure(result: Value) -> pd.DataFrame:
    methods = result.tables["methods"].copy()
    methods["share_low"] = -0.01
    return methods


def test_the_picture_draws_the_first_thirty_and_what_the_table_holds(result):
    ax = result.plot()
    drawn = result.table.head(30)
    habit, dots = ax.lines[0], ax.lines[1]
    assert dots.get_xdata().tolist() == drawn["estimate"].tolist()
    assert habit.get_xdata().tolist() == drawn["naive"].tolist()
    ranges = [p[:, 0].tolist() for p in ax.collections[0].get_segments()]
    assert ranges == drawn[["low", "high"]].to_numpy().tolist()
    labels = [t.get_text() for t in ax.get_yticklabels()]
    assert labels == [_style.fitting(n, 34) for n in drawn["name"]]


def test_where_hardly_anybody_comes_back_a_sentence_stands_for_the_picture(result):
    table = result.table.assign(
        naive=1_000.0, last_12=1_000.0, estimate=4.0, low=np.nan, high=np.nan
    )
    rare = replace(result, table=table)
    assert rare.picture() is None and rare.picture(narrow=True) is None
    assert "hardly anybody comes back" in rare.reading()
    assert "nästan ingen kommer tillbaka" in rare.in_language("sv").reading()
    one = table["estimate"].where(table["rank"] > 1, 60.0)  # one who does is worth a picture
    seen = replace(result, table=table.assign(estimate=one))
    assert seen.picture() is not None and "hardly anybody" not in seen.reading()
    assert "hardly anybody" not in result.reading()


@pytest.fixture(scope="module")
def kept(facts, tmp_path_factory) -> Facts:
    """The same facts, their answers kept."""
    return replace(facts, folder=tmp_path_factory.mktemp("kept"), key="value")


@pytest.mark.parametrize("question", [value, outlook, calibration])
def test_pictures_in_both_widths_the_same_each_time(kept, question):
    told = question(kept, horizon_months=6).in_language("sv")
    for narrow in (False, True):
        drawn = told.picture(narrow=narrow)
        assert drawn.startswith("<svg") and drawn == told.picture(narrow=narrow)
    assert told.reading() != told.in_language("en").reading()


@pytest.mark.parametrize(
    ("low", "high", "above", "agree"),
    [(80.0, 120.0, 110.0, True), (80.0, 120.0, 130.0, False), (None, None, 100.1, False)],
)
def test_two_views_agree_only_within_a_range(low, high, above, agree):
    whole = Figure(100.0, low, high, "money")
    assert views_agree(whole, Figure(above, unit="money")) is agree


def test_outlook_says_how_far_apart_the_two_views_are(kept):
    told = outlook(kept, horizon_months=6)
    whole, above = told.table.loc["whole", "amount"], told.table.loc["top_down", "amount"]
    assert told.figures["apart"].value == pytest.approx(abs(above - whole) / whole)
    assert "Seen as a whole" in told.reading()
    ax = told.plot()
    assert [t.get_text() for t in ax.texts[::2]] == told.table["part"].tolist()
    assert ax.collections[-1].get_offsets()[:, 0].tolist() == told.table["amount"].tolist()


def test_calibration_draws_what_came(facts, result):
    told = calibration(facts, horizon_months=6)
    pd.testing.assert_frame_equal(told.table, result.tables["bands"])
    ax = told.plot()
    assert [p.get_width() for p in ax.patches] == told.table["came"].tolist()
    origins = told.tables["origins"]
    assert told.figures["came"].value == pytest.approx(origins["came"].mean())


def test_kept_and_restored(tmp_path, facts, result):
    kept = replace(facts, key="k", folder=tmp_path)
    first, second = value(kept, horizon_months=6), value(kept, horizon_months=6)
    assert len(list((tmp_path / "results").iterdir())) == 1
    pd.testing.assert_frame_equal(first.table, second.table)
    assert first.reading() == second.reading() == result.reading()
