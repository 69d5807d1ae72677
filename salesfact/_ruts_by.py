"""Where do hours follow value, and where habit? The same question by segment, region or rep."""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from salesfact import _rut_shares
from salesfact._effort import activity_days
from salesfact._errors import FactsError, Fault
from salesfact._language import N_
from salesfact._result import Column, Figure, Refusal, Result, Sentence
from salesfact._rut_shares import Years, gini, overlap, shares
from salesfact._ruts import expected, refused, weighed
from salesfact._ruts_words import FEW, MANY, YOUNG
from salesfact._said import said, verbatim
from salesfact._store import stored

if TYPE_CHECKING:
    import pandas as pd

    from salesfact._facts import Facts

REP = "rep"
_KEYS = ("customer", "name", "parent", "since")  # columns of customers that divide nobody
MOST_GROUPS, FEW_GROUPS = 60, 20


@dataclass(frozen=True, kw_only=True, repr=False)
class RutsBy(Result):
    """One row per group of customers, most hours beyond customers' parts first.

    `table` has index `part` (as the client writes it) and columns `customers`, `hours`, `value` (of
    the last twelve months; floored at 0), `effort_share` and `value_share` (of the whole),
    `match` (how alike hours and value are divided among the group's own customers), `effort_kept`
    and `value_kept` (how alike to the year before), `excess_hours` and `habit_hours` (as in `ruts`,
    beyond the customer's part within its group; `habit_hours` for the second year running),
    `effort_gini`, `value_gini`, and the rut weight with its 80 % range, `weight`, `weight_low`,
    `weight_high`, where the group's own customers are enough to tell it.
    """

    title: ClassVar[str] = N_("Where do hours follow value, and where habit?")
    columns: ClassVar[Mapping[str, Column]] = {
        "part": Column(N_("Group"), "text"),
        "hours": Column(N_("Hours"), "hours"),
        "effort_share": Column(N_("Part of the hours"), "share"),
        "value_share": Column(N_("Part of the value"), "share"),
        "match": Column(N_("Follow value"), "share"),
        "excess_hours": Column(N_("Hours beyond"), "hours"),
        "habit_hours": Column(N_("Of these, second year"), "hours"),
        "lead": Column(N_("Lead left a year later"), "text"),
    }
    size: ClassVar[tuple[float, float] | None] = None

    @classmethod
    def compute_figures(
        cls,
        table: pd.DataFrame,
        tables: Mapping[str, pd.DataFrame],
        parameters: Mapping[str, Any],
    ) -> dict[str, Figure]:
        """Where hours and value go together most and least."""
        figures = {"stated": Figure(parameters["stated"], unit="share")}
        frame: Any = table[table["match"].notna()] if len(table) else table
        if frame.empty:
            return figures
        order = frame["match"].sort_values(kind="stable")
        return figures | {
            "parts": Figure(len(frame), unit="count"),
            "least": Figure(str(order.index[0]), unit="text"),
            "least_match": Figure(float(order.iloc[0]), unit="share"),
            "most": Figure(str(order.index[-1]), unit="text"),
            "most_match": Figure(float(order.iloc[-1]), unit="share"),
            "excess_hours": Figure(float(frame["excess_hours"].sum()), unit="number"),
        }

    def shown(self) -> pd.DataFrame:
        """Without what cannot be told of any group: an empty column is none."""
        table: Any = self.table
        if table["habit_hours"].isna().all():
            table = table.drop(columns="habit_hours")
        if table["weight"].isna().all():
            return table
        say, ends = self.language.share, ["weight", "weight_low", "weight_high"]
        lead = [
            f"{say(w)} ({say(low)}–{say(high)})" if w == w else "–"
            for w, low, high in table[ends].itertuples(index=False, name=None)
        ]
        # seven columns fit a page, and the hours tell their part too
        return table.drop(columns="effort_share").assign(lead=lead)

    def sentences(self) -> Sequence[Sentence]:
        """Where hours and value go together least and most."""
        if self.figures.get("parts", Figure(0)).value < 2:
            return [_ONE]
        told: Any = self.table
        if told["weight"].notna().any():
            return [_LEAST, _FACT, _RANGES]
        if not told["habit_hours"].notna().any():
            return [_LEAST, _FACT]
        few = told["why"].isin([FEW, MANY]).all()
        return [_LEAST, _FACT, _UNTOLD if few else _UNSURE]


