"""How fast is a whole course check of the demo client? Seconds, and against its bare minimum.

The baseline, in the same run: the estimates of `value` and the flags of `rhythm` at every origin,
on facts that are merely cut. What the guard, the simple lists, the pairing and the verdicts add is
the rest. No answer is stored in either.
"""

from __future__ import annotations

import os
import sys
import time
from dataclasses import replace
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).parents[2]))

LIMIT = 10.0  # seconds on two cores


def main() -> None:
    """Print seconds and ratio."""
    from salesfact._course import course
    from salesfact._open import open_client
    from salesfact._origins import rolling_origins
    from salesfact._rhythm import rhythm
    from salesfact._value import estimates

    rounds = int(os.environ.get("SALESFACT_BENCH_ROUNDS", "2"))
    facts = replace(open_client("demo").facts, folder=None)  # nothing is kept
    origins = rolling_origins(facts, facts.horizon_months)

    def bare() -> None:
        for day in origins:
            known = facts.cut(day)
            estimates(known, facts.horizon_months)
            rhythm(known)

    took: dict[str, list[float]] = {"bare": [], "course": []}
    busy: list[float] = []  # processor time: a crowded machine stretches the other
    for _ in range(rounds):
        for name, work in (("bare", bare), ("course", lambda: course(facts))):
            start, used = time.perf_counter(), time.process_time()
            work()
            took[name].append(time.perf_counter() - start)
            if name == "course":
                busy.append(time.process_time() - used)
    base, best = min(took["bare"]), min(took["course"])
    sys.stdout.write(
        f"{len(origins)} origins of the demo client: lists alone {base:.1f} s, whole course check"
        f" {best:.1f} s ({min(busy):.1f} s of processor time) = {best / base:.2f} x"
        f" (wanted within {LIMIT:.0f} s)\n"
    )


if __name__ == "__main__":
    main()
