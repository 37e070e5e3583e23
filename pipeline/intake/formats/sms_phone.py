"""Whose phone it is, and which conversation a message of it belongs to."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from pipeline.intake.phone_numbers import e164, region_of
from pipeline.intake.sources import Source

OWN_ADDRESS: Final = "insert-address-token"
"""Android's word for the phone's own number."""
_NO_ADDRESS: Final = frozenset(("", "null", "-1", "-2", "-3"))
_NO_NAME: Final = frozenset(("", "null", "(Unknown)"))


def shown_name(text: str | None) -> str:
    """A contact's name; empty for the words that stand for none."""
    return "" if text is None or text in _NO_NAME else text


class Phone:
    """The phone that a capture comes from."""

    def __init__(self, source: Source) -> None:
        self.region = region_of(source.owner_id)
        self.owner = e164(source.owner_id, self.region)
        self.me = self.owner or source.owner_name or source.custodian
        """How the owner is named as a sender: by number where it is known."""
        self.own = {self.me} - {""}
        """Everything the owner goes by, as far as it was seen."""
        self.name = source.owner_name
        self.custodian = source.custodian

    def address(self, written: str) -> str:
        """One address in its one spelling; empty for none."""
        if written in _NO_ADDRESS:
            return ""
        return self.me if written == OWN_ADDRESS else e164(written, self.region)

    def addresses(self, written: str) -> tuple[str, ...]:
        """The addresses of a list joined by `~`, each once, without the phone's own."""
        return self.others(self.address(one) for one in written.split("~"))

    def others(self, addresses: Iterable[str]) -> tuple[str, ...]:
        """These addresses, each once, without the phone's own."""
        return tuple(dict.fromkeys(one for one in addresses if one and one not in self.own))

    def conversation(self, source: str, others: Iterable[str]) -> str:
        """The conversation with these others: the same one on every phone whose number is known."""
        if self.owner:
            return f"{source}:{','.join(sorted({self.owner, *others}))}"
        return f"{source}:{self.custodian}:{','.join(sorted(others))}"
