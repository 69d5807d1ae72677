"""How does a silence look? Each customer's orders, its usual gap and the silence after it."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import numpy as np

from salesfact import _style
from salesfact._language import N_, Language

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MONTHS = {False: 24, True: 15}  # shown before `as_of`, unless the silences are longer
_NAME = {False: 60, True: 24}  # letters of a name; the silence stands beside it
_ROW = 0.42  # inches a customer takes


def size_rhythm(customers: int, *, narrow: bool = False) -> tuple[float, float]:
    """Width and height, in inches, that fit the customers to draw."""
    return (_style.NARROW if narrow else _style.WIDE), 0.8 + _ROW * max(customers, 1)


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
        and a strong one for the silence beyond it; above them its name, and the silence in days.
    """
    import pandas as pd

    narrow = _style.is_narrow(ax)
    listed = set(orders["customer"])
    drawn = table.loc[[c for c in table.index if c in listed]]
    end: Any = pd.Timestamp(as_of)
    start = end - pd.DateOffset(months=MONTHS[narrow])
    if len(drawn):
        start = min(start, drawn["last_order"].min() - pd.DateOffset(months=9))
        start = max(start, orders["date"].min() - pd.Timedelta(days=7))  # nothing happened before
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
        above = {"transform": ax.get_yaxis_transform(), "va": "bottom"}
        name = _style.fitting(told["name"], _NAME[narrow])
        ax.text(0, y + 0.16, name, ha="left", color=_style.INK, fontsize=9, **above)
        ax.text(1, y + 0.16, text, ha="right", color=_style.MUTED, fontsize=8, **above)
    if len(drawn):
        _explain(ax, language)
    ax.set_yticks([])
    ax.spines["left"].set_visible(False)
    ax.set_xlim(start, end)
    ax.set_ylim(-0.45, max(len(drawn), 1) + 0.35)
    _style.month_axis(ax.xaxis, language, start.date(), as_of)
    return ax


def _explain(ax: Any, language: Language) -> None:
    """What dots and lines mean, above the first customer, below a title."""
    from matplotlib.lines import Line2D

    line = {"lw": 3, "solid_capstyle": "butt"}
    dot = {"ls": "", "marker": "o", "ms": 4, "mew": 0}
    ax.legend(
        handles=[
            Line2D([], [], color=_style.BLUE, label=language.text(N_("order")), **dot),
            Line2D([], [], color=_style.PALE, label=language.text(N_("usual wait")), **line),
            Line2D(
                [], [], color=_style.ORANGE, label=language.text(N_("longer than usual")), **line
            ),
        ],
        loc="upper left",
        borderaxespad=0,
        borderpad=0,
        ncols=3,
        fontsize=8,
        labelcolor=_style.MUTED,
        handlelength=1.6,
        handletextpad=0.5,
        columnspacing=1.4,
    )
