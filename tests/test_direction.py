"""The first page: put together from the other answers, and what moved since the last report."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace

import pandas as pd
import pytest

from salesfact._bridge import bridge
from salesfact._course import course
from salesfact._customers import customers
from salesfact._direction import LISTED, direction
from salesfact._direction_told import KEY_FIGURES, TILES
from salesfact._facts import Facts
from salesfact._language import language
from salesfact._moving import moving
from salesfact._open import open_client
from salesfact._outlook import outlook
from salesfact._plain import plain
from salesfact._priorities import priorities
from salesfact._quality import quality
from salesfact.report._cards import CARDS, cards
from tests.test_priorities import AS_OF
from tests.test_priorities import world as bare_world

EARLIER = dt.date(2026, 5, 31)


@pytest.fixture(scope="module")
def world(run_folder):
    """The world of `priorities`, its answers kept as beside a client's facts."""
    folder = run_folder / "direction"
    return lambda: replace(bare_world(), folder=folder, key="world")


def saved(facts: Facts, *, named: bool) -> dict:
    """A results.json as a report would leave it, its results in a list or by name."""
    answers = {
        "Bridge": bridge(facts),
        "Customers": customers(facts),
        "Priorities": priorities(facts),
        "Quality": quality(facts),
    }
    entries = {
        name: {
            "chapter": "00",
            "figures": {
                k: {"value": plain(f.value), "low": None, "high": None, "unit": f.unit}
                for k, f in r.figures.items()
            },
        }
        for name, r in answers.items()
    }
    listed = answers["Priorities"].table.reset_index()
    return json.loads(
        json.dumps(
            {
                "as_of": facts.as_of.isoformat(),
                "currency": facts.currency,
                "money": facts.money,
                "results": entries if named else [{"result": n, **e} for n, e in entries.items()],
                "priorities": [
                    {"customer": c, "rank": int(r)}
                    for c, r in zip(listed["customer"], listed["rank"], strict=True)
                ],
            }
        )
    )


def test_every_figure_is_that_of_its_own_answer(world):
    facts = world()
    answers = {
        "Bridge": bridge(facts),
        "Customers": customers(facts),
        "Priorities": priorities(facts),
        "Moving": moving(facts),
        "Outlook": outlook(facts),
        "Course": course(facts),
        "Quality": quality(facts),
    }
    r = direction(facts)
    found = 0
    for name, (answer, figure) in KEY_FIGURES.items():
        if name in r.figures:
            assert r.figures[name].value == answers[answer].figures[figure].value
            assert r.figures[name] == answers[answer].figures[figure]
            found += 1
    assert found >= 15
    pd.testing.assert_frame_equal(r.table, answers["Priorities"].table.head(LISTED))
    said = r.reading()
    for word in ("Revenue", "have gone silent", "margin at stake", "false alarms"):
        assert word in said
    assert len(r.sentences()) <= 8
    assert "last report" not in said
    ahead = next(s for s in r.sentences() if "{expected}" in s.text)
    assert "{expected_last}" in ahead.text  # beside what it is to be compared with
    rows = quality(facts).figures
    assert r.figures["rows"].value == rows["rows_of_sales"].value  # as chapter 01 has it
    assert "Åkerlunds AB and =cmd|' /C calc'!A0" in said


def with_figures(result, **values):
    """The first page with other key figures."""
    keys = result.tables["key_figures"].copy()
    for name, value in values.items():
        keys.loc[name, "value"] = float(value)
        if name not in result.tables["key_figures"].index:
            keys.loc[name, ["answer", "of", "text", "unit"]] = ["Priorities", name, None, "count"]
    return replace(result, tables={**result.tables, "key_figures": keys})


