"""Pilots: pairs, lots, what they can show, the workbook and the record, and what came of them."""

from __future__ import annotations

import datetime as dt
import itertools
import json
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import openpyxl
import pandas as pd
import pytest

import salesfact
from salesfact import _pilot_result, _style
from salesfact._buying import reps
from salesfact._effort import activity_days, effort_cells
from salesfact._errors import SettingsError
from salesfact._facts import Facts
from salesfact._identity import people
from salesfact._pairing import paired, standardised
from salesfact._pilot import pilot, record
from salesfact._pilot_expected import dose, estimate_of, hours_for, rise
from salesfact._pilot_outcome import differences, past
from salesfact._pilot_record import SHEET, lots, opened, sealed
from salesfact._pilot_result import pilot_result
from salesfact._pilot_result_told import PilotResult
from salesfact._pilot_told import EXTRA, Pilot
from salesfact._sign_flips import flips, inverted
from salesfact._synth_pilot import PilotWorld, pilot_world
from salesfact.report import _pilot_book, _prepare
from salesfact.report._pilot_book import pilot_workbook
from salesfact.report._pilot_files import result_place, write_result
from salesfact.report._prepare import draw_lots
from salesfact.report._scan import Vocabulary, scan_workbook

judged = partial(pilot_result, draws=400)  # ranges need no more where they are not looked at
START, END = 31, 34  # months of the world: a pilot of three, planned on thirty, one to prepare in


def facts_of(world: PilotWorld, months: int, treated=(), **more) -> Facts:
    sales, customers = world.frames(treated, START, months)
    known = Facts.from_frames(sales, customers, language="en", **more)
    end = (world.first + months).astype("datetime64[D]").item() - dt.timedelta(days=1)
    return replace(known, as_of=end)


@pytest.fixture(scope="module")
def world() -> PilotWorld:
    return pilot_world(3, customers=90, months=END, effect=1.5, reps=3, leave_per_year=0.05)


@pytest.fixture(scope="module")
def before(world) -> Facts:
    return facts_of(world, 30)


@pytest.fixture(scope="module")
def result(before) -> Pilot:
    return pilot(before, months=3)


@pytest.fixture(scope="module")
def after(world, result) -> Facts:
    return facts_of(world, END, result.table.index[result.table["arm"] == EXTRA])


# -- pairs -----------------------------------------------------------------------------------------


def test_the_pairing_is_the_best_of_all_where_all_can_be_tried():
    rng = np.random.default_rng(4)

    def all_pairings(left):
        if not left:
            yield []
        for i in range(1, len(left)):
            rest = left[1:i] + left[i + 1 :]
            for more in all_pairings(rest):
                yield [(left[0], left[i]), *more]

    for _ in range(5):
        x = rng.standard_normal((8, 2))
        cost = ((x[:, None] - x) ** 2).sum(axis=2).tolist()
        best = min(sum(cost[a][b] for a, b in p) for p in all_pairings(list(range(8))))
        found = paired(x)
        assert found.bound - 1e-9 <= best <= found.distance.sum() + 1e-9
        assert found.distance.sum() <= best * 1.1


