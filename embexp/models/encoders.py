"""Encoders by name."""

from typing import Any

from embexp.models.attention import Attention, BiLSTMAttention
from embexp.models.cnn import CNN
from embexp.models.dan import DAN
from embexp.models.gru import GRU
from embexp.models.lstm import LSTM
from embexp.models.mean import Mean
from embexp.models.recurrent import RecurrentLayers
from embexp.models.simple_rnn import SimpleRNN
from embexp.models.transformer import Transformer

ENCODERS: dict[str, type[Any] | RecurrentLayers] = {
    "mean": Mean,
    "dan": DAN,
    "attention": Attention,
    "cnn": CNN,
    "rnn": RecurrentLayers(SimpleRNN),
    "gru": RecurrentLayers(GRU),
    "lstm": RecurrentLayers(LSTM),
    "birnn": RecurrentLayers(SimpleRNN, 2),
    "bigru": RecurrentLayers(GRU, 2),
    "bilstm": RecurrentLayers(LSTM, 2),
    "bilstm-attention": BiLSTMAttention,
    "transformer": Transformer,
}
"""What makes each encoder: `ENCODERS[name](dim, initialisers="keras", rngs=rngs, **own)`.

`ENCODERS[name].parameters` declares the keyword arguments `own`, and traced parameters,
which are no arguments but rates of the `Dropout` that training passes; others are a
TypeError. An encoder of your own is put in here under a name of its own.
"""
