"""Letters that the tests of this room send."""

from datetime import UTC, datetime

from bot.rendering.mime import Letter


def a_letter() -> Letter:
    """A short invitation from the partnership to Ada."""
    return Letter(
        sender_name="Northmere partnership",
        sender_address="herald@herald.example.org",
        to="ada@example.org",
        to_name="Ada Example",
        subject="Signs of Safety: your place",
        text="Dear Ada,\n\nyour place is booked.\n.\n..and this line began with dots\nFrom here on, see you there.\n",
        html='<!doctype html><html lang="en"><title>Your place</title><p>Dear Ada, your place is booked.</p></html>',
        message_id="<b-17@herald.example.org>",
        date=datetime(2026, 12, 1, 9, 0, tzinfo=UTC),
    )
