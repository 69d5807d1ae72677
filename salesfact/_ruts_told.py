"""What does the answer to `ruts` say? Its figures and sentences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from salesfact._language import N_
from salesfact._result import Column, Figure, Refusal, Result, Sentence
from salesfact._ruts_picture import draw_hours

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

MOST_STATED = 0.98  # part of the activities with hours, below which the others are worth a word
_KEPT = ("effort_alike", "effort_most", "kept_alike", "kept_most")
MANY_PROSPECTS = 0.01  # hours with them, beside the others, that are worth a sentence
# why there is no rut weight
YOUNG, FEW, MANY, SPLITS, WIDE = "years", "activities", "customers", "splits", "range"


@dataclass(frozen=True, kw_only=True, repr=False)
class Ruts(Result):
    """Where the hours go, beside the money: one row per customer, most hours by habit first.

    `table` has index `customer` (all with hours or money in the last 24 months):

    - `name`: as the client supplied it.
    - `hours`, `value`: of the last twelve months; value is `parameters["money"]`, floored at 0.
      `hours_before`, `value_before`: of the twelve before.
    - `effort_share`, `value_share` and both `_before`: parts of all customers' hours and value.
    - `excess_hours`: hours beyond (below 0: short of) the customer's part of the value.
    - `habit_hours`: the part of them that was there the year before too.
    - `weighed`: whether the customer tells of the rut weight.

    `tables["alike"]`: overlaps (1 = the same division) and the most that chance allows, Gini
    coefficients. `tables["weight"]`: the rut weight with its 80 % range (`low`, `high`), γ
    (`value`) and φ (`expected`), the weight by another split (`other`), the part of the hours it
    `covers`.
    """

    title: ClassVar[str] = N_("Do our hours follow value, or habit?")
    columns: ClassVar[Mapping[str, Column]] = {
        "name": Column(N_("Customer"), "text"),
        "hours": Column(N_("Hours"), "number"),
        "effort_share": Column(N_("Part of the hours"), "share"),
        "value_share": Column(N_("Part of the value"), "share"),
        "excess_hours": Column(N_("Hours beyond its part"), "number"),
        "habit_hours": Column(N_("Of these, for the second year"), "number"),
        "value": Column(N_("Value, twelve months"), "money"),
    }
    size: ClassVar[tuple[float, float] | None] = (7.6, 5.4)
    narrow_size: ClassVar[tuple[float, float] | None] = (3.7, 3.9)

    @classmethod
    def compute_figures(
        cls,
        table: pd.DataFrame,
        tables: Mapping[str, pd.DataFrame],
        parameters: Mapping[str, Any],
    ) -> dict[str, Figure]:
        """How alike hours and value are, what stays, and what it is worth."""
        figures = {
            "stated": Figure(parameters["stated"], unit="share"),
            "min_activities": Figure(int(parameters["min_activities"]), unit="count"),
            "min_customers": Figure(parameters["min_customers"], unit="customers"),
            "mean_activities": Figure(parameters["mean_activities"], unit="number"),
            "prospect_hours": Figure(parameters["prospect_hours"], unit="number"),
        }
        frame: Any = table
        if frame.empty or not tables:
            return figures
        over = frame[frame["excess_hours"] > 0]
        chance = 1 - float(tables["alike"].at["effort and value", "most"])
        figures |= {
            "chance_share": Figure(chance, unit="share"),
            # of two years alike and independent: E min(x⁺, y⁺) beside E x⁺ of normal x and y
            "chance_twice": Figure(chance * (1 - 0.5**0.5), unit="share"),
            "hours": Figure(float(frame["hours"].sum()), unit="number"),
            "value": Figure(float(frame["value"].sum()), unit="money"),
            "excess_hours": Figure(float(over["excess_hours"].sum()), unit="number"),
            "excess_share": Figure(
                float(over["excess_hours"].sum() / frame["hours"].sum()), unit="share"
            ),
        }
        alike: Any = tables["alike"]
        names = {"effort and value": "match", "effort": "effort", "value": "kept"}
        for row, name in names.items():
            figures[f"{name}_alike"] = Figure(float(alike.at[row, "alike"]), unit="share")
            figures[f"{name}_most"] = Figure(float(alike.at[row, "most"]), unit="share")
        for name in ("effort", "value"):
            figures[f"{name}_gini"] = Figure(float(alike.at[f"gini of {name}", "alike"]))
        if parameters["both"]:
            figures |= _habit(frame)
        told: Any = tables["weight"]
        if not parameters["why"]:
            row = told.iloc[0]
            figures |= {
                "weight": Figure(*(float(row[c]) for c in ("weight", "low", "high")), unit="share"),
                "covers": Figure(float(row["covers"]), unit="share"),
                "weighed": Figure(int(row["customers"]), unit="customers"),
            }
        if parameters["low_return"] is not None:
            figures["low_return"] = Figure(parameters["low_return"], unit="share")
        return figures

    def sentences(self) -> Sequence[Sentence]:
        """Where hours go beyond value, for how long, what stays from year to year, how sure."""
        margin, value = self.parameters["money"] == "margin", self.figures
        told = [_BEYOND_MARGIN if margin else _BEYOND_REVENUE]
        if self.parameters["both"]:
            if value["chance_share"].value == value["chance_share"].value:  # not NaN
                told.append(_CHANCE)
            if value["habit_customers"].value:
                told.append(_HABIT_MARGIN if margin else _HABIT_REVENUE)
            told.append(_FACT)
            parts = [value[name].value for name in _KEPT]
            if all(part > 0 for part in parts):  # nor is a NaN
                more, than = parts[0] / parts[1], parts[2] / parts[3]
                sticky = _STICKIER_MARGIN if margin else _STICKIER_REVENUE
                lasting = _LASTING_MARGIN if margin else _LASTING_REVENUE
                told.append(sticky if more > than else lasting)
        else:
            told.append(_FACT)
        if value["stated"].value < MOST_STATED:
            told.append(_UNSTATED)
        told += _WEIGHT[self.parameters["why"]]
        if "low_return" in value:
            told.append(_LOW_RETURN)
        if value["prospect_hours"].value >= MANY_PROSPECTS * value["hours"].value:
            told.append(_PROSPECTS)
        return told

    def headline(self) -> Sentence | None:
        """The picture's message."""
        margin = self.parameters["money"] == "margin"
        if self.parameters["both"] and self.figures["habit_customers"].value:
            return _HEADLINE_MARGIN if margin else _HEADLINE_REVENUE
        return _HEADLINE_YOUNG_MARGIN if margin else _HEADLINE_YOUNG_REVENUE

    def draw(self, ax: Axes) -> None:
        """Every customer by its part of the value and of the hours; the year before as a tail."""
        draw_hours(self.table, self.language, margin=self.parameters["money"] == "margin", ax=ax)


