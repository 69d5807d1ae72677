"""Two-way Poisson regression: pyfixest's numbers, hand-worked ones, and what must not matter."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salesfact._concentrated import PORTION
from salesfact._pooled import coded, month_ppml
from salesfact._ppml import ppml


def fixed_panel() -> tuple[np.ndarray, list[np.ndarray], np.ndarray]:
    """Nine customers, twelve months, by formula; customer 4 never buys."""
    i, t = np.mgrid[0:9, 0:12]
    y = ((7 * i * i + 3 * i * t + t * t) % 11) * (1.0 + i % 3)
    y[4] = 0
    x = [((5 * i + 3 * t * t) % 7) / 2, np.log1p((i * t + 2 * i) % 5)]
    return y, x, (3 * i + 5 * t) % 8 != 0


# pyfixest 0.60.0 on `fixed_panel`, `fepois("y ~ x1 + x2 | t + c", vcov={"CRV1": k})`, k a copy of
# the customer, iwls_tol = fixef_tol = 1e-13; `blocks` with customer x half-year in place of c,
# `pooled` with z = customer % 4 and `| t` alone
PYFIXEST = {
    "balanced": ([0.1846639798, 0.2551301884], [0.0617957793, 0.2103933618], 96, 8),
    "unbalanced": ([0.09725584791, 0.1977284158], [0.06578292673, 0.2316660567], 83, 8),
    "blocks": ([0.1882164849, 0.3704828726], [0.06307075184, 0.2200523613], 96, 8),
    "pooled": (
        [0.005139164609, -0.1914602488, 0.0191140544],
        [0.07881795501, 0.4636680828, 0.2127020808],
        108,
        9,
    ),
}


@pytest.mark.parametrize("name", list(PYFIXEST))
def test_coefficients_and_clustered_errors_are_those_of_pyfixest(name):
    y, x, known = fixed_panel()
    fit = {
        "balanced": lambda: ppml(y, x),
        "unbalanced": lambda: ppml(y, x, known=known),
        "blocks": lambda: ppml(y, x, block=6),
        "pooled": lambda: month_ppml(y, x, (np.arange(9) % 4)[:, None]),
    }[name]()
    coef, se, rows, customers = PYFIXEST[name]
    assert fit.converged
    assert (fit.rows, fit.customers) == (rows, customers)
    np.testing.assert_allclose(fit.coef, coef, rtol=1e-8)
    np.testing.assert_allclose(fit.se, se, rtol=1e-8)


def random_panel(seed: int) -> tuple[np.ndarray, list[np.ndarray]]:
    rng = np.random.default_rng(seed)
    n, months = int(rng.integers(20, 90)), int(rng.integers(6, 26))
    level = 1.5 * rng.standard_normal(n)[:, None]
    x = [rng.standard_normal((n, months)) + 0.2 * level, np.log1p(rng.poisson(1, (n, months)))]
    mu = np.exp(level + 0.4 * np.sin(np.arange(months)) + 0.2 * x[0] + 0.1 * x[1])
    y = (
        rng.poisson(mu).astype(float)
        if seed % 2
        else rng.gamma(0.7, mu) * rng.integers(0, 2, mu.shape)
    )
    y[rng.random(n) < 0.15] = 0
    return y, x


@pytest.mark.parametrize("seed", range(6))
def test_random_panels_are_fitted_as_pyfixest_fits_them(seed):
    pf = pytest.importorskip("pyfixest", reason="pyfixest absent: pip install salesfact[bench]")
    import pandas as pd

    y, x = random_panel(seed)
    n, months = y.shape
    known = np.random.default_rng([seed, 1]).random(y.shape) < (0.85 if seed % 3 else 1.1)
    customer, month = np.divmod(np.arange(n * months), months)
    frame = pd.DataFrame(
        {
            "c": customer,
            "cluster": customer,  # by its own name: else pyfixest 0.60 may count months wrongly
            "t": month,
            "block": customer * 100 + (months - 1 - month) // 6,
            "y": y.ravel(),
            "x1": x[0].ravel(),
            "x2": x[1].ravel(),
        }
    )[known.ravel()]
    for level, block in (("c", None), ("block", 6)):
        fit = ppml(y, x, known=known, block=block)
        peer = pf.fepois(
            f"y ~ x1 + x2 | t + {level}",
            frame,
            vcov={"CRV1": "cluster"},
            iwls_tol=1e-12,
            fixef_tol=1e-12,
            iwls_maxiter=100,
        )
        np.testing.assert_allclose(fit.coef, peer.coef().to_numpy(), rtol=1e-6)
        np.testing.assert_allclose(fit.se, peer.se().to_numpy(), rtol=1e-6)


def test_two_months_by_hand():
    # two months and one change: β is the log ratio of growth with and without it
    y = [[1, 3], [2, 2], [4, 9], [5, 6]]
    x = [[0, 1], [0, 0], [0, 1], [0, 0]]
    fit = ppml(y, [x])
    growth = (3 + 9) / (1 + 4) / ((2 + 6) / (2 + 5))
    assert fit.coef[0] == pytest.approx(np.log(growth), rel=1e-10)
    assert fit.months[1] - fit.months[0] == pytest.approx(np.log(8 / 7), rel=1e-10)


def test_two_way_effects_are_dummies():
    import statsmodels.api as sm

    y, x, known = fixed_panel()
    who = np.flatnonzero(y.sum(axis=1) > 0)
    i, t = np.nonzero(known[who])
    design = np.column_stack([v[who][i, t] for v in x] + [i == k for k in range(len(who))])
    design = np.column_stack([design] + [t == k for k in range(1, 12)]).astype(float)
    peer = sm.GLM(y[who][i, t], design, family=sm.families.Poisson()).fit(tol=1e-12)
    fit = ppml(y, x, known=known)
    np.testing.assert_allclose(fit.coef, peer.params[:2], rtol=1e-7)
    np.testing.assert_allclose(np.sqrt(np.diag(fit.poisson_cov)), peer.bse[:2], rtol=1e-7)


def test_blocks_are_panels_of_their_own():
    y, x, _ = fixed_panel()
    apart = np.concatenate([y[:, :6], y[:, 6:]])
    both = [np.concatenate([v[:, :6], v[:, 6:]]) for v in x]
    shift = np.where(np.arange(18)[:, None] < 9, 0, 6) + np.arange(6)
    wide, wide_x, known = (
        np.zeros((18, 12)),
        [np.zeros((18, 12)) for _ in x],
        np.zeros((18, 12), bool),
    )
    for r in range(18):
        wide[r, shift[r]], known[r, shift[r]] = apart[r], True
        for w, v in zip(wide_x, both, strict=True):
            w[r, shift[r]] = v[r]
    joined = ppml(wide, wide_x, known=known)
    fit = ppml(y, x, block=6)
    np.testing.assert_allclose(fit.coef, joined.coef, rtol=1e-9)
    assert fit.dropped_levels == 2  # customer 4, twice
    assert fit.rows == joined.rows


def test_a_first_block_of_one_month_is_left_out():
    y, x, _ = fixed_panel()
    fit = ppml(y[:, 5:], [v[:, 5:] for v in x], block=6)
    np.testing.assert_allclose(fit.coef, ppml(y[:, 6:], [v[:, 6:] for v in x]).coef, rtol=1e-9)
    assert np.isnan(fit.months[0])


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.01, 1e6))
def test_order_and_units_do_not_matter(seed, unit):
    y, x = random_panel(seed)
    before = [v.copy() for v in (y, *x)]
    fit = ppml(y, x)
    order = np.random.default_rng(seed).permutation(len(y))
    other = ppml(unit * y[order], [v[order] for v in x])
    np.testing.assert_allclose(other.coef, fit.coef, rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(other.se, fit.se, rtol=1e-6)
    assert all((a == b).all() for a, b in zip(before, (y, *x), strict=True))


def test_portions_and_the_short_start_change_nothing(monkeypatch):
    y, x = random_panel(3)
    fit = ppml(y, x)
    assert len(y) < PORTION
    monkeypatch.setattr("salesfact._concentrated.PORTION", 7)
    monkeypatch.setattr("salesfact._ppml.MANY", 10)
    other = ppml(y, x)
    np.testing.assert_allclose(other.coef, fit.coef, rtol=1e-8)
    np.testing.assert_allclose(other.cov, fit.cov, rtol=1e-7)
    again = ppml(y, x, start=fit)
    np.testing.assert_allclose(again.coef, fit.coef, rtol=1e-9)
    assert again.steps == 1
    np.testing.assert_allclose(ppml(y, x, start=fit, stay=True).cov, fit.cov, rtol=1e-7)


def test_who_never_buys_and_months_without_sales_are_left_out_and_counted():
    y, x = random_panel(5)
    y[:, 2] = 0
    never = y.sum(axis=1) == 0
    fit = ppml(y, x)
    other = ppml(np.delete(y[~never], 2, axis=1), [np.delete(v[~never], 2, axis=1) for v in x])
    np.testing.assert_allclose(fit.coef, other.coef, rtol=1e-9)
    np.testing.assert_allclose(fit.se, other.se, rtol=1e-9)
    assert fit.dropped_customers == never.sum() > 0
    assert fit.dropped_months == 1
    assert np.isnan(fit.months[2])
    assert (fit.scores[never] == 0).all()


def test_returns_count_where_the_customer_still_buys():
    y, x = random_panel(3)
    y = y + 1.0
    y[0, 0] = -0.5
    fit = ppml(y, x)
    assert fit.converged
    # the estimating equation itself: residuals are blind to levels, months and regressors
    eta = np.nan_to_num(fit.months) + sum(b * v for b, v in zip(fit.coef, x, strict=True))
    mu = np.exp(eta)
    mu *= (y.sum(axis=1) / mu.sum(axis=1))[:, None]
    off = y - mu
    assert np.abs(off.sum(axis=0)).max() < 1e-6 * y.sum()
    assert max(abs((off * v).sum()) for v in x) < 1e-6 * y.sum()


def test_what_cannot_be_told_is_refused():
    y, x, _ = fixed_panel()
    months = np.broadcast_to(np.arange(12.0), y.shape)
    levels = np.broadcast_to(np.arange(9.0)[:, None], y.shape)
    for blind in (months, levels, np.ones_like(y)):
        fit = ppml(y, [x[0], blind])
        assert "variation" in fit.reason
        assert np.isnan(fit.coef).all()
    assert "variation" in ppml(y, [x[0], 2 * x[0] + levels]).reason
    assert "few" in ppml(np.zeros((5, 6)), [np.ones((5, 6))]).reason
    only_where_nothing = np.where(y == 0, 1.0, 0.0)
    assert "separation" in ppml(y, [only_where_nothing]).reason
    with pytest.raises(ValueError, match="shape"):
        ppml(y, [x[0][:, :5]])
    with pytest.raises(ValueError, match="finite"):
        ppml(np.where(y > 3, np.nan, y), x)
    with pytest.raises(ValueError, match="block"):
        ppml(y, x, block=1)


def test_attributes_are_coded_and_repeats_left_out():
    import pandas as pd

    frame = pd.DataFrame(
        {
            "size": [1.0, 2.0, np.nan] * 10,
            "segment": ["a"] * 12 + ["b"] * 12 + ["c"] * 3 + [None] * 3,
            "empty": [np.nan] * 30,
        }
    )
    z = coded(frame)
    assert z.shape == (30, 4)  # size, missing; segment b, rare ones
    assert z[2, 0] == 1.5 and z[2, 1] == 1
    assert z[:, 3].sum() == 6
    y, x = random_panel(3)
    z = np.random.default_rng(1).standard_normal((len(y), 1))
    alone, twice = month_ppml(y, x, z), month_ppml(y, x, np.column_stack([z, 2 * z + 1]))
    np.testing.assert_allclose(twice.coef[:3], alone.coef, rtol=1e-8)
    assert np.isnan(twice.coef[3])
