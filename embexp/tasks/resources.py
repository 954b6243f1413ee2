"""The lexical resources that a spec names; in a synthetic world they may be its own truth."""

import json
import shlex
from collections.abc import Callable, Mapping
from typing import Any

from embexp.data.scripts import DICTIONARIES, language_of
from embexp.errors import InputError
from embexp.measures.data_files import in_data
from embexp.measures.languages import ENGLISH, word_lists
from embexp.measures.pairs import SIMILARITY_SETS
from embexp.measures.resources import LexicalResources, lexical_resources
from embexp.spec import Spec
from embexp.synthetic import World, is_world, make_world


def resources_of(spec: Spec) -> LexicalResources:
    """Word pairs, relations and a lexicon, read by name or path.

    Raises:
        InputError: an unknown name, a file that is missing or broken, two sets of one name.
    """
    files = tuple(name for name in spec.similarity if not is_world(name))
    worlds = [name for name in spec.similarity if is_world(name)]
    if len(worlds) > 1:
        raise InputError("similarity names two worlds, whose pairs have one name; give one")
    read = lexical_resources(
        files,
        None if spec.relations is None or is_world(spec.relations) else spec.relations,
        None if spec.lexicon is None or is_world(spec.lexicon) else spec.lexicon,
    )

    def truth(name: str | None, of: Callable[[World], Any], otherwise: Any) -> Any:
        return {"world": of(meant(name, spec))} if name and is_world(name) else otherwise

    pairs = truth(worlds[0] if worlds else None, World.similarity, {})
    return LexicalResources(
        similarity={**read.similarity, **pairs},
        relations=truth(spec.relations, World.relations, read.relations),
        lexicon=truth(spec.lexicon, World.lexicon, read.lexicon),
        defaults=frozenset(("similarity", name) for name in SIMILARITY_SETS),
    )


def meant(name: str, spec: Spec) -> World:
    """The world of a name: `world` is the corpus's own, `world:…` that of its settings.

    Raises:
        InputError: `world`, where the corpus is no world; or settings that make none.
    """
    if name == "world" and not is_world(spec.corpus):
        raise InputError(
            f"'world' means the corpus's own truth, but {spec.corpus!r} is no world; "
            "name the settings, as in world:seed=1"
        )
    return make_world(spec.corpus if name == "world" else name)


def language_notice(spec: Spec, counts: Mapping[str, int]) -> str | None:
    """What a user should know whose texts are of another language than the word lists of a run.

    None where the lists fit, or where there are none of the texts' language. Nothing is chosen
    for the user: a script is no proof of a language.

    Args:
        counts: how often the texts have each word.
    """
    language = language_of(counts)
    asked = (*spec.similarity, spec.lexicon, spec.relations)
    english = [name for name in asked if name in ENGLISH]
    if language is None or not english:
        return None
    lists = word_lists(language)
    settings = {
        "tokenizer": f"dictionary:{language}",
        "similarity": json.dumps([*lists["similarity"]], separators=(",", ":")),
        "lexicon": next(iter(lists["lexicon"])),
    }
    if spec.tokenizer != "words":
        del settings["tokenizer"]
    chosen = " ".join(shlex.quote(f"{name}={value}") for name, value in settings.items())
    named = DICTIONARIES[language]
    files = [file for known in lists.values() for place in known.values() for file in place.files]
    elsewhere = "" if all(map(in_data, files)) else " (these lists lie below EMBEXP_DATA)"
    return (
        f"most letters are those of {named}, but {', '.join(english)} are lists of English words, "
        f"which give few values here or none; if the texts are {named}, take --set {chosen}"
        f"{elsewhere}"
    )
