"""The lexical resources that a spec names; in a synthetic world they may be its own truth."""

from collections.abc import Callable
from typing import Any

from embexp.errors import InputError
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
