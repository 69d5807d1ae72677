"""Who went silent: through the engine, from lines to sentences and picture."""

from __future__ import annotations

import datetime as dt
import itertools
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from salesfact import _buying, _season, _style
from salesfact._errors import LeakageError
from salesfact._facts import Facts
from salesfact._gaps import summarise
from salesfact._invoicing import Window, collective_customers, invoice_window
from salesfact._rhythm import SHOWN, rhythm
from salesfact._rhythm_told import Rhythm
from salesfact._synth import BuyingWorld, buying_world
from tests.proofs.rhythm_proof import judge_days
from tests.proofs.worlds import as_facts

AS_OF = dt.date(2024, 12, 31)


def day(text: str) -> int:
    return _season.day_number(dt.date.fromisoformat(text))


def every(customer: str, step: int, first: str, last: str, amount: float = 100.0) -> pd.DataFrame:
    """A line every `step` days."""
    dates = pd.date_range(first, last, freq=f"{step}D")
    return pd.DataFrame({"customer": customer, "date": dates, "amount": amount})


def facts_of(*parts: pd.DataFrame, as_of: dt.date = AS_OF, **more) -> Facts:
    sales = pd.concat(parts, ignore_index=True)
    return replace(Facts.from_frames(sales, **more), as_of=as_of)


@pytest.fixture(scope="module")
def world() -> BuyingWorld:
    return buying_world(31, customers=250, k=1.5, season=0.3, growth=0.2)


@pytest.fixture(scope="module")
def result(world) -> Rhythm:
    return rhythm(as_facts(world))


# -- the engine and the arrays ---------------------------------------------------------------------


def test_sums_in_the_engine_equal_those_of_the_arrays(world):
    facts = as_facts(world)
    clock, _ = _season.season(facts)
    engine = _buying.gap_sums(facts, clock)
    arrays = summarise(world.customer, world.day, clock)
    for name in arrays.columns:
        assert engine[name].to_numpy(float) == pytest.approx(arrays[name].to_numpy(float), abs=3e-5)


def test_the_answer_equals_that_of_the_arrays(world, result):
    first = world.day.min().astype("datetime64[D]").astype(object)
    _, told = judge_days(world.customer, world.day, first, world.as_of)
    told.table.index = [f"C{c:05d}" for c in told.table.index]
    mine = result.table.sort_index()
    for name in ("p", "q", "k"):
        assert mine[name].to_numpy() == pytest.approx(
            told.table[name].to_numpy(), nan_ok=True, abs=1e-5
        )
    assert (mine["silent"] == told.table["silent"]).all()
    late = told.table["watch"] & (mine["orders"] > 4)
    over = late & (told.table["open_gap_days"] > 365)
    assert over.any() and (late & ~over).any()
    assert (mine["watch"] == (late & ~over)).all()
    assert (mine["gone"] == (told.table["gone"] | over)).all()
    assert result.figures["silent"].value > 3


def test_nobody_is_to_call_after_a_year_or_without_a_rhythm(result):
    table = result.table
    watched, few = table[table["watch"]], table[table["status"] == "too few orders"]
    assert len(watched) and (watched["open_gap_days"] <= 365).all()
    assert (watched["orders"] > 4).all() and watched["usual_gap_days"].notna().all()
    assert len(few) and few[["usual_gap_days", "expected_by"]].isna().all().all()
    assert not few["watch"].any()


def test_leavers_are_what_is_found(world, result):
    gone = dict(zip([f"C{i:05d}" for i in range(len(world.gone))], world.gone, strict=True))
    silent = [gone[c] for c in result.table.index[result.table["silent"]]]
    steady = [gone[c] for c in result.table.index[result.table["status"] == "in rhythm"]]
    assert np.mean(silent) >= 0.8 and np.mean(steady) < 0.15


# -- by hand ---------------------------------------------------------------------------------------


def steady_crowd() -> list[pd.DataFrame]:
    return [every(f"s{i:02d}", 14, f"2023-01-{2 + i % 14:02d}", "2024-12-31") for i in range(20)]


