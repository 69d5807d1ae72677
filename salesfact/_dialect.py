"""How is this text file written? The one description that sniffing fills and reading obeys."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Dialect:
    """How a text file is written; in `client.yml` it stands under `format:` with the same keys.

    Parameters
    ----------
    kind : str
        `"delimited"` or `"fixed"` (fixed width).
    encoding : str
        Python codec: utf-8, utf-8-sig, utf-16, cp1252, latin-1, cp850.
    delimiter, quote : str
        One character each; `quote=""` means that nothing is quoted.
    decimal : str
        `"."` or `","`.
    thousands : str
        `""`, `" "` (any kind of space), `"."`, `","` or `"'"`.
    date : str
        `"YMD"`, `"DMY"` or `"MDY"`; separators `- / .` space or none, optional time. Excel serials
        and 20260930 are read whatever the order.
    header_line : int
        Physical line of the header, from 1; 0 where there is none.
    columns : tuple of str
        Column names where there is no header, or to override it.
    widths : tuple of (int, int)
        Fixed width: start and end of each column, from 0, end not included.
    quoted_breaks : bool
        True where quoted fields really hold line breaks.
    """

    kind: str = "delimited"
    encoding: str = "utf-8"
    delimiter: str = ","
    quote: str = '"'
    decimal: str = "."
    thousands: str = ""
    date: str = "YMD"
    header_line: int = 1
    columns: tuple[str, ...] = ()
    widths: tuple[tuple[int, int], ...] = ()
    quoted_breaks: bool = False
