"""Are planted lifetimes recovered? Worlds of each model, its standard errors and its forecasts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import ndtri

from salesfact._lifetime import fit
from salesfact._spend import fit_spend
from salesfact._synth_lives import lives_world, spend_world
from tests.proofs.runner import Check, Proof, Table, over_seeds

SHORT, FULL = 16, 300
FIRST_SEED = {False: 140_000, True: 150_000}  # the method was tried on seeds below 10 000
CUSTOMERS = 3_000
KNOWN, HORIZON = (50.0, 100.0), 52.0  # weeks, say
LEVELS = (0.80, 0.95)
WORLDS: dict[str, dict[str, Any]] = {
    "NBD": {"model": "NBD", "parameters": {"r": 0.5, "alpha": 8.0}},
    "BG/NBD": {"model": "BG/NBD", "parameters": {"r": 0.5, "alpha": 6.0, "a": 0.8, "b": 2.4}},
    "BG/NBD, as CDNOW": {
        "model": "BG/NBD",
        "parameters": {"r": 0.2426, "alpha": 4.4136, "a": 0.7929, "b": 2.4259},
    },
    "MBG/NBD": {"model": "MBG/NBD", "parameters": {"r": 0.6, "alpha": 6.0, "a": 0.9, "b": 2.0}},
    "Pareto/NBD": {
        "model": "Pareto/NBD",
        "parameters": {"r": 0.6, "alpha": 8.0, "s": 0.7, "beta": 10.0},
    },
    "BG/NBD, k 2": {
        "model": "BG/NBD",
        "k": 2,
        "parameters": {"r": 0.8, "alpha": 3.0, "a": 0.8, "b": 2.4},
    },
    "MBG/NBD, k 3": {
        "model": "MBG/NBD",
        "k": 3,
        "parameters": {"r": 0.8, "alpha": 3.0, "a": 0.9, "b": 2.0},
    },
}
SPEND = {"p": 6.25, "q": 3.74, "gamma": 15.44}


def one_world(job: tuple[int, str]) -> dict[str, float]:
    """What one seed of one world shows: z of each log parameter, and the forecasts' errors."""
    seed, name = job
    if name == "Gamma-Gamma":
        return _spend(seed)
    w, k = WORLDS[name], WORLDS[name].get("k", 1)
    made = lives_world(
        *(seed, w["model"], w["parameters"]),
        customers=CUSTOMERS,
        k=k,
        known=KNOWN,
        horizon=HORIZON,
    )
    f = fit(w["model"], made.x, made.t_x, made.T, k=k)
    if not f.converged:
        return {"converged": 0.0}
    told = f.expected_next(HORIZON, made.x, made.t_x, made.T)
    alive = f.alive(made.x, made.t_x, made.T)
    return {
        "converged": 1.0,
        "ahead": float(told.sum() / made.ahead.sum() - 1),
        "alive": float(alive.mean() - made.alive.mean()),
        **_scores(w["parameters"], f.parameters, f.standard_errors),
    }


def _spend(seed: int) -> dict[str, float]:
    x = np.random.default_rng(seed).negative_binomial(0.8, 0.3, CUSTOMERS) + 1.0
    f = fit_spend(x, spend_world(seed, x, SPEND))
    if not f.converged:
        return {"converged": 0.0}
    mean = SPEND["p"] * SPEND["gamma"] / (SPEND["q"] - 1)
    return {
        "converged": 1.0,
        "ahead": f.mean / mean - 1,
        "dependent": float(f.p < 0.05),
        **_scores(SPEND, f.parameters, f.standard_errors),
    }


def _scores(
    truth: Mapping[str, float], found: Mapping[str, float], errors: Mapping[str, float]
) -> dict[str, float]:
    """How many standard errors each log parameter is off."""
    return {f"z {n}": float(np.log(found[n] / v) * found[n] / errors[n]) for n, v in truth.items()}


def prove(full: bool) -> Proof:
    """All worlds, and what they say of each promise."""
    seeds, start = FULL if full else SHORT, FIRST_SEED[full]
    names = [*WORLDS, "Gamma-Gamma"]
    jobs = [(start + s, name) for name in names for s in range(seeds)]
    runs = over_seeds(one_world, jobs)
    each = {n: pd.DataFrame(runs[i * seeds : (i + 1) * seeds]) for i, n in enumerate(names)}
    cells = [c for name, data in each.items() for c in _cells(name, data)]
    forecasts = [_forecast(name, data) for name, data in each.items()]
    tables = [_coverage_table(cells), _forecast_table(forecasts)]
    return Proof("lifetime", tables, _checks(cells, forecasts), f"{seeds} seeds per world of"
                 f" {CUSTOMERS} customers, from {start}")  # fmt: skip


