"""The two phases of redaction over one partition of a run's records, from Parquet to released records and ledger."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.engine import BATCH_ROWS, read_batches, write_batches
from pipeline.errors import CountMismatch
from pipeline.model import REDACTION_SCHEMA, Record, Redaction, records_of, to_batch
from pipeline.redact.exemptions import label_of
from pipeline.redact.literals import BundleLiterals, gather_pairs
from pipeline.redact.participants import Participant, assign_participants, first_appearances
from pipeline.redact.policy import Policy
from pipeline.redact.proposals import PROPOSAL_SCHEMA, detect_part, proposal_batch
from pipeline.redact.release import redact_part
from pipeline.redact.roster import Roster


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What redaction goes by: plain data that crosses process borders."""

    policy: Policy
    roster: Roster
    zone: ZoneInfo


def read_records(path: Path) -> Iterator[Record]:
    """The records of a partition, in order."""
    for batch in read_batches([path]):
        yield from records_of(batch)


def write_participants(parts: Sequence[Path], path: Path, roster: Roster) -> int:
    """Assign the bundle's pseudonyms from all partitions; returns how many participants there are."""
    assigned = assign_participants(
        (row for part in parts for row in first_appearances(read_records(part))), roster.identities()
    )
    path.write_text(json.dumps({key: asdict(value) for key, value in assigned.items()}, ensure_ascii=True), "ascii")
    return len({person.pseudonym for person in assigned.values()})


def read_participants(path: Path) -> dict[str, Participant]:
    """Back from `write_participants`."""
    listed = json.loads(path.read_bytes())
    return {
        key: Participant(pseudonym=row["pseudonym"], ids=tuple(row["ids"]), displays=tuple(row["displays"]))
        for key, row in listed.items()
    }


def detect_stage(records: Path, participants: Path, rules: Rules, out: Path) -> dict[str, int]:
    """Phase one: proposals of one partition into `out/proposals.parquet`."""
    roster = rules.roster.with_participants(read_participants(participants).values())
    rows = detect_part(read_records(records), rules.policy, roster)

    def batches() -> Iterator[pa.RecordBatch]:
        while chunk := list(islice(rows, BATCH_ROWS)):
            yield proposal_batch(chunk)

    return {"proposals": write_batches(out / "proposals.parquet", PROPOSAL_SCHEMA, batches())}


def read_literals(proposals: Sequence[Path]) -> BundleLiterals:
    """The bundle-wide set, from the proposals of every partition; each value comes up once per batch, not per find."""
    batches = read_batches(proposals, ["literal", "category"])
    distinct = (pa.Table.from_batches([batch]).group_by(["literal", "category"]).aggregate([]) for batch in batches)
    return gather_pairs(
        pair
        for table in distinct
        for pair in zip(table["literal"].to_pylist(), table["category"].to_pylist(), strict=True)
    )


def redact_stage(
    records: Path, proposals: Sequence[Path], participants: Path, rules: Rules, out: Path
) -> dict[str, object]:
    """Phase two: released records and ledger of one partition.

    Args:
        records: The partition's records.
        proposals: The proposals of every partition of the bundle.
        participants: The bundle's participants.
        rules: Policy, roster and zone.
        out: Receives `released.jsonl` and `ledger.parquet`.

    Returns:
        Counts: records, redactions, labels (deletions by label), withheld attachments.

    Raises:
        CountMismatch: Other than one record out for each one in.
    """
    people = read_participants(participants)
    roster = rules.roster.with_participants(people.values())
    literals = read_literals(proposals)
    labels: Counter[str] = Counter()
    count = redactions = withheld = 0
    held: list[Redaction] = []
    made = redact_part(read_records(records), rules.policy, roster, literals, people, {}, zone=rules.zone)
    with (
        (out / "released.jsonl").open("w", encoding="utf-8", newline="\n") as released,
        pq.ParquetWriter(out / "ledger.parquet", REDACTION_SCHEMA, compression="zstd") as ledger,
    ):
        for record, rows in made:
            released.write(json.dumps(record, sort_keys=True, ensure_ascii=False) + "\n")
            labels.update(label_of(row.codes) for row in rows)
            withheld += sum(a["disposition"] == "withheld" for a in record["attachments"])
            held += rows
            count += 1
            redactions += len(rows)
            if len(held) >= BATCH_ROWS:
                ledger.write_batch(to_batch(held, REDACTION_SCHEMA))
                held = []
        ledger.write_batch(to_batch(held, REDACTION_SCHEMA))
    if count != pq.ParquetFile(records).metadata.num_rows:
        raise CountMismatch(f"redact: {records.name}: {count} records came out")
    return {"records": count, "redactions": redactions, "labels": dict(sorted(labels.items())), "withheld": withheld}
