"""Plain words for the codes that appear in the oversight report. A code without an entry is printed as it is."""

from __future__ import annotations

from collections.abc import Mapping

EXEMPTIONS: Mapping[str, str] = {
    "(b)(1)": "Classified national security information",
    "(b)(2)": "Internal personnel rules and practices",
    "(b)(3)": "Withheld under another statute",
    "(b)(4)": "Trade secrets, confidential business information",
    "(b)(5)": "Privileged communication within the government",
    "(b)(6)": "Personal privacy",
    "(b)(7)(A)": "Pending enforcement proceedings",
    "(b)(7)(B)": "Right to a fair trial",
    "(b)(7)(C)": "Personal privacy in law enforcement records",
    "(b)(7)(D)": "Confidential sources",
    "(b)(7)(E)": "Law enforcement techniques",
    "(b)(7)(F)": "Safety of a person",
    "(b)(8)": "Bank examination reports",
    "(b)(9)": "Geological data on wells",
}

RULES: Mapping[str, str] = {
    "target-never-captured": "An edit, deletion or reaction names a message that no capture holds",
    "attachment-absent": "A message names a file whose bytes no capture holds",
    "truncated-line": "A capture object ends inside an entry",
    "copy-lacks-message": "One custodian's copy lacks a message that another copy holds",
    "disappearing-timer": "A timer was on, and a stretch of the conversation has no messages",
    "deleted-before-capture": "Only the mark of a deleted message was captured",
    "sequence-gap": "The platform's own numbering skips messages",
}

REASONS: Mapping[str, str] = {
    "invalid-json": "Not valid JSON",
    "invalid-utf8": "Not valid UTF-8",
    "line-too-long": "Longer than the limit of one entry",
    "unknown-format": "No reader knows this format",
    "truncated": "Ends inside an entry",
}

PRODUCTS: Mapping[str, str] = {"nightly": "Standing nightly release", "request": "Answer to a request"}

PLATFORMS: Mapping[str, str] = {"wickr": "Wickr", "whatsapp": "WhatsApp"}


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
