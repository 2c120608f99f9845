"""The web door's fixtures, for the pages of this room."""

from tests.web.conftest import ada, browser, dump, invented_subjects, link_for, signed_in, site

__all__ = ["ada", "browser", "dump", "invented_subjects", "link_for", "signed_in", "site"]
