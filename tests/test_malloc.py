"""The C library's memory: large pages where the system has them, and no addresses where these
are counted."""

import subprocess
import sys
from pathlib import Path

import pytest

LARGE_PAGES = Path("/sys/kernel/mm/transparent_hugepage/enabled")
BEGIN = """
import psutil
from embexp.malloc import keep_memory
before = psutil.Process().memory_info()
keep_memory()
keep_memory()
after = psutil.Process().memory_info()
"""

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="another system's memory")


def said(code: str) -> str:
    """What a process of its own says after it has set its memory."""
    done = subprocess.run(
        [sys.executable, "-c", BEGIN + code], capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


@pytest.mark.skipif(
    not LARGE_PAGES.exists() or "[never]" in LARGE_PAGES.read_text(),
    reason="a system without large pages",
)
def test_memory_to_come_is_asked_for_in_large_pages():
    code = """
held, wanted = False, False
for line in open("/proc/self/smaps"):
    if line.startswith("VmFlags"):
        wanted |= held and "hg" in line.split()
    elif "-" in line.split()[0]:
        held = "[heap]" in line
print(wanted)
"""
    assert said(code) == "True"


def test_addresses_are_no_memory_and_are_taken_once():
    code = """
import os
print(after.rss - before.rss < 1 << 24)
print(after.vms - before.vms <= os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
"""
    assert said(code).split() == ["True", "True"]


def test_where_addresses_are_counted_none_are_taken():
    limited = """
import resource
resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))
"""
    done = subprocess.run(
        [sys.executable, "-c", limited + BEGIN + "print(after.vms - before.vms < 1 << 28)"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "True"


def test_freed_memory_is_kept():
    code = """
import numpy as np
array = np.ones(1 << 26, np.uint8)
del array
print(psutil.Process().memory_info().rss - after.rss >= 1 << 26)
"""
    assert said(code) == "True"
