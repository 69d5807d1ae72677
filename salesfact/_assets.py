"""Where do notebooks, templates and reports lie? In the wheel or the checkout; or as asked."""

from __future__ import annotations

from pathlib import Path

from salesfact._errors import Fault, ReportError
from salesfact._language import N_
from salesfact._said import said

#: Where reports are collected when not in the client's folder; set by `salesfact report --out`.
REPORTS = "SALESFACT_REPORTS"
#: For whom a report is, where `salesfact report --share` says other than the settings.
SHARE = "SALESFACT_SHARE"


def assets(kind: str) -> Path:
    """The folder of `notebooks` or `templates`.

    Parameters
    ----------
    kind : {"notebooks", "templates"}

    Raises
    ------
    ReportError
        If neither the installed package nor a checkout holds it.
    """
    package = Path(__file__).parent
    places = (package / f"_{kind}", package.parent / kind)
    for place in places:
        if place.is_dir():
            return place
    raise ReportError(
        Fault(
            said(N_("the folder {kind} of salesfact is missing"), kind=kind),
            where=", ".join(p.name for p in places),
            remedy=N_("install salesfact again"),
        )
    )
