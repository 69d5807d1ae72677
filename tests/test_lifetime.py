"""Lifetime models: published values, brute force, planted truth, and what must be refused."""

from __future__ import annotations

import numpy as np
import pytest

from salesfact import _bgnbd, _bgnbd_ahead, _lifetime, _nbd, _pareto
from salesfact._counted import count
from salesfact._errors import FactsError, SettingsError
from salesfact._lifetime import MODELS, LifetimeFit, fit
from salesfact._maximum import highest
from salesfact._synth_lives import lives_world
from tests.cdnow import cdnow_sample

PLANTED = {
    "NBD": {"r": 0.5, "alpha": 8.0},
    "BG/NBD": {"r": 0.5, "alpha": 6.0, "a": 0.8, "b": 2.4},
    "MBG/NBD": {"r": 0.6, "alpha": 6.0, "a": 0.9, "b": 2.0},
    "Pareto/NBD": {"r": 0.6, "alpha": 8.0, "s": 0.7, "beta": 10.0},
}
KINDS = [(m, 1) for m in MODELS] + [("BG/NBD", 2), ("MBG/NBD", 3)]


def given(model: str, parameters, k: int = 1) -> LifetimeFit:
    """A fit with these parameters, as if it had been found."""
    names = {"NBD": ("r", "alpha"), "Pareto/NBD": ("r", "alpha", "s", "beta")}
    named = dict(zip(names.get(model, ("r", "alpha", "a", "b")), parameters, strict=True))
    return LifetimeFit(model, k, named, dict.fromkeys(named, 0.1), 0.0, True, "", 100.0)


def likelihood(model: str, theta, data, k: int = 1):
    """Value, gradient and second derivatives at θ."""
    theta = np.asarray(theta, dtype=float)
    if model in ("BG/NBD", "MBG/NBD"):
        return _bgnbd.evaluate(theta, data, k, model == "MBG/NBD")
    return (_nbd if model == "NBD" else _pareto).evaluate(theta, data)


def world(model: str, k: int = 1, seed: int = 1, **more):
    return lives_world(seed, model, PLANTED[model], k=k, **{"customers": 1_500, **more})


def fitted(model: str, k: int = 1, **more) -> tuple[LifetimeFit, object]:
    w = world(model, k, **more)
    return fit(model, w.x, w.t_x, w.T, k=k), w


# -- published values ------------------------------------------------------------------------------


@pytest.mark.realdata
@pytest.mark.parametrize(
    ("model", "parameters", "loglik"),
    [
        # Fader, Hardie & Lee (2005), Marketing Science 24, table 2: .243, 4.414, .793, 2.426,
        # -9582.4; four decimals: CLVTools, "Adding a model" (.24259, 4.41360, .79292, 2.42589,
        # -9582.4292)
        ("BG/NBD", (0.2426, 4.4136, 0.7929, 2.4259), -9582.43),
        # the same table 2: .553, 10.578, .606, 11.669, -9595.0; BTYD vignette, section 2.2:
        # .5533, 10.578, .6062, 11.67, -9594.976
        ("Pareto/NBD", (0.5533, 10.578, 0.6062, 11.67), -9594.98),
        # lifetimes 0.11, tests of ModifiedBetaGeoFitter: .525, 6.183, .891, 1.614
        ("MBG/NBD", (0.525, 6.183, 0.891, 1.614), None),
    ],
)
def test_cdnow_parameters_are_the_published(real_data, model, parameters, loglik):
    d = cdnow_sample(real_data)
    f = fit(model, d["x"], d["t_x"], d["T"], unit_days=7)
    assert f.converged and not f.reason and f.n == 2357
    assert list(f.parameters.values()) == pytest.approx(parameters, rel=3e-3)
    if loglik is not None:
        assert loglik - 0.005 <= f.loglik <= loglik + 0.02


