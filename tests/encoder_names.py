"""The encoders that a contract is tested with: all, those that share their code when it is long."""

import pytest

from embexp.models import ENCODERS

RELATIVES = ("rnn", "birnn", "bigru", "bilstm")
"""Recurrent encoders whose code `gru`, `lstm` and `bilstm-attention` share."""
EVERY = [
    pytest.param(name, marks=pytest.mark.long) if name in RELATIVES else name for name in ENCODERS
]
READERS = [
    name
    if name in ("mean", "attention", "cnn", "lstm")
    else pytest.param(name, marks=pytest.mark.long)
    for name in ENCODERS
]
"""All of them, with one of each way to read words where the others take long."""
