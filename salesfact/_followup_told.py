"""What does the answer to `follow_up` say? Its figures, sentences and picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from salesfact._compare import captured_share
from salesfact._drift_told import MAYBE
from salesfact._language import N_
from salesfact._moving_told import SILENCE
from salesfact._pairs_picture import draw_pairs, size_pairs
from salesfact._result import Column, Figure, Refusal, Result, Sentence

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

SHOWN = 10  # customers in the picture
MEANT = 0.8

SILENT, LATE = N_("silent"), N_("late, not certain")
YES, NO = N_("yes"), N_("no")


@dataclass(frozen=True, kw_only=True, repr=False)
class FollowUp(Result):
    """What came of the last report's advice: one row per customer it listed.

    `table` has index `customer` and columns `rank`, `name`, `kind`, `certified`, `silent` and
    `at_stake` as that report had them (see `Priorities`), and what came after its day: `bought`
    (any order), `orders` (order days), `came` (money, returns included), `last_order` (of any day).
    `tables["expected"]` has each customer's `estimate`, `low`, `high` and `naive` as expected
    then, and `came` within the horizon so far.
    """

    title: ClassVar[str] = N_("What came of the last report's advice?")
    columns: ClassVar[Mapping[str, Column]] = {
        "rank": Column(N_("Rank then"), "count"),
        "name": Column(N_("Customer"), "text"),
        "status": Column(N_("Status then"), "term"),
        "at_stake": Column(N_("At stake then"), "money"),
        "again": Column(N_("Bought since"), "term"),
        "orders": Column(N_("Order days since"), "count"),
        "came": Column(N_("Came since"), "money"),
        "last_order": Column(N_("Last order"), "short_date"),
    }

    @classmethod
    def compute_figures(
        cls,
        table: pd.DataFrame,
        tables: Mapping[str, pd.DataFrame],
        parameters: Mapping[str, Any],
    ) -> dict[str, Figure]:
        """How many came back with how much; what was expected by now, and who foresaw it."""
        if "planned" not in parameters:
            return {}
        frame: Any = table
        silent, quiet = frame[frame["silent"]], frame[frame["kind"] == SILENCE]
        still = frame[frame["kind"] != SILENCE]
        given = {
            "planned": Figure(parameters["planned"], unit="date"),
            "advised": Figure(parameters["advised"], unit="customers"),
            "known": Figure(len(frame), unit="customers"),
            "bought": Figure(int(frame["bought"].sum()), unit="customers"),
            "at_stake": Figure(float(frame["at_stake"].sum()), unit="money"),
            "orders": Figure(int(frame["orders"].sum()), unit="count"),
            "came": Figure(float(frame["came"].sum()), unit="money"),
            "silent": Figure(len(silent), unit="customers"),
            "silent_bought": Figure(int(silent["bought"].sum()), unit="customers"),
            "quiet": Figure(len(quiet), unit="customers"),
            "quiet_bought": Figure(int(quiet["bought"].sum()), unit="customers"),
            "still": Figure(len(still), unit="customers"),
            "still_came": Figure(float(still["came"].sum()), unit="money"),
            "passed": Figure(float(parameters["passed"]), unit="share"),
            "k": Figure(parameters["k"], unit="customers"),
            "meant": Figure(MEANT, unit="share"),
        }
        expected: Any = tables["expected"]
        if expected.empty:
            return given
        by = expected.set_index("customer")
        given |= {
            "expected": Figure(float(by["estimate"].sum() * parameters["passed"]), unit="money"),
            "total": Figure(float(by["came"].sum()), unit="money"),
        }
        if (by["came"] > 0).any():
            for name, column in (("list_share", "estimate"), ("naive_share", "naive")):
                share = captured_share(by["came"], by[column], parameters["k"])
                given[name] = Figure(share, unit="share")
        ranged = by.dropna(subset=["low", "high"])
        if parameters["passed"] >= 1 and len(ranged):
            inside = (ranged["came"] >= ranged["low"]) & (ranged["came"] <= ranged["high"])
            given["within"] = Figure(float(inside.mean()), unit="share")
        return given

    def sentences(self) -> Sequence[Sentence]:
        """The advised, what cannot be said of them, and the expectations."""
        margin, value = self.parameters["money"] == "margin", self.figures
        said = []
        if not value["known"].value:
            said.append(_NOBODY)
        else:
            said.append(_ADVISED_MARGIN if margin else _ADVISED_REVENUE)
            if value["still"].value and value["known"].value > 1:
                said.append(_STILL if value["quiet"].value else _ALL_STILL)
            said.append(_UNTOLD)
        if "expected" in value:
            said.append(_WHOLE if value["passed"].value >= 1 else _SO_FAR)
        if "list_share" in value:
            said.append(_SHARES)
        if "within" in value:
            said.append(_WITHIN)
        return said

    def headline(self) -> Sentence | None:
        if self.table.empty:
            return None
        mixed = self.figures["still"].value and self.figures["quiet"].value > 1
        return _HEADLINE_QUIET if mixed else _HEADLINE

    def shown(self) -> pd.DataFrame:
        frame: Any = self.table
        return frame.assign(
            status=[
                (kind if sure else MAYBE) if kind != SILENCE else SILENT if sure else LATE
                for kind, sure in zip(frame["kind"], frame["certified"], strict=True)
            ],
            again=[YES if b else NO for b in frame["bought"]],
        )

    @property
    def size(self) -> tuple[float, float]:  # pyright: ignore[reportIncompatibleVariableOverride]
        """As high as there are customers to draw, in inches."""
        return size_pairs(min(SHOWN, len(self.table)))

    @property
    def narrow_size(self) -> tuple[float, float]:  # pyright: ignore[reportIncompatibleVariableOverride]
        """The same for a phone."""
        return size_pairs(min(SHOWN, len(self.table)), narrow=True)

    def draw(self, ax: Axes) -> None:
        """The first customers advised: a year's money at stake then, and what came since."""
        frame: Any = self.table.head(SHOWN)
        lang = self.language
        draw_pairs(
            [str(n) for n in frame["name"]],
            [float(x) for x in frame["at_stake"]],
            [float(x) for x in frame["came"]],
            (lang.text(N_("at stake then, for a year")), lang.text(N_("came since"))),
            ax,
            self,
        )