def test_by_hand():
    gone = every("gone", 10, "2023-01-05", "2024-08-01", amount=300.0)
    credit = pd.DataFrame(
        {"customer": "gone", "date": pd.to_datetime(["2024-10-20"]), "amount": -50.0}
    )
    twice = gone.assign(date=gone["date"] + pd.Timedelta(hours=5), amount=10.0)
    free = pd.DataFrame({"customer": "gone", "date": pd.to_datetime(["2024-12-01"]), "amount": 0.0})
    table = rhythm(facts_of(*steady_crowd(), gone, twice, credit, free)).table
    told = table.loc["gone"]
    last = gone["date"].max()
    assert told["orders"] == len(gone) and told["last_order"] == last
    assert told["usual_gap_days"] == 10 and told["longest_gap_days"] == 10
    assert told["open_gap_days"] == (pd.Timestamp(AS_OF) - last).days
    assert told["silent"] and told["status"] == "silent" and table.index[0] == "gone"
    assert not table.drop(index="gone")[["silent", "watch"]].any().any()
    # the twelve calendar months that end with July 2024, the month of its last order
    months = gone[(gone["date"] >= "2023-08-01") & (gone["date"] < "2024-08-01")]
    assert last == pd.Timestamp("2024-07-28") and told["at_stake"] == 310.0 * len(months)
    assert abs((told["expected_by"] - pd.Timestamp("2024-08-07")).days) <= 3


def test_returns_count_in_what_is_at_stake():
    gone = every("gone", 10, "2023-01-05", "2024-08-01")
    back = pd.DataFrame(
        {"customer": "gone", "date": pd.to_datetime(["2024-07-30"]), "amount": -40.0}
    )
    with_return = rhythm(facts_of(*steady_crowd(), gone, back)).table.loc["gone", "at_stake"]
    assert with_return == rhythm(facts_of(*steady_crowd(), gone)).table.loc["gone", "at_stake"] - 40


def test_names_reps_and_those_without():
    people = pd.DataFrame({"customer": ["gone", "s00"], "name": ["<script>$x$", None]})
    sales = facts_of(
        *(p.assign(rep="Kim") for p in steady_crowd()),
        every("gone", 10, "2023-01-05", "2024-05-01").assign(rep="Eva"),
        every("gone", 10, "2024-05-05", "2024-08-01").assign(rep="Åsa"),
        customers=people,
    )
    table = rhythm(sales).table
    assert table.loc["gone", ["name", "rep"]].tolist() == ["<script>$x$", "Åsa"]
    assert table.loc["s00", ["name", "rep"]].tolist() == ["s00", "Kim"]
    payload = rhythm(sales).payload()
    assert payload["table"]["cells"][0][:2] == ["<script>$x$", "Åsa"]
    assert "<script>$" not in rhythm(sales)._repr_mimebundle_()["text/html"]


def test_margin_is_at_stake_where_there_is_one():
    lines = pd.concat([*steady_crowd(), every("gone", 10, "2023-01-05", "2024-08-01")])
    result = rhythm(facts_of(lines.assign(margin=lines["amount"] * 0.25)))
    assert result.parameters["money"] == "margin" and "in margin" in result.reading()
    plain = rhythm(facts_of(lines))
    assert "in revenue" in plain.reading()
    ratio = result.table["at_stake"] / plain.table["at_stake"]
    assert ratio.to_numpy() == pytest.approx(0.25)


# -- properties ------------------------------------------------------------------------------------


def test_row_order_and_money_scale():
    lines = pd.concat(
        [*steady_crowd(), every("gone", 10, "2023-01-05", "2024-08-01")], ignore_index=True
    )
    one = rhythm(facts_of(lines))
    turned = lines.sample(frac=1.0, random_state=5).assign(amount=lines["amount"] * 3)
    two = rhythm(facts_of(turned))
    pd.testing.assert_frame_equal(
        one.table.drop(columns="at_stake"), two.table.drop(columns="at_stake")
    )
    assert (two.table["at_stake"] / one.table["at_stake"]).to_numpy() == pytest.approx(3.0)


def test_figures_come_from_tables_and_sentences_from_figures(result):
    again = Rhythm.compute_figures(result.table, result.tables, result.parameters)
    assert again == dict(result.figures)
    silent = result.table[result.table["silent"]]
    assert result.figures["silent_at_stake"].value == silent["at_stake"].sum()
    for sentence in (*result.sentences(), result.headline()):
        written = (sentence.text + (sentence.plural or "")).replace("{", "").replace("}", "")
        assert not any(c.isdigit() for c in written)
        assert result.say(sentence)
    assert "{" not in result.reading()


