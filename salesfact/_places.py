"""Where does each field begin and end? Found for a whole block of lines at once by numpy."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from salesfact._lines import SPARE, Block, LineReader
from salesfact._odd import Head, join_lines, split_line

if TYPE_CHECKING:
    import numpy as np

#: Lines a quoted field may run over; a quote still open after that is damage.
LONGEST_RECORD = 200
_FIELD_MARK = "\x1f"


@dataclass
class Layout:
    """How the lines of one text are cut.

    Parameters
    ----------
    width : int
        Columns.
    needed : int
        Columns up to the last that has a name; a line with fewer lacks something.
    delimiter, quote : str
        As in the dialect; fields of fixed width have neither.
    widths : tuple of (start, end)
        Places of the columns in characters, for fixed width.
    length : int
        Characters of every line where all are of one length, else 0 (fixed width).
    """

    width: int
    needed: int
    delimiter: str
    quote: str
    head: Head = field(default_factory=Head)
    keys: tuple[bytes, ...] = ()
    widths: tuple[tuple[int, int], ...] = ()
    length: int = 0
    quoted_breaks: bool = False


@dataclass
class Work:
    """Places of the fields of all lines, before odd lines are read and blank ones left out."""

    data: np.ndarray
    starts: np.ndarray
    ends: np.ndarray
    line_starts: np.ndarray
    line_ends: np.ndarray
    odd: np.ndarray
    dropped: np.ndarray | None = None
    records: dict[int, tuple[list[str], int]] = field(default_factory=dict)


def marked(block: Block, layout: Layout) -> tuple[Block, Layout]:
    """The block with one-byte marks for a delimiter of several bytes."""
    import numpy as np

    old, mark = layout.delimiter.encode(), _FIELD_MARK.encode()
    data = bytes(block.text)
    shrink = len(old) - 1

    def moved(places: list[int]) -> list[int]:
        return [p - shrink * data.count(old, 0, p) for p in places]

    text = data.replace(mark, b" ").replace(old, mark)
    padded = np.zeros(len(text) + SPARE, np.uint8)
    padded[: len(text)] = np.frombuffer(text, np.uint8)
    block = replace(block, data=padded, size=len(text), bad=moved(block.bad), nul=moved(block.nul))
    return block, replace(layout, delimiter=_FIELD_MARK)


def delimited(block: Block, layout: Layout, reader: LineReader) -> Work:
    import numpy as np

    buf = block.data[: block.size]
    delimiter = ord(layout.delimiter)
    mask = buf == delimiter
    mask |= buf == 10
    quoted = False
    if layout.quote:
        quotes = buf == ord(layout.quote)
        quoted = bool(quotes.any())
        if quoted:
            mask |= quotes
    places = np.flatnonzero(mask).astype(np.int32)
    is_end = buf[places] == 10
    end_at = np.flatnonzero(is_end)
    line_ends = places[end_at]
    line_starts = np.empty_like(line_ends)
    line_starts[0] = 0
    line_starts[1:] = line_ends[:-1] + 1
    odd = np.zeros(len(line_ends), bool)
    dropped = None
    records: dict[int, tuple[list[str], int]] = {}
    if quoted:
        places, is_end, odd = _outside_quotes(block.data, places, is_end, end_at, layout)
        if layout.quoted_breaks and odd.any():
            records, cut = _records(block, layout, line_starts, line_ends, odd)
            if cut is not None:
                reader.give_back(block, int(line_starts[cut]), block.first_line + cut)
                if cut == 0:
                    block.bad, block.nul = [], []  # they come again with their lines
                    return _nothing(block.data, layout.width)
                size = int(line_starts[cut])
                kept = np.zeros(size + SPARE, np.uint8)
                kept[:size] = buf[:size]
                block.data, block.size = kept, size
                block.bad = [p for p in block.bad if p < size]
                block.nul = [p for p in block.nul if p < size]
                return delimited(block, layout, reader)
            dropped = np.zeros(len(odd), bool)
            for first, (_, used) in records.items():
                dropped[first + 1 : first + used] = True
            odd &= ~dropped
        end_at = np.flatnonzero(is_end)
    count = np.diff(end_at, prepend=-1)
    if block.returns:
        places[end_at] -= (block.data[line_ends - 1] == 13) & (line_ends > line_starts)
    width, lines = layout.width, len(line_ends)
    starts = np.empty((width, lines), np.int32)
    ends = np.empty((width, lines), np.int32)
    if len(places) == lines * width and bool((count == width).all()):
        ends[:] = places.reshape(lines, width).T
    else:
        first = end_at - count + 1
        for column in range(width):
            ends[column] = places[np.minimum(first + column, end_at)]
        last = places[np.minimum(first + width - 1, end_at)]
        # cells beyond the header are harmless where nothing stands between their delimiters
        surplus = (count > width) & (places[end_at] - last != count - width)
        nothing = places[end_at] == line_starts
        odd |= ((count < layout.needed) & ~nothing) | surplus
        if dropped is not None:
            odd &= ~dropped
    starts[0] = line_starts
    np.minimum(ends[:-1] + 1, ends[1:], out=starts[1:])
    if quoted:
        mark = ord(layout.quote)
        for start, end in zip(starts, ends, strict=True):
            wrapped = (block.data[start] == mark) & (end - start > 1)
            start += wrapped
            end -= wrapped
    return Work(block.data, starts, ends, line_starts, line_ends, odd, dropped, records)


def _nothing(data: np.ndarray, width: int) -> Work:
    import numpy as np

    none = np.zeros(0, np.int32)
    empty = np.zeros((width, 0), np.int32)
    return Work(data, empty, empty.copy(), none, none, np.zeros(0, bool))


def _outside_quotes(
    data: np.ndarray, places: np.ndarray, is_end: np.ndarray, end_at: np.ndarray, layout: Layout
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Delimiters and line ends outside quotes, and the lines whose quotes are not in order."""
    import numpy as np

    quote, delimiter = ord(layout.quote), ord(layout.delimiter)
    is_quote = data[places] == quote
    seen = np.cumsum(is_quote, dtype=np.int32)
    upto = seen[end_at]
    base = np.concatenate([[0], upto[:-1]]).astype(np.int32)
    line_of = np.cumsum(is_end, dtype=np.int32) - is_end
    inside = ((seen - is_quote - base[line_of]) & 1).astype(bool)
    odd = ((upto - base) & 1).astype(bool)
    at = np.flatnonzero(is_quote)
    where = places[at]
    before = data[where - 1]
    before[where == 0] = 10
    after = data[where + 1]
    # an opening quote follows a delimiter, a closing one precedes it; a doubled quote breaks this
    # rule too and goes the slow way
    opens = (before == delimiter) | (before == 10)
    closes = (after == delimiter) | (after == 10) | (after == 13)
    odd[line_of[at[~np.where(inside[at], closes, opens)]]] = True
    keep = is_end | ~(is_quote | inside)
    return places[keep], is_end[keep], odd


