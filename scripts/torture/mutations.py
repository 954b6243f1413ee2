"""Damaged forms of whole files, drawn from a seed and the number of a case."""

import bz2
import gzip
import io
import lzma
import zipfile
from collections.abc import Sequence
from contextlib import suppress
from functools import cache

import numpy as np

PACK = {
    ".gz": lambda content: gzip.compress(content, 1, mtime=0),
    ".bz2": lambda content: bz2.compress(content, 1),
    ".xz": lambda content: lzma.compress(content, preset=0),
    ".zip": lambda content: zipped({"member": content}),
}
NUMBERS = [
    value.to_bytes(size, order)
    for size in (2, 4, 8)
    for value in (0, 1, 2**31 - 1, 2**31, 2**32 - 1, 2**63 - 1, 2**63, 2**64 - 1)
    for order in ("little", "big")
    if value < 256**size
]
WORDS = [
    *(b"nan", b"NaN", b"inf", b"-Infinity", b"1e999", b"1e-999", b"-0", b"0x1p3", b"1_0", b"-1"),
    *(b"2147483647", b"4294967296", b"9223372036854775807", b"9" * 400, b"null", b"true"),
    *(b"\n", b"\r", b"\r\n", b"\t", b" ", b",", b'"', b'""', b"\0", b"\xef\xbb\xbf", b"\xff\xfe"),
    *(b"\xed\xa0\x80", b"\xc3", b"\xf4\x90\x80\x80", "\u2028".encode(), b"\x1a", b"{", b"[", b"}"),
    *(b"PK\x03\x04", b"PAR1", b"\x1f\x8b", b"\x93NUMPY", b"\x00\x00\x80\x7f", b"\x00\x00\xc0\x7f"),
    *(b"(", b")", b"'", b"\\", b"\\ud800", b"=", b":", b"..", b"/", b"#", b";", b"%s", b"{}"),
]
PIECE, BOMB = 32 << 20, 400 << 20
"""Bytes of a bomb when it is unpacked, made of pieces."""


def mutant(whole: Sequence[bytes], draw: np.random.Generator, *, packed: bool = False) -> bytes:
    """One of the whole contents with one to four changes, perhaps packed and changed again.

    Args:
        packed: whether the reader unpacks.
    """
    content = whole[int(draw.integers(len(whole)))]
    rare = draw.random()
    if rare < 0.01:
        content = recoded(content, draw)
    elif rare < 0.012:
        content = long_line(content, draw)
    elif packed and rare < 0.0125:
        return bomb(str(draw.choice([*PACK])))
    elif content.startswith(b"PK") and rare < 0.5:
        return changed_member(content, draw)
    for _ in range(draw.integers(1, 5)):
        content = changed(content, whole, draw)
    if packed and draw.random() < 0.2:
        content = PACK[str(draw.choice([*PACK]))](content)
        if draw.random() < 0.7:
            content = changed(content, whole, draw)
    return content


def changed(content: bytes, whole: Sequence[bytes], draw: np.random.Generator) -> bytes:
    """The content with one change, at the ends more often than elsewhere."""
    size = len(content)
    near = int(draw.integers(min(size, 160) + 1))
    at = (int(draw.integers(size + 1)), near, size - near)[draw.choice(3, p=[0.5, 0.3, 0.2])]
    to = min(size, at + int(draw.geometric(0.05)))
    head, span, tail = content[:at], content[at:to], content[to:]
    word = WORDS[draw.integers(len(WORDS))]
    number = NUMBERS[draw.integers(len(NUMBERS))]
    match draw.integers(12):
        case 0 | 1 if tail:
            return head + span + bytes([tail[0] ^ (1 << int(draw.integers(8)))]) + tail[1:]
        case 2:
            return head
        case 3:
            return head + draw.bytes(int(draw.integers(1, 9))) + span + tail
        case 4:
            return head + tail
        case 5:
            return head + span * int(draw.choice([2, 2, 3, 50])) + tail
        case 6:
            return head + number + content[at + len(number) :]
        case 7:
            at -= at % 4
            return content[:at] + number + content[at + len(number) :]
        case 8:
            return head + word + span + tail
        case 9:
            return head + word + content[at + len(word) :]
        case 10:
            return by_lines(content, draw)
        case _:
            other = whole[int(draw.integers(len(whole)))]
            return head + other[int(draw.integers(len(other) + 1)) :]


def by_lines(content: bytes, draw: np.random.Generator) -> bytes:
    """A line doubled, dropped, moved, joined with the next, or torn."""
    lines = content.splitlines(keepends=True) or [b""]
    a, b = (int(draw.integers(len(lines))) for _ in range(2))
    match draw.integers(5):
        case 0:
            lines.insert(b, lines[a])
        case 1:
            del lines[a]
        case 2:
            lines[a], lines[b] = lines[b], lines[a]
        case 3:
            lines[a] = lines[a].rstrip(b"\r\n")
        case _:
            lines[a] = lines[a][: int(draw.integers(len(lines[a]) + 1))]
    return b"".join(lines)


def recoded(content: bytes, draw: np.random.Generator) -> bytes:
    """The same text in another coding, with other line ends, or nested deeply."""
    text = content.decode("utf-8", "replace")
    match draw.integers(7):
        case 0:
            return text.encode("utf-16")
        case 1:
            return b"\xef\xbb\xbf" + content
        case 2:
            return content.replace(b"\n", b"\r")
        case 3:
            return text.encode("latin-1", "replace")
        case 4:
            return content.replace(b"\n", b"\n\n\r\n")
        case 5:
            return content.replace(b":", b":" + b"[" * 20_000, 1)
        case _:
            return b"[" * 100_000


def long_line(content: bytes, draw: np.random.Generator) -> bytes:
    """The content with one of its spans repeated to a megabyte."""
    at = int(draw.integers(len(content) + 1))
    span = content[at : at + int(draw.integers(1, 30))] or b" "
    return content[:at] + span * (1_000_000 // len(span)) + content[at:]


def changed_member(content: bytes, draw: np.random.Generator) -> bytes:
    """An archive of which one file is changed, left out or renamed, with right checksums."""
    files = {}
    with suppress(Exception), zipfile.ZipFile(io.BytesIO(content)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    if not files:
        return content
    name = str(draw.choice(sorted(files)))
    match draw.integers(6):
        case 0:
            del files[name]
        case 1:
            files[f"{name}{WORDS[draw.integers(len(WORDS))].decode('utf-8', 'replace')}"] = (
                files.pop(name)
            )
        case _:
            for _ in range(draw.integers(1, 4)):
                files[name] = changed(files[name], [*files.values()], draw)
    return zipped(files)


def zipped(files: dict[str, bytes]) -> bytes:
    """An archive of these files."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            with suppress(ValueError):
                archive.writestr(zipfile.ZipInfo(name or "empty"), content)
    return made.getvalue()


@cache
def bomb(suffix: str) -> bytes:
    """A small file that unpacks to `BOMB` bytes of one letter."""
    if suffix == ".zip":
        return PACK[suffix](b"a" * BOMB)
    return PACK[suffix](b"a" * PIECE) * (BOMB // PIECE)
