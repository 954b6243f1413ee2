"""SIGINT and SIGTERM end the program at once, at any moment, with one sentence."""

import json
import os
import re
import signal
import subprocess
import sys
import textwrap
import time

import pytest
import tiny_experiment

from embexp import records, scratch
from embexp.regimes import REGIMES

tiny = tiny_experiment.tiny
SENTENCE = "embexp: Stopped; repeat the command to continue\n"
pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows sends no signals to processes")


def started(
    code: str, *arguments: str, sigint=signal.default_int_handler, **options
) -> subprocess.Popen:
    """A program that watches and then runs the code, once it has printed `ready`.

    Args:
        sigint: SIG_IGN if it is to ignore this signal from the start, as jobs of a script in
            the background do; tests may be one.
    """
    given = "import os, signal, sys, time\nfrom embexp.cli import signals\nsignals.watch()\n"
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    command = [sys.executable, "-c", given + textwrap.dedent(code), *arguments]
    own = signal.signal(signal.SIGINT, sigint)
    try:
        process = subprocess.Popen(command, **pipes | options)
    finally:
        signal.signal(signal.SIGINT, own)
    assert process.stdout.readline() == "ready\n"
    return process


def stopped(process: subprocess.Popen, *numbers: int) -> tuple[int, str]:
    """The exit code after some signals, and the standard error; it comes within two seconds."""
    begin = time.monotonic()
    for number in numbers:
        process.send_signal(number)
    try:
        _, said = process.communicate(timeout=30)
    finally:
        process.kill()  # one that no signal reaches would run on
    assert time.monotonic() - begin < 2
    return process.returncode, said


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize(
    "busy",
    [
        "time.sleep(99)",
        "while True: pass",
        "import threading; threading.Event().wait()",
    ],
)
def test_whatever_the_main_thread_does_a_signal_ends_it(number, busy):
    process = started(f"print('ready', flush=True)\n{busy}")
    assert stopped(process, number) == (128 + number, SENTENCE)


def test_the_sentence_tells_what_is_finished_and_the_first_signal_counts():
    process = started("""
        signals.tell(lambda: "3 of 12 runs finished")
        print("ready", flush=True)
        time.sleep(99)
    """)
    code, said = stopped(process, signal.SIGTERM, signal.SIGTERM)
    assert (code, said) == (143, SENTENCE.replace("; ", "; 3 of 12 runs finished; ", 1))


def test_what_cannot_be_told_is_left_out_of_the_sentence():
    process = started("""
        signals.tell(lambda: str(1 / 0))
        print("ready", flush=True)
        time.sleep(99)
    """)
    assert stopped(process, signal.SIGINT) == (130, SENTENCE)


def test_the_program_ends_though_nobody_reads_it_or_what_is_finished_is_never_told():
    reading, writing = os.pipe()
    os.close(reading)
    process = started("print('ready', flush=True); time.sleep(99)", stderr=writing)
    os.close(writing)
    assert stopped(process, signal.SIGINT) == (130, None)
    process = started("""
        signals.tell(lambda: time.sleep(99))
        print("ready", flush=True)
        time.sleep(99)
    """)
    assert stopped(process, signal.SIGINT) == (130, "")


def test_a_signal_that_was_ignored_from_the_start_stays_ignored():
    process = started("print('ready', flush=True); time.sleep(0.3)", sigint=signal.SIG_IGN)
    assert stopped(process, signal.SIGINT) == (0, "")


def test_a_signal_of_a_library_s_own_is_left_to_it():
    process = started("""
        signal.signal(signal.SIGUSR1, lambda *_: print("own", flush=True))
        print("ready", flush=True)
        time.sleep(99)
    """)
    process.send_signal(signal.SIGUSR1)
    assert process.stdout.readline() == "own\n"
    assert stopped(process, signal.SIGINT) == (130, SENTENCE)


@pytest.mark.parametrize("code", [0, 2])
def test_a_signal_at_the_very_end_is_answered_and_what_others_registered_is_done(code):
    ending = f"""
        import atexit
        print("ready", flush=True)
        atexit.register(lambda: time.sleep(0.4))
        atexit.register(lambda: print("others"))
        signals.end({code})
    """
    process = started(ending)
    assert process.stdout.read() == "others\n"
    process.communicate(timeout=30)
    assert process.returncode == code
    assert stopped(started(ending), signal.SIGTERM) == (143, SENTENCE)


