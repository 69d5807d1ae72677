"""Do customers stay: cohorts worked by hand, by property and on real data."""

from __future__ import annotations

import datetime as dt
import itertools
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from salesfact import _style
from salesfact._cohorts import _label, _number, _start, cohorts
from salesfact._errors import SettingsError
from salesfact._facts import Facts


def facts(rows: list[tuple], **more) -> Facts:
    return Facts.from_frames(pd.DataFrame(rows, columns=["customer", "date", "amount"]), **more)


def hand_world() -> Facts:
    return facts(
        [
            ("a", "2021-01-04", 10),
            ("a", "2022-05-01", 5),
            ("a", "2025-05-01", 7),
            ("b", "2022-02-01", 20),  # within twelve months of the first month? no: 2022 starts it
            ("b", "2023-02-01", 10),
            ("c", "2022-03-01", 60),
            ("c", "2022-04-01", -20),  # a return lowers the money, not the number
            ("c", "2024-03-01", 20),
            ("d", "2024-06-01", 1),
            ("e", "2023-07-01", -5),  # never bought
            ("f", "2025-06-30", 1),  # first bought in a year that has not ended
        ]
    )


def test_hand_worked_years():
    r = cohorts(hand_world())  # as of 30 June 2025: 2025 has not ended
    t = r.table
    assert list(t.index) == ["2021", "2022", "2024"]
    assert t["customers"].tolist() == [1, 2, 1]
    assert t["already"].tolist() == [True, False, False]
    nan = np.nan
    np.testing.assert_array_equal(
        t[["share_0", "share_1", "share_2", "share_3"]].to_numpy(),
        [[1, 1, 0, 0], [1, 0.5, 0.5, nan], [1, nan, nan, nan]],
    )
    # money: 2022 begins with 20 + 60 - 20; the year after 10, then 20
    np.testing.assert_allclose(r.tables["money"].loc["2022"].to_numpy(), [1, 10 / 60, 20 / 60, nan])
    assert r.tables["revenue"].loc["2022", "revenue_0"] == 60
    f = r.figures
    assert (f["new"].value, f["kept"].value) == (2, 0.5)
    assert (f["already"].value, f["already_kept"].value) == (1, 0.0)
    assert f["last"].value == "2024"
    assert "50% bought again the year after" in r.reading()


def test_a_year_that_has_just_ended_counts():
    whole = replace(hand_world(), as_of=dt.date(2025, 12, 31))
    t = cohorts(whole).table
    assert t.loc["2021", "share_4"] == 1
    assert t.loc["2025", "customers"] == 1 and np.isnan(t.loc["2025", "share_1"])


def test_quarters_and_earlier_origin():
    r = cohorts(hand_world(), by="quarter", as_of=dt.date(2022, 6, 30))
    assert list(r.table.index) == ["2021 Q1", "2022 Q1"]
    assert r.table.loc["2022 Q1", "share_1"] == 0  # only a return in the quarter after
    assert r.table.loc["2021 Q1", "share_5"] == 1
    assert np.isnan(r.table.loc["2022 Q1", "share_2"])
    assert "the quarter after" in r.reading()


def test_who_had_no_time_to_leave_is_not_counted_as_kept():
    # a leaves after the first quarter of 2024; b begins in the last, and says nothing
    rows = [("a", "2024-01-01", 1), ("a", "2024-04-01", -1), ("b", "2024-12-31", 1)]
    f = cohorts(facts(rows), by="quarter").figures
    assert (f["already"].value, f["already_kept"].value) == (1, 0.0)


def test_early_cohorts_are_marked_twelve_months_long():
    rows = [(c, d, 1) for c, d in [("a", "2021-11-15"), ("b", "2022-03-01"), ("c", "2023-01-01")]]
    t = cohorts(facts([*rows, ("a", "2024-12-31", 1)])).table
    assert t["already"].to_dict() == {"2021": True, "2022": True, "2023": False}


@pytest.mark.parametrize(
    ("day", "start", "year", "quarter", "begins"),
    [
        ("2025-04-30", 5, "2024/25", "2024/25 Q4", "2025-02-01"),
        ("2025-05-01", 5, "2025/26", "2025/26 Q1", "2025-05-01"),
        ("2025-12-31", 1, "2025", "2025 Q4", "2025-10-01"),
        ("2099-12-31", 9, "2099/00", "2099/00 Q2", "2099-12-01"),
    ],
)
def test_fiscal_periods(day, start, year, quarter, begins):
    d = dt.date.fromisoformat(day)
    assert _label(_number(d, start, "year"), start, "year") == year
    number = _number(d, start, "quarter")
    assert _label(number, start, "quarter") == quarter
    assert _start(number, start, "quarter").isoformat() == begins


def test_fiscal_year_in_the_engine():
    rows = [("a", "2021-08-31", 1), ("b", "2023-08-31", 1), ("c", "2023-09-01", 1)]
    rows += [("b", "2023-09-01", 1), ("z", "2025-08-31", 1)]
    t = cohorts(facts(rows, fiscal_year_start=9)).table
    assert t["customers"].to_dict() == {"2020/21": 1, "2022/23": 1, "2023/24": 1, "2024/25": 1}
    assert t.loc["2022/23", "share_1"] == 1


