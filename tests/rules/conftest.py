"""Property tests of the rules are about answers, not speed: the first example of a year also loads its holidays."""

from hypothesis import settings

settings.register_profile("rules", deadline=None)
settings.load_profile("rules")
