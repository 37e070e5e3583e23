"""A message while captures are being merged: its copies so far and the faces it shows to the next capture."""

from __future__ import annotations

from pipeline.resolve.compare import Face
from pipeline.resolve.tokens import Entry

FOUNDER = "founder"


class Node:
    """One message and the copies found so far. Grows; everything else of it is set by its first copy."""

    __slots__ = ("at", "faces", "members", "person", "rules")

    def __init__(self, face: Face, person: str) -> None:
        """A message of which this is the first copy, by this person (empty when nobody sent it)."""
        self.at = face.at
        self.person = person
        self.faces = [face]
        self.members: list[Entry] = [face.entry]
        self.rules = [FOUNDER]

    def add(self, face: Face, rule: str) -> None:
        """Add a copy. Only what it shows anew becomes a face."""
        self.members.append(face.entry)
        self.rules.append(rule)
        if all((face.minute, face.token, face.soft) != (known.minute, known.token, known.soft) for known in self.faces):
            self.faces.append(face)
