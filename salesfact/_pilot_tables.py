"""Which pairs take part, and what is told of them? The tables of a pilot."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from salesfact._buying import people
from salesfact._pilot_log import hours_of
from salesfact._pilot_outcome import COVARIATES, YEAR, Past, measured, scale
from salesfact._pilot_power import Placebo
from salesfact._pilot_record import NUMBERS
from salesfact._pilot_told import EXTRA, USUAL, Pilot

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from salesfact._facts import Facts
    from salesfact._result import Refusal

SIZES = (10, 20, 40, 80, 160, 320, 640, 1_280)
MOST_EFFECT = 3.0  # a pilot that shows no less than four times the sales is none
_HALVES = 200  # draws without pairs, to hold the balance against


def chosen_of(
    known: Past,
    rows: NDArray[np.int64],
    pairs: NDArray[np.int64],
    like: NDArray[np.float64],
    wanted: int,
    seed: int,
) -> NDArray[np.int64]:
    """So many pairs by lot, spread over reps and sales: every so many-th of them in that order."""
    if wanted >= len(pairs):
        return pairs
    _, rep = np.unique(known.rep[rows[pairs[:, 0]]], return_inverse=True)
    order = np.lexsort((like[pairs].mean(axis=1)[:, 0], rep))
    begin = np.random.default_rng([seed, 2]).random()
    places = np.floor((begin + np.arange(wanted)) * len(pairs) / wanted).astype(int)
    return pairs[np.sort(order[places])]


def table_of(
    facts: Facts,
    known: Past,
    members: NDArray[np.int64],
    extra: NDArray[np.int64],
    window: slice,
    averaged: slice,
) -> pd.DataFrame:
    """One row per customer, by pair, first the one with extra hours."""
    import pandas as pd

    at = len(known.months)
    m = np.arange(len(members))
    flat = np.stack([members[m, extra], members[m, 1 - extra]], axis=1).ravel()
    seen = measured(known, flat, at, window)
    names: Any = people(facts)
    customers = known.customers[flat]
    frame = pd.DataFrame(
        {"pair": np.repeat(m + 1, 2), "arm": np.tile([EXTRA, USUAL], len(m))},
        index=pd.Index(customers, name="customer", dtype="str"),
    )
    found = names["name"].reindex(customers) if "name" in names else pd.Series([None] * len(flat))
    frame["name"] = [f if isinstance(f, str) else c for f, c in zip(found, customers, strict=True)]
    if (known.rep[flat] != "").any():
        frame["rep"] = known.rep[flat].astype(object)
        frame["rep"] = frame["rep"].where(frame["rep"] != "", None).astype("str")
    year = slice(at - YEAR, at)
    frame["value"] = known.money[flat, year].sum(axis=1)
    frame["orders"] = known.orders[flat, year].sum(axis=1).astype(int)
    if known.hours is not None:
        frame["hours_month"] = hours_of(known, flat, averaged)
    frame["before"], frame["same"] = seen.before, seen.same
    frame["scale"] = np.repeat(scale(known, members, at), 2)
    return frame


def sizes_of(tried: Mapping[int, Placebo], most: int, mine: int, hours: float) -> pd.DataFrame:
    """What pilots of other sizes and lengths would show."""
    import pandas as pd

    sizes = sorted({s for s in SIZES if s < most} | {most, mine})
    rows = [(n, m, p.smallest(n), n * m * hours) for m, p in tried.items() for n in sizes]
    made = pd.DataFrame(rows, columns=["pairs", "months", "mde", "extra_hours"])
    return made[made["mde"] <= MOST_EFFECT].reset_index(drop=True)  # pyright: ignore


def tried_of(tried: Mapping[int, Placebo]) -> pd.DataFrame:
    """Pilots tried in the past, by length."""
    import pandas as pd

    rows = [
        (m, p.origins, len(p.k) // 2, p.spread, float(p.slopes[0]), float(p.slopes[1]))
        for m, p in tried.items()
    ]
    heads = ["months", "origins", "pairs", "spread", "slope_before", "slope_same"]
    return pd.DataFrame(rows, columns=heads)


def balance_of(like: NDArray[np.float64], pairs: NDArray[np.int64], seed: int) -> pd.DataFrame:
    """How far apart two arms are, drawn within pairs and without them, in standard deviations."""
    import pandas as pd

    rng = np.random.default_rng([seed, 3])
    values = like[pairs]  # pairs, two, covariates
    m = len(pairs)
    sides = 2 * rng.integers(0, 2, (_HALVES, m)) - 1
    within = np.abs(sides @ (values[:, 0] - values[:, 1]) / m).mean(axis=0)
    everyone = values.reshape(2 * m, -1)
    orders = rng.permuted(np.tile(np.arange(2 * m), (_HALVES, 1)), axis=1)[:, :m]
    half = everyone[orders].mean(axis=1)
    free = np.abs(2 * (half - everyone.mean(axis=0))).mean(axis=0)
    names = list(COVARIATES[: like.shape[1]])
    return pd.DataFrame({"covariate": names, "in_pairs": within, "by_lot": free})


def refused(facts: Facts, parameters: dict[str, Any], refusal: Refusal) -> Pilot:
    """The data cannot tell."""
    import pandas as pd

    kinds = {
        "pair": "int64",
        **dict.fromkeys(("arm", "name"), "str"),
        "value": "float64",
        "orders": "int64",
        **dict.fromkeys(NUMBERS, "float64"),
    }
    none = {n: pd.Series(dtype=k) for n, k in kinds.items()}
    return Pilot(
        table=pd.DataFrame(none, index=pd.Index([], name="customer", dtype="str")),
        parameters=parameters,
        source=facts.source,
        refusal=refusal,
    )
