"""Analogies against gensim and plain loops, chance on random tables."""

import numpy as np
import pytest

from embexp.errors import InputError
from embexp.measures.analogies import EPSILON, analogies
from embexp.measures.questions import Questions, analogy_questions
from embexp.measures.statistics import wilson
from embexp.words import Vectors


def world(
    rng: np.random.Generator, pairs: int = 12, noise: float = 0.6
) -> tuple[Vectors, Questions]:
    heads = rng.normal(size=(pairs, 8))
    table = np.concatenate([heads, heads + 1.5 + noise * rng.normal(size=heads.shape)])
    words = [f"A{i}" for i in range(pairs)] + [f"b{i}" for i in range(pairs)]
    asked = [
        (f"A{i}", f"b{i}", f"a{j}", f"B{j}") for i in range(pairs) for j in range(pairs) if i != j
    ]
    return Vectors(words, table), Questions(
        "made", (*asked, ("A1", "b1", "a2", "absent")), ("s",) * (len(asked) + 1)
    )


def by_loops(vectors: Vectors, questions: Questions, score) -> tuple[float, float]:
    """The share of right answers, and of those that would be right were each question's
    d another's that is none of its words."""
    unit = vectors.table.astype(float) / np.linalg.norm(
        vectors.table.astype(float), axis=1, keepdims=True
    )
    row = {word.lower(): i for i, word in enumerate(vectors.words)}
    asked = [
        [row[word.lower()] for word in four]
        for four in questions.words
        if all(word.lower() in row for word in four)
    ]
    right, alike = [], []
    for place, (a, b, c, d) in enumerate(asked):
        answer = max(
            (i for i in range(len(unit)) if i not in (a, b, c)),
            key=lambda i: score(*(unit[i] @ unit[j] for j in (a, b, c))),
        )
        right.append(answer == d)
        alike.append(
            np.mean(
                [
                    answer == four[3]
                    for other, four in enumerate(asked)
                    if other != place and four[3] not in (a, b, c)
                ]
            )
        )
    return float(np.mean(right)), float(np.mean(alike))


def test_every_method_equals_plain_loops(monkeypatch):
    monkeypatch.setattr("embexp.measures.analogies.BLOCK", 5)
    monkeypatch.setattr("embexp.measures.analogies.RUN", 4)
    vectors, questions = world(np.random.default_rng(0))
    found = analogies(vectors, questions)
    for name, score in (
        ("add", lambda a, b, c: b - a + c),
        ("mul", lambda a, b, c: (b + 1) / 2 * (c + 1) / 2 / ((a + 1) / 2 + EPSILON)),
        ("only-b", lambda a, b, c: c),
    ):
        assert (found[name].value, found[name].chance) == pytest.approx(
            by_loops(vectors, questions, score)
        )
    assert 0 < found["only-b"].value < found["add"].value < 1
    assert (found["add"].n, found["add"].total) == (132, 133)


def test_adding_equals_gensim(tmp_path):
    from gensim.models import KeyedVectors

    vectors, questions = world(np.random.default_rng(1))
    vectors = Vectors([word.lower() for word in vectors.words], vectors.table)
    file = tmp_path / "mine.txt"
    file.write_text(": made\n" + "\n".join(" ".join(four) for four in questions.words) + "\n")
    keyed = KeyedVectors(vectors.dim)
    keyed.add_vectors(vectors.words, vectors.table)
    score, _ = keyed.evaluate_word_analogies(str(file))
    assert analogies(vectors, analogy_questions(file), ("add",))["add"].value == pytest.approx(
        score
    )


def test_random_tables_have_chance_in_the_interval_and_the_first_rows_only_are_candidates():
    rng = np.random.default_rng(2)
    vectors, questions = world(rng)
    random = Vectors(vectors.words, rng.normal(size=vectors.table.shape))
    assert all(
        value.low <= value.chance <= value.high for value in analogies(random, questions).values()
    )
    assert analogies(vectors, Questions("one", questions.words[:1], ("s",)))["add"].chance == 1 / 21
    short = analogies(vectors, questions, ("add",), limit=18)["add"]
    assert short.n == 30
    assert analogies(vectors, questions, limit=3)["mul"].n == 0


def test_a_table_without_a_right_answer_has_as_many_trials_as_pairs_of_an_answer_and_a_right_word():
    vectors = Vectors(["a", "b", "c", "d", "e", "x", "y"], np.eye(7)[[0, 1, 2, 3, 4, 2, 4]])
    four = (("a", "b", "c", "d"), ("b", "a", "c", "d"), ("a", "b", "e", "d"), ("b", "a", "e", "d"))
    found = analogies(vectors, Questions("made", four, ("s",) * 4), ("only-b",))["only-b"]
    assert (found.value, found.low, found.high) == pytest.approx((0, *wilson(0.0, 2)))


def test_files_of_questions(tmp_path):
    google = analogy_questions()
    assert len(google) == 19544
    assert len(set(google.sections)) == 14
    assert google.words[0] == ("Athens", "Greece", "Baghdad", "Iraq")
    file = tmp_path / "mine.txt"
    file.write_text(": one\na b c\n")
    with pytest.raises(InputError, match="line 2: a question is four words"):
        analogy_questions(file)
    file.write_text(": one\n")
    with pytest.raises(InputError, match="no question"):
        analogy_questions(file)
    with pytest.raises(InputError, match="did you mean 'google'"):
        analogy_questions("googl")
