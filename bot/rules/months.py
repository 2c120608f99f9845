"""Calendar months: 31 August and six months is 28 February.

Source: reference/booking-escalation-deadlines.md 3.2 (6).
"""

from __future__ import annotations

from datetime import date, datetime

from dateutil.relativedelta import relativedelta


def add_months(day: date, months: int) -> date:
    """The same day of the month, that many calendar months later, or the last day of a shorter month."""
    plain = date(day.year, day.month, day.day) if isinstance(day, datetime) else day
    return plain + relativedelta(months=months)
