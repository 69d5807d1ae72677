"""What did Nordverk AB's reps do, and what did people there believe? Activities and judgements.

Reps follow habit: log e_t = ω log e_{t-1} + γ log v_{t-1} + ε per customer and year, e the expected
number of activities and v last year's expected margin. Orders answer to the adstocked hours A:
E[orders in a month] ∝ (1 + A)^β, A_t = hours_t + λ A_{t-1}.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from salesfact._nordverk_parameters import Parameters
from salesfact._nordverk_people import Lives
from salesfact._nordverk_time import Calendar, fitted, renewals, stream

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

#: Kind of activity, share of all, median hours.
KINDS = (
    ("Besök", 0.46, 2.0),
    ("Samtal", 0.34, 0.25),
    ("Offert", 0.12, 1.0),
    ("Digitalt möte", 0.06, 0.75),
    ("Utbildning", 0.02, 4.0),
)
_HOURS = 1.33  # mean hours of an activity: the table above with its spread of .35
PROGRAMME = "Kundlager"
_COMMENTS = (
    "Stabil kund, inga tecken på oro",
    "Ny inköpschef, vill jämföra priser",
    "Bygger ut, bör kunna dubbla",
    "Konkurrent har varit inne och offererat",
    "Köper mest på vana, sällan uppföljning",
    "Lång betaltid men lojal",
)


@dataclass(frozen=True)
class Effort:
    """Activities, and how busy each customer's ordering is because of them."""

    activities: pd.DataFrame
    intensity: np.ndarray  # orders per month at full working days (customer x month)
    planned: np.ndarray  # expected activities per customer and year, run-in first


def effort(p: Parameters, cal: Calendar, who: Lives, seed: int) -> Effort:
    """Draw the activities year by year, each year after the year before."""
    import numpy as np

    rng = stream(seed, "effort")
    n, months = p.n_customers, len(cal.starts)
    own = _wander(rng, n, months, p.wander)
    base = (
        (who.rate / 12)[:, None]
        * (cal.season * cal.market)[None, :]
        * np.exp(own)
        * np.where(np.arange(months) >= who.drift_month[:, None], 1 + who.drift[:, None], 1.0)
        * np.exp(
            p.programme_effect * (np.arange(months) >= who.programme_month[:, None])
        )
    )  # fmt: skip
    present = _presence(cal, who)
    net = 1 - 0.60 / (1 - who.discount)  # rough margin per krona, enough to plan visits by
    worth = who.order_value * np.maximum(net, 0.03)

    habit = 0.7 * rng.standard_normal(n)
    total = p.activities_per_rep * np.bincount(who.rep, minlength=p.n_reps).clip(max=1)
    adstock = np.zeros(n)
    usual = np.zeros(n)
    rest = rng.random(n)
    intensity = np.zeros((n, months))
    planned = np.zeros((n, cal.year.max() + 2))
    logs = np.zeros(n)
    value = (base[:, :12] * present[:, :12]).sum(axis=1) * worth
    parts = []
    for y in range(-1, cal.year.max() + 1):
        span = np.flatnonzero(cal.year == y)
        level = np.log(np.maximum(value, np.quantile(worth * who.rate, 0.05) * 0.1))
        met = present[:, span].any(axis=1)
        seen = (present[:, : span[0]].any(axis=1)) if y >= 0 else met
        fresh = 0.7 * (level - level.mean()) + habit
        if y < 0:
            logs = fresh
        else:
            noise = p.effort_noise * rng.standard_normal(n)
            logs = np.where(
                seen, p.rut_weight * logs + p.value_weight * level + noise, logs
            )  # fmt: skip
        # a newcomer starts like customers of its size, at the mean of his rep's log level
        shift = np.array([logs[seen & (who.rep == r)].mean() if (seen & (who.rep == r)).any()
                          else 0.0 for r in range(p.n_reps)])  # fmt: skip
        logs = np.where(seen, logs, fresh * 0.6 + shift[who.rep])
        share = np.exp(logs) * (met | seen)
        share /= np.maximum(np.bincount(who.rep, share, minlength=p.n_reps), 1e-300)[who.rep]
        planned[:, y + 1] = share * total[who.rep]
        logs = np.where(planned[:, y + 1] > 0, np.log(np.maximum(planned[:, y + 1], 1e-9)), logs)
        # usual effort is that of a customer's first year here
        usual = np.where(usual > 0, usual, planned[:, y + 1] / 12 * _HOURS / (1 - p.adstock))
        monthly = planned[:, [y + 1]] / 12 * cal.work[span] * np.exp(p.chase * own[:, span])
        begun = np.maximum.accumulate(present, axis=1)[:, span] > 0
        done, rest = _visits(rng, p, cal, who, span, monthly * begun, rest)
        hours = np.zeros((n, len(span)))
        np.add.at(hours, (done["row"], done["month"] - span[0]), done["hours"])
        parts.append(done)
        for j, m in enumerate(span):
            adstock = hours[:, j] + p.adstock * adstock
            intensity[:, m] = base[:, m] * ((1 + adstock) / (1 + usual)) ** who.response
        value = (intensity[:, span] * present[:, span]).sum(axis=1) * worth * 12 / len(span)

    return Effort(_log(cal, who, parts), intensity, planned)


