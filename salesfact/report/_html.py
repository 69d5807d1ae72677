"""How does text from data become safe HTML? Escaped, or cleaned down to a short list of tags."""

from __future__ import annotations

import html
import re
import unicodedata
from functools import cache
from typing import Any
from urllib.parse import quote

from markupsafe import Markup

from salesfact.report._mask import mask, people

_TAGS = {
    *("a", "abbr", "b", "blockquote", "br", "code", "del", "details", "div", "em", "hr", "i"),
    *("img", "ins", "kbd", "p", "pre", "q", "s", "samp", "small", "span", "strong", "sub"),
    *("summary", "sup", "u", "ul", "ol", "li", "dl", "dt", "dd", "figure", "figcaption"),
    *("h1", "h2", "h3", "h4", "h5", "h6"),
    *("table", "caption", "colgroup", "col", "thead", "tbody", "tfoot", "tr", "th", "td"),
}
_ATTRIBUTES = {
    "a": {"href", "title"},
    "img": {"src", "alt", "width", "height"},
    "th": {"colspan", "rowspan", "scope"},
    "td": {"colspan", "rowspan"},
    "ol": {"start"},
    "abbr": {"title"},
}
# no svg: its texts would go unread, unlike those of an answer's picture
_INLINE_IMAGE = re.compile(r"data:image/(?:png|jpeg|gif|webp);base64,[A-Za-z0-9+/=\s]+")
_LINK = re.compile(r"(?:https?:|mailto:|#)", re.IGNORECASE)


def _attribute(tag: str, name: str, value: str) -> str | None:
    if tag == "img" and name == "src":
        return value if _INLINE_IMAGE.fullmatch(value) else None
    if tag == "a" and name == "href":
        return value if _LINK.match(value) else None
    return value


def clean(text: str, *, pictures: bool = True) -> Markup:
    """HTML from a notebook's output, cleaned: no script, style, event, form or outside image.

    Without `pictures` no image at all: what is in a bitmap cannot be checked.
    """
    import nh3

    cleaned = nh3.clean(
        mask(text),
        tags=_TAGS if pictures else _TAGS - {"img"},
        attributes={k: set(v) for k, v in _ATTRIBUTES.items()},
        attribute_filter=_attribute,
        url_schemes={"http", "https", "mailto", "data"},
        clean_content_tags={"script", "style", "title", "noscript", "template", "iframe"},
        link_rel="noopener noreferrer",
    )
    return Markup(_boxed(cleaned))


def _boxed(text: str) -> str:
    """Tables scroll inside their own box, never the page."""
    text = re.sub(r"<table\b[^>]*>", '<div class="scroll" tabindex="0"><table>', text)
    return text.replace("</table>", "</table></div>")


@cache
def _markdown() -> Any:
    import mistune

    return mistune.create_markdown(escape=True, plugins=["table", "strikethrough"])


def markdown(text: str, *, pictures: bool = True) -> Markup:
    """Markdown from a notebook; raw HTML in it is shown, not run."""
    return clean(_markdown()(text), pictures=pictures)


def plain(text: str) -> Markup:
    """Text of an output, escaped, without terminal colours."""
    return Markup(html.escape(mask(re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "", text))))


class Outline:
    """Headings with ids that never repeat, and the side navigation they make."""

    def __init__(self) -> None:
        self._seen: set[str] = set()
        self.chapters: list[dict[str, Any]] = []

    def anchor(self, text: str) -> str:
        """An id for a heading: readable, ASCII, unique on the page."""
        folded = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
        stem = re.sub(r"[^a-z0-9]+", "-", folded.lower()).strip("-")[:48] or "part"
        name, n = stem, 2
        while name in self._seen:
            name, n = f"{stem}-{n}", n + 1
        self._seen.add(name)
        return name

    def chapter(self, title: str, **more: Any) -> dict[str, Any]:
        """Start a chapter."""
        entry = {"title": title, "id": self.anchor(title), "sections": [], **more}
        self.chapters.append(entry)
        return entry

    def section(self, title: str) -> str:
        """A section of the chapter under way; its id."""
        name = self.anchor(title)
        if self.chapters:
            self.chapters[-1]["sections"].append({"title": title, "id": name})
        return name

    def headings(self, text: Markup, shift: int = 1) -> Markup:
        """Give every heading an id and move it down, so that the page has one first heading."""

        def one(match: re.Match[str]) -> str:
            level = min(int(match[1]) + shift, 6)
            words = html.unescape(re.sub(r"<[^>]+>", "", match[2])).strip()
            name = self.section(words) if level <= 3 else self.anchor(words)
            return f'<h{level} id="{name}">{match[2]}</h{level}>'

        return Markup(re.sub(r"<h([1-6])>(.*?)</h\1>", one, text, flags=re.S))


_COMMENT = re.compile(r"<!--(.*?)-->", re.S)
_DRAWN = re.compile(r"<!--(?P<text>.*?)-->(?P<group>\s*<g\b.*?</g>)", re.S)


#: What must be escaped in an address within an attribute; `quote` alone looks at every letter.
_UNSAFE = re.compile(r"[^A-Za-z0-9!$'()*+,\-./:;=?@\[\]^_`{|}~]+")


def drawn_texts(svg: str) -> list[str]:
    """The texts a matplotlib picture shows: it draws letters as shapes and notes them aside."""
    noted = [html.unescape(c).strip() for c in _COMMENT.findall(svg)]
    written = [
        html.unescape(re.sub(r"<[^>]+>", "", t))
        for t in re.findall(r"<text\b[^>]*>(.*?)</text>", svg, re.S)
    ]
    return noted + written


def covered(svg: str) -> str:
    """The picture without the letters of texts that hold an identity number."""

    def one(match: re.Match[str]) -> str:
        if not people(html.unescape(match["text"])):
            return match[0]
        return re.sub(r"<use\b[^>]*/>", "", match["group"])

    return _DRAWN.sub(one, svg)


def picture(svg: str) -> tuple[str, int, int]:
    """A picture as a `data:` address, with its size in pixels; identity numbers are not drawn."""
    svg = re.sub(r">\s+<", "><", _COMMENT.sub("", covered(svg)))
    if "'" not in svg:
        svg = svg.replace('"', "'")  # the one needs no escape in an attribute, the other does
    box = re.search(r"""viewBox=["'][-\d.]+ [-\d.]+ ([\d.]+) ([\d.]+)["']""", svg)
    width, height = (float(box[1]), float(box[2])) if box else (547.2, 273.6)
    # a fifth shorter than base64; no blank and no comma at the end, as `srcset` wants it
    source = Markup("data:image/svg+xml,") + Markup(_UNSAFE.sub(lambda m: quote(m[0], ""), svg))
    return source, round(width * 4 / 3), round(height * 4 / 3)
