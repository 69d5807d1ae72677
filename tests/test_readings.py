"""Every number in every reading is found in its table: shown by construction, for every result.

A sentence is a text with `{placeholders}` and no digit; each placeholder is a figure; figures are
computed by a function that sees only tables and parameters. Here that is held against every
subclass of `Result`, each in several worlds, so that a new one cannot be forgotten.
"""

from __future__ import annotations

import copy
import datetime as dt
import importlib
import inspect
import math
import pkgutil
import re
import string
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

import salesfact
from salesfact._direction_told import TILES, Direction
from salesfact._errors import SalesfactError
from salesfact._facts import Facts
from salesfact._language import language, money_unit
from salesfact._result import UNITS, Result, Sentence
from salesfact._synth import buying_world
from tests import shared
from tests.test_priorities import world as late_world

QUESTIONS = (
    *("customers", "bridge", "cohorts", "rhythm", "drift", "moving", "quality", "priorities"),
    *("value", "outlook", "calibration"),
    "direction",
    "course",
    "pilot",
)
# parameters that may stand in a reading: what was asked for, never an answer
TIMES = (dt.date, int, float, str, bool, type(None))


def _all_results() -> set[type[Result]]:
    for module in pkgutil.iter_modules(salesfact.__path__):
        importlib.import_module(f"salesfact.{module.name}")
    found, todo = set(), [Result]
    while todo:
        for kind in todo.pop().__subclasses__():
            if kind.__module__.startswith("salesfact."):
                found.add(kind)
                todo.append(kind)
    return found


def _estimate(facts: Facts, months: int) -> pd.DataFrame:
    from salesfact._origins import NAIVE

    return pd.DataFrame({"estimate": NAIVE["last_12"](facts, months)})


def _plan(facts: Facts, months: int) -> dict:
    """What a report so many months ago would have kept, for a horizon of half a year."""
    from salesfact._advice import advice
    from salesfact._errors import FactsError
    from salesfact._origins import months_after

    try:
        return advice(replace(facts.cut(months_after(facts.as_of, -months)), horizon_months=6))
    except FactsError:  # nothing had happened yet
        return advice(replace(facts, horizon_months=6))


def _pilots(facts: Facts) -> list[tuple[str, Result]]:
    """A pilot drawn half a year ago, what came of it, and what it is when nothing has come yet."""
    from salesfact._origins import months_after
    from salesfact._pilot import record

    judge = _question("pilot_result")
    try:
        early = facts.cut(months_after(facts.as_of, -7))
        drawn = _question("pilot")(early, months=3, hours=2.5)
        kept = record(drawn)
    except SalesfactError:
        return []
    return [
        ("pilot of three months", drawn),
        ("its result", judge(facts, kept)),
        ("its result too early", judge(early, kept)),
    ]


def _advised(facts: Facts) -> list[tuple[str, Result]]:
    """Pilots beside what the past shows: a lot, a little, nothing; what matters as it is set."""
    plan, set_to = _question("pilot"), replace(facts, response={"smallest_effect": 0.1})
    row = pd.DataFrame({"slope": [0.0], "se": [0.03]}, index=["fixed effects"])
    found = []
    for slope, months, pairs in (
        *((-0.02, 3, None), (0.02, 3, 10), (0.2, 6, None)),
        *((0.6, 3, 10), (2.0, 3, None)),
    ):
        told = SimpleNamespace(table=row.assign(slope=slope), parameters={"decay": 0.3})
        drawn = plan(set_to, months=months, pairs=pairs, response=told)
        found.append((f"pilot of {months} months, slope {slope}", drawn))
    return found


def _question(name: str):
    return getattr(importlib.import_module(f"salesfact._{name}"), name)


def _random_world(seed: int) -> Facts:
    """Products, returns, customers that come and go, a few that cost money."""
    rng = np.random.default_rng(seed)
    n = 600
    days = pd.date_range("2022-03-07", "2026-09-28")
    customer = rng.integers(0, 40, n)
    quantity = rng.integers(1, 9, n) * np.where(rng.random(n) < 0.05, -1, 1)
    amount = (quantity * rng.uniform(5, 90, n)).round(2)
    lines = pd.DataFrame(
        {
            "customer": [f"{c:03d}" for c in customer],
            "date": days[np.sort(rng.integers(0, len(days), n))],
            "amount": amount,
            "margin": (amount * np.where(customer % 9 == 0, -0.2, 0.3)).round(2),
            "quantity": quantity.astype(float),
            "product": [f"P{p}" for p in rng.integers(0, 6, n)],
        }
    )
    return replace(Facts.from_frames(lines), as_of=dt.date(2026, 9, 30))


