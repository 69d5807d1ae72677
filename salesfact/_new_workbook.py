"""May a workbook, or a text, be made there? Its name must be one, and its folder must be there."""

from __future__ import annotations

from pathlib import Path

from salesfact._errors import Fault, SettingsError
from salesfact._language import N_
from salesfact._said import said


def new_place(target: Path, what: str, ending: str = ".xlsx") -> None:
    """Whether a new file can have that name; nothing is written.

    Parameters
    ----------
    target : Path
        The file to write.
    what : str
        That it is a workbook, or a text, as a sentence (a msgid).
    ending : str
        Of its name.

    Raises
    ------
    SettingsError
        If its name ends otherwise, or its folder is missing.
    """
    if target.suffix.lower() != ending:
        raise SettingsError(
            Fault(
                said(what),
                where=str(target),
                remedy=said(N_("give a name that ends in {ending}"), ending=ending),
            )
        )
    if not target.parent.is_dir():
        raise SettingsError(
            Fault(
                said(N_("there is no such folder")),
                where=str(target.parent),
                remedy=said(N_("make the folder first, or name another")),
            )
        )
