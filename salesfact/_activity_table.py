"""Which columns has an activity among the facts, and how do they come into the engine?"""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Any

from salesfact._databases import create_table
from salesfact._errors import FactsError, Fault
from salesfact._language import N_
from salesfact._mapping import literal
from salesfact._said import said, verbatim

if TYPE_CHECKING:
    import pandas as pd

#: Every column of `Facts.activities`; all are always there, NULL where the client has none.
ACTIVITIES = {
    "row": "BIGINT",  # row number in the staging; with `file` it names the source line
    "customer": "VARCHAR",
    "date": "TIMESTAMP",
    "kind": "VARCHAR",
    "rep": "VARCHAR",
    "hours": "DOUBLE",  # NULL where neither the row nor a norm says any
    "hours_from_norm": "BOOLEAN",
    "cost": "DECIMAL(18,4)",  # in the client's currency
    "programme": "VARCHAR",
}
#: The file of prepared activities.
FILE = "activities.parquet"


def activities_view(folder: Path, end: dt.datetime | None) -> str:
    """SELECT of the accepted activities of prepared facts, none of them at `end` or later."""
    if not (folder / FILE).exists():
        listed = ", ".join(f'CAST(NULL AS {t}) AS "{n}"' for n, t in ACTIVITIES.items())
        return f"SELECT {listed} WHERE false"
    listed = ", ".join(f'CAST("{n}" AS {t}) AS "{n}"' for n, t in ACTIVITIES.items())
    until = f" AND date < TIMESTAMP '{end.isoformat(sep=' ')}'" if end else ""
    source = f"read_parquet({literal(str(folder / FILE))})"
    return f"SELECT {listed} FROM {source} WHERE _reason IS NULL{until}"


def activities_frame(frame: pd.DataFrame | None) -> pd.DataFrame:
    """A frame of activities with every column of `ACTIVITIES`, sorted as it was.

    Raises
    ------
    FactsError
        If it lacks `customer`, `date` or `kind`, or hours are below zero.
    """
    import pandas as pd

    if frame is None:
        return pd.DataFrame({n: [] for n in ACTIVITIES})
    lacking = [n for n in ("customer", "date", "kind") if n not in frame]
    if lacking:
        raise FactsError(
            Fault(
                said(N_("the activities lack {columns}"), columns=", ".join(lacking)),
                where="activities",
                allowed=verbatim(", ".join(ACTIVITIES)),
            )
        )
    made = frame.copy().reset_index(drop=True)
    made["date"] = pd.to_datetime(made["date"]).astype("datetime64[us]")
    if "row" not in made:
        made["row"] = range(1, len(made) + 1)
    if "hours" in made and bool((made["hours"] < 0).any()):
        raise FactsError(
            Fault(
                said(N_("hours are below zero")),
                where="activities.hours",
                allowed=N_("0 or more, or none"),
            )
        )
    if "hours_from_norm" not in made:
        made["hours_from_norm"] = False
    kept: Any = made[[n for n in ACTIVITIES if n in made]]
    return kept


def add_activities(con: Any, frame: pd.DataFrame, end: dt.datetime | None) -> None:
    """Make the table `activities` of a frame from `activities_frame`, up to `end`."""
    known: Any = frame if end is None or not len(frame) else frame[frame["date"] < end]
    create_table(con, "activities", known, ACTIVITIES)
