"""What type has a column of loose values? Python values, chunk by chunk, into Arrow columns.

Workbooks and SQLite type each cell, not each column: a column becomes numbers or times only where
every cell is one, and text everywhere else.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa

_DAYS = frozenset({dt.date, dt.datetime})
_NUMBERS = frozenset({int, float})
_NONE = type(None)


class Builder:
    """Gathers one column.

    Parameters
    ----------
    decimal : str
        The decimal mark of text in this file: numbers that end up among text are written so.
    """

    def __init__(self, decimal: str = ".") -> None:
        self.decimal = decimal
        self._pieces: list[tuple[str, Any]] = []

    def add(self, values: Sequence[Any]) -> None:
        """Add a chunk; empty text is nothing."""
        import numpy as np
        import pyarrow as pa

        kinds = set(map(type, values))
        if str in kinds:
            values = [(v.strip() or None) if type(v) is str else v for v in values]
            kinds = set(map(type, values))
        some = kinds - {_NONE}
        if not some:
            self._pieces.append(("none", len(values)))
        elif some == {float} and _NONE not in kinds:
            self._pieces.append(("number", pa.array(np.fromiter(values, float, len(values)))))
        elif some == {int} and max(map(abs, (v for v in values if v is not None))) < 2**63:
            self._pieces.append(("whole", pa.array(values, pa.int64())))
        elif some <= _NUMBERS:
            self._pieces.append(("number", pa.array(values, pa.float64())))
        elif some <= _DAYS:
            times = np.array(values, dtype="datetime64[us]")
            self._pieces.append(("time", pa.array(times)))
        elif some == {str}:
            self._pieces.append(("text", pa.array(values, pa.string())))
        else:
            told = [as_text(v, self.decimal) for v in values]
            self._pieces.append(("text", pa.array(told, pa.string())))

    def pad(self, rows: int) -> None:
        """Add rows that lack this column."""
        if rows:
            self._pieces.append(("none", rows))

    def column(self) -> pa.ChunkedArray:
        """The whole column in its one type."""
        import pyarrow as pa

        kinds = {kind for kind, _ in self._pieces} - {"none"}
        kind = (
            kinds.pop() if len(kinds) == 1 else "number" if kinds == {"number", "whole"} else "text"
        )
        types = {
            "whole": pa.int64(),
            "number": pa.float64(),
            "time": pa.timestamp("us"),
            "text": pa.string(),
        }
        target = types[kind]
        chunks = []
        for own, piece in self._pieces:
            if own == "none":
                chunks.append(pa.nulls(piece, target))
            elif own == kind:
                chunks.append(piece)
            elif kind == "number":
                chunks.append(piece.cast(pa.float64(), safe=False))
            else:
                told = [as_text(v, self.decimal) for v in piece.to_pylist()]
                chunks.append(pa.array(told, pa.string()))
        return pa.chunked_array(chunks, target)


def as_text(value: Any, decimal: str = ".") -> str | None:
    """A cell as text: `17850.0` is `17850`, a day is `2026-09-30`."""
    if value is None:
        return None
    if isinstance(value, str):
        return value.strip() or None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        if math.isnan(value):
            return None
        if value.is_integer() and abs(value) < 1e18:
            return str(int(value))
        return repr(value).replace(".", decimal)
    if isinstance(value, dt.datetime):
        midnight = value.time() == dt.time()
        return value.date().isoformat() if midnight else value.isoformat(" ", "seconds")
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, (bytes, bytearray, memoryview)):
        return bytes(value).decode("utf-8", "replace")
    return str(value)
