"""The elements of a JSON document, each parsed, or as the quarantined entry that it is: none is passed over."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, BinaryIO, NamedTuple

from pipeline.intake.json_elements import NO_ENTRIES, Broken, Path, split_elements
from pipeline.intake.lines import TooLong
from pipeline.intake.place import Place
from pipeline.intake.strict_json import BadJson, parse_object
from pipeline.model import Quarantined


class JsonEntry(NamedTuple):
    """One element that is a JSON object."""

    array: Path
    number: int
    """1-based over the whole document."""
    value: dict[str, Any]
    raw: bytes
    repaired: bool
    around: Mapping[str, Any]


def json_entries(
    stream: BinaryIO, arrays: Sequence[Path], place: Place, *, limit: int = 0, many: bool = False
) -> Iterator[JsonEntry | Quarantined]:
    """Every element of the arrays, as `split_elements` finds them.

    Args:
        stream: The document.
        arrays: Paths of the arrays.
        place: Where it stands; quarantined entries have the number of their element as their line.
        limit: Bytes of one element; `line_bytes` of the place's limits when 0.
        many: Whether further documents may follow the first one.
    """
    depth, number = place.limits.json_depth, 0
    for element in split_elements(stream, arrays, limit or place.limits.line_bytes, many=many):
        if isinstance(element, Broken):
            number += 1
            yield _broken(place, element, number)
            continue
        number, data = element.number, element.data
        if isinstance(data, TooLong):
            yield place.quarantined("line-too-long", number, size=data.size, sha256=data.sha256)
            continue
        try:
            value, repaired = parse_object(data, depth)
        except BadJson as problem:
            yield place.quarantined(problem.reason, number, data, detail=problem.detail)
            continue
        yield JsonEntry(element.array, number, value, data, repaired, element.around)


def _broken(place: Place, broken: Broken, number: int) -> Quarantined:
    if broken.reason == NO_ENTRIES and number == 1:
        return place.quarantined("unknown-format", size=broken.size)
    detail = f"line {broken.line}"
    return place.quarantined(broken.reason, number, detail=detail, size=broken.size, sha256=broken.sha256)
