"""A synthetic language whose topics and polarities are known, and checks of the measures on it."""

from embexp.synthetic.config import WorldConfig as WorldConfig, is_world as is_world
from embexp.synthetic.corpus import load_corpus as load_corpus
from embexp.synthetic.world import World as World, make_world as make_world