def _records(
    block: Block, layout: Layout, line_starts: np.ndarray, line_ends: np.ndarray, odd: np.ndarray
) -> tuple[dict[int, tuple[list[str], int]], int | None]:
    """Records that run over several lines; and the line from which the next block is needed."""
    import numpy as np

    records: dict[int, tuple[list[str], int]] = {}
    free = 0
    for first in map(int, np.flatnonzero(odd)):
        if first < free:
            continue
        text = block.line(line_starts[first], line_ends[first])
        _, reason = split_line(text, layout.delimiter, layout.quote, layout.needed)
        if reason != "unclosed_quote":
            continue
        stop = min(first + LONGEST_RECORD, len(line_ends))
        lines = [block.line(line_starts[i], line_ends[i]) for i in range(first, stop)]
        joined = join_lines(lines, layout.delimiter, layout.quote, layout.needed)
        if joined is None and stop < first + LONGEST_RECORD and not block.last:
            return records, first
        if joined:
            assert not isinstance(joined, bool)
            records[first] = joined
            free = first + joined[1]
    return records, None


def fixed(block: Block, layout: Layout) -> Work:
    """Fields at fixed places, counted in characters."""
    import numpy as np

    buf = block.data[: block.size]
    line_ends = np.flatnonzero(buf == 10).astype(np.int32)
    line_starts = np.empty_like(line_ends)
    line_starts[0] = 0
    line_starts[1:] = line_ends[:-1] + 1
    content = line_ends.copy()
    if block.returns:
        content -= (block.data[line_ends - 1] == 13) & (line_ends > line_starts)
    narrow = not bool((buf > 127).any())
    if narrow:
        char_start, char_end, place = line_starts, content, None
    else:
        begins = (buf & 0xC0) != 0x80
        order = np.cumsum(begins, dtype=np.int32) - 1
        place = np.append(np.flatnonzero(begins), block.size).astype(np.int32)
        char_start, char_end = order[line_starts], order[content]
    starts = np.empty((layout.width, len(line_ends)), np.int32)
    ends = np.empty_like(starts)
    for column, (left, right) in enumerate(layout.widths):
        start = np.minimum(char_start + left, char_end)
        end = np.minimum(char_start + right, char_end)
        starts[column] = start if place is None else place[start]
        ends[column] = end if place is None else place[end]
    length = char_end - char_start
    odd = length > max(right for _, right in layout.widths)
    if layout.length:
        odd |= (length < layout.length) & (length > 0)
    else:
        odd |= (length <= layout.widths[layout.needed - 1][0]) & (length > 0)
    return Work(block.data, starts, ends, line_starts, line_ends, odd)
