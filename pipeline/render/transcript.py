"""Sets one conversation-day: heading, participants, then every record with all that happened to it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from pipeline.platforms import PLATFORMS
from pipeline.render import styles, vocabulary
from pipeline.render.dates import clock, long_date, micros, moment, offset
from pipeline.render.galley import HEADER_Y, LEFT, RIGHT, Block, Galley
from pipeline.render.job import RenderJob
from pipeline.render.lines import Setter
from pipeline.render.losses import Loss, sentence
from pipeline.render.released import Parts, Record, flatten, label_text
from pipeline.render.shaping import clusters
from pipeline.render.typeset import Label, Line, Style

INDENT = styles.INDENT
GAP = 4.0
"""Space between two records."""
_NOBODY: Mapping[str, Any] = {"participant": "", "name": []}


class Transcript:
    """Sets records into a galley. One per partition; its caches do not change what it sets."""

    def __init__(self, setter: Setter, galley: Galley, job: RenderJob) -> None:
        self.setter = setter
        self.galley = galley
        self.job = job
        self.header: list[tuple[float, float, Style, Line]] = []
        self._senders: dict[tuple[str, ...], list[Block]] = {}

    def begin(self, first: Record, people: Sequence[Mapping[str, Any]], bases: Sequence[str]) -> None:
        """Start a unit on a fresh page: running header, heading, participants."""
        self.galley.fresh_page()
        title = conversation_title(first)
        self.header = self._running_header(title, first["unit"])
        self.galley.place(self._heading(first, title, people, bases))
        self.galley.skip(8)
        self.galley.rule()
        self.galley.skip(8)

    def record(self, record: Record, losses: Sequence[Loss] = ()) -> None:
        """One record: time, pseudonym and sender in the margin, everything else in the text column."""
        self.galley.row(self._margin(record), self._blocks(record, losses))
        self.galley.skip(GAP)

    def loss(self, loss: Loss, unit: str) -> None:
        """A finding that stands between two records."""
        self.galley.row((), [self._loss_block(loss, unit)])
        self.galley.skip(GAP)

    def _running_header(self, title: str, unit: str) -> list[tuple[float, float, Style, Line]]:
        left = "  \u00b7  ".join(filter(None, (self.job.request_id, self.job.agency)))
        right = f"{title}  \u00b7  {long_date(unit)}"
        return [
            (LEFT, HEADER_Y, styles.HEADER, self._one_line(left, styles.HEADER, 220)),
            self._flush_right(right, HEADER_Y, styles.HEADER, 270),
        ]

    def _flush_right(self, text: str, y: float, style: Style, width: float) -> tuple[float, float, Style, Line]:
        shown = fitted(self.setter, text, style, width)
        taken = self.setter.width_of([shown], style)
        return RIGHT - taken, y, style, self.setter.wrap(shown, style, taken + 1)[0]

    def _one_line(self, text: str, style: Style, width: float) -> Line:
        return self.setter.wrap(fitted(self.setter, text, style, width), style, width + 1)[0]

    def _heading(
        self, first: Record, title: str, people: Sequence[Mapping[str, Any]], bases: Sequence[str]
    ) -> Iterator[Block]:
        setter, width = self.setter, RIGHT - LEFT
        conversation = first["conversation"]
        parts = conversation["title"]
        shown = setter.wrap_parts(parts, styles.TITLE, width) if flatten(parts).strip() else None
        yield Block(styles.TITLE, LEFT, shown or setter.wrap(title, styles.TITLE, width))
        platform = PLATFORMS.get(first["platform"], first["platform"])
        kind = vocabulary.CONVERSATION_KINDS.get(conversation["kind"], conversation["kind"])
        line = f"{platform} {kind}  \u00b7  {long_date(first['unit'])}  \u00b7  times in {self.job.timezone}"
        yield Block(styles.SUBTITLE, LEFT, setter.wrap(line, styles.SUBTITLE, width), before=2)
        odd = [vocabulary.TIME_BASES.get(basis, basis) for basis in bases if basis not in ("utc", "offset")]
        if odd:
            yield Block(styles.NOTE, LEFT, setter.wrap("Times here were " + "; ".join(odd) + ".", styles.NOTE, width))
        if people:
            yield Block(styles.CAPTION, LEFT, setter.wrap("Participants", styles.CAPTION, width), before=7)
            yield Block(styles.PEOPLE, LEFT, setter.wrap_mixed(list(_listed(people)), styles.PEOPLE, width))

    def _margin(self, record: Record) -> list[Block]:
        sent, sender = record["sent_at"], record["sender"]
        unknown = record["time_basis"] == "unknown"
        zone = " zone ?" if unknown else f" {offset(sent)}"
        time = Line(f"({clock(sent)})Tj /R 6.5 Tf .5 g({zone})Tj")
        return [Block(styles.TIME, styles.TIME_X, [time]), *self._sender(sender)]

    def _sender(self, sender: Mapping[str, Any]) -> list[Block]:
        """Pseudonym and name; set once per part, since few people send most messages."""
        name = sender["name"]
        key = (
            sender["participant"],
            *[part["value"] if part["type"] == "text" else "\0" + part["label"] for part in name],
        )
        if key not in self._senders:
            if len(self._senders) > 10_000:
                self._senders.clear()
            pseudonym = self.setter.wrap(sender["participant"], styles.PSEUDONYM, 40)[:1]
            shown = self.setter.wrap_parts(name, styles.SENDER, styles.SENDER_WIDTH, amounts=False) if name else []
            columns = [
                Block(styles.PSEUDONYM, styles.PSEUDONYM_X, pseudonym),
                Block(styles.SENDER, styles.SENDER_X, shown),
            ]
            self._senders[key] = [column for column in columns if column.lines]
        return self._senders[key]

    def _blocks(self, record: Record, losses: Sequence[Loss]) -> list[Block]:
        blocks = []
        if record["kind"] != "message":
            blocks.append(self._kind(record))
        if record["body"]:
            lines = self.setter.wrap_parts(record["body"], styles.BODY, styles.TEXT_WIDTH)
            blocks.append(Block(styles.BODY, styles.TEXT_X, lines))
        elif not blocks and not record["attachments"]:
            blocks.append(self._text("No text", styles.EVENT))
        if record["details"] or record["attachments"]:
            blocks += self._payload(record)
        if record["versions"] or record["deleted"] or record["reactions"] or record["read_by"]:
            blocks += self._history(record)
        if record["flags"] or record["expires_at"] or record["conflicts"]:
            blocks += self._marks(record)
        blocks += [self._loss_block(loss, record["unit"]) for loss in losses]
        return blocks

    def _kind(self, record: Record) -> Block:
        kind = vocabulary.KINDS.get(record["kind"], record["kind"])
        finer = record["subkind"].replace("-", " ")
        return self._text(f"{kind}: {finer}" if finer else kind, styles.EVENT)

    def _payload(self, record: Record) -> Iterator[Block]:
        for detail in record["details"]:
            yield self._mixed([f"{detail['label']}: ", *_pieces(detail["value"])], styles.QUOTED)
        total = len(record["attachments"])
        for number, attachment in enumerate(record["attachments"], 1):
            state = vocabulary.ATTACHMENT_DISPOSITIONS.get(attachment["disposition"], attachment["disposition"])
            under = "; ".join(attachment["exemptions"])
            facts = [attachment["mime"] or "type unknown", f"{state} under {under}" if under else state]
            which = f"Attachment {number} of {total}" if total > 1 else "Attachment"
            head = self._mixed([f"{which}: ", *(_pieces(attachment["name"]) or ["no name"])], styles.NOTE_HEAD, INDENT)
            yield Block(head.style, head.x, head.lines, before=2.5, framed=True)
            tail = self._mixed(["  \u00b7  ".join(facts)], styles.NOTE, INDENT)
            yield Block(tail.style, tail.x, tail.lines, framed=True)

    def _history(self, record: Record) -> Iterator[Block]:
        unit, versions = record["unit"], record["versions"]
        states = [number for number, version in enumerate(versions) if version["change"] in ("original", "edit")]
        if len(states) > 1:
            yield self._text(f"Edited{_at(versions[states[-1]]['at'], unit)}. Text before:", styles.NOTE)
        for number, version in enumerate(versions):
            if number in states[-1:]:
                continue  # the text that stands above
            change = vocabulary.CHANGES.get(version["change"], version["change"])
            head = self._mixed([f"{change}{_at(version['at'], unit)}"], styles.NOTE_HEAD, INDENT)
            yield Block(head.style, head.x, head.lines, before=2, framed=True)
            body = self._mixed(_pieces(version["body"]) or ["No text"], styles.QUOTED, INDENT)
            yield Block(body.style, body.x, body.lines, framed=True)
        for deletion in record["deleted"]:
            scope = vocabulary.SCOPES.get(deletion["scope"], vocabulary.SCOPES["unknown"])
            by = _person(deletion["by"] or _NOBODY)
            yield self._mixed([scope, *([" by ", *by] if by else []), _at(deletion["at"], unit)], styles.NOTE_HEAD)
        for reaction in record["reactions"]:
            what = "Reaction withdrawn " if reaction["removed"] else "Reaction "
            by = _person(reaction["by"] or _NOBODY)
            pieces = [what, *_pieces(reaction["value"]), *([" by ", *by] if by else []), _at(reaction["at"], unit)]
            yield self._mixed(pieces, styles.NOTE)
        if record["read_by"]:
            yield self._mixed(["Read by ", *_joined(map(_person, record["read_by"]))], styles.NOTE)

    def _marks(self, record: Record) -> Iterator[Block]:
        told = {"edited"} if record["versions"] else set()
        texts = [vocabulary.FLAGS.get(flag, flag.replace("-", " ")) for flag in record["flags"] if flag not in told]
        if record["expires_at"]:
            texts.append(f"Set to expire {moment(record['expires_at'], record['unit'])}")
        if record["conflicts"]:
            texts.append("Captured copies differ in: " + ", ".join(record["conflicts"]))
        if texts:
            yield self._text("  \u00b7  ".join(texts), styles.NOTE)

    def _loss_block(self, loss: Loss, unit: str) -> Block:
        lines = self.setter.wrap(sentence(loss, unit, self.job.timezone), styles.FINDING, styles.TEXT_WIDTH - INDENT)
        return Block(styles.FINDING, styles.TEXT_X + INDENT, lines, before=2, framed=True)

    def _text(self, text: str, style: Style) -> Block:
        return Block(style, styles.TEXT_X, self.setter.wrap(text, style, styles.TEXT_WIDTH))

    def _mixed(self, pieces: Sequence[str | Label], style: Style, indent: float = 0.0) -> Block:
        lines = self.setter.wrap_mixed(pieces, style, styles.TEXT_WIDTH - indent)
        return Block(style, styles.TEXT_X + indent, lines)


def conversation_title(record: Record) -> str:
    """What a conversation is called, in released words."""
    title = flatten(record["conversation"]["title"]).strip()
    kind = vocabulary.CONVERSATION_KINDS.get(record["conversation"]["kind"], "conversation")
    return title or f"Untitled {kind}"


def fitted(setter: Setter, text: str, style: Style, width: float) -> str:
    """Text, cut with an ellipsis when it is wider than its place."""
    text = " ".join(text.split())
    if setter.width_of([text], style) <= width:
        return text
    shown = clusters(text[:400])
    while shown and setter.width_of(["".join(shown) + "\u2026"], style) > width:
        shown.pop()
    return "".join(shown).rstrip() + "\u2026"


def place_losses(losses: Iterable[Loss], records: Iterable[Record]) -> Iterator[tuple[Record | None, list[Loss]]]:
    """Records with the losses they show; losses no record shows come before the first later record, as (None, ...)."""
    by_record: dict[str, list[Loss]] = {}
    free: list[Loss] = []
    for loss in losses:
        (by_record.setdefault(loss.record_id, []) if loss.record_id else free).append(loss)
    free.sort(key=lambda loss: (_when(loss) is None, _when(loss) or 0, loss.finding_id))
    for record in records:
        if free and _when(free[0]) is not None:
            now = micros(record["sent_at"])
            due = [loss for loss in free if (moment := _when(loss)) is not None and moment < now]
            if due:
                free = [loss for loss in free if loss not in due]
                yield None, due
        yield record, by_record.pop(record["record_id"], [])
    rest = free + [loss for held in by_record.values() for loss in held]
    if rest:
        yield None, rest


def _when(loss: Loss) -> int | None:
    """Where a finding stands in the day: where the gap begins, else where its trace was left."""
    return loss.to_utc if loss.from_utc is None else loss.from_utc


def _pieces(parts: Parts) -> list[str | Label]:
    return [part["value"] if part["type"] == "text" else Label(label_text(part)) for part in parts]


def _person(person: Mapping[str, Any]) -> list[str | Label]:
    name = [part["value"] if part["type"] == "text" else Label(str(part["label"])) for part in person["name"]]
    pseudonym = person["participant"]
    return [*name, f" ({pseudonym})"] if name and pseudonym else name or ([pseudonym] if pseudonym else [])


def _joined(groups: Iterable[list[str | Label]]) -> Iterator[str | Label]:
    for index, group in enumerate(groups):
        yield from (["; ", *group] if index else group)


def _listed(people: Sequence[Mapping[str, Any]]) -> Iterator[str | Label]:
    for index, person in enumerate(people):
        yield f"{'     ' if index else ''}{person['participant']}\u00a0"
        yield from _pieces(person["name"])


def _at(stamp: str | None, unit: str) -> str:
    return f", {moment(stamp, unit)}" if stamp else ""
