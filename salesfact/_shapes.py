"""Which different values does a column hold, and in which shapes? All of them, but cheaply."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa

_SAME = bytes.maketrans(b"123456789", b"111111111")
_MOST_ROWS = 2_000_000
_MOST_SHAPES = 50_000


def distinct(table: pa.Table) -> dict[str, pa.Array]:
    """Distinct texts per column of text, in order of appearance."""
    import pyarrow as pa

    pc: Any = import_module("pyarrow.compute")
    found = {}
    for name in table.column_names:
        if not pa.types.is_string(table[name].type):
            continue
        values = pc.unique(table[name].slice(0, _MOST_ROWS)).drop_null()
        # a blank cell says nothing, and there are few different ones
        short = pc.less_equal(pc.utf8_length(pc.utf8_trim_whitespace(values)), 0)
        found[name] = values.filter(pc.invert(short)) if pc.any(short).as_py() else values
    return found


def some(values: pa.Array, most: int) -> list[str]:
    """At most so many values, evenly from the first to the last."""
    import numpy as np

    if len(values) <= most:
        return values.to_pylist()
    return values.take(np.linspace(0, len(values) - 1, most).astype(np.int64)).to_pylist()


def shapes(values: pa.Array) -> list[tuple[str, int]]:
    """The values by their shape, in which any digit but 0 is as good as another.

    One value of each shape, the first, and how many values share it: some hundreds stand for
    millions of amounts, and what is told by digits and marks is told of all.
    """
    import numpy as np
    import pyarrow as pa

    if not len(values):
        return []
    _, offsets, data = values.buffers()
    plain = bytes(data or b"").translate(_SAME)
    same = pa.StringArray.from_buffers(
        len(values), offsets, pa.py_buffer(plain), None, 0, values.offset
    )
    codes = same.dictionary_encode().indices.to_numpy(zero_copy_only=False)
    counts = np.bincount(codes)
    first = np.empty(len(counts), np.int64)
    first[codes[::-1]] = np.arange(len(codes) - 1, -1, -1)
    kept = np.arange(len(counts))
    if len(kept) > _MOST_SHAPES:
        kept = np.sort(np.argsort(-counts, kind="stable")[:_MOST_SHAPES])
    return list(zip(values.take(first[kept]).to_pylist(), counts[kept].tolist(), strict=True))
