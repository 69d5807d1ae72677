"""What do the checks, kinds of activity and customers of `response` say? Their texts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from salesfact._ladder import LEAST_CUSTOMERS
from salesfact._language import N_, Language
from salesfact._response_tables import OTHER
from salesfact._response_told import FAILS, HOLDS, NOT_RUN, beyond_reach
from salesfact._result import Column, Figure, Refusal, Result, Sentence
from salesfact._slopes import LEAST_RELIABILITY

if TYPE_CHECKING:
    import pandas as pd

LEVEL = 0.10  # of kinds said to show, the part that may be chance
RULE, BESIDE = N_("in the rule"), N_("beside the rule")
SHOWS, UNCLEAR, FEWER = (
    N_("more hours, more sales"),
    N_("not clear"),
    N_("more hours, fewer sales"),
)

#: check -> (what was found, what is needed), `x` written as a share, a count or a number
_WORDS = {
    "customers": (N_("{x} customers"), N_("at least {x}"), "count"),
    "precision": (N_("{x} more sales"), N_("at most {x}"), "effect"),
    "effect": (N_("{x} times its uncertainty"), N_("more than {x}"), "number"),
    "lead": (N_("chance would give it in {x} of cases"), N_("at least {x}"), "share"),
    "feedback": (N_("chance would give it in {x} of cases"), N_("at least {x}"), "share"),
    "block size": (N_("{x} of the effect"), N_("more than {x}"), "share"),
    "block": (N_("{x} times its uncertainty"), N_("more than {x}"), "number"),
    "logging": (N_("{x} of the activities"), N_("at most {x}"), "share"),
    "control": (N_("chance would give it in {x} of cases"), N_("at least {x}"), "share"),
    "memory": (N_("{x} times its uncertainty"), N_("more than {x}"), "number"),
}


@dataclass(frozen=True, kw_only=True, repr=False)
class ResponseChecks(Result):
    """The checks that an effect of hours must pass, one row each.

    `table` has index `check` and columns `tested`, `figure`, `threshold`, `at_least` (whether the
    figure must reach the threshold), `outcome` (holds, does not hold, not run), `in_rule` and
    `standing` (in the frozen rule, or beside it), and as text in the client's language `found`,
    `needed` and `meaning`. `by_chance`: of the row on logging, the figure chance alone gives.
    """

    title: ClassVar[str] = N_("May we say so?")
    size = None
    columns: ClassVar[Mapping[str, Column]] = {
        "tested": Column(N_("What was tested"), "term"),
        "found": Column(N_("Found")),
        "needed": Column(N_("Needed")),
        "outcome": Column(N_("Outcome"), "term"),
        "meaning": Column(N_("What it means")),
        "standing": Column(N_("Counts"), "term"),
    }

    @classmethod
    def compute_figures(
        cls,
        table: pd.DataFrame,
        tables: Mapping[str, pd.DataFrame],
        parameters: Mapping[str, Any],
    ) -> dict[str, Figure]:
        """How many checks hold, and how many activities would follow an order by chance."""
        rows: Any = table
        if rows.empty:
            return {}
        rule = rows[rows["in_rule"]]
        counts = {
            name: Figure(int((rule["outcome"] == outcome).sum()), unit="count")
            for name, outcome in (("held", HOLDS), ("failed", FAILS), ("not_run", NOT_RUN))
        }
        run = Figure(counts["held"].value + counts["failed"].value, unit="count")
        logging = rows.loc["logging"]
        shares = {"after_order": "figure", "after_by_chance": "by_chance"}
        shares |= {"most_after_order": "threshold"}
        return counts | {
            "run": run,
            **{name: Figure(float(logging[c]), unit="share") for name, c in shares.items()},
        }

    def sentences(self) -> Sequence[Sentence]:
        """The rule's verdict, and what stands beside it."""
        value = self.figures
        told = [_PASSED if not value["failed"].value else _STOPPED]
        if value["not_run"].value:
            told.append(_NOT_RUN)
        rows: Any = self.table
        if rows.loc["memory", "outcome"] == FAILS:
            told.append(_MEMORY)
        if rows.loc["logging", "outcome"] == FAILS:
            told.append(_CHANCE_ALONE if beyond_reach(rows.loc["logging"]) else _CHANCE)
        return told

    def written(self, lang: Language) -> Mapping[str, Any]:
        """What was found, what is needed and what it means, in words."""
        return in_words(self.table, lang)


