"""How do expected money and its range look, beside what habit would have said?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from salesfact import _style
from salesfact._language import N_, Language

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SHOWN = 30  # customers in the picture
_NAME = {False: 34, True: 18}  # letters of a name
_LEAST_SEEN = 0.05  # of the width, what the weightiest estimate takes
_LEAST_LEFT = 0.1  # of last year's money, what is expected
_ROW = 0.24  # inches a customer takes


def size_value(customers: int, *, narrow: bool = False) -> tuple[float, float]:
    """Width and height, in inches, that fit the customers to draw."""
    return (_style.NARROW if narrow else _style.WIDE), 1.0 + _ROW * max(min(customers, SHOWN), 3)


def shows_value(table: Any) -> bool:
    """Whether a picture would show more than dots at nought beside what habit would say.

    Where hardly anybody comes back, a year's money by habit dwarfs what is expected.
    """
    drawn = table.head(SHOWN)
    own = np.abs(drawn[["estimate", "low", "high"]].to_numpy(dtype=float))
    most = np.nanmax(np.abs(drawn["naive"].to_numpy(dtype=float)), initial=0.0)
    return bool(
        np.nanmax(own, initial=0.0) >= _LEAST_SEEN * most
        or table["estimate"].sum() >= _LEAST_LEFT * table["last_12"].sum()
    )


def draw_value(table: Any, language: Language, currency: str, *, ax: Any) -> Axes:
    """The first customers of the table, one line each, the weightiest at the top.

    Parameters
    ----------
    table : DataFrame
        A value's table.
    language : Language
        The reader's.
    currency : str
        Of the money.
    ax : Axes
        Where to draw.

    Returns
    -------
    Axes
        Per customer a pale line from `low` to `high`, a dot at `estimate`, a mark at `naive`.
    """
    narrow = _style.is_narrow(ax)
    drawn = table.head(SHOWN)
    rows = np.arange(len(drawn))[::-1]
    ax.hlines(rows, drawn["low"], drawn["high"], color=_style.PALE, lw=6, zorder=1)
    naive = ax.plot(
        drawn["naive"], rows, "|", color=_style.ORANGE, ms=9, mew=2, zorder=2, ls="none"
    )[0]
    dot = ax.plot(drawn["estimate"], rows, "o", color=_style.BLUE, ms=5, zorder=3, ls="none")[0]
    names = [_style.fitting(n, _NAME[narrow]) for n in drawn["name"]]
    ax.set_yticks(rows, names, color=_style.INK, fontsize=8.5)
    ax.set_ylim(-0.7, len(drawn) - 0.3)
    span = drawn[["low", "high", "naive", "estimate"]].to_numpy(dtype=float)
    left, right = min(0.0, float(np.nanmin(span))), float(np.nanmax(span))
    room = max(right - left, 1e-9) * 0.03
    ax.set_xlim(left - room if left < 0 else 0.0, right + room)
    if left < 0:
        ax.axvline(0, color=_style.LINE, lw=1, zorder=0)
    _style.money_axis(ax.xaxis, language, currency)
    ax.tick_params(length=0)
    ax.spines[["left"]].set_visible(False)
    from matplotlib.lines import Line2D

    bar = Line2D([], [], color=_style.PALE, lw=6)
    labels = [language.text(w) for w in (N_("expected"), N_("range"), N_("by habit"))]
    ax.legend(
        [dot, bar, naive],
        labels,
        loc="lower right" if narrow else "lower left",
        bbox_to_anchor=(1.0 if narrow else 0.0, 1.0),
        ncols=3,
        borderaxespad=0,
        handlelength=1.2,
        columnspacing=1.2,
        fontsize=8.5,
        labelcolor=_style.MUTED,
    )
    return ax
