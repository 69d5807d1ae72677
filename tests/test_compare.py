"""Comparing lists: worked by hand, equals, and intervals that hold what they promise."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from salesfact._compare import (
    best_of,
    captured_share,
    compare,
    gain_curve,
    overlap,
    places,
    poisson_deviance,
)

MONEY = pd.Series({"a": 50.0, "b": 30.0, "c": 20.0, "d": 0.0, "e": -40.0})


def ranked(**values: float) -> pd.Series:
    return pd.Series(values, dtype=float)


def test_captured_share_by_hand():
    order = ranked(a=5, b=4, c=3, d=2, e=1)
    assert [captured_share(MONEY, order, k) for k in (0, 1, 2, 3, 5)] == [0, 0.5, 0.8, 1.0, 1.0]
    assert captured_share(MONEY, -order, 2) == 0.0  # d and e: a return takes nothing away
    assert np.isnan(captured_share(MONEY * 0, order, 2))


def test_equals_share_the_places_left():
    assert places([2, 1, 1, 1, 0], 2).tolist() == pytest.approx([1, 1 / 3, 1 / 3, 1 / 3, 0])
    assert captured_share(MONEY, MONEY * 0, 2) == pytest.approx(2 / 5)
    # whatever a list leaves out comes last, among equals
    assert captured_share(MONEY, ranked(b=1.0), 1) == pytest.approx(0.3)
    assert captured_share(MONEY, ranked(b=1.0, a=np.nan), 2) == pytest.approx(0.3 + 0.7 / 4)


def test_order_of_rows_and_unit_of_money_do_not_matter():
    order = ranked(a=5, b=4, c=4, d=2, e=1)
    turned = order.sample(frac=1, random_state=3)
    assert captured_share(MONEY * 100, turned, 2) == pytest.approx(captured_share(MONEY, order, 2))
    one = compare(MONEY, order, -order, k=2, seed=1)
    two = compare(MONEY.sample(frac=1, random_state=5) * 7, turned, -turned, k=2, seed=1)
    assert (one.low, one.high, one.value) == pytest.approx((two.low, two.high, two.value))


def test_the_gain_curve_ends_at_all_and_agrees_with_captured_share():
    order = ranked(a=5, b=4, c=4, d=2, e=1)
    curve = gain_curve(MONEY, order)
    assert curve["customers"].tolist() == [0, 1, 2, 3, 4, 5]
    wanted = [captured_share(MONEY, order, k) for k in range(6)]
    assert curve["share"].tolist() == pytest.approx(wanted)
    many = pd.Series(np.arange(1000.0), index=[f"c{i}" for i in range(1000)])
    assert len(gain_curve(many, many)) == 101


def test_deviance_by_hand():
    y, m = pd.Series({"a": 4.0, "b": 0.0}), pd.Series({"a": 2.0, "b": 1.0})
    by_hand = 2 * ((4 * np.log(2) - 2) + 1) / 4
    assert poisson_deviance(y, m) == pytest.approx(by_hand)
    assert poisson_deviance(y, y) == pytest.approx(2 * 0.002 / 4)  # the floor of a thousandth
    assert poisson_deviance(y * 9, m * 9) == pytest.approx(by_hand)
    assert np.isnan(poisson_deviance(y * 0, m))
    assert np.isfinite(poisson_deviance(y, pd.Series({"a": -5.0})))


def test_overlap_of_two_lists():
    a, b = ranked(a=3, b=2, c=1), ranked(b=3, c=2, a=1, z=9)
    assert overlap(a, b, 2) == pytest.approx(0.5) and overlap(a, a, 2) == 1.0
    assert overlap(a, a * 0, 1) == pytest.approx(1 / 3)
    assert np.isnan(overlap(a, ranked(z=1), 1))


def test_the_best_list_and_a_tie():
    shares = [{"x": 0.5, "y": 0.4}, {"x": 0.5, "y": 0.8}]
    assert best_of(shares[:1]) == "x" and best_of(shares) == "y" and best_of([]) is None
    assert best_of([{"x": 0.5, "y": 0.5}]) == "x"


def test_a_draw_fills_its_places_anew():
    """The vectorised draws against the plain way: repeat customers, sort, take k."""
    dice = np.random.default_rng(4)
    n, k = 23, 5
    names = [f"c{i:02d}" for i in range(n)]
    money = pd.Series(dice.gamma(0.3, 100, n).round(1), names)
    a = pd.Series(dice.integers(0, 6, n).astype(float), names)
    b = pd.Series(dice.normal(size=n), names)
    told = compare(money, a, b, k=k, seed=9, draws=300)
    counts = np.random.default_rng(9).multinomial(n, np.full(n, 1 / n), size=300)
    differences = []
    for row in counts:
        again = [x for x, times in zip(names, row, strict=True) for _ in range(times)]
        drawn = [s.loc[again].set_axis(range(len(again))) for s in (money, a, b)]
        differences.append(
            captured_share(drawn[0], drawn[1], k) - captured_share(drawn[0], drawn[2], k)
        )
    assert (told.low, told.high) == pytest.approx(tuple(np.quantile(differences, [0.025, 0.975])))
    assert told.value == pytest.approx(captured_share(money, a, k) - captured_share(money, b, k))


def test_a_list_is_as_good_as_itself_and_better_than_its_reverse():
    money = pd.Series(np.random.default_rng(1).gamma(1, 10, 300), [f"c{i}" for i in range(300)])
    same = compare(money, money, money, k=30)
    assert same.value == same.low == same.high == 0 and not same.better and not same.worse
    told = compare(money, money, -money, k=30, seed=2)
    assert told.better and not told.worse
    assert compare(money, -money, money, k=30, seed=2).worse
    assert compare(money, money, -money, k=30, seed=2) == told  # same seed, same interval


def test_several_origins_keep_a_customer_together():
    """The same origin twice tells nothing new: the interval must not shrink."""
    dice = np.random.default_rng(6)
    names = [f"c{i}" for i in range(200)]
    money, a = pd.Series(dice.gamma(0.5, 10, 200), names), pd.Series(dice.normal(size=200), names)
    once = compare(money, money + 5 * a, a, k=20, seed=3)
    twice = compare([money, money], [money + 5 * a] * 2, [a, a], k=20, seed=3)
    assert (twice.low, twice.high, twice.value) == pytest.approx((once.low, once.high, once.value))


@pytest.mark.parametrize("n", [1, 2])
def test_one_and_two_customers(n):
    money = MONEY.iloc[:n]
    told = compare(money, money, -money, k=1)
    assert told.low <= told.value <= told.high
