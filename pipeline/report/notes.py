"""The notes on method that the report prints: how each figure is counted and what it cannot say."""

from __future__ import annotations

from collections.abc import Mapping

NOTES: Mapping[str, str] = {
    "Quarter": (
        "The federal fiscal year starts on 1 October. A quarter runs from midnight to midnight in the agency's "
        "time zone."
    ),
    "Message": (
        "One real message, on however many devices and captures it was seen. It belongs to the day it was sent, even "
        "if it was captured later, so a report made again later can show more messages for the same quarter."
    ),
    "Copies and folding": (
        "Copies = messages + folded. A folded copy stays in the lake and points to the place it was captured."
    ),
    "Deleted, with expiry timer": (
        "A message that a person deleted is content held when its text or file was captured before the deletion, and "
        "content gone when only the mark of the deletion was. A message with an expiry timer was set to disappear from "
        "the devices."
    ),
    "Redactions": (
        "Rows of the ledger for bundles that were delivered, by the day the message was sent. A message delivered in "
        "two bundles has its redactions counted in both; the column of messages counts it once."
    ),
    "Requests": (
        "An exemption counts once per request, however often it was used, in the quarter in which the bundle was "
        "delivered. The standing nightly release is not a request."
    ),
    "Missing messages": (
        "Each finding carries a low and a high estimate. Findings of different rules can be evidence of the same "
        "missing message, so the sums are not a count of distinct messages. A finding belongs to its "
        "conversation-day, else to the time of the gap, else to the time its capture object was written. Whether a "
        "loss was unauthorized is for a person to decide."
    ),
    "Custodians": (
        "People whose own copy of a message was captured. A capture of the whole network, and a copy whose owner the "
        "sources file does not name, add no custodian."
    ),
    "Quarantine": (
        "A line that cannot be read has no day, so it belongs to the quarter in which its object was written."
    ),
}
