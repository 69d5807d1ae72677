"""What does the answer to `ruts` say? Its figures and sentences."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from salesfact import _ruts_words as _words
from salesfact._language import N_
from salesfact._result import Column, Figure, Result, Sentence
from salesfact._ruts_picture import TOLD, draw_hours

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

MOST_STATED = 0.98  # part of the activities with hours, below which the others are worth a word
_KEPT = ("effort_alike", "effort_most", "kept_alike", "kept_most")
STICKIER = 0.05  # by so much more of what could stay; less is not worth a sentence
MANY_PROSPECTS = 0.01  # hours with them, beside the others, that are worth a sentence


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
        "hours": Column(N_("Hours"), "hours"),
        "effort_share": Column(N_("Part of the hours"), "share"),
        "value_share": Column(N_("Part of the value"), "share"),
        "excess_hours": Column(N_("Hours beyond its part"), "hours"),
        "habit_hours": Column(N_("Of these, for the second year"), "hours"),
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
        """Where hours go beyond value and for how long; chance; what stays; how strong habit is."""
        margin, value = self.parameters["money"] == "margin", self.figures
        lasting = self.parameters["both"] and value["habit_customers"].value
        chance = value["chance_share"].value == value["chance_share"].value  # not NaN
        told = []
        if lasting:
            told += [_words.HABIT[margin], _words.WHO[margin]]
            told += [_words.CHANCE_TWICE] if chance else []
        if not lasting:
            told.append(_words.BEYOND[margin])
            told += [_words.CHANCE] if chance and self.parameters["both"] else []
        else:
            told.append(_words.OF_BEYOND_BY_CHANCE if chance else _words.OF_BEYOND[margin])
        told.append(_words.FACT)
        parts = [value[name].value for name in _KEPT]
        if self.parameters["both"] and all(part > 0 for part in parts):  # nor is a NaN
            more = parts[0] / parts[1] > parts[2] / parts[3] + STICKIER
            told += [_words.KEPT[margin], (_words.STICKIER if more else _words.LASTING)[margin]]
        if value["stated"].value < MOST_STATED:
            told.append(_words.UNSTATED)
        told += _words.WEIGHT[self.parameters["why"]]
        if "low_return" in value:
            told.append(_words.LOW_RETURN)
        if all(math.isfinite(value[f"{name}_gini"].value) for name in ("effort", "value")):
            told.append(_words.UNEVEN[margin])
        if value["prospect_hours"].value >= MANY_PROSPECTS * value["hours"].value:
            told.append(_words.PROSPECTS)
        return told

    def headline(self) -> Sentence | None:
        """The picture's message."""
        margin = self.parameters["money"] == "margin"
        if self.parameters["both"] and self.figures["habit_customers"].value:
            return _words.HEADLINE[margin]
        return _words.HEADLINE_YOUNG[margin]

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
                "habit_hours", ascending=False, kind="stable")["name"].head(TOLD)],
            unit="listing",
        ),
    }  # fmt: skip
