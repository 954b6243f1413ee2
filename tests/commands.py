"""The command line in this process, and in one of its own."""

import subprocess
import sys
from pathlib import Path
from typing import Any

from embexp import cli


def call(*words: str) -> int:
    """The exit code of a command."""
    try:
        cli.main(words)
    except SystemExit as done:
        return int(done.code or 0)
    return 0


def process(folder: Path, *words: str, **options: Any) -> subprocess.CompletedProcess[str]:
    """A command run in a folder by a process of its own."""
    command = [sys.executable, "-c", "from embexp.cli import main; main()", *words]
    return subprocess.run(
        command, cwd=folder, capture_output=True, text=True, timeout=250, **options
    )