@dataclass(frozen=True, kw_only=True, repr=False)
class ResponseKinds(Result):
    """Each kind of activity beside the others: which go with more sales?

    `table` has index `kind`, most hours first, and columns `hours` (in all), `how` (the kind as
    shown), `effect`, `low`, `high` (more sales where its hours about double, 80 % range), `p`, `q`
    (Benjamini & Hochberg over the kinds), `shows` (what `q` ≤ 10 % says) and `customers` (who see
    its hours change).
    """

    title: ClassVar[str] = N_("Which activities show in sales?")
    size = None
    columns: ClassVar[Mapping[str, Column]] = {
        "how": Column(N_("Activity"), "term"),
        "hours": Column(N_("Hours"), "count"),
        "effect": Column(N_("More sales where hours about double"), "share"),
        "low": Column(N_("From"), "share"),
        "high": Column(N_("To"), "share"),
        "shows": Column(N_("What it says"), "term"),
        "customers": Column(N_("Customers"), "customers"),
    }

    @classmethod
    def compute_figures(
        cls,
        table: pd.DataFrame,
        tables: Mapping[str, pd.DataFrame],
        parameters: Mapping[str, Any],
    ) -> dict[str, Figure]:
        """How many kinds show, and which first."""
        given = {"least": Figure(LEAST_CUSTOMERS, unit="customers")}
        rows: Any = table
        if rows.empty:
            return given
        told = rows[rows.index != OTHER]
        clear = told[told["shows"] == SHOWS]
        names = [str(k) for k in clear.index[:3]]
        return given | {
            "kinds": Figure(len(told), unit="count"),
            "clear": Figure(len(clear), unit="count"),
            "named": Figure(names, unit="listing"),
            "level": Figure(LEVEL, unit="share"),
        }

    def sentences(self) -> Sequence[Sentence]:
        """Which kinds go with more sales, and how far that may be trusted."""
        told = [_KINDS if self.figures["clear"].value else _NO_KIND, _ADJUSTED]
        return told if self.parameters["claimed"] else [_KINDS_OPEN, *told]


@dataclass(frozen=True, kw_only=True, repr=False)
class ResponseCustomers(Result):
    """Who answers to hours more than others, as far as customers can be told apart.

    `table` has index `customer`, who answers most first, and columns `name`, `hours` (the last
    twelve months), `effect`, `low`, `high` (more sales where hours about double, 80 % range; drawn
    to the common effect by how little the customer's own months tell) and `reliability` (the part
    of differences between customers like this one that is real).
    """

    title: ClassVar[str] = N_("Who answers to hours more than others?")
    size = None
    columns: ClassVar[Mapping[str, Column]] = {
        "name": Column(N_("Customer")),
        "hours": Column(N_("Hours, 12 months"), "count"),
        "effect": Column(N_("More sales where hours about double"), "share"),
        "low": Column(N_("From"), "share"),
        "high": Column(N_("To"), "share"),
        "reliability": Column(N_("Reliability"), "share"),
    }

    @classmethod
    def compute_figures(
        cls,
        table: pd.DataFrame,
        tables: Mapping[str, pd.DataFrame],
        parameters: Mapping[str, Any],
    ) -> dict[str, Figure]:
        """How reliable, and between what most customers lie."""
        rows: Any = table
        figures = {
            "least": Figure(LEAST_RELIABILITY, unit="share"),
            "reliability": Figure(parameters["reliability"], unit="share"),
        }
        if rows.empty:
            return figures
        low, high = np.quantile(rows["effect"], [0.1, 0.9])
        return figures | {
            "told": Figure(len(rows), unit="customers"),
            "fewest": Figure(float(low), unit="share"),
            "most": Figure(float(high), unit="share"),
            "named": Figure([str(n) for n in rows["name"].head(3)], unit="listing"),
        }

    def sentences(self) -> Sequence[Sentence]:
        """Between what they lie, and how far to trust it."""
        return (_CUSTOMERS, _SHRUNKEN)