def test_a_figure_is_written_alike_in_its_tile_and_in_the_sentences(world):
    stake = dict.fromkeys(("certain_at_stake", "silent_at_stake"), 317_000.0)
    told = with_figures(direction(world()), revenue_now=2.8e8, **stake)
    payload = told.payload()
    tiles = [c["value"] for c in cards(payload, "SEK", language("en"))]
    at_stake = "SEK\xa00.32m"
    assert at_stake in tiles
    assert at_stake in told.reading() and at_stake in payload["headline"]
    assert "317k" not in told.reading()
    names = {c.figure for c in CARDS["Direction"]}
    assert set(TILES) == {n for n in names & set(told.figures) if told.figures[n].unit == "money"}
    small = with_figures(told, unsure_at_stake=1_200.0, unsure=2, watch=2, watch_late=1)
    assert "SEK\xa01,200 in margin" in small.reading()  # would be lost in millions


def test_where_it_may_be_chance_for_all_it_says_all(world):
    told = direction(world())
    late = {"watch": 4, "maybe": 0, "unsure": 4, "unsure_at_stake": 5e5}
    every = with_figures(told, **late, watch_late=4).reading()
    assert "4 more customers are late, but for all of them it may be mere chance" in every
    some = with_figures(told, **late, watch_late=3).reading()
    assert "for up to 3 of them" in some


@pytest.mark.parametrize("named", [True, False])
def test_since_the_last_report(named, world):
    facts = world()
    then = facts.cut(EARLIER)
    previous = saved(then, named=named)
    # somebody who was late then, and bought since
    previous["priorities"].append({"customer": "00001", "rank": 9})
    previous["priorities"].append({"customer": "never heard of", "rank": 10})
    before = json.dumps(previous, sort_keys=True)
    r = direction(facts, previous)
    assert json.dumps(previous, sort_keys=True) == before
    moved = r.tables["moved"]
    assert moved.loc["total", "before"] == customers(then).figures["total"].value
    assert moved.loc["total", "now"] == customers(facts).figures["total"].value
    assert moved.loc["total", "difference"] == pytest.approx(
        moved.loc["total", "now"] - moved.loc["total", "before"]
    )
    was = {p["customer"] for p in previous["priorities"]}
    now = set(priorities(facts).table.index)
    assert r.figures["joined"].value == len(now - was)
    assert r.figures["left"].value == len(was - now)
    assert r.figures["came_back"].value == 1
    ranks = {p["customer"]: p["rank"] for p in previous["priorities"]}
    for customer, rank in r.table["rank_before"].items():
        assert rank == ranks[customer] if customer in ranks else pd.isna(rank)
    assert "31 May 2026" in r.reading()
    assert "Rank last time" in r.rows()["head"]


@pytest.mark.parametrize(
    "change",
    [
        {"currency": "EUR"},
        {"money": "amount"},
        {"as_of": "2026-09-30"},
        {"as_of": "2027-01-31"},
        {"as_of": None},
    ],
)
def test_what_cannot_be_compared_is_not(change, world):
    facts = world()
    previous = saved(facts.cut(EARLIER), named=True) | change
    r = direction(facts, previous)
    assert r.parameters["previous_as_of"] is None and "moved" not in r.tables
    assert direction(facts, {}).parameters["previous_as_of"] is None


def test_a_report_that_lacks_figures_or_units_is_compared_as_far_as_it_goes(world):
    facts = world()
    previous = {
        "as_of": "2026-01-31",
        "results": {
            "Customers": {"figures": {"total": {"value": "much", "unit": "money"}}},
            "Bridge": {"figures": {"later": {"value": 5, "unit": "share"}}},
            "Quality": {},
        },
    }
    r = direction(facts, previous)
    assert r.tables["moved"].empty
    assert "joined" not in r.figures and "joined the list" not in r.reading()
    r = direction(facts, previous | {"priorities": []})
    assert r.table["rank_before"].isna().all()
    assert r.figures["left"].value == 0 and "0 left it" in r.reading()


def test_a_change_over_other_months_is_another_figure(world):
    facts = world()
    earlier = facts.cut(EARLIER)
    previous = saved(earlier, named=True)
    assert "revenue_now" in direction(facts, previous).tables["moved"].index
    r = direction(facts, previous, months=3)
    assert "revenue_now" not in r.tables["moved"].index
    assert "total" in r.tables["moved"].index
    assert r.figures["revenue_now"].value == bridge(facts, months=3).figures["later"].value
    assert "last 3 months" in r.reading() or "last 3 months" in r.in_language("en").reading()


