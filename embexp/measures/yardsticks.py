"""Names and files of pairs, questions, categories, lexicons and relations into
functions that measure a table by them.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from embexp.errors import InputError
from embexp.measures import analogies, categories, pairs, probes, relations
from embexp.measures.lexicons import lexicon
from embexp.measures.semantic import similarity
from embexp.measures.sentiment import lexicon_consistency
from embexp.measures.statistics import Value
from embexp.words import Vectors

Yardstick = Callable[[Vectors], Mapping[str, Value]]
"""A table into some of its values, by the names of `MEASURES`."""
File = str | Path

POLARITY, AXIS, VALENCE = "huliu", "vader", "warriner"
"""Lexicons of the polarity measures, of SemAxis, and of the valence probe."""


@dataclass(frozen=True)
class Yardsticks:
    """What tables are measured by, loaded once. `missing` says by name what is not on
    this machine, and how to have it.
    """

    measures: Mapping[str, Yardstick]
    missing: Mapping[str, str]


def load_yardsticks(
    similarity_files: Iterable[File] = (),
    lexicon_file: File | None = None,
    relations_file: File | None = None,
    analogy_file: File | None = None,
) -> Yardsticks:
    """All that is known by name and on this machine, and a user's own files.

    Args:
        similarity_files: pairs with scores, measured as `similarity(NAME)` besides the
            known sets.
        lexicon_file: words with valences, in place of Hu-Liu (polarity), VADER
            (SemAxis) and Warriner (valence).
        relations_file: synonyms and antonyms, or WordNet's `dict` folder, in place of
            the WordNet that is found.
        analogy_file: questions, measured as `analogy(NAME)` besides Google's.

    Raises:
        InputError: a user's own file that is missing or broken.
    """
    loaded = own(similarity_files, lexicon_file, relations_file, analogy_file)
    loaders = {
        **KNOWN,
        "polar relations": partial(polar, relations_file or "wordnet", lexicon_file or POLARITY),
    }
    missing = {}
    for name, load in loaders.items():
        if name not in loaded:
            try:
                loaded[name] = load()
            except InputError as error:
                missing[name] = str(error)
    return Yardsticks(loaded, missing)


def own(
    similarity_files: Iterable[File],
    lexicon_file: File | None,
    relations_file: File | None,
    analogy_file: File | None,
) -> dict[str, Yardstick]:
    """The yardsticks that are a user's own; those that stand in place of a known one
    have its name.
    """
    found: dict[str, Yardstick] = {}
    for file in map(str, similarity_files):
        given = pairs.similarity_pairs(file)
        name = given.name if file in pairs.BESIDE else f"similarity({given.name})"
        if name in found:
            raise InputError(
                f"two files of pairs are named {given.name!r}; rename one, so that their rows can be told apart"
            )
        found[name] = partial(similar if file in pairs.BESIDE else _similar_at_all, name, given)
    if lexicon_file is not None:
        valence = lexicon(lexicon_file)
        if len({value > 0 for value in valence.values() if value}) < 2:
            raise InputError(
                f"the lexicon {str(lexicon_file)!r} has words of one polarity only, and both are needed; give valences below 0 too"
            )
        found |= {
            "lexicon": partial(lexical, valence),
            "semaxis": partial(axis, valence),
            "valence": partial(valued, valence),
        }
    if relations_file is not None:
        found["relations"] = related(relations_file)
    if analogy_file is not None:
        questions = analogies.analogy_questions(analogy_file)
        found[f"analogy({questions.name})"] = lambda vectors: {
            f"analogy({questions.name})": analogies.analogies(vectors, questions, ("add",))["add"]
        }
    return found


def similar(name: str, given: pairs.WordPairs, vectors: Vectors) -> dict[str, Value]:
    """One set of pairs, by its name."""
    return {name: similarity(vectors, given)}


def _similar_at_all(name: str, given: pairs.WordPairs, vectors: Vectors) -> dict[str, Value]:
    """A user's own pairs, some of which are to be known."""
    value = similarity(vectors, given)
    if not value.n:
        raise InputError(
            f"none of the {value.total} pairs of {given.name!r} has both words in the vectors; are they of the same language?"
        )
    return {name: value}


def answered(questions: analogies.Questions, vectors: Vectors) -> dict[str, Value]:
    """Analogies by every method."""
    return {
        f"analogy_{method}": value
        for method, value in analogies.analogies(vectors, questions).items()
    }


def pure(gold: categories.Categories, vectors: Vectors) -> dict[str, Value]:
    """Purity of one set of categories."""
    return {f"purity_{gold.name}": categories.purity(vectors, gold)}


def lexical(valence: Mapping[str, float], vectors: Vectors) -> dict[str, Value]:
    """What neighbours in a lexicon, and a probe, say of polarity."""
    signs = {word: float(np.sign(value)) for word, value in valence.items() if value}
    words, rows = probes.known(vectors, signs)
    near = lexicon_consistency(rows, np.array([signs[word] for word in words]))
    kept = {f"lexicon@{k}": value._replace(total=len(signs)) for k, value in near.items()}
    return kept | {"lexicon_probe": probes.lexicon_probe(vectors, valence)}


def axis(valence: Mapping[str, float], vectors: Vectors) -> dict[str, Value]:
    """SemAxis with its standard seeds."""
    return {"semaxis": probes.semaxis(vectors, valence)}


def valued(valence: Mapping[str, float], vectors: Vectors) -> dict[str, Value]:
    """The valence probe."""
    return {
        f"valence_{name}": value for name, value in probes.valence_probe(vectors, valence).items()
    }


def related(file: File = "wordnet") -> Yardstick:
    """Antonyms against synonyms, of all parts of speech and of adjectives."""
    every = relations.word_relations(file)
    try:
        sets = {"antonym_auc": every, "antonym_auc_adj": relations.word_relations(file, "adj")}
    except InputError:  # a user's file need not say what part of speech its words are
        sets = {"antonym_auc": every}
    return lambda vectors: {
        name: relations.antonym_auc(vectors, given) for name, given in sets.items()
    }


def polar(file: File = "wordnet", lexicon_name: File = POLARITY) -> Yardstick:
    """Antonyms of opposite polarity against synonyms of one."""
    kept = relations.word_relations(file).polar(lexicon(lexicon_name))
    return lambda vectors: {"polar_antonym_auc": relations.antonym_auc(vectors, kept)}


def _pairs(name: str) -> Yardstick:
    return partial(similar, name, pairs.similarity_pairs(name))


def _categories(name: str) -> Yardstick:
    return partial(pure, categories.categories(name))


KNOWN: dict[str, Callable[[], Yardstick]] = {
    **{name: partial(_pairs, name) for name in pairs.BESIDE},
    "analogies": lambda: partial(answered, analogies.analogy_questions()),
    **{f"purity_{name}": partial(_categories, name) for name in categories.BESIDE},
    "relations": related,
    "polar relations": polar,
    "lexicon": lambda: partial(lexical, lexicon(POLARITY)),
    "semaxis": lambda: partial(axis, lexicon(AXIS)),
    "valence": lambda: partial(valued, lexicon(VALENCE)),
}
"""How each yardstick is loaded; it fails with an `InputError` where its file is not on
this machine."""
