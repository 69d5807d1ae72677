"""Every text a reader may see, collected from code, notebooks and templates.

Run `python -m tests.messages` to list what the Swedish catalogue lacks, and what it keeps in vain.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[1]
PO = ROOT / "salesfact" / "locale" / "sv" / "LC_MESSAGES" / "salesfact.po"
# call name -> positions of its arguments that are texts
CALLS = {"N_": (0, 1), "Sentence": (0, 1), "Column": (0,), "text": (0, 1), "ngettext": (0, 1)}


def _constants(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from _constants(node.body)
        yield from _constants(node.orelse)


def in_code(path: Path) -> set[str]:
    """Texts marked in one Python file."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else None
            name = node.func.id if isinstance(node.func, ast.Name) else name
            if name == "text" and not isinstance(node.func, ast.Attribute):
                continue
            if name == "text" and isinstance(node.func, ast.Attribute):
                owner = node.func.value  # ax.text(x, y, s) draws; language.text(msgid) translates
                if isinstance(owner, ast.Name) and owner.id.startswith("ax"):
                    continue
            for position in CALLS.get(name or "", ()):
                if position < len(node.args):
                    found.update(_constants(node.args[position]))
            if name in CALLS:
                for keyword in node.keywords:
                    if keyword.arg in ("text", "plural", "label"):
                        found.update(_constants(keyword.value))
        elif isinstance(node, ast.ClassDef):
            for part in node.body:
                target = part.target if isinstance(part, ast.AnnAssign) else None
                if isinstance(part, ast.Assign) and len(part.targets) == 1:
                    target = part.targets[0]
                named = isinstance(target, ast.Name) and target.id == "title"
                if named and getattr(part, "value", None) is not None:
                    found.update(_constants(part.value))  # type: ignore[union-attr]
    return {t for t in found if t.strip()}


def in_notebooks() -> set[str]:
    """Whole markdown cells: each is one text."""
    import nbformat

    found = set()
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        for cell in nbformat.read(path, as_version=4).cells:
            if cell.cell_type == "markdown" and cell.source.strip():
                found.add(cell.source.strip())
    return found


def in_templates() -> set[str]:
    """Texts in `_("...")` of the report's templates."""
    from jinja2 import Environment
    from jinja2.ext import babel_extract

    found = set()
    for path in sorted((ROOT / "templates").rglob("*.j2")):
        Environment(autoescape=True).parse(path.read_text(encoding="utf-8"))
        with path.open("rb") as stream:
            for _line, _function, message, _comments in babel_extract(
                stream, ["_", "ngettext", "gettext"], [], {"silent": "false"}
            ):
                parts = message if isinstance(message, tuple) else (message,)
                found.update(p for p in parts if isinstance(p, str))
    return found


@cache
def used() -> set[str]:
    """Every text in use."""
    found: set[str] = set()
    for path in sorted((ROOT / "salesfact").rglob("*.py")):
        found |= in_code(path)
    return found | in_notebooks() | in_templates()


@cache
def translated() -> dict[str, tuple[str, ...]]:
    """msgid (plural forms each on their own) -> Swedish forms."""
    from babel.messages.pofile import read_po

    with PO.open("rb") as stream:
        catalog = read_po(stream, locale="sv", abort_invalid=True)
    found: dict[str, tuple[str, ...]] = {}
    for message in catalog:
        if message.id:
            ids = message.id if isinstance(message.id, (tuple, list)) else (message.id,)
            texts = (
                message.string if isinstance(message.string, (tuple, list)) else (message.string,)
            )
            for msgid in ids:
                found[msgid] = tuple(t or "" for t in texts)
    return found


if __name__ == "__main__":
    have, want = translated(), used()
    for msgid in sorted(want - set(have)):
        sys.stdout.write(f"missing: {msgid!r}\n")
    for msgid in sorted(k for k, v in have.items() if k in want and not all(v)):
        sys.stdout.write(f"empty: {msgid!r}\n")
    for msgid in sorted(set(have) - want):
        sys.stdout.write(f"unused: {msgid!r}\n")
