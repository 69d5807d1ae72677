"""What does the answer to `response` say? Its figures, its sentences, and why it says no more."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, cast

from salesfact._language import N_
from salesfact._response_picture import draw_rungs, size_rungs
from salesfact._result import Column, Figure, Refusal, Result, Sentence

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

#: Wider than that, the data do not tell how long an hour works.
WIDEST = 0.6

#: rung -> what is compared, in plain words
RUNGS = {
    "pooled": N_("All customers with each other"),
    "attributes": N_("Customers of the same kind with each other"),
    "mundlak": N_("Allowing for each customer's usual hours"),
    "fixed effects": N_("Each customer with itself"),
    "fixed effects by block": N_("Each customer with itself, within half a year"),
}
FIXED, BLOCK, POOLED = "fixed effects", "fixed effects by block", "pooled"
#: outcome of a check, as its table says it
HOLDS, FAILS, NOT_RUN = N_("holds"), N_("does not hold"), N_("not run")


@dataclass(frozen=True, kw_only=True, repr=False)
class Response(Result):
    """Whether hours show in sales: the same question asked of ever more alike months.

    `table` has index `comparison`, one row a rung, and columns

    - `how`: what is compared with what.
    - `effect`, `low`, `high`: how much higher sales are where hours about double, as a part, with
      its 80 % range.
    - `slope`, `se`: of log(1 + adstocked hours), and its cluster-robust error.
    - `customers`: used.

    `tables["checks"]` is what `response_checks` shows, `tables["kinds"]` what `response_kinds`,
    `tables["customers"]` what `response_customers` does. Refused where a check does not hold; what
    was found is then shown all the same, and must not be relied on.
    """

    title: ClassVar[str] = N_("Do hours show in sales?")
    columns: ClassVar[Mapping[str, Column]] = {
        "how": Column(N_("What is compared"), "term"),
        "effect": Column(N_("More sales where hours about double"), "share"),
        "low": Column(N_("From"), "share"),
        "high": Column(N_("To"), "share"),
        "customers": Column(N_("Customers"), "customers"),
    }

    @classmethod
    def compute_figures(
        cls,
        table: pd.DataFrame,
        tables: Mapping[str, pd.DataFrame],
        parameters: Mapping[str, Any],
    ) -> dict[str, Figure]:
        """The effect beside the naive one, how long an hour works, and how many checks hold."""
        rungs: Any = table
        checks: Any = tables["checks"]
        figures = {
            "months": Figure(parameters["months"], unit="months"),
            "min_months": Figure(parameters["min_months"], unit="months"),
            "changing": Figure(parameters["changing"], unit="customers"),
            "min_customers": Figure(parameters["min_customers"], unit="customers"),
        }
        if rungs.empty:
            return figures
        for name, rung in (("effect", FIXED), ("naive", POOLED), ("within", BLOCK)):
            row = rungs.loc[rung]
            ends = [float(row[end]) for end in ("effect", "low", "high")]
            figures[name] = Figure(*ends, unit="share")
        figures["left"] = Figure(
            parameters["decay"], parameters["decay_low"], parameters["decay_high"], unit="share"
        )
        rule = checks[checks["in_rule"]]
        precision = checks.loc["precision"]
        return figures | {
            "customers": Figure(int(rungs.loc[FIXED, "customers"]), unit="customers"),
            "seen": Figure(2 ** float(precision["figure"]) - 1, unit="share"),
            "matters": Figure(2 ** float(precision["threshold"]) - 1, unit="share"),
            "run": Figure(int((rule["outcome"] != NOT_RUN).sum()), unit="count"),
            "held": Figure(int((rule["outcome"] == HOLDS).sum()), unit="count"),
            "failed": Figure(int((rule["outcome"] == FAILS).sum()), unit="count"),
        }

    def sentences(self) -> Sequence[Sentence]:
        """What goes together and how much of it is selection; how long; what to keep in mind."""
        value = self.figures
        told = [] if self.refusal is not None else [_FITS]
        if self.refusal is not None and value["effect"].value > 0:
            told.append(_TOGETHER)
        low, high = value["naive"].low, value["effect"].high
        if low is not None and high is not None and low > high:
            told.append(_SELECTION)
        if self.refusal is None:
            left, checks = value["left"], cast("Any", self.tables["checks"])
            unsure = (left.high or 0.0) - (left.low or 0.0) >= WIDEST
            told.append(_LEFT_UNTOLD if unsure else _LEFT)
            if checks.loc["memory", "outcome"] == FAILS:
                told.append(_WITHIN_MONTH)
            told.append(_NO_LOTS)
        return told

    def headline(self) -> Sentence | None:
        """The picture's message."""
        value = self.figures
        if value["effect"].value <= 0:
            return _HEADLINE_NONE
        return _HEADLINE_SURE if self.refusal is None else _HEADLINE_OPEN

    @property
    def size(self) -> tuple[float, float]:
        """As high as there are rungs, in inches."""
        return size_rungs(len(self.table))

    @property
    def narrow_size(self) -> tuple[float, float]:
        """The same for a phone."""
        return size_rungs(len(self.table), narrow=True)

    def draw(self, ax: Axes) -> None:
        """Each comparison as a dot with its range; the one that counts in colour."""
        draw_rungs(self.table, FIXED, self.language, ax=ax)


