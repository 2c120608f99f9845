"""Text that every database and every wire can hold, whatever a client sent."""


def storable(text: str) -> str:
    """Without NUL, which PostgreSQL refuses in any text, and without halves of surrogate pairs, which UTF-8 refuses."""
    return text.replace("\x00", "").encode("utf-8", errors="replace").decode("utf-8")