@pytest.mark.realdata
def test_cdnow_forecasts_are_the_published(real_data):
    d = cdnow_sample(real_data)
    f = fit("BG/NBD", d["x"], d["t_x"], d["T"], unit_days=7)
    # Fader, Hardie & Lee (2005), "Implementing the BG/NBD model in Excel": E[X(t)] by week, and
    # E[Y(39) | x = 2, t_x = 30.43, T = 38.86]
    assert f.expected([1.0, 32.0]) == pytest.approx([0.0532, 1.0437], abs=6e-5)
    assert f.expected_next(39, 2, 30.43, 38.86) == pytest.approx([1.226], abs=6e-4)
    # lifetimes, docs/Quickstart: standard errors, and the five best customers' coming week
    errors = (0.012557, 0.378221, 0.185719, 0.705345)
    assert list(f.standard_errors.values()) == pytest.approx(errors, rel=1e-3)
    best = f.expected_next(
        1, [18, 19, 17, 29, 26], [35.14, 34.0, 28.43, 37.71, 30.86], [35.86, 34.14, 28.86, 38.0, 31]
    )
    assert best == pytest.approx([0.424877, 0.474738, 0.486526, 0.662396, 0.710623], abs=2e-5)
    # CLVTools, "Adding a model": standard errors of the logs
    logs = [e / v for e, v in zip(f.standard_errors.values(), f.parameters.values(), strict=True)]
    assert logs == pytest.approx((0.05176, 0.08570, 0.23424, 0.29078), rel=1e-3)
    p = fit("Pareto/NBD", d["x"], d["t_x"], d["T"], unit_days=7)
    # BTYD vignette, section 2.4: customer 1516
    assert p.alive(26, 30.86, 31) == pytest.approx([0.9979], abs=5e-5)
    assert p.expected(52.0) == pytest.approx(1.473, abs=6e-4)


@pytest.mark.realdata
def test_cdnow_gaps_are_not_regular(real_data):
    """BTYDplus' own demonstration finds k = 1 on CDNOW."""
    d = cdnow_sample(real_data)
    best = [fit("MBG/NBD", d["x"], d["t_x"], d["T"], k=k, log_gaps=d["log_gaps"]).aic
            for k in (1, 2, 3)]  # fmt: skip
    assert best == sorted(best)


def test_published_values_that_need_no_data():
    # BTYD 2.4, help of pnbd.PAlive: .2924031 at (.55, 10.56, .61, 11.64), x = 0, T = 39
    p = given("Pareto/NBD", (0.55, 10.56, 0.61, 11.64))
    assert p.alive(0, 0, 39) == pytest.approx([0.2924031], abs=5e-8)
    assert p.alive(23, 39, 39) == pytest.approx([1.0])
    # Fader, Hardie & Lee (2005), as above, at the published three decimals
    b = given("BG/NBD", (0.243, 4.414, 0.793, 2.426))
    assert b.expected_next(39, 2, 30.43, 38.86) == pytest.approx([1.226], abs=6e-4)
    assert b.alive(0, 0, 39) == pytest.approx([1.0])


# -- brute force -----------------------------------------------------------------------------------


def gamma_nodes(shape: float, rate: float, n: int = 150):
    """Points and weights of the mean over Gamma(shape, rate)."""
    from scipy.special import gammaln, roots_genlaguerre

    at, weight = roots_genlaguerre(n, shape - 1)
    return at / rate, weight / np.exp(gammaln(shape))


def beta_nodes(a: float, b: float, n: int = 60):
    from scipy.special import betaln, roots_jacobi

    at, weight = roots_jacobi(n, b - 1, a - 1)
    return (at + 1) / 2, weight / 2 ** (a + b - 1) / np.exp(betaln(a, b))


