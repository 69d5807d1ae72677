"""In which encoding is this text written? Told from its words, since files do not say it."""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections import Counter
from typing import Any

from salesfact._language import N_
from salesfact._said import Said, said

_HOME = set("åäöÅÄÖüÜßéÉæøÆØ")
_ABROAD = set("áàâãçèêëíìîïñóòôõúùûýÁÀÂÃÇÈÊËÍÌÎÏÑÓÒÔÕÚÙÛÝ")
_SIGNS = set("°½¼²³µ®©™×±§…–—“”‘«»·´¨¤")
_EDGE = re.compile(rb"[\s;,|\"]")
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def _plausible(word: str) -> float:
    """How much a decoded word looks like one that somebody wrote."""
    score = 0.0
    for at, char in enumerate(word):
        if char < "\x80":
            continue
        before, after = word[at - 1 : at], word[at + 1 : at + 2]
        by_digit = before.isdigit() or after.isdigit()
        inside = before.isalpha() and after.isalpha()
        if char in _HOME or char in _ABROAD:
            odd_case = (char.isupper() and before.islower()) or (
                char.islower() and before.isupper() and after.isupper()
            )
            score += -2.0 if by_digit else -1.5 if odd_case else 2.0 if char in _HOME else 1.0
        elif char == "\xa0":
            score += 2.0 if before.isdigit() and after.isdigit() else 0.1
        elif char in "£€":
            score += 1.0 if by_digit or not (before or after) else -0.5
        elif char == "’":
            score += 0.5
        elif char == "\ufffd" or unicodedata.category(char) == "Cc":
            score -= 4.0
        elif "\u2500" <= char <= "\u259f":
            score -= 3.0
        elif inside:
            score -= 2.0
        else:
            score += 0.3 if char in _SIGNS else -0.5
    return score


def _high(data: bytes) -> Any:
    """Where the bytes above 127 stand."""
    import numpy as np

    return np.flatnonzero(np.frombuffer(data, np.int8) < 0)


def _words(data: bytes, high: Any, most: int = 20_000) -> list[bytes]:
    """The commonest words with a byte above 127, from all over the text."""
    import numpy as np

    hits = high[np.flatnonzero(np.diff(high, prepend=-2) > 1)]  # the first of each run
    step = max(1, len(hits) // most)
    found: Counter[bytes] = Counter()
    for at in hits[::step].tolist():
        left = _EDGE.split(data[max(0, at - 40) : at])[-1]
        found[left + _EDGE.split(data[at : at + 40], maxsplit=1)[0]] += 1
    return [w for w, _ in found.most_common(4000)]


def _mostly_utf8(data: bytes, high: Any) -> int | None:
    """How many bytes are damaged in a text that is UTF-8 otherwise; None where it is not.

    Damaged are at most a fifth as many as there are characters above 127.
    """
    import numpy as np

    # No character can be without one of these pairs, and each takes at most four bytes.
    values = np.frombuffer(data, np.uint8)[high]
    leads, next_to = values[:-1] >= 0xC2, np.diff(high) == 1
    pairs = int((leads & next_to & ((values[1:] & 0xC0) == 0x80)).sum())
    if pairs <= 5 * (len(high) - 4 * pairs):
        return None
    text = data.decode("utf-8", errors="surrogateescape")
    broken = len(re.findall("[\udc80-\udcff]", text))
    whole = len(re.findall("[\u0080-\ud7ff\ue000-\U0010ffff]", text))
    return broken if whole > 5 * broken else None


def _utf16_without_bom(data: bytes) -> str | None:
    head = data[:4000]
    if len(head) < 20 or b"\0" not in head:
        return None
    even, odd = head[::2].count(0), head[1::2].count(0)
    half = len(head) // 2
    if odd > 0.7 * half and even < 0.1 * half:
        return "utf-16-le"
    if even > 0.7 * half and odd < 0.1 * half:
        return "utf-16-be"
    return None


def guess_encoding(data: bytes) -> tuple[str, Said]:
    """Python codec of a text, and how it was found.

    Parameters
    ----------
    data : bytes
        The file, or parts of it that begin and end with whole lines.

    Notes
    -----
    A byte-order mark settles it; then valid UTF-8, where a few damaged bytes among many valid
    sequences do not count against it; else each word with a byte above 127 is read as cp1252 and as
    cp850 and the reading with more believable words wins.
    """
    for mark, codec in _BOMS:
        if data.startswith(mark):
            return codec, said(N_("byte-order mark"))
    if codec := _utf16_without_bom(data):
        return codec, said(N_("every second byte is zero"))
    if data.isascii():
        return "utf-8", said(N_("plain ASCII"))
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        pass
    else:
        return "utf-8", said(N_("valid UTF-8"))
    high = _high(data)
    if (broken := _mostly_utf8(data, high)) is not None:
        one, many = (
            N_("valid UTF-8 apart from one damaged byte"),
            N_("valid UTF-8 apart from {count} damaged bytes"),
        )
        return "utf-8", said(one, many, broken, count=broken)
    words = _words(data, high)
    scores = {
        codec: sum(_plausible(w.decode(codec, errors="replace")) for w in words)
        for codec in ("cp1252", "cp850", "latin-1")
    }
    best = max(scores, key=lambda c: (scores[c], c == "cp1252"))
    shown = next(
        (
            w.decode(best, errors="replace")
            for w in words
            if _plausible(w.decode(best, "replace")) > 0
        ),
        "",
    )
    if not shown:
        return best, said(N_("characters beyond plain ASCII"))
    return best, said(N_("characters such as those in '{word}'"), word=shown[:30])
