"""Worlds hold what they say they hold."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from salesfact._synth import buying_world
from tests.proofs.worlds import as_facts


def test_same_seed_same_world():
    one, two, other = (buying_world(s, customers=50, season=0.4) for s in (7, 7, 8))
    assert np.array_equal(one.day, two.day) and np.array_equal(one.customer, two.customer)
    assert np.array_equal(one.left, two.left) and one.as_of == two.as_of
    assert len(one.day) != len(other.day) or not np.array_equal(one.day, other.day)


def test_days_are_within_the_history_distinct_and_before_leaving():
    world = buying_world(3, customers=200, growth=0.5)
    first = (world.first - dt.date(1970, 1, 1)).days
    last = (world.as_of - dt.date(1970, 1, 1)).days
    assert world.day.min() >= first and world.day.max() <= last
    pairs = np.stack([world.customer, world.day], axis=1)
    assert len(np.unique(pairs, axis=0)) == len(pairs)
    assert (world.day <= world.left[world.customer]).all()
    assert 0.2 < world.gone.mean() < 0.4  # 12 % a year over three years, newcomers later


@pytest.mark.parametrize("k", [0.7, 1.0, 3.0])
def test_gaps_have_the_planted_regularity_and_tempo(k):
    world = buying_world(
        5, customers=200, months=60, k=k, gap_days=60, log_sd_gap=0.0, leave_per_year=0
    )
    gaps = np.diff(world.day)[np.diff(world.customer) == 0].astype(float)
    assert gaps.mean() == pytest.approx(60, rel=0.05)
    assert 1 / (gaps.std() / gaps.mean()) ** 2 == pytest.approx(k, rel=0.15)
    assert not world.gone.any()


def test_season_and_fall_are_planted():
    world = buying_world(
        2, customers=600, months=36, as_of=dt.date(2025, 12, 31), season=0.4, leave_per_year=0
    )
    month = world.day.astype("datetime64[D]").astype("datetime64[M]")
    of_year = np.bincount(month.astype(int) % 12, minlength=12)
    assert of_year[6] < 0.65 * of_year[5] and of_year[4] > 1.5 * of_year[10]
    fallen = buying_world(2, customers=600, as_of=dt.date(2025, 12, 31), fall=0.3, leave_per_year=0)
    recent = fallen.day >= np.datetime64("2025-07-01").astype(int)
    before = (fallen.day >= np.datetime64("2025-01-01").astype(int)) & ~recent
    assert recent.sum() / before.sum() == pytest.approx(0.7, abs=0.05)


def test_collective_invoices_fall_on_month_ends():
    world = buying_world(4, customers=40, collective=True)
    after = (world.day + 1).astype("datetime64[D]")
    assert (after == after.astype("datetime64[M]").astype("datetime64[D]")).all()


def test_as_facts():
    world = buying_world(1, customers=20, months=14)
    facts = as_facts(world)
    assert facts.as_of == world.as_of and facts.simulated and facts.money == "margin"
    assert len(world.frame()) == len(world.day)