@pytest.mark.parametrize("k", [1, 2, 3])
@pytest.mark.parametrize("model", ["BG/NBD", "MBG/NBD"])
@pytest.mark.parametrize("gaps", [[], [3.0], [2.0, 0.5, 4.0, 1.5]])
def test_likelihood_and_alive_by_integration_over_rates_and_leaving(model, k, gaps):
    """Given λ and p the order times have a density one can write down; its mean is the claim."""
    from scipy.special import gammaincc, gammaln

    theta, T = (1.4, 5.0, 1.3, 2.1), 12.0
    t_x, x = float(sum(gaps)), len(gaps)
    rate, w_rate = gamma_nodes(*theta[:2])
    p, w_p = beta_nodes(*theta[2:])
    lam, p = rate[:, None], p[None, :]
    density = np.ones((len(rate), p.shape[1]))
    for gap in gaps:
        density *= np.exp(k * np.log(lam) + (k - 1) * np.log(gap) - lam * gap - gammaln(k))
    chances = x + (model == "MBG/NBD")  # times it could leave
    waits = gammaincc(k, lam * (T - t_x))
    stays = density * (1 - p) ** chances * waits
    leaves = density * (1 - p) ** (chances - 1) * p if chances else 0 * stays
    alive = w_rate @ stays @ w_p
    total = alive + w_rate @ leaves @ w_p
    data = count([x], [t_x], [T])
    value = likelihood(model, theta, data, k)[0] + (k - 1) * np.sum(np.log(gaps))
    assert value == pytest.approx(np.log(total), abs=1e-8)
    assert given(model, theta, k).alive(x, t_x, T) == pytest.approx([alive / total], abs=1e-8)


@pytest.mark.parametrize(("x", "t_x"), [(0, 0.0), (1, 3.0), (6, 11.0)])
@pytest.mark.parametrize("theta", [(1.4, 5.0, 1.2, 8.0), (2.5, 9.0, 1.7, 4.0)])
def test_pareto_by_integration_over_rates(theta, x, t_x):
    T, h = 12.0, 6.0
    r, alpha, s, beta = theta
    rate, w_rate = gamma_nodes(r, alpha)
    off, w_off = gamma_nodes(s, beta)
    lam, mu = rate[:, None], off[None, :]
    stays = lam**x * np.exp(-(lam + mu) * T)
    leaves = lam**x * mu / (lam + mu) * (np.exp(-(lam + mu) * t_x) - np.exp(-(lam + mu) * T))
    alive, gone = w_rate @ stays @ w_off, w_rate @ leaves @ w_off
    data = count([x], [t_x], [T])
    assert likelihood("Pareto/NBD", theta, data)[0] == pytest.approx(np.log(alive + gone), abs=1e-6)
    f = given("Pareto/NBD", theta)
    assert f.alive(x, t_x, T) == pytest.approx([alive / (alive + gone)], abs=1e-6)
    ahead = w_rate @ (stays * lam * -np.expm1(-mu * h) / mu) @ w_off / (alive + gone)
    assert f.expected_next(h, x, t_x, T) == pytest.approx([ahead], abs=1e-6)


@pytest.mark.parametrize(
    "theta", [(0.5, 8.0, 0.7, 3.0), (0.5, 3.0, 0.7, 8.0), (0.5, 5.0, 0.7, 5.0)]
)
@pytest.mark.parametrize(("x", "t_x"), [(0, 0.0), (3, 20.0), (40, 30.0)])
def test_pareto_is_the_textbooks_hypergeometric(theta, x, t_x):
    """Fader & Hardie (2005), brucehardie.com/notes/009, eq. 22: for α ≥ β and for α ≤ β."""
    from scipy.special import hyp2f1

    r, alpha, s, beta = theta
    T = 39.0

    def part(t):
        top, other = max(alpha, beta), (s + 1 if alpha >= beta else r + x)
        full = r + s + x
        z = abs(alpha - beta) / (top + t)
        return hyp2f1(full, other, full + 1, z) / (top + t) ** full

    stays = (alpha + T) ** -(r + x) * (beta + T) ** -s
    gone = s / (r + s + x) * (part(t_x) - part(T))
    f = given("Pareto/NBD", theta)
    assert f.alive(x, t_x, T) == pytest.approx([stays / (stays + gone)], rel=1e-9)


@pytest.mark.parametrize("theta", [(0.243, 4.414, 0.793, 2.426), (2.0, 3.0, 4.0, 1.5)])
@pytest.mark.parametrize(("x", "t_x"), [(0, 0.0), (2, 30.0), (25, 36.0)])
def test_bgnbd_forecast_is_the_textbooks_hypergeometric(theta, x, t_x):
    """Fader, Hardie & Lee (2005), eq. 10."""
    from scipy.special import hyp2f1

    r, alpha, a, b = theta
    T, h = 38.86, 39.0
    hyper = hyp2f1(r + x, b + x, a + b + x - 1, h / (alpha + T + h))
    ahead = (a + b + x - 1) / (a - 1) * (1 - ((alpha + T) / (alpha + T + h)) ** (r + x) * hyper)
    gone = a / (b + x - 1) * ((alpha + T) / (alpha + t_x)) ** (r + x) if x else 0.0
    f = given("BG/NBD", theta)
    assert f.expected_next(h, x, t_x, T) == pytest.approx([ahead / (1 + gone)], rel=1e-8)


