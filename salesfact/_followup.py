"""What came of the last report's advice? Whom it listed and what it expected, against what came."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from salesfact._followup_told import NO_PLAN, FollowUp
from salesfact._moving_told import SILENCE
from salesfact._origins import money_between, months_after, since
from salesfact._store import stored

if TYPE_CHECKING:
    import pandas as pd

    from salesfact._facts import Facts


@stored
def follow_up(
    facts: Facts, plan: Mapping[str, Any] | None = None, *, as_of: dt.date | None = None
) -> FollowUp:
    """What came of the last report's advice?

    Parameters
    ----------
    facts : Facts
    plan : mapping, optional
        The `plan.json` of an earlier report (`open_client(...).previous_plan()`).
    as_of : date, optional
        Look back from this day instead of the facts' own `as_of`.

    Returns
    -------
    FollowUp
        `table`: see there. Refused where there is no plan of an earlier day, in the same currency
        and by the same money.

    Notes
    -----
    Who was advised and has bought again may have done so without a call: nothing here says what
    the advice brought; who still bought then would have ordered again anyhow. Expectations for a
    horizon that has not passed are taken in proportion to the days that have, without regard to
    season.

    Examples
    --------
    >>> import datetime as dt
    >>> from salesfact import Facts
    >>> from salesfact._synth import buying_world
    >>> facts = Facts.from_frames(buying_world(1, customers=60, k=3.0).frame())
    >>> follow_up(facts).refusal is not None
    True
    """
    facts = facts if as_of is None else facts.cut(as_of)
    if plan is None or not _fits(plan, facts):
        return FollowUp(
            table=_advised([], since(facts, facts.as_of), {}),
            tables={"expected": _expected([], None)},
            source=facts.source,
            parameters=_parameters(facts, None),
            refusal=NO_PLAN,
        )
    start = dt.date.fromisoformat(plan["as_of"])
    end = months_after(start, int(plan["horizon_months"]))
    seen = since(facts, start)
    came = money_between(facts, start, min(end, facts.as_of))
    named: Any = facts.fetch(_names(facts))
    names = dict(zip(named["customer"], named["name"], strict=True)) if "name" in named else {}
    return FollowUp(
        table=_advised(plan["advised"], seen, names),
        tables={"expected": _expected(plan["expected"] or [], came)},
        source=facts.source,
        parameters=_parameters(facts, plan),
    )


def _names(facts: Facts) -> Any:
    known: Any = facts.customers
    return known.select("customer", *[c for c in ("name",) if c in known.columns])


def _fits(plan: Mapping[str, Any], facts: Facts) -> bool:
    """Whether a plan speaks of the same money at an earlier day."""
    same = plan.get("currency") == facts.currency and plan.get("money") == facts.money
    return same and dt.date.fromisoformat(str(plan["as_of"])) < facts.as_of


def _parameters(facts: Facts, plan: Mapping[str, Any] | None) -> dict[str, Any]:
    told: dict[str, Any] = {"money": facts.money, "as_of": facts.as_of}
    if plan is None:
        return told
    start = dt.date.fromisoformat(plan["as_of"])
    end = months_after(start, int(plan["horizon_months"]))
    return told | {
        "planned": start,
        "horizon_months": int(plan["horizon_months"]),
        "k": int(plan["k"]),
        "advised": len(plan["advised"]),
        "passed": min(1.0, (facts.as_of - start).days / (end - start).days),
    }


def _advised(rows: list[Mapping[str, Any]], seen: Any, names: Mapping[str, Any]) -> pd.DataFrame:
    """Whom the plan listed, and what each has done since; unknown numbers are left out."""
    import pandas as pd

    kinds = {
        "rank": "int64",
        "name": "str",
        "kind": "str",
        "certified": "bool",
        "silent": "bool",
        "at_stake": "float64",
        "bought": "bool",
        "orders": "int64",
        "came": "float64",
        "last_order": "datetime64[us]",
    }
    made = []
    for row in rows:
        customer = row["customer"]
        if customer not in seen.index:
            continue
        own, name = seen.loc[customer], names.get(customer)
        made.append(
            {
                "customer": customer,
                "rank": row["rank"],
                "name": name if isinstance(name, str) else customer,
                # plans of an earlier version list the silent and the late, and say no kind
                "kind": row.get("kind", SILENCE),
                "certified": row.get("certified", row["silent"]),
                "silent": row["silent"],
                "at_stake": row["at_stake"],
                "bought": own["orders"] > 0,
                "orders": own["orders"],
                "came": own["money"],
                "last_order": own["last_order"],
            }
        )
    frame = pd.DataFrame(made, columns=["customer", *kinds]).astype({"customer": "str", **kinds})
    return frame.set_index("customer")


def _expected(rows: list[Mapping[str, Any]], came: Any) -> pd.DataFrame:
    """What the plan expected of each customer, and what came of it within the horizon so far."""
    import pandas as pd

    columns = ["customer", "estimate", "low", "high", "naive"]
    frame = pd.DataFrame([{c: r.get(c) for c in columns} for r in rows], columns=columns)
    frame: Any = frame.astype({"customer": "str"} | dict.fromkeys(columns[1:], "float64"))
    if came is not None and len(frame):
        frame = frame[frame["customer"].isin(came.index)].reset_index(drop=True)
        frame["came"] = came.reindex(frame["customer"]).to_numpy(dtype=float)
    else:
        frame["came"] = pd.Series(dtype="float64")
    return frame.drop_duplicates("customer").reset_index(drop=True)
