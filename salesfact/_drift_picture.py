"""How does a change look? Each customer's own months, what was expected, and where it began."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from salesfact import _style
from salesfact._language import Language

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from salesfact._result import Source

SHOWN = 12  # customers in the picture
COLUMNS = {False: 3, True: 2}  # side by side on a page, and on a phone
_NAME = {False: 30, True: 21}  # letters
_HIGH, _BELOW = 1.3, 0.3  # inches a row takes, and the line below
_GAP = 0.07  # part of the width between two columns


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
        A row per panel, in order: `name`, `since`, `loss`.
    history : DataFrame
        `place` (which panel), `month`, `value`, `low`, `high`; a NaN value is not drawn.
    notes : list of (str, str)
        Two short lines per panel: what changed, and what it is worth.
    language : Language
        The reader's.
    ax : Axes
        Where to draw; the panels are insets of it, in order.

    Returns
    -------
    Axes
        Each inset holds a band, a line of what was, one in colour of what is since the change, and
        a mark where it began.
    """
    narrow = _style.is_narrow(ax)
    columns = COLUMNS[narrow]
    rows = -(-max(len(told), 1) // columns)
    ax.set_axis_off()
    wide = (1 - _GAP * (columns - 1)) / columns
    high = _HIGH / (_BELOW + _HIGH * rows)
    for at, row in enumerate(told.itertuples()):
        mine = history[history["place"] == at]
        left, down = at % columns * (wide + _GAP), at // columns
        panel = ax.inset_axes((left, 1 - (down + 0.78) * high, wide, 0.46 * high))
        _panel(panel, mine, row)
        tone = _style.ORANGE if row.loss else _style.GREEN
        name = _style.fitting(row.name, _NAME[narrow])
        above = {"transform": panel.transAxes, "va": "bottom", "ha": "left"}
        panel.text(0, 1.31, name, fontsize=8.5, weight="bold", color=_style.INK, **above)
        note, worth = notes[at]
        panel.text(0, 1.05, note, fontsize=7.5, color=_style.MUTED, **above)
        panel.set_xlabel(worth, fontsize=7.5, color=tone, loc="left", labelpad=2)
        first, last = mine["month"].iloc[0], mine["month"].iloc[-1]
        ends = [first, row.since] if row.since - first > (last - first) / 3 else [row.since]
        panel.set_xticks(ends, [language.short_month(day.date()) for day in ends], fontsize=7)
        for label, day in zip(panel.get_xticklabels(), ends, strict=True):
            along = (day - first) / (last - first)
            label.set_horizontalalignment(
                "left" if along < 0.15 else "right" if along > 0.8 else "center"
            )
    told_below = language.text("Band: where four of five months lie when nothing changes")
    ax.text(0, 0, told_below, fontsize=7.5, color=_style.MUTED, va="bottom", transform=ax.transAxes)
    return ax


def _panel(panel: Axes, mine: Any, row: Any) -> None:
    """One customer's months."""
    month, value = mine["month"].to_numpy(), mine["value"].to_numpy()
    expected = mine["high"].to_numpy() > mine["low"].to_numpy()
    panel.fill_between(
        month, mine["low"], mine["high"], where=expected, color=_style.PALE, linewidth=0
    )
    known = np.isfinite(value)
    since = month >= np.datetime64(row.since)
    panel.plot(month[known], value[known], color=_style.BLUE, lw=1.1)
    late = known & since
    tone = _style.ORANGE if row.loss else _style.GREEN
    panel.plot(month[late], value[late], color=tone, lw=2.2, marker="o", ms=2.6)
    panel.axvline(row.since, color=tone, lw=0.9, ls=(0, (2, 2)))
    panel.set_yticks([])
    panel.spines["left"].set_visible(False)
    panel.tick_params(length=0, pad=2)
    panel.margins(x=0.02, y=0.08)
    if np.nanmin(mine["low"].to_numpy()) >= 0:
        panel.set_ylim(bottom=0)  # counts
