"""Simulated worlds as facts."""

from __future__ import annotations

from dataclasses import replace

from salesfact._facts import Facts
from salesfact._synth import BuyingWorld


def as_facts(world: BuyingWorld) -> Facts:
    """The world as facts up to its own `as_of`: its last line need not be of the last day known."""
    facts = Facts.from_frames(world.frame(), name="Simulated world", simulated=True)
    return replace(facts, as_of=world.as_of)
