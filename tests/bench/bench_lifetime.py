"""How fast is BG/NBD fitted and read off, against the public library `lifetimes`?

`python tests/bench/bench_lifetime.py [customers]` (default 1 000 000) takes CDNOW (its sample where
SALESFACT_TEST_DATA has it, else a world like it), and simulated worlds of 200 000 and of so many
customers. Each is fitted, and its orders of the coming year are forecast, in a process of its own
for each library, on one thread; CPU seconds are compared, so that a busy machine does not decide.
`lifetimes` is installed once into an environment of its own in the user's cache folder; where it
cannot be, the bench says so and measures ours alone.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.bench.peer import peer_python, say

PEER = "lifetimes==0.11.3"
AIM, AIM_SMALL, AIM_FORECAST = 20.0, 1.0, 0.25
TRUTH = {"r": 0.2426, "alpha": 4.4136, "a": 0.7929, "b": 2.4259}

# both print: CPU seconds of the fit, of the forecast; the orders forecast; the parameters
OURS = """
import sys, time
import numpy as np
from salesfact._lifetime import fit
d = np.load(sys.argv[1]); x, t_x, T = d["x"], d["t_x"], d["T"]
few = slice(0, 50)
fit("BG/NBD", x[few], t_x[few], T[few])  # imports
best = np.inf
for _ in range(int(sys.argv[2])):
    start = time.process_time(); f = fit("BG/NBD", x, t_x, T)
    best = min(best, time.process_time() - start)
assert f.converged, f.reason
ahead = np.inf
for _ in range(3):
    start = time.process_time(); told = f.expected_next(52.0, x, t_x, T)
    ahead = min(ahead, time.process_time() - start)
print(best, ahead, told.sum(), *f.parameters.values())
"""
THEIRS = """
import sys, time, warnings
import numpy as np
warnings.simplefilter("ignore")
from lifetimes import BetaGeoFitter
d = np.load(sys.argv[1]); x, t_x, T = d["x"], d["t_x"], d["T"]
best = np.inf
for _ in range(int(sys.argv[2])):
    f = BetaGeoFitter(penalizer_coef=0.0)
    start = time.process_time(); f.fit(x, t_x, T)
    best = min(best, time.process_time() - start)
start = time.process_time()
told = f.conditional_expected_number_of_purchases_up_to_time(52.0, x, t_x, T)
ahead = time.process_time() - start
print(best, ahead, np.sum(told), *(f.params_[n] for n in ("r", "alpha", "a", "b")))
"""


def measured(python: Path | str, code: str, data: Path, runs: int) -> list[float]:
    """What one library took and found."""
    out = subprocess.run(
        [str(python), "-c", code, str(data), str(runs)],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
    )
    return [float(v) for v in out.stdout.split()[-7:]]


def loglik(data: Path, theta: list[float]) -> float:
    """Log-likelihood at one library's parameters, worked out alike for both."""
    import numpy as np

    from salesfact._bgnbd import evaluate
    from salesfact._counted import count

    d = np.load(data)
    return evaluate(np.array(theta), count(d["x"], d["t_x"], d["T"]), 1, False)[0]


def worlds(most: int, folder: Path) -> dict[str, Path]:
    """The customers to fit, in files."""
    import numpy as np

    from salesfact._synth_lives import lives_world
    from tests.cdnow import cdnow_sample

    named = os.environ.get("SALESFACT_TEST_DATA", "")
    found = {}
    if named and (Path(named) / "cdnow").is_dir():
        d = cdnow_sample(Path(named))
        found["CDNOW"] = (d["x"], d["t_x"], d["T"])
    else:
        w = lives_world(1, "BG/NBD", TRUTH, customers=2_357)
        found["a world like CDNOW"] = (w.x, w.t_x, w.T)
    for customers in sorted({min(200_000, most), most}):
        w = lives_world(2, "BG/NBD", TRUTH, customers=customers, known=(1.0, 104.0))
        found[f"{customers} customers"] = (w.x, w.t_x, w.T)
    files = {}
    for i, (name, (x, t_x, T)) in enumerate(found.items()):
        files[name] = folder / f"{i}.npz"
        np.savez(files[name], x=x, t_x=t_x, T=T)
    return files


def main() -> None:
    most = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    peer = peer_python(PEER, "lifetimes")
    with tempfile.TemporaryDirectory() as folder:
        for i, (name, data) in enumerate(worlds(most, Path(folder)).items()):
            runs = 5 if i == 0 else 3
            took, ahead, told, *theta = measured(sys.executable, OURS, data, runs)
            say(
                f"{name}: fitted in {took:.3f} s CPU, log-likelihood {loglik(data, theta):.3f};"
                f" {told:.0f} orders of the coming year in {ahead:.3f} s"
                + (f" (<= {AIM_FORECAST:g} for a million)" if i else "")
            )
            if peer is None:
                continue
            their, their_ahead, their_told, *theta = measured(peer, THEIRS, data, 1 if i else 5)
            say(
                f"    lifetimes {their:.3f} s, log-likelihood {loglik(data, theta):.3f},"
                f" {their_told:.0f} orders in {their_ahead:.3f} s: {their / took:.1f} times as fast"
                f" (>= {AIM if i else AIM_SMALL:g}), forecast {their_ahead / ahead:.1f} times"
            )


if __name__ == "__main__":
    main()
