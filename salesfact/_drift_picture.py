"""How does a change look? Each customer's own months, what was expected, and where it began."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from salesfact import _style
from salesfact._language import N_, Language

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from salesfact._result import Source

SHRINKING, GROWING = N_("buys less often"), N_("buys more often")
SHOWN = 12  # customers in the picture
COLUMNS = {False: 3, True: 2}  # side by side on a page, and on a phone
_NAME = {False: 30, True: 21}  # letters
_HIGH, _BELOW = 1.3, 0.42  # inches a row takes, and the line below
_GAP = 0.07  # part of the width between two columns
_MARGIN = 0.02  # of a panel's width, before its first month and after its last


class SmallMultiples:
    """The picture of a result whose rows are changes: a panel for each of the weightiest.

    Its `tables["history"]` holds the months drawn; stands before `Result` among the bases.
    """

    table: pd.DataFrame
    tables: Mapping[str, pd.DataFrame]
    language: Language
    source: Source

    def notes(self, drawn: pd.DataFrame) -> list[tuple[str, str]]:
        """Two short lines for each panel: what changed, and what it is worth."""
        raise NotImplementedError

    @property
    def size(self) -> tuple[float, float]:
        """As high as there are customers to draw, in inches."""
        return size_changes(self.tables["history"])

    @property
    def narrow_size(self) -> tuple[float, float]:
        """The same for a phone."""
        return size_changes(self.tables["history"], narrow=True)

    def draw(self, ax: Axes) -> None:
        """The weightiest, each customer's own months beside what was expected."""
        drawn = weightiest(self.table)
        draw_changes(drawn, self.tables["history"], self.notes(drawn), self.language, ax=ax)


def weightiest(table: Any) -> pd.DataFrame:
    """The flags to draw: for each customer that whose money counts, the weightiest first.

    The certain ones before the watched; gains and losses as the table has them.
    """
    drawn = table[~table.index.duplicated()]
    return drawn.head(SHOWN)


def no_history() -> pd.DataFrame:
    """Nothing to draw."""
    import pandas as pd

    kinds = {"place": "int64", "customer": "str", "kind": "str", "group": "str"}
    kinds |= {"month": "datetime64[us]", "value": "float64", "low": "float64", "high": "float64"}
    return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in kinds.items()})


