"""Which lines are rows, and what is wrong with the others?

Lines that read like the others never become Python objects. The few that do not (a stray quote,
a field too many, a NUL byte) are read one at a time by `_odd`, and their fields are appended to
the block, so that what follows sees rows of one shape.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from salesfact._lines import SPARE, Block, LineReader
from salesfact._odd import LABEL_ENDS, LABEL_STARTS, split_line
from salesfact._places import Layout, Work, delimited, fixed, marked

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
        work = fixed(block, layout)
    else:
        if len(layout.delimiter.encode()) != 1:
            block, layout = marked(block, layout)
        work = delimited(block, layout, reader)
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


def _suspects(work: Work, layout: Layout, filled: np.ndarray) -> np.ndarray:
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
    work: Work,
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


def _append(work: Work, row: int, fields: list[str], side: bytearray, offset: int) -> None:
    """Put an odd row's fields behind the block's text and point the row's places there."""
    for column in range(len(work.starts)):
        value = fields[column].encode() if column < len(fields) else b""
        work.starts[column, row] = offset + len(side)
        side += value
        work.ends[column, row] = offset + len(side)