def test_facts_too_short_for_anything_still_give_a_page():
    one = pd.DataFrame({"customer": ["a"], "date": ["2026-09-30"], "amount": [5.0]})
    r = direction(Facts.from_frames(one))
    assert r.table.empty and r.picture() is None
    assert set(r.parameters["refused"]) >= {"Bridge", "Priorities"}
    said = r.reading()
    assert "cannot be told: the facts begin on 30 September 2026" in said
    assert "Who fell behind cannot be told yet." in said
    assert "All of the revenue comes from one single customer, a." in said
    r.payload()


def test_what_cannot_be_told_is_no_headline(world):
    facts = world()
    young = facts.sales.filter(facts.sales.date >= dt.datetime(2025, 6, 1))
    lines = facts.fetch(young).drop(columns=["row"])
    r = direction(replace(Facts.from_frames(lines), as_of=AS_OF))
    assert "Bridge" in r.parameters["refused"] and "Priorities" not in r.parameters["refused"]
    said = [r.say(s) for s in r.sentences()]
    assert "gone silent" in said[0]
    assert said[-1] == "What changed in a year cannot be told: the facts begin on 1 June 2025."


def test_two_views_without_a_range_that_are_far_apart_are_told(world):
    r = direction(world())
    keys = r.tables["key_figures"]
    rows = {"expected": 200.0, "expected_last": 100.0, "expected_above": 120.0}
    rows |= {"expected_apart": 0.4, "horizon": 12.0}
    more = pd.DataFrame(
        {
            "answer": "Outlook",
            "of": list(rows),
            "value": list(rows.values()),
            "text": None,
            "unit": ["money", "money", "money", "share", "months"],
        },
        index=pd.Index(list(rows), name="figure"),
    )
    bare = keys.drop(index=list(rows), errors="ignore")
    for apart, said in ((0.4, True), (0.1, False)):
        more.loc["expected_apart", "value"] = apart
        tables = {**r.tables, "key_figures": pd.concat([bare, more])[keys.columns]}
        assert ("Plan with care" in replace(r, tables=tables).reading()) is said


def test_how_much_counts_is_said_where_much_does_not(world):
    """Of the amounts that may be sales; the chapter on the facts has the rest."""
    r = direction(world())
    keys = r.tables["key_figures"]
    assert "lost_reason" not in keys.index

    def told(share):
        more = pd.DataFrame(
            {
                "answer": "Quality",
                "of": ["fit_money", "lost_reason"],
                "value": [share, float("nan")],
                "text": [None, "no customer"],
                "unit": ["share", "term"],
            },
            index=["fit_money", "lost_reason"],
        )
        kept = keys.drop(index="fit_money")
        return replace(r, tables={**r.tables, "key_figures": pd.concat([kept, more])}).reading()

    said = (
        "85% of the amounts that may be sales count, credits included; the rest is set aside,"
        " mostly because of: no customer."
    )
    assert said in told(0.85)
    assert not told(0.85).startswith(said)  # what it is about comes first
    assert "may be sales count" not in told(0.991)
    assert "may be sales count" not in told(0.7)
    assert told(0.7).startswith("Do not rely on this report")


def test_what_is_set_aside_on_purpose_or_not_counted_yet_is_no_loss(tmp_path):
    """The client's own rule takes out most of the money, and most of the rest lies ahead."""
    days = [f"1;2024-0{m}-{d:02};10;x" for m in (1, 2) for d in range(1, 29)]
    rows = ["k;d;a;p", *days, "1;2024-02-10;-9000;FEE", "1;2024-03-05;900;x", ";2024-02-03;60;x"]
    (tmp_path / "a.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    (tmp_path / "client.yml").write_text(
        "name: A\ncurrency: SEK\nlanguage: en\nas_of: 2024-02-29\nsources:\n  sales:\n"
        "    file: a.csv\n    format: {delimiter: ';'}\n"
        "    columns: {customer: k, date: d, amount: a, product: p}\n"
        "    set_aside:\n      - {where: \"p = 'FEE'\", reason: no customer}\n",
        encoding="utf-8",
    )
    facts = open_client(tmp_path).facts
    figures = quality(facts).figures
    assert figures["money_share"].value < 0.1
    assert figures["fit_money"].value == pytest.approx(1460 / 1520)
    assert figures["lost_reason"].value == "no customer"
    assert "may be sales count" not in direction(facts).reading()


