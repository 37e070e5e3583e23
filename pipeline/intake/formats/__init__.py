"""The table of capture formats. A new one is a module beside these, a test, and a row here."""

from __future__ import annotations

from typing import Final

from pipeline.intake.formats import (
    eml,
    imessage,
    journal,
    mbox,
    rsmf,
    signal_desktop,
    signal_export,
    signal_html,
    signal_markdown,
    signal_members,
    slack,
    smarsh,
    sms,
    sms_ie,
    teams,
    telegram,
    telegram_html,
    ufed,
    whatsapp,
    wickr,
    wickr_serverless,
    wickr_usernames,
)
from pipeline.intake.place import DatabaseReader, Reader

FORMATS: Final[tuple[Reader, ...]] = (
    wickr_serverless,
    wickr,
    wickr_usernames,
    slack,
    teams,
    telegram,
    telegram_html,
    imessage,
    signal_export,
    signal_members,
    signal_markdown,
    signal_html,
    whatsapp,
    sms,
    sms_ie,
    ufed,
    rsmf,
    smarsh,
    mbox,
    journal,
    eml,
)
"""Readers, asked in this order; the first whose `sniff` says yes reads the text."""

DATABASES: Final[tuple[DatabaseReader, ...]] = (signal_desktop,)
"""Readers of SQLite files, chosen by the tables a file has; a database that none of them knows is an attachment."""
