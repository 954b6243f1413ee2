"""Encoders by name."""

from typing import Any

from embexp.models.attention import Attention, BiLSTMAttention
from embexp.models.cnn import CNN
from embexp.models.gru import GRU
from embexp.models.lstm import LSTM
from embexp.models.mean import Mean
from embexp.models.recurrent import RecurrentLayers
from embexp.models.simple_rnn import SimpleRNN

ENCODERS: dict[str, type[Any] | RecurrentLayers] = {
    "mean": Mean,
    "attention": Attention,
    "cnn": CNN,
    "rnn": RecurrentLayers(SimpleRNN),
    "gru": RecurrentLayers(GRU),
    "lstm": RecurrentLayers(LSTM),
    "birnn": RecurrentLayers(SimpleRNN, 2),
    "bigru": RecurrentLayers(GRU, 2),
    "bilstm": RecurrentLayers(LSTM, 2),
    "bilstm-attention": BiLSTMAttention,
}
"""What makes each encoder: `ENCODERS[name](dim, initialisers="keras", rngs=rngs, **own)`.

`ENCODERS[name].parameters` declares the keyword arguments `own`; others are a
TypeError. An encoder of your own is put in here under a name of its own.
"""
