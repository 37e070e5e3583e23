"""One JSON object from hostile bytes: exactly what was written, or a reason why not.

orjson does the common case. What it refuses, or would change without saying so (integers beyond 64 bits, a key
given twice), is read again by the standard library, which tells the cases apart.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Collection, Iterable
from typing import Any, Final

import orjson

_WIDE: Final = 2.0**63
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


class BadJson(Exception):
    """The bytes are not one JSON object; `reason` is the quarantine code."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.detail = detail


def parse_object(raw: bytes, depth: int) -> tuple[dict[str, Any], bool]:
    """The object in these bytes, and whether it had to be repaired.

    Repairs: a lone surrogate becomes U+FFFD; of a key given twice the last value keeps the name and the earlier
    ones stay beside it as `name#1`, `name#2`, ...

    Raises:
        BadJson: `nul-bytes`, `invalid-utf8`, `invalid-json`, `number-out-of-range`, `too-deep`, `not-an-object`
            or `empty-object`.
    """
    try:
        found = orjson.loads(raw)
    except ValueError:
        return _slowly(raw, depth)
    return checked(found, raw, depth)


def loaded(raws: Iterable[Any]) -> list[Any]:
    """What orjson makes of each of them, unchecked; None where it refuses, or where there are no bytes."""
    held = list(raws)
    try:
        return list(map(orjson.loads, held))
    except ValueError:
        return list(map(_loaded, held))


def _loaded(raw: Any) -> Any:
    try:
        return orjson.loads(raw)
    except ValueError:
        return None


def checked(found: Any, raw: bytes, depth: int) -> tuple[dict[str, Any], bool]:
    """As `parse_object`, for what orjson found in the bytes."""
    if type(found) is not dict:
        raise BadJson("not-an-object")
    if not found:
        raise BadJson("empty-object")
    if not _has_quotes(raw, _quotes_of(found, depth - 1)):
        return _slowly(raw, depth)
    return found, False


def _has_quotes(raw: bytes, wanted: int) -> bool:
    """Whether these bytes of JSON hold so many quotation marks, the escaped ones left out.

    Every name and every text has two. More of them than the parsed value needs means that a name came twice and one
    value was dropped. A backslash that is itself escaped is not looked into: the answer is no, as if one had been.
    """
    found = raw.count(b'"')
    if found == wanted:
        return True
    return found > wanted and b"\\\\" not in raw and found - raw.count(b'\\"') == wanted


def _quotes_of(value: dict[str, Any] | list[Any], depth: int) -> int:
    """Quotation marks that an object or array needs; it may hold others in itself `depth` times."""
    if depth < 0:
        raise BadJson("too-deep")
    items: Collection[Any] = value
    quotes = 0
    if isinstance(value, dict):
        items = value.values()
        quotes = 2 * len(value)
    for item in items:
        kind = type(item)
        if kind is str:
            quotes += 2
        elif kind is dict or kind is list:
            quotes += _quotes_of(item, depth - 1)
        elif kind is float and not -_WIDE < item < _WIDE:
            quotes += 1 << 40  # perhaps an integer that lost its last digits: it is read again
    return quotes


def _slowly(raw: bytes, depth: int) -> tuple[dict[str, Any], bool]:
    if b"\0" in raw:
        raise BadJson("nul-bytes")
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as problem:
        raise BadJson("invalid-utf8", f"byte {problem.start + 1}") from None
    decoder = _Decoder()
    try:
        found = decoder.decode(text)
    except json.JSONDecodeError as problem:
        raise BadJson("invalid-json", f"column {problem.colno}") from None
    except RecursionError:
        raise BadJson("too-deep") from None
    if type(found) is not dict:
        raise BadJson("not-an-object")
    if not found:
        raise BadJson("empty-object")
    _check_depth(found, depth)
    repaired = decoder.repeated
    if "\\u" in text:
        found, mended = _mend(found)
        repaired = repaired or mended
    return found, repaired


class _Decoder(json.JSONDecoder):
    """The standard decoder, without NaN, without numbers that do not fit, and seeing repeated keys."""

    def __init__(self) -> None:
        super().__init__(
            parse_float=_finite, parse_int=_fitting, parse_constant=_no_constant, object_pairs_hook=self._pairs
        )
        self.repeated = False

    def _pairs(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found, repeated = _keep_all(pairs)
        self.repeated = self.repeated or repeated
        return found


def _keep_all(pairs: list[tuple[str, Any]]) -> tuple[dict[str, Any], bool]:
    found = dict(pairs)
    if len(found) == len(pairs):
        return found, False
    seen: dict[str, int] = {}
    for name, value in pairs:
        if name in seen:
            found[_free_name(found, name, seen)] = found[name]
        seen.setdefault(name, 0)
        found[name] = value
    return found, True


def _free_name(found: dict[str, Any], name: str, seen: dict[str, int]) -> str:
    while True:
        seen[name] += 1
        if (free := f"{name}#{seen[name]}") not in found:
            return free


def _finite(literal: str) -> float:
    value = float(literal)
    if not math.isfinite(value):
        raise BadJson("number-out-of-range")
    return value


def _fitting(literal: str) -> int:
    if len(literal) > 20 or not -(2**63) <= int(literal) < 2**64:
        raise BadJson("number-out-of-range")
    return int(literal)


def _no_constant(_literal: str) -> float:
    raise BadJson("invalid-json", "NaN or Infinity")


def _check_depth(value: Any, depth: int) -> None:
    level = [value]
    for _ in range(depth):
        level = [inner for item in level for inner in _children(item)]
        if not level:
            return
    raise BadJson("too-deep")


def _children(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [item for item in value.values() if isinstance(item, (dict, list))]
    return [item for item in value if isinstance(item, (dict, list))]


def _mend(value: Any) -> tuple[Any, bool]:
    """Replace lone surrogates everywhere, keys included."""
    if isinstance(value, str):
        mended = _LONE_SURROGATE.sub("�", value)
        return mended, mended != value
    if isinstance(value, list):
        items = [_mend(item) for item in value]
        return [item for item, _ in items], any(changed for _, changed in items)
    if isinstance(value, dict):
        pairs = [(_mend(name), _mend(item)) for name, item in value.items()]
        mended_pairs, _ = _keep_all([(name[0], item[0]) for name, item in pairs])
        return mended_pairs, any(name[1] or item[1] for name, item in pairs)
    return value, False