def _cells(name: str, data: pd.DataFrame) -> list[dict[str, Any]]:
    """One parameter of one world: how often its intervals hold the truth."""
    used = data[data["converged"] == 1]
    found = []
    for column in (c for c in data.columns if c.startswith("z ")):
        z = used[column]
        cell: dict[str, Any] = {"world": name, "parameter": column[2:], "n": len(z)}
        cell["bias"], cell["spread"] = float(z.mean()), float(z.std(ddof=1))
        for level in LEVELS:
            cell[level] = float((z.abs() <= ndtri(0.5 + level / 2)).mean())
            cell[f"off {level}"] = abs(cell[level] - level) / np.sqrt(level * (1 - level) / len(z))
        found.append(cell)
    return found


def _forecast(name: str, data: pd.DataFrame) -> dict[str, Any]:
    used = data[data["converged"] == 1]
    told: dict[str, Any] = {"world": name, "converged": float(data["converged"].mean())}
    for what in ("ahead", "alive", "dependent"):
        if what in used:
            told[what] = float(used[what].mean())
            told[f"{what} se"] = float(used[what].std(ddof=1) / np.sqrt(len(used)))
    return told


def _checks(cells: list[dict], forecasts: list[dict]) -> list[Check]:
    checks = []
    for level in LEVELS:
        worst = max(cells, key=lambda c: c[f"off {level}"])
        mean = float(np.mean([c[level] for c in cells]))
        checks.append(
            Check(
                f"{level:.0%} intervals hold the planted parameter in {level:.0%} of worlds,"
                f" each of {len(cells)} parameters within 3 s.e.",
                f"mean {mean:.3f}; farthest {worst[level]:.3f}, {worst[f'off {level}']:.1f} s.e."
                f" ({worst['world']}, {worst['parameter']})",
                all(c[f"off {level}"] <= 3 for c in cells),
            )
        )
    least = min(forecasts, key=lambda f: f["converged"])
    checks.append(
        Check(
            "a fit is found in ≥ .98 of the seeds of each world",
            f"lowest {least['converged']:.3f} ({least['world']})",
            least["converged"] >= 0.98,
        )
    )
    for what, said in (("ahead", "orders (worth of an order) told"), ("alive", "P(alive)")):
        some = [f for f in forecasts if what in f and (f[f"{what} se"] > 0)]
        worst = max(some, key=lambda f: abs(f[what]) / f[f"{what} se"])
        checks.append(
            Check(
                f"{said} without bias: mean error within 3 s.e. or .01",
                f"farthest {worst[what]:+.4f} ± {worst[f'{what} se']:.4f} ({worst['world']})",
                all(abs(f[what]) <= max(3 * f[f"{what} se"], 0.01) for f in some),
            )
        )
    return checks


def _coverage_table(cells: list[dict]) -> Table:
    head = ("world", "parameter", "80 % interval holds", "95 %", "mean z", "sd of z", "fits")
    rows = [
        (
            *(c["world"], c["parameter"], f"{c[0.80]:.3f}", f"{c[0.95]:.3f}"),
            *(f"{c['bias']:+.2f}", f"{c['spread']:.2f}", str(c["n"])),
        )
        for c in cells
    ]
    return Table("Parameters: how often the intervals hold the truth", head, rows)


def _forecast_table(forecasts: list[dict]) -> Table:
    head = ("world", "fits found", "told / came − 1", "s.e.", "P(alive) − alive", "s.e.",
            "held dependent at p < .05")  # fmt: skip
    rows = []
    for f in forecasts:
        alive = (f"{f['alive']:+.4f}", f"{f['alive se']:.4f}") if "alive" in f else ("–", "–")
        dependent = f"{f['dependent']:.3f}" if "dependent" in f else "–"
        rows.append(
            (
                *(f["world"], f"{f['converged']:.3f}", f"{f['ahead']:+.4f}"),
                *(f"{f['ahead se']:.4f}", *alive, dependent),
            )
        )
    return Table("Forecasts for the year after (Gamma-Gamma: mean worth of an order)", head, rows)
