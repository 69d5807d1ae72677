"""Hours beside value by hand; planted habit found again; what is refused; what is shown to whom."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd
import pytest

from salesfact import _style
from salesfact._effort import effort_cells
from salesfact._errors import FactsError
from salesfact._facts import Facts
from salesfact._halves import (
    LOTS,
    TURNS,
    WEEKS,
    Dated,
    dispersion,
    halves,
    log_mean,
    ways,
    yearly,
)
from salesfact._marginal import marginal_return
from salesfact._response import response
from salesfact._rut_shares import ceiling, gini, overlap, years
from salesfact._rut_weight import rut_weight
from salesfact._ruts import low_return, ruts
from salesfact._ruts_by import INTERNAL, UNDIVIDED, ruts_by
from salesfact._ruts_picture import considered
from salesfact._ruts_words import FEW, MANY, YOUNG
from salesfact._synth_ruts import ROUNDS, YEAR, RutWorld, rut_world
from salesfact._value import value

END = dt.date(2026, 9, 30)
SALES = pd.DataFrame(
    {
        "customer": ["a", "b", "c", "a", "b", "c", "a", "b", "c", "d"],
        "date": ["2023-01-10"] * 3 + ["2025-03-10"] * 3 + ["2026-03-10"] * 4,
        "amount": [9.0, 9.0, 9.0, 300.0, 100.0, 100.0, 200.0, 300.0, 0.5, 500.0],
        "margin": [1.0, 1.0, 1.0, 30.0, 10.0, 10.0, 20.0, 30.0, -7.0, 50.0],
    }
)
LOG = pd.DataFrame(
    {
        "customer": ["a", "b", "c", "a", "b", "c", "z"],
        "date": [
            *("2024-10-05", "2025-03-02", "2025-03-03"),
            *("2026-03-01", "2026-03-02", "2026-03-03", "2026-03-04"),
        ],
        "kind": "Besök",
        "rep": ["R", "S", "S", "R", "S", "S", "S"],
        "hours": [2.0, 1.0, 5.0, 4.0, 2.0, 4.0, 3.0],
    }
)


def small(sales: pd.DataFrame = SALES, log: pd.DataFrame = LOG, **more) -> Facts:
    return replace(Facts.from_frames(sales, activities=log), as_of=END, **more)


def weight_of(world: RutWorld, **more):
    row, day = world.visits
    who, when, margin = world.orders
    early, then = day < YEAR, when < YEAR
    return rut_weight(
        Dated(row[early], day[early]),
        np.bincount(row[~early], minlength=len(world.expected)),
        Dated(who[then], when[then], margin[then]),
        world.expected,
        **more,
    )


@pytest.fixture(scope="module")
def world() -> RutWorld:
    return rut_world(4, customers=400, visits=16.0, phi=0.0)


@pytest.fixture(scope="module")
def facts(world) -> Facts:
    return Facts.from_frames(world.sales(), activities=world.activities(), as_of=world.as_of)


@pytest.fixture(scope="module")
def result(facts):
    return ruts(facts)


def test_shares_and_hours_beyond_them_by_hand():
    told = ruts(small())
    table = told.table
    # hours 4, 2, 4, 0 and value 20, 30, 0 (floored), 50
    assert table["hours"].to_dict() == {"c": 4, "a": 4, "b": 2, "d": 0}
    assert table["value"].to_dict() == {"c": 0, "a": 20, "b": 30, "d": 50}
    excess = table["excess_hours"].round(9).to_dict()
    assert excess == {"c": 4.0, "a": 2.0, "b": -1.0, "d": -5.0}
    # the year before: hours 2, 1, 5 of 8 and value 30, 10, 10 of 50; c was at .625 - .2 = .425
    habit = table["habit_hours"].round(9).to_dict()
    assert habit == {"c": 4.0, "a": 0.0, "b": 0.0, "d": 0.0}
    alike = told.tables["alike"]["alike"]
    assert alike["effort and value"] == pytest.approx(0.4)
    assert alike["effort"] == pytest.approx(1 - (0.15 + 0.075 + 0.225) / 2)
    assert alike["value"] == pytest.approx(1 - (0.4 + 0.1 + 0.2 + 0.5) / 2)
    assert told.parameters["prospect_hours"] == 3.0
    assert told.figures["excess_hours"].value == pytest.approx(6.0)
    assert told.figures["habit_hours"].value == pytest.approx(4.0)
    assert told.figures["their_hours"].value == pytest.approx(0.4)
    assert "c" in told.reading()
    assert told.parameters["why"] == FEW  # one activity a year


def test_scales_and_row_order_do_not_matter():
    plain = ruts(small()).table
    dear = SALES.assign(amount=SALES["amount"] * 10, margin=SALES["margin"] * 10)
    mixed = ruts(small(dear.sample(frac=1, random_state=1), LOG.sample(frac=1, random_state=2)))
    shares = [c for c in plain.columns if "share" in c or "hours" in c]
    pd.testing.assert_frame_equal(mixed.table[shares], plain[shares])
    np.testing.assert_allclose(mixed.table["value"], 10 * plain["value"])


def test_overlap_and_gini_by_hand():
    assert overlap([1, 1, 2], [2, 2, 4]) == 1.0
    assert overlap([1, 0], [0, 3]) == 0.0
    assert np.isnan(overlap([0, 0], [1, 2]))
    assert gini([3, 3, 3]) == pytest.approx(0.0)
    assert gini([0, 1]) == pytest.approx(0.5)
    assert np.isnan(gini([0, 0]))


def test_dispersion_tells_rounds_from_chance():
    found = {
        k: dispersion(Dated(*rut_world(2, customers=400, regularity=k).visits))
        for k in (1.0, 4.0, 25.0, ROUNDS)
    }
    assert found[1.0] == pytest.approx(1.0, abs=0.08)
    assert found[4.0] == pytest.approx(0.25, abs=0.03)
    assert found[25.0] == pytest.approx(0.04, abs=0.02)
    assert found[ROUNDS] < 0.1
    assert np.isnan(dispersion(Dated(np.array([0, 0, 1]), np.array([1, 5, 9]))))
    # a renewal process of shape 4 met at any moment: Var = D m + (1 - D²) / 6
    assert yearly(0.25, [5.0, 5.0]) == pytest.approx(0.25 + (1 - 0.25**2) / 30)


def test_logarithms_of_counts_are_nearly_unbiased():
    rng = np.random.default_rng(1)
    for mean in (2.0, 4.0, 12.0):
        counts = rng.poisson(mean, 60_000)
        assert log_mean(counts, 1.0).mean() == pytest.approx(np.log(mean), abs=0.06)


def test_halves_hold_every_event_once():
    row, day = np.array([0, 0, 0, 1, 1]), np.array([0, 8, 9, 3, 20])
    events = Dated(row, day, np.array([1.0, 2.0, 4.0, 8.0, 16.0]))
    assert halves(events, 3, WEEKS).tolist() == [[1, 6], [24, 0], [0, 0]]
    assert halves(events, 3, WEEKS, coarse=2).tolist() == [[7, 0], [8, 16], [0, 0]]
    assert halves(events, 3, TURNS).tolist() == [[5, 2], [16, 8], [0, 0]]
    assert halves(events, 3, LOTS).sum(axis=1).tolist() == [7, 24, 0]
    for spread in (0.0, 0.3, 0.8, 1.0, 3.0):
        assert sum(w for w, *_ in ways(spread)) == pytest.approx(1.0)


def test_halves_share_no_noise_at_any_dispersion():
    for k in (2.0, 25.0):
        made = rut_world(3, customers=2_000, spread=0.0, regularity=k, visits=20.0)
        row, day = made.visits
        early = day < YEAR
        events = Dated(row[early], day[early])
        shared = 0.0
        for weight, way, coarse, seed in ways(yearly(1 / k, [20.0])):
            half = halves(events, 2_000, way, coarse=coarse, seed=seed)
            shared += weight * np.cov(half.T)[0, 1]
        assert abs(shared) < 0.06 * 20 / 4  # beside a variance by chance of 5 in each half


@pytest.mark.parametrize(("omega", "kind"), [(0.0, 1.0), (0.6, 1.0), (0.9, 4.0), (0.6, ROUNDS)])
def test_planted_habit_is_found(omega, kind):
    told = weight_of(rut_world(7, customers=900, visits=20.0, omega=omega, regularity=kind))
    assert abs(told.weight - omega) < 3 * told.se < 0.15
    assert told.low < told.weight < told.high


def test_no_habit_is_found_where_hours_follow_value_seen_in_few_orders():
    made = rut_world(7, customers=900, visits=20.0, omega=0.0, gamma=0.7, phi=0.2, orders=6.0)
    told = weight_of(made)
    assert abs(told.weight) < 3 * told.se < 0.25


def test_good_judgement_nobody_sees_looks_like_a_rut():
    told = weight_of(rut_world(7, customers=900, visits=20.0, omega=0.0, unseen=0.3))
    assert told.low > 0.05


def test_how_busy_a_rep_is_is_no_habit():
    made = rut_world(5, customers=600, visits=20.0, omega=0.3)
    row, day = made.visits
    rep = np.arange(600) % 3
    kept = np.random.default_rng(1).random(len(row)) < np.array([0.2, 0.5, 1.0])[rep[row]]
    lazy = replace(made, visits=(row[kept], day[kept]))
    assert weight_of(lazy).weight > 0.4
    assert weight_of(lazy, group=rep).weight == pytest.approx(0.3, abs=0.12)


def test_bursts_within_rounds_are_refused_and_few_customers_too():
    made = rut_world(1, regularity=ROUNDS, bursts=0.5)
    told = weight_of(made)
    assert abs(told.other - told.weight) > 0.1 or told.se > 0.2
    assert weight_of(rut_world(1, customers=50), enough=100) is None


def test_a_ceiling_is_what_unchanged_years_reach():
    for kind in (1.0, 4.0):
        made = rut_world(6, customers=600, visits=12.0, omega=1.0, gamma=0.0, phi=0.0, noise=0.0,
                         regularity=kind)  # fmt: skip
        row, day = made.visits
        seen = [np.bincount(row[(day < YEAR) == early], minlength=600) for early in (True, False)]
        most = ceiling(Dated(row, day), 600, 1 / kind)
        assert most == pytest.approx(overlap(*seen), abs=0.02)


def test_the_answer_finds_habit_in_facts(world, facts, result):
    told = result.tables["weight"].iloc[0]
    assert told["low"] - 0.05 < world.omega < told["high"] + 0.05
    assert 0.8 < told["covers"] <= 1.0
    assert result.figures["weight"].value == told["weight"]
    assert np.isnan(told["expected"])  # nobody could foresee anything from one order
    hours = facts.fetch(facts.activities)["hours"].sum()
    assert result.table[["hours", "hours_before"]].sum().sum() == pytest.approx(hours)
    for share in ("effort_share", "value_share", "effort_share_before", "value_share_before"):
        assert result.table[share].sum() == pytest.approx(1.0)
    assert result.table["excess_hours"].sum() == pytest.approx(0.0, abs=1e-6)
    alike = result.tables["alike"]
    assert (alike["alike"] <= alike["most"].fillna(1.0) + 0.03).all()
    assert "habit" in result.reading().lower()
    swedish = result.in_language("sv")
    assert "hjulspår" in swedish.reading() and "timmar" in swedish.reading()


def test_the_reading_begins_with_hours_and_money_one_thought_a_sentence(result):
    said = result.payload()
    first, who, chance = said["sentences"][:3]
    assert "second year running" in first and "brin" in who and chance.startswith("That is")
    money = result.figures["their_value"]
    assert result.language.money(money.value, result.source.currency) in said["headline"]
    for code in ("en", "sv"):
        told = result.in_language(code).payload()["sentences"]
        assert max(len(s.split()) for s in told) <= 40


def test_an_earlier_day_and_a_younger_log():
    early = ruts(small(), as_of=dt.date(2025, 9, 30))
    assert early.parameters["why"] == YOUNG
    assert early.table["habit_hours"].isna().all()
    assert "two years" in early.reading()
    assert early.picture() is not None


def test_what_cannot_be_told_is_refused():
    with pytest.raises(FactsError, match="salesfact template activities"):
        ruts(Facts.from_frames(SALES))
    silent = ruts(small(log=LOG[LOG["date"] < "2025-09"]))
    assert silent.refusal is not None and "no activity" in silent.reading()
    unknown = ruts(small(log=LOG.assign(hours=[1.0] + [np.nan] * 6)))
    assert unknown.refusal is not None and "how long" in unknown.reading()
    costly = SALES.assign(margin=-1.0)
    poor = ruts(small(costly))
    assert poor.refusal is not None and "money" in poor.reading()
    assert poor.picture() is None and poor.table.empty


def test_a_rep_for_each_customer_leaves_nothing_to_compare():
    world = rut_world(5, customers=60, visits=20.0)
    visits, orders = world.visits, world.orders
    before = visits[1] < YEAR
    now = np.bincount(visits[0][~before], minlength=60)
    told = rut_weight(
        Dated(visits[0][before], visits[1][before]),
        now,
        Dated(*(v[orders[1] < YEAR] for v in orders)),
        world.expected,
        group=np.arange(60),
    )
    assert told is None


def test_few_customers_have_no_rut_weight():
    made = rut_world(2, customers=60, visits=30.0)
    told = ruts(Facts.from_frames(made.sales(), activities=made.activities(), as_of=made.as_of))
    assert told.parameters["why"] == MANY and "weight" not in told.figures
    assert told.tables["weight"]["weight"].isna().all()


def test_revenue_stands_in_where_there_are_no_margins():
    told = ruts(small(SALES.drop(columns="margin")))
    assert told.parameters["money"] == "amount"
    assert "revenue" in told.reading() and "margin" not in told.reading()
    assert told.table.at["d", "value"] == 500.0


def test_hours_where_one_more_brings_little():
    hours = pd.Series({"a": 1.0, "b": 2.0, "c": 3.0, "d": 4.0})
    assert low_return(hours, pd.Series({"a": 5.0, "b": 1.0, "c": 9.0})) == pytest.approx(2 / 6)
    told = ruts(small(), marginal=pd.Series({"a": 5.0, "b": 1.0, "c": 9.0}))
    assert told.figures["low_return"].value == pytest.approx(0.2)
    assert "one more hour brings less" in told.reading()


def test_what_one_more_hour_brings_follows_from_response_where_it_claims(claiming, chased):
    facts = claiming
    told = response(facts)
    returns = marginal_return(facts)
    assert returns is not None and told.refusal is None
    ahead, cells = value(facts), effort_cells(facts)
    some = told.tables["customers"].index[0]
    slope = np.log2(1 + told.tables["customers"].at[some, "effect"])
    assert facts.as_of == dt.date(2024, 6, 28)
    year = cells[(cells["customer"] == some) & (cells["month"] >= "2023-07-01")]
    month = ahead.table.at[some, "estimate"] / ahead.parameters["horizon_months"]
    rest = 1 - told.parameters["decay"] + year["hours"].sum() / 12
    assert returns[some] == pytest.approx(month * slope / rest)
    assert 0 < ruts(facts).figures["low_return"].value < 1
    assert marginal_return(chased) is None


def test_by_segment_and_by_rep():
    people = pd.DataFrame({"customer": list("abcd"), "segment": ["X", "X", "Y", "Y"]})
    facts = replace(Facts.from_frames(SALES, activities=LOG, customers=people), as_of=END)
    told = ruts_by(facts, "segment")
    assert told.table["hours"].to_dict() == {"Y": 4.0, "X": 6.0}
    # X: hours 4 and 2 of 6, value 20 and 30 of 50: 4/6 - .4 of six hours beyond
    assert told.table.at["X", "excess_hours"] == pytest.approx(1.6)
    assert told.table.at["X", "match"] == pytest.approx(1 - (4 / 6 - 0.4))
    assert told.reading()
    assert len(told.rows()["head"]) == 7  # fits a page
    assert "cannot be told of any group" in told.reading()
    seen = {"weight": [0.7, np.nan], "weight_low": [0.6, np.nan], "weight_high": [0.8, np.nan]}
    strong = replace(told, table=told.table.assign(**seen))
    assert len(strong.rows()["head"]) == 7 and strong.rows()["cells"][0][-1] == "70% (60%–80%)"
    assert "groups whose ranges overlap do not differ" in strong.reading()
    unsure = replace(told, table=told.table.assign(why=["range", "activities"]))
    assert "it is too unsure in each" in unsure.reading()
    young = ruts_by(replace(facts, as_of=dt.date(2025, 9, 30)), "segment")
    assert "Of these, second year" not in young.rows()["head"]  # an empty column is none
    shut = ruts_by(facts, "rep")
    assert shut.refusal is not None and shut.table.empty and "R" not in str(shut.payload()["table"])
    named = people.assign(kam=["R", "S", "R", "S"]).drop(columns="segment")
    kam = replace(Facts.from_frames(SALES, activities=LOG, customers=named), as_of=END)
    assert ruts_by(kam, "kam").refusal is INTERNAL  # reps by another name
    assert ruts_by(kam).refusal is UNDIVIDED
    assert not ruts_by(replace(kam, share="internal"), "kam").table.empty
    inside = ruts_by(replace(facts, share="internal"), "rep")
    assert inside.table["hours"].to_dict() == {"R": 4.0, "S": 6.0}
    with pytest.raises(FactsError, match="segment"):
        ruts_by(facts, "colour")
    assert "rep" not in ruts(facts).table  # no figure about a rep in the answer itself


def test_the_picture_draws_what_the_table_holds(result):
    for narrow in (False, True):
        with _style.themed():
            _, ax = _style.new_figure(*(result.narrow_size if narrow else result.size))
            result.draw(ax)
        words = {t.get_text() for t in ax.texts}
        special = considered(result.table, narrow=narrow)
        letters = 17 if narrow else 26
        names = special["name"].map(partial(_style.fitting, letters=letters))
        assert 1 <= names.isin(words).sum() <= len(special)
        special = special[names.isin(words)]  # nobody is in colour without a name
        rest = result.table[~result.table.index.isin(special.index)]
        lines = ax.get_lines()
        np.testing.assert_array_equal(lines[1].get_xdata(), rest["value_share"])
        np.testing.assert_array_equal(lines[1].get_ydata(), rest["effort_share"])
        tails = [line for line in lines[2:] if line.get_marker() in ("", "None")]
        assert len(tails) == len(special)
        ends = {(line.get_xdata()[1], line.get_ydata()[1]) for line in tails}
        assert ends == set(zip(special["value_share"], special["effort_share"], strict=True))
        assert "hours follow value" in words
        told = result.figures["habit_top"].value  # those whom the text names
        assert {_style.fitting(n, 17 if narrow else 26) for n in told} <= words
    svg = result.picture()
    assert svg is not None and "prefers-color-scheme:dark" in svg


def test_years_are_the_last_twenty_four_months():
    found = years(small())
    assert (found.start, found.turn) == (dt.date(2024, 10, 1), dt.date(2025, 10, 1))
    assert found.both and found.stated == 1.0
    assert found.reps.tolist() == ["R", "S", "S", ""]
    assert found.sales.amount is not None
    np.testing.assert_allclose(found.sales.amount.sum(), 30 + 10 + 10 + 20 + 30 - 7 + 50)