def _worlds() -> dict[str, Facts]:
    one = pd.DataFrame({"customer": ["a"], "date": ["2026-09-30"], "amount": [5.0]})
    credit = pd.DataFrame(
        {
            "customer": ["a", "b", "a"],
            "date": ["2024-09-01", "2025-10-01", "2026-09-30"],
            "amount": [50.0, -3.0, -5.0],
        }
    )
    falling = _random_world(2)
    return {
        "late": late_world(),
        "buying": Facts.from_frames(buying_world(1, customers=60, k=3.0).frame()),
        "random": _random_world(1),
        "early": falling.cut(dt.date(2024, 2, 29)),
        "one line": Facts.from_frames(one),
        "credits": Facts.from_frames(credit, currency="EUR"),
    }


def _with_activities() -> dict[str, Facts]:
    """Enough visits for the rut weight, too few, no hours; and no margins."""
    from tests.test_ruts import LOG, SALES, rut_world, small

    made = rut_world(1, customers=200, visits=24.0)
    log = made.activities()
    many = Facts.from_frames(made.sales(), activities=log, as_of=made.as_of)
    return {
        "many visits": many,
        "few visits": small(),
        "no margins": small(SALES.drop(columns="margin")),
        "a young log": small(log=LOG[LOG["date"] > "2025-06"]),
        "no hours": small(log=LOG.assign(hours=np.nan)),
    }


def _previous(facts: Facts) -> dict:
    return {
        "as_of": "2026-01-31",
        "results": {
            "Priorities": {"figures": {"at_stake": {"value": 12345.0, "unit": "money"}}},
            "Customers": {"figures": {"total": {"value": 1.5, "unit": "money"}}},
        },
        "priorities": [{"customer": "00007", "rank": 3}, {"customer": "001", "rank": 1}],
    }


HOURS = (
    *("_response:response", "_response_parts:response_checks", "_response_parts:response_kinds"),
    *("_response_parts:response_customers", "_programmes:programmes"),
)


def _of_hours(worlds: dict[str, Facts]) -> list[tuple[str, Result]]:
    """What is asked of clients with an activity log; `direction` and `quality` tell of it too."""
    found = []
    for world, facts in worlds.items():
        for place in (*HOURS, "_direction:direction"):
            module, name = place.split(":")
            question = getattr(importlib.import_module(f"salesfact.{module}"), name)
            found.append((f"{name} in {world}", question(facts)))
    return found


@pytest.fixture(scope="module")
def results(run_folder, request) -> list[tuple[str, Result]]:
    """All answers in all worlds: asked once a run, whichever processes the tests are done by."""

    def ask(folder: Path) -> list[tuple[str, Result]]:
        return _asked(folder, *map(request.getfixturevalue, ("claiming", "chased")))

    return shared.kept(run_folder / "readings", ask)


@pytest.fixture(scope="module", params=["en", "sv"])
def spoken(request, results) -> list[tuple[str, Result]]:
    """The same in each language."""
    return [(name, r.in_language(request.param)) for name, r in results]