def test_two_ways_to_forecast_are_one():
    """The integral over leaving (k = 1) against the sum over orders, used for k > 1."""
    rng = np.random.default_rng(2)
    for _ in range(60):
        a, R, stay = np.exp(rng.uniform(np.log(0.02), np.log(50), 3))
        z = np.exp(rng.uniform(-5, 1.5, 8))
        R, stay = R + rng.choice([0, 3, 300]), np.full(8, stay + rng.choice([0, 3, 300]))
        one = _bgnbd_ahead._over_leaving(a, np.full(8, R), stay, z[:, None])[:, 0]
        two = _bgnbd_ahead._over_orders(a, np.full(8, R), stay, z, 0, 1)
        assert one == pytest.approx(two, rel=1e-8)


@pytest.mark.parametrize(("k", "j"), [(1, 0), (2, 0), (2, 1), (5, 3)])
def test_tails_built_up_are_the_tails(k, j):
    rng = np.random.default_rng(k + j)
    R, stay = np.exp(rng.uniform(-2, 5, (2, 400)))
    z = np.exp(rng.uniform(-6, 2, 400))
    for a in (0.05, 1.0, 30.0):
        told = _bgnbd_ahead._over_orders(a, R, stay, z, j, k)
        exact = _bgnbd_ahead._by_tails(a, R, stay, z, j, k)
        assert told == pytest.approx(exact, rel=1e-9)


@pytest.mark.parametrize(("model", "k"), KINDS)
def test_derivatives_are_those_of_the_likelihood(model, k):
    w = world(model, k, customers=300)
    data = count(w.x, w.t_x, w.T)
    theta = np.array(list(PLANTED[model].values())) * 1.3
    _, slope, bend = likelihood(model, theta, data, k)
    for i, at in enumerate(theta):
        step = np.zeros(len(theta))
        step[i] = 1e-5 * at
        up, down = (likelihood(model, theta + s, data, k) for s in (step, -step))
        assert (up[0] - down[0]) / (2 * step[i]) == pytest.approx(slope[i], rel=1e-5, abs=1e-4)
        assert (up[1] - down[1]) / (2 * step[i]) == pytest.approx(bend[i], rel=1e-5, abs=1e-4)
    assert bend == pytest.approx(bend.T)


# -- planted truth ---------------------------------------------------------------------------------


@pytest.mark.parametrize(("model", "k"), KINDS)
def test_planted_parameters_and_forecasts(model, k):
    f, w = fitted(model, k, customers=20_000, known=(50.0, 100.0), horizon=52.0, seed=3)
    assert f.converged
    for name, (low, high) in f.interval(0.999).items():
        assert low < PLANTED[model][name] < high, name
    ahead, alive = f.expected_next(52.0, w.x, w.t_x, w.T), f.alive(w.x, w.t_x, w.T)
    for part in (w.x == 0, (w.x > 0) & (w.x < 3), w.x >= 3):
        n = part.sum()
        seen = w.ahead[part]
        assert ahead[part].mean() == pytest.approx(seen.mean(), abs=4.5 * seen.std() / n**0.5)
        gap = alive[part] - w.alive[part]
        error = 4.5 * np.sqrt(np.mean(alive[part] * (1 - alive[part])) / n)
        assert abs(gap.mean()) <= error + 0.01
    first = lives_world(9, model, PLANTED[model], k=k, customers=40_000, known=(30.0, 30.0)).x
    assert f.expected(30.0) == pytest.approx(first.mean(), rel=0.06)


@pytest.mark.parametrize("k", [1, 2, 4])
def test_the_planted_regularity_has_the_highest_likelihood(k):
    w = world("MBG/NBD", k, known=(50.0, 100.0))
    found = {
        j: fit("MBG/NBD", w.x, w.t_x, w.T, k=j, log_gaps=w.log_gaps).loglik for j in (1, 2, 3, 4, 5)
    }
    assert max(found, key=found.__getitem__) == k


