"""Work that several tests need, done once for all of them, whichever asks first."""

from __future__ import annotations

import copyreg
import json
import pickle
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType, SimpleNamespace
from typing import Any

import pytest

from salesfact.report import _run
from salesfact.report._crew import Crew, WarmCrew
from salesfact.report._run import Report


def once(folder: Path, make: Callable[[Path], Any]) -> Any:
    """What `make(folder)` gave, as JSON: made by the first process of the run that asks."""
    return json.loads(_once(folder, lambda: json.dumps(make(folder)).encode()))


def kept(folder: Path, make: Callable[[Path], Any]) -> Any:
    """What `make(folder)` gave, as it was: made by the first process of the run that asks."""
    return pickle.loads(_once(folder, lambda: pickle.dumps(make(folder))))  # noqa: S301 - our own


def frozen(mapping: dict[str, Any]) -> MappingProxyType[str, Any]:
    """As answers hold their figures; pickle knows of none such."""
    return MappingProxyType(mapping)


copyreg.pickle(MappingProxyType, lambda mapping: (frozen, (dict(mapping),)))


def _once(folder: Path, make: Callable[[], bytes]) -> bytes:
    told = folder.with_name(f"{folder.name}.told")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with _held(folder.with_name(f"{folder.name}.lock")):
        if not told.exists():
            shutil.rmtree(folder, ignore_errors=True)  # what a failed attempt left
            folder.mkdir()
            told.write_bytes(make())
    return told.read_bytes()


@contextmanager
def _held(path: Path) -> Iterator[None]:
    """Wait for the other processes of this run; without locks each has its own folder."""
    try:
        import fcntl
    except ImportError:
        yield
        return
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def plain(report: Report) -> dict[str, Any]:
    """A report as JSON."""
    return {"page": str(report.page), "folder": str(report.folder), "chapters": report.chapters}


def report(told: dict[str, Any]) -> Report:
    """The report that was told as JSON."""
    return Report(Path(told["page"]), Path(told["folder"]), tuple(told["chapters"]))


class IdleCrew(WarmCrew):
    """Warm parents that import nothing before they are first asked for something."""

    def _start(self, name: str, *parts: tuple[str, ...]) -> subprocess.Popen[bytes]:
        at_once, *later = parts
        first = at_once + (later.pop(0) if later else ())
        return super()._start(name, (), first, *later)


def away(folder: Path) -> Any:
    """Whoever owns warm parents that another process started, as one to borrow from."""
    parent = SimpleNamespace(poll=lambda: None)
    return SimpleNamespace(folder=folder, _parents=[parent, parent])


def guest(folder: Path) -> WarmCrew:
    """A crew of their parents."""
    return _lending(away(folder))(1)


@contextmanager
def lent(owner: WarmCrew | None) -> Iterator[type[WarmCrew]]:
    """Reports made here fork from the owner's parents: as ever, but nothing is imported anew."""
    kind = WarmCrew if owner is None else _lending(owner)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_run, "WarmCrew", kind)
        yield kind


def _lending(owner: WarmCrew) -> type[WarmCrew]:
    class LentCrew(WarmCrew):
        def _start(self, name: str, *_: Any) -> subprocess.Popen[bytes]:
            (self.folder / name).symlink_to(owner.folder / name)
            return owner._parents[("kernels", "drivers").index(name)]

        def close(self) -> None:
            Crew.close(self)

    return LentCrew
