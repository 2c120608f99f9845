"""What happens in Northmere, a file for each subject."""

from bot.demo.story.clock import When
from bot.demo.story.scenes import deadlines, escalations, pledges
from bot.demo.story.stage import Scene


def all_scenes(when: When) -> list[Scene]:
    """Every scene of the story, in no particular order."""
    return [*pledges.scenes(when), *escalations.scenes(when), *deadlines.scenes(when)]
