"""`kill -9` at any moment leaves the last good report, and a next run that works."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from salesfact.report import _folder
from salesfact.report._process import can_fork
from tests.small_client import chapter

ROOT = Path(__file__).parents[1]

# publishes a run, and kills itself at the n-th thing it does to the file system
SCRIPT = """
import os, signal, sys
from pathlib import Path
from salesfact.report import _folder
limit, count = int(sys.argv[2]), 0
WATCH = {"open", "os.mkdir", "os.rename", "os.remove", "os.rmdir", "shutil.rmtree",
         "shutil.copyfile", "fcntl.flock"}
def hook(event, args):
    global count
    if event in WATCH and limit:
        count += 1
        if count == limit:
            os.kill(os.getpid(), signal.SIGKILL)
reports = Path(sys.argv[1])
sys.addaudithook(hook)
with _folder.work_folder(reports) as work:
    (work / "report.html").write_text("new " * 50_000)
    (work / "results.json").write_text("{}")
    _folder.publish(work, "2026-06-30_b")
"""


def _publish(reports: Path, limit: int) -> int:
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", SCRIPT, str(reports), str(limit)], env=env)
    return done.returncode


@pytest.mark.skipif(os.name != "posix", reason="kill -9 is a POSIX thing")
def test_killed_at_every_step_of_publishing(tmp_path):
    killed, step = 0, 0
    while True:
        step += 1
        reports = tmp_path / f"reports{step}"
        old = reports / "2026-05-31_a"
        old.mkdir(parents=True)
        (old / "report.html").write_text("old")
        (reports / "report.html").write_text("old")
        code = _publish(reports, step)
        latest = (reports / "report.html").read_text()
        assert latest in ("old", "new " * 50_000)
        assert (old / "report.html").read_text() == "old"
        new = reports / "2026-06-30_b"
        if new.exists():  # whole or not at all
            assert sorted(p.name for p in new.iterdir()) == ["report.html", "results.json"]
            assert (new / "report.html").read_text() == "new " * 50_000
        if code == 0:
            assert latest != "old"
            break
        assert code == -signal.SIGKILL
        killed += 1
        assert _publish(reports, 0) == 0  # the next run works
        assert (reports / "report.html").read_text() == "new " * 50_000
        left = [p for p in reports.iterdir() if p.name.startswith(_folder._MAKING) and p.is_dir()]
        assert len(left) <= 1  # only one made in the last minute, before it had its lock
    assert killed >= 8


def test_a_folder_that_is_being_filled_is_not_swept(tmp_path):
    with _folder.work_folder(tmp_path) as first:
        (first / "x").write_text("1")
        with _folder.work_folder(tmp_path) as second:
            assert first.exists() and second.exists() and first != second
        assert (first / "x").read_text() == "1"
    assert list(tmp_path.iterdir()) == []


# makes a report whose processes are forked from parents of the test
REPORT = """
import sys
from pathlib import Path
from salesfact.report._run import make_report
from tests import shared
with shared.lent(shared.away(Path(sys.argv[1]))):
    make_report(sys.argv[2], notebooks=Path(sys.argv[3]))
"""


@pytest.mark.slow
@pytest.mark.skipif(not can_fork(), reason="warm processes need Linux")
def test_a_report_killed_at_random_moments(small_run, warm_crew, tmp_path):
    client = shutil.copytree(small_run[0].parent, tmp_path / "client") / "client.yml"
    chapters = tmp_path / "chapters"
    chapter(chapters, "01_a", "Fakta", "sf.quality(opened.facts)")
    command = [sys.executable, "-c", REPORT, str(warm_crew.folder), str(client), str(chapters)]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    start = time.monotonic()  # it finds facts and answers, as those to be killed will
    done = subprocess.run(command, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    whole = time.monotonic() - start
    reports = client.parent / "reports"
    dice = random.Random(7)
    for _ in range(5):
        before = (reports / "report.html").read_bytes()
        runs = {p.name for p in reports.iterdir() if p.is_dir() and not p.name.startswith(".")}
        process = subprocess.Popen(command, env=env, stdout=-3, stderr=-3)
        time.sleep(dice.uniform(0.05, 1.0) * whole)
        process.kill()
        process.wait()
        after = (reports / "report.html").read_bytes()
        assert after.rstrip().endswith(b"</html>")
        now = {p.name for p in reports.iterdir() if p.is_dir() and not p.name.startswith(".")}
        assert runs <= now
        if now == runs:
            assert after == before
        for name in now:
            assert (reports / name / "report.html").read_bytes().rstrip().endswith(b"</html>")
            assert (reports / name / "manifest.json").exists()
    done = subprocess.run(command, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert not [p for p in reports.iterdir() if p.is_dir() and p.name.startswith(".making-")]
