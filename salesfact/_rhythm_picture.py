"""How does a silence look? Each customer's orders, its usual gap and the silence after it."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import numpy as np

from salesfact import _style
from salesfact._language import Language

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MONTHS = 24  # shown before `as_of`, unless the silences are longer
_NAME = 26  # letters of a name


def draw_rhythm(table: Any, orders: Any, as_of: dt.date, language: Language, *, ax: Any) -> Axes:
    """Orders as dots on a time line per customer, weightiest at the top.

    Parameters
    ----------
    table : DataFrame
        A rhythm's table.
    orders : DataFrame
        `customer`, `date`: the order days of those to draw.
    as_of : date
        Where the time lines end.
    language : Language
        The reader's.
    ax : Axes
        Where to draw.

    Returns
    -------
    Axes
        Per customer one collection of dots, a pale line for the usual gap after the last order
        and a strong one for the silence beyond it, labelled in days.
    """
    import matplotlib.dates as mdates
    import pandas as pd
    from babel.dates import format_date

    drawn = table.loc[[c for c in table.index if c in set(orders["customer"])]]
    end: Any = pd.Timestamp(as_of)
    start = end - pd.DateOffset(months=MONTHS)
    if len(drawn):
        start = min(start, drawn["last_order"].min() - pd.DateOffset(months=9))
    labels = []
    for row, (customer, told) in enumerate(drawn.iterrows()):
        y = len(drawn) - 1 - row
        days = orders.loc[orders["customer"] == customer, "date"]
        days = days[days >= start]
        due = min(max(told["expected_by"], told["last_order"]), end)
        ax.plot([told["last_order"], due], [y, y], color=_style.PALE, lw=3, solid_capstyle="butt")
        ax.plot([due, end], [y, y], color=_style.ORANGE, lw=3, solid_capstyle="butt")
        ax.scatter(days, np.full(len(days), y), s=13, color=_style.BLUE, linewidths=0, zorder=3)
        text = language.text("{days} days silent, usually {usual}").format(
            days=language.number(int(told["open_gap_days"])),
            usual=language.number(float(told["usual_gap_days"]), 0),
        )
        ax.annotate(
            text,
            (end, y),
            (6, 0),
            textcoords="offset points",
            va="center",
            fontsize=8,
            color=_style.MUTED,
        )
        name = str(told["name"])
        labels.append(name if len(name) <= _NAME else name[: _NAME - 1] + "…")
    ax.set_yticks(range(len(drawn)), labels[::-1])
    ax.tick_params(axis="y", length=0, labelcolor=_style.INK)
    ax.spines["left"].set_visible(False)
    ax.set_xlim(start, end)
    ax.set_ylim(-0.7, max(len(drawn), 1) - 0.3)
    locator = mdates.AutoDateLocator(minticks=3, maxticks=5)
    ax.xaxis.set_major_locator(locator)
    ax.xaxis.set_major_formatter(
        lambda x, _: format_date(mdates.num2date(x), "MMM y", locale=language.locale)
    )
    return ax