@pytest.mark.parametrize(
    ("bought", "said"),
    [
        ({"a": 5.0}, "All of the revenue comes from one single customer, a."),
        ({"a": 90.0, "b": 5.0}, "One of 2 customers, a, brings 95% of the revenue."),
        ({"a": 5.0, "b": 5.0}, ""),
        (dict.fromkeys("abcdefghij", 5.0), ""),
    ],
)
def test_a_firm_that_hangs_on_one_customer_is_told(bought, said):
    lines = pd.DataFrame(
        {"customer": list(bought), "date": "2026-09-30", "amount": bought.values()}
    )
    told = direction(Facts.from_frames(lines)).reading()
    assert (said in told) if said else ("customer, " not in told and "One of" not in told)


def test_facts_with_everything_to_tell_still_fill_no_more_than_a_page(world):
    facts = world()
    previous = saved(facts.cut(EARLIER), named=True)
    r = direction(facts, previous)
    assert len(r.sentences()) <= 9  # one more: since the last report
    assert r.in_language("sv").reading().count("Sedan förra rapporten") == 1


def test_earlier_origin_and_language(world):
    facts = world()
    then, earlier = facts.cut(EARLIER), direction(facts, as_of=EARLIER)
    assert earlier.figures["silent"] == priorities(then).figures["silent"]
    assert earlier.figures["revenue_now"] == bridge(then).figures["later"]
    pd.testing.assert_frame_equal(earlier.table, priorities(then).table.head(LISTED))
    sv = direction(replace(facts, language="sv"))
    assert "Ring först" in sv.reading() and "senaste order" in sv.table["reason"].iloc[0]


def test_no_figure_about_a_rep(world):
    r = direction(world())
    assert not any("rep" in name for name in r.figures)


def test_stored_once_and_read_back(tmp_path):
    facts = replace(bare_world(), folder=tmp_path, key="k")
    previous = saved(facts.cut(EARLIER), named=True)
    first = direction(facts, previous)
    kept = sorted(p.name.split("-")[0] for p in (tmp_path / "results").glob("*/*"))
    assert {"bridge", "customers", "direction", "priorities"} <= set(kept)
    again = direction(facts, previous)
    assert again.figures == first.figures and again.reading() == first.reading()
    pd.testing.assert_frame_equal(again.table, first.table)


def test_picture_draws_the_list(world):
    r = direction(world())
    ax = r.plot()
    worth = r.table[r.table["at_stake"] > 0]
    assert [bar.get_width() for bar in ax.patches] == worth["at_stake"].tolist()


def test_a_client_unfit_for_a_report_is_warned_of_first(tmp_path):
    import salesfact as sf

    lines = ["kund;datum;belopp"]
    for day in range(1, 29):
        for month in range(1, 13):
            amount = "100" if month % 2 else "hundra"
            lines.append(f"K{day};2025-{month:02d}-{day:02d};{amount}")
    (tmp_path / "sales.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (tmp_path / "client.yml").write_text(
        "name: Prov\nlanguage: sv\ncurrency: SEK\nsources:\n  sales:\n    file: sales.csv\n"
        '    format: {delimiter: ";"}\n'
        "    columns: {customer: kund, date: datum, amount: belopp}\n",
        encoding="utf-8",
    )
    result = sf.direction(sf.open_client(tmp_path).facts)
    assert result.reading().startswith("Lita inte på den här rapporten")
