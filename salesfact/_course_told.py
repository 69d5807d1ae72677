"""What does the answer to `course` say? Its figures, sentences and verdicts."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from salesfact._course_picture import draw_gain
from salesfact._language import N_, Language
from salesfact._result import Column, Figure, Refusal, Result, Sentence
from salesfact._trial import BETTER, FEW, MIN_CUSTOMERS, MIN_TESTS, SAME, WIDE, WORSE

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

NAIVE_LIST = "naive"
BARELY = 1.25  # times what a list by lot finds; below it the past tells little
NEARLY = 0.9  # part of what a perfect list finds; above it no order can gain much
OFF = 0.05  # from `MEANT`; further off, a reader must know
MEANT = 0.8  # part of outcomes a shown range is meant to hold

#: What the lists are called; a list of another name is shown by that name.
LABELS = {
    "value": N_("expected value"),
    "last_12": N_("money of the last twelve months"),
    "last_6": N_("money of the last six months"),
    "last_3": N_("money of the last three months"),
    "season": N_("money of the same season last year"),
    "recency": N_("who bought last"),
    "random": N_("drawn by lot"),
}
_SAID = {
    BETTER: N_(
        "Over {tests} dates its lead over the best simple list was {difference} of all money"
        " ({difference_low} to {difference_high}): it is better."
    ),
    SAME: N_(
        "Over {tests} dates its lead over the best simple list was {difference} of all money"
        " ({difference_low} to {difference_high}), which may be chance: it is as good, not better."
    ),
    WORSE: N_(
        "Over {tests} dates its lead over the best simple list was {difference} of all money"
        " ({difference_low} to {difference_high}): it is worse, so use the simple list."
    ),
    FEW: N_(
        "Over {tests} dates its lead over the best simple list lies anywhere from {difference_low}"
        " to {difference_high} of all money: too few data to tell (needs: about {needed} such"
        " dates, or as many times more customers)."
    ),
}
_SAID_SHORT = N_(
    "Too few data to tell (needs: at least {min_tests} dates to judge by, here {tests}, and"
    " {min_customers} customers, here {customers})."
)
_SAID_NAIVE = N_("A simple list; the one to beat at {beaten} of {tests} dates.")


@dataclass(frozen=True, kw_only=True, repr=False)
class Course(Result):
    """Would our list have been right: one row per list, those asked about first.

    `table` has index `list` and columns

    - `ours` (a list asked about; else naive) and `verdict` (`better`, `as good`, `worse`,
      `too few`; `naive`), `told` the same in one sentence;
    - `share`: mean captured share over the tested origins; `difference`, `low`, `high`: its lead
      over the best naive list, with the two-sided 95 % interval;
    - `deviance` (Poisson, per unit of money; less is better) and `coverage` (part of outcomes
      within the range), missing where a list says no money or no range;
    - `kept`: mean part of the first places that stood there an origin earlier;
    - `beaten`: at how many origins it was the naive list to beat; `too_good`: it finds nearly all
      that a list knowing the future finds.

    `tables` holds `origins` (one row per origin and list), `gain` (the latest origin's curves),
    `calibration`, `tiers`, `silence` (who was flagged at which origin), `silence_lead`, and
    `scoreboards` (what is judged; the incremental one is refused).
    """

    title: ClassVar[str] = N_("Would our list have been right?")
    columns: ClassVar[Mapping[str, Column]] = {
        "label": Column(N_("List"), "term"),
        "told": Column(N_("Verdict"), "text"),
        "share": Column(N_("Found of the money"), "share"),
        "difference": Column(N_("Lead over the best simple list"), "share"),
        "low": Column(N_("at least"), "share"),
        "high": Column(N_("at most"), "share"),
        "coverage": Column(N_("Within its range"), "share"),
        "kept": Column(N_("Places kept"), "share"),
        "deviance": Column(N_("Deviance"), "number"),
    }
    size: ClassVar[tuple[float, float] | None] = (7.6, 3.9)
    narrow_size: ClassVar[tuple[float, float] | None] = (3.7, 4.3)

    @classmethod
    def compute_figures(
        cls,
        table: pd.DataFrame,
        tables: Mapping[str, pd.DataFrame],
        parameters: Mapping[str, Any],
    ) -> dict[str, Figure]:
        """The latest date as an example, the record over all, the ranges, the silent."""
        given = {
            "horizon": Figure(parameters["horizon_months"], unit="count"),
            "history": Figure(parameters["history_months"], unit="count"),
            "months": Figure(parameters["months"], unit="count"),
            "needed_months": Figure(parameters["needed_months"], unit="count"),
            "dates": Figure(parameters["origins"], unit="count"),
            "tests": Figure(parameters["tests"], unit="count"),
            "capacity_share": Figure(parameters["capacity_share"], unit="share"),
            "min_tests": Figure(MIN_TESTS, unit="count"),
            "min_customers": Figure(MIN_CUSTOMERS, unit="customers"),
            "meant": Figure(MEANT, unit="share"),
        }
        if table.empty:
            return given
        rows: Any = tables["origins"]
        lead: Any = table.iloc[0]
        name = str(table.index[0])
        last = rows[rows["origin"] == rows["origin"].max()]
        own = last[last["list"] == name].iloc[0]
        rival = last[last["naive"]].iloc[0]
        record = rows[rows["test"] & rows["naive"]]
        given |= {
            "list": Figure(LABELS.get(name, name), unit="term"),
            "naive_list": Figure(LABELS.get(rival["list"], rival["list"]), unit="term"),
            "origin": Figure(own["origin"].date(), unit="date"),
            "k": Figure(int(own["k"]), unit="customers"),
            "customers": Figure(int(own["customers"]), unit="customers"),
            "found": Figure(float(own["found"]), unit="money"),
            "share": Figure(float(own["share"]), unit="share"),
            "naive_found": Figure(float(rival["found"]), unit="money"),
            "naive_share": Figure(float(rival["share"]), unit="share"),
            "mean_share": Figure(float(lead["share"]), unit="share"),
            "lot_share": Figure(float(table.loc["random", "share"]), unit="share"),
            "mean_naive_share": Figure(float(record["share"].mean()), unit="share"),
            "difference": Figure(
                float(lead["difference"]), float(lead["low"]), float(lead["high"]), "share"
            ),
            "perfect": Figure(float(own["perfect"]), unit="share"),
            "needed": Figure(_needed(lead, parameters["tests"]), unit="count"),
        }
        for figure in ("coverage", "kept", "deviance"):
            if lead[figure] == lead[figure]:
                unit = "number" if figure == "deviance" else "share"
                given[figure] = Figure(float(lead[figure]), unit=unit)
        if lead["deviance"] == lead["deviance"] and record["deviance"].notna().all():
            given["naive_deviance"] = Figure(float(record["deviance"].mean()), unit="number")
        return given | _silence_figures(tables["silence"])

    def sentences(self) -> Sequence[Sentence]:
        """The latest date, the verdict, how far ranges and ranks hold, the silent; what is not."""
        lead: Any = self.table.iloc[0]
        value = self.figures
        everybody = value["k"].value >= value["customers"].value
        margin = self.parameters["money"] == "margin"
        said = [_USED_MARGIN if margin else _USED_REVENUE]
        said.append(_EVERYBODY if everybody else Sentence(_text(lead)))
        if lead["too_good"]:
            said.append(_TOO_GOOD)
        elif not everybody and value["naive_share"].value >= NEARLY * value["perfect"].value:
            said.append(_SATURATED)
        if not everybody and value["mean_share"].value < BARELY * value["lot_share"].value:
            said.append(_LOT)
        if "naive_deviance" in value:
            nearer = value["deviance"].value < value["naive_deviance"].value
            said.append(_NEARER if nearer else _NO_NEARER)
        if self.parameters["overlapping"]:
            said.append(_OVERLAP)
        if "coverage" in value and abs(value["coverage"].value - MEANT) > OFF:
            said.append(_COVERAGE)
        if "kept" in value and value["kept"].value < self.parameters["shaky"] and not everybody:
            said.append(_TIERS)
        if not self.parameters["capacity_given"]:
            said.append(_NO_CAPACITY)
        if "flagged" in value:
            said.append(_SILENCE[self.parameters["silence_verdict"]])
            if value["back"].value:
                said.append(_BACK)
        return [*said, _INCREMENTAL]

    def headline(self) -> Sentence | None:
        """The picture's message."""
        return None if self.table.empty else _HEADLINE

    def shown(self) -> pd.DataFrame:
        """With the lists' names as a reader knows them."""
        labels = [LABELS.get(str(n), str(n)) for n in self.table.index]
        return self.table.assign(label=labels)

    def written(self, lang: Language) -> Mapping[str, Any]:
        """The verdict on each list."""
        return {"told": retold(self.table, self.parameters, lang)}

    def draw(self, ax: Axes) -> None:
        """How much of the money each list finds, the further down one calls."""
        draw_gain(self.tables["gain"], ax, self)


def retold(table: pd.DataFrame, parameters: Mapping[str, Any], lang: Language) -> pd.Series:
    """The verdict on each list in one sentence, in the reader's language."""
    import pandas as pd

    said = []
    for row in table.to_dict("records"):
        text = lang.text(_SAID_NAIVE if not row["ours"] else _text(row))
        said.append(
            text.format(
                tests=lang.value(parameters["tests"], "count"),
                difference=lang.value(row["difference"], "share"),
                difference_low=lang.value(row["low"], "share"),
                difference_high=lang.value(row["high"], "share"),
                needed=lang.value(_needed(row, parameters["tests"]), "count"),
                beaten=lang.value(row["beaten"], "count"),
                customers=lang.value(row["customers"], "customers"),
                min_tests=lang.value(MIN_TESTS, "count"),
                min_customers=lang.value(MIN_CUSTOMERS, "customers"),
            )
        )
    return pd.Series(said, index=table.index, dtype="str")


def _text(row: Any) -> str:
    if row["verdict"] == FEW and not row["low"] <= -WIDE:
        return _SAID_SHORT
    return _SAID[row["verdict"]]


def _needed(row: Any, tests: int) -> int:
    """Dates until the interval reaches no further than `WIDE` below the difference."""
    reach = float(row["difference"]) - float(row["low"])
    return tests if math.isnan(reach) else math.ceil(tests * max(1.0, (reach / WIDE) ** 2))


def _silence_figures(flagged: Any) -> dict[str, Figure]:
    """Of those flagged, how many bought again: ours and the rule's."""
    silent, rule = flagged[flagged["silent"]], flagged[flagged["rule"]]
    if silent.empty or rule.empty:
        return {}
    return {
        "flagged": Figure(len(silent), unit="customers"),
        "back": Figure(int(silent["back"].sum()), unit="customers"),
        "back_share": Figure(float(silent["back"].mean()), unit="share"),
        "back_money": Figure(float(silent["money"].sum()), unit="money"),
        "flagged_stake": Figure(float(silent["at_stake"].sum()), unit="money"),
        "rule": Figure(len(rule), unit="customers"),
        "rule_back_share": Figure(float(rule["back"].mean()), unit="share"),
    }


_USED_MARGIN = Sentence(
    "Had you used the list “{list}” on {origin}, the first {k} customers on it would have given"
    " {found} in margin over the following month, {share} of all there was; the simple list that"
    " had been best until then ({naive_list}) would have found {naive_share}.",
    "Had you used the list “{list}” on {origin}, the first {k} customers on it would have given"
    " {found} in margin over the following {horizon} months, {share} of all there was; the simple"
    " list that had been best until then ({naive_list}) would have found {naive_share}.",
    n="horizon",
)
_USED_REVENUE = Sentence(
    "Had you used the list “{list}” on {origin}, the first {k} customers on it would have given"
    " {found} in revenue over the following month, {share} of all there was; the simple list that"
    " had been best until then ({naive_list}) would have found {naive_share}.",
    "Had you used the list “{list}” on {origin}, the first {k} customers on it would have given"
    " {found} in revenue over the following {horizon} months, {share} of all there was; the simple"
    " list that had been best until then ({naive_list}) would have found {naive_share}.",
    n="horizon",
)
_EVERYBODY = Sentence("The capacity reaches every customer, so no order of them can matter.")
_TOO_GOOD = Sentence(
    "That is nearly all that a list knowing the future would find: look for a column that tells"
    " of it before you trust this."
)
_SATURATED = Sentence(
    "A list that knew the future would have found {perfect}, so no other order can gain much."
)
_LOT = Sentence(
    "A list drawn by lot would have found {lot_share} over those dates: what customers bought tells"
    " little of who buys next."
)
_NEARER = Sentence(
    "The money it expected of each customer came nearer to what was bought than the simple list's."
)
_NO_NEARER = Sentence(
    "The money it expected of each customer came no nearer to what was bought than the simple"
    " list's."
)
_OVERLAP = Sentence(
    "The dates lie nearer to each other than the time looked ahead, so what followed them overlaps."
)
_COVERAGE = Sentence(
    "Of all outcomes, {coverage} lay within the range given for them; {meant} were meant to."
)
_TIERS = Sentence(
    "From one date to the next only {kept} of the first places stayed with the same customers:"
    " read the list in tiers, not rank by rank."
)
_NO_CAPACITY = Sentence(
    "No capacity is set, so {capacity_share} of the customers who ordered within a year count as"
    " called."
)
_SILENCE = {
    BETTER: Sentence(
        "Of {flagged} flags of silence at those dates, {back_share} were followed by a new order"
        " within the horizon; by the rule of twice the usual gap it would have been"
        " {rule_back_share}: the flags are right more often than the rule."
    ),
    SAME: Sentence(
        "Of {flagged} flags of silence at those dates, {back_share} were followed by a new order"
        " within the horizon; by the rule of twice the usual gap it would have been"
        " {rule_back_share}: no difference that could not be chance."
    ),
    WORSE: Sentence(
        "Of {flagged} flags of silence at those dates, {back_share} were followed by a new order"
        " within the horizon; by the rule of twice the usual gap it would have been"
        " {rule_back_share}: the rule was right more often."
    ),
    FEW: Sentence(
        "Of {flagged} flags of silence at those dates, {back_share} were followed by a new order"
        " within the horizon; by the rule of twice the usual gap it would have been"
        " {rule_back_share}: too few flags to tell them apart."
    ),
}
_BACK = Sentence(
    "Who orders again may still have been gone for long, so these need not all have been false"
    " alarms."
)
_INCREMENTAL = Sentence(
    "What calling them would have added is not told here: that takes calls given by lot, or like"
    " customers of whom some were called and some were not."
)
_HEADLINE = Sentence(
    "The first {k} customers on the list stood for {share} of the money; by the best simple list"
    " it was {naive_share}"
)
SHORT = Refusal(
    Sentence(
        "Whether a list would have been right cannot be told: the facts cover {months} whole"
        " months, and it takes {needed_months}: {history} before a first date, {horizon} after it,"
        " and a second date."
    ),
    Sentence(
        "Supply earlier years of the sales lines, or ask about a shorter horizon (a smaller"
        " horizon_months)."
    ),
)
