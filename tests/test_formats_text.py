"""Large blocks of text are read by columns, and what that finds is what reading line by
line finds."""

import gzip

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from embexp import formats
from embexp.errors import InputError
from embexp.formats import columns, lines, text
from embexp.words import Vectors

ROWS = [
    "a 0.5 1",
    "b 2e-3 -4",
    "é .25 1.",
    "nan 1 2",
    "# 3 4",
    '"x" 5 6',
    "a\tb 7 8",
    "\u00a0 9 10",
]


def outcome(content, tmp_path, monkeypatch, small):
    """What reading gives, or the sentence that it ends in."""
    monkeypatch.setattr(lines, "SMALL", small)
    path = tmp_path / "vectors.txt"
    path.write_bytes(content)
    try:
        found = formats.contents(path)
    except InputError as error:
        return str(error)
    return found.words, found.table.tolist(), found.duplicates, found.broken


@pytest.mark.parametrize("block", [30, 1 << 22])
@pytest.mark.parametrize(
    "content",
    [
        "\n".join(ROWS) + "\n",
        "\r\n".join(ROWS) + "\r\n",
        " \n".join(ROWS) + " \n",
        " \r\n".join(ROWS) + " \r\n",
        "\n".join(ROWS),
        "\n\n".join(ROWS) + "\n\n",
        "\ufeff" + "\n".join(ROWS) + "\n",
        "8 2\n" + "\n".join(ROWS) + "\n",
        "7 2\n" + "\n".join(ROWS) + "\n",
        "\n".join([*ROWS, "New York 1 2", "z 3 4"]) + "\n",
        "\n".join([*ROWS, "\ufeffmark 1 2", "z 3 4"]) + "\n",
        "\n".join([*ROWS, "a 3 4", "a 5 6"]) + "\n",
        "\n".join([*ROWS, "c\rd 3 4", "z 5 6"]) + "\n",
        "\n".join([*ROWS, "z +3 0x5"]) + "\n",
        "\n".join([*ROWS, "z +3 1e-60"]) + "\n",
        "\n".join([*ROWS, "z 3 1e39"]) + "\n",
        "\n".join([*ROWS, "z 3 nan"]) + "\n",
        "\n".join([*ROWS, " 3 4"]) + "\n",
        "\n".join([*ROWS, "z 3 4\t"]) + "\n",
        "\n".join([*ROWS, "z 3"]) + "\n",
        "\n".join([*ROWS, "z 3 4 5"]) + "\n",
        "\n".join([*ROWS, "z  3"]) + "\n",
        "\n".join([*ROWS, "z 1_0 3"]) + "\n",
        "\n".join([*ROWS, "\x00 1 3"]) + "\n",
    ],
)
def test_by_columns_and_by_lines_the_same_comes_out(tmp_path, monkeypatch, content, block):
    monkeypatch.setattr(text, "BLOCK", block)
    by_lines = outcome(content.encode(), tmp_path, monkeypatch, small=1 << 30)
    assert outcome(content.encode(), tmp_path, monkeypatch, small=0) == by_lines


@settings(max_examples=80)
@given(
    lines=st.lists(
        st.builds(
            lambda word, numbers, end: (word + " " + " ".join(numbers)).encode() + end,
            st.text("ab \t\r\ufeff\u00a0\x00#\"'", max_size=4),
            st.lists(
                st.sampled_from(
                    ["1", "-0.5", "1e3", "", " ", "nan", "+1", ".5", "1e99", "x", "0x1"]
                ),
                min_size=1,
                max_size=3,
            ),
            st.sampled_from([b"\n", b"\r\n", b" \n", b"\n\n", b"\xff\n"]),
        ),
        min_size=1,
        max_size=5,
    )
)
def test_odd_lines_mean_the_same_by_columns_and_by_lines(tmp_path_factory, lines):
    folder = tmp_path_factory.getbasetemp()
    with pytest.MonkeyPatch.context() as monkeypatch:
        content = b"first 1 2\n" + b"".join(lines)
        by_lines = outcome(content, folder, monkeypatch, small=1 << 30)
        assert outcome(content, folder, monkeypatch, small=0) == by_lines


def test_plain_rows_are_read_by_columns():
    found = columns.parse("\n".join(ROWS).encode() + b"\n", 2)
    assert found is not None
    assert [word.decode() for word in found.words] == [row.rsplit(" ", 2)[0] for row in ROWS]
    assert columns.parse(b"New York 1 2\n", 2) is None
    assert columns.parse(b"a 1 nan\n", 2) is None


def test_numbers_are_rounded_once_as_python_rounds_them(tmp_path, monkeypatch):
    numbers = [f"{x:.17g}" for x in np.random.default_rng(0).normal(size=2000)]
    content = "".join(f"w{i} {number}\n" for i, number in enumerate(numbers)).encode()
    expected = [[float(np.float32(float(number)))] for number in numbers]
    for small in 0, 1 << 30:
        assert outcome(content, tmp_path, monkeypatch, small)[1] == expected


def test_a_limit_stops_between_blocks_and_within(tmp_path, monkeypatch):
    monkeypatch.setattr(text, "BLOCK", 40)
    path = tmp_path / "vectors.txt.gz"
    path.write_bytes(gzip.compress("".join(f"w{i} {i} 1\n" for i in range(50)).encode() + b"cut 1"))
    for limit in range(1, 51):
        words, table = formats.read(path, limit=limit)
        assert words == [f"w{i}" for i in range(limit)]
        assert table[:, 0].tolist() == list(range(limit))
    with pytest.raises(InputError, match="line 51"):
        formats.read(path)
    with pytest.raises(InputError, match="line 51"):
        formats.read(path, limit=51)


def test_numbers_are_written_with_the_digits_that_give_them_back(tmp_path):
    rng = np.random.default_rng(0)
    bits = rng.integers(0, 2**32, 5000, np.uint32).view(np.float32)
    table = np.concatenate(
        [
            bits[np.isfinite(bits)][:4000],
            np.float32([0, -0.0, 1, 1e-45, 3.4028235e38, 16777217, 0.1]),
        ]
    ).reshape(-1, 1)
    for name in ("vectors.glove.txt", "vectors.vec"):
        Vectors([f"w{row}" for row in range(len(table))], table).write(tmp_path / name)
        np.testing.assert_array_equal(
            Vectors.read(tmp_path / name).table.view(np.uint32), table.view(np.uint32)
        )


def test_a_first_row_that_looks_like_a_header_is_written_as_a_row(tmp_path):
    Vectors(["2", "b"], np.float32([[1], [3]])).write(tmp_path / "vectors.txt", format="glove")
    found = Vectors.read(tmp_path / "vectors.txt")
    assert (found.words, found.table.tolist()) == (["2", "b"], [[1], [3]])
