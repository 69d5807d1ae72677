"""Does the certified list hold what it promises? Worlds with planted leavers, and real data."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from salesfact._gaps import LEVEL, WATCH_P, Judgement, judge, summarise
from salesfact._invoicing import collective_customers, invoice_window
from salesfact._rhythm_told import expected_late
from salesfact._season import day_number, month_edges, month_effects
from salesfact._synth import buying_world
from tests.proofs.runner import ROOT, Check, Proof, Table, over_seeds

SHORT, FULL = 12, 120
FIRST_SEED = {False: 40_000, True: 50_000}  # the method was chosen on seeds below 3 000
MOVEMENTS = {
    "steady": {},
    "season": {"season": 0.4},
    "fall of 30 %": {"fall": 0.3},
    "growing base": {"growth": 0.6},
}
PROMISED = {
    f"k {k}, log-sd {sd}, {name}": {"k": k, "log_sd_k": sd, **world}
    for k in (1.0, 1.5, 3.0)
    for sd in (0.0, 0.5)
    for name, world in MOVEMENTS.items()
}
NOBODY = {"nobody leaves, k 1, season": {"k": 1.0, "season": 0.4, "leave_per_year": 0.0}}
REPORTED = {
    "half the leavers, k 1": {"k": 1.0, "leave_per_year": 0.06},
    "half the leavers, k 1.5": {"k": 1.5, "leave_per_year": 0.06},
    "half the leavers, k 3": {"k": 3.0, "leave_per_year": 0.06},
    "log-sd .8, k 1": {"k": 1.0, "log_sd_k": 0.8},
    "log-sd .8, k 1.5": {"k": 1.5, "log_sd_k": 0.8},
    "own drift .05 a month, k 1": {"k": 1.0, "drift": 0.05},
    "own drift .1 a month, k 1.5": {"k": 1.5, "drift": 0.1},
    "own drift .2 a month, k 1.5": {"k": 1.5, "drift": 0.2},
    "collective invoices, k 1": {"k": 1.0, "collective": True},
    "collective invoices, k 3": {"k": 3.0, "collective": True},
    "gaps of days, k 1": {"k": 1.0, "gap_days": 6.0, "log_sd_gap": 0.5},
    "gaps of months, k 1": {"k": 1.0, "gap_days": 90.0, "months": 60},
    "60 customers, k 1, log-sd .5, season": {
        "k": 1.0,
        "log_sd_k": 0.5,
        "season": 0.4,
        "customers": 60,
    },
    "k .7": {"k": 0.7},
    "k .5": {"k": 0.5},
    "season and fall, log-sd .5, k 1": {"k": 1.0, "log_sd_k": 0.5, "season": 0.4, "fall": 0.3},
}
COUNTS = (
    *("silent", "false", "certain", "certain_false", "deep", "deep_found", "deep_fresh"),
    *("deep_fresh_found", "calendar", "calendar_found", "rule", "rule_false", "equal_false"),
    *("watch", "watch_false", "watch_told", "ranks_only"),
)


def judge_days(customer: Any, day: Any, first: Any, as_of: Any) -> tuple[pd.DataFrame, Judgement]:
    """The method from order days: what `rhythm` does between the engine and its table."""
    edges = month_edges(first, as_of)
    months = len(edges) - 1
    ids, start, count = np.unique(customer, return_index=True, return_counts=True)
    row = np.searchsorted(ids, customer)
    key, at, orders = np.unique(
        row * months + np.searchsorted(edges, day, side="right") - 1,
        return_index=True,
        return_counts=True,
    )
    cells = pd.DataFrame({"customer": ids[key // months], "orders": orders})
    cells["first_order"] = np.asarray(day)[at]
    clock = month_effects(
        key // months, key % months, orders, day[start], day[start + count - 1], edges
    )
    sums = summarise(customer, day, clock)
    window = invoice_window(cells)
    told = judge(
        sums,
        clock,
        as_of=day_number(as_of),
        collective=collective_customers(cells, window, sums.index),
        invoiced=window.last_day(as_of),
    )
    sums["open"] = clock.time(day_number(as_of)) - clock.time(sums["last"])
    return sums, told


def count(sums: pd.DataFrame, told: Judgement, gone: np.ndarray) -> dict[str, int]:
    """Right and wrong calls of the method and of the rule "twice the usual gap"."""
    table = told.table
    tested = (sums["gaps"] >= 4).to_numpy()
    fresh = table["fresh"].to_numpy() & tested
    silent = table["silent"].to_numpy()
    certain = silent | (table["gone"].to_numpy() & tested)
    wait = (table["open_gap_days"] / table["usual_gap_days"]).to_numpy()
    rule = fresh & (wait > 2)
    ranked = np.flatnonzero(fresh)[np.argsort(-wait[fresh], kind="stable")][: silent.sum()]
    usual = sums["total"] / sums["gaps"].clip(lower=1)
    old = gone & (sums["gaps"] > 6).to_numpy()
    deep = old & (sums["open"] >= 6 * usual).to_numpy()
    calendar = old & (wait >= 6)
    watch = table["watch"].to_numpy()
    values = (
        *(silent, silent & ~gone, certain, certain & ~gone, deep, deep & certain),
        *(deep & fresh, deep & fresh & silent, calendar, calendar & certain, rule, rule & ~gone),
    )
    numbers = [int(v.sum()) for v in values]
    late = expected_late(table, WATCH_P) - LEVEL * silent.sum()
    numbers += [int((~gone[ranked]).sum()), int(watch.sum()), int((watch & ~gone).sum())]
    numbers.append(round(min(max(late, 0), watch.sum())))
    return dict(zip(COUNTS, [*numbers, int(told.ranks_only)], strict=True))


def one_world(job: tuple[int, Mapping[str, Any]]) -> dict[str, int]:
    seed, parameters = job
    world = buying_world(seed, **parameters)
    sums, told = judge_days(world.customer, world.day, world.first, world.as_of)
    return count(sums, told, world.gone[sums.index.to_numpy()])


def summary(name: str, runs: list[dict[str, int]]) -> dict[str, Any]:
    """One cell: rates with standard errors over its seeds."""
    data = pd.DataFrame(runs)
    part = data["false"] / data["silent"].clip(lower=1)
    certain = data["certain_false"] / data["certain"].clip(lower=1)
    sums = data.sum()

    def share(a: str, b: str) -> float:
        return float(sums[a] / sums[b]) if sums[b] else float("nan")

    def error(a: pd.Series, b: pd.Series) -> float:
        """Standard error of Σa / Σb over the seeds."""
        rest = a - b * (a.sum() / max(b.sum(), 1))
        return float(rest.std(ddof=1) * np.sqrt(len(rest)) / max(b.sum(), 1))

    return {
        "name": name,
        "fdr": float(part.mean()),
        "se": float(part.std(ddof=1) / np.sqrt(len(part))),
        "certain_fdr": float(certain.mean()),
        "silent": float(data["silent"].mean()),
        "precision": 1 - share("false", "silent"),
        "rule": 1 - share("rule_false", "rule"),
        "equal": 1 - share("equal_false", "silent"),
        "recall": share("deep_found", "deep"),
        "recall_fresh": share("deep_fresh_found", "deep_fresh"),
        "recall_calendar": share("calendar_found", "calendar"),
        "watch": float(data["watch"].mean()),
        "watch_late": float(data["watch_false"].mean()),
        "watch_told": float(data["watch_told"].mean()),
        "ranks_only": float(data["ranks_only"].mean()),
        "equal_se": error(data["equal_false"] - data["false"], data["silent"]),
        "recall_se": error(data["deep_found"], data["deep"]),
        "sums": sums,
    }


# -- real data -------------------------------------------------------------------------------------


def real_orders(folder: Path) -> Iterator[tuple[str, np.ndarray, np.ndarray]]:
    """(name, customer, day) of each real data set; days with a positive amount."""

    def days(frame: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
        table = pd.DataFrame(
            {
                "customer": pd.factorize(frame.iloc[:, 0])[0],
                "day": frame.iloc[:, 1].to_numpy().astype("datetime64[D]").astype(np.int64),
            }
        )
        table = table.drop_duplicates().sort_values(["customer", "day"])
        return table["customer"].to_numpy(), table["day"].to_numpy()

    retail = pd.read_parquet(folder / "online_retail" / "online_retail.parquet")
    paid = (retail["Quantity"].astype(float) > 0) & (retail["UnitPrice"].astype(float) > 0)
    retail = retail[paid & retail["CustomerID"].notna()]
    dates = pd.to_datetime(retail["InvoiceDate"])
    yield "Online Retail", *days(pd.DataFrame({"c": retail["CustomerID"].astype(str), "d": dates}))

    text = (folder / "cdnow" / "CDNOW_master.txt").read_text(encoding="latin-1")
    rows = [line.split() for line in text.splitlines()]
    rows = [r for r in rows if len(r) == 4 and r[1].isdigit() and float(r[3]) > 0]
    dates = pd.to_datetime([r[1] for r in rows], format="%Y%m%d")
    yield "CDNOW", *days(pd.DataFrame({"c": [r[0] for r in rows], "d": dates}))

    contoso = pd.read_csv(folder / "contoso" / "sales.csv")
    dates = pd.to_datetime(contoso["order_date"])
    yield "Contoso", *days(pd.DataFrame({"c": contoso["customer_key"], "d": dates}))

    north = pd.read_csv(folder / "northwind" / "Orders.csv", encoding="latin-1")
    dates = pd.to_datetime(north["OrderDate"], format="mixed")
    yield "Northwind", *days(pd.DataFrame({"c": north["CustomerID"], "d": dates}))


def real(folder: Path) -> list[dict[str, Any]]:
    """Who was flagged at past month ends, and came back before the data end."""
    found = []
    for name, customer, day in real_orders(folder):
        end = day.max().astype("datetime64[D]")
        first = day.min().astype("datetime64[D]")
        # at least eight months before an origin, and two after it
        origins = np.arange(
            first.astype("datetime64[M]") + 9, (end + 1).astype("datetime64[M]") - 1
        )
        totals = dict.fromkeys(("origins", "silent", "back", "rule", "rule_back", "equal_back"), 0)
        bursty = []
        for month in origins:
            as_of = (month.astype("datetime64[D]") - 1).astype(object)
            known = day <= day_number(as_of)
            sums, told = judge_days(customer[known], day[known], first.astype(object), as_of)
            later = np.unique(customer[~known])
            counted = count(sums, told, ~np.isin(sums.index.to_numpy(), later))
            totals["origins"] += 1
            totals["silent"] += counted["silent"]
            totals["back"] += counted["false"]
            totals["rule"] += counted["rule"]
            totals["rule_back"] += counted["rule_false"]
            totals["equal_back"] += counted["equal_false"]
            bursty.append(told.bursty_share)
        found.append({"name": name, "bursty": float(np.mean(bursty)), **totals})
    return found


def data_folder() -> Path | None:
    named = os.environ.get("SALESFACT_TEST_DATA")
    folder = Path(named) if named else ROOT.parent / "shared" / "data"
    return folder if folder.is_dir() else None


# -- the proof -------------------------------------------------------------------------------------


def prove(full: bool) -> Proof:
    """All cells, and what they say of each promise."""
    seeds = FULL if full else SHORT
    start = FIRST_SEED[full]
    cells = PROMISED | NOBODY | (REPORTED if full else {})
    jobs = [(start + s, world) for world in cells.values() for s in range(seeds)]
    runs = over_seeds(one_world, jobs)
    told = [summary(name, runs[i * seeds : (i + 1) * seeds]) for i, name in enumerate(cells)]
    promised = [c for c in told if c["name"] in PROMISED]
    folder = data_folder()
    sets = real(folder) if folder else []
    tables = [_cells("Promised worlds", [c for c in told if c["name"] not in REPORTED])]
    if full:
        tables.append(_cells("Reported, not promised", [c for c in told if c["name"] in REPORTED]))
    if sets:
        tables.append(_real_table(sets))
    return Proof("rhythm", tables, _checks(promised, told, sets), _seeds(start, seeds))


def _seeds(start: int, seeds: int) -> str:
    return f"{seeds} seeds per world, from {start}"


def _checks(promised: list[dict], told: list[dict], sets: list[dict]) -> list[Check]:
    worst = max(promised, key=lambda c: c["fdr"] - 2 * c["se"])
    nobody = next(c for c in told if c["name"] in NOBODY)
    recall = min(promised, key=lambda c: c["recall"] + 2 * c["recall_se"])
    equal = min(promised, key=lambda c: c["precision"] - c["equal"] + 2 * c["equal_se"])
    chance = _precision([c for c in promised if c["name"].startswith("k 1.0")])
    others = _precision([c for c in promised if not c["name"].startswith("k 1.0")])
    checks = [
        Check(
            "false-discovery rate ≤ .10 + 2 s.e. in each promised world",
            f"highest {worst['fdr']:.3f} ± {worst['se']:.3f} ({worst['name']})",
            all(c["fdr"] <= 0.10 + 2 * c["se"] for c in promised),
        ),
        Check(
            "the same where nobody leaves (any certificate is false)",
            f"{nobody['fdr']:.3f} ± {nobody['se']:.3f}",
            nobody["fdr"] <= 0.10 + 2 * nobody["se"],
        ),
        Check(
            "found (silent or gone) ≥ .9 − 2 s.e. of leavers after ≥ 6 usual gaps on the clock,"
            " n > 6, in each promised world",
            f"lowest {recall['recall']:.3f} ± {recall['recall_se']:.3f} ({recall['name']})",
            recall["recall"] >= 0.9 - 2 * recall["recall_se"],
        ),
        Check(
            "precision ≥ 2 × the rule's where gaps are as by chance (k 1; all worlds together)",
            f"{chance[0]:.3f} / {chance[1]:.3f} = {chance[0] / chance[1]:.2f}; at k 1.5 and 3"
            f" {others[0]:.3f} / {others[1]:.3f} = {others[0] / others[1]:.2f}, not promised",
            chance[0] >= 2 * chance[1],
        ),
        Check(
            "at equal numbers of alerts not worse than the rule's ranking by more than"
            " .02 + 2 s.e. in each promised world",
            f"lowest difference {equal['precision'] - equal['equal']:+.3f} ±"
            f" {equal['equal_se']:.3f} ({equal['name']})",
            equal["precision"] - equal["equal"] >= -0.02 - 2 * equal["equal_se"],
        ),
    ]
    for c in sets:
        if c["silent"]:
            ours, rule = c["back"] / c["silent"], c["rule_back"] / max(c["rule"], 1)
            checks.append(
                Check(
                    f"{c['name']}: share of the flagged who came back ≤ .6 × the rule's",
                    f"{ours:.2f} of {c['silent']} against {rule:.2f} of {c['rule']}",
                    ours <= 0.6 * rule,
                )
            )
    return checks


def _precision(cells: list[dict]) -> tuple[float, float]:
    """Precision of the certified list and of the rule, over all these worlds."""
    sums = sum(c["sums"] for c in cells)
    return 1 - sums["false"] / sums["silent"], 1 - sums["rule_false"] / sums["rule"]


def _cells(title: str, cells: list[dict]) -> Table:
    head = (
        *("world", "false discoveries", "s.e.", "silent", "precision", "rule's precision"),
        *("rule at equal alerts", "found", "found, news only", "found, calendar gaps"),
        *("silent or gone: false", "watched", "merely late", "told", "ranks only"),
    )
    rows = []
    for c in cells:
        names = ("precision", "rule", "equal", "recall", "recall_fresh", "recall_calendar")
        rows.append(
            (
                *(c["name"], f"{c['fdr']:.3f}", f"{c['se']:.3f}", f"{c['silent']:.0f}"),
                *("–" if np.isnan(c[n]) else f"{c[n]:.2f}" for n in names),
                f"{c['certain_fdr']:.3f}",
                *(f"{c[n]:.0f}" for n in ("watch", "watch_late", "watch_told")),
                f"{c['ranks_only']:.2f}",
            )
        )
    return Table(title, head, rows)


def _real_table(sets: list[dict]) -> Table:
    head = (
        *("data", "origins", "certified", "came back", "rule", "came back", "rule, equal alerts"),
        "bursty share",
    )
    rows = [
        (
            *(c["name"], str(c["origins"]), str(c["silent"]), _part(c["back"], c["silent"])),
            *(str(c["rule"]), _part(c["rule_back"], c["rule"])),
            *(_part(c["equal_back"], c["silent"]), f"{c['bursty']:.2f}"),
        )
        for c in sets
    ]
    return Table("Real data at past month ends: who was flagged, and came back later", head, rows)


def _part(a: int, b: int) -> str:
    return f"{a / b:.2f}" if b else "–"
