"""The lexical resources that tables are measured by, loaded by name or from a user's files."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from embexp import records
from embexp.errors import InputError
from embexp.measures.categories import CATEGORY_SETS, Categories, categories
from embexp.measures.lexicons import LEXICONS, named_lexicon
from embexp.measures.pairs import SIMILARITY_SETS, WordPairs, similarity_pairs
from embexp.measures.questions import Questions, analogy_questions
from embexp.measures.relations import Relations, word_relations

File = str | Path


@dataclass(frozen=True)
class LexicalResources:
    """Word lists by kind and by name.

    Args:
        similarity: word pairs with human scores.
        relations: synonyms and antonyms.
        lexicon: the valence of words.
        questions: analogy questions.
        categories: words of known categories.
        defaults: the (kind, name) of resources that only serve the measures whose
            default they are. Any other resource gives a value of every measure that
            can use it, under a name of its own such as `lexicon@10(huliu)`.
        missing: what could not be loaded, by name, and how to have it.
    """

    similarity: Mapping[str, WordPairs] = field(default_factory=dict)
    relations: Mapping[str, Relations] = field(default_factory=dict)
    lexicon: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    questions: Mapping[str, Questions] = field(default_factory=dict)
    categories: Mapping[str, Categories] = field(default_factory=dict)
    defaults: frozenset[tuple[str, str]] = frozenset()
    missing: Mapping[str, str] = field(default_factory=dict)

    def asked(self, kind: str) -> Iterator[tuple[str, Any]]:
        """The resources of a kind that are not there as defaults only, with their names."""
        for name, resource in getattr(self, kind).items():
            if (kind, name) not in self.defaults:
                yield name, resource

    def checksums(self) -> dict[str, str]:
        """SHA-256 of the word pairs, the relations and the lexicon, by kind; those that are there.

        Similarity sets are hashed under the name of their measure.
        """
        scored = {
            name if name in SIMILARITY_SETS else f"similarity({name})": [
                pairs.words1,
                pairs.words2,
                pairs.scores.tolist(),
            ]
            for name, pairs in self.similarity.items()
        }
        related = [
            {"synonym": every.synonyms.tolist(), "words": [every.words1, every.words2]}
            for every in self.relations.values()
        ]
        valences = list(self.lexicon.values())
        content = {
            "similarity": scored,
            "relations": related[0] if len(related) == 1 else related,
            "lexicon": valences[0] if len(valences) == 1 else valences,
        }
        return {kind: records.digest(each) for kind, each in content.items() if each}


def lexical_resources(
    similarity: Iterable[File] = (),
    relations: File | None = None,
    lexicon: File | None = None,
    questions: File | None = None,
) -> LexicalResources:
    """Resources by name or path; each gives a value of every measure that can use it.

    Raises:
        InputError: an unknown name, a file that is missing or broken, two similarity
            sets of one name, or a lexicon of one polarity.
    """
    scored: dict[str, WordPairs] = {}
    for pairs in map(similarity_pairs, similarity):
        if pairs.name in scored:
            raise InputError(
                f"similarity names two sets of pairs {pairs.name!r}; "
                "give each once, under a name of its own"
            )
        scored[pairs.name] = pairs
    related = [word_relations(relations)] if relations is not None else []
    asked = [analogy_questions(questions)] if questions is not None else []
    return LexicalResources(
        similarity=scored,
        relations={every.name: every for every in related},
        lexicon=dict([named_lexicon(lexicon)] if lexicon is not None else []),
        questions={each.name: each for each in asked},
    )


_LOADERS: dict[tuple[str, str], Callable[[], Any]] = {
    **{("similarity", name): lambda name=name: similarity_pairs(name) for name in SIMILARITY_SETS},
    ("relations", "wordnet"): word_relations,
    **{("lexicon", name): lambda name=name: named_lexicon(name)[1] for name in LEXICONS},
    ("questions", "google"): analogy_questions,
    **{("categories", name): lambda name=name: categories(name) for name in CATEGORY_SETS},
}
"""How the defaults of all measures are loaded, by kind and name."""


def with_defaults(own: LexicalResources) -> LexicalResources:
    """A user's resources, and beside them the defaults of all measures.

    A default that is not on this machine is listed in `missing`.
    """
    loaded: dict[str, dict[str, Any]] = {kind: dict(getattr(own, kind)) for kind, _ in _LOADERS}
    defaults, missing = set(), {}
    for (kind, name), load in _LOADERS.items():
        if name not in loaded[kind]:
            try:
                loaded[kind][name] = load()
                defaults.add((kind, name))
            except InputError as error:
                missing[name] = str(error)
    return LexicalResources(**loaded, defaults=frozenset(defaults), missing=missing)