def test_pairs_are_near_the_bound_and_keep_to_their_stratum():
    rng = np.random.default_rng(5)
    x, rep = standardised(rng.standard_normal((200, 3))), rng.integers(0, 3, 200)
    found = paired(x)
    assert found.distance.sum() < 1.1 * found.bound
    strict = paired(x, rep)
    assert (rep[strict.pairs[:, 0]] == rep[strict.pairs[:, 1]]).all()
    assert len(np.unique(strict.pairs)) == 2 * len(strict.pairs)
    assert len(strict.pairs) == sum((rep == r).sum() // 2 for r in range(3))


@pytest.mark.parametrize("n", [0, 1, 2, 3])
def test_none_one_two_and_three_are_paired_as_far_as_they_can_be(n):
    assert len(paired(np.zeros((n, 2))).pairs) == n // 2
    assert standardised(np.ones((n, 2)) if n else np.ones((1, 2))).max() == 0


def test_like_regions_meet_where_they_can():
    kinds = np.array([["N"], ["S"], ["N"], ["S"]])
    assert paired(np.array([[0.0], [0.1], [0.3], [0.4]]), None, kinds).pairs.tolist() == [
        [0, 2],
        [1, 3],
    ]


# -- chance ----------------------------------------------------------------------------------------


def test_few_pairs_are_counted_in_full_by_hand():
    # sums of ±1 ±2 ±3: 6, 4, 2, 0 and their opposites; two of eight are as far out as 6
    ways = flips(3)
    assert ways.exact
    assert ways.p([1.0, 2.0, 3.0]) == 2 / 8
    assert ways.p([-1.0, 2.0, 3.0]) == 4 / 8
    assert ways.p([0.0, 0.0, 0.0]) == 1.0


def test_drawn_flips_agree_with_all_of_them():
    d = np.random.default_rng(1).standard_normal(14) + 0.4
    drawn = flips(15, draws=20_000).p([*d, 0.0])
    assert drawn == pytest.approx(flips(14).p(d), abs=0.01)


def test_the_range_holds_what_is_not_rejected():
    d = np.array([0.4, 0.1, 0.3, 0.5, -0.1, 0.2, 0.35, 0.15])
    ways = flips(8)
    effect, (inner, outer) = inverted(lambda e: d - e, ways, [0.8, 0.95])
    assert effect == pytest.approx(d.mean(), abs=1e-6)
    assert outer[0] < inner[0] < effect < inner[1] < outer[1]
    for edge, way in zip(outer, (1, -1), strict=True):
        assert ways.p(d - edge - way * 1e-3) > 0.05 >= ways.p(d - edge + way * 1e-3)
    few = inverted(lambda e: d[:4] - e, flips(4), [0.95])[1][0]
    assert few == (-np.inf, np.inf)


def test_a_supposed_effect_is_taken_out_and_noughts_do_no_harm():
    past, k = np.full((2, 2), 10.0), np.ones(2)
    sales = np.array([[20.0, 10.0], [0.0, 0.0]])
    none = differences(sales, past, past, k, np.zeros(2))
    assert none == pytest.approx([np.log(21 / 11), 0.0])
    assert differences(sales, past, past, k, np.zeros(2), np.log(2)) == pytest.approx([0.0, 0.0])


# -- the design ------------------------------------------------------------------------------------


def test_each_pair_and_each_rep_has_both_arms(result):
    table = result.table
    assert (table.groupby("pair")["rep"].nunique() == 1).all()
    assert (table.groupby("pair")["arm"].nunique() == 2).all()
    both = table.groupby("rep")["arm"].value_counts().unstack()
    assert (both.iloc[:, 0] == both.iloc[:, 1]).all()
    assert table.index.is_unique
    balance = result.tables["balance"]
    assert (balance["in_pairs"] < balance["by_lot"]).all()
    assert result.figures["extra_hours"].value == len(table) / 2 * 3 * 2
    sizes = result.tables["sizes"]
    assert all(s["mde"].is_monotonic_decreasing for _, s in sizes.groupby("months"))


def test_same_seed_same_lots_and_lines_in_any_order(world, before, result):
    sales, customers = world.frames(months=30)
    mixed = Facts.from_frames(sales.sample(frac=1, random_state=1), customers, language="en")
    again = pilot(replace(mixed, as_of=before.as_of), months=3)
    pd.testing.assert_frame_equal(again.table, result.table)
    other = pilot(before, months=3, seed=2).table
    assert set(other.index) == set(result.table.index)
    assert (other["arm"].reindex(result.table.index) != result.table["arm"]).any()


def test_a_half_filled_column_of_reps_does_not_hide_those_of_the_sales_lines():
    days = pd.to_datetime(["2024-01-05", "2024-02-05", "2024-02-20"])
    sales = pd.DataFrame(itertools.product("abc", days), columns=["customer", "date"])
    sales = sales.assign(amount=5.0, rep=["Åsa", "Bo", "Bo"] * 2 + [None] * 3)
    people = pd.DataFrame({"customer": list("abc"), "rep": ["Eva", None, None]})
    both = Facts.from_frames(sales, people)
    found = reps(both).reindex(list("abc"))
    assert found.tolist()[:2] == ["Eva", "Bo"]
    assert found.isna().tolist() == [False, False, True]
    assert past(both).rep.tolist() == ["Eva", "Bo", ""]
    assert reps(Facts.from_frames(sales)).reindex(list("ab")).tolist() == ["Bo", "Bo"]
    assert reps(Facts.from_frames(sales.drop(columns="rep"), people))["a"] == "Eva"


def test_fewer_pairs_are_drawn_over_all_reps_and_excluded_ones_stay_out(before, result):
    out = str(result.table.index[0])
    small = pilot(before, months=3, pairs=9, exclude=[out])
    assert len(small.table) == 18
    assert out not in small.table.index
    assert small.table["rep"].nunique() == 3
    assert small.figures["excluded"].value == 1


def test_a_customer_numbered_like_a_person_is_left_out_and_told(world, before, result, tmp_path):
    sales, customers = world.frames(months=30)
    numbers = dict(zip(result.table.index[:2], ("8112189876", "198112189876"), strict=True))
    for frame in (sales, customers):
        frame["customer"] = frame["customer"].replace(numbers)
    known = replace(Facts.from_frames(sales, customers, language="en"), as_of=before.as_of)
    drawn = pilot(known, months=3)
    assert drawn.figures["unlisted"].value == 2
    assert "2 customers take no part" in drawn.reading()
    assert not set(numbers.values()) & set(drawn.table.index)
    path = pilot_workbook(drawn, tmp_path / "p.xlsx")
    assert not people(path.with_suffix(".json").read_text(encoding="utf-8"))


def test_it_says_when_no_pilot_is_large_enough(before):
    told = pilot(before, months=3, smallest_rise=0.01)
    assert not told.can_tell
    assert told.reading().startswith("Hold this pilot only if you expect extra hours to raise")
    assert "this pilot cannot tell" in told.reading()
    assert not told.advised_against
    easy = pilot(before, months=3, smallest_rise=2.0)
    assert easy.can_tell
    assert easy.reading().startswith("This pilot can show what matters")
    assert len(easy.table) < len(told.table)


def shown(slope: float, se: float = 0.01, decay: float | None = 0.0) -> SimpleNamespace:
    """What `response` would say."""
    row = pd.DataFrame({"slope": [slope], "se": [se]}, index=["fixed effects"])
    return SimpleNamespace(table=row, parameters={"decay": decay})


def test_what_the_past_shows_is_turned_into_a_rise_by_hand():
    # one hour today, two more: 1 + 3 is twice 1 + 1
    assert rise(0.1, dose([1.0], 2.0, 3)) == pytest.approx(2**0.1 - 1)
    # half of an hour is left a month later: stocks of 2 today, 2 more in the first month, then 3
    logs = (np.log(5 / 3) + np.log(6 / 3)) / 2
    assert dose([1.0], 2.0, 2, 0.5) == pytest.approx(logs)
    assert dose([], 2.0, 2) == 0.0
    # each customer counts alike on a log scale
    assert dose([1.0, 3.0], 2.0, 1) == pytest.approx((np.log(2) + np.log(1.5)) / 2)
    assert hours_for(2**0.1 - 1, [1.0], 1.0, 3, 0.1, 0.0) == 2.0
    assert hours_for(9.0, [1.0], 1.0, 3, 0.1, 0.0) is None
    assert hours_for(0.1, [1.0], 1.0, 3, -0.1, 0.0) is None
    assert estimate_of(None) is estimate_of(shown(0.1, decay=None)) is None


@pytest.mark.parametrize(
    ("slope", "words"),
    [
        (0.05, "We advise against this pilot as planned: it shows"),
        (-0.02, "more hours did not go with more sales at all. It is worth holding only if"),
        (2.0, "What the past shows would make"),
    ],
)
def test_a_pilot_that_could_not_show_what_the_past_shows_is_advised_against(logged, slope, words):
    told = pilot(logged, months=3, response=shown(slope))
    assert words in told.reading()
    value = told.figures
    amount = np.log((1 + 1 + 2) / (1 + 1))  # everybody gets one hour
    assert value["expected"].value == pytest.approx(np.expm1(slope * amount))
    assert value["expected"].low < value["expected"].value < value["expected"].high
    assert told.advised_against is (slope < 1)
    assert told.reading().index(words[:10]) < told.reading().index("customers in")


def test_a_pilot_that_may_show_what_the_past_leaves_likely_is_not_advised_against(logged):
    sure = pilot(logged, months=3, response=shown(0.5))
    assert sure.advised_against
    unsure = pilot(logged, months=3, response=shown(0.5, se=1.0))
    value = unsure.figures
    assert value["expected"].value < value["mde"].value < value["expected"].high
    assert not unsure.advised_against


def test_a_better_plan_is_named_where_there_is_one(logged):
    few = pilot(logged, months=3, pairs=10, response=shown(0.7))
    value = few.figures
    sizes = few.tables["sizes"].set_index(["pairs", "months"])["mde"]
    assert few.advised_against
    assert value["better"].value == "pairs"
    assert f"Better: {value['better_pairs'].value} pairs instead of 10" in few.reading()
    assert sizes[value["better_pairs"].value, 3] <= value["expected"].value < sizes[10, 3]
    more = pilot(logged, months=3, response=shown(0.5))
    assert more.figures["better"].value in ("hours", "no hours")
    needed = more.figures["better_hours"].value
    assert np.expm1(0.5 * np.log((2 + needed) / 2)) >= more.figures["mde"].value
    assert np.expm1(0.5 * np.log((1.5 + needed) / 2)) < more.figures["mde"].value
    assert more.figures["better_part"].value > 0.5
    assert "of all the hours that the reps log today" in more.reading()
    none = pilot(logged, months=3, response=shown(0.01))
    assert "nor up to 8 extra hours a month would make it show" in none.reading()


def test_extra_hours_are_told_beside_todays_and_those_of_all_reps(logged):
    told = pilot(logged, months=3)
    value = told.figures
    pairs = value["pairs"].value
    assert value["today"].value == pytest.approx(1.0)
    assert value["more"].value == pytest.approx(2.0)
    everybody = len(set(effort_cells(logged)["customer"]))
    assert value["all_hours"].value == pytest.approx(everybody)
    assert value["part"].value == pytest.approx(pairs * 2 / everybody)
    assert "those drawn got 1.00 h each; 2 extra are 200%" in told.reading()
    assert "average month of the last 12" in told.reading()


def test_an_average_month_counts_empty_ones_but_none_before_the_log_began(logged):
    closed = hours_without(logged, "2024-07", "2024-08")
    value, same = pilot(closed, months=3).figures, pilot(logged, months=3).figures
    assert value["all_hours"].value == pytest.approx(same["all_hours"].value * 10 / 12)
    assert value["today"].value == pytest.approx(10 / 12)
    assert value["empty"].value == 2 and value["span"].value == 12
    assert "In 2 of those months nobody logged any hours" in pilot(closed, months=3).reading()
    young = hours_without(logged, *pd.period_range("2023-01", "2024-05", freq="M").astype(str))
    told = pilot(young, months=3)
    assert told.figures["span"].value == 5
    assert told.figures["today"].value == pytest.approx(1.0)
    drawn = told.table[told.table["arm"] == EXTRA]
    assert drawn["hours_month"].mean() == told.figures["today"].value
    assert told.figures["empty"].value == 0 and "nobody logged" not in told.reading()


def test_what_matters_follows_from_the_slope_in_the_settings(before, logged):
    told = pilot(replace(logged, response={"smallest_effect": 0.3}), months=3)
    assert told.figures["smallest"].value == pytest.approx(2**0.3 - 1)
    assert told.figures["matters"].value == pytest.approx(2**0.3 - 1)
    assert "What matters follows from the settings: 23% more sales" in told.reading()
    asked = pilot(replace(logged, response={"smallest_effect": 0.3}), months=3, smallest_rise=0.2)
    assert asked.figures["smallest"].value == 0.2
    assert "follows from the settings" not in asked.reading()
    without = pilot(replace(before, response={"smallest_effect": 0.3}), months=3)
    assert without.figures["smallest"].value == 0.1


def test_fewer_pairs_speak_of_themselves_and_lengths_are_compared(before, result):
    few = pilot(before, months=3, pairs=9)
    value = few.figures
    sizes = few.tables["sizes"].set_index(["pairs", "months"])["mde"]
    assert value["mde"].value == sizes[9, 3]
    assert value["best_mde"].value == min(sizes[9, m] for m in sizes[9].index)
    assert (value["mde_shorter"].value, value["mde_longer"].value) == (sizes[9, 6], sizes[9, 12])
    assert str(value["all_pairs"].value) not in few.reading()
    assert ("12 months instead of 6" in few.reading()) != (
        "12 months would hardly" in few.reading()
    )
    apart = result.table.groupby("pair")["value"].agg(lambda v: v.max() / v.min())
    assert result.figures["apart"].value == (apart > 2).sum() > 0
    assert f"In {(apart > 2).sum()} of the" in result.reading()


@pytest.mark.parametrize(
    "wrong",
    [
        {"months": 0},
        {"pairs": 3},
        {"hours": 0},
        {"smallest_rise": -1},
        {"exclude": ["nobody"]},
        {"seed": -1},
        {"pairs": 999},
    ],
)
def test_what_is_not_allowed_is_told(before, wrong):
    with pytest.raises(SettingsError, match=str(next(iter(wrong)))):
        pilot(before, **wrong)


def test_too_short_and_too_few_are_refused(world, before):
    young = pilot(before.cut(dt.date(2023, 3, 31)))
    assert "15 whole months" in young.reading()
    assert "a year, the month until it begins" in young.reading()
    late = pilot(before, months=9, wait_months=12)
    assert late.refusal is young.refusal
    assert "a year, the 12 months until it begins" in late.reading()
    newborn = pilot(before.cut(before.first + dt.timedelta(days=9)))
    assert newborn.refusal is not None
    assert newborn.figures["history"].value == 0
    sales, customers = world.frames(months=30)
    few = pilot(Facts.from_frames(sales[sales["customer"] < "C00012"], customers), months=3)
    assert few.refusal is not None
    assert few.table.empty
    with pytest.raises(SettingsError, match="no pilot"):
        record(few)


# -- the record and the workbook -------------------------------------------------------------------


def test_the_workbook_lists_only_those_drawn_and_is_enough_for_the_result(
    before, result, after, tmp_path
):
    path = pilot_workbook(result, tmp_path / "p.xlsx")
    book = openpyxl.load_workbook(path)
    assert [book[s].sheet_state for s in book.sheetnames] == ["visible"] * 4 + ["veryHidden"]
    extra = result.table[result.table["arm"] == EXTRA]
    for rep in ("Rep 1", "Rep 2", "Rep 3"):
        rows = [r[0].value for r in book[rep].iter_rows(min_row=6) if r[0].value]
        assert set(rows) == set(extra.index[extra["rep"] == rep])
    assert judged(after, path).reading() == judged(after, record(result)).reading()
    assert opened(path) == opened(path.with_suffix(".json")) == record(result)
    with pytest.raises(SettingsError, match="lots would be lost"):
        pilot_workbook(result, path)
    with pytest.raises(SettingsError, match="no such folder"):
        pilot_workbook(result, tmp_path / "none" / "p.xlsx")
    with pytest.raises(SettingsError, match="draws: 0"):
        pilot_result(after, path, draws=0)


def test_notes_and_sorting_do_no_harm_but_another_list_is_refused(result, tmp_path):
    path = pilot_workbook(result, tmp_path / "p.xlsx")
    book = openpyxl.load_workbook(path)
    sheet = book["Rep 1"]
    first, second = sheet["A6"].value, sheet["A7"].value
    sheet["A6"], sheet["A7"], sheet["H6"] = second, first, "ringde"
    book.save(path)
    assert len(opened(path)["pairs"]) == len(result.table) / 2
    sheet["A6"] = next(c for c in result.table.index if result.table.at[c, "arm"] != EXTRA)
    book.save(path)
    with pytest.raises(SettingsError, match=r"altered after the lots.*added C\d+; gone C\d+"):
        opened(path)


def test_an_altered_record_is_refused_even_with_a_new_hash(result, tmp_path):
    kept = record(result)
    altered = json.loads(json.dumps(kept))
    altered["pairs"][0]["before"][0] += 1
    with pytest.raises(SettingsError, match="not as it was"):
        opened(altered)
    altered = json.loads(json.dumps(kept))
    altered["pairs"][0]["extra"] = 1 - altered["pairs"][0]["extra"]
    with pytest.raises(SettingsError, match="not as it was"):
        opened(sealed(altered))
    for key, damage in {"pairs": None, "seed": "one", "slopes": 1, "start": 3}.items():
        for seal in (dict, sealed):
            with pytest.raises(SettingsError, match="not as it was"):
                opened(seal(kept | {key: damage}))
    with pytest.raises(SettingsError, match="it lacks pairs"):
        opened({k: v for k, v in kept.items() if k != "pairs"})
    other = tmp_path / "other.json"
    other.write_text("[]", encoding="utf-8")
    for wrong in (other, {"format": "x"}):
        with pytest.raises(SettingsError, match=r"no pilot's record(?!;)"):
            opened(wrong)
    with pytest.raises(SettingsError, match="no such file"):
        opened(tmp_path / "none.xlsx")
    assert lots(5, 1).tolist() == lots(5, 1).tolist()


def test_a_page_does_not_show_who_is_compared_with(result):
    shown = result.rows()
    assert shown["total"] == len(result.table) / 2
    listed = {row[2] for row in shown["cells"]}
    assert listed == set(result.table.index[result.table["arm"] == EXTRA])
    assert result.figures["start"].value > result.source.as_of
    told = result.reading()
    assert "a lot decides who gets 2 extra hours" in told
    begins = result.language.month(result.figures["start"].value)
    assert f"It begins in {begins} or not at all: later, plan it anew." in told


def test_a_pilot_advised_against_is_told_as_one_that_is_not_held(logged):
    told = pilot(logged, months=3, response=shown(0.05))
    assert told.rows()["total"] == 0  # nobody is named as drawn
    assert len(told.table) > 0
    sentences = [told.say(s) for s in told.sentences()]
    assert told.opening == 2
    assert "a lot would decide who gets 2 extra hours" in sentences[2]
    assert not any("begins in" in s or "must not be taken" in s for s in sentences)


def test_names_are_never_formulas(result, tmp_path):
    hostile = result.table.assign(name="=cmd|' /C calc'!A0", rep="=HYPERLINK(1)")
    path = pilot_workbook(replace(result, table=hostile).in_language("sv"), tmp_path / "p.xlsx")
    book = openpyxl.load_workbook(path)
    kinds = {c.data_type for s in book for row in s.iter_rows() for c in row if c.value}
    assert "f" not in kinds
    assert "Om försöket" in book.sheetnames
    assert SHEET in book.sheetnames


def test_what_the_pilot_may_show_is_for_whoever_leads_it(result, tmp_path):
    path = pilot_workbook(result, tmp_path / "p.xlsx")
    assert {p.name for p in tmp_path.iterdir()} == {"p.xlsx", "p.txt", "p.json"}
    told = " ".join((tmp_path / "p.txt").read_text(encoding="utf-8").split())
    assert result.say(result.verdict()[0]) in told
    assert "The record of all lots is in the file p.json" in told
    book = openpyxl.load_workbook(path)
    cells = [str(c.value) for s in book for row in s.iter_rows() for c in row if c.value]
    assert any("Look after all your other customers as usual" in c for c in cells)
    seen = [c for s in book if s.title != SHEET for row in s.iter_rows() for c in row if c.value]
    assert not any(result.figures["mde"].value == c.value for c in seen)
    assert not any("it shows" in str(c.value) or "lots fell" in str(c.value) for c in seen)
    odd = pilot_workbook(
        replace(result, parameters={**result.parameters, "hours": 12.25}), tmp_path / "odd.xlsx"
    )
    book = openpyxl.load_workbook(odd)
    texts = [str(c.value) for s in book for row in s.iter_rows() for c in row if c.value]
    assert any("Give each of them 12.25 hours a month" in t for t in texts)
    for suffix in (".xlsx", ".txt", ".json"):  # none is lost
        (tmp_path / "q").mkdir(exist_ok=True)
        kept = tmp_path / "q" / f"p{suffix}"
        kept.write_text("kept", encoding="utf-8")
        with pytest.raises(SettingsError, match=f"there is p{suffix} already"):
            pilot_workbook(result, tmp_path / "q" / "p.xlsx")
        assert kept.read_text(encoding="utf-8") == "kept"
        kept.unlink()


def test_whoever_is_quicker_keeps_his_pilot(result, tmp_path, monkeypatch):
    path = tmp_path / "p.xlsx"

    def looked(target):  # another comes between the look and the writing
        (tmp_path / "p.txt").write_text("theirs", encoding="utf-8")
        return Path(target)

    monkeypatch.setattr(_pilot_book, "writable", looked)
    with pytest.raises(SettingsError, match=r"there is p\.txt already"):
        pilot_workbook(result, path)
    assert {p.name: p.read_text(encoding="utf-8") for p in tmp_path.iterdir()} == {
        "p.txt": "theirs"
    }


def test_a_pilot_advised_against_is_written_as_one_that_is_held(logged, tmp_path):
    told = pilot(logged, months=3, response=shown(0.05))
    pilot_workbook(told, tmp_path / "p.xlsx")
    text = " ".join((tmp_path / "p.txt").read_text(encoding="utf-8").split())
    assert "We advise against this pilot" in text
    assert "or not at all: later, plan it anew" in text and "must not be taken" in text
    assert "would have" not in text


def test_each_reps_sheet_sums_what_is_asked_and_nothing_of_the_rep(result, tmp_path):
    book = openpyxl.load_workbook(pilot_workbook(result, tmp_path / "p.xlsx"))
    table = result.table[result.table["arm"] == EXTRA]
    for rep in ("Rep 1", "Rep 2", "Rep 3"):
        rows = [[c.value for c in row] for row in book[rep].iter_rows(min_row=5)]
        heads, total, own = rows[0], rows[-1], table[table["rep"] == rep]
        assert total[:2] == [None, f"In all: {len(own)} customers"]
        assert total[heads.index("Extra hours a month")] == 2 * len(own)
        assert sum(cell is not None for cell in total) == 2  # no sales, no hours of today
        assert len(rows) == len(own) + 2


def test_a_client_may_have_the_workbook_there_is_no_figure_about_a_rep(result, tmp_path):
    from salesfact._pilot_cli import _sizes

    assert result.source.language == "en"
    reps = frozenset(result.table["rep"])
    path = pilot_workbook(result, tmp_path / "p.xlsx")
    assert not scan_workbook(path, "client", Vocabulary(reps, frozenset(result.table["name"])))
    assert reps < set(openpyxl.load_workbook(path).sheetnames)
    assert "12 månader" in _sizes(result.in_language("sv"))


@pytest.mark.parametrize(("slope", "could"), [(2.0, True), (0.01, False)])
def test_a_report_has_lists_beside_it_only_where_a_pilot_could_tell(
    monkeypatch, logged, tmp_path, slope, could
):
    told = shown(slope)
    told.refusal = "untold"
    for name, answer in (("open_client", SimpleNamespace(facts=logged)), ("response", told)):
        monkeypatch.setattr(salesfact, name, lambda *_, answer=answer, **__: answer, raising=False)
    books = [tmp_path / n / "pilot.xlsx" for n in "abc"]
    for book in books:
        book.parent.mkdir()
    for book, day in zip(books, (dt.date(2024, 11, 1), dt.date(2024, 11, 30)), strict=False):
        monkeypatch.setattr(_prepare, "_today", lambda day=day: day)
        assert draw_lots({"client": "c", "workbook": str(book)}) == {"written": could}
        assert book.exists() is could
    monkeypatch.setattr(_prepare, "_today", lambda: dt.date(2024, 12, 1))  # too late for them
    assert draw_lots({"client": "c", "workbook": str(books[2])}) == {"written": False}
    assert not books[2].exists()
    if could:  # whatever day it is
        assert books[0].read_bytes() == books[1].read_bytes()
        assert opened(books[0])["start"] == "2024-12-01"


# -- what came of it -------------------------------------------------------------------------------


def test_a_large_effect_is_found_and_none_is_not(result, after, logged):
    found = pilot_result(after, record(result))
    claim = found.figures["claim"]
    assert 0 < claim.low < 1.5 < claim.high
    assert "raised sales" in found.reading()
    sold = found.table["sales_extra"].sum()
    assert found.figures["worth"].value == pytest.approx(sold * claim.value / (1 + claim.value))
    none = pilot_result(logged, record(result))
    assert none.figures["claim"].low <= 0 <= none.figures["claim"].high
    assert "cannot be told" in none.reading()
    assert "ruled out" in none.reading()


def test_what_came_is_written_as_a_text_and_never_over_another(after, result, tmp_path):
    told = judged(after, record(result))
    path = tmp_path / "came.txt"
    result_place(path)
    write_result(told, path)
    text = path.read_text(encoding="utf-8")
    said = " ".join(text.split())
    assert said.startswith("The pilot: what did extra hours do? ")
    assert "The pilot ran from August 2024 to October 2024" in said
    assert all(" ".join(told.say(s).split()) in said for s in told.sentences())
    assert max(map(len, text.splitlines())) <= 88
    for write in (result_place, partial(write_result, told)):
        with pytest.raises(SettingsError, match="there is such a file already"):
            write(path)
    assert path.read_text(encoding="utf-8") == text
    with pytest.raises(SettingsError, match="cannot be written there"):
        write_result(told, tmp_path / "none" / "came.txt")


def test_before_its_end_it_is_refused(before, after, result):
    early = judged(after, record(result), as_of=dt.date(2024, 9, 30))
    assert early.refusal is not None
    assert early.refusal.early
    assert "31 October 2024" in early.reading()


def test_lost_customers_and_changed_books_are_told(world, after, result, monkeypatch):
    sales, customers = world.frames(months=END)
    first = result.table.index[0]
    renamed = sales["customer"].where(sales["customer"] != first, "X1")
    known = Facts.from_frames(
        sales.assign(customer=renamed, amount=sales["amount"] * 1.1), customers
    )
    told = judged(replace(known, as_of=dt.date(2024, 10, 31)), record(result))
    assert told.figures["lost"].value == 1
    assert "One of" in told.reading()
    assert told.figures["moved"].value == pytest.approx(0.1, abs=0.001)
    assert "have changed by 10" in told.reading()
    seen = past(after)
    gone = np.isin(seen.customers, result.table.index[10:])
    only = replace(seen, customers=np.where(gone, "gone", seen.customers))
    monkeypatch.setattr(_pilot_result, "past", lambda _: only)
    few = judged(after, record(result))
    assert few.refusal is not None
    assert few.refusal.early is False


def test_another_currency_is_an_error(after, result):
    with pytest.raises(SettingsError, match="SEK"):
        judged(replace(after, currency="EUR"), record(result))


def test_another_client_or_other_books_are_an_error(after, result, monkeypatch):
    with pytest.raises(SettingsError, match="are those of Other AB"):
        judged(replace(after, name="Other AB"), record(result))
    seen = past(after)
    monkeypatch.setattr(_pilot_result, "past", lambda _: replace(seen, money=2 * seen.money))
    with pytest.raises(SettingsError, match=r"100% of the sales.*other books"):
        judged(after, record(result))


@pytest.fixture(scope="module")
def logged(world) -> Facts:
    """An hour a month for each customer, before and during the pilot."""
    days = pd.date_range("2023-01-15", "2024-10-15", freq="MS") + pd.Timedelta(days=9)
    rows = [(c, d, "visit", 1.0) for c, d in itertools.product(world.customers, days)]
    log = pd.DataFrame(rows, columns=["customer", "date", "kind", "hours"])
    sales, customers = world.frames(months=END)
    facts = Facts.from_frames(sales, customers, activities=log, language="en")
    return replace(facts, as_of=dt.date(2024, 10, 31))


def hours_without(facts: Facts, *months: str) -> Facts:
    """The same facts, but nobody logged anything in those months."""
    log = activity_days(facts)
    left = log[~log["date"].dt.strftime("%Y-%m").isin(months)]
    sales = facts.fetch(facts.sales)[["customer", "date", "amount", "margin"]]
    people = facts.fetch(facts.customers)
    log = left[["customer", "date", "kind", "hours"]]
    made = Facts.from_frames(sales, people, activities=log, language="en")
    return replace(made, as_of=facts.as_of)


def judged_with(monkeypatch, facts, result, change) -> PilotResult:
    """The pilot's result under another log."""
    seen = past(facts)
    hours = seen.hours.copy()
    change(hours, np.isin(seen.customers, result.table.index[result.table["arm"] == EXTRA]))
    monkeypatch.setattr(_pilot_result, "past", lambda _: replace(seen, hours=hours))
    return judged(facts, record(result))


@pytest.mark.parametrize("given", [2.0, 0.0])
def test_hours_really_given_are_shown(monkeypatch, logged, result, given):
    def more(hours, extra):
        hours[extra, START:END] += given

    told = judged_with(monkeypatch, logged, result, more)
    assert told.figures["got"].value == pytest.approx(given)
    assert ("was not carried out" in told.reading()) is (given == 0.0)


@pytest.mark.parametrize(("gone", "unlogged"), [(slice(32, END), 2), (slice(31, 32), 1)])
def test_a_log_with_a_hole_in_the_pilot_tells_nothing_of_hours(
    monkeypatch, logged, result, gone, unlogged
):
    def nothing(hours, extra):
        hours[:, gone] = 0.0

    told = judged_with(monkeypatch, logged, result, nothing)
    assert "got" not in told.figures
    assert told.figures["unlogged"].value == unlogged
    assert "of the pilot's 3 months" in told.reading()
    assert "By the log" not in told.reading()


@pytest.mark.parametrize("gone", [slice(0, START), slice(25, 26)])
def test_where_the_year_before_is_not_logged_the_arms_are_compared(
    monkeypatch, logged, result, gone
):
    def late(hours, extra):
        hours[:, gone] = 0.0
        hours[extra, START:END] += 2.0

    told = judged_with(monkeypatch, logged, result, late)
    assert told.figures["got"].value == pytest.approx(2.0)
    assert told.figures["given_hours"].value == pytest.approx(2.0 * 3 * len(told.table))
    assert "the year before is not whole in the log" in told.reading()


def test_a_month_closed_every_year_counts_as_one_without_hours(monkeypatch, logged, result):
    def shut(hours, extra):
        hours[extra, START:END] += 2.0
        hours[:, [7, 19, 31]] = 0.0  # each August

    told = judged_with(monkeypatch, logged, result, shut)
    assert told.figures["got"].value == pytest.approx(2.0 * 2 / 3)
    assert told.figures["given_hours"].value == pytest.approx(2.0 * 2 * len(told.table))
    assert told.figures["planned_hours"].value == pytest.approx(2.0 * 3 * len(told.table))
    assert "In August 2024 nobody logged any hours, nor in that month" in told.reading()
    assert "than before, beyond what the others got" in told.reading()


def test_a_log_that_lags_or_has_ended_makes_no_empty_months(logged):
    whole = pilot(logged, months=3).figures
    lags = pilot(hours_without(logged, "2024-10"), months=3)
    assert lags.figures["all_hours"].value == pytest.approx(whole["all_hours"].value, rel=0.1)
    assert lags.figures["empty"].value == 0
    assert "nobody logged any hours" not in lags.reading()


def test_a_plan_over_a_closed_month_warns(logged):
    facts = hours_without(logged, "2023-12", "2024-01")
    told = pilot(facts, months=3, wait_months=1)  # from December
    value = told.figures
    assert value["closed"].value == 2
    assert value["closed_first"].value == dt.date(2024, 12, 1)
    assert value["closed_hours"].value == value["pairs"].value * 2 * 2
    assert "In 2 of the months, first December 2024" in told.reading()
    against = pilot(facts, months=3, response=shown(0.05))
    assert against.advised_against and "can hardly be given" in against.reading()
    later = pilot(facts, months=3, wait_months=4)
    assert later.figures["closed"].value == 0
    assert "can hardly be given" not in later.reading()


def test_pictures_show_what_the_tables_hold(result, after):
    with _style.themed():
        _, ax = _style.new_figure()
        result.draw(ax)
    (dot,) = [line for line in ax.lines if line.get_marker() == "o"]
    pairs = result.figures["pairs"].value
    assert np.asarray(dot.get_xdata()).tolist() == [pairs]
    assert np.asarray(dot.get_ydata()).tolist() == [result.figures["mde"].value]
    told = judged(after, record(result))
    with _style.themed():
        _, ax = _style.new_figure()
        told.draw(ax)
    ends = [np.asarray(line.get_xdata()).tolist() for line in ax.lines]
    claim = told.figures["claim"]
    assert [claim.low, claim.high] in ends
    assert told.picture(narrow=True) is not None


def test_answers_are_kept_and_read_back_as_they_were(before, after, result, tmp_path):
    kept = replace(before, folder=tmp_path, key="before")
    first, again = pilot(kept, months=3), pilot(kept, months=3)
    assert list((tmp_path / "results").glob("*/_planned-*"))
    assert again is not first
    assert record(again) == record(first) == record(result)
    assert again.reading() == first.reading()
    later = replace(after, folder=tmp_path, key="after")
    told = [judged(later, record(again)) for _ in range(2)]
    assert list((tmp_path / "results").glob("*/_judged-*"))
    assert told[0].reading() == told[1].reading()
