"""What do texts prepare at their first use? The catalogues of both languages, read once.

Importing this module does it, before kernels are forked.
"""

from __future__ import annotations

import datetime as dt

from salesfact._language import LANGUAGES, language


def _say() -> None:
    for code in LANGUAGES:
        lang = language(code)
        lang.text("")
        lang.money(1.5, "SEK")
        lang.date(dt.date(2000, 1, 1))
        lang.listing(["a", "b"])


_say()
