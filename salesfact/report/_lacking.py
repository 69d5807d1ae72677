"""What does a chapter say whose data a client lacks? One line, and a workbook to fill in."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from salesfact._activity_template import NAME, activities_template
from salesfact._language import N_, language

#: what is lacking -> what to supply, and the workbook that lies beside the page
SUPPLY = {
    "activities": (
        N_(
            "This needs a log of visits, calls and other activities: customer, date, kind and, if"
            " there are any, hours. A workbook to fill in lies beside this report: {workbook}."
        ),
        NAME,
    )
}


def write_chapter(path: Path, title: str, needed: str, code: str) -> None:
    """An executed notebook of a title and one line.

    Parameters
    ----------
    path : Path
        The `.ipynb` to write.
    title : str
        In the reader's language.
    needed : str
        A key of `SUPPLY`.
    code : str
        The reader's language.
    """
    text, workbook = SUPPLY[needed]
    said = language(code).text(text).format(workbook=workbook)
    cells = [
        {"cell_type": "markdown", "id": name, "metadata": {}, "source": source}
        for name, source in (("question", f"# {title}"), ("lacking", said))
    ]
    book = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    path.write_text(json.dumps(book, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def write_blanks(job: dict[str, Any]) -> dict[str, Any]:
    """Write the workbooks to fill in.

    Parameters
    ----------
    job : dict
        `folder` of the run, `language`, `lacking` (keys of `SUPPLY`).
    """
    for needed in sorted(set(job["lacking"])):
        activities_template(Path(job["folder"]) / SUPPLY[needed][1], language=job["language"])
    return {}
