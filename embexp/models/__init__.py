"""Flax modules: words coded as vectors, encoders over them, and heads; they hold
parameters and nothing else.
"""

from embexp.models.classifier import Classifier as Classifier
from embexp.models.encoder import Encoder as Encoder
from embexp.models.encoders import CNN as CNN
from embexp.models.encoders import ENCODERS as ENCODERS
from embexp.models.encoders import Attention as Attention
from embexp.models.encoders import Mean as Mean
from embexp.models.initialisers import INITIALISERS as INITIALISERS
from embexp.models.reader import CODINGS as CODINGS
from embexp.models.recurrent import GRU as GRU
from embexp.models.recurrent import LSTM as LSTM
from embexp.models.recurrent import RECURRENT as RECURRENT
from embexp.models.recurrent import Bidirectional as Bidirectional
from embexp.models.recurrent import Recurrent as Recurrent
from embexp.models.recurrent import SimpleRNN as SimpleRNN
from embexp.models.recurrent import Stacked as Stacked
from embexp.models.table import OneHot as OneHot
from embexp.models.table import Table as Table
from embexp.models.tagger import Tagger as Tagger
from embexp.models.two_outputs import TwoOutputs as TwoOutputs
