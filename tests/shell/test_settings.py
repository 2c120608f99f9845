"""Settings: everything wrong is named at once, with what to write instead."""

import string
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.environment import parse_env_file, read_environment
from bot.settings import NAMES, Settings, SettingsProblems

SECRET = "s" * 40
GOOD = {"HERALD_SECRET_KEY": SECRET}


def problems(**given: str) -> tuple[str, ...]:
    with pytest.raises(SettingsProblems) as caught:
        Settings.from_env({**GOOD, **given})
    return caught.value.problems


def test_a_secret_key_is_all_that_practice_needs() -> None:
    settings = Settings.from_env(GOOD)
    assert settings.database_url == "sqlite:///herald.db"
    assert not settings.live
    assert settings.mail is None
    assert settings.slack is None


def test_the_newest_of_several_secrets_seals_and_the_older_ones_still_open() -> None:
    old, new = "o" * 40, "n" * 40
    sealed = Settings.from_env({"HERALD_SECRET_KEY": old}).keyring.seal("words", about="row")
    rotated = Settings.from_env({"HERALD_SECRET_KEY": f"{new}, {old}"}).keyring
    assert rotated.open(sealed, about="row") == "words"
    assert rotated.secrets == (new, old)


def test_everything_that_is_wrong_is_said_at_once() -> None:
    found = problems(
        HERALD_SECRET_KEY="short",
        HERALD_MODE="on",
        HERALD_LOG="xml",
        HERALD_SMTP_ULR="smtp://relay.example.org",
        HERALD_DATABASE_URL="mysql://db",
        HERALD_SMTP_CONNECTIONS="many",
        HERALD_SMTP_RATE="fast",
        HERALD_SMTP_URL="http://relay",
        HERALD_MAIL_FROM="nobody",
        HERALD_MAIL_DOMAIN="a b",
        HERALD_MAIL_LISTEN="everywhere",
        HERALD_SLACK_SIGNING_SECRET="x",
        HERALD_SLACK_API_URL="slack.com",
        HERALD_ALARM_WEBHOOK="ring me",
        HERALD_METRICS_TOKEN="1234",
        HERALD_TRUSTED_PROXIES="proxy",
    )
    named = {
        "HERALD_SECRET_KEY",
        "HERALD_MODE",
        "HERALD_LOG",
        "HERALD_SMTP_ULR",
        "HERALD_DATABASE_URL",
        "HERALD_SMTP_CONNECTIONS",
        "HERALD_SMTP_RATE",
        "HERALD_SMTP_URL",
        "HERALD_MAIL_FROM",
        "HERALD_MAIL_DOMAIN",
        "HERALD_MAIL_LISTEN",
        "HERALD_SLACK_BOT_TOKEN",
        "HERALD_SLACK_API_URL",
        "HERALD_ALARM_WEBHOOK",
        "HERALD_METRICS_TOKEN",
        "HERALD_TRUSTED_PROXIES",
    }
    assert {name for name in named if any(problem.startswith(name) for problem in found)} == named


def test_a_misspelt_name_is_answered_with_the_nearest_one() -> None:
    assert problems(HERALD_SMTP_ULR="x") == (
        "HERALD_SMTP_ULR is not a setting of Herald. Did you mean HERALD_SMTP_URL?",
    )


def test_variables_of_other_programs_are_passed_over() -> None:
    assert Settings.from_env({**GOOD, "HOME": "/root", "SMTP_URL": "x"}).mail is None


def test_going_live_needs_the_address_that_links_begin_with() -> None:
    assert problems(HERALD_MODE="live")[0].startswith("HERALD_BASE_URL is missing")
    assert Settings.from_env({**GOOD, "HERALD_MODE": "live", "HERALD_BASE_URL": "http://127.0.0.1:8000"}).live


@pytest.mark.parametrize(
    "url", ["herald.example.org", "https://herald.example.org/sub", "https://h:port", "https://?x"]
)
def test_a_base_url_is_only_scheme_host_and_port(url: str) -> None:
    assert problems(HERALD_BASE_URL=url)[0].startswith("HERALD_BASE_URL")


