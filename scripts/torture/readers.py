"""Reads damaged files of every family: no exception but `InputError`, no hang, no crash.

    python scripts/torture/readers.py --times 1000 --only vectors "list pairs"

A case that breaks the promise is made small and kept; `tests/torture_corpus` holds such
cases, each under the name of its family, and `tests/test_torture.py` reads them all.
"""

import hashlib
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import tally
from caged import GOOD, Cage, Seen
from more_families import FAMILIES
from mutations import mutant
from shrink import smallest
from tally import Options, Tally

PROMISE = (
    "the file is read or refused in one sentence, in 5 s and 1 GiB; what is sealed shows no "
    "changed value"
)
CORPUS = Path(__file__).parents[2] / "tests" / "torture_corpus"
SMALL = 2048
"""Bytes of a kept case at most."""
OFTEN = 25
"""Failures of a family in one way after which no more of them are made small."""


def run(options: Options) -> Iterator[Tally]:
    """Every family in turn, each with the same share of the time."""
    wanted = [name for name in FAMILIES if options.wants(name)]
    for name in wanted:
        with tempfile.TemporaryDirectory() as folder:
            yield tortured(name, Path(folder), options, 1 / len(wanted))


def tortured(name: str, folder: Path, options: Options, share: float) -> Tally:
    """One family's cases."""
    family, tally = FAMILIES[name], Tally(f"readers, {name}", PROMISE)
    path = folder / f"case{family.suffix}"
    try:
        files = [*family.write(folder)]
        cage = Cage(family.prepare, (folder,), files, family.sealed)
        whole = [file.read_bytes() for file in files]
        path.write_bytes(whole[0])
        cage.read(path)
    except (ImportError, AttributeError, TypeError, EOFError) as error:
        tally.skipped.append(f"this version has it elsewhere ({type(error).__name__}: {error})")
        return tally

    def seen_of(content: bytes) -> Seen:
        path.write_bytes(content)
        return cage.read(path)

    for case in options.cases(share):
        content = mutant(whole, np.random.default_rng([options.seed, case]), packed=family.packed)
        seen = seen_of(content)
        if seen.kind in GOOD:
            tally.held[
                {"same": "same content", "other": "other content"}.get(seen.kind, seen.kind)
            ] += 1
            continue
        tally.broken[seen.kind] += 1
        if tally.broken[seen.kind] == 1 and options.keep is not None:
            kept(name, content, seen, options, seen_of)
        if tally.broken[seen.kind] > OFTEN and seen.kind.startswith(("hang", "crash")):
            tally.skipped.append(f"no more after {OFTEN} of {seen.kind}")
            break
    cage.close()
    return tally


def kept(name: str, content: bytes, seen: Seen, options: Options, seen_of: object) -> None:
    """Makes a failing case small and keeps it, with a line that says what it does."""
    small = smallest(content, lambda shorter: seen_of(shorter).kind == seen.kind)  # type: ignore[operator]
    where = file_of(name, small)
    options.kept(where, small)
    print(
        f"  {where} ({len(small)} bytes): {seen.kind}: {' '.join(seen.detail.split())[:160]}",
        flush=True,
    )


def file_of(name: str, content: bytes) -> str:
    """The name of a kept case: the family's and a part of the content's hash."""
    stem = re.sub(r"\W+", "-", name)
    return f"{stem}-{hashlib.sha256(content).hexdigest()[:8]}{FAMILIES[name].suffix}"


def replayed(folder: Path, seeds: Path) -> Iterator[tuple[Path, Seen]]:
    """Every case of a folder, and how it ends now."""
    for name, family in FAMILIES.items():
        stem = re.sub(r"\W+", "-", name)
        cases = [
            path
            for path in sorted(folder.glob(f"{stem}-*"))
            if re.fullmatch(r"[0-9a-f]{8}\..*", path.name.removeprefix(f"{stem}-"))
        ]
        if not cases:
            continue
        home = seeds / stem
        home.mkdir()
        cage = Cage(family.prepare, (home,), [*family.write(home)], family.sealed)
        for case in cases:
            yield case, cage.read(case)
        cage.close()


if __name__ == "__main__":
    tally.start(__doc__, run)
