"""How does a client's money by month look? Bars, and in another colour what is not counted yet."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from salesfact import _style
from salesfact._language import N_

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from salesfact._result import Result


def draw_months(result: Result, ax: Axes) -> None:
    """`tables["months"]` of `quality`: money by month; months not counted yet are named."""
    from matplotlib.dates import date2num

    months = result.tables["months"]
    lang = result.language
    days = [m.date() for m in months["month"]]
    ends = [(d.replace(day=28) + dt.timedelta(days=4)).replace(day=1) for d in days]
    left = [float(date2num(d)) for d in days]
    width = [0.85 * (float(date2num(e)) - x) for e, x in zip(ends, left, strict=True)]
    counted = [bool(c) for c in months["counted"]]
    amounts = [float(a) for a in months["amount"]]
    below = {d: a for d, a, c in zip(days, amounts, counted, strict=True) if c}
    bottom = [0.0 if c else below.get(d, 0.0) for d, c in zip(days, counted, strict=True)]
    colours = [_style.BLUE if c else _style.SAND for c in counted]
    ax.bar(left, amounts, bottom=bottom, color=colours, width=width, align="edge")
    if not all(counted):
        # the words stand above the months before, a thin line leads to what they mean
        tops = [a + b for a, b in zip(amounts, bottom, strict=True)]
        near = left[-1] - (left[-1] - left[0]) * (0.45 if _style.is_narrow(ax) else 0.25)
        high = max([0.0, *(t for t, x in zip(tops, left, strict=True) if x >= near)])
        first = counted.index(False)
        ax.annotate(
            lang.text(N_("not counted yet")),
            (left[first] + width[first] / 2, max(tops[first], 0.0)),
            xytext=(left[-1] + width[-1], high + 0.06 * max(high, 1e-9)),
            ha="right",
            va="bottom",
            color=_style.INK,
            arrowprops={"arrowstyle": "-", "color": _style.MUTED, "lw": 0.8, "relpos": (1, 0)},
        )
        ax.margins(y=0.16)
    _style.month_axis(ax.xaxis, lang, days[0], ends[-1] - dt.timedelta(days=1))
    _style.money_axis(ax.yaxis, lang, result.source.currency)
    ax.grid(axis="y")
    ax.axhline(0, color=_style.LINE, lw=0.8)
