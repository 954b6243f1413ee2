"""The lexical resources that tables are measured by, loaded by name or from a user's files."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from embexp import records
from embexp.errors import InputError
from embexp.measures.categories import CATEGORY_SETS, Categories, categories as categories_of
from embexp.measures.lexicons import LEXICONS, lexicon as lexicon_of
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


KINDS: dict[str, tuple[Callable[..., Any], Iterable[str]]] = {
    "similarity": (similarity_pairs, SIMILARITY_SETS),
    "relations": (word_relations, ("wordnet",)),
    "lexicon": (lexicon_of, LEXICONS),
    "questions": (analogy_questions, ("google",)),
    "categories": (categories_of, CATEGORY_SETS),
}
"""How each kind is loaded by name or path, and the names of the measures' defaults."""


def lexical_resources(
    similarity: Iterable[File] = (),
    relations: File | None = None,
    lexicon: File | None = None,
    questions: File | None = None,
) -> LexicalResources:
    """Resources by name or path; each gives a value of every measure that can use it.

    A user's file is named by its stem.

    Raises:
        InputError: an unknown name, a file that is missing or broken, two resources of
            one name, or a lexicon of one polarity.
    """
    asked = {
        "similarity": similarity,
        "relations": (relations,),
        "lexicon": (lexicon,),
        "questions": (questions,),
    }
    loaded: Any = {kind: {} for kind in asked}
    for kind, files in asked.items():
        load, known = KINDS[kind]
        for file in (str(file) for file in files if file is not None):
            name = file if file in known else Path(file).stem
            if name in loaded[kind] or (name in known and file != name):
                raise InputError(
                    f"{kind} names two resources {name!r}; give each once, under a name of its own"
                )
            loaded[kind][name] = load(file)
    return LexicalResources(**loaded)


def with_defaults(own: LexicalResources) -> LexicalResources:
    """A user's resources, and beside them the defaults of all measures.

    A default that is not on this machine is listed in `missing`.
    """
    loaded: dict[str, dict[str, Any]] = {kind: dict(getattr(own, kind)) for kind in KINDS}
    defaults, missing = set(), {}
    for kind, (load, known) in KINDS.items():
        for name in known:
            if name not in loaded[kind]:
                try:
                    loaded[kind][name] = load(name)
                    defaults.add((kind, name))
                except InputError as error:
                    missing[name] = str(error)
    return LexicalResources(**loaded, defaults=frozenset(defaults), missing=missing)
