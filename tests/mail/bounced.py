"""Bounces and reports as mail servers write them; every name is invented."""

from handlers.mail_outcomes import Reason


def bounce(action: str, status: str, *, returned: str = "<x@northmere.example.org>") -> bytes:
    """A delivery status notification (RFC 3464)."""
    return f"""From: Mail Delivery System <mailer-daemon@mx.example.org>
To: bounce@northmere.example.org
Subject: Undelivered Mail Returned to Sender
Message-ID: <{action}.{status}@mx.example.org>
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

I am sorry to have to inform you that your message could not be delivered.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.org

Final-Recipient: rfc822; ada@example.org
Action: {action}
Status: {status}
Diagnostic-Code: smtp; 550 {status} no such person

--b
Content-Type: message/rfc822

From: herald@northmere.example.org
Message-ID: {returned}
Subject: Tea

Tea
--b--
""".replace("\n", "\r\n").encode()


IN_ITS_OWN_WORDS = b"""From: MAILER-DAEMON@old.example.org\r
Subject: failure notice\r
Message-ID: <old@old.example.org>\r
\r
Hi. This is the qmail-send program. I wasn't able to deliver your message.\r
<ada@example.org>: 203.0.113.9 does not like recipient. Remote host said: 550 5.1.1 unknown\r
"""
SAYS_NOTHING = b"From: <>\r\nSubject: sorry\r\nMessage-ID: <n@old.example.org>\r\n\r\nIt did not arrive.\r\n"
READ_RECEIPT = b"""From: ada@example.org\r
Message-ID: <mdn@mail.example.org>\r
MIME-Version: 1.0\r
Content-Type: multipart/report; report-type=disposition-notification; boundary="b"\r
\r
--b\r
Content-Type: text/plain\r
\r
Read.\r
--b--\r
"""

BOUNCES = {
    "no such person": (bounce("failed", "5.1.1"), Reason.PERMANENT, "5.1.1"),
    "mailbox full": (bounce("failed", "4.2.2"), Reason.TEMPORARY, "4.2.2"),
    "late": (bounce("delayed", "4.4.1"), Reason.STILL_TRYING, "4.4.1"),
    "arrived": (bounce("delivered", "2.0.0"), Reason.NOT_A_BOUNCE, ""),
    "in its own words": (IN_ITS_OWN_WORDS, Reason.PERMANENT, "5.1.1"),
    "says nothing": (SAYS_NOTHING, Reason.UNKNOWN, ""),
    "read receipt": (READ_RECEIPT, Reason.NOT_A_BOUNCE, ""),
}
"""The mail, what it means, and its code."""
