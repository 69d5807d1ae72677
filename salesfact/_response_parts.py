"""Which checks hold, which kinds of activity show, and which customers answer to hours more?"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import numpy as np

from salesfact._language import N_
from salesfact._response import response
from salesfact._response_parts_told import (
    ALIKE,
    BESIDE,
    FEW_KINDS,
    FEWER,
    LEVEL,
    NOT_CLAIMED,
    RULE,
    SHOWS,
    UNCLEAR,
    UNTOLD,
    ResponseChecks,
    ResponseCustomers,
    ResponseKinds,
    in_words,
)
from salesfact._response_tables import OTHER
from salesfact._response_told import Response
from salesfact._store import stored

if TYPE_CHECKING:
    from salesfact._facts import Facts
    from salesfact._result import Refusal


@stored
def response_checks(facts: Facts, *, as_of: dt.date | None = None) -> ResponseChecks:
    """May we say that hours show in sales? The frozen rule, one row for each check.

    Parameters, errors and notes are those of `response`, whose answer this tells.

    Returns
    -------
    ResponseChecks
        Refused where `response` has nothing to show.
    """
    facts, whole = _whole(facts, as_of)
    table: Any = whole.tables["checks"].copy()
    table["standing"] = np.where(table["in_rule"], RULE, BESIDE)
    table = table.assign(**in_words(table, whole.language)).astype({"standing": "str"})
    return ResponseChecks(
        table=table,
        parameters={},
        source=facts.source,
        refusal=_nothing(whole),
    )


@stored
def response_kinds(facts: Facts, *, as_of: dt.date | None = None) -> ResponseKinds:
    """Which kinds of activity go with more sales?

    Parameters, errors and notes are those of `response`, whose answer this tells.

    Returns
    -------
    ResponseKinds
        Refused where fewer than two kinds change for a hundred customers.
    """
    facts, whole = _whole(facts, as_of)
    table: Any = whole.tables["kinds"].copy()
    clear = (table["q"] <= LEVEL).to_numpy()
    up = (table["effect"] > 0).to_numpy()
    table["shows"] = np.where(clear & up, SHOWS, np.where(clear, FEWER, UNCLEAR))
    table.insert(0, "how", np.where(table.index == OTHER, N_("other activities"), table.index))
    return ResponseKinds(
        table=table.astype({"shows": "str", "how": "str"}),
        parameters={"claimed": whole.refusal is None},
        source=facts.source,
        refusal=_nothing(whole) or (FEW_KINDS if table.empty else None),
    )


@stored
def response_customers(facts: Facts, *, as_of: dt.date | None = None) -> ResponseCustomers:
    """Which customers answer to hours more than others, as far as they can be told apart?

    Parameters, errors and notes are those of `response`, whose answer this tells.

    Returns
    -------
    ResponseCustomers
        Refused where `response` claims no effect, and where the mean reliability is below .2:
        everyone then has the common effect.
    """
    facts, whole = _whole(facts, as_of)
    refusal = None
    if whole.refusal is not None:
        refusal = _nothing(whole) or NOT_CLAIMED
    elif whole.tables["customers"].empty:
        refusal = ALIKE
    return ResponseCustomers(
        table=whole.tables["customers"],
        parameters={"reliability": whole.parameters["reliability"]},
        source=facts.source,
        refusal=refusal,
    )


def _whole(facts: Facts, as_of: dt.date | None) -> tuple[Facts, Response]:
    facts = facts if as_of is None else facts.cut(as_of)
    return facts, response(facts)


def _nothing(whole: Response) -> Refusal | None:
    """Why there is nothing to show; that is said in full once, by `response`."""
    return UNTOLD if whole.table.empty else None
