"""Where do hours go? Customers by their part of the value and of the hours, last year as a tail."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np

from salesfact import _style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from salesfact._language import Language

CONSIDERED = {False: 12, True: 8}  # customers who may be in colour, with a tail
NAMED = {False: 8, True: 5}  # those who are: as many as there is room for names
_NAME = {False: 26, True: 17}  # letters
_HIGH = 0.17  # inches of a label
TOLD = 3  # names in the text
_FAR = 0.3 * 72  # points up or down, from which a line leads to a name
_LEADER: Any = {"arrowstyle": "-", "color": _style.MUTED, "lw": 0.6, "shrinkA": 1, "shrinkB": 3}


def considered(table: Any, *, narrow: bool = False) -> Any:
    """Who may be in colour: as many with most hours beyond their part as with most short of it.

    Beyond means for the second year running, where there are two years.
    """
    import pandas as pd

    half = CONSIDERED[narrow] // 2
    lasting = table[table["habit_hours"] > 0]
    by = "habit_hours" if len(lasting) else "excess_hours"
    over = (lasting if len(lasting) else table[table["excess_hours"] > 0]).sort_values(
        by, ascending=False, kind="stable"
    )
    under = table[table["excess_hours"] < 0].sort_values("excess_hours", kind="stable")
    # in turns, so that where labels run out of room neither side has them all
    both = [over.iloc[i : i + 1] for i in range(half)], [under.iloc[i : i + 1] for i in range(half)]
    return pd.concat([part for pair in zip(*both, strict=True) for part in pair])


def draw_hours(table: Any, language: Language, *, margin: bool, ax: Axes) -> Axes:
    """A dot per customer; on the diagonal a customer gets as much of the hours as it brings.

    Parameters
    ----------
    table : DataFrame
        `name`, `effort_share`, `value_share`, both `_before`, `excess_hours`.
    language : Language
        The reader's.
    margin : bool
        Whether value is margin; else revenue.
    ax : Axes
        Where to draw.

    Returns
    -------
    Axes
        First the diagonal and all other customers, then tails and dots of those in colour, each
        with its name. Both axes have square roots, so that small customers are not one heap.
    """
    narrow = _style.is_narrow(ax)
    special = considered(table, narrow=narrow)
    seen = ["effort_share", "value_share"]
    before = [f"{c}_before" for c in seen]
    most = float(np.nanmax([table[seen].max().max(), special[before].max().max(), 1e-6])) * 1.12
    for axis in "xy":
        getattr(ax, f"set_{axis}scale")("function", functions=(_root, np.square))
    ax.set(xlim=(0, most), ylim=(0, most))
    labels = _labels(ax, special, most, language, narrow)
    special = special[special.index.isin(labels)]
    rest = table[~table.index.isin(special.index)]
    ax.plot([0, most], [0, most], color=_style.LINE, lw=1.2)
    ax.plot(
        *(rest[c].to_numpy() for c in ("value_share", "effort_share")),
        ls="", marker="o", ms=2.4 if narrow else 3, mfc=_style.PALE, mec="none", clip_on=False,
    )  # fmt: skip
    over = (special["excess_hours"] > 0).to_numpy()
    for which, tone in ((over, _style.ORANGE), (~over, _style.BLUE)):
        some = special[which]
        for row in some[some["effort_share_before"].notna()].itertuples():
            ends = (
                [row.value_share_before, row.value_share],
                [
                    row.effort_share_before,
                    row.effort_share,
                ],
            )
            ax.plot(*ends, color=tone, lw=1.4, alpha=0.45, solid_capstyle="round", clip_on=False)
        x, y = (some[c].to_numpy() for c in ("value_share", "effort_share"))
        ax.plot(x, y, ls="", marker="o", ms=5.5, mfc=tone, mec="none", clip_on=False)
    for axis in (ax.xaxis, ax.yaxis):
        _style.share_axis(axis, language)
        ticks = _ticks(most, 4 if narrow else 6)
        axis.set_ticks(ticks, [language.share(t, 0 if t >= 0.01 or not t else 1) for t in ticks])
    what = language.text("part of the margin") if margin else language.text("part of the revenue")
    ax.set_xlabel(f"{what} ({language.text('tail: the year before')})")
    ax.set_ylabel(language.text("part of the hours"))
    _words(ax, special, labels, language, narrow)
    return ax


def _root(x: Any) -> Any:
    return np.sqrt(np.maximum(x, 0.0))


def _ticks(most: float, count: int) -> list[float]:
    """Shares for a square-root axis: nought, and round ones that lie apart."""
    found, last = [0.0], 0.0
    for power in range(-5, 1):
        for step in (1, 2, 5):
            at = step * 10.0**power
            if at <= most and np.sqrt(at / most) - last >= 1 / (count + 1):
                found.append(at)
                last = np.sqrt(at / most)
    return found


@dataclass(frozen=True)
class _Label:
    """A name: where it stands beside its dot, in points."""

    text: str
    away: tuple[float, float]
    side: str


def _labels(
    ax: Axes, special: Any, most: float, language: Language, narrow: bool
) -> dict[Any, _Label]:
    """By customer, its name where there is room for it; first those whom the text names."""
    width, height = ax.figure.get_figure(root=True).get_size_inches() - (0.75, 0.7)  # pyright: ignore
    letter = 0.064 if narrow else 0.068  # inches

    def place(x: float, y: float) -> tuple[float, float]:
        return float(np.sqrt(x / most)) * width, float(np.sqrt(max(y, 0) / most)) * height

    dots = [place(r.value_share, r.effort_share) for r in special.itertuples()]
    tails = [
        place(
            row.value_share_before + at * (row.value_share - row.value_share_before),
            row.effort_share_before + at * (row.effort_share - row.effort_share_before),
        )
        for row in special.itertuples()
        for at in np.linspace(0, 1, 40)
        if np.isfinite(row.effort_share_before)
    ]
    taken: list[tuple[float, float, float, float]] = [
        (x - r, y - r, x + r, y + r)
        for r, points in ((0.05, dots), (0.01, tails))
        for x, y in points
    ]
    along = np.linspace(0.74, 0.94, 24)  # where the diagonal's own words stand
    taken += [(a * width - 0.1, a * height - 0.02, a * width, a * height + 0.16) for a in along]

    def free(box: tuple[float, float, float, float]) -> bool:
        inside = box[0] > 0 and box[2] < width + 0.1 and box[1] > 0 and box[3] < height + 0.1
        return inside and not any(
            box[0] < b[2] and b[0] < box[2] and box[1] < b[3] and b[1] < box[3] for b in taken
        )

    for text, _, at, side in _sides(language):
        long, x, y = len(text) * letter * 1.15, at[0] * width, at[1] * height
        taken.append((x, y - _HIGH, x + long, y) if side == "left" else (x - long, y, x, y + _HIGH))
    rows = list(zip(special.itertuples(), dots, strict=True))
    # whom the text names comes first, and further away if need be
    told = [pair for pair in rows if pair[0].excess_hours > 0][:TOLD]
    found: dict[Any, _Label] = {}
    for row, (x, y) in [*told, *(pair for pair in rows if pair not in told)]:
        if len(found) == NAMED[narrow]:
            break
        text = _style.fitting(row.name, _NAME[narrow])
        long = len(text) * letter
        left = row.excess_hours > 0
        sides = ("right", "left") if left else ("left", "right")
        spots = [(go, up) for up in (0.0, 0.15, -0.15) for go in sides]
        spots += [("center", -0.18), ("center", 0.18)]
        if len(found) < len(told):
            spots += [(go, up) for up in (0.3, 0.45, -0.3, 0.6, 0.75) for go in sides]
        for crosses, (go, up) in product((False, True), spots):
            start = x + {"right": -0.08 - long, "left": 0.08, "center": -long / 2}[go]
            box = (start, y + up - _HIGH / 2, start + long, y + up + _HIGH / 2)
            if free(box) and (crosses or not _on_diagonal(box, width, height)):
                away = ({"right": -6, "left": 6, "center": 0}[go], 72 * up)
                found[row.Index] = _Label(text, away, go)
                taken.append(box)
                break
    return found


def _sides(language: Language) -> tuple[tuple[str, str, tuple[float, float], str], ...]:
    """What either side of the diagonal means: words, colour, place, and the side they begin at."""
    more = language.text("more hours than value")
    fewer = language.text("fewer hours than value")
    return (
        (more, _style.ORANGE, (0.02, 0.985), "left"),
        (fewer, _style.BLUE, (0.985, 0.03), "right"),
    )


def _words(
    ax: Axes, special: Any, labels: dict[Any, _Label], language: Language, narrow: bool
) -> None:
    """Names, and what either side of the diagonal means."""
    small: Any = {"fontsize": 7.5 if narrow else 8}
    for text, tone, at, side in _sides(language):
        ax.text(
            *at, text, color=tone, ha=side, va="top" if side == "left" else "bottom",
            transform=ax.transAxes, weight="bold", **small,
        )  # fmt: skip
    for row in special.itertuples():
        label = labels[row.Index]
        ax.annotate(
            label.text, (row.value_share, row.effort_share), label.away,
            textcoords="offset points", ha=label.side, va="center", annotation_clip=False,
            arrowprops=_LEADER if abs(label.away[1]) >= _FAR else None, **small,
        )  # fmt: skip
    ax.text(
        0.84, 0.855, language.text("hours follow value"), color=_style.MUTED, rotation=45,
        rotation_mode="anchor", transform_rotates_text=True, ha="center", va="bottom",
        transform=ax.transAxes, **small,
    )  # fmt: skip


def _on_diagonal(box: tuple[float, float, float, float], width: float, height: float) -> bool:
    """Whether the diagonal runs through a label; only where no other place is left."""
    steep = height / width
    return box[1] < steep * box[2] and steep * box[0] < box[3]
