"""Which bytes are which field? Places of all fields of a block of lines, found at once by numpy.

Lines that read like the others never become Python objects. The few that do not (a stray quote,
a field too many, a NUL byte) are read one at a time by `_odd`, and their fields are appended to
the block, so that what follows sees rows of one shape.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from salesfact._lines import SPARE, Block, LineReader
from salesfact._odd import (
    LABEL_ENDS,
    LABEL_STARTS,
    Head,
    count_fault,
    join_lines,
    split_line,
)

if TYPE_CHECKING:
    import numpy as np

#: Why a physical line is no clean row, in the order of the codes in `Rows.fault`.
FAULTS = (
    "surplus_columns",
    "missing_columns",
    "bad_bytes",
    "nul_byte",
    "unclosed_quote",
    "repeated_header",
    "totals_row",
    "page_head",
)
_CODE = {name: code for code, name in enumerate(FAULTS)}
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
class Rows:
    """The rows of a block: row i's field j is `data[starts[j, i] : ends[j, i]]`."""

    data: np.ndarray
    starts: np.ndarray
    ends: np.ndarray
    raw_starts: np.ndarray
    raw_ends: np.ndarray
    lines: np.ndarray
    fault: np.ndarray
    blank: int = 0
    joined: int = 0


def read_rows(block: Block, layout: Layout, reader: LineReader) -> Rows:
    """All rows of a block, in order."""
    import numpy as np

    if layout.widths:
        work = _fixed(block, layout)
    else:
        if len(layout.delimiter.encode()) != 1:
            block, layout = _marked(block, layout)
        work = _delimited(block, layout, reader)
    _trim(work.data, work.starts, work.ends)
    filled = np.zeros(work.starts.shape[1], np.int32)
    for start, end in zip(work.starts, work.ends, strict=True):
        filled += end > start
    blank = (filled == 0) & ~work.odd
    suspects = _suspects(work, layout, filled) & ~blank & ~work.odd
    bad = np.zeros_like(blank)
    if block.bad:
        bad[np.searchsorted(work.line_ends, np.array(block.bad))] = True
    if block.nul:
        work.odd[np.searchsorted(work.line_ends, np.array(block.nul))] = True
    if work.dropped is not None:
        blank &= ~work.dropped
    return _finish(block, layout, work, suspects, bad, blank)


@dataclass
class _Work:
    """Places of the fields of all lines, before odd lines are read and blank ones left out."""

    data: np.ndarray
    starts: np.ndarray
    ends: np.ndarray
    line_starts: np.ndarray
    line_ends: np.ndarray
    odd: np.ndarray
    dropped: np.ndarray | None = None
    records: dict[int, tuple[list[str], int]] = field(default_factory=dict)


def _marked(block: Block, layout: Layout) -> tuple[Block, Layout]:
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


def _delimited(block: Block, layout: Layout, reader: LineReader) -> _Work:
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
                    return _nothing(block.data, layout.width)
                size = int(line_starts[cut])
                kept = np.zeros(size + SPARE, np.uint8)
                kept[:size] = buf[:size]
                block.data, block.size = kept, size
                block.bad = [p for p in block.bad if p < size]
                block.nul = [p for p in block.nul if p < size]
                return _delimited(block, layout, reader)
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
    return _Work(block.data, starts, ends, line_starts, line_ends, odd, dropped, records)


def _nothing(data: np.ndarray, width: int) -> _Work:
    import numpy as np

    none = np.zeros(0, np.int32)
    empty = np.zeros((width, 0), np.int32)
    return _Work(data, empty, empty.copy(), none, none, np.zeros(0, bool))


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


def _fixed(block: Block, layout: Layout) -> _Work:
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
    return _Work(block.data, starts, ends, line_starts, line_ends, odd)


def _trim(data: np.ndarray, starts: np.ndarray, ends: np.ndarray) -> None:
    """Move the places inwards over white space and no-break spaces, in place."""
    import numpy as np

    for start, end in zip(starts, ends, strict=True):
        for edge, side in ((start, 0), (end, 1)):
            byte = data[edge - side]
            # 0xC2 0xA0 is a no-break space; 0xA0 and 0xAF also end other characters
            suspect = ((byte <= 32) | (byte == (0xA0 if side else 0xC2))) & (end > start)
            if side:
                suspect |= (byte == 0xAF) & (end > start)
            else:
                suspect |= (byte == 0xE2) & (end > start)
            rows = np.flatnonzero(suspect)
            while len(rows):
                if side:
                    last, two, three = (data[edge[rows] - k] for k in (1, 2, 3))
                else:
                    last, two, three = (data[edge[rows] + k] for k in (0, 1, 2))
                step = (last <= 32).astype(np.int32)
                if side:
                    step += 2 * ((last == 0xA0) & (two == 0xC2))
                    step += 3 * ((last == 0xAF) & (two == 0x80) & (three == 0xE2))
                else:
                    step += 2 * ((last == 0xC2) & (two == 0xA0))
                    step += 3 * ((last == 0xE2) & (two == 0x80) & (three == 0xAF))
                edge[rows] += -step if side else step
                rows = rows[(step > 0) & (end[rows] > start[rows])]


def _words(texts: tuple[str, ...]) -> np.ndarray:
    import numpy as np

    return np.array(
        sorted({int.from_bytes(t.encode()[:4].ljust(4, b"\0"), "little") for t in texts}), "<u4"
    )


_LOW = 0x20202020
_MASK = (0, 0xFF, 0xFFFF, 0xFFFFFF, 0xFFFFFFFF)


