"""Which cells are plainly numbers? Read for a whole block of lines at once by numpy.

The engine takes a quarter of a microsecond to read a number from text and to be sure that nothing
was lost. Almost all cells of a column of money are written in one plain way, and those are read
here, ten times as quickly. All others stay NULL and are read by `_cells.number_sql`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

#: Digits in all, and behind the mark, of a number as lines store it.
DIGITS, DECIMALS = 18, 4
#: Digits that one word of eight bytes holds.
_MOST = 8


def plain_numbers(data: np.ndarray, starts: np.ndarray, ends: np.ndarray, decimal: str) -> pa.Array:
    """The numbers that `data[starts[i]:ends[i]]` plainly say, as DECIMAL(18,4); else null.

    Plain is what every reading agrees on: perhaps a minus, up to eight digits, of which up to four
    stand behind the decimal mark. Thousands, currencies, exponents and longer numbers are not.

    Parameters
    ----------
    data : array of uint8
        Text with eight spare bytes behind it.
    decimal : str
        The decimal mark, "." or ",".
    """
    import numpy as np
    import pyarrow as pa

    rows = len(starts)
    mark = ord(decimal)
    at = starts.astype(np.intp)
    minus = data[at] == ord("-")
    digits = ends - starts
    digits -= minus
    # the last eight characters, and the eight before the last: where there is a decimal mark, what
    # stands before it comes from the second, so that the digits lie side by side
    np.subtract(ends, _MOST + 1, out=at)
    early = at < 0
    at[early] = 0
    late, soon = _words(data, at + 1), _words(data, at)
    behind = np.zeros(rows, np.intp)
    for decimals in range(DECIMALS, 0, -1):
        behind[(late >> np.uint64(8 * (7 - decimals))).astype(np.uint8) == mark] = decimals
    behind[behind >= digits] = 0  # the mark of another cell
    digits -= behind > 0
    clean = (digits > behind) & (digits <= _MOST) & ~early
    word = late ^ soon
    word &= _BEHIND[behind]
    word ^= soon
    whole = behind == 0
    if whole.any():
        word[whole] = late[whole]
    word ^= np.uint64(0x3030303030303030)
    word &= _KEPT[np.clip(digits, 0, _MOST)]
    clean &= ((word + np.uint64(0x7676767676767676)) | word) & np.uint64(0x8080808080808080) == 0
    # pairs, fours, eights of digits
    for factor, shift, kept in _STEPS:
        word *= factor
        word >>= shift
        word &= kept
    value = word.view(np.int64)
    value *= _POWERS[behind]
    np.negative(value, out=value, where=minus)
    validity = None if clean.all() else pa.py_buffer(np.packbits(clean, bitorder="little"))
    return pa.Array.from_buffers(plain_type(), rows, [validity, pa.py_buffer(value)])


def plain_type() -> pa.DataType:
    """DECIMAL(18,4), as lines store numbers."""
    import pyarrow as pa

    return pa.decimal64(DIGITS, DECIMALS)


def _words(data: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Eight bytes from each place."""
    import numpy as np

    eight = np.ndarray((len(data) - 7,), "V8", data, strides=(1,))
    return eight[at].view("<u8")


def _tables() -> tuple[np.ndarray, ...]:
    import numpy as np

    full = (1 << 64) - 1
    # a word's last characters are its highest bytes
    last = [full ^ ((1 << 8 * (8 - n)) - 1) for n in range(_MOST + 1)]
    powers = [10 ** (DECIMALS - n) for n in range(DECIMALS + 1)]
    return np.array(last, "<u8"), np.array(last[: DECIMALS + 1], "<u8"), np.array(powers)


def _steps() -> list[tuple[np.uint64, np.uint64, np.uint64]]:
    import numpy as np

    told = (
        (10 * (1 << 8) + 1, 8, 0x00FF00FF00FF00FF),
        (100 * (1 << 16) + 1, 16, 0x0000FFFF0000FFFF),
        (10000 * (1 << 32) + 1, 32, 0x00000000FFFFFFFF),
    )
    return [(np.uint64(a), np.uint64(b), np.uint64(c)) for a, b, c in told]


_KEPT, _BEHIND, _POWERS = _tables()
_STEPS = _steps()
