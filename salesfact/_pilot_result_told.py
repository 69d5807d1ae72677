"""What does the answer to `pilot_result` say? Its figures, sentences and picture."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, cast

from salesfact._language import N_
from salesfact._pilot_picture import draw_effect
from salesfact._result import Column, Figure, Refusal, Result, Sentence

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

LEAST_PAIRS = 6  # with fewer, no way the lots can fall is rare enough
MOVED = 0.02  # part of the money of the year before that may have changed without a word


@dataclass(frozen=True, kw_only=True, repr=False)
class PilotResult(Result):
    """What extra hours did, as the lots were drawn.

    `table` has one row per pair, index `pair`: `extra`, `usual` (customers), `name_extra`,
    `name_usual`, `sales_extra`, `sales_usual` (in the pilot's months), `before_extra`,
    `before_usual` (in the twelve months before, at the pilot's length), `difference` (on the log
    scale, less what their past explains; above nought: more with extra hours). Who left has sales
    of nought and stays in.

    `tables["hours"]`: hours a customer and month, before and during, by arm (1 = extra hours);
    empty unless a log of activities has hours in each of the pilot's months, or never has any in
    that month of a year; `before` is missing unless the same holds of the year before.
    """

    title: ClassVar[str] = N_("The pilot: what did extra hours do?")
    size: ClassVar[tuple[float, float] | None] = (7.6, 2.4)
    narrow_size: ClassVar[tuple[float, float] | None] = (3.7, 2.6)
    columns: ClassVar[Mapping[str, Column]] = {
        "pair": Column(N_("Pair"), "count"),
        "name_extra": Column(N_("With extra hours"), "text"),
        "sales_extra": Column(N_("Its sales"), "money"),
        "before_extra": Column(N_("Its sales before"), "money"),
        "name_usual": Column(N_("As usual"), "text"),
        "sales_usual": Column(N_("Its sales"), "money"),
        "before_usual": Column(N_("Its sales before"), "money"),
    }

    @classmethod
    def compute_figures(
        cls,
        table: pd.DataFrame,
        tables: Mapping[str, pd.DataFrame],
        parameters: Mapping[str, Any],
    ) -> dict[str, Figure]:
        """The effect with its ranges, who took part, hours, money."""
        p, frame = parameters, cast("Any", table)
        told = {
            "start": Figure(p["start"], unit="month"),
            "end": Figure(p["end"], unit="month"),
            "ready": Figure(p["end"], unit="date"),
            "as_of": Figure(p["as_of"], unit="date"),
            "months": Figure(p["months"], unit="months"),
            "planned": Figure(p["planned"], unit="count"),
            "pairs": Figure(len(table), unit="count"),
            "lost": Figure(p["planned"] - len(table), unit="count"),
            "least": Figure(LEAST_PAIRS, unit="count"),
            "moved": Figure(p["moved"], unit="share"),
            "sure": Figure(p["sure"], unit="share"),
            "asked": Figure(p["hours"], unit="hours"),
            "mde": Figure(p["mde"], unit="share"),
        }
        if p["effect"] is None:
            return told
        effect, (low, high), (least, most) = p["effect"], p["inner"], p["outer"]
        sold = float(frame["sales_extra"].sum())
        silent = frame[["sales_extra", "sales_usual"]] <= 0
        told |= {
            "effect": Figure(effect, low, high, unit="share"),
            "claim": Figure(effect, least, most, unit="share"),
            "fall": Figure(-effect, -most, -least, unit="share"),
            "chance": Figure(p["p"], unit="share"),
            "worth": Figure(
                sold * effect / (1 + effect),
                sold * least / (1 + least),
                sold * most / (1 + most),
                unit="money",
            ),
            "planned_hours": Figure(len(table) * p["months"] * p["hours"], unit="count"),
            "unlogged": Figure(p["unlogged"], unit="months"),
            "closed": Figure(len(p["closed"]), unit="months"),
            "silent_extra": Figure(int(silent["sales_extra"].sum()), unit="customers"),
            "silent_usual": Figure(int(silent["sales_usual"].sum()), unit="customers"),
        }
        hours: Any = tables.get("hours")
        if hours is not None and len(hours):
            by = hours.set_index("arm")
            before, during = (by.loc[1, c] - by.loc[0, c] for c in ("before", "during"))
            got = float(during - (before if math.isfinite(before) else 0.0))
            told |= {
                "got": Figure(got, unit="number"),
                "given_hours": Figure(got * len(table) * p["months"], unit="count"),
                "covered": Figure(int(math.isfinite(before)), unit="count"),
            }
        if p["closed"]:
            told["closed_first"] = Figure(p["closed"][0], unit="month")
        return told

    def sentences(self) -> Sequence[Sentence]:
        """What extra hours did, how sure; what was done; what was lost."""
        value = self.figures
        claim = value["claim"]
        if claim.low is not None and claim.low > 0:
            told = [_MORE, _WORTH]
        elif claim.high is not None and claim.high < 0:
            told = [_LESS]
        else:
            told = [_UNCLEAR, _OUT]
        if "got" in value:
            given = _GOT if value["covered"].value else _GOT_APART
            told.append(given if value["got"].value > 0 else _GOT_NONE)
            if "closed_first" in value:
                told.append(_CLOSED)
        elif value["unlogged"].value:
            told.append(_UNLOGGED)
        told.append(_LEFT)
        if value["lost"].value:
            told.append(_LOST)
        if value["moved"].value > MOVED:
            told.append(_MOVED)
        return told

    def headline(self) -> Sentence | None:
        """The picture's message."""
        claim = self.figures["claim"]
        if claim.low is not None and claim.low > 0:
            return _HEADLINE_MORE
        if claim.high is not None and claim.high < 0:
            return _HEADLINE_LESS
        return _HEADLINE_UNCLEAR

    def draw(self, ax: Axes) -> None:
        """The effect on a scale."""
        effect, claim = self.figures["effect"], self.figures["claim"]
        draw_effect(
            float(effect.value),
            (float(effect.low or 0), float(effect.high or 0)),
            (float(claim.low or 0), float(claim.high or 0)),
            self.language,
            ax,
        )


def known(bounds: tuple[float, float]) -> bool:
    """Whether both ends of a range were found."""
    return all(math.isfinite(b) for b in bounds)


_MORE = Sentence(
    "The extra hours raised sales by {claim}; with {sure} certainty the rise is between {claim_low}"
    " and {claim_high}. Lots decided who got them, so only chance sets the two groups apart"
    " besides, and the range allows for that."
)
_WORTH = Sentence(
    "With the customers who had them that is {worth} ({worth_low} to {worth_high}) in sales from"
    " {start} to {end}, for {planned_hours} planned hours."
)
_LESS = Sentence(
    "The extra hours did not raise sales: customers who had them bought {fall} less than the"
    " others; with {sure} certainty {fall_low} to {fall_high} less."
)
_UNCLEAR = Sentence(
    "Whether the extra hours raised sales cannot be told: the difference to the other customers is"
    " {claim}, and anything from {claim_low} to {claim_high} fits what was seen."
)
_OUT = Sentence(
    "What is ruled out, with {sure} certainty, is that they raised sales by more than {claim_high}."
)
_GOT = Sentence(
    "By the log {given_hours} extra hours were given, {planned_hours} were planned: {got} a month"
    " for each drawn customer, where {asked} had been asked for. That is how much more they got"
    " than before, beyond what the others got. All who were drawn for extra hours are counted,"
    " given or not."
)
_GOT_APART = Sentence(
    "By the log {given_hours} extra hours were given, {planned_hours} were planned: {got} a month"
    " for each drawn customer, where {asked} had been asked for. That is how much more they got"
    " than the others; the year before is not whole in the log. All who were drawn for extra hours"
    " are counted, given or not."
)
_CLOSED = Sentence(
    "In {closed_first} nobody logged any hours, nor in that month of other years: it counts as a"
    " month without.",
    "In {closed} of its months, first {closed_first}, nobody logged any hours, nor in those months"
    " of other years: they count as months without.",
    n="closed",
)
_GOT_NONE = Sentence(
    "By the log they got no more hours than the others, though {asked} extra a month had been asked"
    " for: the pilot was not carried out, and tells nothing of what extra hours do."
)
_UNLOGGED = Sentence(
    "How many extra hours were really given cannot be told: in one of the pilot's {months} months"
    " the log has no hours at all.",
    "How many extra hours were really given cannot be told: in {unlogged} of the pilot's {months}"
    " months the log has no hours at all.",
    n="unlogged",
)
_LEFT = Sentence(
    "Customers who bought nothing at all are counted: {silent_extra} with extra hours,"
    " {silent_usual} of the others."
)
_LOST = Sentence(
    "One of {planned} pairs is left out: a customer of it is no longer found in the facts.",
    "{lost} of {planned} pairs are left out: a customer of each is no longer found in the facts.",
    n="lost",
)
_MOVED = Sentence(
    "The books of the year before the pilot have changed by {moved} since the lots were drawn; the"
    " comparison uses what stood there then."
)
_HEADLINE_MORE = Sentence("The extra hours raised sales by {claim}")
_HEADLINE_LESS = Sentence("With extra hours, customers bought {fall} less")
_HEADLINE_UNCLEAR = Sentence("Whether the extra hours raised sales cannot be told")
EARLY = Refusal(
    Sentence(
        "The pilot cannot be judged yet: it runs until {ready}, and the facts end on {as_of}."
    ),
    Sentence(
        "Look again when its last month is in the books. Whoever looks earlier, and stops when it"
        " suits, finds effects that are not there."
    ),
    early=True,
)
FEW_LEFT = Refusal(
    Sentence(
        "The pilot cannot be judged: of {planned} pairs, {pairs} have both their customers in the"
        " facts; it takes at least {least}."
    ),
    Sentence("Name merged or renumbered customers under aliases in the settings."),
)
NO_END = Refusal(
    Sentence(
        "The pilot cannot be judged: the {pairs} pairs bought so little that any effect fits what"
        " was seen."
    ),
    Sentence("Let the next pilot have more pairs, or run longer."),
)
