"""What does any source of files say of itself? The part of `client.yml` that all sources share."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

_TEXTS = {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}


def _listed(x: Any) -> Any:
    return [x] if isinstance(x, str) else x


def _tab(x: Any) -> Any:
    return "\t" if x in ("tab", "\\t") else x


Texts = Annotated[list[str], BeforeValidator(_listed), WithJsonSchema(_TEXTS)]
Char = Annotated[str, Field(min_length=1, max_length=1), BeforeValidator(_tab)]


class Part(BaseModel):
    """A part of the settings: no key but its own, and nothing changes once it is read."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Format(Part):
    """How a file is written; what is left out is as in a plain UTF-8 CSV file."""

    kind: Literal["delimited", "fixed"] = "delimited"
    encoding: Literal["utf-8", "utf-8-sig", "utf-16", "cp1252", "latin-1", "cp850"] = "utf-8"
    delimiter: Char = ","
    quote: Annotated[str, Field(max_length=1)] = '"'
    decimal: Literal[".", ","] = "."
    thousands: Literal["", " ", ".", ",", "'"] = ""
    date: Literal["YMD", "DMY", "MDY"] = "YMD"
    header_line: Annotated[int, Field(ge=0)] = 1
    columns: tuple[str, ...] = ()
    widths: tuple[tuple[int, int], ...] = ()
    quoted_breaks: bool = False
    sheet: Texts = Field(default=[], description="Excel: sheet names, or all")


class FileSource(Part):
    """A file, a folder, a glob or a list of them."""

    file: Texts = Field(default=[], description="file, folder, glob, or a list of them")
    format: Format = Format()
    table: str | None = Field(default=None, description="SQLite or DuckDB file: its table")
    query: str | None = Field(default=None, description="SELECT in the file, or over `files`")


class Rule(Part):
    """Rows to set aside: a condition over the source's columns, and why."""

    where: str
    reason: str
