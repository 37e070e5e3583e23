"""Seeds of workplace exports: Slack, and mail in its three shapes."""

from __future__ import annotations

import base64
import json
from typing import Any, Final

from tests.fuzz.seed import Seed

USERS: Final = [
    {"id": "U01ANA", "team_id": "T1", "name": "ana", "profile": {"real_name": "Ana Quintanilla", "email": "a@b.gov"}},
    {"id": "U02BEN", "team_id": "T1", "name": "ben", "deleted": True, "profile": {"real_name": "Benedikt"}},
]
CHANNELS: Final = [
    {
        "id": "C0HARBOR",
        "name": "harbor",
        "created": 1700000000,
        "members": ["U01ANA", "U02BEN"],
        "topic": {"value": "t"},
    }
]


def _slack(number: int, **fields: Any) -> dict[str, Any]:
    return {"type": "message", "user": "U01ANA", "ts": f"{1_770_000_000 + number}.000{number:03d}", **fields}


_MESSAGES: Final = (
    _slack(1, text="quarterly figures for <@U02BEN> in <#C0HARBOR|harbor> &amp; <https://a.example|there>"),
    _slack(
        2,
        text="corrected wording",
        edited={"user": "U01ANA", "ts": "1770000009.000000"},
        reactions=[{"name": "+1", "users": ["U02BEN", "U01ANA"], "count": 2}],
        client_msg_id="7d3f0000-0000-4000-8000-000000000002",
        blocks=[{"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [{"type": "text"}]}]}],
    ),
    _slack(
        3,
        text="attached beneath",
        files=[
            {
                "id": "F1",
                "name": "harborplan.pdf",
                "mimetype": "application/pdf",
                "size": 4,
                "url_private": "https://files.slack.com/files-pri/T1-F1/harborplan.pdf?t=xoxe-1",
            },
            {"id": "F2", "mode": "tombstone"},
        ],
        thread_ts="1770000001.000001",
        parent_user_id="U01ANA",
    ),
    _slack(4, subtype="channel_join", text="<@U02BEN> has joined the channel"),
    _slack(
        5, subtype="bot_message", username="Harbormaster", bot_id="B1", text="", attachments=[{"fallback": "tides"}]
    ),
    _slack(
        6,
        subtype="message_changed",
        hidden=True,
        message=_slack(2, text="corrected again"),
        previous_message=_slack(2, text="corrected wording"),
    ),
    _slack(7, subtype="message_deleted", hidden=True, deleted_ts="1770000001.000001"),
    _slack(8, subtype="channel_topic", topic="tides", text="set the channel topic"),
    _slack(9, subtype="huddle_thread", room={"created_by": "U01ANA", "date_start": 1770000009, "date_end": 1770000099}),
    _slack(10, subtype="never_seen_before", text="unheard", brandnew={"a": [1]}),
)
_BESIDE: Final = {
    "captures/users.json": json.dumps(USERS).encode(),
    "captures/channels.json": json.dumps(CHANNELS).encode(),
}


def _array(name: str, rows: Any, key: str) -> Seed:
    return Seed(
        reader="slack",
        name=name,
        syntax="json",
        head=b"[",
        elements=tuple(json.dumps(row).encode() for row in rows),
        between=b",\n ",
        tail=b"]",
        key=key,
        tokens=(b"<@U01ANA>", b"&lt;", b"*a*", b"<http://a|b>", b":+1:", b'{"ts":"1.1"},'),
        beside={path: data for path, data in _BESIDE.items() if path != key},
    )


SLACK: Final = (
    _array("", _MESSAGES, "captures/harbor/2026-02-02.json"),
    _array("users", USERS, "captures/users.json"),
    _array("channels", CHANNELS, "captures/channels.json"),
    Seed(
        reader="slack",
        name="dump",
        syntax="json",
        head=b'{"channel_id": "C0HARBOR", "name": "harbor", "messages": [',
        elements=tuple(json.dumps(row).encode() for row in _MESSAGES[:3]),
        between=b",",
        tail=b"]}",
        key="captures/C0HARBOR.json",
    ),
)

_PDF: Final = base64.encodebytes(b"%PDF-1.4 harborplan").decode().strip()
MAIL: Final = f"""Received: from mail.example.gov by mx.example.gov; Mon, 2 Feb 2026 02:40:00 +0000
From: =?utf-8?Q?Ana_Quintanilla?= <ana@example.gov>
To: "Benedikt, Deputy" <ben@example.gov>, staff: carolina@example.gov;
Cc: dorothea@example.gov
Bcc: hidden@example.gov
Subject: Re: =?utf-8?B?cXVhcnRlcmx5IGZpZ3VyZXM=?=
Date: Mon, 2 Feb 2026 02:40:00 -0500
Message-ID: <one.2026@example.gov>
In-Reply-To: <zero.2026@example.gov>
References: <zero.2026@example.gov>
Thread-Index: AdqvAAAAAAAAAAAAAAAAAAAAAAAAAAABAAA=
MIME-Version: 1.0
X-Priority: 1
Content-Type: multipart/mixed; boundary="outer"

--outer
Content-Type: multipart/alternative; boundary=inner

--inner
Content-Type: text/plain; charset=iso-8859-1
Content-Transfer-Encoding: quoted-printable

quarterly figures are finished=2C se=F1or=
 and attached
--inner
Content-Type: text/html; charset=utf-8

<p>quarterly figures are finished</p>
--inner--
--outer
Content-Type: application/pdf; name="harborplan.pdf"
Content-Transfer-Encoding: base64
Content-Disposition: attachment; filename*=utf-8''harborplan.pdf

{_PDF}
--outer--
"""
MAIL_TOKENS: Final = (
    b"=?utf-8?Q?a?= ",
    b"(a",
    b'"a\\',
    b"a@b, ",
    b"<a@b>",
    b"a: b\n",
    b" \n\t",
    b"--outer\n",
    b"--outer\nContent-Type: multipart/mixed; boundary=x\n\n",
    b"--outer\nContent-Type: message/rfc822\n\nFrom: a@b\nTo: c@d\n\n",
    b"=\n",
    b"=C3",
    b"<div>",
    b"<a href='b'>",
    b"&amp",
    b"; a*0*=b",
    b"To: a@b\n",
)
_SHORT: Final = """From: Ana Quintanilla <ana@example.gov>
To: ben@example.gov
Subject: answered
Date: Mon, 2 Feb 2026 02:41:00 +0000
Message-ID: <two.2026@example.gov>

thanks
>From the harbor
"""
_JOURNAL: Final = f"""From: journal@example.gov
To: archive@example.gov
Subject: quarterly figures
Date: Mon, 2 Feb 2026 02:42:00 +0000
Message-ID: <report.2026@example.gov>
X-MS-Journal-Report:
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="report"

--report
Content-Type: text/plain; charset="us-ascii"

Sender: ana@example.gov
Subject: answered
Message-ID: <two.2026@example.gov>
To: ben@example.gov
Bcc: hidden@example.gov, Expanded: everybody@example.gov
Recipient: carolina@example.gov, Forwarded: ben@example.gov

--report
Content-Type: message/rfc822

{_SHORT}
--report--
"""


def _mail(reader: str, text: str) -> Seed:
    element = text.replace("\n", "\r\n").encode()
    return Seed(
        reader=reader, syntax="mail", elements=(element,), timezone="America/New_York", lookahead=1, tokens=MAIL_TOKENS
    )


MAILS: Final = (
    _mail("eml", MAIL),
    _mail("journal", _JOURNAL),
    Seed(
        reader="mbox",
        syntax="mail",
        elements=tuple(
            b"From ana@example.gov Mon Feb  2 02:40:00 2026\n" + text.encode() + b"\n"
            for text in (_SHORT, MAIL, _SHORT)
        ),
        lookahead=1,
        tokens=(*MAIL_TOKENS, b"From a Mon Feb  2 02:40:00 2026\n", b"\n\nFrom a\nTo: b\n"),
    ),
)

SEEDS: Final = (*SLACK, *MAILS)
