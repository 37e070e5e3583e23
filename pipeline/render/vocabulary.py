"""Words the renditions use for codes: one table per code list, in plain English."""

from __future__ import annotations

from collections.abc import Mapping

from pipeline.platforms import PLATFORMS

CONVERSATION_KINDS: Mapping[str, str] = {
    "dm": "direct conversation",
    "group": "group conversation",
    "room": "room",
    "channel": "channel",
    "": "conversation",
}

KINDS: Mapping[str, str] = {
    "message": "Message",
    "file": "File",
    "call": "Call",
    "location": "Location",
    "system": "System event",
    "unknown": "Entry of an unknown type",
}

CHANGES: Mapping[str, str] = {
    "original": "Original text",
    "edit": "Edited text",
    "link-preview": "Link preview added",
    "differing-copy": "Another captured copy says",
}

SCOPES: Mapping[str, str] = {
    "everyone": "Deleted for everyone",
    "own-devices": "Deleted on the sender's own devices",
    "unknown": "Deleted",
}

DISPOSITIONS: Mapping[str, str] = {
    "RIF": "released in full",
    "RIP": "released in part",
    "WIF": "withheld in full",
}

ATTACHMENT_DISPOSITIONS: Mapping[str, str] = {
    "withheld": "withheld",
    "absent": "not in the capture",
    "released": "released",
}

TIME_BASES: Mapping[str, str] = {
    "utc": "recorded in UTC",
    "offset": "recorded with its offset",
    "zone-from-config": "recorded without a zone; the zone is the one configured for this capture",
    "unknown": "recorded without a zone; the zone is unknown",
}

FLAGS: Mapping[str, str] = {
    "access-revoked": "The link to the file no longer worked when the capture was made",
    "alternatives-differ": "The plain and the formatted text of the mail differ; both were searched",
    "ambiguous-time": "The clock showed this hour twice that night",
    "appended-again": "The export tool wrote this entry into its file again",
    "attachment-without-message": "A file whose message is gone",
    "bad-time": "The captured time cannot be read",
    "bcc": "Sent to somebody as a blind copy",
    "burn-on-read": "Set to be destroyed after reading",
    "clock-ahead": "The sender's clock was ahead of the server's",
    "conversation-ambiguous": "Several conversations bear the name in the capture",
    "conversation-assumed": "The capture does not say which conversation; it holds only one",
    "conversation-from-key": "The conversation is known from the capture's file name only",
    "conversation-unknown": "The capture does not say which conversation",
    "day-only": "Only the day was captured, not the time",
    "deleted": "A captured copy holds only the mark of its deletion",
    "draft": "A draft; the capture does not say that it was sent",
    "edited": "Marked as edited by the app",
    "ephemeral": "Shown to one person only",
    "failed": "The app could not send it",
    "forwarded": "Forwarded",
    "hidden": "Hidden by the app",
    "high-importance": "Marked as important",
    "nonexistent-time": "The clock jumped over the captured time that day",
    "not-readable": "An encrypted or sealed part cannot be read",
    "original-missing": "Only an edit of this message was captured",
    "outbox": "Waiting to be sent when the capture was made",
    "part-deleted": "Part of the message was deleted before the capture",
    "partly-read": "The mail is too large to be read whole",
    "policy-violation": "Marked by the platform as against its rules",
    "queued": "Waiting to be sent when the capture was made",
    "recovered-deleted": "Recovered from deleted data",
    "rendition-only": "Found in the printed copy of the export only",
    "repaired": "The captured entry was damaged and repaired",
    "screenshot": "Screenshot",
    "thread-locked": "The thread was locked",
    "time-from-received": "The mail's own date cannot be read; the time is that of its receipt",
    "time-in-seconds": "The capture counts this time in seconds instead of milliseconds",
    "time-inherited": "The time is that of the entry before",
    "time-unknown": "No time was captured",
    "truncated": "The captured mail ends inside a part",
    "unlikely-date": "The date is far from the rest of the export",
    "urgent": "Marked as urgent",
    "view-once": "Set to be viewed once",
    "voice-memo": "Voice note",
}

RULES: Mapping[str, str] = {
    "attachment-absent": "The message names a file whose content is not in the captures.",
    "copy-lacks-message": "A captured copy of this conversation lacks messages that another copy holds.",
    "deleted-before-capture": "The message was deleted before its text was captured; only the mark of it remains.",
    "member-without-copy": "A participant's own copy of this conversation was never captured.",
    "sequence-gap": "The numbering of the capture skips entries.",
    "silence": "The conversation stops for longer than is usual for it.",
    "target-never-captured": "An edit, deletion, reaction or receipt refers to a message that was never captured.",
    "tombstone": "The capture holds the mark of a deleted message but not its text.",
    "truncated-line": "A capture ends in the middle of an entry.",
    "view-once": "The message could be viewed once; its content was not captured.",
}
"""Plain English per rule of loss. A rule that is not listed is named by its code."""

