"""What was found, said so that it can be said again in the client's language."""

from __future__ import annotations

from salesfact._language import Language


class Said(str):
    """An English text that remembers its message and its values.

    Examples
    --------
    >>> from salesfact._language import language
    >>> tell(said("by its name"), language("sv"))
    'av rubriken'
    """

    message: str
    values: dict[str, object]


def said(message: str, **values: object) -> Said:
    """A message with its values filled in, in English for now."""
    made = Said(message.format(**values))
    made.message, made.values = message, values
    return made


def tell(text: str, language: Language) -> str:
    """A text in a language; what is no message of ours stays as it is."""
    if not isinstance(text, Said):
        return language.text(text) if text else text
    values = {k: tell(v, language) if isinstance(v, Said) else v for k, v in text.values.items()}
    return language.text(text.message).format(**values)
