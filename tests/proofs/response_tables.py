"""What was seen of `response`, as tables."""

from __future__ import annotations

import numpy as np
import pandas as pd

from salesfact._ladder import RUNGS
from tests.proofs.runner import Table

ROWS = ("precision", "effect", "lead", "feedback", "block size", "block", "memory")
CLAIMS = {
    "claim": "the rule",
    "claim_strict": "and memory",
    "claim_any_precision": "the rule without precision",
    "strict_any_precision": "and memory, without precision",
    "claim_one_sided": "one-sided lead and feedback",
}


def _cells(frame: pd.DataFrame) -> list[tuple[tuple, pd.DataFrame]]:
    levels = list(range(frame.index.nlevels))
    grouped = frame.groupby(level=levels, sort=False)
    return [(k if isinstance(k, tuple) else (k,), part) for k, part in grouped]


def _n(value: float, digits: int = 2) -> str:
    return "–" if np.isnan(value) else f"{value:.{digits}f}"


def coverage_table(effect: pd.DataFrame) -> Table:
    """How often 95 % intervals hold, and how far pooled slopes are off."""
    head = (
        *("sales", "β", "customers", "FE: mean", "s.e.", "covered", "true λ given"),
        *("λ̂ taken as known", "if Poisson", "decay's 80 % range holds", "pooled: mean"),
    )
    rows = []
    for (kind, beta, n), part in _cells(effect):
        mean = part.mean()
        rows.append(
            [
                str(kind),
                f"{beta:g}",
                str(n),
                _n(mean["slope_fixed effects"], 3),
                _n(mean["se"], 3),
                _n(mean["covered"], 3),
                _n(mean["covered_given"], 3),
                _n(mean["covered_conditional"], 3),
                _n(mean["covered_poisson"], 3),
                _n(mean["covered_decay"]),
                _n(mean["slope_pooled"]),
            ]
        )
    return Table("95 % intervals of the slope; nobody chases", head, rows)


def ladder_table(effect: pd.DataFrame, chase: pd.DataFrame) -> Table:
    """Mean slope on each rung."""
    names = [r for r in RUNGS if r != "attributes"]
    n = min(effect.index.get_level_values(2).max(), 500)
    rows = []
    for truth, frame in (("", effect), ("0", chase)):
        for cell, part in _cells(frame):
            if cell[2] != n:
                continue
            what = f"{cell[0]}, β {cell[1]:g}" if not truth else f"chased: {cell[0]}, ρ {cell[1]:g}"
            mean = part.mean()
            rows.append(
                [what, truth or f"{cell[1]:g}", *(_n(mean[f"slope_{r}"], 3) for r in names)]
            )
    return Table(f"The ladder: mean slopes, {n} customers", ("world", "true β", *names), rows)


def power_table(effect: pd.DataFrame) -> Table:
    """How often an effect is claimed where nobody chases."""
    head = (
        *("sales", "β", "customers", *CLAIMS.values()),
        *(f"{r} holds" for r in ROWS),
    )
    rows = []
    for (kind, beta, n), part in _cells(effect):
        mean = part.mean()
        rows.append([str(kind), f"{beta:g}", str(n), *_claims(mean), *_rows(mean)])
    return Table("Claims where nobody chases (β 0: false; else: power)", head, rows)


def claim_table(title: str, frame: pd.DataFrame) -> Table:
    """False claims."""
    head = (
        *("chased", "ρ", "customers", *CLAIMS.values()),
        *("FE: mean", "by block: mean", "pooled: mean"),
    )
    rows = []
    for (name, rho, n), part in _cells(frame):
        mean = part.mean()
        slopes = [_n(mean[f"slope_{r}"], 3) for r in (RUNGS[3], RUNGS[4], RUNGS[0])]
        rows.append([name, f"{rho:g}", str(n), *_claims(mean), *slopes])
    return Table(title, head, rows)


def row_table(title: str, frame: pd.DataFrame) -> Table:
    """How often each row of the gate holds."""
    rows = [
        [str(cell[0]), f"{cell[1]:g}", str(cell[2]), *_rows(part.mean())]
        for cell, part in _cells(frame)
    ]
    head = ("chased", "ρ", "customers", *(f"{r} holds" for r in ROWS))
    return Table(title, head, rows)


def _claims(mean: pd.Series) -> list[str]:
    return [_n(mean[c], 3) for c in CLAIMS]


def _rows(mean: pd.Series) -> list[str]:
    return [_n(mean[f"row_{r}"]) for r in ROWS]


def slope_table(slopes: pd.DataFrame) -> Table:
    """Shrunken and raw slopes against the truth."""
    head = (
        *("slopes", "told apart", "reliability", "correlation, shrunken", "raw", "above raw"),
        *("error, shrunken", "raw", "80 % range holds", "spread", "raw: squared error / variance"),
    )
    columns = (
        *("told_apart", "reliability", "shrunken", "raw", "above", "error", "raw_error"),
        *("covered", "spread", "calibrated"),
    )
    rows = [[str(c[0]), *(_n(p.mean()[k]) for k in columns)] for c, p in _cells(slopes)]
    return Table("Customers' own slopes, 500 customers, mean slope .1", head, rows)


def event_table(events: pd.DataFrame) -> Table:
    """Programmes."""
    head = (
        *("programme", "true effect", "found", "95 % holds", "claimed", "lead alarms (10 %)"),
        "regression with a dummy",
    )
    columns = ("truth", "effect", "covered", "claimed", "lead_alarm", "dummy")
    rows = [[str(c[0]), *(_n(p.mean()[k], 3) for k in columns)] for c, p in _cells(events)]
    return Table("Programmes that reach 300 customers in three waves (log ratio)", head, rows)
