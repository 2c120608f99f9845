"""Mail that came in: what was done with each, and why; how often an address bounced. No text, no address."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from storage.tables.base import RowId, Table


class InboundMail(Table):
    """One mail that came in, for one of our addresses.

    `purpose` is what the address was for: `reply`, `bounce`, or nothing for an address that Herald did not make.
    `outcome` and `reason` are words of `handlers/mail_outcomes.py`. `status` is the code of a bounce (RFC 3463).
    """

    __tablename__ = "inbound_mail"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    delivery_id: Mapped[int | None] = mapped_column(ForeignKey("delivery.id", ondelete="CASCADE"), index=True)
    purpose: Mapped[str] = mapped_column(String(10), default="")
    outcome: Mapped[str] = mapped_column(String(20))
    reason: Mapped[str] = mapped_column(String(60), default="")
    status: Mapped[str | None] = mapped_column(String(12))


class BounceScore(Table):
    """How badly mail to an address fares, scored as Mailman does (reference/email-delivery.md section 1).

    `address_mac` is a keyed fingerprint. `bounced_on` is the local day of the last bounce that counted, one a day at
    most.
    """

    __tablename__ = "bounce_score"

    address_mac: Mapped[str] = mapped_column(String(64), primary_key=True)
    score: Mapped[float]
    bounced_on: Mapped[date]
    status: Mapped[str] = mapped_column(String(12), default="")