_LEAST = Sentence(
    "Hours follow value best in {most}, where {most_match} of them are divided among the customers"
    " as value is, and least in {least} ({least_match})."
)
_FACT = Sentence(
    "Where customers or hours are few, chance alone puts them apart; and hours may have been well"
    " spent where they are."
)
_UNTOLD = Sentence(
    "How strong habit is cannot be told of any group: none has customers and activities enough."
)
_UNSURE = Sentence("How strong habit is cannot be told of any group: it is too unsure in each.")
_RANGES = Sentence(
    "Of a lead in visits and calls beyond value, so much was left a year later (80 % range); groups"
    " whose ranges overlap do not differ."
)
_ONE = Sentence("There is only one group with hours and value, so there is nothing to compare.")
INTERNAL = Refusal(
    Sentence("By rep it stands in internal reports alone."),
    Sentence("What one rep does stays within the firm."),
    early=True,
)
UNDIVIDED = Refusal(
    Sentence("Nothing in the facts divides the customers into a few groups."),
    Sentence("Name a column of the customer file, as segment or region, in the settings."),
)


def ruts_by(facts: Facts, by: str | None = None, *, as_of: dt.date | None = None) -> RutsBy:
    """Where do hours follow value, and where habit? By segment, region, rep, ...

    Parameters
    ----------
    facts : Facts
        With activities.
    by : str, optional
        A column of the client's customers that divides them, or `"rep"`: whoever had most
        activities with the customer in the last 24 months. Default: `segment`, `region`, or else
        the first column that divides them into a few parts.
    as_of : date, optional
        An earlier day to judge from; default: the facts' own.

    Returns
    -------
    RutsBy
        Refused as `ruts` is; by rep, unless the facts are shared as internal; and where nothing
        divides the customers and `by` is left out.

    Raises
    ------
    FactsError
        If the client has no activities, or nothing of that name that divides its customers.
    LeakageError
        If `as_of` is later than the facts.
    """
    facts = facts if as_of is None else facts.cut(as_of)
    by = by or _first(facts)
    about_reps = (
        by is not None
        and facts.share != "internal"
        and (by == REP or (by in facts.customers.columns and _names_reps(facts, by)))
    )
    if by is None or about_reps:
        return RutsBy(
            table=_rows([]),
            parameters={"by": by or "", "stated": 0.0, "as_of": facts.as_of.isoformat()},
            source=facts.source,
            refusal=INTERNAL if about_reps else UNDIVIDED,
        )
    return _by(facts, by=by)


def _first(facts: Facts) -> str | None:
    """What divides the customers into a few parts; None where nothing does."""
    known: Any = facts.customers
    names = [c for c in known.columns if c not in (*_KEYS, REP)]
    names.sort(key=lambda c: (c != "segment", c != "region"))
    for name in names:
        parts = facts.fetch(known.aggregate(n=known[name].nunique()))["n"].iloc[0]
        if 2 <= parts <= FEW_GROUPS and not _names_reps(facts, name):
            return name
    return None


def _names_reps(facts: Facts, column: str) -> bool:
    """Whether a column of the customers mostly holds people whose activities are logged."""
    frame: Any = facts.fetch(facts.customers.select(column).distinct())
    values = {str(v).strip().casefold() for v in frame[column].dropna()}
    reps = {str(r).strip().casefold() for r in activity_days(facts)["rep"].dropna()}
    return bool(values) and 2 * len(values & reps) >= len(values)