def in_words(table: Any, lang: Language) -> dict[str, Any]:
    """Figures with what they are, and the meaning, in words."""
    import pandas as pd

    found, needed, meaning = [], [], []
    values = {}
    if len(table):
        precision = table.loc["precision"]
        for name, column in (("seen", "figure"), ("matters", "threshold")):
            values[name] = lang.share(2 ** float(precision[column]) - 1)
    for row in table.itertuples():
        saw, asked, unit = _WORDS[row.Index]
        ran = row.outcome != NOT_RUN
        found.append(lang.text(saw).format(x=_number(row.figure, unit, lang)) if ran else "–")
        needed.append(lang.text(asked).format(x=_number(row.threshold, unit, lang)))
        meant = lang.text(row.because).format(**values)
        if beyond_reach(row._asdict()):
            meant = lang.text(_BY_CHANCE).format(chance=lang.share(row.by_chance))
        meaning.append(meant)
    made = {"found": found, "needed": needed, "meaning": meaning}
    return {k: pd.Series(v, index=table.index, dtype="str") for k, v in made.items()}


def _number(x: float, unit: str, lang: Language) -> str:
    if unit == "count":
        return lang.value(x, "count")
    if unit == "number":
        return lang.number(x, 2 if round(x, 2) == x or abs(x) >= 2 else 3)
    return lang.share(2**x - 1 if unit == "effect" else x)


_PASSED = Sentence(
    "All of the {run} checks that could be run hold: what is seen is consistent with an effect of"
    " the hours."
)
_STOPPED = Sentence(
    "One of the {run} checks that could be run does not hold, so no effect of the hours is claimed."
    " The rule was fixed beforehand, and every check counts.",
    "{failed} of the {run} checks that could be run do not hold, so no effect of the hours is"
    " claimed. The rule was fixed beforehand, and every check counts.",
    n="failed",
)
_NOT_RUN = Sentence(
    "One check was not run.",
    "{not_run} checks were not run.",
    n="not_run",
)
_MEMORY = Sentence(
    "Beside the rule stands one more question, whether hours of earlier months show too: they do"
    " not."
)
_BY_CHANCE = N_(
    "By chance alone it would be {chance}: these customers order so often that hardly any log could"
    " stay within the limit. The rule counts it all the same."
)
_CHANCE_ALONE = Sentence(
    "{after_order} of the activities were logged within two days after an order; by chance alone"
    " it would be {after_by_chance}, more than the {most_after_order} that the rule allows, so this"
    " check says little here."
)
_CHANCE = Sentence(
    "{after_order} of the activities were logged within two days after an order; customers who"
    " order often would make that {after_by_chance} by chance."
)
_KINDS = Sentence(
    "One of {kinds} kinds of activity goes with more sales, each customer with itself: {named}.",
    "{clear} of {kinds} kinds of activity go with more sales, each customer with itself: {named}.",
    n="clear",
)
_NO_KIND = Sentence(
    "None of the {kinds} kinds of activity goes clearly with more sales, each customer with itself."
)
_ADJUSTED = Sentence(
    "As several were looked at, the limit is stricter for each: of those named, at most {level} are"
    " expected to be chance."
)
_KINDS_OPEN = Sentence(
    "As no effect of hours as a whole is claimed, none is claimed of any kind of activity."
)
_CUSTOMERS = Sentence(
    "Where hours about double, most of {told} customers buy between {fewest} and {most} more; those"
    " who answer most are {named}."
)
_SHRUNKEN = Sentence(
    "Each customer's own months tell little, so its figure is drawn to the common one; of the"
    " differences between customers {reliability} are real."
)
UNTOLD = Refusal(
    Sentence("Whether hours show in sales cannot be told from these data."),
    Sentence("What it takes stands at the question above."),
)
FEW_KINDS = Refusal(
    Sentence(
        "Kinds of activity cannot be told apart: it takes at least two kinds that change from month"
        " to month for {least} customers each."
    ),
    Sentence(
        "Log the kind of each activity, with the same word for the same thing; where that is done,"
        " it takes a longer log or more customers."
    ),
)
NOT_CLAIMED = Refusal(
    Sentence("Who answers to hours more than others is not told where no effect is claimed."),
    Sentence("Only a pilot with drawn lots could tell."),
)
ALIKE = Refusal(
    Sentence(
        "Customers cannot be told apart by how they answer to hours: {reliability} of the"
        " differences would be real, and at least {least} are needed."
    ),
    Sentence("Use the common effect for all of them."),
)
