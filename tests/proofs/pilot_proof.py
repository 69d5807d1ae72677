"""Does a pilot keep its level, power and range? Worlds where extra hours do a known thing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from salesfact._pilot_outcome import YEAR, Past, differences, measured, scale
from salesfact._pilot_power import matched, placebo
from salesfact._pilot_record import lots
from salesfact._sign_flips import flips
from salesfact._synth_pilot import PilotWorld, pilot_world
from tests.proofs.runner import Check, Proof, Table, over_seeds

FIRST_SEED = {False: 600_000, True: 700_000}  # built on seeds below 1 000
SHORT = 50
SIZE, POWER = 1_200, 500
AT, WAIT, MONTHS = 36, 1, 6
HALVES = 40

WORLDS: dict[str, dict[str, Any]] = {
    "plain": {},
    "very heavy tails": {"tail": 1.5},
    "few orders, many noughts": {"orders": 0.6},
    "strong seasons, the customers' own too": {"season": 0.7},
    "own drift .6, persistence .98": {"drift": 0.6, "persistence": 0.98},
    "three in ten leave a year": {"leave_per_year": 0.36},
    "60 customers": {"customers": 60, "reps": 2},
    "all of it": {
        "tail": 1.5,
        "season": 0.5,
        "drift": 0.5,
        "persistence": 0.95,
        "leave_per_year": 0.2,
        "orders": 1.5,
    },
}
MORE: dict[str, dict[str, Any]] = {
    "600 customers": {"customers": 600},
    "calm": {"drift": 0.15, "season": 0.1, "leave_per_year": 0.03},
    "effects differ, log-sd .3": {"differ": 0.3},
}
NAMES = ("value", "rhythm", "trend", "season")


def _past(world: PilotWorld) -> Past:
    months = world.first + np.arange(AT)
    return Past(
        world.customers,
        months,
        world.money[:, :AT],
        world.orders[:, :AT],
        None,
        world.rep,
        world.kind,
    )


def one_pilot(job: tuple[int, Mapping[str, Any], bool]) -> dict[str, float]:
    """A pilot designed, held and judged; with `power`, with the effect it says it would show."""
    seed, parameters, power = job
    world = pilot_world(seed, **parameters)
    known, window = _past(world), slice(AT + WAIT, AT + WAIT + MONTHS)
    rows, pairing, like = matched(known, AT, window)
    tried = placebo(known, MONTHS, wait=WAIT)
    if tried is None or len(pairing.pairs) < 8:
        return {"rejects": np.nan}
    pairs = rows[pairing.pairs]
    m = len(pairs)
    effect = tried.smallest(m) if power else 0.0
    if power:
        world = pilot_world(seed, effect=effect, **parameters)
    extra = lots(m, seed)
    members = np.stack([pairs[np.arange(m), extra], pairs[np.arange(m), 1 - extra]], axis=1)
    past = measured(known, members.ravel(), AT, window)
    before, same = past.before.reshape(-1, 2), past.same.reshape(-1, 2)
    k = scale(known, members, AT)
    came = world.money[:, window].sum(axis=1)[members]
    came[:, 0] += world.extra[:, window].sum(axis=1)[members[:, 0]]

    def apart(log_effect: float) -> np.ndarray:
        return differences(came, before, same, k, tried.slopes, log_effect)

    ways = flips(m, draws=4_000, seed=seed)
    p, there = ways.p(apart(0.0)), ways.p(apart(np.log1p(effect)))
    told = {
        "rejects": float(p <= 0.05),
        "right": float(p <= 0.05 and apart(0.0).sum() > 0),
        "covered": float(there > 0.05),
        "covered_80": float(there > 0.20),
        "pairs": float(m),
        "effect": effect,
        "spread": float(np.sqrt(np.mean(apart(np.log1p(effect)) ** 2))) / tried.spread,
        "spread_today": _today(known, members, tried.slopes) / tried.spread,
    }
    return told | _balance(like, pairing.pairs, seed)


def _today(known: Past, members: np.ndarray, slopes: np.ndarray) -> float:
    """Spread of today's pairs in the last months: what would have been taken for chance."""
    at = AT - MONTHS - WAIT
    window = slice(AT - MONTHS, AT)
    seen = measured(known, members.ravel(), at, window)
    bought = known.orders[:, at - YEAR : at].sum(axis=1)[members].min(axis=1) > 0
    both = [x.reshape(-1, 2)[bought] for x in (seen.sales, seen.before, seen.same)]
    k = scale(known, members[bought], at)
    return float(np.sqrt(np.mean(differences(both[0], both[1], both[2], k, slopes) ** 2)))


def _balance(like: np.ndarray, pairs: np.ndarray, seed: int) -> dict[str, float]:
    """Mean absolute standardised difference between arms, by lots within pairs and without."""
    rng = np.random.default_rng([seed, 9])
    m = len(pairs)
    sides = 2 * rng.integers(0, 2, (HALVES, m)) - 1
    within = np.abs(sides @ (like[pairs[:, 0]] - like[pairs[:, 1]]) / m).mean(axis=0)
    everyone = like[pairs].reshape(2 * m, -1)
    halves = [rng.permutation(2 * m) for _ in range(HALVES)]
    free = np.mean(
        [np.abs(everyone[h[:m]].mean(axis=0) - everyone[h[m:]].mean(axis=0)) for h in halves],
        axis=0,
    )
    return {f"in_{n}": float(v) for n, v in zip(NAMES, within, strict=True)} | {
        f"by_{n}": float(v) for n, v in zip(NAMES, free, strict=True)
    }


