"""The second phase: the released record, and exactly one ledger row for each deletion in it.

Every deletion part of the record stands for the ledger row whose `number` is its `index_no`, in the same order.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from pipeline.model import Record, Redaction
from pipeline.redact.cutting import Cut, amount_of, cuts_of, whole
from pipeline.redact.detector import PROPOSED_BY, REMEMBERED, REPEATS, Detector
from pipeline.redact.draft import Text, draft_of, texts_of
from pipeline.redact.exemptions import in_order, label_of
from pipeline.redact.literals import BundleLiterals, LiteralMatcher
from pipeline.redact.participants import Participant
from pipeline.redact.policy import Policy
from pipeline.redact.roster import Roster
from pipeline.redact.spans import Span

_HOLDERS = frozenset({Text, dict, list})


def redact_part(
    records: Iterable[Record],
    policy: Policy,
    roster: Roster,
    literals: BundleLiterals,
    participants: Mapping[str, Participant],
    findings: Mapping[str, Sequence[str]],
    *,
    zone: ZoneInfo,
    redactor: Redactor | None = None,
) -> Iterator[tuple[dict[str, Any], list[Redaction]]]:
    """The released records of a part, each with its ledger rows; one out for each one in, in the same order.

    Args:
        records: The part, in release order.
        policy: What is taken out.
        roster: With the bundle's participants (`Roster.with_participants`).
        literals: What was found anywhere in the bundle.
        participants: Of the whole bundle, from `assign_participants`.
        findings: Rules of further findings by record id, beside those that a record names itself.
        zone: The agency's time zone.
        redactor: Made from the same policy, roster and literals, for a caller that redacts many parts.
    """
    redactor = redactor or Redactor(policy, roster, literals)
    categories = roster.categories()
    number = 1
    named: set[tuple[str, str, str]] = set()
    for record in records:
        draft = draft_of(record, participants, categories, zone)
        draft["findings"] = sorted({*draft["findings"], *findings.get(record.record_id, ())})
        _name_once(draft, named, policy.protected)
        released, rows = redactor.release(draft, number)
        number += len(rows)
        yield released, rows


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """What one text holds, whatever record it stands in."""

    cuts: list[Cut]
    """The deletions, unless the whole record is withheld."""
    withheld: frozenset[str]
    """Categories that withhold the record."""


class Redactor:
    """Policy, roster and bundle-wide literals, compiled."""

    def __init__(self, policy: Policy, roster: Roster, literals: BundleLiterals) -> None:
        """Compile."""
        self._policy = policy
        self._detector = Detector(policy, roster)
        self._literals = LiteralMatcher(literals)
        self._known: dict[tuple[str, str | None], _Found] = {}

    def release(self, draft: Mapping[str, Any], number: int = 1) -> tuple[dict[str, Any], list[Redaction]]:
        """One draft as a released record; its deletions are numbered from `number`."""
        texts = texts_of(draft)
        found = {text.path: self._found(text) for text in texts if text.value}
        withheld = frozenset().union(*(one.withheld for one in found.values()))
        rows: list[Redaction] = []
        parts: dict[str, list[dict[str, Any]]] = {}
        for text in texts:
            cuts = self._whole(text, withheld) if withheld else found[text.path].cuts if text.value else []
            parts[text.path] = self._parts(text, cuts, draft, rows, number)
        released: dict[str, Any] = _filled(draft, parts)
        for attachment in released["attachments"]:
            if attachment["disposition"] == "withheld":
                codes = (code for name in sorted(withheld) for code in self._policy.categories[name].codes)
                attachment["exemptions"] = list(in_order((*self._policy.attachments.codes, *codes)))
        held = any(a["disposition"] == "withheld" for a in released["attachments"])
        released["disposition"] = "WIF" if withheld else "RIP" if rows or held else "RIF"
        return released, rows

    def _found(self, text: Text) -> _Found:
        """What is in a text. Names, titles and short answers come again and again, so theirs is remembered."""
        key = (text.value, text.category)
        if (known := self._known.get(key)) is not None:
            return known
        spans = self._spans(text)
        made = _Found(
            cuts=cuts_of(text.value, spans, self._policy),
            withheld=frozenset(span.category for span in spans) & self._policy.withheld,
        )
        if len(text.value) <= REPEATS:
            if len(self._known) >= REMEMBERED:
                self._known.clear()
            self._known[key] = made
        return made

    def _spans(self, text: Text) -> list[Span]:
        found = self._detector.find(text.value)
        named = [s for s in found if s.category.startswith("NAME_") and s.category not in self._policy.protected]
        spans = [*found, *(s for s in self._literals.find(text.value) if not _is_mailbox_of(s, named))]
        if text.category:
            spans.append(Span(0, len(text.value), text.category, "field", 1.0))
        return spans

    def _whole(self, text: Text, withheld: frozenset[str]) -> list[Cut]:
        codes = [code for name in sorted(withheld) for code in self._policy.categories[name].codes]
        return whole(text.value, codes, sorted(withheld))

    def _parts(
        self, text: Text, cuts: Sequence[Cut], draft: Mapping[str, Any], rows: list[Redaction], number: int
    ) -> list[dict[str, Any]]:
        parts: list[dict[str, Any]] = []
        at = 0
        for cut in cuts:
            if at < cut.start:
                parts.append({"type": "text", "value": text.value[at : cut.start]})
            literal = text.value[cut.start : cut.end]
            parts.append(self._part(cut, literal, number + len(rows)))
            rows.append(_row(draft, text, cut, literal, number + len(rows)))
            at = cut.end
        if at < len(text.value):
            parts.append({"type": "text", "value": text.value[at:]})
        return parts

    def _part(self, cut: Cut, literal: str, number: int) -> dict[str, Any]:
        rules = [self._policy.categories[name] for name in cut.categories]
        return {
            "type": "redaction",
            "label": label_of(cut.codes),
            "exemptions": list(cut.codes),
            "amount": amount_of(literal, cut.rule),
            "category": rules[0].public_category or cut.categories[0],
            "statute": next((rule.statute for rule in rules if rule.statute), None),
            "privilege": next((rule.privilege for rule in rules if rule.privilege), None),
            "index_no": number,
        }


def _is_mailbox_of(span: Span, named: Sequence[Span]) -> bool:
    """Whether a literal is only the name of a kept official, known again from the official's e-mail address."""
    return span.category == "EMAIL" and any(s.start <= span.start and span.end <= s.end for s in named)


