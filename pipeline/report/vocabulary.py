"""Plain words for the codes that appear in the oversight report. A code without an entry is printed as it is."""

from __future__ import annotations

from collections.abc import Mapping

from pipeline.redact import exemptions

EXEMPTIONS: Mapping[str, str] = {
    code.label: code.covers if code.covers.startswith("Privacy Act") else code.covers.capitalize()
    for code in exemptions.EXEMPTIONS
}

RULES: Mapping[str, str] = {
    "target-never-captured": "An edit, deletion or reaction names a message that no capture holds",
    "attachment-absent": "A message names a file whose bytes no capture holds",
    "truncated-line": "A capture object ends inside an entry",
    "copy-lacks-message": "One custodian's copy lacks a message that another copy holds",
    "deleted-before-capture": "Only the mark of a deleted or view-once message was captured",
}

REASONS: Mapping[str, str] = {
    "ambiguous-date-order": "The file does not tell day from month",
    "bad-time": "The time cannot be read",
    "count-differs": "The file states another number of entries than it holds",
    "database-broken": "Damaged pages of a database",
    "empty-file": "The object is empty",
    "empty-object": "An entry without content",
    "headless-line": "The object begins inside an entry",
    "invalid-json": "Not valid JSON",
    "invalid-utf8": "Not valid UTF-8",
    "invalid-xml": "Not well-formed XML",
    "line-too-long": "Longer than the limit of one entry",
    "manifest-count-differs": "The manifest of a delivery states another number of mails than it holds",
    "manifest-empty-file": "A file of a delivery is empty",
    "manifest-file-missing": "A file that the manifest lists is not in the delivery",
    "manifest-file-unlisted": "A file of a delivery that its manifest does not list",
    "missing-type": "An entry without its type",
    "no-entries": "A document without the lists that its format has",
    "no-header": "Text that belongs to no entry",
    "not-an-object": "Valid JSON, but not an entry",
    "nul-bytes": "Holds NUL bytes",
    "number-out-of-range": "A number that cannot be kept exactly",
    "sealed-broken": "An encrypted object that was changed or cut off",
    "sealed-no-key": "An encrypted object whose key is not given",
    "sealed-unknown-algorithm": "An object encrypted in a way that is not known",
    "sealed-wrong-key": "An encrypted object to which the given key does not belong",
    "stray-text": "Text where only entries may be",
    "too-deep": "Nested deeper than any real entry",
    "too-many-parts": "More parts than any real entry",
    "trailing-data": "Text after the end of the document",
    "truncated-document": "The object ends inside a document",
    "truncated-line": "The object ends inside an entry",
    "unknown-format": "No reader knows this format",
    "xml-dtd": "A document type, which is never read",
    "xml-encoding": "An encoding that is not known",
    "xml-entity": "Uses an entity of a document type",
    "zip-broken": "A damaged zip file",
    "zip-depth": "Zip files nested too deeply",
    "zip-encrypted": "An encrypted zip file",
    "zip-link": "A zip member that is a link",
    "zip-members": "A zip file with too many members",
    "zip-path": "A zip member whose path leaves the archive",
    "zip-ratio": "A zip member that expands beyond the limit",
    "zip-size": "A zip file that expands beyond the limit",
}

PRODUCTS: Mapping[str, str] = {"nightly": "Standing nightly release", "request": "Answer to a request"}


_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


def in_words(words: Mapping[str, str], code: str) -> str:
    """The plain words for a code, or the code with its hyphens opened up."""
    return words.get(code) or code.replace("-", " ").replace("_", " ") or "not stated"


def month_name(month: str) -> str:
    """The name of a month given as `YYYY-MM` or as a day in it; no locale changes it."""
    return _MONTHS[int(month[5:7]) - 1]
