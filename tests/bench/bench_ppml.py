"""How fast is the two-way Poisson regression, against pyfixest and statsmodels?

`python tests/bench/bench_ppml.py [customers]` (default 50 000) fits a customers × 36 months panel
with customer and month effects and errors clustered on customers, ours and pyfixest's `fepois` in
processes of their own, on one thread: wall and CPU seconds (best of three, after a small fit that
loads and compiles), and what the fit added to the peak of memory. Half as many customers show that
memory grows with rows. statsmodels' GLM with dummies is measured on 300 customers. pyfixest is
installed once into an environment of its own in the user's cache folder; where it cannot be, the
bench says so and measures ours alone.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from tests.bench.peer import peer_python, say  # noqa: E402

PEER = "pyfixest==0.60.0"
AIM_SECONDS, AIM_RATIO = 0.5, 5.0
MONTHS = 36

# all print: wall and CPU seconds, memory added in MB, coefficient, standard error
AROUND = """
import sys, time, warnings
from pathlib import Path
warnings.simplefilter("ignore")
import numpy as np
d = np.load(sys.argv[1]); y, x = d["y"], d["x"]
def memory(name):  # Linux: MB in use now (VmRSS), or at most since it was last forgotten (VmHWM)
    status = Path("/proc/self/status")
    lines = status.read_text().splitlines() if status.exists() else []
    return next((int(v.split()[1]) / 1024 for v in lines if v.startswith(name)), float("nan"))
def forget():
    if Path("/proc/self/clear_refs").exists():
        Path("/proc/self/clear_refs").write_text("5")
"""
TIMED = """
fit(few)
forget()
before, best, cpu = memory("VmRSS"), np.inf, np.inf
for _ in range(3):
    start, used = time.perf_counter(), time.process_time()
    found = fit(whole)
    best, cpu = min(best, time.perf_counter() - start), min(cpu, time.process_time() - used)
print(best, cpu, memory('VmHWM') - before, *found)
"""
OURS = """
from salesfact._ppml import ppml
few, whole = (y[:50], x[:50]), (y, x)
def fit(panel):
    found = ppml(panel[0], [panel[1]])
    assert found.converged, found.reason
    return found.coef[0], found.se[0]
"""
FRAME = """
import pandas as pd
n, months = y.shape
whole = pd.DataFrame({"y": y.ravel(), "x": x.ravel(), "c": np.repeat(np.arange(n), months),
                      "t": np.tile(np.arange(months), n)})
whole["cluster"] = whole["c"]
few = whole[whole["c"] < 50]
"""
PYFIXEST = """
import pyfixest
def fit(frame):
    found = pyfixest.fepois("y ~ x | t + c", frame, vcov={"CRV1": "cluster"}, lean=True)
    return found.coef()["x"], found.se()["x"]
"""
STATSMODELS = """
import statsmodels.formula.api as smf, statsmodels.api as sm
def fit(frame):
    frame = frame[frame.groupby("c")["y"].transform("sum") > 0]
    model = smf.glm("y ~ x + C(c) + C(t)", frame, family=sm.families.Poisson())
    found = model.fit(cov_type="cluster", cov_kwds={"groups": frame["c"]})
    return found.params["x"], found.bse["x"]
"""


def measured(python: Path | str, code: str, data: Path) -> list[float]:
    """What one library took and found."""
    threads = ("OPENBLAS", "OMP", "MKL", "RAYON", "NUMBA")
    out = subprocess.run(
        [str(python), "-c", code, str(data)],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {f"{t}_NUM_THREADS": "1" for t in threads} | {"PYTHONPATH": str(ROOT)},
    )
    return [float(v) for v in out.stdout.split()[-5:]]


def panel(customers: int, path: Path) -> Path:
    """Counts with seasons, levels and an effect, in a file."""
    import numpy as np

    rng = np.random.default_rng(7)
    x = np.log1p(rng.poisson(1.5, (customers, MONTHS)).astype(float))
    level = rng.standard_normal(customers)[:, None]
    mu = np.exp(level + 0.3 * np.sin(np.arange(MONTHS)) + 0.05 * x)
    y = rng.poisson(mu).astype(float)
    y[rng.random(customers) < 0.03] = 0
    np.savez(path, y=y, x=x)
    return path


def told(name: str, found: list[float]) -> str:
    wall, cpu, memory, coef, se = found
    return f"{name} {wall:.2f} s (CPU {cpu:.2f}), {memory:.0f} MB, {coef:.6f} ± {se:.6f}"


def main() -> None:
    most = int(sys.argv[1]) if len(sys.argv) > 1 else 50_000
    peer = peer_python(PEER, "pyfixest")
    with tempfile.TemporaryDirectory() as folder:
        for customers in (most // 2, most):
            data = panel(customers, Path(folder) / f"{customers}.npz")
            ours = measured(sys.executable, AROUND + OURS + TIMED, data)
            say(
                f"{customers} customers, {customers * MONTHS} rows (aim {AIM_SECONDS:g} s for"
                f" 50 000):\n    " + told("ours", ours)
            )
            if peer:
                theirs = measured(peer, AROUND + FRAME + PYFIXEST + TIMED, data)
                wall, cpu, memory = (
                    t / max(o, 1e-9) for t, o in zip(theirs[:3], ours[:3], strict=True)
                )
                say("    " + told("pyfixest", theirs))
                say(
                    f"    {wall:.1f} times as fast by the clock, {cpu:.1f} by CPU"
                    f" (aim {AIM_RATIO:g}), {memory:.1f} times the memory"
                )
        data = panel(300, Path(folder) / "few.npz")
        ours = measured(sys.executable, AROUND + OURS + TIMED, data)
        theirs = measured(sys.executable, AROUND + FRAME + STATSMODELS + TIMED, data)
        say("300 customers:\n    " + told("ours", ours) + "\n    " + told("statsmodels", theirs))


if __name__ == "__main__":
    main()