def size_changes(history: Any, *, narrow: bool = False) -> tuple[float, float]:
    """Width and height, in inches, that fit what is to be drawn."""
    rows = -(-max(history["place"].nunique(), 1) // COLUMNS[narrow])
    return (_style.NARROW if narrow else _style.WIDE), _BELOW + _HIGH * rows


def draw_changes(
    told: Any, history: Any, notes: list[tuple[str, str]], language: Language, *, ax: Axes
) -> Axes:
    """Small multiples: a customer's months as a line, the expected band behind, the change marked.

    Parameters
    ----------
    told : DataFrame
        A row per panel, in order: `name`, `kind`, `certified`, `since`, `loss`.
    history : DataFrame
        `place` (which panel), `month`, `value`, `low`, `high`; a NaN value is not drawn.
    notes : list of (str, str)
        Two short lines per panel: what changed, and what it is worth.
    language : Language
        The reader's.
    ax : Axes
        Where to draw: all of its room, divided by panels.

    Returns
    -------
    Axes
        Two lines a panel, in order: what was, and in colour what is since the change; behind them
        a band, and a mark where the change began. Axes of their own would take most of the time.
    """
    from matplotlib.transforms import ScaledTranslation

    narrow = _style.is_narrow(ax)
    columns = COLUMNS[narrow]
    rows = -(-max(len(told), 1) // columns)
    ax.set_axis_off()
    ax.set(xlim=(0, 1), ylim=(0, 1))
    wide = (1 - _GAP * (columns - 1)) / columns
    high = _HIGH / (_BELOW + _HIGH * rows)
    figure: Any = ax.figure
    under, further = (
        ax.transAxes + ScaledTranslation(0, -points / 72, figure.dpi_scale_trans)
        for points in (3, 12)
    )
    small: Any = {"fontsize": 7.5, "va": "bottom", "transform": ax.transAxes}
    for at, row in enumerate(told.itertuples()):
        mine = history[history["place"] == at]
        left, down = at % columns * (wide + _GAP), at // columns
        bottom, tall = 1 - (down + 0.78) * high, 0.46 * high
        _panel(ax, (left, bottom, wide, tall), mine, row)
        name = _style.fitting(row.name, _NAME[narrow])
        ax.text(left, bottom + 1.31 * tall, name, **(small | {"fontsize": 8.5, "weight": "bold"}))
        note, worth = notes[at]
        ax.text(left, bottom + 1.05 * tall, note, color=_style.MUTED, **small)
        below: Any = {"va": "top", "fontsize": 7.5}
        ax.text(left, bottom, worth, color=_tone(row), transform=further, **below)
        first, last = mine["month"].iloc[0], mine["month"].iloc[-1]
        ends = [first, row.since] if row.since - first > (last - first) / 3 else [row.since]
        for day in ends:
            along = _MARGIN + (1 - 2 * _MARGIN) * ((day - first) / (last - first))
            side = "left" if along < 0.15 else "right" if along > 0.8 else "center"
            month = language.short_month(day.date())
            place = (left + along * wide, bottom)
            look = below | {"fontsize": 7, "ha": side, "transform": under, "color": _style.MUTED}
            ax.text(place[0], place[1], month, **look)
    told_below = language.text("Band: where four of five months lie when nothing changes")
    if told["kind"].isin((SHRINKING, GROWING)).any():  # the line shows months as they were
        told_below += "\n" + language.text("Orders a month in figures: season allowed for")
    if told["certified"].nunique() > 1:
        told_below += "\n" + language.text("The title counts only those who are certain")
    ax.text(0, 0, told_below, color=_style.MUTED, **small)
    return ax


def _tone(row: Any) -> str:
    return _style.ORANGE if row.loss else _style.GREEN


def _panel(ax: Axes, place: tuple[float, float, float, float], mine: Any, row: Any) -> None:
    """One customer's months, drawn by their own scales into a part of the axes."""
    from matplotlib.collections import FillBetweenPolyCollection, LineCollection
    from matplotlib.dates import date2num
    from matplotlib.lines import Line2D
    from matplotlib.transforms import Affine2D

    month: Any = date2num(mine["month"].to_numpy())
    value, low, high = (mine[c].to_numpy() for c in ("value", "low", "high"))
    known, expected = np.isfinite(value), high > low
    since: Any = date2num(row.since)
    # a little air above and below; counts stand on nought
    seen = np.concatenate([value[known], low[expected], high[expected]])
    air = 0.08 * max(float(np.ptp(seen)), 1e-9)
    ends = float(seen.min()) - air, float(seen.max()) + air
    least = 0.0 if np.nanmin(low) >= 0 else ends[0]
    left, bottom, wide, tall = place
    length = max(float(month[-1] - month[0]), 1.0)
    scale = (1 - 2 * _MARGIN) * wide / length, tall / (ends[1] - least)
    inside = (
        Affine2D()
        .translate(-month[0] + _MARGIN / (1 - 2 * _MARGIN) * length, -least)
        .scale(*scale)
        .translate(left, bottom)
        + ax.transAxes
    )
    for artist in (
        FillBetweenPolyCollection(
            "x", month, low, high, where=expected, color=_style.PALE, lw=0, transform=inside
        ),
        LineCollection(
            [[(left, bottom), (left + wide, bottom)]],
            colors=_style.LINE,
            linewidths=0.8,
            transform=ax.transAxes,
        ),
        LineCollection(
            [[(since, least), (since, ends[1])]],
            colors=_tone(row),
            linewidths=0.9,
            linestyles=[(0, (2, 2))],
            transform=inside,
        ),
    ):
        ax.add_collection(artist, autolim=False)
    late = known & (mine["month"].to_numpy() >= np.datetime64(row.since))
    before: Any = {"color": _style.BLUE, "lw": 1.1}
    after: Any = {"color": _tone(row), "lw": 2.2, "marker": "o", "ms": 2.6}
    for which, look in ((known, before), (late, after)):
        ax.add_artist(Line2D(month[which], value[which], transform=inside, **look))
