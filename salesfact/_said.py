"""What was found, said so that it can be said again in the client's language."""

from __future__ import annotations

import errno
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from salesfact._errors import Fault, SettingsError
from salesfact._language import LANGUAGES, N_, Language, language

#: What an operating system says of files and folders, in plain words.
_WHY = {
    errno.EACCES: N_("permission denied"),
    errno.EPERM: N_("permission denied"),
    errno.ENOENT: N_("it is not there"),
    errno.EEXIST: N_("something of that name is there"),
    errno.ENOTDIR: N_("a part of its path is a file"),
    errno.EISDIR: N_("it is a folder"),
    errno.ENOSPC: N_("the disk is full"),
    errno.EROFS: N_("nothing can be written on that disk"),
    errno.ENAMETOOLONG: N_("the name is too long"),
    errno.EBUSY: N_("another program has it open"),
}


class Said(str):
    """An English text that remembers its message and its values.

    Examples
    --------
    >>> from salesfact._language import language
    >>> tell(said("by its name"), language("sv"))
    'av rubriken'
    """

    messages: tuple[str, str | None]
    count: float | None
    values: dict[str, object]


def said(
    message: str, plural: str | None = None, n: float | None = None, /, **values: object
) -> Said:
    """A message with its values filled in, in English for now.

    Parameters
    ----------
    message, plural : str
        The text; with `plural`, the one for the number `n` of one and the one for any other.
    **values
        Whole numbers are counts, decimals are money and floats are shares, and all are written as
        the language writes them; texts stay as they are, unless they are `Said`.
    """
    made = Said(_filled(message, plural, n, values, language("en")))
    made.messages, made.count, made.values = (message, plural), n, values
    return made


def both(*texts: str, mark: str = "; ") -> str:
    """Several texts as one, each still told in the client's language."""
    kept = [t for t in texts if t]
    if len(kept) < 2:
        return kept[0] if kept else ""
    names = [f"part{i}" for i in range(len(kept))]
    values: dict[str, object] = dict(zip(names, kept, strict=True))
    return said(mark.join(f"{{{n}}}" for n in names), **values)


def asked_language(code: str) -> Language:
    """The language somebody asks for.

    Raises
    ------
    SettingsError
        For one that is not known; told in any language.
    """
    if code not in LANGUAGES:
        what = said(N_("found {found}"), found=repr(code))
        raise SettingsError(Fault(what, where="language", allowed=verbatim(", ".join(LANGUAGES))))
    return language(code)


def did_you_mean(name: str | None) -> str:
    """The name that was perhaps meant; empty where none is near."""
    return "" if name is None else said(N_("did you mean '{name}'?"), name=name)


def and_more(names: Sequence[str], most: int) -> str:
    """The first names, and how many more there are."""
    shown = verbatim(", ".join(names[:most]))
    left = len(names) - most
    return shown if left < 1 else said(N_("{names} and {n} more"), names=shown, n=left)


def why_not(error: OSError) -> str:
    """Why something cannot be read or written, in words of our own where there are any."""
    known = _WHY.get(error.errno or 0)
    return said(known) if known else (error.strerror or str(error)).lower()


def verbatim(text: str) -> str:
    """Names of the client's, which no catalogue changes even where it knows such a word."""
    return said("{text}", text=text) if text else ""


def packed(text: str) -> Any:
    """A text as plain JSON, from which another process can tell it in the client's language."""
    if not isinstance(text, Said):
        return text
    values = {k: _packed(v) for k, v in text.values.items()}
    return {"messages": list(text.messages), "count": text.count, "values": values}


def unpacked(text: Any) -> str:
    """What `packed` made, as it was."""
    if not isinstance(text, dict):
        return text
    values = {k: _unpacked(v) for k, v in text["values"].items()}
    message, plural = text["messages"]
    return said(message, plural, text["count"], **values)


def _packed(value: object) -> Any:
    if isinstance(value, Decimal):
        return {"decimal": str(value)}
    return packed(value) if isinstance(value, str) else value


def _unpacked(value: Any) -> object:
    if isinstance(value, dict) and "decimal" in value:
        return Decimal(value["decimal"])
    return unpacked(value)


def tell(text: str, language: Language) -> str:
    """A text in a language; what is no message of ours stays as it is."""
    if not isinstance(text, Said):
        return language.text(text) if text else text
    return _filled(*text.messages, text.count, text.values, language)


def _filled(
    message: str,
    plural: str | None,
    n: float | None,
    values: dict[str, object],
    language: Language,
) -> str:
    shown = {k: _shown(v, language) for k, v in values.items()}
    return language.text(message, plural, n).format(**shown)


def _shown(value: object, language: Language) -> object:
    if isinstance(value, str):
        return tell(value, language) if isinstance(value, Said) else value
    if isinstance(value, Decimal):
        return language.number(value, 2)
    if isinstance(value, float):
        return language.share(value)
    if isinstance(value, int) and abs(value) > 999:
        return language.number(value)
    return value