def test_files_that_are_being_written_are_removed_and_finished_ones_stay(tmp_path):
    process = started(
        """
        import pathlib, tempfile
        from embexp import scratch, storage
        from embexp.formats import streams

        folder = pathlib.Path(sys.argv[1])
        storage.replace(folder / "done", lambda file: file.write(b"whole"))
        (folder / "counts").mkdir()
        (folder / "counts" / "0.npy").write_bytes(b"counts")
        with streams.writing(folder / "a.vec") as stream, scratch.removable(folder / "counts"):
            stream.write(b"half")
            print("ready", flush=True)
            time.sleep(99)
        """,
        str(tmp_path),
    )
    assert len([*tmp_path.iterdir()]) == 3
    assert stopped(process, signal.SIGTERM) == (143, SENTENCE)
    assert [path.name for path in tmp_path.iterdir()] == ["done"]
    assert (tmp_path / "done").read_bytes() == b"whole"


def test_what_was_written_is_not_removed_later(tmp_path):
    with scratch.removable(tmp_path / "a"):
        (tmp_path / "a").write_text("whole")
    scratch.remove()
    assert (tmp_path / "a").read_text() == "whole"


def test_the_handler_is_set_before_anything_heavy_is_imported(tmp_path):
    """Whatever lies behind the command line's start cannot be imported here."""
    (tmp_path / "cyclopts.py").write_text("print('ready', flush=True)\nwhile True: pass\n")
    paths = os.pathsep.join([str(tmp_path), *sys.path])
    process = subprocess.Popen(
        [sys.executable, "-m", "embexp", "run", "tiny"],
        env=os.environ | {"PYTHONPATH": paths},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout.readline() == "ready\n"
    assert stopped(process, signal.SIGTERM) == (143, SENTENCE)


SWEEP = """
    import threading
    from embexp.records import writing
    from embexp.runner import loop
    from embexp.training import program

    moment, number = sys.argv.pop(1), int(sys.argv.pop(1))
    advance, evaluate, append = program.advance, loop.evaluate_step, writing.append_lines

    def send():
        print("sent", flush=True)
        os.kill(os.getpid(), number)

    def compiling(*given):
        threading.Timer(0.1, send).start()  # the first call compiles for longer
        return advance(*given)

    def training(*given):
        evaluate(*given)
        send()

    def recording(path, lines):
        lines = list(lines)
        append(path, lines[: len(lines) // 2])
        if path.name == "rows.jsonl" and path.with_name("runs.jsonl").exists():
            send()
        append(path, lines[len(lines) // 2 :])

    if moment == "compiling":
        program.advance = compiling
    elif moment == "training":
        loop.evaluate_step = training
    elif moment == "recording":
        writing.append_lines = recording
    print("ready", flush=True)
    from embexp.cli import app
    app.main()
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("moment", "number", "finished"),
    [
        pytest.param("compiling", signal.SIGINT, 0, marks=pytest.mark.long),
        pytest.param("training", 15, 0, marks=pytest.mark.long),
        pytest.param("recording", signal.SIGINT, 1, marks=pytest.mark.long),
    ],
)
def test_a_sweep_stops_and_its_repetition_ends_with_the_same_rows(tiny, moment, number, finished):
    words = ("run", "tiny", "--results", moment, "--format", "json")
    process = started(SWEEP, moment, str(int(number)), *words, cwd=tiny)
    assert process.stdout.readline() == "sent\n"
    code, said = stopped(process)
    assert code == 128 + number
    assert re.search(rf"embexp: Stopped; {finished} of 4 runs finished; repeat the command", said)
    done = started(SWEEP, "never", "0", *words, cwd=tiny)
    out, _ = done.communicate(timeout=250)
    assert done.returncode == 0
    assert isinstance(json.loads(out), list)
    rows = records.read_rows(tiny / moment / "tiny")
    assert len({row["digest"] for row in rows if row["regime"] in REGIMES}) == 4
