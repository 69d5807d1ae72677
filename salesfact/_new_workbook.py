"""May a workbook be made there? Its name must be one, and its folder must be there."""

from __future__ import annotations

from pathlib import Path

from salesfact._errors import Fault, SettingsError
from salesfact._language import N_
from salesfact._said import said


def workbook_place(target: Path, what: str) -> None:
    """Whether a new workbook can have that name; nothing is written.

    Parameters
    ----------
    target : Path
        The `.xlsx` to write.
    what : str
        That it is a workbook, as a sentence (a msgid).

    Raises
    ------
    SettingsError
        If it is no workbook's name, or its folder is missing.
    """
    if target.suffix.lower() != ".xlsx":
        raise SettingsError(
            Fault(said(what), where=str(target), remedy=said(N_("give a name that ends in .xlsx")))
        )
    if not target.parent.is_dir():
        raise SettingsError(
            Fault(
                said(N_("there is no such folder")),
                where=str(target.parent),
                remedy=said(N_("make the folder first, or name another")),
            )
        )
