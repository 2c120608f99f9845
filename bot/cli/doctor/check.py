"""One line of what `herald doctor` prints."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the list. `remedy` says what to do; `blocking` is false for advice that stops nothing."""

    name: str
    good: bool
    found: str
    remedy: str = ""
    blocking: bool = True
