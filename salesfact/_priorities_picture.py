"""How does money at stake look? One bar per customer, its name and what happened written on it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from salesfact import _drift_told, _style
from salesfact._language import N_
from salesfact._moving_told import SILENCE

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from salesfact._result import Result

SHOWN = 10  # customers in the picture
_UNSURE = 3  # of them at least so many who are not certain, where there are both
_LONGEST = {False: 52, True: 40}  # letters of a name, on a page and on a phone
_NOTE = {False: 34, True: 46}  # and of what happened
_ROW = {
    False: 0.44,
    True: 0.6,
}  # inches a customer takes; on a phone what happened has its own line
_HEAD = 0.3
#: (certain, anybody among them who still buys) -> heading where all are drawn, and where not
_HEADS = {
    (True, False): (N_("Have gone silent ({all})"), N_("Have gone silent ({shown} of {all})")),
    (True, True): (
        N_("Have gone silent or bring in less ({all})"),
        N_("Have gone silent or bring in less ({shown} of {all})"),
    ),
    (False, False): (
        N_("Late, but not certain ({all})"),
        N_("Late, but not certain ({shown} of {all})"),
    ),
    (False, True): (
        N_("Late or perhaps changing, not certain ({all})"),
        N_("Late or perhaps changing, not certain ({shown} of {all})"),
    ),
}


def drawn(table: pd.DataFrame) -> Any:
    """The customers in the picture: the first of each kind."""
    frame = cast("Any", table)
    certain, unsure = frame[frame["certified"]], frame[~frame["certified"]]
    certain = certain.head(SHOWN - min(_UNSURE, len(unsure)))
    return frame.loc[[*certain.index, *unsure.index[: SHOWN - len(certain)]]]


def size_at_stake(table: pd.DataFrame, *, narrow: bool = False) -> tuple[float, float]:
    """Width and height, in inches, that fit the customers to draw."""
    rows = drawn(table)
    height = max(1, len(rows)) * _ROW[narrow] + max(1, rows["certified"].nunique()) * _HEAD
    return (_style.NARROW if narrow else _style.WIDE), height + 0.1


def draw_at_stake(table: pd.DataFrame, ax: Axes, result: Result) -> None:
    """Money at stake, the certain ones first and the others apart.

    The name stands above its bar, so that long names have room; heights are in inches.
    """
    lang = result.language
    rows, narrow = drawn(table), _style.is_narrow(ax)
    most = float(rows["at_stake"].max())
    y, kind = 0.0, None
    money = lang.money_labels([float(x) for x in rows["at_stake"]], result.source.currency)
    notes = [_note(rows.iloc[[at]], result) for at in range(len(rows))]
    for row, label, note in zip(rows.itertuples(), money, notes, strict=True):
        colour = _style.ORANGE if row.certified else _style.SAND
        if row.certified != kind:
            kind = row.certified
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
        ax.text(
            0 if narrow else 1,
            y + (0.31 if narrow else 0.13),
            _style.fitting(note, _NOTE[narrow]),
            transform=ax.get_yaxis_transform(),
            va="center",
            ha="left" if narrow else "right",
            color=_style.ORANGE if row.certified and not narrow else _style.MUTED,
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


def _note(row: Any, result: Result) -> str:
    """What happened to one customer, in a few words."""
    lang, first = result.language, row.iloc[0]
    if first["kind"] != SILENCE:
        return _drift_told.notes(row.assign(loss=True), lang, result.source.currency)[0][0]
    words = (
        N_("silent {open} days, usually {usual}")
        if first["certified"]
        else N_("late: {open} days, usually {usual}")
    )
    return lang.text(words).format(
        open=lang.value(first["open_gap_days"], "days"),
        usual=lang.value(first["usual_gap_days"], "days"),
    )


def _head(rows: Any, kind: bool, result: Result) -> str:
    """The heading of one kind: how many there are, and how many of them are drawn."""
    lang, value = result.language, result.figures
    # the first page holds the head of the list only; its figures know all
    still = value["fewer" if kind else "maybe"].value
    listed = value["silent" if kind else "watch"].value + still
    shown = int((rows["certified"] == kind).sum())
    heads = _HEADS[kind, still > 0]
    text = lang.text(heads[0] if shown == listed else heads[1])
    return text.format(shown=lang.number(shown, 0), all=lang.number(listed, 0))