def _asked(folder: Path, claiming: Facts, chased: Facts) -> list[tuple[str, Result]]:
    from salesfact._synth_response import response_world
    from tests.hours import facts_of

    young = facts_of(response_world(2, customers=20, months=8))
    found = _of_hours({"claiming": claiming, "chased": chased, "young log": young})
    for world, bare in _worlds().items():
        # answers are kept, as beside a client's facts: `direction` asks for all of them again
        facts = replace(bare, folder=folder / world, key=world)
        for name in QUESTIONS:
            found.append((f"{name} in {world}", _question(name)(facts)))
        follow = importlib.import_module("salesfact._followup").follow_up
        found.append((f"no plan in {world}", follow(facts)))
        if world in ("late", "one line"):
            mine = {"mine": _estimate}
            found.append((f"promised in {world}", _question("promised")(facts, mine)))
            for months in (3, 8):
                plan = _plan(facts, months)
                found.append((f"{months} months after in {world}", follow(facts, plan)))
            soon = _question("course")(facts, mine, horizon_months=1)
            found.append((f"course by the month in {world}", soon))
        found += [(f"{what} in {world}", r) for what, r in _pilots(facts)]
        found.append((f"quarters in {world}", _question("cohorts")(facts, by="quarter")))
        found.append((f"six months in {world}", _question("bridge")(facts, months=6)))
        found.append(
            (f"since in {world}", _question("direction")(facts, previous=_previous(facts)))
        )
    for world, facts in _with_activities().items():
        found.append((f"ruts in {world}", _question("ruts")(facts)))
        if world == "many visits":
            found += _advised(facts)
        by_rep = importlib.import_module("salesfact._ruts_by").ruts_by
        found.append((f"by rep in {world}", by_rep(replace(facts, share="internal"), "rep")))
        found.append((f"by rep for clients in {world}", by_rep(facts, "rep")))
    return found


def _said(result: Result) -> list[Sentence]:
    """All a result says: the reading, the headline, and a refusal."""
    if result.refusal is not None:
        refused = [result.refusal.reason, result.refusal.remedy]
        if not result.refusal.shown:
            return refused
        headline = result.headline()
        return [*refused, *result.sentences(), *([headline] if headline else [])]
    headline = result.headline() if not result.table.empty else None
    return [*result.sentences(), *([headline] if headline else [])]


def _texts(sentence: Sentence, code: str) -> list[str]:
    lang = language(code)
    forms = [lang.text(sentence.text, sentence.plural, n) for n in (1, 2)]
    return [*forms, sentence.text, *([sentence.plural] if sentence.plural else [])]


def test_no_result_is_forgotten(results):
    asked = {type(r) for _, r in results}
    known = {kind for kind in _all_results() if not inspect.isabstract(kind)}
    assert known <= asked, f"not asked in any world: {known - asked}"


def test_figures_come_from_tables_and_parameters_alone(results):
    for name, r in results:
        alone = type(r).compute_figures(
            r.table.copy(deep=True),
            {k: t.copy(deep=True) for k, t in r.tables.items()},
            copy.deepcopy(dict(r.parameters)),
        )
        assert dict(r.figures) == alone or _equal(r.figures, alone), name
        assert list(inspect.signature(type(r).compute_figures).parameters) == [
            "table",
            "tables",
            "parameters",
        ]


def _equal(a, b) -> bool:
    same = set(a) == set(b)
    return same and all(str(a[k]) == str(b[k]) and a[k].unit in UNITS for k in a)


def test_figures_follow_their_tables(results):
    """With every number of the tables doubled, money doubles: none is written in beforehand."""
    moved = 0
    for name, r in results:
        doubled = type(r).compute_figures(
            _doubled(r.table), {k: _doubled(t) for k, t in r.tables.items()}, r.parameters
        )
        for key, figure in r.figures.items():
            if figure.unit in ("money", "exact_money") and figure.value:
                value = float(figure.value)
                if math.isfinite(value):
                    assert float(doubled[key].value) == pytest.approx(2 * value), (name, key)
                    moved += 1
    assert moved > 50


def _doubled(frame: pd.DataFrame) -> pd.DataFrame:
    from decimal import Decimal

    out = frame.copy(deep=True)
    for column in out.columns:
        if out[column].dtype == "float64":
            out[column] = out[column] * 2
        elif out[column].dtype == object:
            out[column] = [v * 2 if isinstance(v, Decimal) else v for v in out[column]]
    return out


def test_sentences_hold_no_digit_and_only_figures(results):
    for name, r in results:
        known = set(r.figures)
        ranged = {f"{k}_{end}" for k in known for end in ("low", "high")}
        for sentence in _said(r):
            for code in ("en", "sv"):
                for text in _texts(sentence, code):
                    parsed = list(string.Formatter().parse(text))
                    literal = "".join(part for part, *_ in parsed)
                    assert not re.search(r"\d", literal), (name, text)
                    fields = {field for _, field, *_ in parsed if field is not None}
                    assert fields <= known | ranged, (name, text, fields - known)
            if sentence.n is not None:
                assert sentence.n in known, (name, sentence)


