"""A spec's names of pairs, relations and lexicon into what its tables are measured by;
of a world's corpus they may be its own truth.
"""

from collections.abc import Mapping
from typing import NamedTuple

from embexp import records
from embexp.data.world import World, world
from embexp.errors import InputError
from embexp.measures import MEASURES
from embexp.measures.lexicons import lexicon
from embexp.measures.pairs import WordPairs, similarity_pairs
from embexp.measures.relations import Relations, word_relations
from embexp.spec import Spec


class Yardsticks(NamedTuple):
    """Word pairs with scores by the measure's name, synonyms and antonyms, and the
    valence of words (empty where none is asked for).
    """

    similarity: Mapping[str, WordPairs]
    relations: Relations | None
    valence: Mapping[str, float]

    def checksums(self) -> dict[str, str]:
        """SHA-256 of what is there, by the spec's field."""
        scored = {
            name: [pairs.words1, pairs.words2, pairs.scores.tolist()]
            for name, pairs in self.similarity.items()
        }
        every = self.relations
        related = (
            {"synonym": every.synonyms.tolist(), "words": [every.words1, every.words2]}
            if every is not None
            else {}
        )
        given = {"similarity": scored, "relations": related, "lexicon": self.valence}
        return {name: records.digest(content) for name, content in given.items() if content}


def yardsticks_of(spec: Spec) -> Yardsticks:
    """What a spec names, read.

    Raises:
        InputError: an unknown name, a file that is missing or broken, two sets of one
            name, or a lexicon with one polarity.
    """
    similarity: dict[str, WordPairs] = {}
    for name in spec.similarity:
        made = truth(name, spec)
        pairs = made.similarity() if made else similarity_pairs(name)
        measure = name if name in MEASURES else f"similarity({pairs.name})"
        if measure in similarity:
            raise InputError(
                f"similarity names two sets of pairs {pairs.name!r}; give each once, under a name of its own"
            )
        similarity[measure] = pairs
    related = None
    if spec.relations is not None:
        made = truth(spec.relations, spec)
        related = made.relations() if made else word_relations(spec.relations)
    return Yardsticks(
        similarity, related, {} if spec.lexicon is None else valence_of(spec.lexicon, spec)
    )


def valence_of(name: str, spec: Spec) -> dict[str, float]:
    """The valence of words by a lexicon that has both polarities."""
    made = truth(name, spec)
    valence = made.lexicon() if made else lexicon(name)
    if len({value > 0 for value in valence.values() if value}) < 2:
        raise InputError(
            f"lexicon={name!r} has words of one polarity only, and both are needed; give valences below and above 0"
        )
    return valence


def truth(name: str, spec: Spec) -> World | None:
    """The world that a name means: `world` is the corpus's own, `world:…` that of these
    dials; None for any other name.

    Raises:
        InputError: `world`, where the corpus is no world; or dials that make none.
    """
    if not is_world(name):
        return None
    if name == "world" and not is_world(spec.corpus):
        raise InputError(
            f"'world' means the corpus's own truth, but {spec.corpus!r} is no world; name the dials, as in world:seed=1"
        )
    return world(spec.corpus if name == "world" else name)


def is_world(name: str) -> bool:
    """Whether a name is a world's, with or without dials."""
    return name.partition(":")[0] == "world"
