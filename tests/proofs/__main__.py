"""All proofs: short by default (CI), `--full` with fresh seeds, recorded in docs/."""

from __future__ import annotations

import os
import sys

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from tests.proofs import (
    course_proof,
    drift_proof,
    lifetime_proof,
    pilot_proof,
    programmes_proof,
    response_proof,
    rhythm_proof,
    ruts_proof,
    value_proof,
)
from tests.proofs.runner import ROOT, run

PROOFS = {
    "rhythm": (rhythm_proof.prove, ROOT / "docs" / "rhythm.md"),
    "lifetime": (lifetime_proof.prove, ROOT / "docs" / "value.md"),
    "value": (value_proof.prove, ROOT / "docs" / "value.md"),
    "drift": (drift_proof.prove, ROOT / "docs" / "drift.md"),
    "response": (response_proof.prove, ROOT / "docs" / "response.md"),
    "programmes": (programmes_proof.prove, ROOT / "docs" / "response.md"),
    "pilot": (pilot_proof.prove, ROOT / "docs" / "pilot.md"),
    "ruts": (ruts_proof.prove, ROOT / "docs" / "ruts.md"),
    "course": (course_proof.prove, ROOT / "docs" / "course.md"),
}


def main(arguments: list[str]) -> int:
    full = "--full" in arguments
    chosen = [a for a in arguments if not a.startswith("-")] or list(PROOFS)
    held = [run(*PROOFS[name], full=full) for name in chosen]
    return 0 if all(held) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
