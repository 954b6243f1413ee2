"""Should texts without spaces be cut into words, and how?

Run it with `embexp run segmentation`; it needs the Chinese, Japanese and Korean sets below
EMBEXP_DATA, `pip install "embexp[cjk]"` for the dictionaries, and about three quarters of an
hour on two cores.

Reviews of delivered food (Chinese), sentences on hotels (Japanese) and 10,000 comments on
films (Korean) by characters, by the words of a dictionary, and by 2,000 and 8,000 sub-words
learnt from the training texts. The table starts at random and trains under a mean and a
linear head; every way of cutting is tuned with twelve trials and has its own baselines.

Expected before it was run: a mean reads no order, so longer tokens help where characters say
little alone: dictionary words and 8,000 sub-words are above characters in all three, by three
points or more in Chinese and Japanese and by more in Korean, whose letters are syllables.
Sub-words are within a point of the dictionary.
"""

from collections.abc import Sequence

from embexp import Spec, grid
from embexp.search import SETTINGS, TRIALS as TRIALS

BASELINE = "characters"
BY = "tokenizer"
CURVES = False
FAMILY = ("accuracy",)
MEASURES = ("accuracy", "nll", "coverage_test")
CORPORA = {"zh": ("zh-takeaway", None), "ja": ("ja-hotels", None), "ko": ("ko-films", 10_000)}
LEARNT = ("trained:bpe,size=2000", "trained:bpe,size=8000")


def specs(seeds: int = 12) -> Sequence[Spec]:
    """Three languages by four ways of cutting by seeds."""
    return [
        spec
        for language, (corpus, texts) in CORPORA.items()
        for spec in grid(
            corpus=corpus,
            train_texts=texts,
            tokenizer=["characters", f"dictionary:{language}", *LEARNT],
            vectors=None,
            dim=100,
            regime="random",
            encoder="mean",
            seed=range(seeds),
            similarity=(),
            lexicon=None,
            **SETTINGS,
        )
    ]
