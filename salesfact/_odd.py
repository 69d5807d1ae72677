"""What is on a line that does not read like the others? One line at a time, in plain Python."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_TOTAL = (
    r"delsummor|delsumma|totalsumma|slutsumma|summor|summa|totalt|totalen|total|sum|subtotal|"
    r"grand total|sub total|sum total|totals|gesamtsumme|gesamtergebnis|gesamt|zwischensumme|"
    r"endsumme|summe|i alt|ialt|subtotaal|ergebnis|samlet|totalbeløb|sum i alt|hele perioden"
)
_LABEL = re.compile(rf"\W*(?:{_TOTAL})\W*", re.IGNORECASE)
_LABEL_AND_MORE = re.compile(rf"\W*(?:{_TOTAL})\b.*|.*\s(?:{_TOTAL})\W*", re.IGNORECASE)
_NUMERIC = re.compile(
    r"[-+(\u2212]?\s*(?:[A-Za-z]{3}|[€$£])?\s*\d[\d\s.,'\u00a0\u2009\u202f]*\)?[-\u2212]?\s*"
    r"(?:[A-Za-z]{2,3}\.?|[€$£%]|:-)?"
)
_DATE = re.compile(r"\d{1,4}[-./]\d{1,2}[-./]\d{1,4}")
_PAGE = re.compile(
    r"\W*(?:sida|sidan|sid|page|seite|side|blad)\.?\s*(?:nr)?\W*\d+\s*"
    r"(?:(?:av|of|von|af|/|\()\s*\d+)?\W*",
    re.IGNORECASE,
)

_RULER = re.compile(r"[-=_+| ]*[-=_]{2,}[-=_+| ]*")

#: What is trimmed from a field: control characters, spaces, no-break spaces.
_BLANK = "".join(map(chr, range(33))) + "\u00a0\u202f"

#: How the first or last letters of a label look: cheap to look for in every row.
LABEL_STARTS = (
    "dels", "tota", "slut", "summ", "sum", "subt", "gran", "sub ", "sum ", "gesa", "zwis", "ends",
    "i al", "ialt", "erge", "saml", "hele", "sida", "sid", "sid ", "sid.", "page", "seit", "side",
    "blad",
)  # fmt: skip
LABEL_ENDS = (
    "umma",
    "mmor",
    "talt",
    "alen",
    "otal",
    " sum",
    "tals",
    "umme",
    "samt",
    "bnis",
    " alt",
)


def is_total(fields: list[str]) -> bool:
    """Whether the fields read as a totals row: a word like "Summa", then mostly nothing.

    A word with more text ("Delsumma kund 4711", "K001 Totalt") counts only where every other
    filled cell is a number, so that a customer called "Total Energi" stays a customer.
    """
    filled = [f for f in fields if f]
    if not filled or len(fields) - len(filled) < (len(fields) - 1) // 2:
        return False
    if _LABEL.fullmatch(filled[0]):
        return True
    return (
        len(filled) > 1
        and len(fields) > 2
        and _LABEL_AND_MORE.fullmatch(filled[0]) is not None
        and all(_NUMERIC.fullmatch(f) and not _DATE.fullmatch(f) for f in filled[1:])
    )


def likeness(fields: list[str]) -> str:
    """What two prints of one title line share: its filled cells, whatever the numbers in them."""
    text = "\x1f".join(f for f in fields if f).casefold()
    return re.sub(r"\d+", "0", text) if len(re.findall(r"[^\W\d_]", text)) > 3 else text


@dataclass
class Head:
    """What stands above the rows, so that its repeats are known again further down.

    Parameters
    ----------
    names : list of str
        The header's cells.
    titles : set of str
        `likeness` of the lines above the header.
    """

    names: list[str] = field(default_factory=list)
    titles: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._header = [n for n in self.names if n]

    def structure(self, fields: list[str]) -> str | None:
        """The reason if these fields are no data at all: `repeated_header`, `page_head`, ..."""
        filled = [f for f in fields if f]
        if self._header and filled == self._header:
            return "repeated_header"
        if self.titles and likeness(fields) in self.titles:
            return "page_head"
        few = len(filled) <= max(1, len(self.names) // 2)
        if few and filled and _PAGE.fullmatch(filled[-1]) and len(filled) <= 3:
            return "page_head"
        if filled and all(_RULER.fullmatch(f) for f in filled):
            return "page_head"
        return "totals_row" if is_total(fields) else None


def _scan(text: str, delimiter: str, quote: str) -> tuple[list[str], bool, bool]:
    """Fields as quoting says, whether a quote stayed open, and whether stray quotes were met."""
    fields: list[str] = []
    stray = False
    at, size = 0, len(text)
    while True:
        start = at
        while start < size and text[start] == " " and delimiter != " ":
            start += 1
        if text.startswith(quote, start):
            seek = start + 1
            while True:
                close = text.find(quote, seek)
                if close < 0:
                    fields.append(text[start + 1 :])
                    return fields, True, stray
                if text.startswith(quote, close + 1):
                    seek = close + 2
                    continue
                after = close + 1
                while after < size and text[after] in " \t\r" and text[after] != delimiter:
                    after += 1
                if after == size or text.startswith(delimiter, after):
                    break
                stray = True
                seek = close + 1
            fields.append(text[start + 1 : close].replace(quote * 2, quote))
            at = after
            if at == size:
                return fields, False, stray
            at += len(delimiter)
        else:
            end = text.find(delimiter, at)
            if end < 0:
                fields.append(text[at:])
                return fields, False, stray or quote in text[at:]
            fields.append(text[at:end])
            at = end + len(delimiter)


def _clean(text: str) -> str:
    return text.replace("\0", " ").strip(_BLANK)


def split_line(
    text: str, delimiter: str, quote: str, expected: int
) -> tuple[list[str], str | None]:
    """Fields of one line, trimmed and unquoted, and what is wrong with it.

    A quote opens a field only at its start and closes it only before a delimiter or the line's
    end; anywhere else it is a character like any other (`3" pipe`). Where quoting leaves another
    number of fields than `expected`, quotes are taken as characters and the plain split is tried.

    Parameters
    ----------
    expected : int
        Fields up to the last named column; 0 accepts any number.

    Returns
    -------
    (fields, reason)
        Reason is None, `unclosed_quote`, `surplus_columns` or `missing_columns`.
    """
    if not quote or quote not in text:
        fields = [_clean(f) for f in text.split(delimiter)]
        return fields, count_fault(fields, expected)
    scanned, opened, stray = _scan(text, delimiter, quote)
    fields = [_clean(f) for f in scanned]
    wrong = count_fault(fields, expected)
    if not opened and not wrong:
        return fields, None
    plain = [_clean(f) for f in text.split(delimiter)]
    balanced = all(not f.startswith(quote) or (len(f) > 1 and f.endswith(quote)) for f in plain)
    bare = [f.removeprefix(quote) if f.startswith(quote) else f for f in plain]
    bare = [
        b[:-1] if f.startswith(quote) and len(f) > 1 and f.endswith(quote) else b
        for b, f in zip(bare, plain, strict=True)
    ]
    fits = expected > 0 and count_fault(bare, expected) is None
    if fits and balanced and (opened or stray):
        return bare, None
    if opened or (stray and fits):
        return bare, "unclosed_quote"
    return fields, wrong


def join_lines(
    lines: list[str], delimiter: str, quote: str, expected: int
) -> tuple[list[str], int] | bool | None:
    """Fields of a record whose quoted field goes on over the line's end, and its lines.

    A join is believed only if every quote in it is in its place and the fields are as many as
    expected, so that one lost quote damages its own line and no other.

    Returns
    -------
    (fields, lines used); None if `lines` ends before the record does; False if it is no record.
    """
    text = lines[0]
    for used, line in enumerate(lines[1:], 2):
        text += "\n" + line
        if quote not in line:
            continue
        scanned, opened, stray = _scan(text, delimiter, quote)
        fields = [_clean(f) for f in scanned]
        if stray or (expected and len(fields) > expected and any(fields[expected:])):
            return False
        if not opened:
            return (fields, used) if count_fault(fields, expected) is None else False
    return None


def count_fault(fields: list[str], expected: int) -> str | None:
    """Whether a line has a field too many or too few; empty cells at its end are harmless."""
    if not expected:
        return None
    if len(fields) < expected:
        return "missing_columns"
    return "surplus_columns" if any(fields[expected:]) else None
