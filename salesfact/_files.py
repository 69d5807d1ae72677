"""Which files are meant? Names, folders and globs found, unpacked and told apart by kind."""

from __future__ import annotations

import gzip
import hashlib
import shutil
import zipfile
from collections.abc import Sequence
from pathlib import Path

from salesfact._books import SUFFIXES as BOOKS
from salesfact._databases import DUCKDB, SQLITE
from salesfact._errors import Fault, SourceError
from salesfact._language import N_
from salesfact._said import said

PACKED = (".gz", ".zip")
PARQUET = (".parquet", ".pq")
TEXTS = (".csv", ".txt", ".tsv", ".tab", ".asc", ".dat", ".prn", ".skv")
_KINDS = {
    **dict.fromkeys(BOOKS, "book"),
    **dict.fromkeys(PARQUET, "parquet"),
    **dict.fromkeys((*SQLITE, *DUCKDB), "database"),
    **dict.fromkeys(TEXTS, "text"),
}


def find(names: Sequence[str], folder: Path, where: str) -> list[Path]:
    """The files meant by names, folders and globs, each once, in the order named, then by name.

    Raises
    ------
    SourceError
        If a name means no file.
    """
    found: dict[Path, None] = {}
    faults = []
    for name in names:
        path = (folder / name).expanduser()
        if path.is_file():
            hits = [path]
        elif path.is_dir():
            hits = sorted(p for p in path.iterdir() if p.is_file() and kind(p, default=None))
        else:
            root, pattern = _split(path)
            hits = sorted(p for p in root.glob(pattern) if p.is_file()) if pattern else []
        if not hits:
            remedy = "" if path.is_dir() else N_("the path is relative to client.yml")
            faults.append(
                Fault(said(N_("no file found: {name}"), name=str(name)), where, remedy=remedy)
            )
        found |= dict.fromkeys(hits)
    if faults:
        raise SourceError(*faults)
    return list(found)


def _split(path: Path) -> tuple[Path, str]:
    """The part of a path before its first wildcard, and the rest."""
    parts = path.parts
    for i, part in enumerate(parts):
        if any(c in part for c in "*?["):
            return Path(*parts[:i]), str(Path(*parts[i:]))
    return path, ""


def kind(path: Path, default: str | None = "text") -> str | None:
    """`text`, `book`, `parquet` or `database`, by the name (without .gz or .zip)."""
    suffixes = [s.lower() for s in path.suffixes]
    while suffixes and suffixes[-1] in PACKED:
        if len(suffixes) == 1 and default is None:
            return "text"
        suffixes.pop()
    return _KINDS.get(suffixes[-1], default) if suffixes else default


def unpacked(paths: Sequence[Path], work: Path) -> list[Path]:
    """The files themselves; what is packed is unpacked into `work`.

    Raises
    ------
    SourceError
        If an archive is damaged or holds no file.
    """
    found = []
    for i, path in enumerate(paths):
        suffix = path.suffix.lower()
        if suffix not in PACKED:
            found.append(path)
            continue
        target = work / f"unpacked-{i}"
        target.mkdir(parents=True)
        try:
            if suffix == ".gz":
                with gzip.open(path) as source, (target / path.stem).open("wb") as out:
                    shutil.copyfileobj(source, out, 1 << 20)
                found.append(target / path.stem)
                continue
            with zipfile.ZipFile(path) as archive:
                inside = sorted(
                    (m for m in archive.infolist() if not m.is_dir() and _wanted(m.filename)),
                    key=lambda m: m.filename,
                )
                if not inside:
                    raise SourceError(Fault(said(N_("the archive holds no file")), where=path.name))
                for n, member in enumerate(inside):
                    # only the last part of the name: an archive cannot write elsewhere
                    own = target / str(n) / Path(member.filename).name
                    own.parent.mkdir()
                    with archive.open(member) as source, own.open("wb") as out:
                        shutil.copyfileobj(source, out, 1 << 20)
                    found.append(own)
        except (OSError, EOFError, zipfile.BadZipFile, RuntimeError, gzip.zlib.error) as error:  # pyright: ignore
            raise SourceError(
                Fault(
                    said(N_("cannot be unpacked: {error}"), error=str(error)),
                    where=path.name,
                )
            ) from None
    return found


def _wanted(name: str) -> bool:
    base = Path(name).name
    return bool(base) and not base.startswith(".") and not name.startswith("__MACOSX/")


def one_kind(paths: Sequence[Path], where: str) -> str:
    """The one kind that all files are of.

    Raises
    ------
    SourceError
        If they are of several kinds.
    """
    kinds = {kind(p) or "text" for p in paths}
    if len(kinds) > 1:
        listed = ", ".join(sorted({p.suffix for p in paths}))
        raise SourceError(
            Fault(
                said(N_("files of several kinds: {listed}"), listed=listed),
                where=where,
                allowed=N_("files of one kind"),
                remedy=N_("name them by a pattern, as *.csv"),
            )
        )
    return kinds.pop()


def content_hash(path: Path) -> str:
    """SHA-256 of a file's bytes."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
