"""Damages files of every format byte by byte and reads them: `python
tests/fuzz_formats.py [CASES] [FORMAT …]`, not collected by pytest.

Every case must end in a sound table or in one sentence; no crash, no hang, no memory
beyond four times the file (and a little for buffers). Formats with checksums must give
the very rows that were written. `tests/test_formats_fuzz.py` runs a small number.
"""

import contextlib
import multiprocessing
import resource
import signal
import sys
import tempfile
import time
import tracemalloc
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import vector_files

from embexp import formats
from embexp.errors import InputError
from embexp.formats import (
    fasttext,
    lines,
    reader,
    rows,
    streams,
    subwords,
    tensors,
    text,
    word2vec,
)
from embexp.formats.subwords import Subwords

CASES = 10_000
SECONDS = 10
SLACK = 1 << 19
WORDS = [*vector_files.WORDS, "New York", "x" * 60]
NO_SPACES = [word.replace(" ", "_") for word in WORDS]
ASKED = ["the", "Ünïcode", "absent"]
EXTREMES = [
    bytes(4),
    b"\xff" * 4,
    b"\xff" * 8,
    b"\x00\x00\x80\x7f",
    b"\x00\x00\xc0\x7f",
    b"\xff\xff\xff\x7f",
    b"\n",
    b" ",
    b"\r\n",
    b"999999999",
    b"PK\x03\x04",
]
CHECKED = {"npz"}


def originals(kind: str, folder: Path) -> Iterator[Path]:
    """Some whole files of one format."""
    draw = np.random.default_rng(0)
    for number, (size, dim) in enumerate([(len(WORDS), 7), (3, 1), (len(WORDS), 64)]):
        words = (NO_SPACES if kind == "word2vec-binary" else WORDS)[:size]
        table = draw.normal(size=(size, dim)).astype(np.float32)
        grams = (
            Subwords(3, 5, 20, draw.normal(size=(20, dim)).astype(np.float32))
            if number == 0
            else None
        )
        path = folder / f"{number}{formats.FORMATS[kind].suffixes[-1]}"
        formats.write(path, words, table, subwords=grams)
        yield path


def damaged(whole: bytes, draw: np.random.Generator) -> bytes:
    """The bytes with one to three changes: flipped, cut, inserted, left out, doubled,
    or overwritten with numbers at the edge."""
    content = bytearray(whole)
    for _ in range(draw.integers(1, 4)):
        at = (
            int(draw.integers(len(content) + 1))
            if draw.random() < 0.7
            else int(draw.integers(min(len(content), 96) + 1))
        )
        length = int(draw.integers(1, 9))
        extreme = EXTREMES[draw.integers(len(EXTREMES))]
        match draw.integers(7):
            case 0 if at < len(content):
                content[at] ^= 1 << int(draw.integers(8))
            case 1:
                del content[at:]
            case 2:
                content[at:at] = draw.bytes(length)
            case 3:
                del content[at : at + length]
            case 4:
                content[at:at] = content[at : at + 40]
            case 5:
                content[at : at + len(extreme)] = extreme
            case _:
                content[at : at + length] = draw.bytes(length)
    return bytes(content)


def check(
    path: Path, original: tuple[list[str], np.ndarray] | None, words: list[str] | None
) -> str:
    """What became of one damaged file; raises where it is not as it must be."""
    tracemalloc.reset_peak()
    before = tracemalloc.get_traced_memory()[0]
    try:
        found = formats.contents(path, words)
    except InputError as error:
        assert "\n" not in str(error), str(error)
        assert path.name in str(error), str(error)
        outcome = "refused"
    else:
        assert found.table.dtype == np.float32
        assert found.table.shape[0] == len(found.words) == len(set(found.words))
        assert "" not in found.words
        assert np.isfinite(found.table).all()
        if found.subwords:
            vector = found.subwords.vector("the")
            assert vector is None or np.isfinite(vector).all()
        if original and words is None:
            assert found.words == original[0]
            assert found.table.tobytes() == original[1].tobytes()
        outcome = "read"
    peak = tracemalloc.get_traced_memory()[1] - before
    assert not tracemalloc.is_tracing() or peak <= 4 * path.stat().st_size + SLACK, (
        f"{peak} bytes for a file of {path.stat().st_size}"
    )
    return outcome


