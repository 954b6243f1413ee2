from embexp.comparing.compare import compare as compare
from embexp.comparing.comparison import Comparison as Comparison
from embexp.data import corpus_of as corpus_of
from embexp.errors import InputError as InputError
from embexp.grids import grid as grid
from embexp.measures import MEASURES as MEASURES, measure as measure
from embexp.models import ENCODERS as ENCODERS
from embexp.records import read_rows as read_rows
from embexp.regimes import REGIMES as REGIMES
from embexp.runner import run as run, trained as trained
from embexp.runner.estimator import EmbeddingClassifier as EmbeddingClassifier
from embexp.spec import Spec as Spec
from embexp.synthetic import load_corpus as load_corpus
from embexp.vectors.registry import load_vectors as load_vectors
from embexp.vectors.stored import vectors_of as vectors_of
from embexp.words import Vectors as Vectors, Vocabulary as Vocabulary

__version__: str
