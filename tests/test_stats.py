"""False discoveries and shrinkage against published and hand-worked numbers."""

from __future__ import annotations

import numpy as np
import pytest

from salesfact._stats import benjamini_hochberg, shrink_rates

# Benjamini & Hochberg (1995), J. R. Statist. Soc. B 57, 289-300, section 4.1: fifteen comparisons
# of two treatments of myocardial infarction; at .05 their procedure rejects the first four.
BH1995 = [
    *(0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344),
    *(0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0000),
]


def test_benjamini_hochberg_as_published():
    q = benjamini_hochberg(BH1995)
    assert (q <= 0.05).tolist() == [True] * 4 + [False] * 11
    # by hand: 15 × .0001 / 1; 15 × .0095 / 4; the sixth takes the eighth's 15 × .0344 / 8
    assert q[[0, 3]] == pytest.approx([0.0015, 0.035625])
    assert q[[5, 6, 7]] == pytest.approx([15 * 0.0298 / 7, 15 * 0.0298 / 7, 0.0645])
    assert q[-1] == 1.0


def test_equal_p_get_equal_q_and_order_is_irrelevant():
    p = np.array([0.2, 0.01, 0.2, 0.03, 0.2])
    q = benjamini_hochberg(p)
    assert len(set(q[p == 0.2])) == 1
    turned = np.array([4, 2, 0, 1, 3])
    assert benjamini_hochberg(p[turned]) == pytest.approx(q[turned])


def test_what_is_not_tested_does_not_count():
    q = benjamini_hochberg([0.01, np.nan, 0.04])
    assert np.isnan(q[1])
    assert q[[0, 2]] == pytest.approx(benjamini_hochberg([0.01, 0.04]))
    assert benjamini_hochberg([]).size == 0
    assert np.isnan(benjamini_hochberg([np.nan])).all()


@pytest.mark.parametrize("p", [[-0.1], [1.1, 0.2]])
def test_a_p_outside_0_to_1_is_refused(p):
    with pytest.raises(ValueError, match="outside"):
        benjamini_hochberg(p)


def test_false_discoveries_are_held():
    rng = np.random.default_rng(11)
    false = []
    for _ in range(400):
        p = np.concatenate([rng.random(180), rng.beta(0.05, 5, 20)])
        called = benjamini_hochberg(p) <= 0.1
        false.append(called[:180].sum() / max(called.sum(), 1))
    assert np.mean(false) <= 0.10 + 2 * np.std(false) / 20
    assert np.mean(false) >= 0.06  # π0 × level = .09: not held by calling nothing


def test_shrinkage_by_hand():
    # raw rates 2 and .5 at expected 4 and 8: spread (4 × 1 + 8 × .25) / 12 = .5, chance 2/12
    rates, shape = shrink_rates([8, 4], [4, 8])
    assert shape == pytest.approx(3.0)
    assert rates == pytest.approx([11 / 7, 7 / 11])


def test_shrinkage_of_nothing_and_of_chance():
    rates, shape = shrink_rates([0, 0], [0, 0])
    assert rates.tolist() == [1, 1] and shape == np.inf
    rates, shape = shrink_rates([5, 4, 6], [5, 5, 5])  # calmer than chance
    assert rates.tolist() == [1, 1, 1] and shape == np.inf
    rates, _ = shrink_rates([90_000, 110_000, 0], [100_000, 100_000, 0])
    assert rates == pytest.approx([0.9, 1.1, 1.0], abs=1e-3)  # much data, no shrinkage


def test_shrinkage_beats_raw_rates():
    rng = np.random.default_rng(5)
    true = rng.gamma(20, 1 / 20, 2_000)
    expected = rng.uniform(2, 20, 2_000)
    events = rng.poisson(true * expected)
    rates, shape = shrink_rates(events, expected)
    assert 14 < shape < 28
    assert np.mean((rates - true) ** 2) < 0.45 * np.mean((events / expected - true) ** 2)
