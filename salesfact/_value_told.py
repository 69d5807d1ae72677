"""What does the answer to `value` say? Its figures and sentences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from salesfact._language import N_
from salesfact._result import Column, Figure, Refusal, Result, Sentence
from salesfact._value_picture import SHOWN, draw_value, shows_value, size_value

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

ACTIVE, ONCE = N_("ordering"), N_("ordered once")
NEW, LAPSED = N_("new customer"), N_("no order for a year")
KNOWN, NEWCOMERS = N_("customers known today"), N_("customers still to come")
WHOLE, TOP_DOWN = N_("both together"), N_("the firm's sales as a whole, carried on")
LAST = N_("the same time up to now")

METHODS = {
    "last_12": N_("the last twelve months"),
    "last_6": N_("the last six months"),
    "last_3": N_("the last three months"),
    "season": N_("the same months last year"),
    "scaled": N_("the last months' money, adjusted by experience"),
    "bayes": N_("last year, evened out"),
    "BG/NBD": N_("the buying pattern"),
    "MBG/NBD": N_("the buying pattern"),
    "MBG/NBD-k": N_("the buying pattern"),
    "Pareto/NBD": N_("the buying pattern"),
    "glm": N_("what earlier years have taught"),
}
#: what those who know the field call them; for the small print and the table of methods
MODELS = {
    "BG/NBD": "BG/NBD",
    "MBG/NBD": "MBG/NBD",
    "MBG/NBD-k": N_("MBG/NBD with regular gaps"),
    "Pareto/NBD": "Pareto/NBD",
    "glm": N_("a penalised GLM"),
}


@dataclass(frozen=True, kw_only=True, repr=False)
class Value(Result):
    """What each customer is worth over the coming horizon, most expected money first.

    `table` has index `customer`; money is `parameters["money"]` in the source's currency:

    - `name`: as the client supplied it; `rep`: who looks after the customer, where it is known.
    - `kind`: no order for a year, ordered once, new (first order less than a year ago), ordering.
    - `estimate`, `low`, `high`: expected money over `parameters["horizon_months"]` and its 80 %
      range; below zero for who costs money.
    - `naive`: what the best naive way says.
    - `last_12`: money of the last twelve months; `orders`: order days in them; `last_order`.
    - `rank`: by estimate, equal ones equal.

    `tables["methods"]`: each way of looking ahead at the earlier dates: captured share of the first
    fifth, Poisson deviance as a part of the money, the naive one's at the same dates, and the 95 %
    interval of the difference in captured share. `tables["origins"]`: each earlier date, what was
    said and what came; `inside`, the part whose outcome lay in the range known then.
    `tables["bands"]`: the same by fifths of predicted value. `tables["total"]`: known customers,
    those to come, the whole, the whole carried on from above, and the last period.
    """

    title: ClassVar[str] = N_("What is each customer worth?")
    columns: ClassVar[Mapping[str, Column]] = {
        "rank": Column(N_("Rank"), "count"),
        "name": Column(N_("Customer"), "text"),
        "rep": Column(N_("Rep"), "text"),
        "kind": Column(N_("Kind"), "term"),
        "estimate": Column(N_("Expected"), "money"),
        "low": Column(N_("At least"), "money"),
        "high": Column(N_("At most"), "money"),
        "naive": Column(N_("By habit"), "money"),
        "last_12": Column(N_("Last twelve months"), "money"),
        "orders": Column(N_("Order days"), "count"),
        "last_order": Column(N_("Last order"), "short_date"),
    }

    @classmethod
    def compute_figures(
        cls,
        table: pd.DataFrame,
        tables: Mapping[str, pd.DataFrame],
        parameters: Mapping[str, Any],
    ) -> dict[str, Figure]:
        """The sum, who leads, and how well the chosen way and the naive one did."""
        frame: Any = table
        figures = {
            "horizon": Figure(parameters["horizon_months"], unit="count"),
            "months": Figure(parameters["months"], unit="count"),
            "least_months": Figure(parameters["least_months"], unit="count"),
            "coverage": Figure(parameters["coverage"], unit="share"),
            "called": Figure(parameters["called"], unit="share"),
            "method": Figure(METHODS[parameters["method"]], unit="term"),
            "naive": Figure(METHODS[parameters["naive"]], unit="term"),
            "customers": Figure(len(frame), unit="customers"),
            "origins": Figure(len(tables["origins"]), unit="count"),
        }
        if parameters["method"] in MODELS:
            figures["model"] = Figure(MODELS[parameters["method"]], unit="term")
        if frame.empty:
            return figures
        total: Any = tables["total"]
        low, high = (_known(total.loc["known", end]) for end in ("low", "high"))
        figures |= {
            "total": Figure(float(frame["estimate"].sum()), low, high, "money"),
            "naive_total": Figure(float(frame["naive"].sum()), unit="money"),
            "last": Figure(float(frame["last_12"].sum()), unit="money"),
            "top": Figure([str(n) for n in frame["name"].head(3)], unit="listing"),
            "largest": Figure(str(frame["name"].iloc[0]), unit="text"),
            "largest_estimate": Figure(
                float(frame["estimate"].iloc[0]),
                _known(frame["low"].iloc[0]),
                _known(frame["high"].iloc[0]),
                "money",
            ),
            "drawn": Figure(min(len(frame), SHOWN), unit="customers"),
            "costly": Figure(int((frame["estimate"] < 0).sum()), unit="customers"),
            "costs": Figure(float(-frame["estimate"].clip(upper=0).sum()), unit="money"),
        }
        methods: Any = tables["methods"]
        chosen = methods[methods["chosen"]]
        if len(chosen):
            told = chosen.iloc[0]
            figures |= {
                "origins": Figure(int(told["origins"]), unit="count"),
                "share": Figure(float(told["share"]), unit="share"),
                "naive_share": Figure(float(told["naive_share"]), unit="share"),
                "share_gain": Figure(
                    float(told["share"] - told["naive_share"]),
                    float(told["share_low"]),
                    float(told["share_high"]),
                    "share",
                ),
                "saved": Figure(
                    1 - float(told["deviance"]) / float(told["naive_deviance"])
                    if told["naive_deviance"] > 0
                    else 0.0,
                    unit="share",
                ),
            }
        inside: Any = tables["origins"]["inside"]
        weight: Any = tables["origins"]["customers"][inside.notna()]
        if len(weight):
            held = float((inside.dropna() * weight).sum() / weight.sum())
            figures["inside"] = Figure(held, unit="share")
        return figures

    def sentences(self) -> Sequence[Sentence]:
        """How much and who; by which way, and whether its list is better; how sure."""
        margin = self.parameters["money"] == "margin"
        ranged = self.figures["total"].low is not None
        one = len(self.table) == 1
        seldom = [] if shows_value(self.table) else [_SELDOM]
        told = [_TOTAL[one][margin][ranged], *seldom, self._chosen()]
        if "inside" in self.figures:
            told.append(_HELD)
        if self.figures["costly"].value:
            told.append(_COSTLY if margin else _RETURNED)
        if "model" in self.figures:
            told.append(_MODEL)
        return told

    def _chosen(self) -> Sentence:
        if self.parameters["method"] == self.parameters["naive"]:
            return _NAIVE_WINS
        gain = self.figures["share_gain"]
        return _BETTER if gain.low is not None and gain.low > 0 else _AMOUNTS

    def headline(self) -> Sentence | None:
        """The picture's message."""
        return _HEADLINE if len(self.table) > 1 else _HEADLINE_ONE

    @property
    def size(self) -> tuple[float, float] | None:  # pyright: ignore[reportIncompatibleVariableOverride]
        """As high as there are customers to draw, in inches; None where nothing would be seen."""
        return size_value(len(self.table)) if shows_value(self.table) else None

    @property
    def narrow_size(self) -> tuple[float, float] | None:  # pyright: ignore[reportIncompatibleVariableOverride]
        """The same for a phone."""
        return size_value(len(self.table), narrow=True) if shows_value(self.table) else None

    def draw(self, ax: Axes) -> None:
        """The first customers: expected money with its range, and the naive estimate."""
        draw_value(self.table, self.language, self.source.currency, ax=ax)


