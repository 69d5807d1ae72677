"""Kept answers: asked by several processes at once, and with the pictures drawn of them."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import pandas as pd
import pytest

from salesfact import _pictures, _style
from salesfact._alone import alone, can_wait
from salesfact._facts import Facts
from salesfact._result import Figure, Result, Sentence
from salesfact._store import answered, stored

from .test_facts import lines

DRAWN: list[bool] = []


@dataclass(frozen=True, kw_only=True, repr=False)
class Seen(Result):
    size: ClassVar = (6, 1)
    narrow_size: ClassVar = (2, 1)

    @classmethod
    def compute_figures(cls, table, tables, parameters):
        return {"n": Figure(table["lines"].sum(), unit="count")}

    def sentences(self):
        return (Sentence("{n} lines"),)

    def draw(self, ax):
        DRAWN.append(bool(_style.is_narrow(ax)))
        ax.plot(self.table["lines"].to_numpy())


@stored
def seen(facts: Facts) -> Seen:
    return Seen(table=facts.summary(), source=facts.source)


def facts(folder: Path) -> Facts:
    return Facts.from_frames(lines(), folder=folder, key="k")


def test_a_picture_is_drawn_once_and_is_the_same_again(tmp_path: Path):
    DRAWN.clear()
    fresh = seen(facts(tmp_path / "other")).payload()
    assert DRAWN == [False, True]
    first = seen(facts(tmp_path)).payload()
    again = seen(facts(tmp_path)).payload()
    assert DRAWN == 2 * [False, True]
    assert fresh == first == again
    assert first["picture"].startswith("<svg") and first["picture"] != first["picture_narrow"]


def test_nothing_is_kept_of_facts_that_have_no_folder():
    DRAWN.clear()
    result = seen(Facts.from_frames(lines()))
    assert result.kept is None
    assert result.picture() == result.picture()
    assert len(DRAWN) == 2


def test_in_another_language_or_with_other_texts_it_is_another_picture(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    DRAWN.clear()
    result = seen(facts(tmp_path))
    result.picture()
    assert result.in_language("sv").kept is None
    monkeypatch.setattr(_pictures, "_version", lambda: "with-other-texts")
    result.picture()
    assert len(DRAWN) == 2


@pytest.mark.parametrize(
    "damage", [lambda t: t[:-9], lambda t: t.replace("svg", "gvs"), lambda _: ""]
)
def test_a_damaged_picture_is_drawn_anew(tmp_path: Path, damage):
    result = seen(facts(tmp_path))
    drawn = result.picture()
    assert result.kept is not None
    (path,) = result.kept.glob("wide-*.svg")
    path.write_text(damage(path.read_text(encoding="utf-8")), encoding="utf-8")
    assert result.picture() == drawn
    assert _pictures._read(path) == drawn


def test_where_no_picture_can_be_kept_it_is_drawn_all_the_same(tmp_path: Path):
    result = seen(facts(tmp_path))
    object.__setattr__(result, "kept", tmp_path / "gone")
    assert str(result.picture()).startswith("<svg")
    assert not (tmp_path / "gone").exists()


def test_a_damaged_answer_gives_way_to_a_new_one(tmp_path: Path):
    place = seen(facts(tmp_path)).kept
    assert place is not None
    (place / "result.json").write_text("{", encoding="utf-8")
    assert seen(facts(tmp_path)).kept == place
    assert seen(facts(tmp_path)).table.equals(seen(Facts.from_frames(lines())).table)
    assert (place / "result.json").read_text(encoding="utf-8") != "{"


def test_only_answers_of_this_code_day_and_language_count(tmp_path: Path):
    assert not answered(facts(tmp_path), "seen")
    result = seen(facts(tmp_path))
    assert answered(facts(tmp_path), "seen")
    assert not answered(facts(tmp_path).cut(dt.date(2024, 1, 31)), "seen")
    assert not answered(Facts.from_frames(lines(), folder=tmp_path, key="k", language="sv"), "seen")
    assert result.kept is not None
    result.kept.parent.rename(result.kept.parent.with_name("other-code"))
    assert not answered(facts(tmp_path), "seen")


ASK = """
import sys, time
from pathlib import Path
from tests import test_store as t
from salesfact._store import stored

def slow(facts):
    with (Path(sys.argv[1]) / "asked").open("a") as file:
        file.write("x")
    time.sleep(0.5)
    return t.Seen(table=facts.summary(), source=facts.source)

print("ready", flush=True)
input()
print(int(stored(slow)(t.facts(Path(sys.argv[1]))).figures["n"].value))
"""


@pytest.mark.skipif(not can_wait(), reason="no locks between processes on this system")
def test_processes_that_ask_the_same_at_once_work_it_out_once(tmp_path: Path):
    command = [sys.executable, "-c", ASK, str(tmp_path)]
    root = Path(__file__).parents[1]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    asking = [subprocess.Popen(command, cwd=root, text=True, **pipes) for _ in range(2)]
    for process in asking:  # both have started before either asks
        assert process.stdout.readline() == "ready\n"
    for process in asking:
        process.stdin.write("\n")
        process.stdin.flush()
    assert [process.communicate(timeout=60)[0] for process in asking] == ["6\n", "6\n"]
    assert (tmp_path / "asked").read_text() == "x"
    assert not list(tmp_path.rglob("*.lock"))


@pytest.mark.skipif(not can_wait(), reason="no locks between processes on this system")
def test_one_who_holds_on_for_ever_is_not_waited_for(tmp_path: Path):
    path = tmp_path / "a" / ".x.lock"
    with alone(path):
        start = time.monotonic()
        with alone(path, patience=0.05):
            waited = time.monotonic() - start
        assert waited >= 0.05
        assert path.exists()  # it is the other's
    assert not path.exists()


def test_after_an_error_nobody_waits(tmp_path: Path):
    path = tmp_path / ".x.lock"
    with pytest.raises(ZeroDivisionError), alone(path):
        raise ZeroDivisionError
    assert not path.exists()
    with alone(path, patience=0):
        pass


def test_where_nothing_can_be_written_there_is_no_lock_and_no_error(tmp_path: Path):
    (tmp_path / "file").write_text("")
    done = []
    with alone(tmp_path / "file" / "below" / ".x.lock"):
        done.append(pd.NA)
    assert len(done) == 1
