"""Have we read this before? Prepared facts beside the client, found by content and settings.

A cache appears by one rename, after everything in it is on disk, and carries a marker with the
size and hash of each file. What lacks the marker, or differs from it, is never trusted.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from salesfact._files import content_hash

_MARKER = "complete.json"
_INDEX = "index.json"
_KEPT = 4  # prepared facts kept beside each other: as_of is no part of the key, settings are


def kept_in(client: Path) -> Path:
    """Where a client's facts are kept: in its own folder, so that deleting it deletes them.

    Only where nothing can be written there, and `SALESFACT_CACHE` names a folder, in that one.
    """
    own, named = client / ".salesfact", os.environ.get("SALESFACT_CACHE")
    if named and not os.access(own if own.exists() else client, os.W_OK):
        return Path(named) / f"client-{digest(str(client.resolve()))}"
    return own


class Cache:
    """The folder of a client's prepared facts: see `kept_in`."""

    def __init__(self, client: Path) -> None:
        self.folder = kept_in(client)

    def hashes(self, paths: Sequence[Path], *, verify: bool = False) -> list[str]:
        """Content hashes, remembered by path, size and time of change.

        With `verify` every file is read again.
        """
        index = self._read(_INDEX)
        found, fresh = [], False
        for path in paths:
            state = path.stat()
            known = index.get(str(path))
            mark = [state.st_size, state.st_mtime_ns]
            if known is None or known[:2] != mark or verify:
                known = [*mark, content_hash(path)]
                fresh |= index.get(str(path)) != known
                index[str(path)] = known
            found.append(known[2])
        if fresh:
            self.remember(_INDEX, index)
        return found

    def remember(self, name: str, content: Any) -> None:
        """Write a small JSON file, whole or not at all."""
        self.folder.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(prefix=".new-", dir=self.folder)
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            json.dump(content, stream)
            stream.flush()
            os.fsync(stream.fileno())
        Path(temporary).replace(self.folder / name)

    def _read(self, name: str) -> dict[str, Any]:
        try:
            content = json.loads((self.folder / name).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return content if isinstance(content, dict) else {}

    def recalled(self, name: str) -> dict[str, Any]:
        """What `remember` wrote, or nothing."""
        return self._read(name)

    def place(self, key: str) -> Path:
        """Where the facts of that key lie."""
        return self.folder / f"facts-{key}"

    def trusted(self, key: str, *, verify: bool = False) -> bool:
        """Whether whole facts of that key are there; with `verify`, byte for byte."""
        place = self.place(key)
        try:
            marker = json.loads((place / _MARKER).read_text(encoding="utf-8"))
            return all(
                (place / name).stat().st_size == size
                and (not verify or content_hash(place / name) == digest)
                for name, (size, digest) in marker.items()
            )
        except (OSError, ValueError):
            return False

    @contextmanager
    def workplace(self) -> Iterator[Path]:
        """A folder to prepare in; gone afterwards, unless it was moved into its place."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self._sweep()
        work = Path(tempfile.mkdtemp(prefix=f".new-{os.getpid()}-", dir=self.folder))
        try:
            yield work
        finally:
            shutil.rmtree(work, ignore_errors=True)

    def publish(self, ready: Path, key: str) -> Path:
        """Mark the files of `ready` as whole and move them into their place by one rename."""
        files = sorted(p for p in ready.iterdir() if p.is_file())
        marker = {p.name: [p.stat().st_size, content_hash(p)] for p in files}
        for path in files:
            _to_disk(path)
        (ready / _MARKER).write_text(json.dumps(marker), encoding="utf-8")
        _to_disk(ready / _MARKER)
        place = self.place(key)
        if place.exists():
            # another run was quicker, with the same facts; compared byte for byte, for these
            # were made because what lay there was not trusted
            if self.trusted(key, verify=True):
                return place
            shutil.rmtree(place)
        with contextlib.suppress(OSError):
            ready.rename(place)
        if not self.trusted(key):
            raise OSError(f"prepared facts could not be moved to {place.name}")
        _to_disk(self.folder)
        self._prune(place)
        return place

    def _prune(self, newest: Path) -> None:
        """Keep the newest few; older settings and contents are read anew if they come back."""
        others = [p for p in self.folder.glob("facts-*") if p != newest]
        others.sort(key=lambda p: p.stat().st_mtime_ns, reverse=True)
        for path in others[_KEPT - 1 :]:
            shutil.rmtree(path, ignore_errors=True)

    def _sweep(self) -> None:
        """Remove what killed runs left."""
        for path in leavings(self.folder, ".new-"):
            shutil.rmtree(path, ignore_errors=True)


def leavings(folder: Path, prefix: str) -> list[Path]:
    """Folders named by `prefix`, process and a dash, whose process is gone."""
    found = []
    for path in folder.glob(f"{prefix}*-*"):
        pid = path.name.removeprefix(prefix).split("-")[0]
        if path.is_dir() and pid.isdigit() and not _alive(int(pid)):
            found.append(path)
    return found


def _alive(pid: int) -> bool:
    if os.name == "nt":  # os.kill would end it there
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def _to_disk(path: Path) -> None:
    if os.name == "nt" and path.is_dir():
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        with contextlib.suppress(OSError):
            os.fsync(handle)
    finally:
        os.close(handle)


def digest(content: Any) -> str:
    """A short hash of plain JSON values."""
    text = json.dumps(content, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:24]
