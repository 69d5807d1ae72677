"""What do we advise and expect today, in plain values, so that the next report can score it?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from salesfact._capacity import room
from salesfact._priorities import priorities

if TYPE_CHECKING:
    from salesfact._facts import Facts

FORMAT = "salesfact-plan-1"
SCHEMA = Path(__file__).with_name("plan.schema.json")
MOST = 20_000  # customers whose expectation is kept, those of whom most is expected


def advice(facts: Facts) -> dict[str, Any]:
    """Today's list and expectations, as `plan.json` keeps them.

    Parameters
    ----------
    facts : Facts

    Returns
    -------
    dict
        `format`, `name` (the client's), `as_of`, `currency`, `money`, `horizon_months`, `facts`
        (their key), `k` (how many customers can be called), `advised` (of `priorities`:
        `customer`, `rank`, `kind`, `certified`, `silent`, `at_stake`) and `expected` (of `value`:
        `customer`, `estimate`, `low`, `high`, `naive`; null where it refuses). No clock: the same
        facts give the same content.
        Customers are named by their number alone.
    """
    told: Any = priorities(facts).table
    return {
        "format": FORMAT,
        "name": facts.name,
        "as_of": facts.as_of.isoformat(),
        "currency": facts.currency,
        "money": facts.money,
        "horizon_months": facts.horizon_months,
        "facts": facts.key,
        "k": room(facts).customers,
        "advised": [
            {
                "customer": str(customer),
                "rank": int(row.rank),
                "kind": str(row.kind),
                "certified": bool(row.certified),
                "silent": bool(row.silent),
                "at_stake": float(row.at_stake),
            }
            for customer, row in zip(told.index, told.itertuples(), strict=True)
        ],
        "expected": _expected(facts),
    }


def _expected(facts: Facts) -> list[dict[str, Any]] | None:
    from salesfact._value import value

    told = value(facts)
    if told.refusal is not None:
        return None
    table: Any = told.table[["estimate", "low", "high", "naive"]].astype(float)
    table = table.assign(_id=table.index.astype(str))
    table = table.sort_values(["estimate", "_id"], ascending=[False, True], kind="stable")
    return [
        {
            "customer": row.id_,
            **{n: _number(getattr(row, n)) for n in ("estimate", "low", "high", "naive")},
        }
        for row in table.head(MOST).rename(columns={"_id": "id_"}).itertuples()
    ]


def _number(x: float) -> float | None:
    return None if x != x else float(x)
