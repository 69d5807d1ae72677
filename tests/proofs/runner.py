"""Runs a proof's cells over seeds, holds what was seen against what was promised, tells it."""

from __future__ import annotations

import datetime as dt
import os
import re
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Check:
    """One promise: what was seen, and whether it holds."""

    promise: str
    seen: str
    holds: bool


@dataclass(frozen=True)
class Table:
    """What was seen: a heading, column heads and rows of text."""

    title: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]

    def markdown(self) -> str:
        lines = [
            f"**{self.title}**",
            "",
            "| " + " | ".join(self.head) + " |",
            "|" + "---|" * len(self.head),
            *("| " + " | ".join(row) + " |" for row in self.rows),
        ]
        return "\n".join(lines)


@dataclass(frozen=True)
class Proof:
    """The outcome of one proof."""

    name: str
    tables: Sequence[Table]
    checks: Sequence[Check]
    seeds: str

    @property
    def holds(self) -> bool:
        return all(c.holds for c in self.checks)

    def markdown(self, seconds: float) -> str:
        from salesfact import __version__

        today = dt.datetime.now(dt.UTC).date()
        parts = [
            f"Seen on {today.isoformat()} with salesfact {__version__}; {self.seeds};"
            f" {seconds:.0f} s on {os.cpu_count()} cores.",
            Table(
                "Promises",
                ("promise", "seen", "holds"),
                [(c.promise, c.seen, "yes" if c.holds else "**no**") for c in self.checks],
            ).markdown(),
            *(t.markdown() for t in self.tables),
        ]
        return "\n\n".join(parts)


def over_seeds(work: Callable[[Any], Any], jobs: Sequence[Any]) -> list[Any]:
    """`work(job)` for each job, in order, on two processes."""
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        return list(pool.map(work, jobs, chunksize=max(1, len(jobs) // 64)))


def run(proof: Callable[[bool], Proof], page: Path, *, full: bool) -> bool:
    """Run one proof, print what was seen; the full form is recorded on its page in docs/."""
    start = time.perf_counter()
    outcome = proof(full)
    text = outcome.markdown(time.perf_counter() - start)
    print(f"# {outcome.name}\n\n{text}\n")
    if full:
        old = page.read_text(encoding="utf-8")
        mark = f"<!-- seen: {outcome.name} -->"
        block = f"{mark}\n\n{text}\n\n<!-- end -->"
        pattern = re.escape(mark) + r".*?<!-- end -->"
        page.write_text(re.sub(pattern, lambda _: block, old, flags=re.S), encoding="utf-8")
    return outcome.holds
