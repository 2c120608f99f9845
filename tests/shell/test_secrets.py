"""Planted secrets: no output, log, metric, error or repr of any command ever holds one (threat 24)."""

import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from tests.shell.herald import Installation

CANARY = "canary0"
SECRETS = {
    "HERALD_SECRET_KEY": f"{CANARY}-secret-key-that-is-quite-long-enough, {CANARY}-older-key-that-is-long-enough-too",
    "HERALD_SMTP_URL": f"smtp://ada:{CANARY}-relay@127.0.0.1:1?tls=none",
    "HERALD_SLACK_BOT_TOKEN": f"xoxb-{CANARY}-bot",
    "HERALD_SLACK_APP_TOKEN": f"xapp-{CANARY}-app",
    "HERALD_SLACK_SIGNING_SECRET": f"{CANARY}-signing",
    "HERALD_SLACK_API_URL": "http://127.0.0.1:1/api/",
    "HERALD_METRICS_TOKEN": f"{CANARY}-metrics-token",
    "HERALD_ALARM_WEBHOOK": f"http://127.0.0.1:1/{CANARY}-hook",
    "HERALD_LOG": "json",
}


@pytest.fixture
def herald(tmp_path: Path) -> Installation:
    installation = Installation(tmp_path, dict(SECRETS))
    assert installation.run("migrate").code == 0
    return installation


def test_no_command_shows_a_secret_not_even_when_it_fails(herald: Installation) -> None:
    said = []
    for words in (("doctor",), ("tick", "--json"), ("backup", "b")):
        ran = herald.run(*words)
        said.append(ran.out + ran.err)
    broken = Installation(
        herald.folder,
        {**SECRETS, "HERALD_DATABASE_URL": f"postgresql://ada:{CANARY}-database@127.0.0.1:1/herald"},
    )
    for words in (("--traceback", "people", "export"), ("doctor",)):
        ran = broken.run(*words)
        said.append(ran.out + ran.err)
    wrong = Installation(
        herald.folder, {**SECRETS, "HERALD_SECRET_KEY": CANARY, "HERALD_SMTP_URL": f"smtp://a:{CANARY}@:x"}
    )
    said.append(wrong.run("doctor").err)
    assert all(len(each) > 20 for each in said)
    assert [each for each in said if CANARY in each] == []
    assert CANARY.encode() not in (herald.folder / "b").read_bytes()
    assert CANARY.encode() not in (herald.folder / "herald.db").read_bytes()


def test_a_running_herald_tells_no_secret_in_logs_pages_or_metrics(herald: Installation) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "bot", "serve", "--port", "0"],
        cwd=herald.folder,
        env={**herald.environment(), "PYTHONPATH": str(Path(__file__).parents[2])},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    pages, said = [], []
    try:
        assert process.stderr is not None
        while "ready at" not in (line := process.stderr.readline()):
            assert line, "".join(said)
            said.append(line)
        address = line.split()[4]
        for path in ("/metrics", "/health/live", "/health/worker", "/sign-in", "/openapi.json", "/nothing"):
            try:
                with urllib.request.urlopen(f"{address}{path}") as answer:  # noqa: S310 - our own address
                    pages.append(answer.read().decode())
            except urllib.error.HTTPError as refused:
                with refused:
                    pages.append(refused.read().decode())
    finally:
        process.terminate()
        out, err = process.communicate(timeout=20)
    assert process.returncode == 0, err
    assert len(pages) == 6
    assert CANARY not in "".join([*pages, *said, out, err])
