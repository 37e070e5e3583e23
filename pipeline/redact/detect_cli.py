"""`foia detect`: JSON Lines with texts in, JSON Lines with the places of what is sensitive out."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any, BinaryIO

from pipeline.errors import BadInput
from pipeline.redact.detector import Detector
from pipeline.redact.policy import Policy
from pipeline.redact.roster import Roster
from pipeline.redact.spans import Span


def detect_texts(items: Iterable[tuple[Any, str]], policy: Policy, roster: Roster) -> Iterator[tuple[Any, list[Span]]]:
    """The protected spans of each text, with the text's id."""
    detector = Detector(policy, roster)
    for key, text in items:
        yield key, [span for span in detector.find(text) if span.category in policy.protected]


def detect_lines(in_stream: BinaryIO, out_stream: BinaryIO, policy: Policy, roster: Roster) -> int:
    """Answer each line `{"id":..., "text":...}`; empty lines are passed over.

    Returns:
        How many texts were read.

    Raises:
        BadInput: A line is not such an object; the message names its number.
    """
    count = 0
    for key, spans in detect_texts(_items(in_stream), policy, roster):
        answer = {"id": key, "spans": [_said(span, policy) for span in spans]}
        out_stream.write(json.dumps(answer, ensure_ascii=True, sort_keys=True).encode() + b"\n")
        count += 1
    return count


def _said(span: Span, policy: Policy) -> dict[str, Any]:
    return {
        "start": span.start,
        "end": span.end,
        "category": span.category,
        "rule": span.rule,
        "exemptions": list(policy.categories[span.category].codes),
        "score": span.score,
    }


def _items(in_stream: BinaryIO) -> Iterator[tuple[Any, str]]:
    for number, raw in enumerate(in_stream, 1):
        if not raw.strip(b" \t\r\n\xef\xbb\xbf"):
            continue
        try:
            item = json.loads(raw.decode("utf-8-sig" if number == 1 else "utf-8"))
        except (ValueError, RecursionError) as problem:
            raise BadInput(f"line {number}: not a JSON object in UTF-8") from problem
        if not isinstance(item, dict) or "id" not in item or not isinstance(item.get("text"), str):
            raise BadInput(f"line {number}: needs the keys id and text, text being a string")
        yield item["id"], item["text"]
