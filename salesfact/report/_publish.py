"""How do executed chapters become the files a reader gets? Page, figures, manifest; scanned."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from salesfact._errors import ReportError
from salesfact._language import Language, language
from salesfact._result import MIME
from salesfact.report import _html, _manifest, _scan
from salesfact.report._chapter import DONE, FAILED
from salesfact.report._mask import clean_notebook


def write_files(job: dict[str, Any]) -> dict[str, Any]:
    """Write the page, `results.json`, `plan.json` and `manifest.json` into the run's folder.

    Tells the page's `bytes`, and the chapters with a `damaged` result: those have failed.

    Parameters
    ----------
    job : dict
        `facts` (from `prepare`), `chapters` (name, path of the executed notebook, status, error,
        seconds; in the order read), `extra` (failed parts that are no chapter),
        `priorities`, `plan` (None: it could not be made), `words` (file), `workbooks` (files),
        `folder`, `run` (made, command, parameters, kernel).

    Raises
    ------
    ReportError
        If anything holds what the share profile forbids; nothing is left in the folder then.
    """
    facts, run = job["facts"], job["run"]
    folder = Path(job["folder"])
    words = _scan.read_words(Path(job["words"]))
    chapters = [
        c | {"notebook": clean_notebook(_read(Path(c["path"])), words.folders)}
        for c in job["chapters"]
    ]
    damaged = {}
    for chapter in chapters:
        if told := _set_apart(chapter["notebook"]):
            error = {"name": "DamagedResult", "message": told}
            damaged[chapter["name"]] = error
            chapter |= {"status": FAILED, "error": error}
    shown = [(c["name"], _manifest.payloads(c["notebook"])) for c in chapters]
    figures = _manifest.results(facts, shown, job["priorities"])
    plan = None if job["plan"] is None else _manifest.plan(job["plan"])
    told = _manifest.manifest(facts, [*chapters, *job["extra"]], run)
    books = [Path(book) for book in job["workbooks"]]
    listed = any(book.stem == "priorities" for book in books)
    page = render(facts, chapters, run, workbook=listed, beside=job["extra"])
    drawn = [
        text
        for _, results in shown
        for payload in results
        for which in ("picture", "picture_narrow")
        if payload.get(which)
        for text in _html.drawn_texts(_html.covered(payload[which]))
    ]
    faults = _scan.scan_page(page, facts["share"], words, drawn)
    faults += _scan.scan_json("results.json", figures, facts["share"], words)
    faults += _scan.scan_json("manifest.json", told, facts["share"], words)
    if plan is not None:
        faults += _scan.scan_json("plan.json", plan, facts["share"], words)
    for book in books:
        faults += _scan.scan_workbook(book, facts["share"], words)
        if (record := book.with_suffix(".json")).is_file():
            kept = json.loads(record.read_text(encoding="utf-8"))
            faults += _scan.scan_json(record.name, kept, facts["share"], words)
        if (leader := book.with_suffix(".txt")).is_file():
            text = leader.read_text(encoding="utf-8")
            faults += _scan.scan_text(leader.name, text, facts["share"], words)
    if faults:
        raise ReportError(*faults)
    written = {
        "report.html": page,
        "results.json": _manifest.dumps(figures),
        "manifest.json": _manifest.dumps(told),
    }
    if plan is not None:
        written["plan.json"] = _manifest.dumps(plan)
    for name, text in written.items():
        (folder / name).write_text(text, encoding="utf-8")
    if facts["share"] == "internal":  # others keep none: executed notebooks hold more than a page
        for chapter in job["chapters"]:
            _keep(Path(chapter["path"]), words.folders)
    return {"bytes": len(page.encode()), "damaged": damaged}


def _set_apart(notebook: dict[str, Any]) -> str:
    """Put an error in the place of each damaged result; what was wrong with the first."""
    first = ""
    for cell in notebook["cells"]:
        for output in cell.get("outputs", ()):
            data = output.get("data", {})
            if MIME in data and (wrong := _manifest.damage(data[MIME])):
                first = first or wrong
                output.clear()
                output |= {
                    "output_type": "error",
                    "ename": "DamagedResult",
                    "evalue": wrong,
                    "traceback": [],
                }
    return first


def _keep(path: Path, folders: Iterable[str]) -> None:
    """The executed notebook as it may lie beside the page."""
    try:
        notebook = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):  # never written, or broken off: nothing that could be kept
        path.unlink(missing_ok=True)
        return
    text = json.dumps(clean_notebook(notebook, folders), ensure_ascii=False, indent=1)
    path.write_text(text + "\n", encoding="utf-8")


def render(
    facts: dict[str, Any],
    chapters: list[dict[str, Any]],
    run: dict[str, Any],
    *,
    workbook: bool = True,
    beside: list[dict[str, Any]] | None = None,
) -> str:
    """The page of a report, as HTML; `beside` are parts that are no chapter but failed."""
    from salesfact.report._exporter import exporter

    around = surroundings(facts, [*chapters, *(beside or [])], run, workbook=workbook)
    page, _ = exporter().from_notebook_node(join(chapters), {"salesfact": around})
    return page


def join(chapters: list[dict[str, Any]]) -> Any:
    """One notebook of all chapters; the first cell of each says which chapter starts there."""
    import nbformat

    cells = []
    for chapter in chapters:
        head = nbformat.v4.new_markdown_cell("")
        head.metadata["salesfact_chapter"] = {
            "name": chapter["name"],
            "title": chapter.get("title", chapter["name"]),
            "status": chapter["status"],
        }
        cells += [head, *(nbformat.from_dict(c) for c in chapter["notebook"]["cells"])]
    for i, cell in enumerate(cells):
        cell["id"] = f"cell-{i}"
    return nbformat.v4.new_notebook(cells=cells)


def _read(path: Path) -> dict[str, Any]:
    """An executed notebook, without what papermill and the setting of parameters added."""
    try:
        notebook = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):  # a chapter that never got as far as writing anything
        return {"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    cells: list[dict[str, Any]] = []
    declared: dict[str, Any] | None = None
    for cell in notebook["cells"]:
        tags = cell.get("metadata", {}).get("tags", ())
        if "papermill-error-cell-tag" in tags:
            continue
        source = cell["source"] if isinstance(cell["source"], str) else "".join(cell["source"])
        if "injected-parameters" in tags and declared is not None:
            declared["source"] = _used(declared["source"], source)
            continue
        if "parameters" in tags:
            declared = cell
        cell["source"] = source
        if cell["cell_type"] == "code":
            for output in cell.get("outputs", ()):
                data = output.get("data", {})
                for mime, value in data.items():
                    if isinstance(value, list) and mime != MIME:
                        data[mime] = "".join(value)
                if isinstance(output.get("text"), list):
                    output["text"] = "".join(output["text"])
        cell["metadata"] = {}
        cells.append(cell)
    return notebook | {"cells": cells}


def _used(declared: str, injected: str) -> str:
    """The parameters a chapter ran with: as declared, with the values given in their place."""
    import ast

    given = {
        node.targets[0].id: ast.get_source_segment(injected, node)
        for node in ast.parse(injected).body
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
    }
    lines = []
    for node in ast.parse(declared).body:
        target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
        name = target.id if isinstance(target, ast.Name) else ""
        lines.append(given.pop(name, None) or ast.get_source_segment(declared, node) or "")
    return "\n".join([*lines, *(line for line in given.values() if line)])


def surroundings(
    facts: dict[str, Any],
    chapters: list[dict[str, Any]],
    run: dict[str, Any],
    *,
    workbook: bool,
) -> dict[str, Any]:
    """What the report shows around its chapters, in the reader's language."""
    import datetime as dt

    lang = language(facts["language"])
    as_of = dt.date.fromisoformat(facts["as_of"])
    return {
        "name": facts["name"],
        "currency": facts["currency"],
        "language": facts["language"],
        "share": facts["share"],
        "simulated": facts["simulated"],
        "as_of": lang.date(as_of),
        "made": run["shown"],
        "workbook": workbook,
        "sender": (facts["settings"].get("brand") or {}).get("name"),
        "failures": [
            {
                "title": c.get("title", c["name"]),
                "status": c["status"],
                "message": lang.text(_message(c)),
            }
            for c in chapters
            if c["status"] != DONE
        ],
        "provenance": provenance(facts, run, lang),
        "command": run["command"],
    }