def test_the_right_model_has_the_highest_likelihood():
    for planted in ("NBD", "BG/NBD", "MBG/NBD", "Pareto/NBD"):
        w = world(planted, customers=3_000, known=(50.0, 100.0), seed=4)
        fits = [fit(m, w.x, w.t_x, w.T) for m in MODELS]
        best = min((f for f in fits if f.converged), key=lambda f: f.aic)
        # leaving at any time and leaving after any order are hard to tell apart
        alike = ("Pareto/NBD", "MBG/NBD") if planted == "Pareto/NBD" else (planted,)
        assert best.model in alike


# -- many orders -----------------------------------------------------------------------------------


@pytest.mark.parametrize("x", [200, 2_000, 20_000])
@pytest.mark.parametrize(("model", "k"), KINDS)
def test_many_orders_overflow_nothing(model, k, x):
    theta = list(PLANTED[model].values())
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        last = [52.0 * (1 - 0.5 / x), 20.0, 0.0]  # half a gap ago; months ago; never
        data = count([x, x, 0], last, [52.0, 52.0, 52.0])
        value, slope, bend = likelihood(model, theta, data, k)
        f = given(model, theta, k)
        alive = f.alive([x, x, 0], last, 52.0)
        ahead = f.expected_next(26.0, [x, x, 0], last, 52.0)
    for found in (value, slope, bend, alive, ahead):
        assert np.isfinite(found).all()
    assert (alive >= 0).all() and (alive <= 1).all() and (ahead >= 0).all()
    if model != "NBD":
        assert alive[0] > 0.9 and alive[1] < 1e-6  # months of silence of one who ordered daily
    rate = x / (theta[1] + 52) * 26  # what it would order without ever leaving
    assert 0.2 * rate < ahead[0] <= 1.05 * rate + 5


@pytest.mark.parametrize("model", ["BG/NBD", "Pareto/NBD"])
def test_a_world_of_frequent_buyers_is_fitted(model):
    truth = {**PLANTED[model], "r": 2.0, "alpha": 0.1}
    if model == "BG/NBD":
        truth |= {"a": 0.5, "b": 60.0}
    w = lives_world(5, model, truth, customers=2_000, known=(50.0, 100.0))
    assert w.x.max() > 1_000
    f = fit(model, w.x, w.t_x, w.T)
    assert f.converged
    for name, (low, high) in f.interval(0.999).items():
        assert low < truth[name] < high, name


# -- what must not matter --------------------------------------------------------------------------


@pytest.mark.parametrize(("model", "k"), KINDS)
def test_order_grouping_and_unit_do_not_matter(model, k):
    w = world(model, k)
    days = [np.ceil(a * 7) for a in (w.x / 7, w.t_x, w.T)]  # whole days: many customers are equal
    f = fit(model, *days, k=k)
    before = [a.copy() for a in days]
    order = np.random.default_rng(0).permutation(len(w.x))
    shuffled = fit(model, *(a[order] for a in days), k=k)
    rows, number = np.unique(np.stack(days), axis=1, return_counts=True)
    assert len(number) < len(w.x)
    grouped = fit(model, *rows, weights=number, k=k)
    doubled = fit(model, *(np.tile(a, 2) for a in days), k=k)
    weeks = fit(model, days[0], days[1] / 7, days[2] / 7, k=k, unit_days=7)
    for other in (shuffled, grouped, doubled):
        assert other.parameters == pytest.approx(f.parameters, rel=1e-5)
    assert grouped.standard_errors == pytest.approx(f.standard_errors, rel=1e-4)
    assert grouped.loglik == pytest.approx(f.loglik, abs=1e-6)
    assert doubled.loglik == pytest.approx(2 * f.loglik, abs=1e-5)
    for name, value in f.parameters.items():
        unit = 7 if name in ("alpha", "beta") else 1
        assert weeks.parameters[name] * unit == pytest.approx(value, rel=1e-4)
        half = doubled.standard_errors[name] * 2**0.5
        assert half == pytest.approx(f.standard_errors[name], rel=1e-3)
    assert weeks.expected_next(4.0, 2, 5.0, 9.0) == pytest.approx(
        f.expected_next(28.0, 2, 35.0, 63.0), rel=1e-5
    )
    assert all(np.array_equal(a, b) for a, b in zip(days, before, strict=True))


