"""Month effects and the clock: recovered from worlds, and by hand."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from salesfact._facts import Facts
from salesfact._season import Clock, day_number, month_edges, month_effects, season
from salesfact._synth import buying_world
from tests.proofs.worlds import as_facts


def effects(customer, day, first, as_of):
    """Month effects from order days, the way the engine's cells feed them."""
    edges = month_edges(first, as_of)
    month = np.searchsorted(edges, day, side="right") - 1
    ids, start, count = np.unique(customer, return_index=True, return_counts=True)
    key, orders = np.unique(
        np.searchsorted(ids, customer) * (len(edges) - 1) + month, return_counts=True
    )
    return month_effects(
        *np.divmod(key, len(edges) - 1), orders, day[start], day[start + count - 1], edges
    )


def test_edges():
    edges = month_edges(dt.date(2024, 1, 17), dt.date(2024, 3, 10))
    assert edges.astype("datetime64[D]").astype(str).tolist() == [
        "2024-01-01",
        "2024-02-01",
        "2024-03-01",
        "2024-03-11",
    ]


def test_clock_by_hand():
    edges = month_edges(dt.date(2023, 1, 1), dt.date(2023, 2, 28))
    clock = Clock(edges, np.array([0.5, 2.0]))
    start = day_number(dt.date(2023, 1, 1))
    assert clock.time(start + np.array([0, 10, 31, 41, 59, 60])).tolist() == [
        0.0,
        5.0,
        15.5,
        35.5,
        71.5,
        73.5,
    ]
    days = start + np.array([0.0, 10.0, 31.0, 41.0, 65.0])
    assert clock.day(clock.time(days)) == pytest.approx(days)


@pytest.mark.parametrize("leave", [0.0, 0.12])
def test_planted_season_is_found(leave):
    world = buying_world(
        9,
        customers=1500,
        gap_days=20,
        season=0.4,
        growth=0.5,
        leave_per_year=leave,
        as_of=dt.date(2025, 12, 31),
    )
    clock = effects(world.customer, world.day, world.first, world.as_of)
    of_year = np.arange(36) % 12 + 1
    true = 1 + 0.4 * np.sin(2 * np.pi * (of_year - 2) / 12)
    true[of_year == 7] *= 0.5
    days = np.diff(clock.edges)
    true /= (true * days).sum() / days.sum()
    # newcomers do not look like growth; who left within the year pulls that year down a little,
    # which makes silences look shorter: the safe side
    assert np.abs(clock.rates / true - 1).max() < 0.12
    assert (clock.rates / true)[-6:].mean() == pytest.approx(0.95 if leave else 1.0, abs=0.04)


def test_nothing_common_gives_an_even_clock():
    world = buying_world(10, customers=60, leave_per_year=0)
    clock = effects(world.customer, world.day, world.first, world.as_of)
    assert np.abs(clock.rates - 1).max() < 0.15  # shrunken: raw effects vary by .2 and more


def test_the_clock_keeps_total_time():
    world = buying_world(12, customers=80, season=0.5, fall=0.3)
    clock = effects(world.customer, world.day, world.first, world.as_of)
    assert clock.at_edges[-1] == pytest.approx(clock.edges[-1] - clock.edges[0])


@pytest.mark.parametrize("orders", [0, 1, 2])
def test_few_orders_leave_the_clock_even(orders):
    day = day_number(dt.date(2024, 2, 1)) + 9 * np.arange(orders)
    clock = effects(
        np.zeros(orders, int), day.astype(int), dt.date(2024, 1, 1), dt.date(2024, 12, 31)
    )
    assert np.isfinite(clock.rates).all() and (clock.rates > 0).all()
    if orders < 2:
        assert clock.rates.tolist() == [1.0] * 12


def test_a_month_without_orders_still_has_time():
    days = [d for d in range(0, 720, 5) if not 180 <= d < 215]
    start = day_number(dt.date(2023, 1, 1))
    who = np.repeat(np.arange(20), len(days))
    clock = effects(
        who, np.tile(np.array(days) + start, 20), dt.date(2023, 1, 1), dt.date(2024, 12, 20)
    )
    assert clock.rates[6] == clock.rates.min() and 0 < clock.rates[6] < 0.2


def test_cells_through_the_engine_by_hand():
    sales = pd.DataFrame(
        [
            ("a", "2024-01-03 08:00", 10.0, "Eva"),
            ("a", "2024-01-03 16:00", 5.0, "Eva"),  # the same day: one order
            ("a", "2024-01-20 00:00", 7.0, "Kim"),
            ("a", "2024-03-01 00:00", -4.0, "Eva"),  # a credit note is no order
            ("b", "2024-02-10 00:00", 0.0, None),  # nor is a line without a price
            ("b", "2024-03-31 00:00", 3.0, None),
        ],
        columns=["customer", "date", "amount", "rep"],
    )
    clock, cells = season(Facts.from_frames(sales))
    told = cells[["customer", "month", "orders", "money"]].to_numpy().tolist()
    assert told == [["a", 0, 2, 22.0], ["a", 2, 0, -4.0], ["b", 1, 0, 0.0], ["b", 2, 1, 3.0]]
    assert cells["first_order"][0] == day_number(dt.date(2024, 1, 3))
    assert cells["last_order"][0] == day_number(dt.date(2024, 1, 20))
    assert cells["rep"].tolist()[:2] == ["Kim", "Eva"]
    assert len(clock.rates) == 3


def test_the_engine_and_the_arrays_agree():
    world = buying_world(13, customers=60, season=0.3)
    clock, _ = season(as_facts(world))
    same = effects(world.customer, world.day, as_facts(world).first, world.as_of)
    assert np.array_equal(clock.edges, same.edges)
    assert clock.rates == pytest.approx(same.rates, rel=1e-9)
