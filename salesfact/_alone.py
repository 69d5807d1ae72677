"""Is somebody else at this very work? A lock between processes, freed even by a kill."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator
from pathlib import Path

#: Seconds after which one no longer waits: who holds the lock may be stopped in a debugger.
PATIENCE = 600.0
_PAUSE = 0.01


def can_wait() -> bool:
    """Whether this system has such locks."""
    try:
        import fcntl  # noqa: F401
    except ImportError:
        return False
    return True


@contextlib.contextmanager
def alone(path: Path, patience: float = PATIENCE) -> Iterator[None]:
    """Hold the lock `path` while the block runs; wait for others first, `patience` seconds at most.

    It spares double work and protects nothing: where the system has no locks, where the folder
    cannot be written, or where others take too long, the block runs all the same. The file goes
    with its holder.
    """
    handle = _open(path)
    if handle is None:
        yield
        return
    held = False
    try:
        held = _taken(handle, patience)
        yield
    finally:
        if held:
            path.unlink(missing_ok=True)
        os.close(handle)


def _open(path: Path) -> int | None:
    if not can_wait():
        return None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError:
        return None


def _taken(handle: int, patience: float) -> bool:
    import fcntl

    deadline = time.monotonic() + patience
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                return False
            time.sleep(_PAUSE)
        except OSError:  # a file system without locks
            return False
        else:
            return True
