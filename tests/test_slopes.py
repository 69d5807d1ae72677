"""Customers' own slopes, decay and ladder: published and hand-worked values, planted truth."""

from __future__ import annotations

import numpy as np
import pytest

from salesfact._adstock import MOST, adstock, log_stock, profile
from salesfact._ladder import RUNGS, by_kind, ladder
from salesfact._slopes import _own, customer_slopes
from salesfact._stats import paule_mandel
from salesfact._synth_response import response_world

# Thirteen trials of BCG vaccine (Colditz et al. 1994): cases and non-cases, vaccinated and not
BCG = np.array(
    [
        [4, 119, 11, 128], [6, 300, 29, 274], [3, 228, 11, 209], [62, 13536, 248, 12619],
        [33, 5036, 47, 5761], [180, 1361, 372, 1079], [8, 2537, 10, 619], [505, 87886, 499, 87892],
        [29, 7470, 45, 7232], [17, 1699, 65, 1600], [186, 50448, 141, 27197], [5, 2493, 3, 2338],
        [27, 16886, 29, 17825],
    ]
)  # fmt: skip


def test_paule_mandel_on_the_bcg_trials():
    # log risk ratios; tau² = 0.3181 by Paule & Mandel: Viechtbauer et al. (2015),
    # Psychological Methods 20, 360-374, and R's metafor, rma(method = "PM")
    a, b, c, d = BCG.T
    ratio = np.log(a / (a + b)) - np.log(c / (c + d))
    variance = 1 / a - 1 / (a + b) + 1 / c - 1 / (c + d)
    mean, between = paule_mandel(ratio, variance)
    assert between == pytest.approx(0.3181, abs=5e-5)
    assert mean == pytest.approx(-0.7150, abs=5e-4)


def test_paule_mandel_none_one_same_and_missing():
    assert np.isnan(paule_mandel([], [])[0])
    assert paule_mandel([2.0], [1.0]) == (2.0, 0.0)
    assert paule_mandel([2.0, 2.0, 2.0], [1.0, 2.0, 3.0]) == (2.0, 0.0)
    assert paule_mandel([1.0, np.nan, 2.0, 6.0], [1.0, 1.0, 1.0, 1.0]) == paule_mandel(
        [1.0, 2.0, 6.0], [1.0, 1.0, 1.0]
    )


def test_adstock_by_hand_and_its_derivative():
    stock, slope = adstock([[3.0, 0.0, 1.0]], 0.5)
    before = (4 / 3) / 0.5
    np.testing.assert_allclose(stock[0], [3 + before / 2, 1.5 + before / 4, 1.75 + before / 8])
    up, down = adstock([[3.0, 0.0, 1.0]], 0.5001)[0], adstock([[3.0, 0.0, 1.0]], 0.4999)[0]
    np.testing.assert_allclose(slope, (up - down) / 0.0002, rtol=1e-6)
    own, own_slope = log_stock([[3.0, 0.0, 1.0]], 0.5, 2)
    np.testing.assert_allclose(own, np.log1p(stock[:, 1:]))
    np.testing.assert_allclose(own_slope, slope[:, 1:] / (1 + stock[:, 1:]))
    assert adstock([[1.0, 2.0]], 0.0)[0].tolist() == [[1.0, 2.0]]
    with pytest.raises(ValueError, match="decay"):
        adstock([[1.0]], 1.0)


@pytest.fixture(scope="module")
def effective():
    world = response_world(401, customers=600, beta=0.15, decay=0.6)
    return world, profile(world.y, world.hours)


def test_decay_and_slope_are_found(effective):
    world, found = effective
    assert abs(found.decay - 0.6) < 0.15
    assert found.low <= found.decay <= found.high < found.low + 0.4
    assert abs(found.fit.coef[0] - 0.15) < 2.5 * found.fit.se[0]
    assert found.fit.se[0] > found.conditional.se[0]  # what λ adds
    # the top of the profile, from a dense grid
    dense = [profile(world.y, world.hours, decay=v).fit.loglik for v in np.arange(0.3, 0.9, 0.02)]
    assert found.fit.loglik >= max(dense) - 1e-3


def test_without_an_effect_the_decay_cannot_be_told():
    world = response_world(402, customers=300)
    found = profile(world.y, world.hours)
    assert found.high - found.low > 0.6 * MOST
    assert abs(found.fit.z[0]) < 3


