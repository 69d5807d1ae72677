"""How do fields reach the engine without being copied? As Arrow string views into the block."""

from __future__ import annotations

from typing import TYPE_CHECKING

from salesfact._lines import SPARE

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

#: Longest string that a view holds in itself; a longer one points into the text.
_INLINE = 12


def string_views(data: np.ndarray, starts: np.ndarray, ends: np.ndarray) -> pa.Array:
    """An Arrow `string_view` array of `data[starts[i]:ends[i]]`; empty strings become null.

    `data` must be UTF-8 with `SPARE` bytes after the last string, and is shared, not copied.
    Layout of the 16 bytes of a view: Arrow columnar format 1.4, "Variable-size Binary View".
    """
    import numpy as np
    import pyarrow as pa

    rows = len(starts)
    room = len(data) - SPARE + 1
    four = np.ndarray((room,), "<u4", data, strides=(1,))
    eight = np.ndarray((room,), "<u8", data, strides=(1,), offset=4)
    length = ends - starts
    within = np.minimum(length, _INLINE + 1)
    views = np.empty((rows, 2), "<u8")
    head = four[starts].astype("<u8")
    head &= _HEAD_MASK[within]
    head <<= np.uint64(32)
    head |= length.astype("<u8")
    views[:, 0] = head
    tail = eight[starts]
    tail &= _TAIL_MASK[within]
    far = length > _INLINE
    if far.any():
        tail = np.where(far, starts.astype("<u8") << np.uint64(32), tail)
    views[:, 1] = tail
    filled = length > 0
    validity = None if filled.all() else pa.py_buffer(np.packbits(filled, bitorder="little"))
    return pa.Array.from_buffers(
        pa.string_view(), rows, [validity, pa.py_buffer(views), pa.py_buffer(data)]
    )


def _masks(skip: int, size: int) -> np.ndarray:
    import numpy as np

    kept = [min(max(n - skip, 0), size) for n in range(_INLINE + 2)]
    return np.array([(1 << (8 * k)) - 1 for k in kept], "<u8")


_HEAD_MASK = _masks(0, 4)
_TAIL_MASK = _masks(4, 8)
