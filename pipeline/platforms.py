"""What the platforms are called in words; a platform without a name here is printed as it is."""

from __future__ import annotations

from collections.abc import Mapping

PLATFORMS: Mapping[str, str] = {
    "email": "E-mail",
    "imessage": "iMessage",
    "rsmf": "Short message file (RSMF)",
    "signal": "Signal",
    "slack": "Slack",
    "sms": "Text messages (SMS, MMS)",
    "teams": "Microsoft Teams",
    "telegram": "Telegram",
    "ufed": "Phone extraction (UFED)",
    "whatsapp": "WhatsApp",
    "wickr": "Wickr",
}