def _message(chapter: dict[str, Any]) -> str:
    """The first line of what went wrong; names and paths of this computer are masked later."""
    error = chapter.get("error") or {}
    lines = str(error.get("message") or "").strip().splitlines()
    return lines[0][:300] if lines else ""


def provenance(facts: dict[str, Any], run: dict[str, Any], lang: Language) -> list[dict[str, Any]]:
    """What the report stands on: facts, sources, settings, versions."""
    import datetime as dt

    day = lambda text: lang.date(dt.date.fromisoformat(text))  # noqa: E731
    about = [
        (lang.text("Facts"), f"{day(facts['first'])} – {day(facts['as_of'])}"),
        *([(lang.text("Rows set aside"), facts["set_aside"])] if facts.get("set_aside") else []),
        (lang.text("Currency"), facts["currency"]),
        (lang.text("Content key"), facts["key"][:16]),
        (
            lang.text("Share profile"),
            lang.text("internal") if facts["share"] == "internal" else lang.text("client"),
        ),
    ]
    about += [(name, str(value)) for name, value in run["parameters"].items()]
    parts = [{"title": lang.text("The facts"), "pairs": about}]
    if ledger := _ledger(facts["ledger"], lang):
        parts.append({"title": lang.text("Rows and money"), "pairs": ledger})
    if facts["files"]:
        parts.append({"title": lang.text("Sources"), "pairs": facts["files"]})
    parts.append({"title": lang.text("Versions"), "pairs": list(_manifest.versions().items())})
    return parts


def _ledger(ledger: dict[str, Any], lang: Language) -> list[tuple[str, str]]:
    """One line a bucket and currency: rows and money."""
    from decimal import Decimal

    from salesfact._ledger import BUCKETS

    lines = []
    for bucket in ledger.get("buckets", ()):
        name = lang.text(BUCKETS.get(bucket["bucket"]) or str(bucket["bucket"]))
        words = lang.text("{n} row", "{n} rows", bucket["rows"]).format(
            n=lang.number(bucket["rows"], 0)
        )
        if bucket.get("money") is not None:
            amount = lang.money(Decimal(bucket["money"]), str(bucket["currency"] or ""), exact=True)
            words += f", {amount}"
        lines.append((name, words))
    return lines
