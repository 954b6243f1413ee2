"""A short form of `make torture`: every part with few cases, and every case that was found."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import injected
import numpy as np
import pytest
import readers
import signals
from caged import GOOD
from mutations import mutant
from shrink import smallest

ROOT = Path(__file__).parents[1]
pytestmark = pytest.mark.slow
PARTS = {
    "readers": ("--times", "30"),
    "faults sweep": ("--times", "12", "--only", "sweep"),
    "faults vectors": ("--times", "4", "--only", "vectors train cbow", "vectors convert v.vec"),
    "kills sweep": ("--times", "3", "--only", "sweep"),
    "kills vectors": ("--times", "2", "--only", "vectors train skipgram gensim"),
    "damage": ("--times", "5"),
    "signals": ("--times", "1"),
    "scarce": ("--times", "2", "--only", "file size, sweep", "two writers"),
}


def part(name: str, *options: str) -> subprocess.CompletedProcess[str]:
    script = ROOT / "scripts" / "torture" / f"{name}.py"
    return subprocess.run(
        [sys.executable, script, *options], capture_output=True, text=True, timeout=280, cwd=ROOT
    )


SLOWEST = (
    *("readers", "faults sweep", "faults vectors", "kills sweep", "kills vectors"),
    *("damage", "signals"),
)


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=pytest.mark.long if name in SLOWEST else ()) for name in PARTS],
)
def test_a_short_form_of_each_part_breaks_no_promise(name, tmp_path):
    done = part(name.split()[0], *PARTS[name], "--keep", str(tmp_path))
    assert done.returncode == 0, done.stdout + done.stderr
    assert " ok " in done.stdout
    assert "SKIP" not in done.stdout


@pytest.mark.parametrize("answer", ["SIG_IGN", "SIG_DFL"])
def test_a_signal_that_is_swallowed_is_told_from_one_that_stops(answer):
    text = f"import signal, time; signal.signal(signal.SIGINT, signal.{answer}); print(flush=True)"
    command = [sys.executable, "-c", f"{text}; time.sleep({signals.WITHIN + 1})"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    process.stdout.readline()
    ended = signals.end(process, signal.SIGINT, after=0.1)
    assert ended.signalled
    assert signals.swallowed(ended) == (answer == "SIG_IGN")


def test_every_case_that_was_found_is_read_or_refused_in_one_sentence(tmp_path, monkeypatch):
    monkeypatch.setenv("EMBEXP_CACHE", "")
    environment = dict(os.environ)
    cases = [*readers.replayed(readers.CORPUS, tmp_path)]
    assert dict(os.environ) == environment, "a setting of one family is left to the next"
    assert {case.name: seen for case, seen in cases if seen.kind not in GOOD} == {}
    assert len(cases) == len([*readers.CORPUS.iterdir()]) > 0
    assert all(case.stat().st_size <= readers.SMALL for case, _ in cases)


def test_a_reader_that_breaks_the_promise_is_found(tmp_path, monkeypatch):
    """A family whose reader raises, hangs and dies, by the first byte."""
    script = tmp_path / "faulty.py"
    script.write_text(
        "import os, sys, time\n"
        f"sys.path.insert(0, {str(ROOT / 'scripts' / 'torture')!r})\n"
        "from pathlib import Path\n"
        "import caged\n"
        "caged.SECONDS = 1\n"
        "def prepare(folder):\n"
        "    caged.SECONDS, caged.BYTES = 1, 1 << 26\n"
        "    def read(path):\n"
        "        kind = path.read_bytes()\n"
        "        if kind == b'a': return 'sound'\n"
        "        if kind == b'b': raise KeyError\n"
        "        if kind == b'c': time.sleep(60)\n"
        "        if kind == b'd': os.abort()\n"
        "        if kind == b'e': return len(bytearray(1 << 27))\n"
        "        return 'other'\n"
        "    return read\n"
        "if __name__ == '__main__':\n"
        "    folder = Path(sys.argv[1])\n"
        "    (folder / 'whole').write_bytes(b'a')\n"
        "    cage = caged.Cage(prepare, (folder,), [folder / 'whole'], True)\n"
        "    for kind in 'abcdef':\n"
        "        (folder / 'case').write_bytes(kind.encode())\n"
        "        print(cage.read(folder / 'case').kind)\n"
        "    cage.close()\n"
    )
    done = subprocess.run(
        [sys.executable, str(script), str(tmp_path)], capture_output=True, text=True, timeout=100
    )
    kinds = [line.split()[0] for line in done.stdout.splitlines()]
    assert kinds == ["same", "KeyError", "hang", "crash", "memory", "a"], done.stderr


def test_a_writer_that_is_not_atomic_is_found(tmp_path):
    """The injected errors reach the writing code, and a torn write leaves a half."""
    watch = injected.Watch(tmp_path)
    with injected.watching(watch):
        (tmp_path / "file").write_text("whole")
    assert watch.seen == ["open file", "write file"]
    full = injected.Watch(tmp_path, 1, "ENOSPC")
    with injected.watching(full), pytest.raises(OSError, match="No space left"):
        (tmp_path / "file").write_text("other text")
    assert (tmp_path / "file").read_text() == "other"


def test_mutants_are_drawn_again_and_made_small():
    whole = [b"a good film, pos\n" * 9]
    some = [mutant(whole, np.random.default_rng([0, case])) for case in range(50)]
    assert some == [mutant(whole, np.random.default_rng([0, case])) for case in range(50)]
    assert len(set(some)) > 40
    assert smallest(b"many bytes, with x and y in them", lambda text: {*b"xy"} <= {*text}) == b"xy"
