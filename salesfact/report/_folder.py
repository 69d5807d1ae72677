"""How does a run appear? Whole and at once, or not at all; the last good report stays."""

from __future__ import annotations

import os
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_MAKING = ".making-"
_STALE = 24 * 3600.0


@contextmanager
def work_folder(reports: Path) -> Iterator[Path]:
    """A folder to fill, beside the finished runs; it is removed unless published.

    Folders that killed runs left behind are removed first: their lock is free.
    """
    reports.mkdir(parents=True, exist_ok=True)
    sweep(reports)
    folder = reports / f"{_MAKING}{secrets.token_hex(4)}"
    folder.mkdir(mode=0o755)
    lock = _lock(folder)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        if lock is not None:
            os.close(lock)
        _lock_path(folder).unlink(missing_ok=True)


def publish(folder: Path, name: str) -> Path:
    """Let the run appear as `reports/NAME` by one rename, then replace the report beside it.

    Returns
    -------
    Path
        The finished run's folder.
    """
    reports = folder.parent
    target = reports / name
    n = 2
    while target.exists():
        target, n = reports / f"{name}-{n}", n + 1
    _sync(folder)
    os.rename(folder, target)  # noqa: PTH104 - the step that counts, told plainly
    latest = reports / f".report-{secrets.token_hex(4)}"
    try:
        shutil.copyfile(target / "report.html", latest)
        with latest.open("rb") as stream:
            os.fsync(stream.fileno())
        os.replace(latest, reports / "report.html")  # noqa: PTH105
    finally:
        latest.unlink(missing_ok=True)
    return target


def sweep(reports: Path) -> None:
    """Remove what killed runs left; whatever is still being made is not touched."""
    for folder in reports.glob(f"{_MAKING}*"):
        if folder.is_dir() and _abandoned(folder):
            shutil.rmtree(folder, ignore_errors=True)
            _lock_path(folder).unlink(missing_ok=True)
    for lock in reports.glob(f"{_MAKING}*.lock"):
        if not lock.with_suffix("").exists() and _old(lock, 60.0):
            lock.unlink(missing_ok=True)
    for copy in reports.glob(".report-*"):
        if _old(copy, 60.0):
            copy.unlink(missing_ok=True)


def _lock_path(folder: Path) -> Path:
    return folder.parent / (folder.name + ".lock")


def _lock(folder: Path) -> int | None:
    """Hold a lock as long as this process lives; the system frees it even after a kill."""
    try:
        import fcntl
    except ImportError:
        return None
    handle = os.open(_lock_path(folder), os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(handle, fcntl.LOCK_EX)
    return handle


def _abandoned(folder: Path) -> bool:
    try:
        import fcntl
    except ImportError:
        return _old(folder, _STALE)
    try:
        handle = os.open(_lock_path(folder), os.O_RDWR)
    except FileNotFoundError:  # killed between the folder and its lock, or just now made
        return _old(folder, 60.0)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(handle)
    return True


def _old(path: Path, seconds: float) -> bool:
    try:
        return time.time() - path.stat().st_mtime > seconds
    except OSError:
        return False


def _sync(folder: Path) -> None:
    for path in folder.rglob("*"):
        if path.is_file():
            with path.open("rb") as stream:
                os.fsync(stream.fileno())
