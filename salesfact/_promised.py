"""Did as much come as the list said? What was expected beside what came, most expected first."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from salesfact._course import course
from salesfact._course_told import LABELS, MEANT
from salesfact._language import N_
from salesfact._origins import Ranking
from salesfact._pairs_picture import draw_pairs, size_pairs
from salesfact._result import Column, Figure, Refusal, Result, Sentence
from salesfact._store import stored

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from salesfact._facts import Facts

TIER = (
    N_("the fifth of whom most was expected"),
    N_("the second fifth"),
    N_("the third fifth"),
    N_("the fourth fifth"),
    N_("the fifth of whom least was expected"),
)
CLOSE = 0.1  # a total within a tenth of what was said counts as said


@stored
def promised(
    facts: Facts,
    lists: Mapping[str, Ranking] | None = None,
    *,
    horizon_months: int | None = None,
    capacity: int | None = None,
    lag_days: int = 0,
    seed: int = 0,
    as_of: dt.date | None = None,
) -> Promised:
    """Did as much come as the list said?

    Parameters
    ----------
    facts, lists, horizon_months, capacity, lag_days, seed, as_of
        As for `course`, which makes the list anew at every earlier date; the first list is looked
        at, and all dates but the first, as there.

    Returns
    -------
    Promised
        `table`: see there. Refused where `course` is, and where the list gives an order and no
        money.

    Raises
    ------
    LeakageError, FactsError
        As `course`.

    Examples
    --------
    >>> from salesfact import Facts
    >>> from salesfact._synth import buying_world
    >>> from salesfact._origins import NAIVE
    >>> facts = Facts.from_frames(buying_world(1, customers=60, k=3.0).frame())
    >>> mine = lambda f, months: NAIVE["last_12"](f, months).to_frame("estimate")
    >>> promised(facts, {"my list": mine}, horizon_months=3).table.index.tolist()
    [1, 2, 3, 4, 5]
    """
    facts = facts if as_of is None else facts.cut(as_of)
    told = course(
        facts,
        lists,
        horizon_months=horizon_months,
        capacity=capacity,
        lag_days=lag_days,
        seed=seed,
    )
    parameters = {k: told.parameters[k] for k in ("money", "horizon_months", "tests", "lists")}
    parameters["months"] = told.figures["months"].value
    parameters["needed_months"] = told.figures["needed_months"].value
    empty = told.refusal is not None or told.tables["calibration"].empty
    return Promised(
        table=_nothing() if empty else told.tables["calibration"].set_index("tier"),
        source=facts.source,
        parameters=parameters,
        refusal=(SHORT if told.refusal is not None else NO_MONEY) if empty else None,
    )


def _nothing() -> pd.DataFrame:
    import pandas as pd

    kinds = {"customers": "int64", "said": "float64", "came": "float64", "within": "float64"}
    return pd.DataFrame(
        {n: pd.Series(dtype=k) for n, k in kinds.items()}, index=pd.Index([], name="tier")
    )


@dataclass(frozen=True, kw_only=True, repr=False)
class Promised(Result):
    """Did as much come as the list said: one row per fifth of the customers, most expected first.

    `table` has index `tier` (1 to 5) and columns `customers`, `said` and `came` (money over the
    horizon, summed over all dates looked at) and `within` (part of the outcomes within the range
    given; missing where the list gives none).
    """

    title: ClassVar[str] = N_("Did as much come as the list said?")
    columns: ClassVar[Mapping[str, Column]] = {
        "label": Column(N_("Customers"), "term"),
        "customers": Column(N_("Times expected"), "count"),
        "said": Column(N_("Expected"), "money"),
        "came": Column(N_("Came"), "money"),
        "within": Column(N_("Within its range"), "share"),
    }

    @classmethod
    def compute_figures(
        cls,
        table: pd.DataFrame,
        tables: Mapping[str, pd.DataFrame],
        parameters: Mapping[str, Any],
    ) -> dict[str, Figure]:
        """Totals, the first fifth, and how often the range held."""
        frame: Any = table
        given = {
            "horizon": Figure(parameters["horizon_months"], unit="count"),
            "tests": Figure(parameters["tests"], unit="count"),
            "months": Figure(parameters["months"], unit="count"),
            "needed_months": Figure(parameters["needed_months"], unit="count"),
            "meant": Figure(MEANT, unit="share"),
        }
        if parameters["lists"]:
            name = str(parameters["lists"][0])
            given["list"] = Figure(LABELS.get(name, name), unit="term")
        if frame.empty:
            return given
        first = frame.iloc[0]
        given |= {
            "said": Figure(float(frame["said"].sum()), unit="money"),
            "came": Figure(float(frame["came"].sum()), unit="money"),
            "first_said": Figure(float(first["said"]), unit="money"),
            "first_came": Figure(float(first["came"]), unit="money"),
        }
        known = frame[frame["within"].notna()]
        if len(known):
            part = (known["within"] * known["customers"]).sum() / known["customers"].sum()
            given["within"] = Figure(float(part), unit="share")
        return given

    def sentences(self) -> Sequence[Sentence]:
        """All in all, the first fifth, and the ranges."""
        said, came = self.figures["said"].value, self.figures["came"].value
        if abs(came - said) <= CLOSE * abs(said):
            total = _AS_SAID
        else:
            total = _MORE if came > said else _LESS
        ranges = [_WITHIN] if "within" in self.figures else []
        return [total, _FIRST, *ranges]

    def headline(self) -> Sentence | None:
        return None if self.table.empty else _HEADLINE

    def shown(self) -> pd.DataFrame:
        return self.table.assign(label=[TIER[int(t) - 1] for t in self.table.index])

    @property
    def size(self) -> tuple[float, float]:  # pyright: ignore[reportIncompatibleVariableOverride]
        """As high as there are tiers, in inches."""
        return size_pairs(len(self.table))

    @property
    def narrow_size(self) -> tuple[float, float]:  # pyright: ignore[reportIncompatibleVariableOverride]
        """The same for a phone."""
        return size_pairs(len(self.table), narrow=True)

    def draw(self, ax: Axes) -> None:
        """Expected and came, for each fifth of the customers."""
        lang, frame = self.language, self.shown()
        draw_pairs(
            [lang.value(x, "term") for x in frame["label"]],
            [float(x) for x in frame["said"]],
            [float(x) for x in frame["came"]],
            (lang.text(N_("expected")), lang.text(N_("came"))),
            ax,
            self,
        )


_AS_SAID = Sentence(
    "At one date {said} was expected over the horizon and {came} came: as much as said, within a"
    " tenth.",
    "At {tests} dates together {said} was expected over the horizon and {came} came: as much as"
    " said, within a tenth.",
    n="tests",
)
_MORE = Sentence(
    "At one date {said} was expected over the horizon and {came} came: the list said too little.",
    "At {tests} dates together {said} was expected over the horizon and {came} came: the list said"
    " too little.",
    n="tests",
)
_LESS = Sentence(
    "At one date {said} was expected over the horizon and {came} came: the list said too much.",
    "At {tests} dates together {said} was expected over the horizon and {came} came: the list said"
    " too much.",
    n="tests",
)
_FIRST = Sentence(
    "From the fifth of the customers of whom most was expected, {first_said} was expected and"
    " {first_came} came."
)
_WITHIN = Sentence("{within} of the outcomes lay within their range; {meant} were meant to.")
_HEADLINE = Sentence("{said} expected, {came} came")
SHORT = Refusal(
    Sentence(
        "Whether as much came as was said cannot be told: the facts cover {months} whole months,"
        " and it takes {needed_months}."
    ),
    Sentence(
        "Supply earlier years of the sales lines, or ask about a shorter horizon (a smaller"
        " horizon_months)."
    ),
)
NO_MONEY = Refusal(
    Sentence(
        "The list gives an order and no money, so there is nothing to hold against what came."
    ),
    Sentence("Ask about a list that estimates money for each customer."),
)