def _wander(rng: np.random.Generator, n: int, months: int, sd: float) -> np.ndarray:
    """Each customer's own slow ups and downs, persistence .9 a month."""
    import numpy as np

    shocks = rng.standard_normal((n, months)) * sd * np.sqrt(1 - 0.9**2)
    shocks[:, 0] = rng.standard_normal(n) * sd
    for m in range(1, months):
        shocks[:, m] += 0.9 * shocks[:, m - 1]
    return shocks


def _presence(cal: Calendar, who: Lives) -> np.ndarray:
    """Share of each month in which the customer buys here at all."""
    import numpy as np

    numbers = (cal.days - cal.starts[0]).astype(int)
    here = alive(numbers, who)
    first = np.searchsorted(cal.month, np.arange(len(cal.starts)))
    return np.add.reduceat(here.astype(float), first, axis=1) / cal.workdays


def alive(numbers: np.ndarray, who: Lives) -> np.ndarray:
    """Customer x day: may an order fall here?"""
    away = (numbers >= who.left[:, None]) & (numbers < who.back[:, None])
    return (numbers >= who.start[:, None]) & ~away


def _visits(
    rng: np.random.Generator,
    p: Parameters,
    cal: Calendar,
    who: Lives,
    span: np.ndarray,
    monthly: np.ndarray,
    rest: np.ndarray,
) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """One year's activities on their days."""
    import numpy as np

    inside = np.flatnonzero((cal.month >= span[0]) & (cal.month <= span[-1]))
    per_day = monthly[:, cal.month[inside] - span[0]] / cal.workdays[cal.month[inside]]
    k = np.full(len(monthly), p.visit_k)
    row, day, rest = renewals(rng, per_day.cumsum(axis=1), k, np.maximum(rest, 1e-12))
    kind = rng.choice(len(KINDS), len(row), p=[share for _, share, _ in KINDS])
    median = np.array([hours for _, _, hours in KINDS])[kind]
    hours = np.maximum(
        np.round(median * np.exp(0.35 * rng.standard_normal(len(row))) * 4) / 4, 0.25
    )
    day = inside[day]
    found = {
        "row": row, "day": day, "month": cal.month[day], "kind": kind, "hours": hours,
        "programme": np.zeros(len(row), dtype=bool),
    }  # fmt: skip
    # the programme: the stock at the customer is gone through once a quarter
    joined, month = np.nonzero(
        (span >= who.programme_month[:, None]) & ((span - who.programme_month[:, None]) % 3 == 0)
        & (monthly > 0)
    )  # fmt: skip
    pick = rng.random(len(joined))
    begin = np.searchsorted(cal.month, span[month])
    stop = np.searchsorted(cal.month, span[month] + 1)
    extra = {
        "row": joined,
        "day": begin + ((stop - begin) * pick).astype(int),
        "month": span[month],
        "kind": np.zeros(len(joined), dtype=int),
        "hours": np.full(len(joined), 1.0),
        "programme": np.ones(len(joined), dtype=bool),
    }
    return {c: np.concatenate([found[c], extra[c]]) for c in found}, rest


