"""The Gamma-Gamma model: published values, brute force, planted truth, and refusals."""

from __future__ import annotations

import numpy as np
import pytest

from salesfact import _spend
from salesfact._counted import levels_of
from salesfact._errors import FactsError
from salesfact._spend import SpendFit, fit_spend, independence
from salesfact._synth_lives import spend_world
from tests.cdnow import cdnow_sample

# Fader & Hardie (2013), brucehardie.com/notes/025, CDNOW: p 6.25, q 3.74, γ 15.44
CDNOW = {"p": 6.25, "q": 3.74, "gamma": 15.44}


def given(**parameters: float) -> SpendFit:
    return SpendFit(parameters, dict.fromkeys(parameters, 0.1), 0.0, True, "", 100.0, 0.0, 1.0)


def world(seed: int, customers: int = 2_000, **more: float):
    x = np.random.default_rng(seed).negative_binomial(0.8, 0.3, customers) + 1.0
    return x, spend_world(seed, x, CDNOW | more)


def evaluate(theta, x, m):
    x, m = np.asarray(x, dtype=float), np.asarray(m, dtype=float)
    levels, level = levels_of(x)
    counts = np.bincount(level).astype(float)
    return _spend.evaluate(np.asarray(theta), x, m, np.ones(len(x)), levels, counts)


# -- published values ------------------------------------------------------------------------------


@pytest.mark.realdata
def test_cdnow_is_the_published(real_data):
    d = cdnow_sample(real_data)
    paid = d["m"] > 0
    f = fit_spend(d["x"][paid], d["m"][paid])
    assert f.converged and f.n == 946
    assert f.parameters == pytest.approx(CDNOW, rel=3e-3)
    # BTYD vignette, section 2.6: -4055.92
    assert -4055.925 <= f.loglik <= -4055.90
    # lifetimes, docs/Quickstart: correlation .113884; mean of all 35.17, and of nine customers
    assert f.correlation == pytest.approx(0.113884, abs=2e-5)
    assert f.independent
    expected = f.expected([2, 1, 0, 7, 2], [22.35, 11.77, np.nan, 73.74, 25.55])
    seen = [24.658619, 18.911489, 35.170981, 71.462843, 27.282408]
    assert expected == pytest.approx(seen, abs=5e-3)
    assert f.mean == pytest.approx(35.17, abs=0.01)


def test_published_means_that_need_no_data():
    f = given(p=6.25, q=3.74, gamma=15.44)
    # by hand: 6.25 × 15.44 / 2.74, and 6.25 (15.44 + 7 × 73.74) / (6.25 × 7 + 2.74)
    assert f.expected([0, 7], [np.nan, 73.74]) == pytest.approx(
        [35.2190, 6.25 * 531.62 / 46.49], abs=1e-4
    )


# -- brute force -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("x", "m"), [(1, 20.0), (3, 45.0), (12, 30.0)])
def test_likelihood_by_integration_over_the_customers_own_rate(x, m):
    from scipy.integrate import quad
    from scipy.stats import gamma as law

    p, q, g = 2.5, 4.0, 40.0

    def density(nu: float) -> float:
        return law.pdf(m, p * x, scale=1 / (nu * x)) * law.pdf(nu, q, scale=1 / g)

    total = quad(density, 0, 3, epsabs=0, epsrel=1e-11, limit=400)[0]
    mean = quad(lambda nu: p / nu * density(nu), 0, 3, epsabs=0, epsrel=1e-11, limit=400)[0]
    assert evaluate((p, q, g), [x], [m])[0] == pytest.approx(np.log(total), abs=1e-8)
    assert given(p=p, q=q, gamma=g).expected(x, m) == pytest.approx(mean / total, rel=1e-8)


def test_derivatives_are_those_of_the_likelihood():
    x, m = world(1, 300)
    theta = np.array([3.0, 2.5, 12.0])
    _, slope, bend = evaluate(theta, x, m)
    for i, at in enumerate(theta):
        step = np.zeros(3)
        step[i] = 1e-5 * at
        up, down = (evaluate(theta + s, x, m) for s in (step, -step))
        assert (up[0] - down[0]) / (2 * step[i]) == pytest.approx(slope[i], rel=1e-6)
        assert (up[1] - down[1]) / (2 * step[i]) == pytest.approx(bend[i], rel=1e-6)


# -- planted truth ---------------------------------------------------------------------------------


def test_planted_parameters_and_worth():
    x, m = world(2, 20_000)
    f = fit_spend(x, m)
    for name, value in CDNOW.items():
        assert abs(np.log(f.parameters[name] / value)) < 4 * f.standard_errors[name] / value, name
    assert f.mean == pytest.approx(6.25 * 15.44 / 2.74, rel=0.05)
    again = spend_world(2, x, CDNOW)  # the same customers: the same own rates
    assert np.array_equal(again, m)


