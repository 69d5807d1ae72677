"""Earlier origins: days, the guard, outcomes, and naive lists proved on cut facts."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from salesfact import Facts, LeakageError
from salesfact._errors import FactsError
from salesfact._open import open_client
from salesfact._origins import (
    NAIVE,
    ask,
    at_origin,
    captured_share,
    money_between,
    month_cells,
    months_after,
    outcomes,
    rolling_origins,
)
from salesfact._synth import buying_world
from tests.small_client import make_client

pytestmark = pytest.mark.usefixtures("own_engines")  # what an engine shows is all there is

DAY = dt.date
PEOPLE = pd.DataFrame(
    {
        "customer": ["a", "b", "late"],
        "name": ["A", "B", "Late"],
        "segment": ["x", "y", "z"],
        "next_year": [900.0, 5.0, 70.0],
    }
)


def lines(*rows: tuple[str, str, float]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["customer", "date", "amount"])
    return frame.assign(date=pd.to_datetime(frame["date"], format="ISO8601"))


@pytest.fixture
def facts() -> Facts:
    frame = lines(
        ("a", "2022-01-10", 100),
        ("a", "2023-01-31 23:00", 10),
        ("b", "2023-01-05", 40),
        ("b", "2023-02-01", -15),
        ("a", "2023-02-28", 7),
        ("late", "2023-03-01", 70),
        ("b", "2024-01-31", 5),
    )
    visits = lines(("a", "2023-01-31 09:00", 0), ("late", "2023-01-05", 0), ("b", "2023-02-01", 0))
    visits = visits.drop(columns="amount").assign(kind="visit", hours=2.0)
    return Facts.from_frames(frame, PEOPLE, activities=visits, static=False)


def world(seed: int = 3, **more) -> Facts:
    made = buying_world(seed, customers=60, k=1.5, **more)
    return replace(Facts.from_frames(made.frame()), as_of=made.as_of)


# -- days ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "months", "there"),
    [
        ("2024-01-31", 1, "2024-02-29"),
        ("2024-02-29", 12, "2025-02-28"),
        ("2024-02-29", -1, "2024-01-31"),
        ("2024-01-30", 1, "2024-02-29"),
        ("2024-05-15", 8, "2025-01-15"),
        ("2024-11-30", 1, "2024-12-31"),
    ],
)
def test_months_after(day, months, there):
    assert months_after(DAY.fromisoformat(day), months) == DAY.fromisoformat(there)


def spans(first: str, as_of: str, horizon: int, **more) -> list[str]:
    facts = Facts("x", "SEK", DAY.fromisoformat(as_of), DAY.fromisoformat(first))
    return [d.isoformat() for d in rolling_origins(facts, horizon, **more)]


def test_origins_lie_a_horizon_apart_where_that_gives_four():
    assert spans("2019-01-02", "2023-12-31", 12) == [f"{y}-12-31" for y in (2019, 2020, 2021, 2022)]
    assert spans("2022-01-01", "2023-12-31", 3) == [
        "2022-12-31", "2023-03-31", "2023-06-30", "2023-09-30",
    ]  # fmt: skip
    assert len(spans("2019-01-02", "2023-12-31", 1)) == 8
    assert len(spans("2019-01-02", "2023-12-31", 1, at_most=5)) == 5


def test_origins_lie_nearer_where_it_takes_that():
    assert spans("2021-01-01", "2023-12-31", 12) == [
        "2021-12-31", "2022-04-30", "2022-08-31", "2022-12-31",
    ]  # fmt: skip
    assert spans("2022-01-01", "2023-12-31", 12) == ["2022-12-31"]
    assert spans("2022-01-01", "2024-01-31", 12) == ["2022-12-31", "2023-01-31"]


def test_no_origin_where_the_facts_are_short():
    assert spans("2022-01-04", "2023-12-31", 12) == []  # a month that began on the fourth
    assert spans("2022-01-01", "2023-12-31", 12, lag_days=5) == []
    assert spans("2022-01-01", "2023-12-30", 12) == []  # ends with November
    assert spans("2023-12-01", "2023-12-31", 12) == []
    with pytest.raises(ValueError, match=r"horizon"):
        spans("2022-01-01", "2023-12-31", 0)


# -- the guard -------------------------------------------------------------------------------------


def everything(facts: Facts) -> dict[str, pd.DataFrame]:
    """All that any name in the engine can show."""
    con = facts._engine.backend.con
    named = con.execute("SELECT database, schema, name FROM (SHOW ALL TABLES)").fetchall()
    named += con.execute(
        "SELECT database_name, schema_name, view_name FROM duckdb_views() WHERE NOT internal"
    ).fetchall()
    assert named
    return {n: con.execute(f'SELECT * FROM "{d}"."{s}"."{n}"').df() for d, s, n in named}


@pytest.fixture(params=["frames", "folder"])
def either(request, facts, tmp_path) -> tuple[Facts, dt.date]:
    """Facts in memory and facts prepared from files."""
    if request.param == "frames":
        return facts, DAY(2023, 1, 31)
    opened = open_client(make_client(tmp_path / "client"))
    return replace(opened.facts, static=False), DAY(2024, 1, 9)


def test_later_lines_are_nowhere_in_the_engine(either):
    facts, origin = either
    known = at_origin(facts, origin)
    found = everything(known)
    end = pd.Timestamp(origin) + pd.Timedelta(days=1)
    dated = {n: f["date"].max() for n, f in found.items() if "date" in f and len(f)}
    assert dated and all(d < end for d in dated.values())
    # what was done before the first line was known then
    assert len(found["activities"]) == (2 if "activities" in facts.has else 0)
    early = set(found["lines"]["customer"])
    assert set(found["people"]["customer"]) == early
    assert early < set(facts.summary().index)
    assert set(found["people"].columns) <= {"customer", "name"}
    assert known.ledger == {} and known._engine.days == ()
    if "products" in found:
        assert set(found["products"]["product"]) <= set(found["lines"]["product"])
    pd.testing.assert_frame_equal(known.summary(), facts.cut(origin).summary())
    pd.testing.assert_frame_equal(month_cells(known), month_cells(facts.cut(origin)))


def test_the_lag_comes_off_the_origin(facts):
    known = at_origin(facts, DAY(2023, 2, 1), lag_days=1)
    assert known.as_of == DAY(2023, 1, 31)
    assert known.summary().loc["b", "revenue"] == 40


def test_reaching_past_an_origin_names_what_and_when(facts):
    known = at_origin(facts, DAY(2023, 1, 31))
    with pytest.raises(LeakageError, match=r"2023-02-01 is later.*2023-01-31"):
        known.cut(DAY(2023, 2, 1))
    with pytest.raises(LeakageError, match=r"(?s)2023-06-30 is later.*2023-01-31"):
        at_origin(known, DAY(2023, 6, 30))
    with pytest.raises(LeakageError, match=r"(?s)origin 2023-01-31.*2024-01-31"):
        outcomes(known, DAY(2023, 1, 31), 12)
    with pytest.raises(LeakageError, match=r"(?s)as_of 2023-01-31.*'next_year'"):
        known.attribute("next_year")
    assert known.attribute("name").to_dict() == {"a": "A", "b": "B"}
    with pytest.raises(FactsError, match=r"no attribute 'size'"):
        known.attribute("size")
    with pytest.raises(FactsError, match=r"first line"):
        at_origin(facts, DAY(2021, 1, 31))


@pytest.mark.parametrize(
    "planted",
    [
        lambda f, h: f.attribute("next_year"),
        lambda f, h: f.fetch(f.customers.select("customer", "next_year")),
        lambda f, h: f.fetch(f.customers).set_index("customer")["next_year"],
        lambda f, h: f.customers.next_year,
        lambda f, h: f._engine.frame("SELECT customer, next_year FROM people"),
    ],
)
def test_a_planted_column_raises_with_column_and_origin(facts, planted):
    known = at_origin(facts, DAY(2023, 1, 31))
    with pytest.raises(LeakageError, match=r"(?s)2023-01-31.*next_year"):
        ask(planted, known, 12)


def test_declared_static_attributes_are_known(facts):
    known = at_origin(replace(facts, static=True), DAY(2023, 1, 31))
    assert known.attribute("segment").to_dict() == {"a": "x", "b": "y"}


def test_a_list_that_knows_later_customers_is_caught(facts):
    known = at_origin(facts, DAY(2023, 1, 31))
    with pytest.raises(LeakageError, match=r"(?s)origin 2023-01-31.*customers.*late"):
        ask(lambda f, h: facts.summary()["revenue"], known, 12)


def test_a_list_that_is_none_is_refused(facts):
    known = at_origin(facts, DAY(2023, 1, 31))
    with pytest.raises(FactsError, match=r"gave back list"):
        ask(lambda f, h: [1, 2], known, 12)
    with pytest.raises(FactsError, match=r"twice: a"):
        ask(lambda f, h: pd.Series([1.0, 2.0], index=["a", "a"]), known, 12)
    with pytest.raises(ZeroDivisionError):  # the list's own mistake stays its own
        ask(lambda f, h: 1 / 0, known, 12)


def test_results_at_an_origin_are_not_taken_from_facts_that_knew_more(facts, tmp_path):
    kept = replace(facts, folder=tmp_path, key="k")
    assert at_origin(kept, DAY(2023, 1, 31)).key != kept.key


# -- outcomes --------------------------------------------------------------------------------------


def test_outcomes_by_hand(facts):
    told = outcomes(facts, DAY(2023, 1, 31), 1)
    assert told.to_dict() == {"a": 7.0, "b": -15.0}
    assert outcomes(facts, DAY(2023, 1, 31), 12).to_dict() == {"a": 7.0, "b": -10.0}
    assert outcomes(facts, DAY(2023, 2, 28), 1).to_dict() == {"a": 0.0, "b": 0.0}
    # any other day, from the lines
    assert outcomes(facts, DAY(2023, 1, 30), 1).to_dict() == {"a": 17.0, "b": -15.0}


def test_outcomes_of_months_and_of_lines_agree():
    facts = world()
    for origin in rolling_origins(facts, 3):
        pd.testing.assert_series_equal(
            outcomes(facts, origin, 3), money_between(facts, origin, months_after(origin, 3))
        )


# -- naive lists -----------------------------------------------------------------------------------


def test_naive_lists_by_hand(facts):
    known = at_origin(facts, DAY(2023, 2, 28))
    assert NAIVE["last_3"](known, 6).to_dict() == {"a": 2 * 17.0, "b": 2 * 25.0}
    assert NAIVE["last_12"](known, 12).to_dict() == {"a": 17.0, "b": 25.0}
    assert NAIVE["season"](known, 1).to_dict() == {"a": 0.0, "b": 0.0}  # March a year earlier
    earlier = at_origin(facts, DAY(2022, 12, 31))
    assert NAIVE["season"](earlier, 1).to_dict() == {"a": 100.0}
    first = at_origin(facts, DAY(2022, 2, 28))  # two months known: six of them are three times
    assert NAIVE["last_6"](first, 6).to_dict() == {"a": 300.0}
    recent = NAIVE["recency"](known, 6)
    assert recent["a"] - recent["b"] == (DAY(2023, 2, 28) - DAY(2023, 1, 5)).days
    assert set(NAIVE["random"](known, 6)) == {0.0}


def test_half_a_month_counts_as_half(facts):
    known = at_origin(facts, DAY(2023, 2, 14))
    told = NAIVE["last_3"](known, 5)
    assert told.to_dict() == pytest.approx({"a": 20.0, "b": 50.0})


@pytest.mark.parametrize("name", NAIVE)
@pytest.mark.parametrize("horizon", [1, 6, 12])
def test_the_quick_way_gives_what_the_cut_facts_give(name, horizon):
    whole = world()
    origins = rolling_origins(whole, horizon)
    month_cells(whole)  # from now on origins are cut in pandas
    frame = buying_world(3, customers=60, k=1.5).frame()
    for origin in origins:
        quick = at_origin(whole, origin)
        assert ("month_cells", origin) in quick._engine.memo
        gone = frame[frame["date"] < pd.Timestamp(origin) + pd.Timedelta(days=1)]
        alone = replace(Facts.from_frames(gone), as_of=origin)
        pd.testing.assert_series_equal(NAIVE[name](quick, horizon), NAIVE[name](alone, horizon))


def test_by_lot_gets_its_part():
    facts = world()
    origin = rolling_origins(facts, 12)[-1]
    money = outcomes(facts, origin, 12)
    told = ask(NAIVE["random"], at_origin(facts, origin), 12)["estimate"]
    assert captured_share(money, told, 15) == pytest.approx(15 / len(money))


def test_cells_are_not_changed_by_who_asks_for_them(facts):
    cells = month_cells(facts)
    cells["money"] = 0.0
    assert month_cells(facts)["money"].sum() == np.float64(217.0)
