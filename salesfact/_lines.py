"""Which physical lines does a text file hold? Any encoding and line end, as UTF-8.

Nothing here decides what a row or a field is. Bytes that the encoding cannot explain are replaced
by U+FFFD and remembered, so that the line they stand on can be set aside with its number.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import IO, TYPE_CHECKING

from salesfact._errors import Fault, SourceError
from salesfact._language import N_
from salesfact._said import said, verbatim

if TYPE_CHECKING:
    import numpy as np


#: Bytes read at a time: some 60 000 lines, so that the engine's threads share the work.
CHUNK = 4 << 20
#: Spare bytes after a block's text, so that eight bytes can be read from any place in it.
SPARE = 16
#: No line of an export is longer; a "line" that is belongs to no text file.
LONGEST_LINE = 64 << 20
_REPLACED = "\ufffd".encode()
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def check_encoding(name: str) -> None:
    """Refuse an encoding Python does not know.

    Raises
    ------
    SourceError
        With what is allowed.
    """
    try:
        known = codecs.lookup(name)._is_text_encoding  # pyright: ignore[reportAttributeAccessIssue]
    except LookupError:
        known = False
    if not known:
        raise SourceError(
            Fault(
                said(N_("encoding '{name}' is not known"), name=name),
                where="format: encoding",
                allowed=verbatim("utf-8, utf-8-sig, utf-16, cp1252, latin-1, cp850"),
            )
        )


def _decode(data: bytes, encoding: str) -> tuple[bytes, list[int]]:
    """UTF-8 text and the places in it where a byte had no meaning in `encoding`."""
    if encoding != "utf-8":
        if data.isascii() and _extends_ascii(encoding):
            return data, []
        try:
            return data.decode(_quicker(data, encoding)).encode(), []
        except UnicodeDecodeError:
            text = data.decode(encoding, "replace").encode()
            return text, _places(text, _REPLACED)
    pieces: list[bytes | memoryview] = []
    bad: list[int] = []
    rest = memoryview(data)
    size = 0
    while True:
        try:
            str(rest, "utf-8")
        except UnicodeDecodeError as error:
            pieces += [rest[: error.start], _REPLACED]
            bad.append(size + error.start)
            size += error.start + len(_REPLACED)
            rest = rest[error.end :]
        else:
            return (b"".join([*pieces, rest]), bad) if bad else (data, bad)


def _quicker(data: bytes, encoding: str) -> str:
    """Latin-1 instead of cp1252 where it says the same of these bytes: it is read faster."""
    import numpy as np

    # the two differ between 0x80 and 0x9f only
    high = np.frombuffer(data, np.uint8) & 0xE0 if encoding == "cp1252" else None
    return encoding if high is None or bool((high == 0x80).any()) else "latin-1"


@cache
def _extends_ascii(encoding: str) -> bool:
    plain = bytes(range(128))
    return plain.decode(encoding, "replace") == plain.decode("ascii")


def _places(data: bytes, what: bytes) -> list[int]:
    places = []
    at = data.find(what)
    while at >= 0:
        places.append(at)
        at = data.find(what, at + len(what))
    return places


def _whole_characters(data: bytes) -> int:
    """Length of `data` without a UTF-8 character that is cut off at its end."""
    for back in range(1, min(4, len(data)) + 1):
        byte = data[-back]
        if byte & 0xC0 != 0x80:
            length = 1 if byte < 0xC0 else 2 if byte < 0xE0 else 3 if byte < 0xF0 else 4
            return len(data) - back if length > back else len(data)
    return len(data)


def _is_single_byte(encoding: str) -> bool:
    name = codecs.lookup(encoding).name
    return name.startswith(("cp125", "cp4", "cp8", "iso8859", "mac", "koi8", "ascii"))


def _utf8_chunks(stream: IO[bytes], encoding: str, chunk: int) -> Iterator[tuple[bytes, list[int]]]:
    """The stream as UTF-8, cut between characters, with the places of undecodable bytes in it."""
    first = stream.read(max(chunk, 4))
    for bom, found in _BOMS:
        # a byte order mark is beyond doubt, whatever the settings say of the other files
        if first.startswith(bom):
            encoding = found
            first = first[len(bom) :] if found == "utf-8" else first
            break
    name = codecs.lookup(encoding).name
    name = "utf-8" if name == "utf-8-sig" else name
    if name == "utf-8":
        carry = b""
        while first:
            data = carry + first
            cut = _whole_characters(data)
            carry = data[cut:]
            yield _decode(data[:cut], name)
            first = stream.read(chunk)
        if carry:
            yield _decode(carry, name)
    elif _is_single_byte(name):
        while first:
            yield _decode(first, name)
            first = stream.read(chunk)
    else:
        decoder = codecs.getincrementaldecoder(name)()
        last = False
        while not last:
            last = not first
            state = decoder.getstate()
            try:
                text = decoder.decode(first, last)
                bad = False
            except UnicodeDecodeError:
                tolerant = codecs.getincrementaldecoder(name)("replace")
                tolerant.setstate(state)
                text = tolerant.decode(first, last)
                decoder.setstate(tolerant.getstate())
                bad = True
            data = text.encode("utf-8", "replace")
            yield data, _places(data, _REPLACED) if bad else []
            first = b"" if last else stream.read(chunk)


@dataclass
class Block:
    """Whole physical lines as UTF-8, each ended by one line feed.

    Parameters
    ----------
    data : array of uint8
        The text, then `SPARE` zero bytes.
    size : int
        Bytes of text.
    first_line : int
        Physical number, from 1, of the first line.
    bad, nul : list of int
        Places of replaced bytes, and of NUL bytes.
    returns : bool
        Whether carriage returns stand before line feeds.
    last : bool
        Whether the text ends here.
    """

    data: np.ndarray
    size: int
    first_line: int
    bad: list[int]
    nul: list[int]
    returns: bool
    last: bool

    @property
    def text(self) -> memoryview:
        return self.data.data[: self.size]

    def line(self, start: int, end: int) -> str:
        """The text from `start` up to `end`, without what ends a line."""
        return bytes(self.data[start:end]).decode("utf-8", "replace").rstrip("\r\n")


class LineReader:
    """The blocks of one text, in order. `give_back` returns lines that need the next block."""

    def __init__(self, stream: IO[bytes], encoding: str, chunk: int = CHUNK) -> None:
        self._chunks = _utf8_chunks(stream, encoding, chunk)
        self._carry = b""
        self._carry_bad: list[int] = []
        self._line = 1

    def give_back(self, block: Block, start: int, line: int) -> None:
        """Read the lines from `start`, whose number is `line`, again with those that follow."""
        self._carry = bytes(block.data[start : block.size]) + self._carry
        moved = block.size - start
        self._carry_bad = [p - start for p in block.bad if p >= start] + [
            p + moved for p in self._carry_bad
        ]
        self._line = line

    def __iter__(self) -> Iterator[Block]:
        import numpy as np

        ended = False
        while not ended:
            parts, bad, size = [self._carry], self._carry_bad, len(self._carry)
            cut = 0
            while not cut:
                chunk = next(self._chunks, None)
                if chunk is None:
                    ended = True
                    break
                data, found = chunk
                bad = bad + [p + size for p in found]
                parts.append(data)
                size += len(data)
                # with no line end in it, only a longer stretch can be cut
                cut = (b"\n" in data) or (b"\r" in data[:-1])
                if size > LONGEST_LINE:
                    raise SourceError(
                        Fault(
                            said(
                                N_("line {line} is longer than {size} MB"),
                                line=str(self._line),
                                size=str(LONGEST_LINE >> 20),
                            ),
                            allowed=N_("a text file with line ends"),
                            remedy=N_("check the file and its encoding"),
                        )
                    )
            data = b"".join(parts)
            if ended:
                cut = len(data)
            else:
                cut = data.rfind(b"\n") + 1 or data.rfind(b"\r", 0, len(data) - 1) + 1
            self._carry = data[cut:]
            self._carry_bad = [p - cut for p in bad if p >= cut] if bad else []
            data = data[:cut]
            if not data:
                continue
            block = self._block(data, [p for p in bad if p < cut] if bad else [], ended)
            self._line = block.first_line + int(np.count_nonzero(block.data[: block.size] == 10))
            yield block

    def _block(self, data: bytes, bad: list[int], ended: bool) -> Block:
        import numpy as np

        returns = b"\r" in data
        if returns and data.count(b"\r") != data.count(b"\r\n"):
            # lone carriage returns end lines too; the few places kept move with the text
            shifted, before, pairs = [], 0, 0
            for place in bad:
                pairs += data.count(b"\r\n", before, place)
                before = place
                shifted.append(place - pairs)
            data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
            bad = shifted
            returns = False
        ending = 0 if data.endswith(b"\n") else 1
        size = len(data) + ending
        padded = np.zeros(size + SPARE, np.uint8)
        padded[: len(data)] = np.frombuffer(data, np.uint8)
        if ending:
            padded[size - 1] = 10
        nul = _places(data, b"\0") if b"\0" in data else []
        return Block(padded, size, self._line, bad, nul, returns, ended)
