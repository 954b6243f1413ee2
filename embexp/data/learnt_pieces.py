"""Sub-words learnt from training texts, the same whenever they are learnt.

The trainers of the library `tokenizers` are used where they repeat themselves: its BPE does.
Its WordPiece and Unigram number or weigh pieces in an order that is drawn anew each time, so
WordPiece's pieces are those of BPE here, and Unigram is learnt by `sentencepiece`.
"""

import hashlib
import io
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from importlib.metadata import version
from itertools import islice
from typing import Any

from embexp.data.pieces import CONTINUES, START, Pieces
from embexp.data.scripts import well_formed
from embexp.errors import InputError, unknown
from embexp.words import UNK

SIZE = 8000
"""Pieces that are learnt by default."""
LONGEST = 1 << 16
"""Bytes of a text that Unigram learns from."""
LIBRARIES = ("tokenizers", "sentencepiece")


def settings(given: str) -> tuple[str, int]:
    """The method and the number of pieces in `bpe,size=8000`.

    Raises:
        InputError: an unknown method, another setting, or no number of pieces.
    """
    method, *others = given.split(",")
    if method not in METHODS:
        raise unknown("method that learns sub-words", method, METHODS)
    size = str(SIZE)
    for setting in others:
        name, _, size = setting.partition("=")
        if name != "size" or not size.isdecimal() or not 1 < int(size) <= 10**6:
            raise InputError(f"{setting!r} is no number of pieces; write size={SIZE}, for example")
    return method, int(size)


def learnt(given: str, texts: Sequence[str]) -> Pieces:
    """Sub-words learnt from training texts (NFKC, lower case).

    A word of a script with spaces begins at a space; punctuation stands alone, and so do
    the stretches of a script without spaces between other letters.

    Raises:
        InputError: the texts hold nothing to learn from.
    """
    return _learnt(*settings(given), tuple(map(well_formed, texts)))


@lru_cache(maxsize=2)
def _learnt(method: str, size: int, texts: tuple[str, ...]) -> Pieces:
    if not any(map(str.split, texts)):
        raise InputError("the training texts are empty, so there are no sub-words to learn")
    tokenizer = METHODS[method](texts, size)
    tokenizer.normalizer, tokenizer.pre_tokenizer = _cuts(marked=method != "wordpiece")
    return Pieces(tokenizer)


def _cuts(*, marked: bool) -> tuple[Any, Any]:
    """How texts are normalised and cut into words, which begin with START where `marked`."""
    from tokenizers import Regex, normalizers, pre_tokenizers

    steps = [normalizers.NFKC(), normalizers.Lowercase(), normalizers.Strip()]
    if not marked:
        return normalizers.Sequence(steps), pre_tokenizers.BertPreTokenizer()
    unspaced = r"\p{Han}\p{Hiragana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}"
    steps += [
        normalizers.Replace(Regex(r"\s+"), START),
        normalizers.Prepend(START),
        normalizers.Replace(Regex(rf"{START}(?=[{unspaced}]|[^\p{{L}}\p{{N}}])"), ""),
    ]
    split = pre_tokenizers.Split(START, "merged_with_next")
    return normalizers.Sequence(steps), pre_tokenizers.Sequence(
        [split, pre_tokenizers.Punctuation()]
    )


def _words(texts: Iterable[str], *, marked: bool) -> Iterator[str]:
    """The words between which no piece lies."""
    normalise, cut = _cuts(marked=marked)
    for text in texts:
        for word, _ in cut.pre_tokenize_str(normalise.normalize_str(text)):
            yield word


def _bpe(texts: Iterable[str], size: int) -> Any:
    """Byte-pair encoding (Sennrich, Haddow & Birch 2016, Algorithm 1)."""
    from tokenizers import Tokenizer, models, trainers

    tokenizer: Any = Tokenizer(models.BPE(unk_token=UNK))
    tokenizer.normalizer, tokenizer.pre_tokenizer = _cuts(marked=True)
    trainer = trainers.BpeTrainer(vocab_size=size, special_tokens=[UNK], show_progress=False)
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer


def _wordpiece(texts: Sequence[str], size: int) -> Any:
    """Pieces that BPE learns within words, taken greedily from the left.

    That is WordPiece as BERT reads it (Devlin et al. 2019; Wu et al. 2016, §4.1).
    """
    from tokenizers import Tokenizer, models, pre_tokenizers, trainers

    tokenizer: Any = Tokenizer(models.BPE(unk_token=UNK))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    trainer = trainers.BpeTrainer(vocab_size=size, show_progress=False)
    words = [*_words(texts, marked=False)]
    tokenizer.train_from_iterator((START + word for word in words), trainer)
    merged = sorted(tokenizer.get_vocab().items(), key=lambda each: each[1])
    letters = {word[0] for word in words} | {
        CONTINUES + letter for word in words for letter in word[1:]
    }
    pieces = dict.fromkeys([UNK, *sorted(letters)])
    names = (_name(piece) for piece, _ in merged if piece != START)
    pieces |= dict.fromkeys(islice(names, max(0, size - len(pieces))))
    return Tokenizer(models.WordPiece({piece: n for n, piece in enumerate(pieces)}, unk_token=UNK))


def _name(piece: str) -> str:
    return piece[1:] if piece.startswith(START) else CONTINUES + piece


def _unigram(texts: Sequence[str], size: int) -> Any:
    """The unigram language model of pieces (Kudo 2018, §3.2)."""
    import sentencepiece
    from tokenizers import Tokenizer, models

    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(  # pyright: ignore[reportAttributeAccessIssue]
        sentence_iterator=_words(texts, marked=True),
        model_writer=model,
        model_type="unigram",
        vocab_size=size,
        hard_vocab_limit=False,
        normalization_rule_name="identity",
        add_dummy_prefix=False,
        remove_extra_whitespaces=False,
        character_coverage=1.0,
        max_sentence_length=LONGEST,
        num_threads=1,
        unk_piece=UNK,
        bos_id=-1,
        eos_id=-1,
        minloglevel=2,
    )
    read: Any = sentencepiece.SentencePieceProcessor(
        model_proto=model.getvalue()  # pyright: ignore[reportCallIssue]
    )
    scored = [(read.id_to_piece(each), read.get_score(each)) for each in range(len(read))]
    return Tokenizer(models.Unigram(scored, unk_id=read.unk_id()))


METHODS = {"bpe": _bpe, "wordpiece": _wordpiece, "unigram": _unigram}


def made_by() -> str:
    """SHA-256 of the libraries' versions: others may learn other pieces."""
    made = " ".join(f"{name} {version(name)}" for name in LIBRARIES)
    return hashlib.sha256(made.encode()).hexdigest()