OTHER_RULE = "Evidence of loss under the rule named."

BASES: Mapping[str, str] = {"proved": "proved", "inferred": "inferred"}

AMOUNTS: Mapping[str, str] = {
    "1-5 words": "one to five words",
    "6-20 words": "six to twenty words",
    "line": "about a line",
    "paragraph": "a paragraph or more",
    "whole": "the whole value",
}

COLUMNS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "records.csv": (
        ("record_id", "Identifier of the record in this bundle"),
        ("bates_begin", "Number of the page on which the record begins"),
        ("bates_end", "Number of the page on which the record ends"),
        ("disposition", "RIF, RIP or WIF; see code-tables.csv"),
        ("platform", "Messaging platform"),
        ("conversation_id", "Identifier of the conversation"),
        ("conversation_kind", "dm, group, room or empty where the capture does not tell"),
        ("conversation_title", "Name of the conversation, deletions as labels"),
        ("unit", "Record unit: the conversation's day"),
        ("kind", "Kind of record; see code-tables.csv"),
        ("subkind", "The platform's finer kind"),
        ("sent_at", "Time sent, RFC 3339 with offset"),
        ("time_basis", "How the time was recorded; see code-tables.csv"),
        ("sender", "Pseudonym of the sender in this bundle"),
        ("sender_name", "Name of the sender, deletions as labels"),
        ("recipients", "Pseudonyms of the recipients, separated by ;"),
        ("recipient_names", "Names of the recipients, deletions as labels"),
        ("body", "Text, deletions as labels"),
        ("versions", "Every state of the text in order, when there is more than one"),
        ("deleted", "Deletions and recalls of the message by its users"),
        ("reactions", "Reactions in order"),
        ("read_by", "Pseudonyms of those who are recorded to have read it"),
        ("attachments", "File names with type and disposition"),
        ("details", "Further content: calls, places, room settings, unknown types"),
        ("flags", "Marks; see code-tables.csv"),
        ("sightings", "Captured copies folded into this record"),
        ("custodians", "Pseudonyms of those whose copies were captured"),
        ("expires_at", "When the message was set to expire"),
        ("conflicts", "Fields in which captured copies differ"),
        ("findings", "Rules of loss that touch this record; see index/losses.csv"),
        ("exemptions", "Exemptions under which something was deleted, in order of appearance"),
    ),
    "index/withholding.csv": (
        ("index_no", "Number of the deletion"),
        ("bates_begin", "Page on which the record begins"),
        ("bates_end", "Page on which the record ends"),
        ("record_id", "Record the deletion is in"),
        ("unit", "Record unit"),
        ("platform", "Messaging platform"),
        ("record_type", "Kind of record"),
        ("field", "Kind of place in the record"),
        ("exemptions", "Exemptions claimed, separated by ;"),
        ("description", "What kind of matter was withheld, from a controlled vocabulary"),
        ("amount", "How much was withheld, as a range"),
        ("disposition", "Disposition of the record"),
        ("statute", "Statute relied on under exemption (b)(3)"),
        ("privilege", "Privilege claimed under exemption (b)(5)"),
    ),
    "index/duplicates.csv": (
        ("record_id", "Record into which the copies were folded"),
        ("bates_begin", "Page on which the record begins"),
        ("sightings", "Number of captured copies"),
        ("formats", "Capture format of each copy, in order"),
        ("custodians", "Pseudonyms of those whose copies were captured"),
        ("conflicts", "Fields in which the copies differ"),
    ),
    "index/losses.csv": (
        ("finding_id", "Identifier of the finding"),
        ("rule", "Rule that found it"),
        ("basis", "proved or inferred"),
        ("confidence", "From 0 to 1"),
        ("record_id", "Record that shows the loss, if one does"),
        ("conversation_id", "Conversation"),
        ("unit", "Record unit"),
        ("from", "Beginning of the time in question"),
        ("to", "End of the time in question"),
        ("low", "Missing entries, at least"),
        ("high", "Missing entries, at most"),
        ("description", "The rule in plain English"),
    ),
}
"""The data dictionary: every column of every table, in order."""

CODE_TABLES: Mapping[str, Mapping[str, str]] = {
    "platform": PLATFORMS,
    "conversation_kind": {code: text for code, text in CONVERSATION_KINDS.items() if code},
    "kind": KINDS,
    "time_basis": TIME_BASES,
    "change": CHANGES,
    "deletion_scope": SCOPES,
    "disposition": DISPOSITIONS,
    "attachment_disposition": ATTACHMENT_DISPOSITIONS,
    "flag": FLAGS,
    "loss_rule": RULES,
    "loss_basis": BASES,
    "amount": AMOUNTS,
}
