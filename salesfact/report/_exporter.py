"""How does an executed notebook become the page? An nbconvert exporter with our own template.

The template stands on nbconvert's `base` and loads nothing from anywhere. Results are rendered
from their JSON payload with every text escaped; whatever else a notebook put out is cleaned.
"""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from markupsafe import Markup
from nbconvert.exporters.templateexporter import TemplateExporter
from traitlets import Unicode, default
from traitlets.config import Config

from salesfact._assets import assets
from salesfact._language import language
from salesfact._result import MIME
from salesfact.report import _html
from salesfact.report._cards import cards
from salesfact.report._mask import mask, masked

if TYPE_CHECKING:
    from jinja2 import Environment
    from nbformat import NotebookNode

LONG_TABLE = 1_200  # letters in a table without a picture; more is to be looked up, not read


class SalesfactExporter(TemplateExporter):
    """One self-contained HTML page from one notebook, or from the chapters joined into one.

    `resources["salesfact"]` may hold what the report adds around the chapters: see
    `salesfact.report._publish.surroundings`.
    """

    export_from_notebook = "salesfact report"
    output_mimetype = "text/html"
    file_extension = Unicode(".html").tag(config=True)  # pyright: ignore[reportAssignmentType]
    template_name = Unicode("salesfact").tag(config=True)  # pyright: ignore[reportAssignmentType]

    @property
    def default_config(self) -> Config:
        """Nothing of a notebook is left out behind the reader's back."""
        return Config({"HighlightMagicsPreprocessor": {"enabled": False}})

    @default("extra_template_basedirs")
    def _our_templates(self) -> list[str]:
        return [str(assets("templates"))]

    @default("template_paths")
    def _only_ours_and_base(self) -> list[str]:
        """The working directory and a user's own Jupyter folders have no say."""
        base = [r for r in self.get_prefix_root_dirs() if _templates(r).joinpath("base").is_dir()]
        return [
            str(assets("templates") / "salesfact"),
            *(str(_templates(r)) for r in reversed(base)),
        ]

    def get_template_names(self) -> list[str]:
        """Ours, on nbconvert's base."""
        return ["salesfact", "base"]

    def _create_environment(self) -> Environment:
        environment = super()._create_environment()
        environment.autoescape = True
        environment.trim_blocks = environment.lstrip_blocks = True
        return environment

    def _preprocess(self, nb: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        nb, resources = super()._preprocess(nb, resources)
        page = Page(nb, resources.get("salesfact") or {})
        page.view()
        resources["page"] = page
        return nb, resources


@cache
def exporter() -> SalesfactExporter:
    """One exporter a process: its templates are compiled once."""
    return SalesfactExporter()


def _templates(root: str) -> Path:
    return Path(root) / "nbconvert" / "templates"


class Page:
    """What the template shows: cells with their views, the navigation, texts, style and script."""

    def __init__(self, nb: NotebookNode, around: dict[str, Any]) -> None:
        self.nb = nb
        self.around = masked(around)
        self.code = around.get("language") or _language_of(nb)
        self.lang = language(self.code)
        self.outline = _html.Outline()
        self.internal = around.get("share", "internal") == "internal"
        folder = assets("templates") / "salesfact"
        self.style = _asset(folder / "report.css")
        self.script = _asset(folder / "report.js")

    @property
    def policy(self) -> str:
        """Content security: nothing from anywhere; only this very style and script."""
        return (
            "default-src 'none'; img-src data:; "
            f"style-src '{_hash(self.style)}'; script-src '{_hash(self.script)}'; "
            "base-uri 'none'; form-action 'none'"
        )

    def text(self, msgid: str) -> str:
        """A text in the reader's language."""
        return self.lang.text(msgid)

    def view(self) -> None:
        """Give every cell what the template shows of it."""
        if not any("salesfact_chapter" in c.metadata for c in self.nb.cells):
            self._chapter({"name": "", "status": "done"}, self.nb.cells)
            return
        starts = [i for i, c in enumerate(self.nb.cells) if "salesfact_chapter" in c.metadata]
        for i, end in zip(starts, [*starts[1:], len(self.nb.cells)], strict=True):
            self._chapter(dict(self.nb.cells[i].metadata.salesfact_chapter), self.nb.cells[i:end])

    def _chapter(self, told: dict[str, Any], cells: list[NotebookNode]) -> None:
        heading = next(((c, t) for c in cells if (t := _first_heading(c)) is not None), None)
        title = heading[1] if heading else told.get("title") or told["name"] or self.text("Report")
        entry = self.outline.chapter(title, **{k: v for k, v in told.items() if k != "title"})
        entry["lead"] = told["name"].startswith("00")
        cells[0].metadata["salesfact_view"] = entry
        if heading:
            heading[0]["source"] = (
                heading[0].source.split("\n", 1)[-1] if "\n" in (heading[0].source) else ""
            )
        self._headings = [title]
        code: list[str] = []  # what has run since something was last shown
        for cell in cells:
            if cell.cell_type == "markdown":
                cell["view"] = self.outline.headings(
                    _html.markdown(cell.source, pictures=self.internal)
                )
                if said := [h["title"] for h in entry["sections"][-1:]]:
                    self._headings = said
            elif cell.cell_type == "code":
                code.append(cell.source.strip())
                cell.metadata["salesfact_lead"] = entry["lead"]
                cell["view"] = [v for o in cell.outputs if (v := self._output(o)) is not None]
                if cell["view"]:
                    # where nothing is told yet, nothing was worked out that could be looked up
                    if not all(v.get("early") for v in cell["view"]):
                        cell["shown_code"] = _html.plain("\n\n".join(c for c in code if c))
                    code = []

    def _output(self, output: NotebookNode) -> dict[str, Any] | None:
        """One output: kind, and what the template needs."""
        if output.output_type == "error":
            return {"kind": "error", "name": output.ename, "message": mask(output.evalue)}
        if output.output_type == "stream":
            if output.name == "stderr" and not self.internal:
                return None
            return {"kind": "text", "text": _html.plain("".join(output.text))}
        data = output.get("data", {})
        if MIME in data:
            return self._result(data[MIME])
        for mime in ("image/svg+xml", "image/png", "image/jpeg", "image/gif"):
            if mime in data:
                return self._image(mime, "".join(data[mime]), "".join(data.get("text/plain", "")))
        if "text/html" in data:
            return {
                "kind": "html",
                "html": _html.clean("".join(data["text/html"]), pictures=self.internal),
            }
        if "text/markdown" in data:
            return {
                "kind": "html",
                "html": _html.markdown("".join(data["text/markdown"]), pictures=self.internal),
            }
        if "text/plain" in data:
            return {"kind": "text", "text": _html.plain("".join(data["text/plain"]))}
        return None

    def _image(self, mime: str, data: str, alt: str) -> dict[str, Any]:
        if not self.internal:  # only answers' own pictures are read before they are shown
            return {"kind": "withheld"}
        if mime == "image/svg+xml":
            source, width, height = _html.picture(data)
            return {
                "kind": "image",
                "src": source,
                "alt": mask(alt),
                "width": width,
                "height": height,
            }
        packed = "".join(data.split())
        base64.b64decode(packed, validate=True)
        return {"kind": "image", "src": f"data:{mime};base64,{packed}", "alt": mask(alt)}

    def _result(self, raw: dict[str, Any]) -> dict[str, Any]:
        """A result's payload, masked, with its picture ready to show."""
        payload = masked({k: v for k, v in raw.items() if k not in ("picture", "picture_narrow")})
        shown = dict(payload)
        shown["kind"] = "result"
        currency = self.around.get("currency")
        shown["cards"] = cards(payload, currency, self.lang) if currency else []
        # a title that has just been read as a heading is there for the ear alone
        shown["unseen"] = payload["title"] in self._headings
        shown["id"] = self.outline.anchor(payload["title"] or payload["result"])
        shown["image"] = None
        if raw.get("picture"):
            source, width, height = _html.picture(raw["picture"])
            alt = " ".join(t for t in (payload.get("headline"), payload["reading"]) if t)
            shown["image"] = {"src": source, "alt": alt, "width": width, "height": height}
            if raw.get("picture_narrow"):
                source, width, height = _html.picture(raw["picture_narrow"])
                shown["image"]["narrow"] = {"src": source, "width": width, "height": height}
        table = payload["table"]
        shown["numbers"] = [
            all(isinstance(row[i], (int, float)) or row[i] == "" for row in raw["table"]["keys"])
            for i in range(len(table["head"]))
        ]
        shown["raw_keys"] = raw["table"]["keys"]
        shown["wordy"] = sum(len(c) for row in table["cells"] for c in row) > LONG_TABLE
        return shown


def _first_heading(cell: NotebookNode) -> str | None:
    if cell.cell_type == "markdown" and cell.source.startswith("# "):
        return cell.source.split("\n", 1)[0][2:].strip()
    return None


def _language_of(nb: NotebookNode) -> str:
    """The language of the first result in the notebook; English where there is none."""
    for cell in nb.cells:
        for output in cell.get("outputs", ()):
            payload = output.get("data", {}).get(MIME)
            if payload:
                return payload.get("language", "en")
    return "en"


def _asset(path: Path) -> Markup:
    """A style or script exactly as its hash will be taken; it must not end its own element."""
    text = path.read_text(encoding="utf-8").strip()
    assert "</" not in text
    return Markup(text)


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
