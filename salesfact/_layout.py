"""How is a text laid out: which delimiter, which header line, which widths, which quotes?"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from salesfact._headers import is_known

DELIMITERS = (";", "\t", ",", "|")
_NUMBER = re.compile(r"^[-+−(]?\s*\d[\d .,'\u00a0\u202f]*\s*(kr|SEK|EUR|€|%)?\s*[-)]?$", re.I)
_DATE = re.compile(r"^\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}([ T].*)?$")
_RULER = re.compile(r"^[\s\-=_+|;,\t]+$")


def is_value(cell: str) -> bool:
    """Whether a cell holds a number or a date rather than a label."""
    return bool(_NUMBER.match(cell) or _DATE.match(cell))


def split_line(line: str, delimiter: str, quote: str) -> list[str]:
    """The fields of one physical line, unquoted and trimmed."""
    if quote and quote in line:
        try:
            fields = next(csv.reader([line], delimiter=delimiter, quotechar=quote))
        except (csv.Error, StopIteration):
            fields = line.split(delimiter)
    else:
        fields = line.split(delimiter)
    return [f.strip() for f in fields]


def find_delimiter(lines: Sequence[str]) -> tuple[str, int, float] | None:
    """Delimiter, number of fields and the share of lines that have just so many."""
    body = [line for line in lines if line.strip() and not _RULER.match(line)]
    best: tuple[float, str, int, float] | None = None
    for delimiter in DELIMITERS:
        rows = [split_line(line, delimiter, '"') for line in body]
        counts = Counter(len(r) for r in rows)
        counts.pop(1, None)
        if not counts:
            continue
        width, hits = max(counts.items(), key=lambda kv: (kv[1], kv[0]))
        share = hits / len(body)
        labels = any(len(r) == width and all(f and not is_value(f) for f in r) for r in rows[:60])
        score = share * min(width - 1, 8) ** 0.5 + 0.5 * labels
        if share >= 0.5 and (best is None or score > best[0]):
            best = (score, delimiter, width, share)
    return best[1:] if best else None


def find_quote(lines: Sequence[str], delimiter: str) -> str:
    """The quote character; "" where inch marks stand about but nothing is quoted."""
    edge = re.escape(delimiter)

    def paired(mark: str) -> tuple[int, int]:
        # A whole quoted field, or one that opens here and goes on in the next line.
        pattern = re.compile(
            rf"(?:^|{edge})\s*{mark}(?:(?:[^{mark}]|{mark}{mark})*{mark}\s*(?:$|{edge})|(?:[^{mark}]|{mark}{mark})*$)"
        )
        marked = [line for line in lines if mark in line]
        return sum(bool(pattern.search(line)) for line in marked), len(marked)

    hits, marked = paired('"')
    if marked:
        return '"' if hits >= 0.05 * marked else ""
    hits, marked = paired("'")
    return "'" if hits > 0.5 * len(lines) else '"'


def has_quoted_breaks(lines: Sequence[str], delimiter: str, quote: str, width: int) -> bool:
    """Whether quoted fields really hold line breaks (rather than a stray inch mark opening one)."""
    true = stray = at = 0
    while at < len(lines) and true + stray < 400:
        line = lines[at]
        at += 1
        if line.count(quote) % 2 == 0:
            continue
        joined, used = line, 0
        for more in lines[at : at + 40]:
            joined, used = joined + "\n" + more, used + 1
            if more.count(quote) % 2:
                break
        try:
            fields = next(csv.reader(joined.splitlines(True), delimiter=delimiter, quotechar=quote))
        except (csv.Error, StopIteration):
            fields = []
        short = len(split_line(line, delimiter, "")) < width
        if used and len(fields) == width and short:
            true, at = true + 1, at + used
        else:
            stray += 1
    return true > stray


def find_header(rows: Sequence[Sequence[str]], width: int) -> int | None:
    """Index of the header among the first rows; None where the file has none.

    A header has a label in nearly every column, none a number, few twice; and either the columns
    below hold numbers and dates, or its words are known.
    """
    for at, row in enumerate(rows[:60]):
        if not width - 1 <= len(row) <= width + 1:
            continue
        labels = [c for c in row if c]
        # a mark at the end of each line makes a column with neither label nor value
        near = rows[at : at + 200]
        needed = sum(any("".join(r[j : j + 1]) for r in near) for j in range(width))
        if len(labels) < max(0.8 * needed, min(width, 2)) or any(map(is_value, labels)):
            continue
        if len({c.lower() for c in labels}) < 0.5 * len(labels):
            continue
        below = [r for r in rows[at + 1 :] if len(r) >= width]
        if not below:
            return at
        typed = 0
        for j in range(width):
            cells = [r[j] for r in below[:200] if r[j]]
            typed += bool(cells) and sum(map(is_value, cells)) >= 0.8 * len(cells)
        known = sum(is_known(c) for c in labels)
        if typed or known >= max(2, 0.3 * len(labels)) or (known and width <= 3):
            return at
    return None


def find_widths(lines: Sequence[str]) -> tuple[tuple[int, int], ...]:
    """Fixed-width columns: those between positions that are blank in (nearly) all lines."""
    body = [line.rstrip() for line in lines if line.strip() and not _RULER.match(line)]
    body = [line.expandtabs(8) for line in body if any(c.isdigit() for c in line)]
    if len(body) < 3:
        return ()
    length = max(map(len, body))
    filled = [0] * length
    for line in body:
        for at, char in enumerate(line):
            filled[at] += char != " "
    few = 0.01 * len(body)
    spans: list[tuple[int, int]] = []
    start = None
    for at in range(length + 1):
        dark = at < length and filled[at] > few
        if dark and start is None:
            start = at
        elif not dark and start is not None:
            spans.append((start, at))
            start = None
    if len(spans) < 2:
        return ()
    edges = [0]
    for (_, end), (begin, right) in pairwise(spans):
        cells = [line[begin:right] for line in body if line[begin:right].strip()]
        flush = sum(len(c) == right - begin and c[-1] != " " for c in cells)
        ragged = sum(c[0] == " " for c in cells)
        # A column set flush right grows to the left, one set flush left to the right.
        number = sum(map(is_value, (c.strip() for c in cells))) > 0.9 * len(cells)
        edges.append(end if flush > 0.9 * len(cells) and (ragged or number) else begin)
    ends = [*edges[1:], length + 40]
    return tuple(zip(edges, ends, strict=True))


def cut(line: str, widths: Sequence[tuple[int, int]]) -> list[str]:
    """The fields of one fixed-width line."""
    line = line.expandtabs(8)
    return [line[a:b].strip() for a, b in widths]


def fixed_names(head: str, widths: Sequence[tuple[int, int]]) -> tuple[str, ...]:
    """Names of fixed-width columns from their header line; () if it cannot be cut."""
    for pattern in (r"\s{2,}", r"\s+"):
        names = tuple(re.split(pattern, head.strip()))
        if len(names) == len(widths):
            return names
    names = tuple(cut(head, widths))
    return names if all(names) else ()