def test_earlier_days_see_only_what_was_known(world, result):
    facts = as_facts(world)
    earlier = (pd.Timestamp(world.as_of) - pd.DateOffset(months=6)).date()
    then = rhythm(facts, as_of=earlier)
    assert then.source.as_of == earlier and then.table["last_order"].max().date() <= earlier
    with pytest.raises(LeakageError):
        rhythm(facts, as_of=world.as_of + dt.timedelta(days=1))


def test_money_of_a_watched_customer_is_not_certified(result):
    table = result.table
    assert not (table["silent"] & table["watch"]).any()
    assert (
        not (table["silent"] & table["gone"]).any() and not (table["watch"] & table["gone"]).any()
    )
    assert (table.loc[table["silent"], "q"] <= 0.1).all()
    assert (table.loc[table["watch"], "p"] <= 0.1).all()
    order = table.loc[table["silent"], "at_stake"]
    assert order.is_monotonic_decreasing


# -- collective invoices ---------------------------------------------------------------------------


def cells(*rows: tuple[str, str, int]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["customer", "date", "orders"])
    frame["first_order"] = [day(d) for d in frame["date"]]
    return frame


def test_month_ends_are_seen():
    ends = pd.date_range("2024-01-31", periods=10, freq="BME").strftime("%Y-%m-%d")
    told = cells(*(("a", d, 1) for d in ends), *(("b", f"2024-{m:02d}-03", 4) for m in range(1, 9)))
    window = invoice_window(told)
    assert window.from_end and window.offset == 0 and window.share == pytest.approx(10 / 42)
    many = pd.concat([told, told.assign(customer="c")[:10], told.assign(customer="d")[:10]])
    window = invoice_window(many)
    assert window.share > 0.3
    customers = pd.Index(["a", "b", "c", "x"])
    assert collective_customers(many, window, customers).tolist() == [True, False, True, False]


def test_spread_days_are_no_invoicing():
    world = buying_world(3, customers=200, gap_days=40)
    frame = pd.DataFrame({"customer": world.customer, "first_order": world.day, "orders": 1})
    assert invoice_window(frame).share < 0.15
    assert not collective_customers(frame, invoice_window(frame), pd.Index(range(200))).any()


@pytest.mark.parametrize(
    ("window", "as_of", "last"),
    [
        (Window(True, 0, 1.0), "2024-12-31", "2024-12-31"),
        (Window(True, 0, 1.0), "2024-12-20", "2024-11-30"),
        (Window(False, 0, 1.0), "2024-12-02", "2024-11-03"),
        (Window(False, 13, 1.0), "2024-12-20", "2024-12-16"),
    ],
)
def test_the_last_day_an_invoice_could_have_come(window, as_of, last):
    assert window.last_day(dt.date.fromisoformat(as_of)) == day(last)


def test_monthly_invoices_are_told_in_months():
    world = buying_world(33, customers=120, k=1.0, gap_days=25, collective=True)
    told = rhythm(as_facts(world))
    assert told.parameters["collective_share"] > 0.7 and "once a month" in told.reading()
    steady = told.table[told.table["open_gap_days"] == 0]
    assert (steady["p"].dropna() == 1.0).all()


# -- refusals and empties --------------------------------------------------------------------------


def test_a_young_firm_is_told_why():
    told = rhythm(facts_of(*(p[p["date"] >= "2024-03-01"] for p in steady_crowd())))
    assert told.refusal is not None and told.table.empty and told.picture() is None
    assert "10 whole months" in told.reading() and "at least 12" in told.reading()
    assert "earlier years" in told.reading() and told.headline() is None
    payload = told.payload()
    assert payload["refused"] and payload["table"]["cells"] == []


def test_a_year_that_starts_after_the_holiday_is_a_year():
    year = [p[p["date"] >= "2024-01-03"] for p in steady_crowd()]
    assert rhythm(facts_of(*year)).refusal is None


def test_nobody_with_enough_orders():
    told = rhythm(facts_of(every("a", 200, "2023-01-01", "2024-12-31")))
    assert told.refusal is not None and "5 order days" in told.reading()
    returns = every("a", 30, "2023-01-01", "2024-12-31", amount=-5.0)
    assert rhythm(facts_of(returns)).refusal is not None