def test_the_ladder_falls_where_reps_chase_and_where_size_misleads(effective):
    world, found = effective
    region = np.column_stack([world.attributes[:, 1] == k for k in (1, 2, 3)])
    known = np.column_stack([world.attributes[:, 0], region])
    rungs = {r.name: r for r in ladder(world.y, world.hours, found, attributes=known)}
    assert tuple(rungs) == RUNGS
    assert rungs["pooled"].slope > 0.4 > rungs["attributes"].slope > 0.2
    for name in ("mundlak", "fixed effects", "fixed effects by block"):
        assert abs(rungs[name].slope - 0.15) < 3 * rungs[name].se
    assert rungs["pooled"].low > 0.15  # sure of the wrong thing
    chasing = response_world(403, customers=400, chase=1.0, persistence=0.9)
    at = profile(chasing.y, chasing.hours)
    rungs = {r.name: r for r in ladder(chasing.y, chasing.hours, at)}
    assert "attributes" not in rungs
    assert rungs["fixed effects"].slope > 0.08
    assert rungs["fixed effects by block"].slope < 0.5 * rungs["fixed effects"].slope


def test_kinds_of_activity_each_beside_the_others(effective):
    world, found = effective
    rng = np.random.default_rng(1)
    part = rng.random(world.hours.shape) < 0.5
    kinds = {"visit": world.hours * part, "call": world.hours * ~part, "fair": world.hours * 0}
    kinds["fair"][:3] = rng.random((3, world.hours.shape[1]))
    rungs = by_kind(world.y, kinds, found.decay)
    assert {r.name for r in rungs} == {"visit", "call", "rest"}
    assert rungs[-1].name == "rest"
    assert all(r.z > 2 for r in rungs[:2])
    assert by_kind(world.y, {"visit": world.hours, "fair": kinds["fair"]}, found.decay) == ()


def raw_slopes(world, found):
    raw, variance, _ = _own(world.y, log_stock(world.hours, found.decay)[0], found.fit)
    return raw, variance


def test_shrunken_slopes_lie_closer_to_the_truth_than_raw_ones():
    gains, calibrated, inside = [], [], []
    for seed in range(404, 408):
        world = response_world(seed, customers=400, beta=0.1, sd_beta=0.2, orders=6.0)
        found = profile(world.y, world.hours)
        slopes = customer_slopes(world.y, log_stock(world.hours, found.decay)[0], found.fit)
        raw, variance = raw_slopes(world, found)
        known = np.isfinite(raw)
        assert slopes.told_apart and 0.2 <= slopes.overall <= 0.7
        own = np.corrcoef(slopes.estimate[known], world.slope[known])[0, 1]
        gains.append(own - np.corrcoef(raw[known], world.slope[known])[0, 1])
        calibrated.append(np.mean((raw - world.slope)[known] ** 2 / variance[known]))
        inside.append(np.mean((slopes.low <= world.slope) & (world.slope <= slopes.high)))
        assert abs(slopes.spread - 0.2) < 0.06
        assert slopes.overdispersion > 1.3
    assert min(gains) > 0
    assert 0.8 < np.mean(calibrated) < 1.2
    assert 0.7 < np.mean(inside) < 0.9


def test_where_customers_do_not_differ_nobody_is_told_apart():
    world = response_world(408, customers=300, beta=0.1)
    found = profile(world.y, world.hours)
    slopes = customer_slopes(world.y, log_stock(world.hours, found.decay)[0], found.fit)
    assert not slopes.told_apart
    assert (slopes.estimate == found.fit.coef[0]).all()


def test_who_tells_nothing_has_the_mean():
    world = response_world(409, customers=200, beta=0.1, sd_beta=0.3, orders=10.0)
    y, hours = world.y.copy(), world.hours.copy()
    y[0], hours[1] = 0, 0.0
    found = profile(y, hours)
    slopes = customer_slopes(y, log_stock(hours, found.decay)[0], found.fit)
    assert slopes.told_apart
    np.testing.assert_allclose(slopes.estimate[:2], slopes.mean)
    assert (slopes.reliability[:2] == 0).all()
    money = customer_slopes(
        1_000 * y, log_stock(hours, found.decay)[0], profile(1_000 * y, hours).fit
    )
    np.testing.assert_allclose(money.estimate, slopes.estimate, atol=1e-4)


def test_months_before_a_customer_came_do_not_feign_a_slope_of_its_own():
    world = response_world(77, customers=300, beta=0.1)
    entry = np.where(np.arange(300) % 2 == 0, np.arange(300) % 24 + 6, 0)[:, None]
    known = np.arange(36) >= entry
    y, hours = world.y * known, world.hours * known
    fit = profile(y, hours, decay=0.5, known=known).fit
    x = log_stock(hours, 0.5)[0]
    told = customer_slopes(y, x, fit, known=known)
    feigned = customer_slopes(y, x, fit)
    assert feigned.spread > 2 * told.spread
    whole = customer_slopes(y, x, fit, known=np.ones_like(known))
    np.testing.assert_array_equal(whole.estimate, feigned.estimate)
