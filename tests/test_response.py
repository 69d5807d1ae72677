"""Do hours show in sales: what a person sees, in worlds where the truth is known."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from salesfact import FactsError
from salesfact._adstock import profile
from salesfact._effort import effort_cells, logged_after_orders
from salesfact._facts import Facts
from salesfact._gates import gates
from salesfact._ladder import ladder
from salesfact._language import language
from salesfact._programmes import programmes
from salesfact._response import response, sales_and_hours
from salesfact._response_parts import response_checks, response_customers, response_kinds
from salesfact._response_parts_told import ResponseChecks, in_words
from salesfact._response_tables import checks, kind_rows
from salesfact._response_told import (
    _BLIND,
    _CHASED,
    _CONTROL,
    _DRIFTED,
    _LOGGED,
    _LOGGED_BY_CHANCE,
    _NOTHING,
    _UNSURE,
    FAILS,
    HOLDS,
    NOT_RUN,
    YOUNG,
    refusal,
)
from salesfact._result import Source
from salesfact._synth_response import response_world
from salesfact._timing import timing
from tests.hours import facts_of
from tests.small_client import make_client
from tests.test_gates import GOOD

DAY = dt.timedelta(days=1)

QUESTIONS = (response, response_checks, response_kinds, response_customers, programmes)


def test_the_rungs_are_the_ladders(claiming):
    r = response(claiming)
    panel = sales_and_hours(claiming, effort_cells(claiming, by_kind=True))
    y = np.where(panel.known, panel.y, 0.0)
    found = profile(y, panel.hours, known=panel.known)
    rungs = {g.name: g for g in ladder(y, panel.hours, found, known=panel.known)}
    assert list(r.table.index) == list(rungs)  # no attributes, no such rung
    for name, rung in rungs.items():
        row = r.table.loc[name]
        assert row["effect"] == pytest.approx(2**rung.slope - 1)
        assert row["high"] == pytest.approx(2 ** (rung.slope + 1.2816 * rung.se) - 1, rel=1e-3)
        assert row["customers"] == rung.customers
    seen = gates(
        timing(y, panel.hours, found, known=panel.known),
        smallest_effect=0.15,
        after_order=logged_after_orders(claiming)[0],
    )
    pd.testing.assert_frame_equal(
        r.tables["checks"], checks(seen, logged_after_orders(claiming)[1])
    )


def test_a_claim_tells_the_effect_its_selection_and_how_long_an_hour_works(claiming):
    r = response(claiming)
    value = r.figures
    assert r.refusal is None
    row = r.table.loc["fixed effects"]
    assert abs(row["slope"] - 0.15) < 3 * row["se"]
    assert value["left"].low < 0.5 < value["left"].high
    assert value["naive"].value > 2 * value["effect"].high  # large customers get more hours
    assert value["failed"].value == 0 and value["run"].value == 8
    said = r.reading()
    for part in ("consistent with", "who gets the hours", "a month later", "no proof"):
        assert part in said
    assert r.say(r.headline()).startswith("Each customer with itself, double the hours go with")


def test_reps_who_chase_are_refused_shown_and_pointed_to_a_pilot(chased):
    r = response(chased)
    assert r.refusal is not None and r.refusal.shown
    assert "reps seem to go where sales already move" in r.reading()
    assert "drawn lots" in r.reading()
    payload = r.payload()
    assert payload["refused"] and payload["picture"] and payload["headline"]
    assert payload["picture_narrow"] and payload["table"]["cells"]
    assert any("must not be planned by" in s for s in payload["sentences"])
    assert response_customers(chased).refusal is not None
    assert "none is claimed of any kind" in response_kinds(chased).reading()


def test_the_picture_draws_what_the_table_holds(claiming):
    r = response(claiming)
    ax = r.plot()
    dots = [line for line in ax.lines if line.get_marker() == "o"]
    np.testing.assert_allclose([d.get_xdata()[0] for d in dots], r.table["effect"])
    spans = [line for line in ax.lines if len(line.get_xdata()) == 2 and line.get_lw() > 1]
    np.testing.assert_allclose([s.get_xdata() for s in spans], r.table[["low", "high"]])
    texts = [t.get_text() for t in ax.texts]
    assert "All customers with each other" in texts
    assert ax.get_title(loc="left") == r.say(r.headline())


def test_each_check_is_a_row_in_plain_words(claiming):
    r = response_checks(claiming)
    assert list(r.table.index) == [
        *("customers", "precision", "effect", "lead", "feedback"),
        *("block size", "block", "logging", "control", "memory"),
    ]
    assert r.table.loc["control", "outcome"] == NOT_RUN
    assert r.table.loc["control", "found"] == "–"
    assert list(r.table.index[r.table["standing"] == "beside the rule"]) == ["memory"]
    assert r.table.loc["precision", "needed"] == "at most 11%"
    assert not r.table[["needed", "meaning"]].isin(["", "–"]).any(axis=None)
    swedish = r.in_language("sv").table
    assert swedish.loc["customers", "needed"] == "minst 100"
    assert "{" not in " ".join(swedish["meaning"])


@pytest.mark.parametrize(
    ("change", "given", "reason"),
    [
        ({"lead_p": 0.01, "block": 0.0}, {}, _CHASED),
        ({"feedback_p": 0.01}, {}, _CHASED),
        ({}, {"control": 0.01}, _CONTROL),
        ({"slope": 0.0, "se": 0.016}, {}, _NOTHING),
        ({"slope": 0.0, "se": 0.1}, {}, _UNSURE),
        ({"slope": 0.0, "se": 0.5}, {}, _BLIND),
        ({"block_se": 0.9}, {}, _DRIFTED),
        ({}, {"after_order": 0.5}, _LOGGED),
        ({"se": 0.03}, {}, _UNSURE),
        ({"changing": 20}, {}, _UNSURE),
    ],
)
def test_why_it_is_refused(change, given, reason):
    told = refusal(checks(gates(replace(GOOD, **change), **given)))
    assert told is not None and told.reason == reason


def test_memory_alone_refuses_nothing():
    assert refusal(checks(gates(replace(GOOD, memory=0.0)))) is None


def test_kinds_are_adjusted_and_the_rest_is_not_named():
    rows = [("a", 9.0, 0.1, 0.01, 200), ("b", 5.0, 0.02, 0.01, 150), ("rest", 1.0, 0.5, 0.01, 30)]
    table = kind_rows(rows)
    assert table["p"].round(4).tolist()[:2] == [0.0, 0.0455]
    assert table["q"].round(4).tolist()[:2] == [0.0, 0.0455]
    assert table["q"].isna().tolist() == [False, False, True]
    assert kind_rows(()).empty


def test_customers_are_only_ever_shown_shrunken(claiming):
    r = response_customers(claiming)
    assert r.refusal is None
    assert r.figures["reliability"].value > 0.2
    assert r.table["reliability"].between(0, 1).all()
    assert r.table["effect"].is_monotonic_decreasing
    common = response(claiming).table.loc["fixed effects", "effect"]
    assert abs(r.table["effect"].mean() - common) < 0.05
    assert not [c for frame in response(claiming).tables.values() for c in frame if "raw" in c]


def test_customers_who_cannot_be_told_apart_are_not():
    world = response_world(7_001, customers=200, months=20, beta=0.25, orders=20.0, drift=0.1)
    r = response_customers(facts_of(world, response={"smallest_effect": 0.3}))
    assert r.refusal is not None
    assert r.table.empty


def test_a_programme_in_turns_is_told_with_its_leads(claiming):
    r = programmes(claiming)
    assert r.refusal is None
    assert r.figures["effect"].low < 0.25 < r.figures["effect"].high + 0.02
    assert "consistent with an effect" in r.reading()
    assert {-3, -1, 0, 3} <= set(r.table["since"])
    ax = r.plot()
    dots = np.concatenate([line.get_ydata() for line in ax.lines if line.get_marker() == "o"])
    np.testing.assert_allclose(dots, r.table["effect"])


def test_programmes_are_refused_clearly(chased):
    assert "no activity names a programme" in programmes(chased).reading()
    world = response_world(1, customers=60, months=30)
    few = programmes(facts_of(world, programme=True))
    assert few.refusal is not None
    assert "reached 20 of the customers, and at least 40 are needed" in few.reading()
    assert few.headline() is None and few.picture() is None
    young = programmes(facts_of(response_world(1, customers=60, months=20), programme=True))
    assert "cannot be told yet" in young.reading()


def test_a_programme_lacks_what_is_named_with_what_was_found_and_what_it_takes():
    sales, log = response_world(1, customers=150, months=30).frames(("Visit", "Call"))

    def told(*days):
        reached = pd.DataFrame({"customer": [f"{i:05d}" for i in range(len(days))], "date": days})
        reached = reached.assign(kind="Visit", hours=1.0, programme="Autumn")
        both = pd.concat([log.assign(programme=None), reached], ignore_index=True)
        r = programmes(Facts.from_frames(sales, activities=both))
        assert r.refusal is not None
        for code in ("en", "sv"):
            payload = r.in_language(code).payload()
            said = [payload["reading"], *payload["sentences"]]
            assert len(said) == len(r.parameters["failed"])
            assert all(re.search(r"\d", s) for s in said)
        said = [r.reading(), *(r.say(s) for s in r.sentences())]
        return r.parameters["failed"], said

    early, late, first = "2023-06-01", "2023-12-01", "2022-03-01"
    lacks, said = told(*[early] * 60)  # all at once: nobody came later
    assert lacks == ("turns",) and "more of them is 1, and at least 2" in said[0]
    lacks, said = told(*[early, late] * 70)
    assert lacks == ("never",) and "10 were never reached, and at least 20" in said[0]
    lacks, said = told(*[first] * 60)  # before the year that must be seen first
    assert lacks == ("counted", "turns")
    assert "0 had bought in the first year" in said[0] and said[1].startswith("And the number of")


def test_a_programme_that_goes_on_after_the_last_sale_counts_as_far_as_sales_are_known():
    sales, log = response_world(1, customers=150, months=30).frames(("Visit", "Call"))
    last = sales["date"].max()
    days = pd.to_datetime(["2023-06-01", "2023-12-01"] * 40).append(
        pd.DatetimeIndex([last + pd.DateOffset(months=3)] * 40)
    )
    reached = pd.DataFrame({"customer": [f"{i:05d}" for i in range(len(days))], "date": days})
    reached = reached.assign(kind="Visit", hours=1.0, programme="Autumn")
    both = pd.concat([log.assign(programme=None), reached], ignore_index=True)
    facts = Facts.from_frames(sales, activities=both)
    r = programmes(replace(facts, as_of=(last + pd.DateOffset(months=4)).date()))
    assert r.refusal is None
    assert r.figures["reached"].value == 80


def test_where_chance_alone_breaks_the_limit_on_logging_the_row_says_so():
    rows = gates(GOOD, after_order=0.27)
    by_chance, by_reps = checks(rows, 0.26), checks(rows, 0.1)
    assert by_chance.loc["logging", "outcome"] == FAILS  # the frozen limit stays
    assert refusal(by_chance).reason == _LOGGED_BY_CHANCE
    assert refusal(by_reps).reason == _LOGGED
    en, sv = language("en"), language("sv")
    at = list(by_chance.index).index("logging")
    assert "By chance alone it would be 26%" in in_words(by_chance, en)["meaning"].iloc[at]
    assert "ren slump" in in_words(by_chance, sv)["meaning"].iloc[at]
    assert "may record it" in in_words(by_reps, en)["meaning"].iloc[at]
    table = by_chance.assign(standing="")
    told = ResponseChecks(table=table, source=Source("x", dt.date(2026, 1, 31), "SEK"))
    assert (
        "by chance alone it would be 26%, more than the 20% that the rule allows" in told.reading()
    )


def test_too_little_is_refused_without_a_traceback():
    young = facts_of(response_world(2, customers=60, months=8))
    few = facts_of(response_world(2, customers=12, months=24))
    bare = facts_of(response_world(2, customers=40, months=14))
    sales, log = response_world(2, customers=40, months=14).frames()
    silent = Facts.from_frames(sales, activities=log.assign(hours=np.nan))
    for facts, words in ((young, "at least 12"), (few, "at least 30"), (silent, "has hours")):
        for question in QUESTIONS:
            r = question(facts)
            assert r.refusal is not None, (question, words)
            assert r.in_language("sv").payload()["reading"]
        assert words in response(facts).reading()
    assert "fewer" not in response(bare).reading()


def test_a_log_that_begins_later_is_young_and_not_without_hours():
    sales, activities = response_world(1, customers=60, months=24).frames()
    late = activities[activities["date"] > activities["date"].max() - pd.Timedelta(days=90)]
    told = response(
        Facts.from_frames(sales, activities=late), as_of=late["date"].min().date() - DAY
    )
    assert told.refusal is YOUNG
    assert "cover 0 months" in told.reading()


def test_without_activities_it_says_what_to_supply():
    world, _ = response_world(3, customers=10, months=14).frames()
    for question in QUESTIONS:
        with pytest.raises(FactsError, match="template activities"):
            question(Facts.from_frames(world))


def test_what_hours_cannot_change_is_a_check_where_it_is_named():
    world = response_world(7_005, customers=150, months=24, beta=0.1)
    given = {"control": "Service", "smallest_effect": 0.2}
    r = response_checks(facts_of(world, group="Service", response=given))
    assert r.table.loc["control", "outcome"] in (HOLDS, FAILS)
    assert np.isfinite(r.table.loc["control", "figure"])
    with pytest.raises(FactsError, match=r"response\.control"):
        response(facts_of(world, group="Service", response={"control": "Servce"}))


def test_scale_order_and_later_lines_change_nothing(chased):
    world = response_world(41, customers=150, months=24, chase=1.5, persistence=0.9)
    sales, log = world.frames(("Visit", "Call"))
    sales["amount"] *= 1_000
    later = sales.tail(3).assign(date=sales["date"].max() + pd.Timedelta(days=40), amount=1e9)
    more = pd.concat([sales.sample(frac=1, random_state=1), later])
    facts = Facts.from_frames(more, activities=log.sample(frac=1, random_state=2))
    again = response(facts.cut(chased.as_of))
    pd.testing.assert_frame_equal(again.table, response(chased).table, rtol=1e-6)


def test_the_same_facts_give_the_same_answer_and_it_is_kept(claiming):
    for question in QUESTIONS:
        first, second = question(claiming), question(claiming)
        pd.testing.assert_frame_equal(first.table, second.table)
        assert dict(first.figures) == dict(second.figures)
    kept = {p.name.split("-")[0] for p in (claiming.folder / "results").glob("*/*")}
    assert {q.__name__ for q in QUESTIONS} <= kept


def test_months_before_the_first_sale_do_not_count():
    sales, log = response_world(2, customers=60, months=24).frames()
    late = Facts.from_frames(sales[sales["date"] >= "2023-04-01"], activities=log)
    r = response(late)
    assert r.figures["months"].value == 8  # of nine, the first makes the customers known
    assert "at least 12" in r.reading()


def test_activities_after_an_order_beside_what_chance_makes():
    sales = pd.DataFrame(
        {
            "customer": ["a", "a", "b"],
            "date": ["2026-03-02", "2026-03-16", "2026-03-02"],
            "amount": [5.0, 5.0, -1.0],
        }
    )
    log = pd.DataFrame(
        {
            "customer": ["a", "a", "a", "b", "c"],
            "date": ["2026-03-02", "2026-03-04", "2026-03-05", "2026-03-02", "2026-03-02"],
            "kind": "Visit",
        }
    )
    share, chance = logged_after_orders(
        Facts.from_frames(sales, activities=log).cut(dt.date(2026, 3, 16))
    )
    assert share == pytest.approx(2 / 5)  # a return is no order, and c never bought
    assert chance == pytest.approx(3 / 5 * 6 / (365.25 / 12 * 5 / 7))


def test_settings_of_the_checks_are_read_and_told(tmp_path):
    from salesfact import SettingsError, open_client

    path = make_client(tmp_path)
    text = path.read_text(encoding="utf-8")
    path.write_text(text + "response: {smallest_effect: 0.1, control: Frakt}\n", encoding="utf-8")
    assert open_client(path).facts.response == {"smallest_effect": 0.1, "control": "Frakt"}
    path.write_text(text + "response: {smallest_effect: 0}\n", encoding="utf-8")
    with pytest.raises(SettingsError, match="where hours double"):
        open_client(path)
    path.write_text(text, encoding="utf-8")
    assert open_client(path).facts.response is None
