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
    from matplotlib.ticker import FixedFormatter, FixedLocator, NullLocator

    narrow = _style.is_narrow(ax)
    ends: list[tuple[float, str, str]] = []
    others = [m for m in sorted(sizes["months"].unique()) if m != chosen[1]]
    most = float(sizes["pairs"].max())
    for months in sorted(sizes["months"].unique()):
        line: Any = sizes[sizes["months"] == months].sort_values("pairs")
        mine = months == chosen[1]
        tone = _style.BLUE if mine else _TONES[others.index(months) % len(_TONES)]
        ax.plot(line["pairs"], line["mde"], color=tone, lw=2.4 if mine else 1.6, zorder=3)
        words = lang.text(N_("{n} months")).format(n=lang.number(int(months), 0))
        ends.append((float(line["mde"].iloc[-1]), words, _style.BLUE if mine else _style.MUTED))
    at = sizes[(sizes["pairs"] == chosen[0]) & (sizes["months"] == chosen[1])]
    ax.plot([chosen[0]], at["mde"], "o", color=_style.BLUE, ms=8, zorder=4)
    top = float(min(sizes["mde"].max(), max(4 * sizes["mde"].min(), 2 * wanted))) * 1.08
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
    for y, (_, words, tone) in zip(_spread([e[0] for e in ends], top), ends, strict=True):
        place = {"xy": (1, y), "xycoords": ("axes fraction", "data"), "xytext": (5, 0)}
        ax.annotate(
            words, **place, textcoords="offset points", va="center", color=tone, fontsize=8.5
        )
    ax.set_xscale("log")
    ticks = sorted({int(p) for p in sizes["pairs"]})
    ticks = [t for i, t in enumerate(ticks) if i == len(ticks) - 1 or ticks[-1] / t > 1.35]
    ticks = ticks[:: -2 if narrow and len(ticks) > 4 else -1]
    ax.xaxis.set_major_locator(FixedLocator(ticks))
    ax.xaxis.set_major_formatter(FixedFormatter([lang.number(t, 0) for t in ticks]))
    ax.xaxis.set_minor_locator(NullLocator())
    _style.share_axis(ax.yaxis, lang)
    ax.set_ylim(0, top)
    ax.set_xlim(float(sizes["pairs"].min()) * 0.93, most * 1.04)
    ax.set_xlabel(lang.text(N_("pairs of customers")))
    ax.set_ylabel(lang.text(N_("effect that shows")))


def _spread(heights: Sequence[float], top: float) -> list[float]:
    """Where labels go so that none covers another."""
    gap, order = 0.075 * top, np.argsort(heights)
    placed = np.array(heights, dtype=float)
    for before, after in zip(order, order[1:], strict=False):
        placed[after] = max(placed[after], placed[before] + gap)
    return placed.tolist()


def draw_effect(
    effect: float,
    inner: tuple[float, float],
    outer: tuple[float, float],
    hidden: float,
    lang: Language,
    ax: Axes,
) -> None:
    """The effect with its ranges, beside nought and what the pilot was too small to show.

    Parameters
    ----------
    effect : float
        As a part of sales.
    inner, outer : (low, high)
        80 and 95 %.
    hidden : float
        Smaller effects do not show.
    """
    from matplotlib.ticker import MaxNLocator

    narrow = _style.is_narrow(ax)
    clear = outer[0] > 0 or outer[1] < 0
    tone = _style.BLUE if clear else _style.MUTED
    ax.axvspan(-hidden / (1 + hidden), hidden, color=_style.LINE, alpha=0.5, lw=0, zorder=0)
    ax.axvline(0, color=_style.INK, lw=1.2, zorder=1)
    ax.plot(outer, [0, 0], color=tone, lw=2, solid_capstyle="butt", zorder=2)
    ax.plot(inner, [0, 0], color=tone, lw=9, solid_capstyle="butt", zorder=3)
    ax.plot([effect], [0], "o", color=_style.INK, ms=9, zorder=4)
    label = signed(effect, lang)
    at: Any = {"ha": "center", "fontweight": "bold", "color": _style.INK, "fontsize": 12}
    ax.annotate(label, (effect, 0), xytext=(0, 14), textcoords="offset points", **at)
    for value in outer:
        ax.annotate(
            signed(value, lang),
            (value, 0),
            xytext=(0, -20),
            textcoords="offset points",
            ha="center",
            color=_style.MUTED,
        )
    span = max(abs(outer[0]), abs(outer[1]), hidden) * (1.35 if narrow else 1.2)
    ax.set_xlim(-span, span)
    ax.set_ylim(-1, 1)
    ax.text(-span, -0.93, lang.text(N_("bought less")), color=_style.MUTED, fontsize=8.5)
    ax.text(span, -0.93, lang.text(N_("bought more")), ha="right", color=_style.MUTED, fontsize=8.5)
    note = N_("grey: too small for this pilot to show")
    ax.text(0, 0.9, lang.text(note), ha="center", color=_style.MUTED, fontsize=8)
    ax.set_yticks([])
    ax.spines["left"].set_visible(False)
    ax.xaxis.set_major_locator(MaxNLocator(nbins=4 if narrow else 7))
    _style.share_axis(ax.xaxis, lang)


def signed(value: float, lang: Language) -> str:
    """A change, with its sign."""
    return ("+" if value > 0 else "") + lang.share(value)
