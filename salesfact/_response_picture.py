"""How does an effect look that is compared ever more fairly? Dots with ranges, row by row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from salesfact import _style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from salesfact._language import Language

_ROW = 0.52  # inches a rung takes, the words above it included
_WORDS = {False: 74, True: 46}  # letters


def size_rungs(rungs: int, *, narrow: bool = False) -> tuple[float, float]:
    """Width and height, in inches, that fit so many rungs."""
    return (_style.NARROW if narrow else _style.WIDE), 0.55 + _ROW * max(rungs, 2)


def draw_rungs(table: Any, chosen: str, language: Language, *, ax: Axes) -> Axes:
    """Each row as a dot with its range, what is compared above it, the figure beside it.

    Parameters
    ----------
    table : DataFrame
        `how`, `effect`, `low`, `high` (parts of sales), in the order drawn.
    chosen : str
        The row in colour.
    language : Language
        The reader's.
    ax : Axes
        Where to draw.

    Returns
    -------
    Axes
        A line and a dot a row, from the top down; a line at nothing.
    """
    narrow = _style.is_narrow(ax)
    drawn = table[np.isfinite(table["effect"].to_numpy(dtype=float))]
    ends = drawn[["low", "high", "effect"]].to_numpy(dtype=float)
    least, most = min(0.0, float(ends.min())), max(0.0, float(ends.max()))
    width = max(most - least, 1e-9)
    for i, row in enumerate(drawn.itertuples()):
        strong = row.Index == chosen
        colour = _style.BLUE if strong else _style.MUTED
        ax.plot([row.low, row.high], [i, i], color=colour, lw=3 if strong else 2, alpha=1)
        ax.plot([row.effect], [i], "o", color=colour, ms=8 if strong else 6)
        words = _style.fitting(language.text(row.how), _WORDS[narrow])
        ax.annotate(
            words,
            (0, i),
            xycoords=("axes fraction", "data"),
            xytext=(5, 6),
            textcoords="offset points",
            va="bottom",
            fontsize=8.5,
            color=_style.INK,
            fontweight="bold" if strong else "normal",
        )
        ax.annotate(
            ("+" if row.effect > 0 else "") + language.share(float(row.effect)),
            (row.high, i),
            xytext=(6, 0),
            textcoords="offset points",
            va="center",
            fontsize=9,
            color=_style.INK if strong else _style.MUTED,
            fontweight="bold" if strong else "normal",
        )
    ax.axvline(0, color=_style.LINE, lw=1, zorder=0)
    ax.set_ylim(len(drawn) - 0.5, -0.75)
    ax.set_xlim(
        least - (0.02 * width if least < 0 else 0.0), most + (0.2 if narrow else 0.1) * width
    )
    from matplotlib.ticker import MaxNLocator

    ax.xaxis.set_major_locator(MaxNLocator(nbins=4 if narrow else 6, steps=[1, 2, 2.5, 5, 10]))
    _style.share_axis(ax.xaxis, language)
    ax.tick_params(length=0)
    ax.set_yticks([])
    ax.spines[["left", "bottom"]].set_visible(False)
    return ax
