"""Flax modules: embeddings, encoders over them, and models with a head for each task."""

from embexp.models.attention import Attention, BiLSTMAttention
from embexp.models.batch import Batch
from embexp.models.classifier import Classifier
from embexp.models.cnn import CNN
from embexp.models.dan import DAN
from embexp.models.dropout import Dropout
from embexp.models.embedding import Embedding, Multichannel, Projected
from embexp.models.encoder import Encoder
from embexp.models.encoders import ENCODERS
from embexp.models.gru import GRU
from embexp.models.heads import HEADS
from embexp.models.initialisers import INITIALISERS
from embexp.models.joint import Joint
from embexp.models.lstm import LSTM
from embexp.models.mean import Mean
from embexp.models.model import Model
from embexp.models.one_hot import OneHot
from embexp.models.partial import Interpolated, LowRank, SomeRows
from embexp.models.recurrent import Bidirectional, Recurrent, RecurrentLayers, Stacked
from embexp.models.simple_rnn import SimpleRNN
from embexp.models.tagger import Tagger
from embexp.models.transformer import Transformer
from embexp.models.two_outputs import TwoOutputs
from embexp.models.views import View

__all__ = [
    "CNN",
    "DAN",
    "ENCODERS",
    "GRU",
    "HEADS",
    "INITIALISERS",
    "LSTM",
    "Attention",
    "Batch",
    "BiLSTMAttention",
    "Bidirectional",
    "Classifier",
    "Dropout",
    "Embedding",
    "Encoder",
    "Interpolated",
    "Joint",
    "LowRank",
    "Mean",
    "Model",
    "Multichannel",
    "OneHot",
    "Projected",
    "Recurrent",
    "RecurrentLayers",
    "SimpleRNN",
    "SomeRows",
    "Stacked",
    "Tagger",
    "Transformer",
    "TwoOutputs",
    "View",
]
