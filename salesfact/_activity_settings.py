"""What did the client settle about activities? Where the log lies, its columns, hours by norm."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import Field

from salesfact._language import N_
from salesfact._said import said
from salesfact._source_settings import FileSource, Part, Rule

#: No activity of one rep on one day takes longer.
DAY_HOURS = 24
#: Where activities stand in the settings.
AT = ("sources", "activities")
_HOURS = Annotated[Decimal, Field(gt=0, le=DAY_HOURS)]
_NORM = N_("hours above 0 and at most 24, as 1.5")


class Response(Part):
    """What is asked of hours before an effect of them is claimed."""

    smallest_effect: Annotated[float, Field(gt=0, le=1)] = Field(
        default=0.05,
        description="the smallest effect that would matter, as a slope and no part of sales: 0.05 "
        "is 3.5 % more sales where hours double, 0.10 is 7 %; a pilot's smallest rise in sales "
        "follows from it where it is set",
    )
    control: str | None = Field(
        default=None, description="a product group whose sales hours cannot change"
    )


class ActivityColumns(Part):
    """Which column, or SQL expression over columns, plays which role."""

    customer: str
    date: str
    kind: str = Field(description="visit, call, ...; a text in quotes where all are of one kind")
    rep: str | None = None
    hours: str | None = Field(default=None, description="hours; of minutes: Minutes / 60")
    cost: str | None = None
    programme: str | None = None


class Activities(FileSource):
    """What the sales force did: one row per visit, call or other activity."""

    columns: ActivityColumns
    norms: dict[str, _HOURS] = Field(
        default={}, description="kind -> hours of one, for rows without hours"
    )
    duplicates: Literal["keep", "drop"] = "keep"
    set_aside: tuple[Rule, ...] = ()


def ambiguous_norms(activities: Activities) -> Iterator[tuple[list[str], str, str]]:
    """(key path, what is wrong, what is allowed) for norms that mean the same kind."""
    seen: dict[str, str] = {}
    for kind in activities.norms:
        name = folded(kind)
        if name in seen:
            what = said(N_("names the same kind as {name}"), name=repr(seen[name]))
            yield ["activities", "norms", kind], what, N_("one norm for a kind")
        seen.setdefault(name, kind)


def folded(kind: str) -> str:
    """A kind as norms are found by: without case and spaces around it."""
    return kind.strip().lower()  # as the engine folds letters


def allowed_here(at: tuple[Any, ...]) -> str:
    """What is allowed at a place of the activities' settings, in plain words; "" elsewhere."""
    if at == ("response", "smallest_effect"):
        return N_("a number above 0 and at most 1, as 0.05 (3.5 % more sales where hours double)")
    if at == ("response", "control"):
        return N_("the name of a product group")
    if at[: len(AT)] != AT:
        return ""
    rest = at[len(AT) :]
    if rest[:1] == ("norms",):
        return (
            _NORM
            if len(rest) > 1
            else said(N_("norms: {{Visit: 2, Call: 0.25}} ({norm})"), norm=said(_NORM))
        )
    if rest[:1] == ("columns",) and len(rest) == 2:
        if rest[1] == "kind":
            return N_("a column of the source, SQL over columns, or a text as \"'Visit'\"")
        if rest[1] in ActivityColumns.model_fields:
            return N_("a column of the source, or SQL over columns")
    return ""


def remedy_here(at: tuple[Any, ...]) -> str:
    """What to write instead of a key that is not one, where the names alone do not tell."""
    minutes = ("minutes", "minuter", "minuten", "minutter", "duration")
    if at[:-1] == (*AT, "columns") and str(at[-1]).casefold() in minutes:
        return N_("write it as hours, from minutes: hours: MINUTES / 60")
    return ""
