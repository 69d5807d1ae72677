"""Matrices from cells: by hand, and why new customers are unknown before they came."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from salesfact._adstock import profile
from salesfact._effort_panel import effort_panel
from salesfact._synth_response import response_world


def test_by_hand():
    cells = pd.DataFrame(
        {
            "customer": ["00123", "00123", "B", "B", "00123", "B", "C"],
            "month": [0, 3, 2, 3, 3, 5, 4],
            "money": [10.0, 5.0, np.nan, 7.0, 1.0, -2.0, np.nan],
            "hours": [np.nan, 2.0, 1.5, np.nan, 0.5, np.nan, 1.0],
            "kind": ["", "visit", "call", "", "visit", "", "visit"],
        }
    )
    before = cells.copy()
    panel = effort_panel(cells)
    assert list(panel.customers) == ["00123", "B", "C"]
    assert panel.months.tolist() == [2, 3, 4, 5]  # the first activity is in month 2
    assert panel.y.tolist() == [[0, 6, 0, 0], [0, 7, 0, -2], [0, 0, 0, 0]]
    assert panel.hours.tolist() == [[0, 2.5, 0, 0], [1.5, 0, 0, 0], [0, 0, 1, 0]]
    assert panel.known.tolist() == [[True] * 4, [False, False, True, True], [False] * 4]
    assert set(panel.kinds) == {"call", "visit"}
    np.testing.assert_array_equal(sum(panel.kinds.values()), panel.hours)
    pd.testing.assert_frame_equal(cells, before)
    shorter = effort_panel(cells.drop(columns="kind"), last=4)
    assert shorter.months.tolist() == [2, 3, 4]
    assert list(shorter.kinds) == ["all"]
    shuffled = effort_panel(cells.sample(frac=1, random_state=1))
    np.testing.assert_array_equal(shuffled.y, panel.y)


def test_dates_are_months_without_holes():
    cells = pd.DataFrame(
        {
            "customer": ["a", "a"],
            "month": pd.to_datetime(["2025-11-17", "2026-02-03"]),
            "hours": [1.0, 2.0],
        }
    )
    panel = effort_panel(cells)
    assert panel.months.astype(str).tolist() == ["2025-11", "2025-12", "2026-01", "2026-02"]
    assert panel.hours.tolist() == [[1, 0, 0, 2]]
    assert effort_panel(cells, last=pd.Timestamp("2025-12-31")).hours.tolist() == [[1, 0]]


def test_faults_are_told():
    cells = pd.DataFrame({"customer": ["a"], "month": [1], "hours": [1.0]})
    with pytest.raises(ValueError, match="money or hours"):
        effort_panel(cells.drop(columns="hours"))
    with pytest.raises(ValueError, match="no activity"):
        effort_panel(cells.assign(hours=0.0))
    with pytest.raises(ValueError, match="below zero"):
        effort_panel(cells.assign(hours=-1.0))
    with pytest.raises(ValueError, match="month"):
        effort_panel(cells.assign(month=np.nan))
    with pytest.raises(ValueError, match="dates"):
        effort_panel(cells.assign(month="soon"))


def test_customers_who_come_do_not_feign_an_effect():
    world = response_world(601, customers=300, visits=2.0)
    rng = np.random.default_rng(1)
    entry = np.where(rng.random(300) < 0.5, rng.integers(6, 30, 300), 0)[:, None]
    there = np.arange(36) >= entry
    y, hours = world.y * there, world.hours * there
    who, when = np.nonzero((y > 0) | (hours > 0))
    cells = pd.DataFrame(
        {"customer": who, "month": when, "money": y[who, when], "hours": hours[who, when]}
    )
    panel = effort_panel(cells)
    as_noughts = profile(panel.y, panel.hours, decay=0.5).fit
    as_unknown = profile(panel.y, panel.hours, decay=0.5, known=panel.known).fit
    assert as_noughts.z[0] > 4
    assert abs(as_unknown.z[0]) < 2.5
