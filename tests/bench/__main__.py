"""`make bench`: every bench in turn; each prints ratios against a baseline of the same run."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path

if __name__ == "__main__":
    wanted = sys.argv[1:]
    for path in sorted(Path(__file__).parent.glob("bench_*.py")):
        if wanted and path.stem.removeprefix("bench_") not in wanted:
            continue
        sys.stdout.write(f"\n== {path.stem.removeprefix('bench_')}\n")
        sys.stdout.flush()
        sys.argv = [str(path)]
        runpy.run_path(str(path), run_name="__main__")
