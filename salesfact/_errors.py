"""What is wrong, where, what is allowed, what to do: the one shape of every message to a user."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong, told so that the reader can mend it.

    Parameters
    ----------
    what : str
        What is wrong, with what was found.
    where : str
        File, line, key, table, column or rows.
    allowed : str
        What would have been right.
    remedy : str
        What to do next.
    """

    what: str
    where: str = ""
    allowed: str = ""
    remedy: str = ""

    def __str__(self) -> str:
        lines = [f"{self.where}: {self.what}" if self.where else self.what]
        if self.allowed:
            lines.append(f"    allowed: {self.allowed}")
        if self.remedy:
            lines.append(f"    remedy:  {self.remedy}")
        return "\n".join(lines)


class SalesfactError(Exception):
    """A fault of the user's material or settings; shown as one message, never as a traceback."""

    #: How a fault is written; in another language where the reader's is known.
    written: ClassVar[Callable[[Fault], str]] = str

    def __init__(self, *faults: Fault | str) -> None:
        self.faults: tuple[Fault, ...] = tuple(
            f if isinstance(f, Fault) else Fault(f) for f in faults
        )
        super().__init__("\n".join(str(f) for f in self.faults))

    def __str__(self) -> str:
        return "\n".join(type(self).written(f) for f in self.faults)

    @classmethod
    def of(cls, faults: Iterable[Fault | str]) -> SalesfactError:
        """All faults found, in one error."""
        return cls(*faults)

    def _render_traceback_(self) -> list[str]:
        """IPython calls this instead of printing a traceback."""
        return [f"{type(self).__name__}: {self}"]


class SettingsError(SalesfactError):
    """`client.yml` or a parameter does not say what is allowed."""


class SourceError(SalesfactError):
    """A file or database cannot be read as the settings say."""


class FactsError(SalesfactError):
    """The facts do not hold what a question needs."""


class LeakageError(SalesfactError):
    """Something later than the origin was touched."""


class ReportError(SalesfactError):
    """A report could not be made."""
