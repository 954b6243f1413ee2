"""Names of an earlier version, which still work in this one, and what to write instead."""

import warnings
from collections.abc import Mapping
from typing import Any

from embexp.errors import InputError

FIELDS = {
    "auxiliary": "auxiliary_weight",
    "batch": "batch_size",
    "cosines": "tracked_pairs",
    "features": "hidden_size",
    "keep": "truncation",
    "length": "max_length",
    "polarity": "polarity_corpus",
    "rate": "learning_rate",
    "tokens": "tokenizer",
    "unit": "output_activation",
    "unseen": "oov",
}
REGIMES = {
    f"{vectors}-{regime}": regime
    for vectors in ("glove", "word2vec", "fasttext")
    for regime in ("frozen", "tuned", "multichannel", "projected", "delayed")
}
VALUES: Mapping[str, Mapping[str, str]] = {
    "regime": REGIMES,
    "truncation": {"first": "post", "last": "pre"},
}

SETTINGS_ELSEWHERE = {
    name: setting
    for setting, names in {
        "learning_rate": "lr eta step_size alpha",
        "table_rate": "table_lr embedding_lr emb_lr embedding_rate",
        "weight_decay": "wd l2 decay",
        "batch_size": "bs batchsize minibatch",
        "hidden_size": "hidden hidden_dim hidden_units units width num_filters n_filters filters",
        "epochs": "n_epochs num_epochs max_epochs num_train_epochs",
        "optimiser": "optimizer optim opt",
        "dropout": "drop dropout_rate drop_prob p_drop",
        "dim": "emb_dim embed_dim embedding_dim embedding_size vector_size d_model",
        "max_length": "maxlen max_len seq_len sequence_length max_seq_length",
        "max_words": "vocab_size max_features num_words max_vocab",
        "min_count": "min_df min_freq",
        "max_norm": "maxnorm norm_constraint kernel_constraint l2_constraint",
        "clip": "grad_clip clip_norm clipnorm gradient_clip max_grad_norm",
        "schedule": "scheduler lr_schedule lr_scheduler",
        "patience": "early_stopping early_stop",
        "train_texts": "n_train train_size n_labels labels budget",
        "corpus": "dataset data",
        "encoder": "model architecture arch",
        "vectors": "embedding embeddings pretrained weights",
        "tokenizer": "tokeniser",
        "initialisers": "initializer initializers init",
        "windows": "kernel_size kernel_sizes filter_sizes",
        "heads": "num_heads n_heads nhead",
        "layers": "num_layers n_layers depth",
        "the option --seeds": "seeds seed_count n_seeds num_seeds",
    }.items()
    for name in names.split()
}
"""What settings are called in other libraries; these are not accepted, but pointed from."""
REGIMES_ELSEWHERE = {
    **dict.fromkeys(("static", "fixed", "freeze", "not_trainable"), "frozen"),
    **dict.fromkeys(("non_static", "nonstatic", "finetune", "finetuned", "fine_tuned"), "tuned"),
    **dict.fromkeys(("rand", "scratch", "from_scratch", "learned"), "random"),
    **dict.fromkeys(("lora", "lowrank"), "low-rank"),
}
ENCODERS_ELSEWHERE = {
    **dict.fromkeys(("average", "avg", "bow", "cbow", "mean_pooling", "fasttext"), "mean"),
    **dict.fromkeys(("conv", "convnet", "kim", "textcnn", "conv1d"), "cnn"),
    **dict.fromkeys(("self_attention", "bert", "mha"), "transformer"),
    **dict.fromkeys(("simple_rnn", "simplernn", "elman"), "rnn"),
}


def renamed(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Fields of a spec under the names of this version."""
    current = {FIELDS.get(name, name): value for name, value in fields.items()}
    for name, values in VALUES.items():
        if isinstance(given := current.get(name), str):
            current[name] = values.get(given, given)
    return current


def accept(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The same, with a warning that says what to write from now on.

    Raises:
        InputError: a field is given under both its names.
    """
    for name, new in FIELDS.items():
        if name in fields and new in fields:
            raise InputError(f"{name} is the former name of {new}; give {new} only")
    current = renamed(fields)
    for name, value in fields.items():
        new = FIELDS.get(name, name)
        if (new, current[new]) != (name, value):
            text = f"{name}={value} is now written {new}={current[new]}"
            warnings.warn(text, FutureWarning, stacklevel=4)
    return current
