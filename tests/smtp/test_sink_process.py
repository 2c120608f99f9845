"""The sink as a process of its own: what it logged was taken, whatever became of the sender."""

import asyncio
import json
import sys
from pathlib import Path

from bot.rendering.mime import Pieces, wire_bytes
from bot.rules.relay import MailRelay
from digests.mail_replies import Accepted
from digests.mailer import MailConnection
from tests.smtp.letters import a_letter


async def test_each_message_is_in_the_log_before_it_is_acknowledged(tmp_path: Path) -> None:
    log = tmp_path / "taken.jsonl"
    command = [sys.executable, "-m", "tests.smtp_sink", "--port", "0", "--log", str(log)]
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    try:
        port = int((await process.stdout.readline()).split()[1])
        connection = MailConnection(MailRelay("127.0.0.1", port, "none"))
        for number in range(3):
            outcome = await connection.send(
                "b@example.org", f"p{number}@example.org", Pieces((wire_bytes(a_letter()),))
            )
            assert isinstance(outcome, Accepted)
            assert len(log.read_bytes().splitlines()) == number + 1
        await connection.close()
    finally:
        process.kill()
        await process.wait()
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert [(line["order"], line["to"]) for line in lines] == [
        (number + 1, f"p{number}@example.org") for number in range(3)
    ]
    assert {line["message_id"] for line in lines} == {a_letter().message_id}