def test_each_number_said_is_a_figure_as_it_is_shown(spoken):
    """What is left of a reading without the shown figures holds no digit."""
    for name, r in spoken:
        shown = {
            r.language.value(v, f.unit, r.source.currency, unit)
            for f in r.figures.values()
            for v in (f.value, f.low, f.high)
            for unit in ((1.0, 1e3, 1e6) if f.unit == "money" else (None,))
            if v is not None
        }
        for sentence in _said(r):
            text = r.say(sentence)
            for value in sorted(filter(None, shown), key=len, reverse=True):
                text = text.replace(value, " ")
            assert not re.search(r"\d", text), (name, r.say(sentence), text)
            assert "–" not in text, (name, text)
            assert "{" not in text, (name, text)
            assert "nan" not in text.lower().split(), (name, text)


def test_amounts_of_one_sentence_are_in_one_unit(spoken):
    told = 0
    for name, r in spoken:
        for sentence in _said(r):
            lang = r.language
            template = lang.text(sentence.text, sentence.plural, 2)
            amounts = []
            for _, field, *_ in string.Formatter().parse(template):
                base, _, end = (field or "").rpartition("_")
                figure = r.figures.get(field or "")
                if figure is not None:
                    amounts += [figure.value] if figure.unit == "money" else []
                elif base in r.figures and r.figures[base].unit == "money":
                    amounts.append(getattr(r.figures[base], end))
            if len(amounts) > 1:
                text = r.say(sentence)
                # on the first page that of its tiles, unless an amount would be lost in it
                tiles = [r.figures[n] for n in TILES if n in r.figures and isinstance(r, Direction)]
                page = [v for f in tiles for v in (f.value, f.low, f.high) if v is not None]
                unit = money_unit(page)
                if not page or money_unit([*page, *amounts]) != unit:
                    unit = money_unit(amounts)
                for amount in amounts:
                    assert lang.money(amount, r.source.currency, unit=unit) in text, (name, text)
                told += 1
    assert told > 20


def test_no_change_is_told_by_a_sign(spoken):
    """Lowered by 13 %, never changed by −13 %."""
    words = r"(by|med|changed|moved|ändra\w+|skiljer|fell|rose|minskade|ökade|tillsammans)"
    signed = re.compile(rf"\b{words}:?\s+[A-Z]*\s?[−+][£$€]?\d")
    for name, r in spoken:
        texts = [r.say(s) for s in _said(r)]
        texts += list(r.table["reason"]) if "reason" in r.table else []
        assert not [t for t in texts if signed.search(t)], name


def test_another_language_has_the_same_figures(results):
    for name, r in results:
        other = r.in_language("sv")
        assert _equal(r.figures, other.figures), name
        assert other.in_language("en").reading() == r.in_language("en").reading(), name


def test_payloads_are_plain_json(results, monkeypatch):
    """Each kind of result is drawn in the world that gives it the most rows."""
    import json

    drawn: dict[type[Result], list[tuple[int, str]]] = {}
    for name, r in results:
        if r._drawn:
            drawn.setdefault(type(r), []).append((len(r.table), name))
    chosen = {max(sizes)[1] for sizes in drawn.values()}
    for name, r in results:
        with monkeypatch.context() as patch:
            if name not in chosen:
                patch.setattr(Result, "picture", lambda self, *, narrow=False: None)
            payload = json.loads(json.dumps(r.payload(), allow_nan=False))
        assert payload["reading"], name
        pictures = [payload["picture"], payload["picture_narrow"]]
        if name in chosen:
            assert all(picture.startswith("<svg") for picture in pictures), name
    assert len(chosen) > 15


def test_the_first_page_says_one_plain_sentence_of_hours(results):
    told = {n: r for n, r in results if n.startswith("direction in")}
    fits, open_ = told["direction in claiming"], told["direction in chased"]
    assert "that is consistent with an effect of the hours" in fits.reading()
    effect = dict(results)["response in claiming"].figures["effect"]
    assert fits.figures["hours_effect"] == effect
    assert "Whether our hours do anything for sales cannot be told" in open_.reading()
    assert "hours_effect" not in open_.figures
    assert "hours" not in told["direction in late"].reading()
