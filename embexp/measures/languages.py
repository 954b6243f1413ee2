"""Word lists of languages other than English, by the code of the language."""

from collections.abc import Mapping

from embexp.measures import lexicons, pairs, questions
from embexp.measures.data_files import Location

ENGLISH = {*pairs.SIMILARITY_SETS, *lexicons.LEXICONS, *questions.QUESTION_SETS, "wordnet"}
"""The names of lists of English words."""
OTHERS = {
    "similarity": pairs.OTHER_LANGUAGES,
    "lexicon": lexicons.OTHER_LANGUAGES,
    "questions": questions.OTHER_LANGUAGES,
}
"""The other lists by kind; the name of each begins with the code of its language and a hyphen."""


def word_lists(language: str) -> dict[str, Mapping[str, Location]]:
    """The lists of a language's words, by kind and name.

    >>> [*word_lists("ko")["similarity"]]
    ['ko-wordsim353']
    """
    return {
        kind: {name: place for name, place in known.items() if name.startswith(f"{language}-")}
        for kind, known in OTHERS.items()
    }