@pytest.mark.parametrize("model", ["BG/NBD", "MBG/NBD"])
def test_k_one_is_the_plain_model(model):
    """The general formulas at k = 1: stages of a gap add nothing."""
    w = world(model)
    assert fit(model, w.x, w.t_x, w.T, k=1).loglik == pytest.approx(
        fit(model, w.x, w.t_x, w.T, log_gaps=w.log_gaps).loglik
    )
    h, *rest = _bgnbd._waiting(np.array([3.0]), np.array([0.4]), np.array([0.1]), 1)
    assert h == 0 and all(not v.any() for v in rest)


@pytest.mark.parametrize(("model", "k"), KINDS)
def test_the_way_by_a_sample_ends_at_the_same_place(model, k, monkeypatch):
    w = world(model, k, customers=6_000)
    f = fit(model, w.x, w.t_x, w.T, k=k)
    monkeypatch.setattr(_lifetime, "_LARGE", 1_000)
    monkeypatch.setattr(_lifetime, "_SAMPLES", (500, 900))
    by_sample = fit(model, w.x, w.t_x, w.T, k=k)
    assert by_sample.parameters == pytest.approx(f.parameters, rel=1e-4)
    assert by_sample.loglik == pytest.approx(f.loglik, abs=1e-5)


@pytest.mark.parametrize(("model", "k"), KINDS)
def test_many_customers_are_forecast_as_one_by_one(model, k):
    w = world(model, k, customers=20_000, known=(0.5, 100.0))
    f = given(model, list(PLANTED[model].values()), k)
    together = f.expected_next(26.0, w.x, w.t_x, w.T)
    some = np.linspace(0, len(w.x) - 1, 40).astype(int)
    alone = [f.expected_next(26.0, w.x[i], w.t_x[i], w.T[i])[0] for i in some]
    assert together[some] == pytest.approx(alone, rel=1e-7)
    horizons = np.where(w.x > 0, 26.0, 0.0)
    mixed = f.expected_next(horizons, w.x, w.t_x, w.T)
    assert (mixed[w.x == 0] == 0).all() and mixed[w.x > 0] == pytest.approx(together[w.x > 0])


@pytest.mark.parametrize(("model", "k"), KINDS)
def test_forecasts_grow_with_the_horizon_from_nought(model, k):
    f = given(model, list(PLANTED[model].values()), k)
    t = np.array([0.0, 1e-9, 1.0, 10.0, 100.0, 1_000.0])
    e = f.expected(t)
    assert e[0] == 0 and (np.diff(e) > 0).all()
    ahead = f.expected_next(t, 3, 20.0, 30.0)
    assert ahead[0] == 0 and (np.diff(ahead) > 0).all()
    assert f.expected(12.0).shape == ()
    assert f.expected_next(1.0, [], [], []).shape == (0,)


# -- refusals --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("model", "k"), KINDS)
@pytest.mark.parametrize(
    ("x", "t_x", "T", "reason"),
    [
        ([], [], [], _lifetime.NO_CUSTOMERS),
        ([2], [3.0], [9.0], _lifetime.TOO_FEW),
        ([0] * 50, [0.0] * 50, list(range(50)), _lifetime.NO_REPEATS),
        ([2] * 50, [3.0] * 50, [9.0] * 50, _lifetime.ALL_ALIKE),
    ],
)
def test_nothing_to_fit_is_refused(model, k, x, t_x, T, reason):
    f = fit(model, x, t_x, T, k=k)
    assert not f.converged and f.reason == reason
    assert all(np.isnan(v) for v in f.parameters.values())
    for ask in (
        lambda: f.expected(1.0),
        lambda: f.expected_next(1.0, 1, 1.0, 2.0),
        lambda: f.alive(1, 1.0, 2.0),
        f.interval,
    ):
        with pytest.raises(FactsError, match=reason):
            ask()


