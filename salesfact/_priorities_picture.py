"""How does money at stake look? One bar per customer, its name and its silence written on it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from salesfact import _style
from salesfact._language import N_

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from salesfact._result import Result

SHOWN = 10  # customers in the picture
_LATE = 3  # of them at least so many who are only late, where there are both
_LONGEST = {False: 52, True: 40}  # letters of a name, on a page and on a phone
_ROW = {False: 0.44, True: 0.6}  # inches a customer takes; on a phone the silence has its own line
_HEAD = 0.3
_HEADS = {
    True: (
        N_("Have gone silent ({all})"),
        N_("Have gone silent ({shown} of {all})"),
    ),
    False: (N_("Late, but not certain ({all})"), N_("Late, but not certain ({shown} of {all})")),
}


def drawn(table: pd.DataFrame) -> Any:
    """The customers in the picture: the first of each kind who stand for any money."""
    frame = cast("Any", table)
    worth = frame[frame["at_stake"] > 0]
    certain, late = worth[worth["silent"]], worth[~worth["silent"]]
    certain = certain.head(SHOWN - min(_LATE, len(late)))
    return worth.loc[[*certain.index, *late.index[: SHOWN - len(certain)]]]


def size_at_stake(table: pd.DataFrame, *, narrow: bool = False) -> tuple[float, float]:
    """Width and height, in inches, that fit the customers to draw."""
    rows = drawn(table)
    height = max(1, len(rows)) * _ROW[narrow] + max(1, rows["silent"].nunique()) * _HEAD
    return (_style.NARROW if narrow else _style.WIDE), height + 0.1


def draw_at_stake(table: pd.DataFrame, ax: Axes, result: Result) -> None:
    """Money at stake, the certain ones first and the merely late apart.

    The name stands above its bar, so that long names have room; heights are in inches.
    """
    lang = result.language
    rows, narrow = drawn(table), _style.is_narrow(ax)
    most = float(rows["at_stake"].max())
    y, kind = 0.0, None
    money = lang.money_labels([float(x) for x in rows["at_stake"]], result.source.currency)
    for row, label in zip(rows.itertuples(), money, strict=True):
        colour = _style.ORANGE if row.silent else _style.SAND
        if row.silent != kind:
            kind = row.silent
            ax.text(
                0,
                y + 0.16,
                _head(rows, bool(kind), result),
                va="center",
                ha="left",
                color=_style.ORANGE if kind else _style.MUTED,
                fontweight="bold",
                fontsize=8.5,
            )
            y += _HEAD
        bar = y + _ROW[narrow] - 0.14
        ax.barh(bar, row.at_stake, height=0.15, color=colour, zorder=2)
        name = _style.fitting(row.name, _LONGEST[narrow])
        ax.text(0, y + 0.13, name, va="center", ha="left", color=_style.INK)
        words = (
            N_("silent {open} days, usually {usual}")
            if row.silent
            else N_("late: {open} days, usually {usual}")
        )
        ax.text(
            0 if narrow else 1,
            y + (0.31 if narrow else 0.13),
            lang.text(words).format(
                open=lang.value(row.open_gap_days, "days"),
                usual=lang.value(row.usual_gap_days, "days"),
            ),
            transform=ax.get_yaxis_transform(),
            va="center",
            ha="left" if narrow else "right",
            color=_style.ORANGE if row.silent and not narrow else _style.MUTED,
            fontsize=8.5,
        )
        ax.annotate(
            label,
            (row.at_stake, bar),
            xytext=(5, -0.5),
            textcoords="offset points",
            va="center",
            ha="left",
            color=_style.INK,
            fontweight="bold",
            fontsize=9,
        )
        y += _ROW[narrow]
    ax.set_xlim(0, most * (1.3 if narrow else 1.14))
    ax.set_ylim(y + 0.02, 0)
    ax.set_xticks([])
    ax.set_yticks([])
    ax.spines[["left", "bottom"]].set_visible(False)


def _head(rows: Any, kind: bool, result: Result) -> str:
    """The heading of one kind: how many there are, and how many of them are drawn."""
    lang = result.language
    # the first page holds the head of the list only; its figures know all
    listed = result.figures["silent" if kind else "watch"].value
    shown = int((rows["silent"] == kind).sum())
    text = lang.text(_HEADS[kind][0] if shown == listed else _HEADS[kind][1])
    return text.format(shown=lang.number(shown, 0), all=lang.number(listed, 0))
