"""The law of an open gap, how regular customers are, and who is judged silent."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from salesfact._gaps import (
    GRID,
    Judgement,
    fit_mixing,
    judge,
    log_likelihood,
    posterior,
    shortened,
    summarise,
    tail,
)
from salesfact._season import Clock

EVEN = Clock(np.array([0, 4_000]), np.array([1.0]))


def people(*days: list[int]) -> tuple[np.ndarray, np.ndarray]:
    """Order days of customers 0, 1, ..."""
    return np.repeat(np.arange(len(days)), [len(d) for d in days]), np.concatenate(days)


def regular(rng: np.random.Generator, k: float, gap: float, end: int) -> list[int]:
    """Order days of a steady customer up to `end`."""
    at = end - np.cumsum(rng.gamma(k, gap / k, 200))
    return sorted({int(d) for d in at if d > 0})


def judged(*days: list[int], as_of: int, clock: Clock = EVEN, **more) -> Judgement:
    return judge(summarise(*people(*days), clock), clock, as_of=as_of, **more)


# -- the law of an open gap ------------------------------------------------------------------------


def test_memoryless_by_hand():
    # four gaps that sum to 40, open for 30: (1 − 30/70)⁴
    assert tail(1.0, [4], [40.0], [30.0])[0] == pytest.approx((4 / 7) ** 4)
    below = tail(1 - 1e-9, [4], [40.0], [30.0])[0]
    assert below == pytest.approx((4 / 7) ** 4, rel=1e-6)  # the two laws meet at k = 1


@pytest.mark.parametrize("k", [0.3, 0.7, 1.0, 2.0, 9.0])
def test_tail_is_a_tail(k):
    g = np.linspace(0, 400, 200)
    p = tail(k, np.full(200, 6), np.full(200, 60.0), g)
    assert p[0] == pytest.approx(1.0) and (np.diff(p) <= 1e-12).all() and p[-1] >= 0
    assert tail(k, [6], [600.0], [250.0]) == pytest.approx(tail(k, [6], [60.0], [25.0]))  # no unit


@pytest.mark.parametrize(("k", "exact"), [(0.4, True), (0.7, True), (1.0, True), (2.5, False)])
def test_p_of_a_steady_customer(k, exact):
    """Uniform for irregular and memoryless customers; for regular ones never too small."""
    rng = np.random.default_rng(17)
    n, m = 8, 40_000
    inside = rng.random(m) * rng.gamma(k + 1, 1, m)  # a day falls into a gap by its length
    closed = rng.gamma(k, 1, (m, n)).sum(axis=1)
    p = tail(k, np.full(m, n), closed, inside)
    for level in (0.01, 0.05, 0.2, 0.5):
        share, noise = (p <= level).mean(), 3 * np.sqrt(level / m)
        assert share <= level + noise
        if exact:
            assert share >= level - noise


def test_p_is_exact_for_poisson_orders_up_to_a_day():
    """Days of a Poisson customer, the history starting and ending anywhere."""
    rng = np.random.default_rng(18)
    small = []
    for _ in range(4_000):
        days = np.sort(rng.random(rng.poisson(40))) * 1_000
        closed = np.diff(days)[-12:]
        small.append(tail(1.0, [12], [closed.sum()], [1_000 - days[-1]])[0])
    assert np.quantile(small, [0.05, 0.5]) == pytest.approx([0.05, 0.5], abs=0.03)


# -- how regular customers are ---------------------------------------------------------------------


def test_likelihood_against_the_dirichlet_density():
    from scipy.stats import dirichlet

    gaps = np.array([3.0, 8.0, 5.0, 14.0])
    told = log_likelihood([4], [30.0], [np.log(gaps).sum()])[0]
    # both are densities of the parts; they differ by what does not depend on k
    theirs = np.array([dirichlet(np.full(4, k)).logpdf(gaps / 30) for k in GRID])
    assert told - told[0] == pytest.approx(theirs - theirs[0])


@pytest.mark.parametrize(("k", "spread"), [(1.0, 0.0), (3.0, 0.0), (1.0, 0.5), (1.5, 0.8)])
def test_planted_regularity_is_found(k, spread):
    rng = np.random.default_rng(19)
    true = k * np.exp(spread * rng.standard_normal(1_500))
    gaps = rng.gamma(true[:, None], 1.0, (1_500, 18))
    likelihood = log_likelihood(np.full(1_500, 18), gaps.sum(axis=1), np.log(gaps).sum(axis=1))
    weights = fit_mixing(likelihood)
    mean = weights @ np.log(GRID)
    assert np.exp(mean) == pytest.approx(k, rel=0.08)
    assert np.sqrt(weights @ (np.log(GRID) - mean) ** 2) == pytest.approx(spread, abs=0.13)
    own = np.exp(posterior(likelihood, weights) @ np.log(GRID))
    if spread:
        assert np.corrcoef(np.log(own), np.log(true))[0, 1] > 0.75


def test_nobody_leaves_the_starting_guess():
    weights = fit_mixing(np.empty((0, len(GRID))))
    assert weights.sum() == pytest.approx(1) and np.exp(weights @ np.log(GRID)) == pytest.approx(
        1.0, rel=0.01
    )


def test_half_a_day_by_hand():
    assert shortened(np.array([1.0, 2.0, 10.0]), 1.0) == pytest.approx([0.5, 0.75, 0.95])
    assert shortened(np.array([20.0, 61.0]), 30.4) == pytest.approx([0.5, 1 - 15.2 / 61])


@pytest.mark.parametrize(("gap", "high"), [(2.0, 1.45), (4.0, 1.2), (10.0, 1.1), (30.0, 1.05)])
def test_whole_days_hardly_make_customers_look_regular(gap, high):
    rng = np.random.default_rng(20)
    days = [sorted({int(t) for t in np.cumsum(rng.exponential(gap, 60))}) for _ in range(800)]
    sums = summarise(*people(*days), EVEN)
    weights = fit_mixing(log_likelihood(sums["gaps"], sums["total_day"], sums["logs_day"]))
    assert 0.9 < np.exp(weights @ np.log(GRID)) < high


# -- sums over gaps --------------------------------------------------------------------------------


def test_sums_by_hand():
    sums = summarise(*people([10, 12, 20], [5]), EVEN)
    assert sums.loc[0, ["orders", "first", "last", "gaps", "total", "days"]].tolist() == [
        3,
        10,
        20,
        2,
        10,
        10,
    ]
    assert sums.loc[0, "total_day"] == pytest.approx(1.5 + 7.5)
    assert sums.loc[0, "logs_day"] == pytest.approx(np.log(1.5) + np.log(7.5))
    assert sums.loc[1, ["orders", "gaps", "total"]].tolist() == [1, 0, 0]


def test_only_the_last_gaps_count():
    days = [0, 500, *range(510, 510 + 20 * 7, 7)]
    sums = summarise(*people(days), EVEN)
    assert sums.loc[0, "gaps"] == 20 and sums.loc[0, "days"] == 10 + 19 * 7
    assert summarise(*people(days), EVEN, last=3).loc[0, "days"] == 21


def test_no_orders_at_all():
    sums = summarise(np.array([], int), np.array([], int), EVEN)
    told = judge(sums, EVEN, as_of=100)
    assert told.table.empty and not told.ranks_only


# -- judging ---------------------------------------------------------------------------------------


def crowd(
    rng: np.random.Generator, m: int = 60, gap: float = 30, k: float = 2.0
) -> list[list[int]]:
    return [regular(rng, k, gap, 1_500) for _ in range(m)]


def test_a_leaver_among_many_is_found_and_nobody_else():
    rng = np.random.default_rng(21)
    steady = crowd(rng, k=4.0)
    gone = [d for d in regular(rng, 4.0, 30, 1_500) if d < 1_230]
    told = judged(*steady, gone, as_of=1_500).table
    assert told["silent"].tolist() == [False] * 60 + [True]
    assert told.loc[60, "open_gap_days"] >= 270 and told.loc[60, "q"] < 0.01


def test_a_break_one_has_taken_before_is_no_silence():
    rng = np.random.default_rng(22)
    steady = crowd(rng, k=3.0)
    # every 20 days, but twice away for 200 already; now away for 150
    breaks = [*range(300, 500, 20), *range(700, 900, 20), *range(1_100, 1_360, 20)]
    never = [*range(500, 1_360, 20)]
    told = judged(*steady, breaks, never, as_of=1_490).table
    assert told.loc[61, "silent"] and not told.loc[60, "silent"]
    assert told.loc[60, "k"] < told.loc[61, "k"] / 2


def test_few_orders_are_never_certified():
    rng = np.random.default_rng(23)
    told = judged(*crowd(rng), [1_000, 1_010, 1_020, 1_030], [1_450], as_of=1_500).table
    assert told.loc[60, "p"] < 0.1 and np.isnan(told.loc[60, "q"])
    assert not told.loc[60, "silent"] and told.loc[60, "gone"]
    recent = judged(*crowd(rng), [1_200, 1_210, 1_220, 1_230], as_of=1_500).table
    assert recent.loc[60, "watch"] and not recent.loc[60, "silent"]
    assert np.isnan(told.loc[61, ["p", "q", "k", "usual_gap_days"]].to_numpy(float)).all()
    assert not told.loc[61, ["silent", "watch", "gone"]].any()


def test_all_the_same_are_told_the_same():
    days = list(range(0, 1_000, 14))
    table = judged(*[days] * 30, as_of=1_000).table
    assert not table["silent"].any() and table["p"].nunique() == 1
    late = judged(*[days] * 30, as_of=1_200).table
    assert late["silent"].all() and late["q"].nunique() == 1


@pytest.mark.parametrize("silence", [0, 300])
def test_one_customer_alone(silence):
    table = judged(list(range(0, 1_000, 20)), as_of=980 + silence).table
    assert table["silent"].tolist() == [silence == 300]


def test_silence_of_years_is_gone_and_no_news():
    rng = np.random.default_rng(24)
    old = [d for d in regular(rng, 2.0, 30, 1_500) if d < 700]
    told = judged(*crowd(rng), old, as_of=1_500).table
    assert told.loc[60, "gone"] and not told.loc[60, "silent"] and not told.loc[60, "watch"]
    slow = list(range(0, 1_001, 100))  # 500 days are five of its gaps: still news
    told = judged(*crowd(rng), slow, as_of=1_500).table
    assert told.loc[60, "fresh"] and not told.loc[60, "gone"]


def test_the_long_gone_do_not_make_the_news_certain():
    """Their tiny p would loosen the limit for everyone; the families are judged apart."""
    rng = np.random.default_rng(25)
    steady = crowd(rng, m=100, k=1.0)
    old = [[d for d in regular(rng, 1.0, 30, 1_500) if d < 600] for _ in range(80)]
    alone, among = (
        judged(*steady, as_of=1_500).table,
        judged(*steady, *old, as_of=1_500).table.loc[:99],
    )
    assert among["q"].to_numpy() == pytest.approx(alone["q"].to_numpy(), abs=0.15)
    assert not among["silent"].any()


def test_customers_in_bursts_are_only_ranked():
    rng = np.random.default_rng(26)
    days = [regular(rng, 0.35, 60, 1_500) for _ in range(150)]
    told = judged(*days, [d for d in days[0] if d < 900], as_of=1_500)
    assert told.ranks_only and told.bursty_share > 0.5
    assert not told.table["silent"].any() and told.table["p"].notna().any()
    assert not judged(*crowd(rng, k=1.0), as_of=1_500).ranks_only


def test_a_quiet_month_is_no_silence():
    """Thirty-five days when nobody buys are next to none."""
    rng = np.random.default_rng(28)
    days = crowd(rng, m=100, gap=6, k=3.0)
    days = [[d for d in own if d < 1_465] for own in days]
    quiet = Clock(np.array([0, 1_465, 1_500]), np.array([1.0, 0.05]))
    awake = judged(*days, as_of=1_500).table
    asleep = judged(*days, as_of=1_500, clock=quiet).table
    assert awake["silent"].sum() > 80 and not asleep["silent"].any()


def test_order_of_rows_is_irrelevant():
    rng = np.random.default_rng(27)
    days = crowd(rng, m=40, k=1.5)
    days.append([d for d in days[3] if d < 1_200])
    sums = summarise(*people(*days), EVEN)
    before = sums.copy()
    told = judge(sums, EVEN, as_of=1_500).table
    turned = judge(sums.iloc[::-1], EVEN, as_of=1_500).table.iloc[::-1]
    pd.testing.assert_frame_equal(told, turned)
    pd.testing.assert_frame_equal(sums, before)
