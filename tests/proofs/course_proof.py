"""Does the course check call a list better only where it is? Worlds in which it is known."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from salesfact import _trial
from salesfact._trial import BETTER, FEW, SAME, WORSE, Stand
from tests.proofs.runner import Check, Proof, Table, over_seeds

RUNS = 200
FIRST_SEED = {False: 70_000, True: 100_000}  # the method was written on seeds below 1 000
DRAWS = 1000
# customers, log-sd of their size, part of them that buys at all, origins
USUAL: dict[str, Any] = {"customers": 150, "spread": 1.5, "active": 0.8, "origins": 4}
PERMUTED = {
    "150 customers": {},
    "60 customers": {"customers": 60},
    "600 customers": {"customers": 600},
    "log-sd of size 2.5": {"spread": 2.5},
    "one in four buys": {"active": 0.25},
    "8 origins": {"origins": 8},
}
# against a list known to be as good; then against the one chosen on earlier origins, which is now
# and then a worse one, so that some wins over it are true (reported, not promised)
EQUAL = {"150 customers": {}, "600 customers": {"customers": 600}}
# power is reported, not promised
SKILL = {"150 customers": {}, "600 customers": {"customers": 600}}
# how well each list knows a customer's size: log-sd of its error
NOISE = {"last_12": 0.8, "last_6": 1.0, "last_3": 1.3}


def stands(seed: int, kind: str, world: Mapping[str, Any]) -> list[Stand]:
    """What lists said and what came at each origin, drawn from a world.

    `permuted`: outcomes belong to other customers, so that no list knows anything. `equal` and
    `chosen`: ours is as good as the best naive one, by errors of its own. `skilled`: half the
    error.
    """
    dice = np.random.default_rng(seed)
    n = world["customers"]
    size = dice.lognormal(0, world["spread"], n)
    buys = dice.random(n) < world["active"]
    wrong = dice.permutation(n)
    names = [f"C{i:04d}" for i in range(n)]
    error = {"mine": 0.4 if kind == "skilled" else 0.8} | NOISE
    # part of an error stays with the customer from one origin to the next
    own = {name: dice.normal(size=n) for name in error}
    made = []
    for i in range(world["origins"]):
        money = size * buys * dice.gamma(2.0, 0.5, n)
        if kind == "permuted":
            money = money[wrong]
        told = {}
        for name, sd in error.items():
            shake = 0.7 * own[name] + 0.714 * dice.normal(size=n)
            values = size * np.where(dice.random(n) < 0.9, buys, ~buys) * np.exp(sd * shake)
            told[name] = pd.DataFrame({"estimate": values}, index=names)
        told["random"] = pd.DataFrame({"estimate": np.zeros(n)}, index=names)
        day = dt.date(2020 + i, 12, 31)
        outcome = pd.Series(money, names)
        made.append(Stand(day, None, outcome, max(1, n // 5), told))  # pyright: ignore
    return made


def one_run(job: tuple[int, str, Mapping[str, Any]]) -> str:
    seed, kind, world = job
    held = stands(seed, kind, USUAL | dict(world))
    rivals = _trial.fixed_naive(held, [*NOISE, "random"])
    if kind == "equal":
        rivals = [None, *["last_12"] * (len(held) - 1)]
    lead = _trial.against(held, "mine", rivals, seed=seed, draws=DRAWS)
    return _trial.verdict(lead, len(held) - 1, len(held[0].outcome))


def prove(full: bool) -> Proof:
    """Verdicts over many worlds of each kind."""
    start = FIRST_SEED[full]
    cells = [("permuted", n, w) for n, w in PERMUTED.items()]
    cells += [("equal", n, w) for n, w in EQUAL.items()]
    cells += [("chosen", n, w) for n, w in EQUAL.items()] if full else []
    cells += [("skilled", n, w) for n, w in SKILL.items()]
    if not full:
        cells = [c for c in cells if c[1] == "150 customers"]
    runs = {
        "permuted": RUNS,
        "equal": RUNS,  # of 60 runs four may win by chance alone
        "chosen": RUNS,
        "skilled": RUNS if full else 40,
    }
    jobs = [(start + s, kind, world) for kind, _, world in cells for s in range(runs[kind])]
    told = iter(over_seeds(one_run, jobs))
    rows, parts = [], []
    for kind, name, _ in cells:
        said = [next(told) for _ in range(runs[kind])]
        part = {v: said.count(v) / len(said) for v in (BETTER, SAME, WORSE, FEW)}
        parts.append((kind, name, part))
        rows.append((kind, name, str(len(said)), *(f"{part[v]:.3f}" for v in part)))
    head = ("world", "size", "runs", "better", "as good", "worse", "too few")
    return Proof(
        "course",
        [Table("Verdicts", head, rows)],
        _checks(parts),
        f"{RUNS} runs of permuted and equal worlds, seeds from {start}",
    )


def _checks(parts: list[tuple[str, str, dict[str, float]]]) -> list[Check]:
    def worst(kind: str) -> tuple[str, float]:
        found = [(name, p[BETTER]) for k, name, p in parts if k == kind]
        return max(found, key=lambda x: x[1])

    permuted, equal = worst("permuted"), worst("equal")
    return [
        Check(
            "permuted labels win in ≤ 5 % of 200 runs",
            f"highest {permuted[1]:.3f} ({permuted[0]})",
            permuted[1] <= 0.05,
        ),
        Check(
            "a list as good as the one it is held against wins in ≤ 5 % of runs",
            f"highest {equal[1]:.3f} ({equal[0]})",
            equal[1] <= 0.05,
        ),
    ]
