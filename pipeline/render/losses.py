"""Findings of loss as the renditions tell them: grouped by conversation, in plain English, without their evidence."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import orjson

from pipeline.model import Finding
from pipeline.render import vocabulary
from pipeline.render.dates import moment, stamp_in


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """What a release may say about a finding."""

    finding_id: str
    rule: str
    basis: str
    confidence: float
    record_id: str
    conversation_id: str
    unit: str
    from_utc: int | None
    to_utc: int | None
    low: int
    high: int


def loss_of(finding: Finding) -> Loss:
    """A finding without its evidence and custodian."""
    return Loss(
        finding_id=finding.finding_id,
        rule=finding.rule,
        basis=finding.basis,
        confidence=finding.confidence,
        record_id=finding.record_id,
        conversation_id=finding.conversation_id,
        unit=finding.unit,
        from_utc=finding.from_utc,
        to_utc=finding.to_utc,
        low=finding.count_low,
        high=finding.count_high,
    )


def in_order(losses: Iterable[Loss]) -> list[Loss]:
    """The order of index/losses.csv."""
    return sorted(losses, key=lambda x: (x.conversation_id, x.unit, x.from_utc or 0, x.rule, x.finding_id))


def description(rule: str) -> str:
    """A rule in plain English."""
    return vocabulary.RULES.get(rule, vocabulary.OTHER_RULE)


def sentence(loss: Loss, unit: str, zone: str) -> str:
    """A finding as the page tells it."""
    known = vocabulary.RULES.get(loss.rule)
    told = known or f"Evidence of loss under the rule \u201c{loss.rule}\u201d."
    amount = f"at least {loss.low}" if loss.high > loss.low else f"{loss.low}"
    noun = "entry" if loss.low == 1 and loss.high <= 1 else "entries"
    window = [moment(stamp_in(at, zone), unit) for at in (loss.from_utc, loss.to_utc) if at is not None]
    between = f" Between {window[0]} and {window[1]}." if len(window) == 2 and window[0] != window[1] else ""
    missing = f" Missing: {amount} {noun}." if loss.high else ""
    return f"Finding of loss, {vocabulary.BASES.get(loss.basis, loss.basis)}. {told}{missing}{between}"


def write_spool(losses: Sequence[Loss], folder: Path) -> None:
    """Lay losses out so that a partition can read those of its conversations only."""
    index: dict[str, list[int]] = {}
    with (folder / "losses.jsonl").open("wb") as out:
        for loss in losses:
            if not loss.conversation_id:
                continue
            start = out.tell()
            out.write(orjson.dumps(asdict(loss)) + b"\n")
            index.setdefault(loss.conversation_id, [start, 0])[1] = out.tell()
    (folder / "losses-index.json").write_text(json.dumps(index, sort_keys=True))


class LossSpool:
    """Reads what write_spool laid out."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "losses.jsonl"
        self.index: Mapping[str, Sequence[int]] = json.loads((folder / "losses-index.json").read_text())

    def of_unit(self, conversation_id: str, unit: str) -> list[Loss]:
        """The losses of one conversation-day."""
        if conversation_id not in self.index:
            return []
        start, end = self.index[conversation_id]
        with self.path.open("rb") as stream:
            stream.seek(start)
            rows = stream.read(end - start).splitlines()
        found = [Loss(**orjson.loads(row)) for row in rows]
        return [loss for loss in found if loss.unit == unit]
