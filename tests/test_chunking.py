"""The table of chunkers: which words training saw, and the difference that is published."""

import numpy as np
from chunking import BASE, seen_tokens, table

RNG = np.random.default_rng(0)


def test_words_are_seen_in_any_case() -> None:
    assert seen_tokens([["The", "film"]], [["the", "Film"], ["a"]]).tolist() == [True, True, False]


def test_the_table_parts_seen_words_from_others() -> None:
    seen = RNG.random(200) < 0.8
    right = {
        BASE: np.stack([seen | (RNG.random(200) < 0.5) for _ in range(3)]),
        "tuned": np.ones((3, 200), bool),
    }
    made = table(right, {BASE: np.array([0.8, 0.81, 0.82]), "tuned": np.full(3, 0.9)}, seen)
    assert [line["accuracy"] for line in made.objects[:2]] == [1.0, right[BASE][:, ~seen].mean()]
    assert "published for Senna's vectors, tuned, with spelling: .0028" in made.caption[1]
    assert "tuned .090" in made.caption[1]