def fuzz(kind: str, cases: int, seed: int, folder: Path) -> Counter[str]:
    """Reads so many damaged files of one format; the file of the case at hand stays
    where it is when this dies."""
    for module in (rows, word2vec, fasttext, tensors):
        module.CHUNK = 4096  # small, so that memory above the size of the file is seen
    streams.BUFFER = reader.HEAD = 4096
    text.BLOCK, lines.SMALL, subwords.GRAMS = 1500, 64, 1000
    signal.signal(
        signal.SIGALRM, lambda *_: (_ for _ in ()).throw(TimeoutError(f"a case took {SECONDS} s"))
    )
    for original in (path for each in (*formats.FORMATS, kind) for path in originals(each, folder)):
        for some in None, ASKED:
            formats.contents(
                original, some
            )  # what is imported at the first use is no file's memory
    whole = [(path.read_bytes(), formats.read(path)) for path in originals(kind, folder)]
    path, outcomes = folder / f"case{formats.FORMATS[kind].suffixes[-1]}", Counter[str]()
    tracemalloc.start()
    for case in range(cases):
        draw = np.random.default_rng([seed, case])
        content, original = whole[draw.integers(len(whole))]
        path.write_bytes(damaged(content, draw))
        signal.alarm(SECONDS)
        try:
            outcomes[
                check(path, original if kind in CHECKED else None, ASKED if case % 3 == 2 else None)
            ] += 1
        except BaseException as error:  # noqa: BLE001
            kept = Path(tempfile.gettempdir()) / f"fuzz-{kind}-{seed}-{case}{path.suffix}"
            kept.write_bytes(path.read_bytes())
            print(
                f"{kind}: case {case} of seed {seed}: {type(error).__name__}: {error}; "
                f"kept as {kept}",
                flush=True,
            )
            outcomes["wrong"] += 1
            if outcomes["wrong"] > 5:
                break
        finally:
            signal.alarm(0)
    return outcomes


def _child(
    kind: str, cases: int, seed: int, folder: Path, answer: "multiprocessing.Queue[Counter[str]]"
) -> None:
    with contextlib.suppress(ValueError):
        used = (
            int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
            if Path("/proc/self/statm").exists()
            else 0
        )
        resource.setrlimit(resource.RLIMIT_AS, (used + (1 << 30), resource.RLIM_INFINITY))
    answer.put(fuzz(kind, cases, seed, folder))


def run(kind: str, cases: int, seed: int = 0) -> Counter[str]:
    """The outcomes of one format, in a process of its own, so that a crash is seen."""
    context = multiprocessing.get_context("spawn")
    with tempfile.TemporaryDirectory() as folder:
        answer = context.Queue()
        child = context.Process(target=_child, args=(kind, cases, seed, Path(folder), answer))
        child.start()
        child.join(60 + cases * 0.1) if cases > 2000 else child.join(60)
        if child.exitcode != 0:
            child.kill()
            return Counter({f"crashed with exit code {child.exitcode}": 1})
        return answer.get(timeout=10)


def main() -> None:
    """Prints the outcomes of each format; exit code 1 where one is wrong."""
    cases = int(sys.argv[1]) if len(sys.argv) > 1 else CASES
    bad = False
    for kind in sys.argv[2:] or formats.FORMATS:
        start = time.perf_counter()
        outcomes = run(kind, cases)
        bad |= bool(set(outcomes) - {"read", "refused"})
        print(f"{kind:16} {dict(outcomes)} in {time.perf_counter() - start:.0f} s", flush=True)
    raise SystemExit(bad)


if __name__ == "__main__":
    main()
