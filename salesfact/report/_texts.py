"""Which texts does a page hold, in the order they are read?"""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

_TEXT_ATTRIBUTES = ("alt", "title", "aria-label", "content", "data-k", "href")


@dataclass(frozen=True)
class Unit:
    """One text; `head` marks those that stand above what follows."""

    text: str
    head: bool = False


@dataclass
class Table:
    """A table's texts."""

    heads: list[str] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)


class PageReader(HTMLParser):
    """Texts, attribute texts and tables of a page; style, script and image data left out.

    `texts` are the blocks as written; `units` the same and the tables in reading order, with a
    blank wherever an element ends, so that neighbours do not run together.
    """

    BLOCKS = frozenset(
        "p li dt dd div figcaption pre summary blockquote caption h1 h2 h3 h4 h5 h6".split()  # noqa: SIM905
    )
    HEADS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6", "summary", "caption"))

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.texts: list[str] = []
        self.attributes: list[str] = []
        self.tables: list[Table] = []
        self.units: list[Unit | Table] = []
        self._head = False
        self._open: list[Table] = []
        self._cell: list[str] | None = None
        self._block: list[str] = []
        self._silent = 0
        self._term = False  # a term and what is said of it are one text

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if value and name in _TEXT_ATTRIBUTES:
                self.attributes.append(value)
        if tag in ("script", "style"):
            self._silent += 1
        elif tag == "table":
            self._flush()
            self._open.append(Table())
        elif tag == "tr" and self._open:
            self._end_cell()
            self._open[-1].rows.append([])
        elif tag in ("td", "th") and self._open:
            self._end_cell()
            self._cell = []
        elif tag in self.BLOCKS:
            if tag == "dt":
                self._term = False
            self._break()
            self._term = self._term or tag == "dt"
            self._head = tag in self.HEADS
        elif tag == "br":
            self.handle_data(" ")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("script", "style"):
            self._silent -= 1
        elif tag in ("td", "th", "tr"):
            self._end_cell()
        elif tag == "table" and self._open:
            self._end_cell()
            table = self._open.pop()
            rows = [r for r in table.rows if r]
            self.tables.append(Table(rows[0] if rows else [], rows[1:]))
            self.units.append(self.tables[-1])
        elif tag == "dl":
            self._term = False
            self._flush()
        elif tag in self.BLOCKS:
            self._break()

    def _end_cell(self) -> None:
        if self._cell is None or not self._open:
            return
        if not self._open[-1].rows:
            self._open[-1].rows.append([])
        self._open[-1].rows[-1].append(" ".join("".join(self._cell).split()))
        self._cell = None

    def handle_data(self, data: str) -> None:
        if self._silent:
            return
        if self._cell is not None:
            self._cell.append(data)
        else:
            self._block.append(data)

    def _break(self) -> None:
        if self._term:
            self._block.append(" ")
        else:
            self._flush()

    def _flush(self) -> None:
        text = " ".join("".join(self._block).split())
        apart = " ".join(" ".join(self._block).split())
        self._block = []
        if text:
            self.texts.append(text)
            self.units.append(Unit(apart, self._head))
        self._head = False

    def close(self) -> None:
        super().close()
        self._flush()