def test_thousands_of_orders_overflow_nothing():
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        value, slope, bend = evaluate((6.25, 3.74, 15.44), [1, 200, 20_000], [20.0, 1e-6, 1e9])
        worth = given(**CDNOW).expected([200, 20_000], [1e-6, 1e9])
    for found in (value, slope, bend, worth):
        assert np.isfinite(found).all()
    assert worth[1] == pytest.approx(1e9, rel=1e-3)


def test_independence_is_rejected_as_often_as_stated_and_dependence_is_found():
    chance = []
    for seed in range(200):
        x, m = world(seed, 400)
        r, p = independence(x, m, np.ones(len(x)))
        chance.append(p < 0.05)
        assert abs(r) < 0.6
    assert 0.01 <= np.mean(chance) <= 0.10
    x, m = world(3)
    f = fit_spend(x, m * x**0.7)  # who orders more also spends more
    assert f.correlation > _spend.DEPENDENT and f.p < 0.01 and not f.independent
    assert fit_spend(*world(4)).independent


def test_the_way_by_a_sample_ends_at_the_same_place(monkeypatch):
    x, m = world(8, 6_000)
    f = fit_spend(x, m)
    monkeypatch.setattr(_spend, "_LARGE", 2_000)
    monkeypatch.setattr(_spend, "_SAMPLE", 1_500)
    assert fit_spend(x, m).parameters == pytest.approx(f.parameters, rel=1e-6)


# -- what must not matter --------------------------------------------------------------------------


def test_order_weights_and_currency_do_not_matter():
    x, m = world(5)
    before = x.copy(), m.copy()
    f = fit_spend(x, m)
    order = np.random.default_rng(0).permutation(len(x))
    for other in (
        fit_spend(x[order], m[order]),
        fit_spend(np.tile(x, 2), np.tile(m, 2), weights=np.full(2 * len(x), 0.5)),
        fit_spend(np.append(x, 3.0), np.append(m, 1e6), weights=[*np.ones(len(x)), 0.0]),
    ):
        assert other.parameters == pytest.approx(f.parameters, rel=1e-6)
        assert other.loglik == pytest.approx(f.loglik, abs=1e-6)
        assert other.correlation == pytest.approx(f.correlation)
    dear = fit_spend(x, 100 * m)
    assert dear.parameters["gamma"] == pytest.approx(100 * f.parameters["gamma"], rel=1e-5)
    assert dear.parameters["p"] == pytest.approx(f.parameters["p"], rel=1e-5)
    assert dear.expected(2, 100.0) == pytest.approx(100 * f.expected(2, 1.0), rel=1e-5)
    assert np.array_equal(x, before[0]) and np.array_equal(m, before[1])


# -- refusals --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("x", "m", "reason"),
    [
        ([], [], _spend.TOO_FEW),
        ([3], [10.0], _spend.TOO_FEW),
        ([3] * 30, [10.0] * 30, _spend.ALL_ALIKE),
        (list(range(1, 31)), [10.0] * 30, _spend.ALL_ALIKE),
    ],
)
def test_nothing_to_fit_is_refused(x, m, reason):
    f = fit_spend(x, m)
    assert not f.converged and f.reason == reason
    with pytest.raises(FactsError, match=reason):
        f.expected(1, 1.0)


def test_a_model_without_a_mean_is_not_used():
    x, m = world(6, 5_000, q=0.7)
    f = fit_spend(x, m)
    assert not f.converged and f.reason == _spend.NO_MEAN
    assert f.parameters["q"] == pytest.approx(0.7, rel=0.1)


def test_customers_who_do_not_differ_are_no_gamma_gamma():
    rng = np.random.default_rng(7)
    x = np.full(3_000, 4.0)
    f = fit_spend(x, rng.gamma(4 * 5.0, 1 / (4 * 0.25), 3_000))  # one and the same rate for all
    assert not f.converged and f.reason


@pytest.mark.parametrize(
    ("x", "m", "what"),
    [
        ([1, 0], [1.0, 1.0], "x is below 1"),
        ([1, 2], [1.0, 0.0], "0 or less"),
        ([1, 2], [1.0, -3.0], "0 or less"),
        ([1, 2], [1.0, np.nan], "missing"),
        ([1, 2], [1.0], "one number"),
    ],
)
def test_impossible_customers_are_refused(x, m, what):
    with pytest.raises(FactsError, match=what):
        fit_spend(x, m)


def test_impossible_weights_are_refused():
    with pytest.raises(FactsError, match="weights"):
        fit_spend([1] * 20, np.arange(1.0, 21.0), weights=[1.0])
