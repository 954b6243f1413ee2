"""The encoders that a contract is tested with: all, those that share their code when it is long."""

import pytest

from embexp.models import ENCODERS

RELATIVES = ("rnn", "birnn", "bigru", "bilstm")
"""Recurrent encoders whose code `gru`, `lstm` and `bilstm-attention` share."""
EVERY = [
    pytest.param(name, marks=pytest.mark.long) if name in RELATIVES else name for name in ENCODERS
]
