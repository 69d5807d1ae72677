"""How does what was said lie beside what came? Two bars a row, their money written on them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from salesfact import _style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from salesfact._result import Result

_ROW = 0.56  # inches a pair takes, its name included
_LONGEST = {False: 60, True: 38}


def size_pairs(rows: int, *, narrow: bool = False) -> tuple[float, float]:
    """Width and height, in inches, that fit so many pairs and a line that explains them."""
    return (_style.NARROW if narrow else _style.WIDE), max(1, rows) * _ROW + 0.45


def draw_pairs(
    names: Sequence[str],
    said: Sequence[float],
    came: Sequence[float],
    heads: tuple[str, str],
    ax: Axes,
    result: Result,
) -> None:
    """A name above two bars: what was said (pale) and what came (strong).

    Parameters
    ----------
    names : sequence of str
        In the reader's language, the first on top.
    said, came : sequence of float
        Money.
    heads : tuple of str
        What the pale and the strong bars are.
    """
    lang, narrow = result.language, _style.is_narrow(ax)
    labels = lang.money_labels([*said, *came], result.source.currency)
    most = max([0.0, *said, *came]) or 1.0
    least = min([0.0, *said, *came])
    for i, (name, a, b) in enumerate(zip(names, said, came, strict=True)):
        top = i * _ROW
        ax.text(0, top + 0.1, _style.fitting(name, _LONGEST[narrow]), va="center", color=_style.INK)
        for at, value, colour, label in (
            (0.26, a, _style.PALE, labels[i]),
            (0.41, b, _style.BLUE, labels[len(names) + i]),
        ):
            ax.barh(top + at, value, height=0.13, color=colour, zorder=2)
            ax.annotate(
                label,
                (max(value, 0.0), top + at),
                xytext=(5, -0.5),
                textcoords="offset points",
                va="center",
                color=_style.MUTED if colour == _style.PALE else _style.INK,
                fontweight="normal" if colour == _style.PALE else "bold",
                fontsize=8.5,
            )
    from matplotlib.patches import Patch

    ax.legend(
        [Patch(color=_style.PALE), Patch(color=_style.BLUE)],
        list(heads),
        loc="lower right",
        bbox_to_anchor=(1.0, -0.02),
        ncols=1 if narrow else 2,
        fontsize=8.5,
        handlelength=1.0,
        handleheight=0.8,
        labelcolor=_style.INK,
    )
    ax.axvline(0, color=_style.LINE, lw=1, zorder=1)
    ax.set_xlim(least * 1.05, most * (1.35 if narrow else 1.15))
    ax.set_ylim(len(names) * _ROW + (0.55 if narrow else 0.35), 0)
    ax.set_xticks([])
    ax.set_yticks([])
    ax.spines[["left", "bottom"]].set_visible(False)
