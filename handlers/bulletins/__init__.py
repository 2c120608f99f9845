"""Bulletins: written (`applying`), released by a second person (`releasing`), sent (`freezing`), shown (`loading`)."""

from handlers.bulletins.applying import apply_bulletin

__all__ = ["apply_bulletin"]
