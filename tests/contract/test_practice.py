"""Practice: staff get mail that says so, all others are recorded, and the command that caused it tells."""

from datetime import timedelta

from bot.clock import system_clock
from tests.contract import files
from tests.contract.conftest import Desk, Relay

SOON = (system_clock() + timedelta(days=1)).date()


def _an_approved_edition(northmere: Desk) -> None:
    northmere.done("apply", northmere.write("m.md", files.BULLETIN), "--by", "ada@example.org")
    told = northmere.done("bulletin", "approve", "december", "--by", "pat@example.org")
    assert "Practice mode" in told.err


def test_only_staff_receive_an_edition_and_every_promised_figure_says_so(northmere: Desk, relay: Relay) -> None:
    _an_approved_edition(northmere)
    sent = northmere.done("bulletin", "send", "december", "--json")
    assert "Practice mode" in sent.err
    tick = northmere.done("tick", "--json").data
    assert {"done", "sent", "left"} <= set(tick)
    assert tick["sent"] == 2
    assert all(set(each) == {"sweep", "items"} for each in tick["done"])
    assert sorted(mail["to"] for mail in relay.taken()) == ["ada@example.org", "pat@example.org"]
    figures = northmere.done("bulletin", "status", "december", "--json").data
    promised = ("recipients", "queued", "sent", "failed", "suppressed", "uncertain", "practice")
    assert [figures[name] for name in promised] == [4, 0, 2, 0, 0, 0, 2]


def test_each_message_has_its_own_return_path_and_identity(northmere: Desk, relay: Relay) -> None:
    _an_approved_edition(northmere)
    northmere.done("bulletin", "send", "december")
    northmere.done("tick")
    northmere.done("tick")
    taken = relay.taken()
    assert len(taken) == 2
    assert len({mail["message_id"] for mail in taken}) == len({mail["from"] for mail in taken}) == 2
    for mail in taken:
        assert mail["from"].startswith("bounce+")
        assert mail["from"].endswith("@mail.example.org")


def test_a_test_for_somebody_outside_the_operations_team_is_refused_with_the_reason(northmere: Desk) -> None:
    northmere.done("apply", northmere.write("m.md", files.BULLETIN))
    assert northmere.run("bulletin", "test", "december", "--to", "ada@example.org").code == 0
    ran = northmere.run("bulletin", "test", "december", "--to", "cy@example.org")
    assert (ran.code, ran.out) == (1, "")
    assert "Practice mode" in ran.err


def test_a_survey_that_opens_says_how_many_invitations_are_only_recorded(northmere: Desk) -> None:
    northmere.done("apply", northmere.write("s.yaml", files.SURVEY))
    opened = northmere.done("survey", "open", "briefing-feedback-2026-q4", "--json")
    assert "Practice: 2 of 4 invitations" in opened.err
    assert (opened.data["state"], opened.data["invited"]) == ("open", 4)


def test_an_unusual_hour_is_pointed_out_by_the_file_and_at_the_release(northmere: Desk) -> None:
    saturday = SOON + timedelta(days=(5 - SOON.weekday()) % 7)
    lines = [line for line in files.BULLETIN.splitlines() if not line.startswith("not_after")]
    text = "\n".join(f"send_at: {saturday}T03:00" if line.startswith("send_at") else line for line in lines)
    applied = northmere.done("apply", northmere.write("m.md", f"{text}\n"), "--by", "ada@example.org")
    assert "W261" in applied.err
    released = northmere.done("bulletin", "approve", "december", "--by", "pat@example.org")
    assert "03:00" in released.err
    assert "outside Monday to Friday" in released.err


def test_pausing_resuming_and_cancelling_each_print_where_the_edition_stands(northmere: Desk, relay: Relay) -> None:
    assert relay.port
    _an_approved_edition(northmere)
    northmere.set(SMTP_URL="smtp://127.0.0.1:1?tls=none")
    northmere.done("bulletin", "send", "december")
    northmere.done("tick")
    stands = [northmere.done("bulletin", do, "december", "--json").data for do in ("pause", "resume", "cancel")]
    assert [each["state"] for each in stands] == ["paused", "sending", "cancelled"]
    assert northmere.run("bulletin", "resume", "december").code == 1
    assert relay.taken() == []
