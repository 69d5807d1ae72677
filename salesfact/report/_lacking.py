"""What does a chapter say whose data a client lacks? One line, and a workbook to fill in."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from salesfact._activity_ledger import nothing
from salesfact._activity_template import NAME, activities_template
from salesfact._language import N_, language
from salesfact._said import Said, tell

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
#: what is lacking -> why it is, where the client names a file of it
_WHY: dict[str, Callable[[Mapping[str, Any]], Said | None]] = {"activities": nothing}


def write_chapter(
    path: Path,
    title: str,
    needed: str,
    code: str,
    ledger: Mapping[str, Any] | None = None,
) -> None:
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
    ledger : mapping, optional
        Of the facts: tells why a file that is named holds nothing.
    """
    text, workbook = SUPPLY[needed]
    lang = language(code)
    said = lang.text(text).format(workbook=workbook)
    why = None if ledger is None else _WHY[needed](ledger)
    if why is not None:
        told = tell(why, lang)
        said = f"{told[0].upper()}{told[1:]}. {said}"
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