def test_a_model_that_degenerates_says_so():
    rng = np.random.default_rng(8)
    T = np.full(3_000, 60.0)
    same = rng.poisson(0.2 * T)  # everybody orders at one rate, and nobody leaves
    last = np.where(same > 0, T * rng.beta(np.maximum(same, 1), 1), 0.0)
    for model in MODELS:
        f = fit(model, same, last, T)
        assert not f.converged
        assert any(n in f.reason for n in ("r", "alpha", "a", "b", "s", "beta"))
    w = world("NBD", customers=3_000, known=(50.0, 100.0))
    for model in ("BG/NBD", "Pareto/NBD"):  # nobody leaves
        f = fit(model, w.x, w.t_x, w.T)
        near = f.converged and f.expected(50.0) == pytest.approx(50 * 0.5 / 8, rel=0.15)
        assert near or f.reason


@pytest.mark.parametrize(
    ("x", "t_x", "T", "what"),
    [
        ([1, -1], [1, 1], [2, 2], "negative or no whole"),
        ([1, 1.5], [1, 1], [2, 2], "no whole"),
        ([1, 1], [1, 3], [2, 2], "beyond T"),
        ([1, 1], [1, -1], [2, 2], "negative or beyond"),
        ([1, 1], [1, np.nan], [2, 2], "missing"),
        ([1, 0], [1, 1], [2, 2], "not 0 where there are none"),
        ([1, 2], [1, 0], [2, 2], "t_x is 0"),
        ([[1, 2]], [[1, 1]], [[2, 2]], "one number"),
        ([1, 2, 3], [1, 1], [2, 2], "one number"),
    ],
)
def test_impossible_customers_are_refused_with_the_row(x, t_x, T, what):
    for ask in (
        lambda: fit("BG/NBD", x, t_x, T),
        lambda: given("BG/NBD", (1, 1, 1, 1)).alive(x, t_x, T),
    ):
        with pytest.raises(FactsError, match=what) as caught:
            ask()
        assert "row 1" in str(caught.value) or what == "one number"


def test_what_is_not_allowed_is_listed():
    one = ([1] * 20, [1.0] * 20, np.arange(2.0, 22.0))
    with pytest.raises(SettingsError, match="NBD, BG/NBD"):
        fit("BGNBD", *one)
    with pytest.raises(SettingsError, match="no regular gaps"):
        fit("Pareto/NBD", *one, k=2)
    with pytest.raises(SettingsError, match="whole number"):
        fit("BG/NBD", *one, k=0)
    with pytest.raises(SettingsError, match="unit_days"):
        fit("BG/NBD", *one, unit_days=0)
    with pytest.raises(FactsError, match="weights"):
        fit("BG/NBD", *one, weights=[-1.0] * 20)
    with pytest.raises(FactsError, match="look ahead"):
        given("NBD", (1, 1)).expected(-1.0)
    with pytest.raises(FactsError, match="log_gaps"):
        fit("BG/NBD", *one, log_gaps=[np.nan] * 20)


# -- the climb itself ------------------------------------------------------------------------------


def test_a_step_that_ends_beside_a_limit_does_not_end_the_climb():
    """A long bent valley along a limit: the top lies inside, and is found from anywhere."""

    def evaluate(theta):
        u, v = np.log(theta)
        off = v - 0.1 * u**2
        value = -((u - 2.0) ** 2) - 40 * off**2
        by_u = -2 * (u - 2.0) + 16 * off * u
        by_v = -80 * off
        bend = np.array(
            [[-2 + 16 * off - 3.2 * u**2, 16 * u], [16 * u, -80.0]]
        )  # by the logs; what `highest` wants is by the parameters
        slope = np.array([by_u, by_v]) / theta
        second = (bend - np.diag([by_u, by_v])) / np.outer(theta, theta)
        return value, slope, second

    dice = np.random.default_rng(7)
    limits = [(np.exp(-3.0), np.exp(3.0)), (1.0, np.exp(1.0))]
    for start in np.exp(dice.uniform([-3, 0], [3, 1], (300, 2))):
        found = highest(evaluate, [start.tolist()], limits)
        assert found.fault == "" and found.at == pytest.approx([2.0, 0.4], abs=1e-3)
