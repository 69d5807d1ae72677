"""Scans over the month of change: by hand, against simulation, and in ordinary times."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import ndtr, ndtri, stdtr
from scipy.stats import binom

from salesfact import _shifts
from salesfact._shifts import WINDOWS


def test_a_count_against_its_base_by_hand():
    counts = np.array([[2.0] * 10 + [0.0, 0.0], [2.0] * 10 + [6.0, 6.0]])
    scores = _shifts.count_scores(counts, np.ones((2, 12)), 12)
    # 0 of 20 orders in 2 of 12 months: half the chance of none
    assert scores[0, 0] == pytest.approx(ndtri(0.5 * (10 / 12) ** 20))
    # 12 of 32: P(K < 12) + half of P(K = 12), K binomial(32, 1/6)
    mid = binom.cdf(11, 32, 1 / 6) + 0.5 * binom.pmf(12, 32, 1 / 6)
    assert scores[1, 0] == pytest.approx(ndtri(mid))
    assert np.isnan(scores[:, WINDOWS > 6]).all()  # six months of past are needed


def test_a_month_half_as_busy_counts_half():
    counts = np.array([[4.0] * 10 + [2.0, 2.0]])
    quiet = np.array([[1.0] * 10 + [0.5, 0.5]])
    score = _shifts.count_scores(counts, quiet, 12)[0, 0]
    expected = binom.cdf(3, 44, 1 / 11) + 0.5 * binom.pmf(4, 44, 1 / 11)
    assert score == pytest.approx(ndtri(expected)) and abs(score) < 0.2


def test_a_huge_count_has_a_finite_score():
    counts = np.array([[20.0] * 24 + [0.0] * 12, [1.0] * 24 + [28.0] * 12])
    scores = _shifts.count_scores(counts, np.ones((2, 36)), 36)
    assert np.isfinite(scores).all() and scores[0].min() < -15 and scores[1].max() > 15


def test_the_young_are_not_judged():
    exposure = np.zeros((1, 36))
    exposure[0, 30:] = 1.0  # at risk for six months: no window has six before it
    assert np.isnan(_shifts.count_scores(exposure * 9, exposure, 36)).all()


def test_a_mean_against_its_base_by_hand():
    base = np.array([0.0, 2.0, 0.0, 2.0, 0.0, 2.0, 0.0, 2.0])
    values = np.array([[*base, 4.0, 4.0]])
    scores, differences = _shifts.mean_scores(values, np.ones((1, 10)), 10)
    # the only series: its own variance 8/7 is the common one too; t with 7 + 6 degrees
    t = 3.0 / np.sqrt(8 / 7 * (1 / 8 + 1 / 2))
    assert differences[0, 0] == 3.0
    assert scores[0, 0] == pytest.approx(-ndtri(stdtr(13, -t)))


def test_months_without_a_value_do_not_count():
    values = np.array([[1.0, np.nan, 2.0, 1.0, 2.0, 1.0, 2.0, 1.0, 2.0, 5.0, 5.0]])
    weights = np.ones_like(values)
    other = np.where(np.isnan(values), 99.0, values)
    without = np.where(np.isnan(values), 0.0, 1.0)
    one = _shifts.mean_scores(values, weights, 11)[0]
    assert one == pytest.approx(_shifts.mean_scores(other, without, 11)[0], nan_ok=True)
    assert np.isfinite(one[0, 0])


def test_earlier_origins_lie_apart_and_leave_a_past():
    assert _shifts.origins(36) == ([33, 30, 27, 24, 21, 18, 15, 12], 3)
    assert _shifts.origins(12) == ([11, 10, 9, 8], 1)
    assert len(_shifts.origins(12)[0]) >= _shifts.ORIGINS


def test_the_bound_of_one_window_is_its_tail_and_of_two_alike_the_same():
    steady = np.full((1, len(WINDOWS)), np.nan)
    steady[0, 0] = 2.0
    share = np.full_like(steady, 0.25)
    assert _shifts._scan(steady, share)[0][0] == pytest.approx(ndtr(-2.0))
    steady[0, 1] = 1.0  # the same months, so nothing more was looked at
    assert _shifts._scan(steady, share)[0][0] == pytest.approx(ndtr(-2.0))


def test_p_values_are_not_too_small_and_not_wasteful():
    rng = np.random.default_rng(5)
    counts, exposure = rng.poisson(8.0, (6000, 36)).astype(float), np.ones((6000, 36))
    ends, step = _shifts.origins(36)
    past = [_shifts.count_scores(counts, exposure, end) for end in ends]
    scores = _shifts.count_scores(counts, exposure, 36)
    share = _shifts.window_share(exposure, 36)
    found = _shifts.judge(scores, np.arange(6000), share, past, step)
    for p in (found.down, found.up):
        for level in (0.05, 0.01):
            part = (p <= level).mean()
            error = np.sqrt(level * (1 - level) / 6000)
            assert 0.4 * level < part <= level + 2 * error
    assert 0.95 < np.median(found.spread) < 1.1


def test_those_who_wander_are_measured_by_their_own_wandering():
    rng = np.random.default_rng(6)
    walk = np.cumsum(0.08 * rng.standard_normal((900, 36)), axis=1)
    counts, exposure = rng.poisson(10 * np.exp(walk)).astype(float), np.ones((900, 36))
    ends, step = _shifts.origins(36)
    past = [_shifts.count_scores(counts, exposure, end) for end in ends]
    scores = _shifts.count_scores(counts, exposure, 36)
    found = _shifts.judge(scores, np.ones(900), _shifts.window_share(exposure, 36), past, step)
    chance = ndtr(np.nanmin(scores, axis=1))
    assert (chance < 1e-4).mean() > 0.05  # a theoretical null flags many
    assert (found.down < 1e-4).mean() < 0.005 and np.median(found.spread) > 1.5


def test_too_few_series_are_not_judged():
    scores = np.zeros((_shifts.FEW - 1, len(WINDOWS)))
    found = _shifts.judge(scores, np.ones(len(scores)), np.full_like(scores, 0.3), [scores] * 5, 3)
    assert np.isnan(found.down).all() and (found.down_months == 0).all()
    empty = np.zeros((0, len(WINDOWS)))
    assert len(_shifts.judge(empty, [], empty, [empty] * 3, 3).down) == 0


def test_equal_volumes_stand_together():
    third = _shifts._thirds(np.repeat([1.0, 5.0], 200), np.ones(400, dtype=bool))
    assert len(set(third[:200])) == 1 and len(set(third[200:])) == 1
