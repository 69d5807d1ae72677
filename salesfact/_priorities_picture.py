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
_LONGEST = 52  # letters of a name; the silence stands beside it


def draw_at_stake(table: pd.DataFrame, ax: Axes, result: Result) -> None:
    """The customers with most at stake, name above its bar, so that long names have room."""
    lang, currency = result.language, result.source.currency
    rows = cast("Any", table).nlargest(SHOWN, "at_stake")
    most = float(rows["at_stake"].max())
    for y, row in enumerate(rows.itertuples()):
        colour = _style.ORANGE if row.silent else _style.SAND
        ax.barh(y, row.at_stake, height=0.36, color=colour, zorder=2)
        name = " ".join(row.name.split())
        name = name if len(name) <= _LONGEST else name[: _LONGEST - 1].rstrip() + "…"
        ax.text(0, y - 0.27, name, va="bottom", ha="left", color=_style.INK)
        words = (
            N_("silent {open} days, usually {usual}")
            if row.silent
            else N_("late: {open} days, usually {usual}")
        )
        ax.text(
            1,
            y - 0.27,
            lang.text(words).format(
                open=lang.value(row.open_gap_days, "days"),
                usual=lang.value(row.usual_gap_days, "days"),
            ),
            transform=ax.get_yaxis_transform(),
            va="bottom",
            ha="right",
            color=_style.ORANGE if row.silent else _style.MUTED,
            fontsize=8.5,
        )
        ax.annotate(
            lang.money(row.at_stake, currency),
            (row.at_stake, y),
            xytext=(5, -0.5),
            textcoords="offset points",
            va="center",
            ha="left",
            color=_style.INK,
            fontweight="bold",
            fontsize=9,
        )
    ax.set_xlim(0, most * 1.18)
    ax.set_ylim(len(rows) - 0.6, -0.85)
    ax.set_xticks([])
    ax.set_yticks([])
    ax.spines[["left", "bottom"]].set_visible(False)
