"""What would one more hour bring with each customer, where that may be said at all?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import numpy as np

from salesfact._effort import effort_cells
from salesfact._origins import months_after
from salesfact._response import response
from salesfact._value import value

if TYPE_CHECKING:
    import pandas as pd

    from salesfact._facts import Facts

YEAR = 12  # months whose hours count as today's


def marginal_return(facts: Facts) -> pd.Series | None:
    """Margin (or revenue) a month that one more hour a month is expected to go with, by customer.

    With hours h a month at rest the stock is h / (1 − λ), so sales go with
    `(1 + h / (1 − λ))^β` and their slope at today's h is `m β / (1 − λ + h)`, m the customer's
    expected money a month.

    Parameters
    ----------
    facts : Facts
        With activities.

    Returns
    -------
    Series or None
        Index `customer`: all whom `value` knows. None where `response` claims no effect, or value
        is refused. Customers' own slopes where they can be told apart, the common one otherwise.
    """
    import pandas as pd

    told = response(facts)
    if told.refusal is not None:
        return None
    ahead = value(facts)
    if ahead.refusal is not None and ahead.table.empty:
        return None
    # None where the slope's decay is unknown, which a claimed effect never has
    decay = cast("float", told.parameters["decay"])
    common: Any = told.table.at["fixed effects", "slope"]
    slope = pd.Series(float(common), index=ahead.table.index)
    if told.parameters["told_apart"]:
        effect: Any = told.tables["customers"]["effect"].reindex(slope.index)
        slope = slope.where(effect.isna(), np.log2(1 + effect))
    cells: Any = effort_cells(facts)
    start: Any = np.datetime64(months_after(facts.as_of, -YEAR))
    hours: Any = cells[cells["month"] > start].groupby("customer")["hours"].sum() / YEAR
    hours = hours.reindex(slope.index).fillna(0.0)
    month = ahead.table["estimate"].clip(lower=0.0) / ahead.parameters["horizon_months"]
    return (month * slope / (1 - decay + hours)).rename("marginal")
