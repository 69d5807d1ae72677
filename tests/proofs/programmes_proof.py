"""How few customers may a programme reach? Group-time effects by the size and number of groups."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from salesfact._group_time import NEVER, group_time
from salesfact._programmes import LEAST, LEAST_GROUP, LEAST_TURNS, YEAR
from salesfact._synth_response import response_world
from tests.proofs.runner import Check, Proof, Table, over_seeds

FIRST_SEED = {False: 400_000, True: 410_000}  # written on seeds below 1 000
SEEDS = {False: 100, True: 1_000}
CUSTOMERS, MONTHS = 200, 36
EFFECT = 0.2  # log sales
HELD = 0.90  # of 95 % intervals
#: customers reached at a time, times
CELLS = ((5, 4), (5, 8), (10, 2), (10, 4), (20, 2), (10, 8), (20, 4))


def allowed(size: int, turns: int) -> bool:
    """Whether `programmes` tells of such a one."""
    return size >= LEAST_GROUP and turns >= LEAST_TURNS and size * turns >= LEAST


def one_programme(job: tuple[int, tuple[int, int]]) -> dict[str, float]:
    """A programme that reaches `size` customers at a time, every other month from the second year.

    Every other world has no effect.
    """
    seed, (size, turns) = job
    effect = EFFECT if seed % 2 else 0.0
    world = response_world(seed, customers=CUSTOMERS, months=MONTHS)
    rng = np.random.default_rng([seed, 4])
    start = np.full(CUSTOMERS, NEVER)
    reached = rng.permutation(CUSTOMERS)[: size * turns].reshape(turns, size)
    for i, customers in enumerate(reached):
        start[customers] = YEAR + 1 + 2 * i
    on = (start[:, None] != NEVER) & (np.arange(MONTHS) >= start[:, None])
    y = rng.poisson(world.y * np.where(on, np.exp(effect), 1.0))
    found = group_time(y, start, scale="ratio", base_months=YEAR, seed=seed)
    return {
        "covered": float(abs(found.effect - effect) < 1.96 * found.se),
        "claimed": float(abs(found.effect) > 1.96 * found.se),
        "lead_alarm": float(found.lead_p < 0.10),
        "error": found.effect - effect,
        "se": found.se,
        "effect": effect,
    }


def prove(full: bool) -> Proof:
    """Each size of group, as often as asked."""
    seeds, start = SEEDS[full], FIRST_SEED[full]
    cells = [c for c in CELLS if full or allowed(*c) or c == (5, 4)]
    jobs = [(start + 1_000 * i + s, cell) for i, cell in enumerate(cells) for s in range(seeds)]
    frame = pd.DataFrame(over_seeds(one_programme, jobs))
    frame["cell"] = [cell for _, cell in jobs]
    by: Any = dict(iter(frame.groupby("cell", sort=False)))
    rows = [
        (
            f"{size} at a time, {turns} times",
            "yes" if allowed(size, turns) else "no",
            f"{(own := by[size, turns])['covered'].mean():.3f}",
            f"{own[own['effect'] == 0]['claimed'].mean():.3f}",
            f"{own[own['effect'] > 0]['claimed'].mean():.3f}",
            f"{own['lead_alarm'].mean():.3f}",
            f"{own['error'].std() / own['se'].mean():.2f}",
        )
        for size, turns in cells
    ]
    held = {c: by[c]["covered"].mean() for c in cells if allowed(*c)}
    worst = min(held, key=lambda c: held[c])
    small = min(by[c]["covered"].mean() for c in cells if c[0] < LEAST_GROUP)
    room = 2 * np.sqrt(HELD * (1 - HELD) / seeds)
    mean, room_of_mean = np.mean(list(held.values())), room / np.sqrt(len(held))
    heads = ("reached", "told of", "95 % holds", "claims of nothing", "claims of .2")
    heads = (*heads, "lead alarms (10 %)", "true spread / error told")
    return Proof(
        "programmes",
        [Table("Programmes that reach few customers at a time", heads, rows)],
        [
            Check(
                f"95 % intervals of the average effect cover {HELD} or more (− 2 s.e.) of every"
                " programme that is told of",
                f"lowest {held[worst]:.3f} ({worst[0]} at a time, {worst[1]} times)",
                bool(held[worst] + room >= HELD and mean + room_of_mean >= HELD),
            ),
            Check(
                "those of smaller groups, which are not told of, cover less",
                f"{small:.3f} against {mean:.3f} on average",
                bool(small < mean),
            ),
        ],
        f"{seeds} seeds per world, from {start}",
    )