def test_one_customer():
    told = rhythm(facts_of(every("a", 10, "2023-01-01", "2024-12-28")))
    assert told.table["status"].tolist() == ["in rhythm"]
    assert "not certain to have gone silent" in told.reading()
    assert told.picture() is None and told.headline() is None


def test_nobody_to_judge_is_said_in_a_sentence_of_its_own():
    told = rhythm(facts_of(every("a", 10, "2021-01-01", "2022-12-28")))
    assert told.figures["tested"].value == 0 and told.table["gone"].all()
    assert "No customer orders often enough to tell." in told.reading()
    assert "0 customers" not in told.reading()


def test_bursts_are_only_ranked():
    told = rhythm(as_facts(buying_world(35, customers=150, k=0.35, gap_days=40)))
    assert told.parameters["ranks_only"] and not told.table["silent"].any()
    assert "bursts" in told.reading() and told.figures["watch"].value > 0


# -- words and picture -----------------------------------------------------------------------------


def test_the_picture_draws_the_weightiest_and_only_them(result):
    drawn = list(result.table.index[result.table["silent"]][:SHOWN])
    assert sorted(result.tables["orders"]["customer"].unique()) == sorted(drawn)
    ax = result.plot()
    labels = [t.get_text() for t in ax.texts[::2]]  # a name, and beside it its silence
    assert labels == result.table.loc[drawn, "name"].tolist()
    dots = [len(c.get_offsets()) for c in ax.collections]
    left = pd.Timestamp(np.datetime64("1970-01-01") + np.timedelta64(int(ax.get_xlim()[0]), "D"))
    orders = result.tables["orders"]
    wanted = [int(((orders["customer"] == c) & (orders["date"] >= left)).sum()) for c in drawn]
    assert dots == wanted
    texts = [t.get_text() for t in ax.texts[1::2]]
    assert [int(t.split()[0].replace(",", "")) for t in texts] == result.table.loc[
        drawn, "open_gap_days"
    ].tolist()
    # the strong line ends today, and starts when the order was due
    strong = [line.get_xdata() for line in ax.lines][1::2]
    assert all(pd.Timestamp(x[1]) == pd.Timestamp(result.source.as_of) for x in strong)
    due = [pd.Timestamp(x[0]) for x in strong]
    assert due == result.table.loc[drawn, "expected_by"].tolist()


@pytest.mark.parametrize("narrow", [False, True])
def test_the_time_line_begins_with_the_facts_and_no_text_lies_on_another(result, narrow):
    told = result.in_language("sv")
    told.table["name"] = "Gripstenna Entreprenad & Maskinförmedling i Landskrona AB"
    with _style.themed():
        figure, ax = _style.new_figure(*(told.narrow_size if narrow else told.size))
        told.draw(ax)
        figure.draw_without_rendering()
        explained = ax.get_legend().get_texts()
        boxes = [t.get_window_extent() for t in [*ax.texts, *ax.get_xticklabels(), *explained]]
    assert [t.get_text() for t in explained] == ["order", "normal väntan", "längre än normalt"]
    assert explained[-1].get_window_extent().x1 <= figure.bbox.x1
    first = result.tables["orders"]["date"].min()
    left = pd.Timestamp("1970-01-01") + pd.Timedelta(days=ax.get_xlim()[0])
    assert left >= first - pd.Timedelta(days=7)
    assert not [(a, b) for a, b in itertools.combinations(boxes, 2) if a.overlaps(b)]


def test_the_picture_is_the_same_each_time(result):
    assert result.picture() == result.picture() and result.picture().startswith("<svg")


def test_swedish(result):
    told = result.in_language("sv")
    assert told.reading() != result.reading() and "tystnat" in told.reading()
    assert told.say(told.headline()) != result.say(result.headline())
    assert "inköpsrytm" in told.reading()


def test_kept_and_restored(tmp_path, world, result):
    facts = replace(as_facts(world), key="k", folder=tmp_path)
    first, second = rhythm(facts), rhythm(facts)
    assert len(list((tmp_path / "results").glob("*/*"))) == 1
    pd.testing.assert_frame_equal(first.table, second.table)
    assert first.reading() == second.reading() == result.reading()