def _known(x: Any) -> float | None:
    return None if x is None or not np.isfinite(x) else float(x)


_TOTAL = {
    False: {
        True: {
            True: Sentence(
                "The {customers} customers known today are expected to bring {total} in margin over"
                " the next {horizon} months, most likely between {total_low} and {total_high};"
                " first of all {top}."
            ),
            False: Sentence(
                "The {customers} customers known today are expected to bring {total} in margin over"
                " the next {horizon} months, first of all {top}. How sure the sum is cannot be told"
                " from so short a history."
            ),
        },
        False: {
            True: Sentence(
                "The {customers} customers known today are expected to bring {total} in revenue"
                " over the next {horizon} months, most likely between {total_low} and {total_high};"
                " first of all {top}."
            ),
            False: Sentence(
                "The {customers} customers known today are expected to bring {total} in revenue"
                " over the next {horizon} months, first of all {top}. How sure the sum is cannot be"
                " told from so short a history."
            ),
        },
    },
}
_ONE = {
    True: Sentence(
        "{largest} is expected to bring {total} in margin over the next {horizon} months."
    ),
    False: Sentence(
        "{largest} is expected to bring {total} in revenue over the next {horizon} months."
    ),
}
_TOTAL[True] = {margin: dict.fromkeys((True, False), s) for margin, s in _ONE.items()}
_SELDOM = Sentence(
    "In the last twelve months they brought {last}: hardly anybody comes back, so what is expected"
    " of one customer or another hardly matters, and no picture of them is shown."
)
_BETTER = Sentence(
    "The estimate builds on {method}. Tried at {origins} earlier dates, the first {called} of its"
    " list brought {share} of the money, against {naive_share} by {naive}; that difference is no"
    " chance. Its amounts had {saved} less error."
)
_AMOUNTS = Sentence(
    "The estimate builds on {method}: at {origins} earlier dates its amounts had {saved} less error"
    " than {naive}. As a list it is not certain to be better: its first {called} brought {share} of"
    " the money, against {naive_share}."
)
_NAIVE_WINS = Sentence(
    "The estimate is simply {naive}, scaled: at {origins} earlier dates nothing more elaborate was"
    " better for certain."
)
_HELD = Sentence(
    "Each range is meant to hold for {coverage} of the customers; at earlier dates {inside} lay"
    " inside theirs."
)
_COSTLY = Sentence(
    "One customer is expected to cost money: {costs}.",
    "{costly} customers are expected to cost money: {costs} together.",
    n="costly",
)
_RETURNED = Sentence(
    "One customer is expected to return more than it buys: {costs}.",
    "{costly} customers are expected to return more than they buy: {costs} together.",
    n="costly",
)
_MODEL = Sentence("The method is known as {model}.")
_HEADLINE = Sentence(
    "{largest} is expected to bring most: {largest_estimate} over the next {horizon} months"
)
_HEADLINE_ONE = Sentence("{largest} is expected to bring {largest_estimate}")
UNCHECKED = Refusal(
    Sentence(
        "What a customer is worth over the next {horizon} months cannot be told with a range: the"
        " facts cover one month, and a forecast is judged by earlier ones, which takes at"
        " least {least_months}. The list shows {naive}, scaled, and nothing more.",
        "What a customer is worth over the next {horizon} months cannot be told with a range: the"
        " facts cover {months} months, and a forecast is judged by earlier ones, which takes at"
        " least {least_months}. The list shows {naive}, scaled, and nothing more.",
        n="months",
    ),
    Sentence(
        "Supply earlier years of the sales lines, or ask for a shorter horizon (a smaller"
        " horizon_months)."
    ),
)