def _suspects(work: _Work, layout: Layout, filled: np.ndarray) -> np.ndarray:
    """Rows that may be a totals row, a page head or the header again."""
    import numpy as np

    rows = len(filled)
    found = np.zeros(rows, bool)
    size = len(work.data)
    four = np.ndarray((size - 3,), "<u4", work.data, strides=(1,))
    width = layout.width
    few = np.flatnonzero((filled <= width - (width - 1) // 2) & (filled > 0))
    if len(few):
        start, end = work.starts[0, few], work.ends[0, few]
        for column in range(1, width):
            empty = start == end
            if not empty.any():
                break
            start = np.where(empty, work.starts[column, few], start)
            end = np.where(empty, work.ends[column, few], end)
        mask = np.array(_MASK, "<u4")[np.minimum(end - start, 4)]
        first = (four[start] | np.uint32(_LOW)) & mask
        last = four[np.maximum(end - 4, 0)] | np.uint32(_LOW)
        # labels set in dashes or asterisks ("** Summa **") and rulers are looked at too
        marked = np.isin(first & np.uint32(0xFFFF), _words(("**", "* ", "--", "- ", "==")))
        hit = np.isin(first, _words(LABEL_STARTS)) | np.isin(last, _words(LABEL_ENDS))
        found[few[hit | marked]] = True
    eight = np.ndarray((size - 7,), "<u8", work.data, strides=(1,))
    begin = eight[work.line_starts]
    for key in layout.keys:
        mask = np.uint64((1 << 8 * len(key)) - 1)
        found |= (begin & mask) == int.from_bytes(key, "little")
    return found


def _finish(
    block: Block,
    layout: Layout,
    work: _Work,
    suspects: np.ndarray,
    bad: np.ndarray,
    blank: np.ndarray,
) -> Rows:
    """Read odd lines one at a time, name what is wrong with each, leave blank lines out."""
    import numpy as np

    lines = len(work.line_ends)
    fault = np.full(lines, -1, np.int8)
    fault[bad] = _CODE["bad_bytes"]
    nul = np.zeros(lines, bool)
    if block.nul:
        nul[np.searchsorted(work.line_ends, np.array(block.nul))] = True
    keep = ~blank
    if work.dropped is not None:
        keep &= ~work.dropped
    side = bytearray()
    raw_starts, raw_ends = work.line_starts.copy(), work.line_ends.copy()
    if block.returns:
        raw_ends -= (work.data[work.line_ends - 1] == 13) & (work.line_ends > work.line_starts)
    for row in map(int, np.flatnonzero((work.odd | suspects) & keep)):
        text = block.line(work.line_starts[row], work.line_ends[row])
        if row in work.records:
            fields, used = work.records[row]
            reason = None
            raw_ends[row] = work.line_ends[row + used - 1]
            if bad[row : row + used].any():
                reason = "bad_bytes"
            if nul[row : row + used].any():
                nul[row] = True
        elif work.odd[row]:
            fields, reason = _split(text, layout)
        else:
            fields = [
                bytes(work.data[s:e]).decode("utf-8", "replace")
                for s, e in zip(work.starts[:, row], work.ends[:, row], strict=True)
            ]
            reason = None
        if not any(fields) and not bad[row] and not nul[row]:
            keep[row] = False
            blank[row] = True
            continue
        shape = layout.head.structure(fields + [""] * (layout.needed - len(fields)))
        code = _CODE.get(shape or reason or "", -1)
        if shape or (code >= 0 and not bad[row]):
            fault[row] = code
        if nul[row]:
            fault[row] = _CODE[shape or "nul_byte"]
            raw = text.replace("\0", "\u2400").encode()
            raw_starts[row] = block.size + len(side)
            side += raw
            raw_ends[row] = block.size + len(side)
        if work.odd[row]:
            _append(work, row, fields, side, block.size)
    data = work.data
    if side:
        data = np.zeros(block.size + len(side) + SPARE, np.uint8)
        data[: block.size] = work.data[: block.size]
        data[block.size : block.size + len(side)] = np.frombuffer(bytes(side), np.uint8)
    numbers = np.arange(block.first_line, block.first_line + lines, dtype=np.int64)
    rows = Rows(
        data,
        work.starts,
        work.ends,
        raw_starts,
        raw_ends,
        numbers,
        fault,
        blank=int(blank.sum()),
        joined=0 if work.dropped is None else int(work.dropped.sum()),
    )
    if not keep.all():
        rows.starts, rows.ends = rows.starts[:, keep], rows.ends[:, keep]
        rows.raw_starts, rows.raw_ends = raw_starts[keep], raw_ends[keep]
        rows.lines, rows.fault = numbers[keep], fault[keep]
    return rows


def _split(text: str, layout: Layout) -> tuple[list[str], str | None]:
    if not layout.widths:
        return split_line(text, layout.delimiter, layout.quote, layout.needed)
    fields = [text[a:b].replace("\0", " ").strip() for a, b in layout.widths]
    beyond = text[max(b for _, b in layout.widths) :].strip()
    if beyond:
        return fields, "surplus_columns"
    short = layout.length or layout.widths[layout.needed - 1][0] + 1
    return fields, "missing_columns" if len(text) < short else None


def _append(work: _Work, row: int, fields: list[str], side: bytearray, offset: int) -> None:
    """Put an odd row's fields behind the block's text and point the row's places there."""
    for column in range(len(work.starts)):
        value = fields[column].encode() if column < len(fields) else b""
        work.starts[column, row] = offset + len(side)
        side += value
        work.ends[column, row] = offset + len(side)


__all__ = ["FAULTS", "Layout", "Rows", "count_fault", "read_rows"]