def _name_once(draft: dict[str, Any], named: set[tuple[str, str, str]], protected: frozenset[str]) -> None:
    """Leave the pseudonym alone to stand for a withheld name that the record unit has shown the label of before.

    A room of nine would otherwise count eight deletions for every "ok" said in it. Who wrote a message, reacted or
    deleted always carries the label.
    """
    unit = (draft["conversation_id"], draft["unit"])
    named.add((*unit, draft["sender"]["participant"]))
    for place in ("recipients", "read_by", "custodians"):
        for person in draft[place]:
            who = (*unit, person["participant"])
            if who in named and person["name"].category in protected:
                person["name"] = Text(person["name"].path, "")
            named.add(who)


def deliberative_expired(record_date: date, as_of: date) -> bool:
    """Whether a record is too old for the deliberative process privilege, which ends after 25 years."""
    try:
        sunset = record_date.replace(year=record_date.year + 25)
    except ValueError:  # 29 February
        sunset = record_date.replace(year=record_date.year + 25, day=28)
    return as_of > sunset


def _row(draft: Mapping[str, Any], text: Text, cut: Cut, literal: str, number: int) -> Redaction:
    return Redaction(
        record_id=draft["record_id"],
        unit=draft["unit"],
        field=text.path,
        start=cut.start,
        end=cut.end,
        literal=literal,
        categories=cut.categories,
        codes=cut.codes,
        rule=cut.rule,
        score=cut.score,
        proposed_by=PROPOSED_BY,
        amount=amount_of(literal, cut.rule),
        number=number,
    )


def _filled(node: Any, parts: Mapping[str, list[dict[str, Any]]]) -> Any:
    kind = type(node)
    if kind is Text:
        return parts[node.path]
    if kind is dict:
        return {key: _filled(value, parts) if type(value) in _HOLDERS else value for key, value in node.items()}
    if kind is list:
        return [_filled(value, parts) for value in node]
    return node