@stored
def _by(facts: Facts, *, by: str, as_of: dt.date | None = None) -> RutsBy:
    found = _rut_shares.years(facts)
    part = found.reps if by == REP else _parts(facts, found, by)
    refusal = refused(found)
    ahead = functools.cache(lambda: expected(facts, found))  # the same for all parts
    rows = [] if refusal is not None else [
        _row(found, str(name), part == name, ahead) for name in sorted(set(part)) if name != ""
    ]  # fmt: skip
    return RutsBy(
        table=_rows([row for row in rows if row["hours"] > 0 or row["value"] > 0]),
        parameters={"by": by, "stated": found.stated, "as_of": facts.as_of.isoformat()},
        source=facts.source,
        refusal=refusal,
    )


def _parts(facts: Facts, found: Years, by: str) -> Any:
    """Whose part each customer is; empty where unknown."""
    known: Any = facts.customers
    allowed = [c for c in known.columns if c not in (*_KEYS, REP)]
    if by not in allowed:
        raise FactsError(
            Fault(
                said(N_("customers are not divided by {by}"), by=repr(by)),
                where="by",
                allowed=verbatim(", ".join([*allowed, REP])),
                remedy=N_("name the column under sources: customers: columns:"),
            )
        )
    frame: Any = facts.fetch(known.select("customer", by)).drop_duplicates("customer")
    told = frame.set_index("customer")[by].reindex(found.customers)
    part = told.astype("string").fillna("").to_numpy(dtype=object)
    if len(set(part)) > MOST_GROUPS:
        raise FactsError(
            Fault(
                said(
                    N_("{by} divides the customers into {count} groups"),
                    by=repr(by),
                    count=len(set(part)),
                ),
                where="by",
                allowed=said(N_("at most {count} groups"), count=MOST_GROUPS),
            )
        )
    return part


def _row(found: Years, name: str, mine: Any, ahead: Callable[[], Any]) -> dict[str, Any]:
    hours, money = found.hours[mine], found.value[mine]
    e, v = (np.stack([shares(a[:, t]) for t in (0, 1)], axis=1) for a in (hours, money))
    over = np.clip(e - v, 0, None) * hours[:, 1].sum()
    some = hours.any(axis=1) | money.any(axis=1)
    both = found.both
    reason = {"why": "" if both else YOUNG}
    told = weighed(found, reason, ahead, mine) if both else None
    return {
        "part": name,
        "customers": int(some.sum()),
        "hours": float(hours[:, 1].sum()),
        "value": float(money[:, 1].sum()),
        "effort_share": float(hours[:, 1].sum() / found.hours[:, 1].sum()),
        "value_share": float(money[:, 1].sum() / found.value[:, 1].sum()),
        "match": overlap(hours[:, 1], money[:, 1]),
        "effort_kept": overlap(hours[:, 0], hours[:, 1]) if both else np.nan,
        "value_kept": overlap(money[:, 0], money[:, 1]),
        "excess_hours": float(over[:, 1].sum()),
        "habit_hours": float(over.min(axis=1).sum()) if both else np.nan,
        "effort_gini": gini(hours[some, 1]),
        "value_gini": gini(money[some, 1]),
        "why": reason["why"],
        "weight": np.nan if told is None else told.weight,
        "weight_low": np.nan if told is None else told.low,
        "weight_high": np.nan if told is None else told.high,
    }


_ROW = {"part": "str", "customers": "int64", "why": "str"} | dict.fromkeys(
    (
        *("hours", "value", "effort_share", "value_share", "match", "effort_kept", "value_kept"),
        *("excess_hours", "habit_hours", "effort_gini", "value_gini"),
        *("weight", "weight_low", "weight_high"),
    ),
    "float64",
)


def _rows(rows: list[dict[str, Any]]) -> pd.DataFrame:
    import pandas as pd

    frame = pd.DataFrame(rows, columns=pd.Index(list(_ROW))).astype(_ROW).set_index("part")
    return frame.sort_values("excess_hours", ascending=False, kind="stable")
