"""What should a reviewer read first? One page, from answers that are already there."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from salesfact._bridge import bridge
from salesfact._course import course
from salesfact._customers import customers
from salesfact._direction_told import KEY_FIGURES, Direction
from salesfact._direction_words import HOURS_FIT, HOURS_UNTOLD
from salesfact._moving import moving
from salesfact._moving_told import SILENCE
from salesfact._outlook import outlook
from salesfact._priorities import priorities
from salesfact._quality import quality
from salesfact._response import response
from salesfact._rhythm import rhythm
from salesfact._store import stored

if TYPE_CHECKING:
    import pandas as pd

    from salesfact._facts import Facts
    from salesfact._result import Result

LISTED = 20  # customers to contact


@stored
def direction(
    facts: Facts,
    previous: Mapping[str, Any] | None = None,
    *,
    as_of: dt.date | None = None,
    months: int = 12,
) -> Direction:
    """What changed, who falls behind, what is to come, and how good are list and facts?

    Parameters
    ----------
    facts : Facts
        The client's facts.
    previous : mapping, optional
        The `results.json` of an earlier report (`open_client(...).previous()`): adds what moved
        since then.
    as_of : date, optional
        Look back from this day instead of the facts' own `as_of`.
    months : int, default 12
        Length of the two periods that `bridge` compares.

    Returns
    -------
    Direction
        The customers to contact first, and the key figures of all chapters in plain words.

    Notes
    -----
    Nothing is computed here: the answers of `bridge`, `customers`, `rhythm`, `priorities`,
    `moving`, `outlook`, `course`, `quality` and, where there are activities, `response` are put
    together. A previous report in another
    currency, by another money, or not older than these facts, is not compared with; nor is its
    change over other `months`.

    Raises
    ------
    SettingsError
        If `months` is not a whole number from 1.
    LeakageError, FactsError
        See `Facts.cut`.

    Examples
    --------
    >>> from salesfact import Facts
    >>> from salesfact._synth import buying_world
    >>> r = direction(Facts.from_frames(buying_world(1, customers=60, k=3.0).frame()))
    >>> len(r.table) <= 20
    True
    """
    facts = facts if as_of is None else facts.cut(as_of)
    answers: dict[str, Result] = {
        "Bridge": bridge(facts, months=months),
        "Customers": customers(facts),
        "Rhythm": rhythm(facts),
        "Priorities": priorities(facts),
        "Moving": moving(facts),
        "Outlook": outlook(facts),
        "Course": course(facts),
        "Quality": quality(facts),
    }
    if "activities" in facts.has:
        answers["Response"] = response(facts)
    listed: Any = answers["Priorities"].table
    table = listed.head(LISTED).copy()
    tables: dict[str, Any] = {"key_figures": _key_figures(answers)}
    before = previous if _comparable(previous, facts) else None
    if before is not None:
        tables["moved"] = _moved(tables["key_figures"], before, months)
        if before.get("priorities") is not None:  # null: that report had no list
            ranks = {str(p["customer"]): p["rank"] for p in before["priorities"]}
            table.insert(1, "rank_before", [float(ranks.get(c, "nan")) for c in table.index])
            tables["list_moved"] = _list_moved(listed, answers["Rhythm"].table, ranks, before)
    return Direction(
        table=table,
        tables=tables,
        source=facts.source,
        parameters={
            "money": facts.money,
            "drift_told": answers["Priorities"].parameters["drift_told"],
            "refused": tuple(n for n, r in answers.items() if r.refusal is not None),
            "previous_as_of": None if before is None else dt.date.fromisoformat(before["as_of"]),
            "first": facts.first,
            "as_of": facts.as_of,
            "months": months,
            "hours": _hours(answers.get("Response")),
            "list_verdict": None if answers["Course"].refusal else _verdict(answers["Course"]),
        },
    )


def _key_figures(answers: Mapping[str, Result]) -> pd.DataFrame:
    """The key figures under one roof: numbers as `value`, words as `text`, each with its unit."""
    import pandas as pd

    rows = []
    for name, (answer, figure) in KEY_FIGURES.items():
        if answer not in answers:  # what the client has no data for
            continue
        found = answers[answer].figures.get(figure)
        if (
            found is None
            or found.value is None
            or (answers[answer].refusal is not None and answer != "Quality")
        ):
            continue
        number = isinstance(found.value, (int, float)) and not isinstance(found.value, bool)
        rows.append(
            {
                "figure": name,
                "answer": answer,
                "of": figure,
                "value": float(found.value) if number else float("nan"),
                "low": float("nan") if found.low is None else float(found.low),
                "high": float("nan") if found.high is None else float(found.high),
                "text": None if number else str(found.value),
                "unit": found.unit,
            }
        )
    kinds = {"answer": "str", "of": "str", "value": "float64", "low": "float64", "high": "float64"}
    kinds |= {"text": "str", "unit": "str"}
    frame = pd.DataFrame(rows, columns=["figure", *kinds]).astype({"figure": "str", **kinds})
    return frame.set_index("figure")


def _verdict(told: Result) -> str:
    """How the list asked about did against the best simple one at earlier dates."""
    return str(told.table["verdict"].iloc[0])


def _hours(told: Result | None) -> str | None:
    """Whether hours fit an effect on sales; None where there are no activities."""
    if told is None:
        return None
    return HOURS_FIT if told.refusal is None else HOURS_UNTOLD


def _comparable(previous: Mapping[str, Any] | None, facts: Facts) -> bool:
    """Whether an earlier report speaks of the same money at an earlier day."""
    if not previous or not previous.get("as_of"):
        return False
    if previous.get("currency", facts.currency) != facts.currency:
        return False
    if previous.get("money", facts.money) != facts.money:
        return False
    return dt.date.fromisoformat(str(previous["as_of"])) < facts.as_of


def _earlier_answers(
    previous: Mapping[str, Any],
) -> Iterator[tuple[str, Mapping[str, Any], Mapping[str, Any]]]:
    """(answer, parameters, figures) of an earlier report, whose results are a list or named."""
    results = previous.get("results", ())
    named = isinstance(results, Mapping)
    for name, entry in results.items() if named else (("", entry) for entry in results):
        answer = name if named else entry.get("result", "")
        yield answer, entry.get("parameters") or {}, entry.get("figures", {})


def _moved(now: Any, previous: Mapping[str, Any], months: int) -> pd.DataFrame:
    """Key figures then and now; only those that both reports hold as numbers of one unit.

    A change over another number of months is another figure.
    """
    import pandas as pd

    then = {
        (answer, f): entry
        for answer, asked, figures in _earlier_answers(previous)
        if answer != "Bridge" or asked.get("months", 12) == months
        for f, entry in figures.items()
    }
    rows = []
    for name, row in now.iterrows():
        entry = then.get((row["answer"], row["of"]))
        if entry is None or entry.get("unit") != row["unit"]:
            continue
        before = entry.get("value")
        if isinstance(before, (int, float)) and row["value"] == row["value"]:
            rows.append((name, float(before), row["value"], row["value"] - before, row["unit"]))
    columns = ["figure", "before", "now", "difference", "unit"]
    frame = pd.DataFrame(rows, columns=columns)
    kinds = {"figure": "str", "before": "float64", "now": "float64", "unit": "str"}
    return frame.astype(kinds | {"difference": "float64"}).set_index("figure")


def _list_moved(
    listed: Any, known: Any, ranks: Mapping[str, Any], previous: Mapping[str, Any]
) -> pd.DataFrame:
    """Each customer on either list: newly listed, still listed, or gone from it, and why."""
    import pandas as pd

    day = pd.Timestamp(previous["as_of"]) + pd.Timedelta(days=1)
    # a report of an earlier version listed only who was silent or late
    listed_for = {str(p["customer"]): p.get("kind", SILENCE) for p in previous["priorities"]}
    quiet = [c for c in ranks if listed_for[c] == SILENCE]
    bought = known["last_order"].reindex(quiet) >= day if len(known) else {}
    rows = [(c, c in ranks, True, False) for c in listed.index]
    rows += [
        (c, True, False, bool(bought[c]) if c in bought else False)
        for c in ranks
        if c not in listed.index
    ]
    frame = pd.DataFrame(rows, columns=["customer", "before", "now", "bought_since"])
    kinds = {"before": "bool", "now": "bool", "bought_since": "bool", "customer": "str"}
    return frame.astype(kinds).set_index("customer")