def test_too_short_is_refused_and_by_is_checked():
    year = facts([("a", "2025-01-01", 1), ("a", "2025-12-31", 1)])
    r = cohorts(year, by="year")
    assert r.refusal is not None and "1 January 2025" in r.reading() and r.picture() is None
    none = cohorts(facts([("a", "2025-02-01", -1), ("a", "2025-12-31", -1)]))
    assert none.refusal is not None and none.table.empty
    # left to itself, years that cannot tell give way to quarters
    assert cohorts(year).parameters["by"] == "quarter"
    assert cohorts(hand_world()).parameters["by"] == "year"
    with pytest.raises(SettingsError, match="'year', 'quarter'"):
        cohorts(hand_world(), by="month")


lines = st.lists(
    st.tuples(
        st.sampled_from("abcdefgh"),
        st.dates(dt.date(2020, 1, 1), dt.date(2024, 12, 31)),
        st.integers(-50, 500),
    ),
    min_size=1,
    max_size=40,
)


@settings(max_examples=8, deadline=None, phases=[Phase.explicit, Phase.generate])
@given(lines, st.sampled_from(["year", "quarter"]), st.randoms())
def test_counts_against_a_plain_count(rows, by, random):
    rows = [*rows, ("z", dt.date(2024, 12, 31), 1)]
    r = cohorts(facts(rows), by=by)
    bought = [(c, pd.Period(d, by[0].upper())) for c, d, a in rows if a > 0]
    first = {c: min(p for x, p in bought if x == c) for c, _ in bought}
    assert r.table["customers"].sum() == len(first)
    last = pd.Period(dt.date(2024, 12, 31), by[0].upper())
    for label, row in r.tables["active"].iterrows():
        cohort = pd.Period(str(label).replace(" ", ""), by[0].upper())
        for age, found in enumerate(row):
            at = cohort + age
            if at > last:
                assert np.isnan(found)
            else:
                expected = {c for c, p in bought if p == at and first[c] == cohort}
                assert found == len(expected)
    shuffled = rows.copy()
    random.shuffle(shuffled)
    pd.testing.assert_frame_equal(cohorts(facts(shuffled), by=by).table, r.table)
    tripled = cohorts(facts([(c, d, a * 3) for c, d, a in rows]), by=by)
    pd.testing.assert_frame_equal(tripled.table, r.table)
    np.testing.assert_allclose(tripled.tables["revenue"], r.tables["revenue"] * 3)
    np.testing.assert_allclose(tripled.tables["money"], r.tables["money"])


def test_picture_writes_the_shares_and_leaves_the_future_empty():
    r = cohorts(hand_world())
    ax = r.plot()
    written = [t.get_text() for t in ax.texts if t.get_text()]
    observed = r.table.filter(regex=r"^share_[1-9]").stack()
    assert written == [r.language.share(float(v), 0) for v in observed.dropna()]
    cells = ax.collections[0].get_array()
    assert int(np.ma.count(cells)) == observed.notna().sum()
    assert next(t.get_text() for t in ax.get_yticklabels()).startswith("2021")
    assert ax.get_title(loc="left").startswith("50% of ")


def test_a_phone_shows_fewer_periods_and_each_cohort_still():
    r = cohorts(hand_world())
    with _style.themed():
        figure, ax = _style.new_figure(*r.narrow_size)
        r.draw(ax)
        figure.draw_without_rendering()
        boxes = [t.get_window_extent() for t in ax.get_xticklabels()]
    assert len(boxes) <= 5
    assert not [(a, b) for a, b in itertools.combinations(boxes, 2) if a.overlaps(b)]


@pytest.mark.realdata
def test_cdnow_master(real_data):
    """CDNOW: 23 570 people bought first in the first quarter of 1997, and nobody after."""
    path = real_data / "cdnow" / "CDNOW_master.txt"
    raw = pd.read_csv(
        path, sep=r"\s+", header=0, names=["customer", "date", "n", "amount"], dtype="str"
    )
    frame = pd.DataFrame(
        {
            "customer": raw["customer"],
            "date": pd.to_datetime(raw["date"], format="%Y%m%d"),
            "amount": raw["amount"].astype(float),
        }
    )
    r = cohorts(Facts.from_frames(frame, currency="USD"), by="quarter")
    paid = frame[frame["amount"] > 0]
    quarter = paid["date"].dt.to_period("Q")
    first = quarter.groupby(paid["customer"]).transform("min")
    expected = paid.groupby([first, quarter])["customer"].nunique()
    assert r.tables["active"].loc["1997 Q1"].tolist() == expected.loc["1997Q1"].tolist()
    assert r.table["already"].all()
    assert "still bought in 1998 Q2" in r.reading()
    headline = r.headline()
    assert headline is not None and r.say(headline).endswith("bought in 1998 Q2")


def test_one_customer_is_no_percentage():
    days = [("a", "2022-01-04"), ("b", "2023-05-01"), ("a", "2023-06-01"), ("a", "2024-12-31")]
    told = cohorts(facts([(customer, day, 5) for customer, day in days]), by="year")
    assert "The one who bought soon after the facts begin" in told.reading()
    assert "The one customer who first bought in 2023 did not buy the year after." in told.reading()
    assert "%" not in told.reading()
