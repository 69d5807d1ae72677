"""How do a pilot and what came of it look? What it can show by its size; the effect on a scale."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from salesfact import _style
from salesfact._language import N_

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from salesfact._language import Language

_SHARES = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
_TONES = (_style.PALE, _style.SAND, _style.GREEN, _style.INK)


def draw_sizes(
    sizes: pd.DataFrame, chosen: tuple[int, int], wanted: float, lang: Language, ax: Axes
) -> None:
    """The smallest effect that shows, by number of pairs; a line for each length.

    Parameters
    ----------
    sizes : DataFrame
        `pairs`, `months`, `mde`.
    chosen : (pairs, months)
    wanted : float
        The smallest effect that matters.
    """
    narrow = _style.is_narrow(ax)
    frame: Any = sizes
    ends: list[tuple[float, str, str]] = []
    lengths = sorted(frame["months"].unique())
    others = [m for m in lengths if m != chosen[1]]
    for months in lengths:
        line = frame[frame["months"] == months].sort_values("pairs")
        mine = months == chosen[1]
        tone = _style.BLUE if mine else _TONES[others.index(months) % len(_TONES)]
        ax.plot(line["pairs"], line["mde"], color=tone, lw=2.4 if mine else 1.6, zorder=3)
        words = lang.text(N_("{n} months")).format(n=lang.number(int(months), 0))
        ends.append((float(line["mde"].iloc[-1]), words, _style.BLUE if mine else _style.MUTED))
    at = frame[(frame["pairs"] == chosen[0]) & (frame["months"] == chosen[1])]
    ax.plot([chosen[0]], at["mde"], "o", color=_style.BLUE, ms=8, zorder=4, clip_on=False)
    ax.axhline(wanted, color=_style.ORANGE, lw=1.2, ls=(0, (4, 3)), zorder=2)
    ax.annotate(
        lang.text(N_("smallest that matters: {effect}")).format(effect=lang.share(wanted)),
        (0, wanted),
        xycoords=("axes fraction", "data"),
        xytext=(2, 4),
        textcoords="offset points",
        color=_style.ORANGE,
        fontsize=8.5,
    )
    low = min(float(frame["mde"].min()), wanted) / 1.35
    high = max(float(frame["mde"].max()), wanted) * 1.15
    for y, (_, words, tone) in zip(_spread([e[0] for e in ends], low, high), ends, strict=True):
        place: Any = {"xy": (1, y), "xycoords": ("axes fraction", "data"), "xytext": (5, 0)}
        ax.annotate(
            words, **place, textcoords="offset points", va="center", color=tone, fontsize=8.5
        )
    ax.set_xscale("log")
    ax.set_yscale("log")
    sized = sorted({int(p) for p in frame["pairs"]})
    sized = [t for i, t in enumerate(sized) if i == len(sized) - 1 or sized[-1] / t > 1.35]
    sized = sized[:: -2 if narrow and len(sized) > 4 else -1]
    _ticks(ax.xaxis, sized, [lang.number(t, 0) for t in sized])
    shares = [s for s in _SHARES if low <= s <= high]
    _ticks(ax.yaxis, shares, [lang.share(s, 0) for s in shares])
    ax.set_ylim(low, high)
    ax.set_xlim(float(frame["pairs"].min()) * 0.93, float(frame["pairs"].max()) * 1.04)
    ax.set_xlabel(lang.text(N_("pairs of customers")))
    ax.set_ylabel(lang.text(N_("effect that shows")))


def _ticks(axis: Any, places: Sequence[float], names: Sequence[str]) -> None:
    from matplotlib.ticker import FixedFormatter, FixedLocator, NullLocator

    axis.set_major_locator(FixedLocator(list(places)))
    axis.set_major_formatter(FixedFormatter(list(names)))
    axis.set_minor_locator(NullLocator())


def _spread(heights: Sequence[float], low: float, high: float) -> list[float]:
    """Where labels go, on a log axis, so that none covers another: each as near as can be."""
    from scipy.optimize import isotonic_regression

    gap, order = 0.075 * np.log(high / low), np.argsort(heights, kind="stable")
    steps = gap * np.arange(len(order))
    # without the steps it is the nearest sequence that never falls
    level = isotonic_regression(np.log(np.array(heights, dtype=float))[order] - steps).x
    placed = np.empty(len(order))
    placed[order] = level + steps
    return np.exp(placed).tolist()


def draw_effect(
    effect: float,
    inner: tuple[float, float],
    outer: tuple[float, float],
    lang: Language,
    ax: Axes,
) -> None:
    """The effect with its ranges, beside nought.

    Parameters
    ----------
    effect : float
        As a part of sales.
    inner, outer : (low, high)
        80 and 95 %.
    """
    from matplotlib.ticker import MaxNLocator

    narrow = _style.is_narrow(ax)
    clear = outer[0] > 0 or outer[1] < 0
    tone = _style.BLUE if clear else _style.MUTED
    ax.axvline(0, color=_style.INK, lw=1.2, zorder=1)
    ax.plot(outer, [0, 0], color=tone, lw=2, solid_capstyle="butt", zorder=2)
    ax.plot(inner, [0, 0], color=tone, lw=9, solid_capstyle="butt", zorder=3)
    ax.plot([effect], [0], "o", color=_style.INK, ms=9, zorder=4)
    label = signed(effect, lang)
    at: Any = {"ha": "center", "fontweight": "bold", "color": _style.INK, "fontsize": 12}
    ax.annotate(label, (effect, 0), xytext=(0, 14), textcoords="offset points", **at)
    below: Any = {"xytext": (0, -20), "textcoords": "offset points", "color": _style.MUTED}
    for value, side in zip(outer, ("left", "right"), strict=True):
        away = "right" if side == "left" else "left"
        inwards = value > 0 if side == "left" else value < 0  # else it would cross nought
        ax.annotate(signed(value, lang), (value, 0), ha=side if inwards else away, **below)
    left, right = min(outer[0], 0.0), max(outer[1], 0.0)
    edge = (right - left) * (0.45 if narrow else 0.25)
    left, right = left - edge, right + edge
    ax.set_xlim(left, right)
    ax.set_ylim(-1, 1)
    ax.text(left, -0.93, lang.text(N_("bought less")), color=_style.MUTED, fontsize=8.5)
    ax.text(
        right, -0.93, lang.text(N_("bought more")), ha="right", color=_style.MUTED, fontsize=8.5
    )
    ax.set_xlabel(lang.text(N_("thick: 80 %, thin: 95 % certainty")), fontsize=8)
    ax.set_yticks([])
    ax.spines["left"].set_visible(False)
    ax.xaxis.set_major_locator(MaxNLocator(nbins=4 if narrow else 7))
    _style.share_axis(ax.xaxis, lang)


def signed(value: float, lang: Language) -> str:
    """A change, with its sign."""
    return ("+" if value > 0 else "") + lang.share(value)
