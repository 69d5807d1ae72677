"""Fixtures every test may use."""

from __future__ import annotations

import contextlib
import gc
import importlib
import os
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import compiled, engines, shared
from tests.installed import install
from tests.retail import prepare as exported
from tests.small_client import HOSTILE, PERSONAL, make_client

engines.install()
compiled.install()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item):
    """The test processes share the cores; only where lines are many does the engine too."""
    engines.threads(1 if item.get_closest_marker("realdata") is None else os.cpu_count() or 1)


def pytest_sessionstart(session):
    """Each process compiles another part of the tests; what one has compiled, all others read."""
    told = getattr(session.config, "workerinput", None)
    if told is None or sys.dont_write_bytecode:
        return
    names = sorted(path.stem for path in Path(__file__).parent.glob("test_*.py"))
    first = len(names) * int(told["workerid"].removeprefix("gw")) // told["workercount"]
    for name in names[first:] + names[:first]:
        with contextlib.suppress(Exception, pytest.skip.Exception):  # told where it is collected
            importlib.import_module(f"tests.{name}")


def pytest_collection_finish(session):
    """What is imported stays: no collection of garbage need look at it, nor come so often."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


def pytest_xdist_auto_num_workers(config):
    """One process more than cores: tests wait for reports, browsers and servers they started."""
    return (os.cpu_count() or 1) + 1


def pytest_collection_modifyitems(items):
    """What needs the wheel's own environment comes last; it is made meanwhile."""
    items.sort(key=lambda item: "installed" in item.fixturenames)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """What SALESFACT_REQUIRE names (chromium, postgres) may not be skipped for its absence."""
    report = yield
    needed = os.environ.get("SALESFACT_REQUIRE", "").split(",")
    reason = str(report.longrepr[2]) if isinstance(report.longrepr, tuple) else ""
    if report.skipped and any(n and n in reason.lower() for n in needed):
        report.outcome = "failed"
        report.longrepr = f"required here, but {reason}"
    return report


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real data sets; they are never part of the project."""
    named = os.environ.get("SALESFACT_TEST_DATA")
    folder = Path(named) if named else Path(__file__).parents[2] / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("real data absent: set SALESFACT_TEST_DATA to the folder that holds it")
    return folder


@pytest.fixture
def own_engines() -> Iterator[None]:
    """Nothing but its own can be found in any engine of the test."""
    with engines.own():
        yield


@pytest.fixture(scope="session")
def run_folder(tmp_path_factory) -> Path:
    """A folder that all processes of this run share, for `shared.once`."""
    base = tmp_path_factory.getbasetemp()
    together = "PYTEST_XDIST_WORKER" in os.environ and os.name == "posix"
    return (base.parent if together else base) / "shared"


@pytest.fixture(scope="session")
def retail_source(real_data) -> Path:
    """Online Retail as it came."""
    return real_data / "online_retail" / "online_retail.parquet"


@pytest.fixture(scope="session")
def retail(run_folder, retail_source) -> tuple[Path, dict]:
    """A folder of exports of Online Retail, and what they hold; see `tests.retail`."""
    folder = run_folder / "retail"
    return folder, shared.once(folder, lambda made: exported(made, retail_source))


@pytest.fixture(scope="session")
def warm_crew(request) -> Iterator:
    """Warm parents, imported once a run; None where there are no forks."""
    from salesfact.report._process import can_fork

    if not can_fork():
        yield None
        return
    theirs = getattr(request.config, "workerinput", {}).get(CREW)
    crew = shared.guest(Path(theirs)) if theirs else _crew()
    yield crew
    crew.close()


CREW = "warm_crew"  # where the parents lie, told to the processes that tests are done in
_all_processes = contextlib.ExitStack()


def _crew():
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(Path(__file__).parents[1]))  # what tests ask of them
        return shared.IdleCrew(1)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node):
    """Hand the same warm parents to all processes."""
    from salesfact.report._process import can_fork

    if can_fork():
        if not hasattr(node.config, CREW):
            setattr(node.config, CREW, _all_processes.enter_context(_crew()))
        node.workerinput[CREW] = str(getattr(node.config, CREW).folder)


def pytest_unconfigure():
    """The parents end with the run."""
    _all_processes.close()


@pytest.fixture
def lent(warm_crew) -> Iterator[None]:
    """Reports fork from the parents of `warm_crew` instead of importing everything anew."""
    with shared.lent(warm_crew):
        yield


@pytest.fixture(scope="session")
def small_run(run_folder, warm_crew):
    """The settings of the small client, and its report."""
    from salesfact.report._run import make_report

    def make(folder: Path):
        client = make_client(folder / "client")
        with shared.lent(warm_crew):
            return {"client": str(client), **shared.plain(make_report(client, timeout=300))}

    told = shared.once(run_folder / "small", make)
    return Path(told["client"]), shared.report(told)


@pytest.fixture(scope="session")
def hostile_run(run_folder, warm_crew):
    """A report on a client whose customers are called what attackers call themselves."""
    from salesfact.report._run import make_report

    def make(folder: Path):
        names = (*HOSTILE, *PERSONAL)
        client = make_client(folder, names=names, customers=30, name='Prov & "Co" <b>AB</b>')
        with shared.lent(warm_crew):
            return shared.plain(make_report(client, timeout=300))

    return shared.report(shared.once(run_folder / "hostile", make))


@pytest.fixture(scope="session")
def installed(run_folder) -> dict:
    """What the wheel alone made of the demo; see `tests.installed`."""
    return shared.once(run_folder / "installed", install)


@pytest.fixture(scope="session", autouse=True)
def installing(request, run_folder) -> None:
    """Start on `installed` at once, if any test asks for it: most of it is waiting."""
    if any("installed" in item.fixturenames for item in request.session.items):
        made = run_folder / "installed"
        threading.Thread(target=shared.once, args=(made, install), daemon=True).start()


@pytest.fixture(scope="session")
def demo_cache(installed, run_folder) -> Path:
    """Where the demo lies, as the wheel made it; if it could not, each builds it there anew."""
    return Path(installed["cache"]) if installed["code"] == 0 else run_folder / "demo"


@pytest.fixture
def demo(demo_cache, monkeypatch) -> Path:
    """`open_client("demo")` finds the demo that the wheel made, with all its answers."""
    monkeypatch.setenv("SALESFACT_CACHE", str(demo_cache))
    return demo_cache


@pytest.fixture(scope="session")
def claiming(run_folder):
    """Facts whose hours pass every check, their answers kept; see `tests.hours`."""
    from tests.hours import claiming_facts

    return claiming_facts(run_folder / "claiming")


@pytest.fixture(scope="session")
def chased(run_folder):
    """Facts whose reps chase sales, their answers kept; see `tests.hours`."""
    from tests.hours import chased_facts

    return chased_facts(run_folder / "chased")
