"""Flax modules: a table of vectors, encoders over it, and a head; they hold parameters and nothing else."""

from embexp.models.classifier import Classifier as Classifier
from embexp.models.classifier import Table as Table
from embexp.models.encoders import CNN as CNN
from embexp.models.encoders import ENCODERS as ENCODERS
from embexp.models.encoders import LSTM as LSTM
from embexp.models.encoders import Mean as Mean
