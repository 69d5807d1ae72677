"""How does an English notebook become the reader's? Each whole markdown cell is one text."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from salesfact._language import language as _language


def chapters(folder: Path) -> list[Path]:
    """The notebooks of a folder, in the order read: `00_…`, `01_…`."""
    return sorted(p for p in folder.glob("[0-9][0-9]_*.ipynb"))


def translate(notebook: dict[str, Any], code: str) -> dict[str, Any]:
    """A copy of the notebook with its markdown in language `code`; code is left as it is."""
    lang = _language(code)
    cells = []
    for cell in notebook["cells"]:
        if cell["cell_type"] == "markdown":
            source = cell["source"] if isinstance(cell["source"], str) else "".join(cell["source"])
            cell = cell | {"source": lang.text(source.strip())}
        cells.append(cell)
    return notebook | {"cells": cells}


def write_translated(path: Path, target: Path, code: str) -> None:
    """Write a translated copy of one notebook."""
    notebook = json.loads(path.read_text(encoding="utf-8"))
    text = json.dumps(translate(notebook, code), ensure_ascii=False, indent=1)
    target.write_text(text + "\n", encoding="utf-8")
