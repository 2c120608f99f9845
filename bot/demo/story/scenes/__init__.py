"""What happens in Northmere, a file for each subject."""

from bot.demo.story.clock import When
from bot.demo.story.scenes import briefings, bulletins, deadlines, escalations, opinions, people, pledges, surveys
from bot.demo.story.stage import Scene

SUBJECTS = (briefings, bulletins, opinions, deadlines, escalations, people, pledges, surveys)


def all_scenes(when: When) -> list[Scene]:
    """Every scene of the story, in no particular order."""
    return [scene for subject in SUBJECTS for scene in subject.scenes(when)]