def _habit(frame: Any) -> dict[str, Figure]:
    """Hours beyond value for the second year running, and the customers who got them."""
    lasting = frame[frame["habit_hours"] > 0]
    return {
        "habit_hours": Figure(float(lasting["habit_hours"].sum()), unit="number"),
        "habit_share": Figure(
            float(lasting["habit_hours"].sum() / frame["hours"].sum()), unit="share"
        ),
        "habit_customers": Figure(len(lasting), unit="customers"),
        "their_hours": Figure(float(lasting["effort_share"].sum()), unit="share"),
        "their_value_share": Figure(float(lasting["value_share"].sum()), unit="share"),
        "their_value": Figure(float(lasting["value"].sum()), unit="money"),
        "habit_top": Figure(
            [str(n) for n in lasting.sort_values(
                "habit_hours", ascending=False, kind="stable")["name"].head(3)],
            unit="listing",
        ),
    }  # fmt: skip


_BEYOND_MARGIN = Sentence(
    "Of {hours} hours in the last twelve months, {excess_hours} ({excess_share}) went to customers"
    " beyond their part of the margin."
)
_BEYOND_REVENUE = Sentence(
    "Of {hours} hours in the last twelve months, {excess_hours} ({excess_share}) went to customers"
    " beyond their part of the revenue."
)
_CHANCE = Sentence(
    "Even had hours been meant to follow value exactly, chance would have made it about"
    " {chance_share} in one year and {chance_twice} two years running."
)
_HABIT_MARGIN = Sentence(
    "{habit_hours} of these hours went the same way the year before, all with one customer,"
    " {habit_top}, who got {their_hours} of the hours and brought {their_value_share} of the"
    " margin, {their_value}.",
    "{habit_hours} of these hours went the same way the year before: {habit_customers} customers"
    " got {their_hours} of the hours and brought {their_value_share} of the margin, {their_value};"
    " most of them went to {habit_top}.",
    n="habit_customers",
)
_HABIT_REVENUE = Sentence(
    "{habit_hours} of these hours went the same way the year before, all with one customer,"
    " {habit_top}, who got {their_hours} of the hours and brought {their_value_share} of the"
    " revenue, {their_value}.",
    "{habit_hours} of these hours went the same way the year before: {habit_customers} customers"
    " got {their_hours} of the hours and brought {their_value_share} of the revenue, {their_value};"
    " most of them went to {habit_top}.",
    n="habit_customers",
)
_FACT = Sentence("This is where the hours went, not what they would have brought elsewhere.")
_STICKIER_MARGIN = Sentence(
    "Hours are divided as the year before to {effort_alike} (chance keeps it below about"
    " {effort_most}), margin to {kept_alike} (below about {kept_most}): hours stay more than margin"
    " does."
)
_STICKIER_REVENUE = Sentence(
    "Hours are divided as the year before to {effort_alike} (chance keeps it below about"
    " {effort_most}), revenue to {kept_alike} (below about {kept_most}): hours stay more than"
    " revenue does."
)
_LASTING_MARGIN = Sentence(
    "Hours are divided as the year before to {effort_alike} (chance keeps it below about"
    " {effort_most}), margin to {kept_alike} (below about {kept_most}): where margin stays, hours"
    " that stay are no rut."
)
_LASTING_REVENUE = Sentence(
    "Hours are divided as the year before to {effort_alike} (chance keeps it below about"
    " {effort_most}), revenue to {kept_alike} (below about {kept_most}): where revenue stays, hours"
    " that stay are no rut."
)
_WEIGHED = Sentence(
    "Where a customer was seen more than its value explains, {weight} ({weight_low} to"
    " {weight_high}) of that lead was still there a year later; {weighed} customers with {covers}"
    " of the hours tell of it."
)
_BOUND = Sentence(
    "Habit is at most that much: good judgement that shows in no figure looks like a rut."
)
_UNSTATED = Sentence(
    "Only {stated} of the activities say how long they took; the others count as no time."
)
_YOUNG = Sentence(
    "How strong habit is cannot be told: the activity log does not cover the last two years."
)
_FEW = Sentence(
    "How strong habit is cannot be told apart from chance: customers have {mean_activities}"
    " activities a year on average, and it takes {min_activities}."
)
_MANY = Sentence(
    "How strong habit is cannot be told: it takes {min_customers} customers with orders and enough"
    " activities in both years."
)
_SPLITS = Sentence(
    "How strong habit is cannot be told: two ways of reckoning chance out of it disagree, as where"
    " some customers are visited in rounds and others in bursts."
)
_WIDE = Sentence(
    "How strong habit is cannot be told: customers are too few, or too alike, to tell it from"
    " value."
)
_WEIGHT = {
    "": [_WEIGHED, _BOUND],
    YOUNG: [_YOUNG],
    FEW: [_FEW],
    MANY: [_MANY],
    SPLITS: [_SPLITS],
    WIDE: [_WIDE],
}
_LOW_RETURN = Sentence(
    "If hours do what fits the past, one more brings less than with half of the customers where"
    " {low_return} of the hours went."
)
_PROSPECTS = Sentence(
    "{prospect_hours} hours with those who have not bought yet are not counted here."
)
_HEADLINE_MARGIN = Sentence(
    "{habit_share} of the hours go beyond customers' part of the margin for the second year running"
)
_HEADLINE_REVENUE = Sentence(
    "{habit_share} of the hours go beyond customers' part of the revenue for the second year"
    " running"
)
_HEADLINE_YOUNG_MARGIN = Sentence(
    "{excess_share} of the hours go beyond customers' part of the margin"
)
_HEADLINE_YOUNG_REVENUE = Sentence(
    "{excess_share} of the hours go beyond customers' part of the revenue"
)
NOBODY = Refusal(
    Sentence(
        "Whether hours follow value cannot be told: no activity with a customer in the last twelve"
        " months."
    ),
    Sentence("Supply the activity log up to the last day of the sales lines."),
)
NO_HOURS = Refusal(
    Sentence(
        "Whether hours follow value cannot be told: only {stated} of the activities say how long"
        " they took."
    ),
    Sentence("State in the settings how many hours each kind of activity takes (norms)."),
)
NO_VALUE = Refusal(
    Sentence(
        "Whether hours follow value cannot be told: no customer brought any money in the last"
        " twelve months."
    ),
    Sentence("Supply the sales lines of the last two years."),
)
