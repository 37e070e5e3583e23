"""What goes with the records so that a stranger can read them: JSON Schema, data dictionary, code tables."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipeline.render import vocabulary
from pipeline.storage import json_bytes

Schema = Mapping[str, Any]

_EXEMPTION = {"type": "string", "pattern": r"^\([a-z]\)(\([0-9A-Za-z]+\))*$"}
_TIME = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$"}
_STRINGS = {"type": "array", "items": {"type": "string"}}


def _or_null(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


def _object(properties: Mapping[str, Schema]) -> Schema:
    """An object that holds these properties and no others."""
    return {
        "type": "object",
        "properties": dict(properties),
        "required": sorted(properties),
        "additionalProperties": False,
    }


def _list(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def _ref(name: str) -> Schema:
    return {"$ref": f"#/$defs/{name}"}


def _codes(table: str) -> Schema:
    return {"type": "string", "enum": sorted(vocabulary.CODE_TABLES[table])}


_TEXT_PART = _object({"type": {"const": "text"}, "value": {"type": "string"}})
_REDACTION_PART = _object(
    {
        "type": {"const": "redaction"},
        "label": {"type": "string", "pattern": r"^\[.+\]$"},
        "exemptions": {**_list(_EXEMPTION), "minItems": 1},
        "amount": _or_null({"type": "string"}),
        "category": _or_null({"type": "string"}),
        "statute": _or_null({"type": "string"}),
        "privilege": _or_null({"type": "string"}),
        "index_no": {"type": "integer", "minimum": 1},
    }
)

_DEFS: Mapping[str, Schema] = {
    "text": {
        "description": "A text value: released stretches and deletions in order. Empty text is an empty list.",
        "type": "array",
        "items": {"anyOf": [_TEXT_PART, _REDACTION_PART]},
    },
    "person": _object(
        {"participant": {"type": "string", "description": "Pseudonym in this bundle"}, "name": _ref("text")}
    ),
}

RECORD_SCHEMA: Mapping[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "Released record",
    "description": "One line of data/records.jsonl.",
    "$defs": _DEFS,
    **_object(
        {
            "record_id": {"type": "string", "pattern": "^r-[0-9a-f]{20}$"},
            "platform": {"type": "string"},
            "conversation_id": {"type": "string", "pattern": "^c-[0-9a-f]{16}$"},
            "conversation": _object({"kind": {"enum": ["", "dm", "group", "room"]}, "title": _ref("text")}),
            "unit": {"type": "string", "pattern": r"^\d{4}-\d\d-\d\d$"},
            "kind": _codes("kind"),
            "subkind": {"type": "string"},
            "sent_at": _TIME,
            "time_basis": _codes("time_basis"),
            "sender": _ref("person"),
            "recipients": _list(_ref("person")),
            "body": _ref("text"),
            "versions": _list(_object({"change": _codes("change"), "at": _or_null(_TIME), "body": _ref("text")})),
            "deleted": _list(
                _object({"scope": _codes("deletion_scope"), "at": _or_null(_TIME), "by": _or_null(_ref("person"))})
            ),
            "reactions": _list(
                _object(
                    {
                        "value": _ref("text"),
                        "by": _or_null(_ref("person")),
                        "at": _or_null(_TIME),
                        "removed": {"type": "boolean"},
                    }
                )
            ),
            "read_by": _list(_ref("person")),
            "attachments": _list(
                _object(
                    {
                        "name": _ref("text"),
                        "mime": {"type": "string"},
                        "disposition": _codes("attachment_disposition"),
                        "exemptions": _list(_EXEMPTION),
                        "path": _or_null({"type": "string"}),
                    }
                )
            ),
            "details": _list(_object({"label": {"type": "string"}, "value": _ref("text")})),
            "flags": _STRINGS,
            "sightings": {"type": "integer", "minimum": 1},
            "custodians": _list(_ref("person")),
            "expires_at": _or_null(_TIME),
            "conflicts": _STRINGS,
            "findings": _STRINGS,
            "disposition": _codes("disposition"),
            "bates": _object({"begin": {"type": "string"}, "end": {"type": "string"}}),
        }
    ),
}


def write_schemas(folder: Path) -> None:
    """Write records.schema.json, data-dictionary.csv and code-tables.csv."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "records.schema.json").write_bytes(json_bytes(RECORD_SCHEMA))
    with (folder / "data-dictionary.csv").open("w", encoding="utf-8", newline="") as out:
        rows = csv.writer(out, lineterminator="\r\n")
        rows.writerow(("file", "position", "column", "description"))
        for table, columns in vocabulary.COLUMNS.items():
            rows.writerows((f"data/{table}", at, name, told) for at, (name, told) in enumerate(columns, 1))
    with (folder / "code-tables.csv").open("w", encoding="utf-8", newline="") as out:
        rows = csv.writer(out, lineterminator="\r\n")
        rows.writerow(("table", "code", "meaning"))
        for table, codes in vocabulary.CODE_TABLES.items():
            rows.writerows((table, code, told) for code, told in codes.items())
