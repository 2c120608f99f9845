"""The partnership file of Northmere, with dates that fit the day on which the story is told."""

from datetime import date, timedelta
from importlib.resources import files
from string import Template


def partnership_yaml(today: date) -> str:
    """The text of partnership.yaml. `today` is the local date on which the story is told."""
    text = files("bot.demo.story").joinpath("partnership.yaml").read_text(encoding="utf-8")
    days = {"approved_on": 420, "p1": 300, "p2": 170, "p3": 20}
    return Template(text).substitute({key: (today - timedelta(days=ago)).isoformat() for key, ago in days.items()})