def _log(cal: Calendar, who: Lives, parts: list[dict[str, np.ndarray]]) -> pd.DataFrame:
    """The activity log as it is kept, from the first day told."""
    import numpy as np
    import pandas as pd

    every = {c: np.concatenate([part[c] for part in parts]) for c in parts[0]}
    told = cal.days[every["day"]] >= np.datetime64(cal.first)
    every = {c: v[told] for c, v in every.items()}
    every["day"] = fitted(cal, who.rep[every["row"]], every)
    order = np.lexsort((every["kind"], every["row"], every["day"]))
    row, kind = every["row"][order], every["kind"][order]
    return pd.DataFrame(
        {
            "customer": who.customers["customer"].to_numpy()[row],
            "date": cal.days[every["day"][order]].astype("datetime64[us]"),
            "kind": np.array([name for name, _, _ in KINDS])[kind],
            "rep": np.array(who.names)[who.rep[row]],
            "hours": every["hours"][order],
            "programme": np.where(every["programme"][order], PROGRAMME, ""),
        }
    )


def judgements(
    p: Parameters, cal: Calendar, who: Lives, worth: np.ndarray, seed: int
) -> tuple[pd.DataFrame, pd.DataFrame, np.ndarray]:
    """What raters believed, in two rounds: y = 4 + θ + leniency + error, on a scale of 1 to 7.

    Parameters
    ----------
    worth : array
        True margin per year that each customer could give (SEK).

    Returns
    -------
    judgements, raters : DataFrame
    theta : array
        True value on the raters' scale.
    """
    import numpy as np
    import pandas as pd

    rng = stream(seed, "judgements")
    n = p.n_customers
    raters = len(who.names)
    sd = np.exp(0.3 * rng.standard_normal(raters)) / p.rater_precision
    lenient = p.leniency_sd * rng.standard_normal(raters)
    score = np.log(worth)
    score = (score - score.mean()) / max(score.std(), 1e-9)
    theta = 1.2 * (p.insight * score + np.sqrt(1 - p.insight**2) * rng.standard_normal(n))
    zero = cal.starts[0]
    rows = []
    for back in (12, 0):
        day = np.datetime64(cal.as_of) - 30 * back - 12
        number = int((day - zero).astype(int))
        known = np.flatnonzero((who.start < number) & (who.left > number - 300))
        anchors = known[:: max(len(known) // 20, 1)][:20]  # everybody rates these
        asked = np.zeros((n, raters), dtype=bool)
        asked[known, who.rep[known]] = True
        others = (who.rep[known] + rng.integers(1, max(raters, 2), len(known))) % raters
        asked[known, others] = rng.random(len(known)) < 0.6
        asked[anchors] = True
        row, rater = np.nonzero(asked)
        raw = 4 + theta[row] + lenient[rater] + sd[rater] * rng.standard_normal(len(row))
        said = np.clip(np.rint(raw), 1, 7)
        width = np.rint(np.clip(1.28 * sd[rater], 0, 2))
        comment = np.where(
            rng.random(len(row)) < 0.08,
            np.array(_COMMENTS)[rng.integers(0, len(_COMMENTS), len(row))],
            "",
        )
        rows.append(
            pd.DataFrame(
                {
                    "customer": who.customers["customer"].to_numpy()[row],
                    "rater": np.array(who.names)[rater],
                    "criterion": "Potential",
                    "score": said,
                    "low": np.clip(said - width, 1, 7),
                    "high": np.clip(said + width, 1, 7),
                    "date": day.astype("datetime64[us]"),
                    "comment": comment,
                }
            )
        )
    table = pd.DataFrame(
        {
            "rater": who.names,
            "role": ["rep"] * p.n_reps + ["manager"] * p.n_managers,
            "leniency": lenient,
            "error_sd": sd,
        }
    )
    return pd.concat(rows, ignore_index=True), table, theta