def test_no_setting_shows_a_secret_when_it_is_printed() -> None:
    settings = Settings.from_env(
        {
            **GOOD,
            "HERALD_SMTP_URL": "smtp://ada:passphrase@relay.example.org:587",
            "HERALD_SLACK_BOT_TOKEN": "xoxb-planted",
            "HERALD_SLACK_SIGNING_SECRET": "signing-planted",
            "HERALD_METRICS_TOKEN": "metrics-planted-token",
        }
    )
    shown = repr(settings)
    assert not any(secret in shown for secret in (SECRET, "passphrase", "planted"))


def test_an_error_about_the_relay_never_repeats_its_password() -> None:
    assert "passphrase" not in " ".join(problems(HERALD_SMTP_URL="smtp://ada:passphrase@:x"))


def test_a_secret_may_come_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text(f"{SECRET}\n")
    settings = Settings.from_env({"HERALD_SECRET_KEY_FILE": str(file)}, read_file=lambda path: Path(path).read_text())
    assert settings.keyring.secrets == (SECRET,)


def test_a_file_that_cannot_be_read_and_a_value_given_twice_are_named(tmp_path: Path) -> None:
    def read(path: str) -> str:
        return Path(path).read_text()

    with pytest.raises(SettingsProblems) as missing:
        Settings.from_env({"HERALD_SECRET_KEY_FILE": str(tmp_path / "none")}, read_file=read)
    assert "HERALD_SECRET_KEY_FILE" in missing.value.problems[0]
    with pytest.raises(SettingsProblems) as twice:
        Settings.from_env({**GOOD, "HERALD_SECRET_KEY_FILE": "x"}, read_file=read)
    assert "both set" in twice.value.problems[0]


def test_slack_needs_a_way_to_tell_slack_from_a_forger() -> None:
    assert problems(HERALD_SLACK_BOT_TOKEN="xoxb-1")[0].startswith("HERALD_SLACK_SIGNING_SECRET is missing")
    by_socket = Settings.from_env({**GOOD, "HERALD_SLACK_BOT_TOKEN": "xoxb-1", "HERALD_SLACK_APP_TOKEN": "xapp-1"})
    assert by_socket.slack is not None
    assert by_socket.slack.signing_secret == ""


def test_the_example_file_names_every_setting_and_no_other() -> None:
    example = (Path(__file__).parents[2] / "deploy" / ".env.example").read_text()
    named = set(parse_env_file(example.replace("# HERALD_", "HERALD_")))
    assert named == set(NAMES)


def test_an_env_file_is_read_as_it_is_written() -> None:
    text = "# all of it\n\nexport A=1\nB='two # words'\nC=\"three\" # said\nD=four # said\nE=\n"
    assert parse_env_file(text) == {"A": "1", "B": "two # words", "C": "three", "D": "four", "E": ""}


def test_every_line_of_an_env_file_that_cannot_be_read_is_named() -> None:
    with pytest.raises(SettingsProblems) as caught:
        parse_env_file("A=1\nnonsense\nB='open\n", name=".env")
    assert [problem.partition(": ")[0] for problem in caught.value.problems] == [".env:2", ".env:3"]


def test_the_environment_wins_over_the_file_and_an_open_file_is_mentioned(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / ".env"
    file.write_text(f"HERALD_SECRET_KEY={SECRET}\nHERALD_MODE=practice\n")
    file.chmod(0o644)
    monkeypatch.setenv("HERALD_MODE", "live")
    monkeypatch.setenv("HERALD_BASE_URL", "https://herald.example.org")
    environment = read_environment(tmp_path)
    assert environment.settings().live
    assert "chmod 600" in environment.advice[0]
    file.chmod(0o600)
    assert read_environment(tmp_path).advice == ()


@given(st.dictionaries(st.sampled_from(sorted(NAMES)), st.text(string.printable, max_size=40)))
def test_no_value_whatever_makes_reading_the_settings_fall_over(environ: dict[str, str]) -> None:
    found: tuple[str, ...] = ()
    try:
        Settings.from_env(environ)
    except SettingsProblems as problem:
        found = problem.problems
    assert all(len(line) > 20 for line in found)
