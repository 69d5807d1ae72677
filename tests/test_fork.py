"""The warm parent: fresh processes, truthful ends, nothing left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from salesfact._errors import SourceError
from salesfact.report._crew import ColdCrew, WorkerError
from salesfact.report._process import Fork, can_fork
from tests.small_client import make_client, write_notebook

ROOT = Path(__file__).parents[1]

pytestmark = pytest.mark.skipif(not can_fork(), reason="warm processes need Linux")


# what the parent is asked to do in these tests (imported there by name)
def add(job):
    return sum(job)


def identity(job):
    return {
        "pid": os.getpid(),
        "ppid": os.getppid(),
        "cwd": str(Path.cwd()),
        "env": os.environ.get("X"),
    }


def fail(job):
    raise ValueError("boom")


def fault(job):
    raise SourceError("no such file")


def die(job):
    os.kill(os.getpid(), signal.SIGKILL)


def sleep(job):
    Path(job).write_text(str(os.getpid()))
    time.sleep(60)


def numbers(job):
    import random

    import numpy as np

    return [random.random(), float(np.random.random())]


def threads(job):
    return len(list(Path("/proc/self/task").iterdir()))


@pytest.fixture
def crew(warm_crew):
    warm_crew.ready()
    return warm_crew


@pytest.fixture(params=["warm", "cold"])
def either(request):
    """A warm crew and a cold one."""
    if request.param == "warm":
        yield request.getfixturevalue("warm_crew")
        return
    with ColdCrew(4) as crew:
        yield crew


def _call(crew, name, job=None):
    return crew.call(f"tests.test_fork:{name}", job)


def _gone(pid: int, seconds: float = 5.0) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except FileNotFoundError:
            return True
        if state == "Z":
            return True
        time.sleep(0.02)
    return False


def test_a_call_answers_and_each_has_its_own_process(crew):
    assert _call(crew, "add", [1, 2, 3]) == 6
    first, second = _call(crew, "identity"), _call(crew, "identity")
    assert first["pid"] != second["pid"]
    assert first["ppid"] == second["ppid"] != os.getpid()


def test_errors_come_back_as_what_they_were(crew):
    with pytest.raises(SourceError, match="no such file"):
        _call(crew, "fault")
    with pytest.raises(WorkerError, match="ValueError: boom") as caught:
        _call(crew, "fail")
    assert "in fail" in caught.value.trace
    with pytest.raises(WorkerError, match="ended from outside"):
        _call(crew, "die")
    assert _call(crew, "add", [1]) == 1  # the parent is unharmed


def test_forks_do_not_share_random_numbers(crew):
    first, second = _call(crew, "numbers"), _call(crew, "numbers")
    assert first[0] != second[0]
    assert first[1] != second[1]


def test_the_parent_has_one_thread_and_no_engine_connection(crew):
    assert _call(crew, "threads") == 1
    parent = _call(crew, "identity")["ppid"]
    assert len(list(Path(f"/proc/{parent}/task").iterdir())) == 1
    maps = Path(f"/proc/{parent}/maps").read_text()
    assert "duckdb" in maps  # loaded, but nothing is open
    opened = [str(fd.readlink()) for fd in Path(f"/proc/{parent}/fd").iterdir()]
    assert not [o for o in opened if ".duckdb" in o or ".parquet" in o]


def test_a_fork_whose_owner_leaves_is_ended(crew, tmp_path):
    note = tmp_path / "pid"
    request = {"call": "tests.test_fork:sleep", "job": str(note), "cwd": str(tmp_path), "env": {}}
    fork = Fork(str(crew.folder / "kernels"), request)
    end = time.monotonic() + 10
    while not note.exists() and time.monotonic() < end:
        time.sleep(0.02)
    assert fork.poll() is None
    pid = fork.pid
    fork.close()
    assert _gone(pid)


def test_signals_reach_the_fork_and_its_end_is_told(crew, tmp_path):
    request = {
        "call": "tests.test_fork:sleep",
        "job": str(tmp_path / "p"),
        "cwd": str(tmp_path),
        "env": {},
    }
    fork = Fork(str(crew.folder / "kernels"), request)
    time.sleep(0.3)
    fork.send_signal(signal.SIGTERM)
    end = time.monotonic() + 30  # the parent may still be importing
    while fork.poll() is None and time.monotonic() < end:
        time.sleep(0.02)
    assert fork.code == -signal.SIGTERM
    fork.send_signal(signal.SIGKILL)  # after the end: nothing, and no stranger is hit
    fork.close()


def test_an_end_and_a_farewell_in_one_breath_leave_the_server_alive(tmp_path):
    """A child ends and its owner leaves while the parent is deaf, in the midst of an import."""
    slow = tmp_path / "takes_its_time.py"
    slow.write_text("import time; time.sleep(2)\n", encoding="utf-8")
    path = tmp_path / "s"
    server = subprocess.Popen(
        [sys.executable, "-m", "salesfact.report._server", str(path), "json", "--", slow.stem],
        stdin=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": os.pathsep.join([str(tmp_path), str(ROOT)])},
    )
    try:
        end = time.monotonic() + 30
        while not path.exists() and time.monotonic() < end:
            time.sleep(0.02)
        request = {"call": "os:fspath", "job": ".", "cwd": str(tmp_path), "env": {}}
        first = Fork(str(path), request)
        time.sleep(0.7)  # it has ended by now
        first.close()
        again = Fork(str(path), request)  # answered once the import is done
        while again.poll() is None and time.monotonic() < end:
            time.sleep(0.02)
        assert again.code == 0 and server.poll() is None
        again.close()
    finally:
        server.stdin.close()
        server.wait(10)


def test_when_the_owner_is_killed_everything_ends(tmp_path):
    code = (
        "import sys, time, threading\n"
        "from salesfact.report._crew import WarmCrew\n"
        "crew = WarmCrew(1)\n"
        "print(crew.folder, *[p.pid for p in crew._parents], flush=True)\n"
        f"crew.call('tests.test_fork:sleep', {str(tmp_path / 'pid')!r})\n"
    )
    root = str(Path(__file__).parents[1])
    owner = subprocess.Popen(
        [sys.executable, "-c", code],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": root},
    )
    assert owner.stdout is not None
    folder, *pids = owner.stdout.readline().split()
    parents = [int(p) for p in pids]
    end = time.monotonic() + 30
    while not (tmp_path / "pid").exists() and time.monotonic() < end:
        time.sleep(0.05)
    child = int((tmp_path / "pid").read_text())
    owner.kill()
    owner.wait()
    assert all(_gone(p) for p in [*parents, child])
    assert not Path(folder).exists()  # it held names of customers


def test_a_chapter_s_status_is_the_truth(either, tmp_path):
    base = [("markdown", "# A"), ("parameters", 'client = "demo"')]
    cases = {
        "done": "print(client)",
        "failed": "1 / 0",
        "killed": "import os, signal; os.kill(os.getpid(), signal.SIGKILL)",
        "timeout": "import time; time.sleep(60)",
    }
    for status, code in cases.items():
        path = write_notebook(tmp_path, status, [*base, ("code", code)])
        job = {
            "path": str(path),
            "out": str(tmp_path / f"{status}.out.ipynb"),
            "parameters": {"client": "kund åäö \" ' \\ \n;import os"},
            "kernel": either.kernel,
            "cwd": str(tmp_path),
            "timeout": 3 if status == "timeout" else 60,
        }
        told = either.chapter(job)
        assert told["status"] == status, told
        if status == "failed":
            assert told["error"] == {"name": "ZeroDivisionError", "message": "division by zero"}
    assert "åäö" in (tmp_path / "done.out.ipynb").read_text(encoding="utf-8")
    assert not [p for p in tmp_path.iterdir() if "ipc" in p.name]  # no sockets beside the client


def test_figures_show_in_a_forked_kernel(crew, tmp_path):
    import nbformat

    code = "import matplotlib.pyplot as plt\nplt.plot([1, 2]);"
    path = write_notebook(tmp_path, "a", [("code", code)])
    out = tmp_path / "out.ipynb"
    job = {"path": str(path), "out": str(out), "parameters": {}, "kernel": crew.kernel}
    assert crew.chapter(job | {"cwd": str(tmp_path), "timeout": 60})["status"] == "done"
    outputs = nbformat.read(out, as_version=4).cells[0].outputs
    assert any("image/png" in o.get("data", {}) for o in outputs)


def test_facts_open_in_a_kernel(either, tmp_path):
    """The engine behaves otherwise in a notebook than in a plain interpreter (progress bars)."""
    client = make_client(tmp_path / "client")
    code = "import salesfact as sf; f = sf.open_client('client.yml').facts; f.fetch(f.customers)"
    path = write_notebook(tmp_path, "open", [("code", code)])
    job = {"path": str(path), "out": str(tmp_path / "out.ipynb"), "parameters": {}}
    job |= {"kernel": either.kernel, "cwd": str(client.parent), "timeout": 120}
    told = either.chapter(job)
    assert told["status"] == "done", told


def test_a_chapter_finds_imported_what_opens_a_client(crew, tmp_path):
    """Else every chapter pays for it again."""
    client = str(make_client(tmp_path / "client"))
    crew.call("tests.test_fork:opened", client)  # as a report does, before its chapters
    assert crew.call("tests.test_fork:imported_late", client) == []


def opened(job):
    import salesfact as sf

    return sf.open_client(job).facts.name


def imported_late(job):
    """Of our own modules, those that opening a client and answering import only now."""
    import salesfact as sf

    before = set(sys.modules)
    facts = sf.open_client(job).facts
    for ask in (sf.quality, sf.customers, sf.bridge, sf.rhythm):
        ask(facts).payload()
    kept = ("salesfact.", "pydantic.", "scipy.", "matplotlib.")
    return sorted(m for m in set(sys.modules) - before if m.startswith(kept))