def refusal(checks: Any) -> Refusal | None:
    """What the first check that does not hold says of the whole, and what would tell; or None."""
    failed = set(checks.index[checks["in_rule"] & (checks["outcome"] == FAILS)])
    if not failed:
        return None
    unsure = bool(failed & {"customers", "precision"})
    shown = {name for name in failed if not math.isnan(checks.at[name, "figure"])}
    if failed - shown - {"block size"}:  # a check that could not be done is no finding
        reason = _UNTESTED
    elif failed & {"lead", "feedback"} and "effect" not in failed:
        reason = _CHASED
    elif failed & {"control"}:
        reason = _CONTROL
    elif "effect" in failed:
        reason = _unsure(checks) if unsure else _NOTHING
    elif failed & {"block size", "block"}:
        reason = _DRIFTED
    elif "logging" in failed:
        reason = _LOGGED_BY_CHANCE if beyond_reach(checks.loc["logging"]) else _LOGGED
    else:
        reason = _unsure(checks)
    return Refusal(reason, _PILOT, shown=True)


def beyond_reach(check: Any) -> bool:
    """Whether chance alone would break the limit of a check: it fails, and says little by that."""
    return bool(check["outcome"] == FAILS and check["by_chance"] > check["threshold"])


def _unsure(checks: Any) -> Sentence:
    """How much could go unseen; beyond twice the sales, no figure means anything."""
    return _UNSURE if checks.loc["precision", "figure"] < 1 else _BLIND


_FITS = Sentence(
    "Where a customer's hours about double, its sales are {effect} higher, most likely between"
    " {effect_low} and {effect_high}; that is consistent with an effect of the hours."
)
_TOGETHER = Sentence(
    "Each customer with itself, sales are {effect} higher where hours about double ({effect_low} to"
    " {effect_high}); that must not be planned by."
)
_SELECTION = Sentence(
    "Customers with double the hours of others buy {naive} more: that compares large customers with"
    " small ones, and says who gets the hours, not what they do."
)
_LEFT = Sentence(
    "Of what an hour does, {left} is left a month later, most likely between {left_low} and"
    " {left_high}."
)
_LEFT_UNTOLD = Sentence("How long an hour works cannot be told from these data.")
_WITHIN_MONTH = Sentence(
    "Take care: only hours of the same month go with sales, and reps who answer within the month"
    " would give the same picture."
)
_NO_LOTS = Sentence(
    "Nobody drew lots for the hours, so it is no proof; all of the {run} checks that could be run"
    " hold."
)
_HEADLINE_SURE = Sentence(
    "Each customer with itself, double the hours go with {effect} more sales, not {naive}"
)
_HEADLINE_OPEN = Sentence(
    "Seen naively, double the hours go with {naive} more sales; each customer with itself, {effect}"
)
_HEADLINE_NONE = Sentence(
    "Seen naively, double the hours go with {naive} more sales; each customer with itself, none"
)
_CHASED = Sentence(
    "Whether hours do anything for sales cannot be told: the two move together, but reps seem to go"
    " where sales already move ({held} of {run} checks hold)."
)
_CONTROL = Sentence(
    "Whether hours do anything for sales cannot be told: even what hours cannot change goes with"
    " them ({held} of {run} checks hold)."
)
_UNTESTED = Sentence(
    "Whether hours do anything for sales cannot be told: not every check could be worked out from"
    " these data ({held} of {run} checks hold)."
)
_NOTHING = Sentence(
    "No effect of hours on sales is seen, though {seen} more sales where hours about double would"
    " have been ({held} of {run} checks hold)."
)
_UNSURE = Sentence(
    "Whether hours do anything for sales cannot be told: less than {seen} more sales where hours"
    " about double could go unseen, and {matters} would matter ({held} of {run} checks hold)."
)
_BLIND = Sentence(
    "Whether hours do anything for sales cannot be told: even twice the sales where hours about"
    " double could go unseen, and {matters} more would matter ({held} of {run} checks hold)."
)
_DRIFTED = Sentence(
    "Whether hours do anything for sales cannot be told: within half a year little of it is left,"
    " so slow changes of the customers themselves may be behind it ({held} of {run} checks hold)."
)
_LOGGED = Sentence(
    "Whether hours do anything for sales cannot be told: many activities were logged right after an"
    " order and may only record it ({held} of {run} checks hold)."
)
_LOGGED_BY_CHANCE = Sentence(
    "Whether hours do anything for sales cannot be told: so many activities were logged right after"
    " an order that the rule's limit is not kept. Customers order so often that chance alone gives"
    " as much ({held} of {run} checks hold)."
)
_PILOT = Sentence(
    "A pilot with drawn lots can tell, if the effect is large enough: for some months customers"
    " drawn by lot get more hours, and the others do not."
)
YOUNG = Refusal(
    Sentence(
        "Whether hours show in sales cannot be told yet: activities and sales together cover"
        " {months} months, and at least {min_months} are needed."
    ),
    Sentence("Supply earlier years of the activity log, or let the log go on."),
)
FEW = Refusal(
    Sentence(
        "Whether hours show in sales cannot be told: {changing} customers buy and see their hours"
        " change, and at least {min_customers} are needed."
    ),
    Sentence("Log every visit and call with its customer, or supply earlier years of the log."),
)
NO_HOURS = Refusal(
    Sentence("Whether hours show in sales cannot be told: no activity has hours."),
    Sentence("Name the column of hours or minutes, or write norms: hours of one visit or call."),
)
NO_FIT = Refusal(
    Sentence(
        "Whether hours show in sales cannot be told: hours and months cannot be told apart in these"
        " data."
    ),
    Sentence("Supply earlier years of the activity log, or let the log go on."),
)