_NOBODY = Sentence("The report of {planned} advised to contact nobody who is still known.")
_ADVISED_MARGIN = Sentence(
    "The report of {planned} advised to contact one customer, with {at_stake} in margin at stake;"
    " since then it has ordered on {orders} days, for {came}.",
    "Of the {known} customers whom the report of {planned} advised to contact, with {at_stake} in"
    " margin at stake, {bought} have ordered since, for {came}.",
    n="known",
)
_ADVISED_REVENUE = Sentence(
    "The report of {planned} advised to contact one customer, with {at_stake} in revenue at stake;"
    " since then it has ordered on {orders} days, for {came}.",
    "Of the {known} customers whom the report of {planned} advised to contact, with {at_stake} in"
    " revenue at stake, {bought} have ordered since, for {came}.",
    n="known",
)
_STILL = Sentence(
    "One of them still bought then, but less, and has brought {still_came} since; {quiet_bought} of"
    " {quiet} silent or late have ordered again.",
    "{still} of them still bought then, but less, and have brought {still_came} since;"
    " {quiet_bought} of {quiet} silent or late have ordered again.",
    n="still",
)
_ALL_STILL = Sentence(
    "All of them still bought then, but less: that they have ordered again says little."
)
_UNTOLD = Sentence(
    "Whether they were contacted is not in the facts, so this does not tell what the advice"
    " brought."
)
_SO_FAR = Sentence(
    "{passed} of the time it looked ahead has passed: in proportion {expected} was expected by now,"
    " and {total} came."
)
_WHOLE = Sentence("Over the time it looked ahead {expected} was expected, and {total} came.")
_SHARES = Sentence(
    "The first {k} customers by expected value stood for {list_share} of it, those by the simple"
    " list for {naive_share}."
)
_WITHIN = Sentence(
    "{within} of the customers' outcomes lay within their range; {meant} were meant to."
)
_HEADLINE = Sentence(
    "One customer was advised to be contacted; {came} has come since",
    "{bought} of the {known} customers advised to be contacted have ordered since",
    n="known",
)
_HEADLINE_QUIET = Sentence(
    "{quiet_bought} of the {quiet} customers who were silent or late have ordered since"
)
NO_PLAN = Refusal(
    Sentence("There is no earlier report to follow up yet."),
    Sentence("Each report keeps its plan; one made from later facts tells what came of it."),
    early=True,
)
