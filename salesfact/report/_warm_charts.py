"""What do charts prepare at their first use? Done once, before kernels are forked.

Fonts are found and read; importing this module does it. No engine is touched: a connection must
not be forked.
"""

from __future__ import annotations

from salesfact import _style


def _draw() -> None:
    with _style.themed():
        figure, ax = _style.new_figure()
        ax.plot([0, 1], [0, 1])
        ax.text(0, 0, "åäö", weight="bold")
        ax.set_xlabel("–")
    _style.svg(figure)


_draw()
