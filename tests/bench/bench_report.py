"""How fast is a report? Against the papermill and nbconvert command lines on the same notebooks.

Both work on the same client with its facts already read, once with no answer stored, so that both
also work out the same statistics, and once with the answers of the time before; and on the first
four chapters, then on all. Each way runs `rounds` times in turn, and the fastest of each counts, so
that a busy machine does not decide.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

LIMITS = {"forked": 4.0, "cold": 2.0}
FOUR = ("00_", "01_", "02_", "03_")


def _forget(client: Path) -> None:
    """Stored answers away; prepared facts stay."""
    for folder in (client.parent / ".salesfact").glob("facts-*/results"):
        shutil.rmtree(folder)


def _tool(name: str) -> str:
    return str(Path(sys.executable).parent / name)


def command_lines(client: Path, work: Path, notebooks: Path) -> None:
    """papermill, then nbconvert, one notebook after the other, as one would by hand."""
    out = work / "by_hand"
    out.mkdir(exist_ok=True)
    for path in sorted(notebooks.glob("[0-9][0-9]_*.ipynb")):
        made = out / path.name
        run = [_tool("papermill"), str(path), str(made), "-p", "client", str(client)]
        subprocess.run(run, check=True, capture_output=True, cwd=work)
        convert = [_tool("jupyter-nbconvert"), "--to", "html", str(made)]
        subprocess.run(convert, check=True, capture_output=True, cwd=work)


def report(client: Path, *flags: str) -> None:
    """The whole command, from its start to the published page."""
    run = [_tool("salesfact"), "report", str(client), *flags]
    subprocess.run(run, check=True, capture_output=True)


def seconds(work: Callable[[], None], client: Path, *, anew: bool) -> float:
    """How long it takes, with no answer stored, or with all of them."""
    if anew:
        _forget(client)
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def imports(rounds: int = 5) -> dict[str, float]:
    """Seconds of an interpreter that imports one package, the interpreter itself taken off."""

    def once(code: str) -> float:
        start = time.perf_counter()
        subprocess.run([sys.executable, "-c", code], check=True)
        return time.perf_counter() - start

    codes = {"": "pass", "salesfact": "import salesfact", "pandas": "import pandas"}
    best = {n: min(once(c) for _ in range(rounds)) for n, c in codes.items()}
    return {n: best[n] - best[""] for n in codes if n}


def main() -> None:
    """Print times and ratios."""
    rounds = int(os.environ.get("SALESFACT_BENCH_ROUNDS", "2"))
    import_times = imports()
    sys.stdout.write(
        f"import salesfact {import_times['salesfact']:.3f} s, pandas {import_times['pandas']:.3f} s"
        f" = {import_times['salesfact'] / import_times['pandas']:.3f} x (wanted < 1)\n"
    )
    from salesfact._open import demo_folder, open_client

    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        client = work / "client" / "client.yml"
        shutil.copytree(demo_folder(), client.parent, ignore=shutil.ignore_patterns("reports"))
        open_client(client)  # the facts are warm
        every = ROOT / "notebooks"
        four = work / "four"
        four.mkdir()
        for path in every.glob("*.ipynb"):
            if path.name.startswith(FOUR):
                shutil.copy(path, four)
        for notebooks, chapters in ((four, "first four chapters"), (every, "all chapters")):
            for anew, answers in ((True, "answers worked out anew"), (False, "answers stored")):
                _race(client, work, notebooks, rounds, anew, f"{chapters}, {answers}")


def _race(client: Path, work: Path, notebooks: Path, rounds: int, anew: bool, state: str) -> None:
    """Each way in turn; prints the fastest of each and its ratio."""
    chosen = "--notebooks", str(notebooks)
    ways: dict[str, Callable[[], None]] = {
        "command lines": lambda: command_lines(client, work, notebooks),
        "forked": lambda: report(client, *chosen),
        "cold": lambda: report(client, *chosen, "--cold"),
    }
    took: dict[str, list[float]] = {n: [] for n in ways}
    if not anew:
        report(client, *chosen)  # what is asked is answered by now
    for _ in range(rounds):
        for way, make in ways.items():
            took[way].append(seconds(make, client, anew=anew))
    base = min(took["command lines"])
    sys.stdout.write(f"{state}: papermill + nbconvert, one by one: {base:.1f} s\n")
    for way, limit in LIMITS.items():
        best = min(took[way])
        sys.stdout.write(
            f"{state}: salesfact report, {way}: {best:.1f} s = {base / best:.1f} x faster"
            f" (wanted {limit:.0f} x)\n"
        )
    sys.stdout.flush()


if __name__ == "__main__":
    main()
