"""Analogies against gensim and plain loops, chance on random tables."""

import numpy as np
import pytest

from embexp.errors import InputError
from embexp.measures.analogies import EPSILON, Questions, analogies, analogy_questions
from embexp.words import Vectors


def world(rng: np.random.Generator, pairs: int = 12, noise: float = 0.6) -> tuple[Vectors, Questions]:
    heads = rng.normal(size=(pairs, 8))
    table = np.concatenate([heads, heads + 1.5 + noise * rng.normal(size=heads.shape)])
    words = [f"A{i}" for i in range(pairs)] + [f"b{i}" for i in range(pairs)]
    asked = [(f"A{i}", f"b{i}", f"a{j}", f"B{j}") for i in range(pairs) for j in range(pairs) if i != j]
    return Vectors(words, table), Questions("made", (*asked, ("A1", "b1", "a2", "absent")), ("s",) * (len(asked) + 1))


def by_loops(vectors: Vectors, questions: Questions, score) -> float:
    unit = vectors.table.astype(float) / np.linalg.norm(vectors.table.astype(float), axis=1, keepdims=True)
    row = {word.lower(): i for i, word in enumerate(vectors.words)}
    right = []
    for four in questions.words:
        if all(word.lower() in row for word in four):
            a, b, c, d = (row[word.lower()] for word in four)
            others = [i for i in range(len(unit)) if i not in (a, b, c)]
            right.append(max(others, key=lambda i: score(*(unit[i] @ unit[j] for j in (a, b, c)))) == d)
    return float(np.mean(right))


def test_every_method_equals_plain_loops(monkeypatch):
    monkeypatch.setattr("embexp.measures.analogies.BLOCK", 5)
    monkeypatch.setattr("embexp.measures.analogies.RUN", 4)
    vectors, questions = world(np.random.default_rng(0))
    found = analogies(vectors, questions)
    assert found["add"].value == by_loops(vectors, questions, lambda a, b, c: b - a + c)
    assert found["mul"].value == by_loops(vectors, questions, lambda a, b, c: (b + 1) / 2 * (c + 1) / 2 / ((a + 1) / 2 + EPSILON))
    assert found["only-b"].value == by_loops(vectors, questions, lambda a, b, c: c)
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
    assert analogies(vectors, analogy_questions(file), ("add",))["add"].value == pytest.approx(score)


def test_random_tables_have_chance_in_the_interval_and_the_first_rows_only_are_candidates():
    rng = np.random.default_rng(2)
    vectors, questions = world(rng)
    random = Vectors(vectors.words, rng.normal(size=vectors.table.shape))
    assert all(value.low <= value.chance <= value.high for value in analogies(random, questions).values())
    short = analogies(vectors, questions, ("add",), limit=18)["add"]
    assert (short.n, short.chance) == (30, 1 / 15)
    assert analogies(vectors, questions, limit=3)["mul"].n == 0


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
