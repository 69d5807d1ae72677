"""How do fields reach the engine without being copied? As Arrow string views into the block."""

from __future__ import annotations

from typing import TYPE_CHECKING

from salesfact._lines import SPARE

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

#: Longest string that a view holds in itself; a longer one points into the text.
_INLINE = 12
#: Bytes of a view that hold its length; its string begins behind them.
_LENGTH = 4


def string_views(data: np.ndarray, starts: np.ndarray, ends: np.ndarray) -> pa.Array:
    """An Arrow `string_view` array of `data[starts[i]:ends[i]]`; empty strings become null.

    `data` must be UTF-8 with `SPARE` bytes after the last string, and is shared, not copied.
    Layout of the 16 bytes of a view: Arrow columnar format 1.4, "Variable-size Binary View".
    """
    import numpy as np
    import pyarrow as pa

    rows = len(starts)
    length = ends - starts
    # sixteen bytes at once, the string where a view has it; numpy gathers plain bytes twice as
    # quickly as integers at odd places
    whole = np.ndarray((len(data) - SPARE + 1,), "V16", data, strides=(1,))
    places = starts.astype(np.intp)
    places -= _LENGTH
    early = np.flatnonzero(places < 0)
    places[early] = 0
    views = whole[places].view("<u8").reshape(rows, 2)
    for i in early:
        begin = bytes(data[starts[i] : starts[i] + 2 * 8 - _LENGTH])
        views[i] = np.frombuffer(bytes(_LENGTH) + begin, "<u8")
    far = length > _INLINE
    if far.all():
        views[:, 0] &= _MASKS.view("<u8")[2 * _LENGTH]
        views[:, 1] = starts
        views[:, 1] <<= np.uint64(32)
    else:
        views &= _MASKS[np.minimum(length, _INLINE)].view("<u8").reshape(rows, 2)
        if far.any():
            at = np.flatnonzero(far)
            views[at, 1] = starts[at].astype("<u8") << np.uint64(32)
    views[:, 0] |= length.view("<u4")
    filled = length > 0
    validity = None if filled.all() else pa.py_buffer(np.packbits(filled, bitorder="little"))
    return pa.Array.from_buffers(
        pa.string_view(), rows, [validity, pa.py_buffer(views), pa.py_buffer(data)]
    )


def _masks() -> np.ndarray:
    """By a string's length: the bytes of a view that it fills."""
    import numpy as np

    kept = [bytes(_LENGTH) + b"\xff" * n + bytes(_INLINE - n) for n in range(_INLINE + 1)]
    return np.frombuffer(b"".join(kept), "V16")


_MASKS = _masks()
