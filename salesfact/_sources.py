"""How do settings and raw material become validated facts? Read once, typed, balanced, cached."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from salesfact._cache import Cache, digest
from salesfact._client import Settings
from salesfact._code import code_version, imported_by
from salesfact._preparation import BESIDE, Preparation
from salesfact._relations import source_files


def prepare(
    settings: Settings, *, refresh: bool = False, verify: bool = False, threads: int | None = None
) -> tuple[Path, str]:
    """Prepared facts of a client: read from the cache where content and settings are the same.

    Parameters
    ----------
    refresh : bool
        Read a database again.
    verify : bool
        Hash every file again, instead of trusting size and time of change.
    threads : int, optional
        Threads of the engine; the facts are the same with any number.

    Returns
    -------
    folder : Path
        `lines.parquet` (every row), `people.parquet`, `products.parquet`, `ledger.json`,
        `set_aside.csv`; with activities also `activities.parquet` (every row),
        `activities_set_aside.csv` and `double_bookings.csv` where rows are of that kind.
    key : str
        Hash of content, settings and code.

    Raises
    ------
    SourceError
        If a source cannot be read as the settings say.
    FactsError
        If no line is left.
    """
    cache = Cache(settings.folder)
    question = _question(settings, cache, verify=verify)
    pointer = f"database-{digest(question)}.json"
    database = settings.sources.sales.database is not None
    key = digest(question)
    if database:
        key = "" if refresh else str(cache.recalled(pointer).get("key", ""))
    if key and cache.trusted(key, verify=verify):
        return cache.place(key), key
    with cache.workplace() as work:
        ready = work / "ready"
        ready.mkdir()
        seen = Preparation(settings, work, ready, threads).run()
        if database:
            key = digest([question, seen])
        place = cache.publish(ready, key)
        if database:
            cache.remember(pointer, {"key": key})
    return place, key


def _question(settings: Settings, cache: Cache, *, verify: bool) -> dict[str, Any]:
    """All that decides what the facts hold: settings, content of the files, code."""
    content = {
        name: [[p.name for p in paths], cache.hashes(paths, verify=verify)]
        for name, paths in _read_files(settings)
    }
    return {
        "code": code_version(imported_by("_sources")),
        "currency": settings.currency,
        "sources": settings.sources.model_dump(mode="json", by_alias=True),
        "content": content,
    }


def _read_files(settings: Settings) -> Iterator[tuple[str, list[Path]]]:
    """Every file that is read, by the source it belongs to."""
    sources = settings.sources
    parts: dict[str, Any] = {f"files.{n}": s for n, s in sources.files.items()}
    parts |= {n: getattr(sources, n) for n in ("sales", *BESIDE)}
    for name, source in parts.items():
        if source is not None and source.file:
            yield name, source_files(source, settings.folder, f"sources.{name}")


def source_hashes(settings: Settings) -> list[tuple[str, str]]:
    """Name and content hash (SHA-256) of every file the facts were read from, in order."""
    paths = list(dict.fromkeys(p for _, found in _read_files(settings) for p in found))
    hashes = Cache(settings.folder).hashes(paths)
    return [(p.name, digest) for p, digest in zip(paths, hashes, strict=True)]


def ledger_of(folder: Path) -> dict[str, Any]:
    """The ledger of prepared facts, with its `days`."""
    return json.loads((folder / "ledger.json").read_text(encoding="utf-8"))
