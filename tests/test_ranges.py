"""Ranges learned from earlier errors: by hand, coverage in worlds, totals."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import t

from salesfact._ranges import LEAST, MOST_BANDS, learn_bands, shortest, spread_of_totals


def test_shortest_by_hand():
    # ceil(.8 × 10) = 8 of 9 values
    assert shortest([0, 1, 2, 3, 4, 5, 6, 7, 100]) == (0.0, 7.0)
    assert shortest([-100, 1, 2, 3, 4, 5, 6, 7, 8]) == (1.0, 8.0)
    assert shortest([0] * 8 + [50]) == (0.0, 0.0)
    assert shortest([3.0]) == (3.0, 3.0)
    # of equally short ones the nearest to zero
    assert shortest([1, 2, 3, 4], coverage=0.6) == (1.0, 3.0)
    assert shortest([-4, -3, -2, -1], coverage=0.6) == (-3.0, -1.0)


@pytest.mark.parametrize("n", [9, 20, 100])
def test_shortest_holds_for_the_next_value(n):
    dice = np.random.default_rng(n)
    inside = []
    for _ in range(2000):
        drawn = dice.exponential(size=n + 1)
        low, high = shortest(drawn[:n])
        inside.append(low <= drawn[n] <= high)
    # choosing the place of the interval costs about 1/√n
    assert 0.8 - 1.2 / np.sqrt(n) < np.mean(inside) < 0.9


def draws(seed: int, n: int, shock: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    dice = np.random.default_rng(seed)
    predicted = np.exp(dice.normal(0, 1.5, n))
    came = predicted * np.exp(dice.normal(shock, 0.5, n)) * (dice.random(n) > 0.3 / (1 + predicted))
    return predicted, came


def learn(seeds: range, shocks: np.ndarray | None = None, floor: float = 0.02):
    shocks = np.zeros(len(seeds)) if shocks is None else shocks
    parts = [draws(s, 300, float(k)) for s, k in zip(seeds, shocks, strict=True)]
    p, y = (np.concatenate(side) for side in zip(*parts, strict=True))
    month = np.repeat(np.arange(len(seeds)) * 12, 300)
    return learn_bands(p, y, month, floor=floor, reach=12)


def test_bands_cover_small_and_large():
    bands = learn(range(6))
    p, y = draws(99, 6000)
    low, high = bands.of(p)
    inside = (low <= y) & (y <= high)
    assert 0.77 < inside.mean() < 0.86
    third = np.searchsorted(np.quantile(p, [1 / 3, 2 / 3]), p)
    assert all(0.74 < inside[third == i].mean() < 0.9 for i in range(3))
    assert len(bands.low) == MOST_BANDS and bands.forecasts == 1800


def test_dates_unlike_each_other_widen_the_ranges():
    calm = learn(range(6))
    moved = learn(range(6), shocks=np.array([0.5, -0.5, 0.5, -0.5, 0.5, -0.5]))
    p = np.array([1.0, 10.0])
    assert (np.subtract(*moved.of(p)[::-1]) > np.subtract(*calm.of(p)[::-1])).all()


def test_bands_scale_with_money_mirror_below_zero_and_hold_the_prediction():
    p, y = draws(5, 900)
    month = np.repeat([0, 12, 24], 300)
    one = learn_bands(p, y, month, floor=0.02, reach=12)
    ten = learn_bands(10 * p, 10 * y, month, floor=0.2, reach=12)
    for a, b in zip(one.of(p), ten.of(10 * p), strict=True):
        assert b == pytest.approx(10 * a)
    low, high = one.of(p)
    assert (low <= p).all() and (p <= high).all()
    low_minus, high_minus = one.of(-p)
    assert low_minus == pytest.approx(-high) and high_minus == pytest.approx(-low)


def test_few_and_equal():
    one = learn_bands([1.0], [2.0], [0], floor=0.1, reach=12)
    assert [float(v[0]) for v in one.of([1.0])] == [1.0, 2.0]
    same = learn_bands(np.ones(100), np.ones(100), np.zeros(100), floor=0.1, reach=12)
    assert len(same.low) == 1 and [float(v[0]) for v in same.of([1.0])] == [1.0, 1.0]
    few = learn_bands(
        np.arange(LEAST * 2.0), np.zeros(LEAST * 2), [0] * LEAST * 2, floor=1, reach=1
    )
    assert len(few.low) == 2
    with pytest.raises(ValueError, match="no earlier forecast"):
        learn_bands([], [], [], floor=1.0, reach=1)


def test_spread_of_totals_by_hand():
    half, n = spread_of_totals([0.1, -0.1, 0.1, -0.1], apart=4.0)
    assert n == 4 and half == pytest.approx(t.ppf(0.9, 4) * 0.1 * np.sqrt(1.25))
    overlapping, fewer = spread_of_totals([0.1, -0.1, 0.1, -0.1], apart=2.5)
    assert fewer == 2 and overlapping > half
    assert spread_of_totals([0.1], apart=1.0) is None
    assert spread_of_totals([0.1, 0.2, 0.1], apart=1.9) is None
    assert spread_of_totals([], apart=1.0) is None


def test_totals_are_covered():
    dice = np.random.default_rng(8)
    inside = []
    for _ in range(4000):
        e = dice.normal(0, 0.1, 5)
        inside.append(abs(e[4]) <= spread_of_totals(e[:4], apart=4.0)[0])
    assert 0.78 < np.mean(inside) < 0.86
