"""What kind of picture some bytes are, judged by the bytes alone, and how large it is."""

import struct
from dataclasses import dataclass
from typing import Final

LARGEST_BYTES: Final = 1_000_000
"""A picture that a phone loads in a few seconds."""
_PNG: Final = b"\x89PNG\r\n\x1a\n"
_NO_FRAME: Final = frozenset({0xC4, 0xC8, 0xCC})  # in the range of JPEG frame markers, but tables (ITU T.81, table B.1)


@dataclass(frozen=True, slots=True)
class PictureFacts:
    """Media type, file ending, and size in pixels (0 when it cannot be read)."""

    media_type: str
    ending: str
    width: int = 0
    height: int = 0


def picture_facts(content: bytes) -> PictureFacts | None:
    """What these bytes are; None when they are no picture that mail can show."""
    if content.startswith(_PNG) and content[12:16] == b"IHDR":
        return PictureFacts("image/png", "png", *_numbers(">II", content, 16))
    if content[:6] in (b"GIF87a", b"GIF89a"):
        return PictureFacts("image/gif", "gif", *_numbers("<HH", content, 6))
    if content.startswith(b"\xff\xd8\xff"):
        return PictureFacts("image/jpeg", "jpg", *_jpeg_size(content))
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return PictureFacts("image/webp", "webp", *_webp_size(content))
    return None


def _numbers(layout: str, content: bytes, at: int) -> tuple[int, int]:
    try:
        first, second = struct.unpack_from(layout, content, at)
    except struct.error:
        return 0, 0
    return int(first), int(second)


def _jpeg_size(content: bytes) -> tuple[int, int]:
    at = 2
    while at + 9 < len(content) and content[at] == 0xFF:
        marker = content[at + 1]
        if 0xC0 <= marker <= 0xCF and marker not in _NO_FRAME:
            height, width = _numbers(">HH", content, at + 5)
            return width, height
        at += 1 if marker == 0xFF else 2 + max(2, _numbers(">HH", content, at + 2)[0])
    return 0, 0


def _webp_size(content: bytes) -> tuple[int, int]:
    match content[12:16]:
        case b"VP8X":
            low, high = content[24:27], content[27:30]
            return int.from_bytes(low, "little") + 1, int.from_bytes(high, "little") + 1
        case b"VP8 ":
            width, height = _numbers("<HH", content, 26)
            return width & 0x3FFF, height & 0x3FFF
        case b"VP8L":
            bits = int.from_bytes(content[21:25], "little")
            return (bits & 0x3FFF) + 1, ((bits >> 14) & 0x3FFF) + 1
        case _:
            return 0, 0