def _run(cells: Mapping[str, Mapping[str, Any]], seeds: int, start: int, power: bool) -> Any:
    jobs = [(start + s, p, power) for p in cells.values() for s in range(seeds)]
    frame = pd.DataFrame(over_seeds(one_pilot, jobs))
    frame["world"] = [name for name in cells for _ in range(seeds)]
    return frame.dropna(subset=["rejects"]).groupby("world", sort=False)


def prove(full: bool) -> Proof:
    """Level, power, ranges and balance."""
    start = FIRST_SEED[full]
    short = ("plain", "three in ten leave a year", "60 customers")
    worlds = WORLDS if full else {k: WORLDS[k] for k in short}
    seeds, tries = (SIZE, POWER) if full else (2 * SHORT, SHORT)
    size = _run(worlds, seeds, start, False)
    power = _run(worlds | (MORE if full else {}), tries, start + 50_000, True)
    level = size["rejects"].mean()
    n = size["rejects"].count()
    told = power[["right", "covered", "covered_80", "effect", "pairs", "spread", "spread_today"]]
    seen = told.mean()
    balance = size[[f"{a}_{c}" for c in NAMES for a in ("in", "by")]].mean()
    room = 2 * np.sqrt(0.05 * 0.95 / n)
    far = float((np.abs(level - 0.05) - 0.015 - (0 if full else room)).max())
    strong = seen["right"].drop("effects differ, log-sd .3", errors="ignore")
    covered = seen["covered"].drop("effects differ, log-sd .3", errors="ignore")
    slack = 2 * float(np.sqrt(0.16 / tries))
    slack_mean = 2 * float(np.sqrt(0.16 / tries / len(strong)))
    within, free = balance.filter(like="in_"), balance.filter(like="by_")
    ratio = within.to_numpy() / free.to_numpy()
    checks = [
        Check(
            "size 5 % ± 1.5 points where extra hours do nothing",
            f"{level.min():.3f} to {level.max():.3f}",
            far <= 0,
        ),
        Check(
            "power 80 % ± 5 points at the effect said to show (mean of worlds; each ± 10)",
            f"mean {strong.mean():.2f}, {strong.min():.2f} to {strong.max():.2f}",
            abs(strong.mean() - 0.8) <= 0.05 + (0 if full else slack_mean)
            and float((strong - 0.8).abs().max()) <= 0.10 + slack,
        ),
        Check(
            "95 % ranges hold the effect in 93.5 to 96.5 % (± 2 s.e.)",
            f"{covered.min():.3f} to {covered.max():.3f}",
            float((covered - 0.95).abs().max()) <= 0.015 + 2 * np.sqrt(0.0475 / tries),
        ),
        Check(
            "pairs are better balanced than random draws, in every covariate and world",
            f"{ratio.min():.2f} to {ratio.max():.2f} of a random draw's difference",
            bool((ratio < 1).all()),
        ),
    ]
    return Proof(
        "pilot",
        [_size_table(level, n, size["pairs"].mean()), _power_table(seen), _balance_table(balance)],
        checks,
        f"{seeds} seeds per world for size and balance, {tries} for power, from {start}",
    )


def _size_table(level: pd.Series, n: pd.Series, pairs: pd.Series) -> Table:
    rows = [
        (
            w,
            f"{pairs[w]:.0f}",
            f"{level[w]:.3f}",
            f"{np.sqrt(level[w] * (1 - level[w]) / n[w]):.3f}",
        )
        for w in level.index
    ]
    return Table(
        "Extra hours do nothing: how often an effect is claimed (nominal .05)",
        ("world", "pairs", "claimed", "s.e."),
        rows,
    )


def _power_table(seen: pd.DataFrame) -> Table:
    rows = [
        (
            str(w),
            f"{r['pairs']:.0f}",
            f"{r['effect']:.0%}",
            f"{r['right']:.2f}",
            f"{r['covered']:.3f}",
            f"{r['covered_80']:.3f}",
            f"{r['spread']:.2f}",
            f"{r['spread_today']:.2f}",
        )
        for w, r in seen.iterrows()
    ]
    return Table(
        "Extra hours do what the pilot says it would show: power (stated .80), ranges, and the"
        " spread of pairs against what was foretold",
        (
            *("world", "pairs", "effect said to show", "shown", "95 % range holds it"),
            *("80 % range", "spread came / foretold", "spread of today's pairs / foretold"),
        ),
        rows,
    )


def _balance_table(balance: pd.DataFrame) -> Table:
    rows = [
        (str(w), *(f"{r[f'in_{c}']:.3f} / {r[f'by_{c}']:.3f}" for c in NAMES))
        for w, r in balance.iterrows()
    ]
    return Table(
        "Balance: mean absolute difference of the arms in standard deviations, lots within pairs /"
        " random draws",
        ("world", "sales", "rhythm", "trend", "season"),
        rows,
    )
