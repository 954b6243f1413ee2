"""A small number of the cases of `tests/fuzz_formats.py`, in a process of its own."""

import pytest
from fuzz_formats import run

from embexp import formats


@pytest.mark.slow
@pytest.mark.parametrize("kind", formats.FORMATS)
def test_damaged_files_end_in_a_sound_table_or_one_sentence(kind):
    outcomes = run(kind, 400, seed=1)
    assert outcomes.keys() <= {"read", "refused"}, dict(outcomes)
    assert outcomes.total() == 400
    assert min(outcomes["read"], outcomes["refused"]) > 0
