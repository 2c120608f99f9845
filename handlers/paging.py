"""Long lists a page at a time."""


def pages_of(total: int, *, size: int) -> int:
    """How many pages so many lines fill; one even when there is none."""
    return max(1, -(-total // size))


def page_at(number: int, *, total: int, size: int) -> int:
    """The page that is shown for a wanted one: the last when it is beyond that, the first when there is no such."""
    return max(1, min(number, pages_of(total, size=size)))
