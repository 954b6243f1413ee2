"""Full and read-only disks, limited file sizes, few file descriptors, little memory, two writers.

    python scripts/torture/scarce.py --times 20 --only "full disk"

Real disks are small tmpfs mounts, which need the right to mount; without it they are
skipped, and the report says so.
"""

import os
import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

import faults
import numpy as np
import sweeps
import tally
from faults import QUICKSTART
from forked import Ended, forked
from tally import Options, Tally
from works import Work
from writers import two_writers

PROMISE = "one sentence where a command cannot go on, then success with room and equal results"
ALONE = "every command succeeds or says in one sentence why not; none is ended by a signal"
MEMORY = (1, 2, 4)
"""Address space in GiB."""
DISK = 256 << 20


def run(options: Options) -> Iterator[Tally]:
    """Every kind of scarcity in turn."""
    from embexp.vectors import checkpoint

    checkpoint.EVERY = 0.0
    sweeps.stub()
    os.environ["EMBEXP_CACHE"] = ""
    kinds = {
        "full disk": full_disk,
        "read-only disk": read_only,
        "file size": file_size,
        "few descriptors": few_descriptors,
    }
    with tempfile.TemporaryDirectory() as root:
        wanted = {name: kind for name, kind in kinds.items() if options.wants(name)}
        for name, kind in wanted.items():
            for work, each in faults.works().items():
                if not work.startswith("vectors convert") or work.endswith((".vec", ".npz", ".gz")):
                    place = Path(root, name, work.replace(" ", "-"))
                    place.mkdir(parents=True)
                    share = 1 / 8 / (len(wanted) + 1)
                    yield _tried(f"{name}, {work}", kind, each, place, options, share)
        if options.wants("little memory"):
            yield little_memory(Path(root))
        if options.wants("two writers"):
            yield two_writers(Path(root), options)


Kind = Callable[[Work, Path, Any, Options, float, Tally], None]


def _tried(part: str, kind: Kind, work: Work, place: Path, options: Options, share: float) -> Tally:
    tally = Tally(f"scarce, {part}", PROMISE)
    with redirect_stdout(StringIO()), redirect_stderr(StringIO()):
        whole = work.fresh(place / "whole")
        work.act(whole)()
    try:
        kind(work, place, work.state(whole), options, share, tally)
    except PermissionError as error:
        tally.skipped.append(str(error))
    return tally


def _judged(first: Ended, work: Work, here: Path, end: Any, tally: Tally) -> None:
    """Counts how a command ended that lacked something, and how it ends with all it needs."""
    seen = "success at once" if first.code == 0 else first.shown
    now = work.state(here)
    if first.code != 0 and not first.sentence:
        tally.broken[seen] += 1
    elif not work.whole(now, end):
        tally.broken[f"{seen}, but a half file is left"] += 1
    elif first.code == 0 and now != end:
        tally.broken["success was told, but results are missing"] += 1
    else:
        again = forked(work.act(here))
        if again.code != 0 or work.state(here) != end:
            tally.broken[f"{seen}, then {again.shown}"] += 1
        else:
            tally.held[f"{seen}, then equal results"] += 1


@contextmanager
def _disk(place: Path, size: int) -> Iterator[Path]:
    """A disk of its own.

    Raises:
        PermissionError: this process may not mount.
    """
    place.mkdir()
    try:
        _mount("-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(place))
        yield place
    finally:
        subprocess.run(["umount", "--lazy", str(place)], capture_output=True, check=False)


def _mount(*options: str) -> None:
    try:
        done = subprocess.run(["mount", *options], capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise PermissionError("there is no program mount") from None
    if done.returncode:
        raise PermissionError(f"no small disk can be mounted: {done.stderr.strip()}")


def full_disk(
    work: Work, place: Path, end: Any, options: Options, share: float, tally: Tally
) -> None:
    """A disk that is full after some pages of what the command writes."""
    needed = sum(path.stat().st_size for path in (place / "whole").rglob("*") if path.is_file())
    pages = np.linspace(1, 2 + 2 * needed // 4096, options.times or 12, dtype=int)
    for number, free in zip(options.cases(share), pages, strict=False):
        with _disk(place / f"disk{number}", DISK) as disk:
            here = work.fresh(disk)
            filled = disk / "filled"
            with filled.open("wb") as file:
                room = os.statvfs(disk)
                file.write(bytes(max(0, room.f_bavail - int(free)) * room.f_bsize))
            first = forked(work.act(here))
            filled.unlink()
            _judged(first, work, here, end, tally)


def read_only(
    work: Work, place: Path, end: Any, options: Options, share: float, tally: Tally
) -> None:
    """A disk that takes no writes, and then does."""
    del options, share
    with _disk(place / "disk", DISK) as disk:
        here = work.fresh(disk)
        _mount("-o", "remount,ro", str(disk))
        first = forked(work.act(here))
        _mount("-o", "remount,rw", str(disk))
        _judged(first, work, here, end, tally)


def file_size(
    work: Work, place: Path, end: Any, options: Options, share: float, tally: Tally
) -> None:
    """No file may be longer than so many bytes (RLIMIT_FSIZE)."""
    longest = max(path.stat().st_size for path in (place / "whole").rglob("*") if path.is_file())
    sizes = np.geomspace(512, longest + 1, options.times or 12).astype(int)
    for number, size in zip(options.cases(share), sizes, strict=False):
        here = work.fresh(place / f"case{number}")
        act = work.act(here)

        def limited(act: Callable[[], None] = act, size: int = int(size)) -> None:
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
            resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
            act()

        _judged(forked(limited), work, here, end, tally)
        shutil.rmtree(here.parent)


def few_descriptors(
    work: Work, place: Path, end: Any, options: Options, share: float, tally: Tally
) -> None:
    """No more than so many open files (RLIMIT_NOFILE)."""
    now = len([*Path("/proc/self/fd").iterdir()])
    for number, most in zip(options.cases(share), range(now, now + 40, 3), strict=False):
        here = work.fresh(place / f"case{number}")
        act = work.act(here)

        def limited(act: Callable[[], None] = act, most: int = most) -> None:
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
            act()

        _judged(forked(limited), work, here, end, tally)
        shutil.rmtree(here.parent)


def little_memory(root: Path) -> Tally:
    """Reading commands in a process of their own with little address space."""
    tally = Tally("scarce, little memory", ALONE)
    (root / "v.txt").write_text("".join(f"w{n} {n} 1 2\n" for n in range(1000)))
    rows = "".join(f"a good film {n},{n % 2}\n" for n in range(200))
    (root / "t.csv").write_text(f"text,label\n{rows}")
    commands = {
        "table": ("table", str(QUICKSTART)),
        "data info": ("data", "info", str(root / "t.csv")),
        "data list": ("data", "list"),
        "vectors info": ("vectors", "info", str(root / "v.txt")),
        "vectors convert": ("vectors", "convert", str(root / "v.txt"), str(root / "v.npz")),
    }
    for name, words in commands.items():
        for gigabytes in MEMORY:
            size = gigabytes << 30
            done = subprocess.run(
                [sys.executable, "-m", "embexp", *words],
                capture_output=True,
                text=True,
                check=False,
                timeout=120,
                preexec_fn=lambda size=size: resource.setrlimit(resource.RLIMIT_AS, (size, size)),
            )
            ended = Ended(done.returncode, done.stderr)
            shown = f"{name} in {gigabytes} GiB: " + ("success" if ended.code == 0 else ended.shown)
            (tally.held if ended.code == 0 or ended.sentence else tally.broken)[shown] += 1
    return tally


if __name__ == "__main__":
    tally.start(__doc__, run)
