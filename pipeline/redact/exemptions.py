"""The codes under which something may be withheld: their labels, order, official names and what each one needs."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Exemption:
    """One code, as printed (`label`) and as the annual report spells it (`doj`)."""

    label: str
    doj: str
    """Empty for a Privacy Act code, which the annual report does not count."""
    covers: str


EXEMPTIONS: tuple[Exemption, ...] = (
    Exemption(label="(b)(1)", doj="Ex. 1", covers="properly classified under an executive order"),
    Exemption(label="(b)(2)", doj="Ex. 2", covers="solely internal personnel rules and practices"),
    Exemption(label="(b)(3)", doj="Ex. 3", covers="exempted by another statute"),
    Exemption(label="(b)(4)", doj="Ex. 4", covers="trade secrets and confidential commercial information"),
    Exemption(label="(b)(5)", doj="Ex. 5", covers="privileged communications within or between agencies"),
    Exemption(label="(b)(6)", doj="Ex. 6", covers="clearly unwarranted invasion of personal privacy"),
    Exemption(label="(b)(7)(A)", doj="Ex. 7(A)", covers="interference with enforcement proceedings"),
    Exemption(label="(b)(7)(B)", doj="Ex. 7(B)", covers="deprivation of a fair trial"),
    Exemption(label="(b)(7)(C)", doj="Ex. 7(C)", covers="personal privacy in law enforcement records"),
    Exemption(label="(b)(7)(D)", doj="Ex. 7(D)", covers="identity of a confidential source"),
    Exemption(label="(b)(7)(E)", doj="Ex. 7(E)", covers="law enforcement techniques, procedures and guidelines"),
    Exemption(label="(b)(7)(F)", doj="Ex. 7(F)", covers="life or physical safety of an individual"),
    Exemption(label="(b)(8)", doj="Ex. 8", covers="examination of financial institutions"),
    Exemption(label="(b)(9)", doj="Ex. 9", covers="geological information on wells"),
    Exemption(label="(d)(5)", doj="", covers="Privacy Act: compiled in anticipation of a civil action"),
    Exemption(label="(j)(1)", doj="", covers="Privacy Act: Central Intelligence Agency systems"),
    Exemption(label="(j)(2)", doj="", covers="Privacy Act: criminal law enforcement systems"),
    Exemption(label="(k)(1)", doj="", covers="Privacy Act: classified"),
    Exemption(label="(k)(2)", doj="", covers="Privacy Act: investigatory material for law enforcement"),
    Exemption(label="(k)(3)", doj="", covers="Privacy Act: protective services"),
    Exemption(label="(k)(4)", doj="", covers="Privacy Act: statistical records"),
    Exemption(label="(k)(5)", doj="", covers="Privacy Act: source of a suitability investigation"),
    Exemption(label="(k)(6)", doj="", covers="Privacy Act: testing material"),
    Exemption(label="(k)(7)", doj="", covers="Privacy Act: armed forces promotion material"),
)
"""In statutory order; FOIA codes before Privacy Act codes."""

BY_LABEL = {exemption.label: exemption for exemption in EXEMPTIONS}
_BY_DOJ = {exemption.doj: exemption for exemption in EXEMPTIONS if exemption.doj}
_RANK = {exemption.label: rank for rank, exemption in enumerate(EXEMPTIONS)}

PRIVILEGES = {
    "DPP": "deliberative process privilege",
    "AWP": "attorney work product",
    "ACP": "attorney-client privilege",
    "OTHER": "another privilege",
}

_BARE_SEVEN = re.compile(r"^(?:\(b\)\(7\)|(?:Ex\.? ?)?7)$")


def parse_code(text: str) -> str:
    """The printed label of a code that is written as label or as the annual report's name.

    Raises:
        ValueError: The code is unknown, is a bare (b)(7), or is an exclusion.
    """
    code = text.strip()
    if code in BY_LABEL:
        return code
    if code in _BY_DOJ:
        return _BY_DOJ[code].label
    if _BARE_SEVEN.match(code):
        raise ValueError("(b)(7) alone is not an exemption: name its letter, (b)(7)(A) to (b)(7)(F)")
    if code.startswith("(c)"):
        raise ValueError("(c) exclusions are never marked on a record")
    raise ValueError("not a code of 5 U.S.C. 552 or 552a")


def in_order(codes: Iterable[str]) -> tuple[str, ...]:
    """The distinct codes in statutory order."""
    return tuple(sorted(set(codes), key=_RANK.__getitem__))


def label_of(codes: Iterable[str]) -> str:
    """What stands at the place of a deletion. It depends on the codes and on nothing else."""
    return "[" + "; ".join(in_order(codes)) + "]"
