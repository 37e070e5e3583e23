"""The first phase: search every text of every record of a part; what is found is proposed, nothing is changed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa

from pipeline.model import Record
from pipeline.redact.detector import Detector
from pipeline.redact.draft import draft_of, hidden_of, texts_of
from pipeline.redact.policy import Policy
from pipeline.redact.roster import Roster
from pipeline.redact.spans import Span

PROPOSAL_SCHEMA = pa.schema(
    [
        ("record_id", pa.string()),
        ("field", pa.string()),
        ("start", pa.int64()),
        ("end", pa.int64()),
        ("category", pa.string()),
        ("rule", pa.string()),
        ("score", pa.float64()),
        ("literal", pa.string()),
    ]
)
_ANY_ZONE = ZoneInfo("UTC")


def detect_part(
    records: Iterable[Record], policy: Policy, roster: Roster, *, detector: Detector | None = None
) -> Iterator[dict[str, Any]]:
    """The proposals of a part as rows of PROPOSAL_SCHEMA, record by record, field by field.

    The roster should already hold the bundle's participants (`Roster.with_participants`). Only categories that the
    policy takes out are proposed. Private: rows hold the literals. `detector` is one made from the same policy and
    roster, for a caller that searches many parts.
    """
    detector = detector or Detector(policy, roster)
    categories = roster.categories()
    for record in records:
        for text in (*texts_of(draft_of(record, {}, categories, _ANY_ZONE)), *hidden_of(record)):
            if not text.value:
                continue
            spans = detector.find(text.value)
            if text.category:
                spans = [*spans, Span(0, len(text.value), text.category, "field", 1.0)]
            for span in spans:
                if span.category in policy.protected:
                    yield _row(record.record_id, text.path, span, text.value)


def proposal_batch(rows: Iterable[dict[str, Any]]) -> pa.RecordBatch:
    """Rows as one record batch with PROPOSAL_SCHEMA; lone surrogates, which Arrow cannot hold, are replaced."""
    return pa.RecordBatch.from_pylist(list(rows), schema=PROPOSAL_SCHEMA)


def _row(record_id: str, path: str, span: Span, text: str) -> dict[str, Any]:
    literal = text[span.start : span.end].encode("utf-8", "replace").decode()
    return {
        "record_id": record_id,
        "field": path,
        "start": span.start,
        "end": span.end,
        "category": span.category,
        "rule": span.rule,
        "score": span.score,
        "literal": literal,
    }
