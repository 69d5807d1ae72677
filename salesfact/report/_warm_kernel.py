"""What do charts and texts prepare at their first use? Done once, before kernels are forked.

Fonts are found and read, and the catalogues of both languages; importing this module does it. No
engine is touched: a connection must not be forked.
"""

from __future__ import annotations

import datetime as dt

from salesfact import _style
from salesfact._language import LANGUAGES, language


def _draw() -> None:
    with _style.themed():
        figure, ax = _style.new_figure()
        ax.plot([0, 1], [0, 1])
        ax.text(0, 0, "åäö", weight="bold")
        ax.set_xlabel("–")
    _style.svg(figure)


def _say() -> None:
    for code in LANGUAGES:
        lang = language(code)
        lang.text("")
        lang.money(1.5, "SEK")
        lang.date(dt.date(2000, 1, 1))
        lang.listing(["a", "b"])


_draw()
_say()
