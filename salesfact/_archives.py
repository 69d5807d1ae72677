"""Which texts does a file hold? One, or those inside a gzip or zip archive."""

from __future__ import annotations

import gzip
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from salesfact._errors import Fault, SourceError
from salesfact._language import N_
from salesfact._said import said, why_not


@dataclass(frozen=True)
class Member:
    """One text in a file: the file itself, what a gzip file holds, or one member of a zip file."""

    path: Path
    inside: str = ""

    @property
    def label(self) -> str:
        return f"{self.path.name}/{self.inside}" if self.inside else self.path.name

    def open(self) -> IO[bytes]:
        """The text's bytes, unpacked."""
        if self.inside:
            return zipfile.ZipFile(self.path).open(self.inside)
        with self.path.open("rb") as stream:
            packed = stream.read(2) == b"\x1f\x8b"
        return gzip.open(self.path) if packed else self.path.open("rb")  # type: ignore[return-value]


def members(path: Path) -> list[Member]:
    """The texts in a file; the first bytes say how it is packed, not its name.

    Raises
    ------
    SourceError
        If the file is absent, unreadable, a workbook or an encrypted archive.
    """
    try:
        with path.open("rb") as stream:
            start = stream.read(4)
    except OSError as error:
        raise SourceError(
            Fault(
                said(N_("cannot be read: {error}"), error=why_not(error)),
                where=path.name,
            )
        ) from None
    if start != b"PK\x03\x04":
        return [Member(path)]
    try:
        with zipfile.ZipFile(path) as archive:
            infos = archive.infolist()
    except zipfile.BadZipFile as error:
        raise SourceError(
            Fault(
                said(N_("is a damaged zip file: {error}"), error=str(error)),
                where=path.name,
            )
        ) from None
    names = {info.filename for info in infos}
    if "[Content_Types].xml" in names or "mimetype" in names:
        raise SourceError(
            Fault(
                said(N_("is a workbook, not a text file")),
                where=path.name,
                remedy=N_("read it as Excel"),
            )
        )
    if any(info.flag_bits & 1 for info in infos):
        raise SourceError(
            Fault(
                said(N_("is an encrypted zip file")),
                where=path.name,
                remedy=N_("unpack it first"),
            )
        )
    texts = [
        Member(path, info.filename)
        for info in infos
        if not info.is_dir()
        and not info.filename.startswith("__MACOSX/")
        and not info.filename.rsplit("/", 1)[-1].startswith(".")
    ]
    if not texts:
        raise SourceError(Fault(said(N_("is a zip file without a text in it")), where=path.name))
    return texts
