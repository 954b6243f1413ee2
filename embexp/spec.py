"""One frozen description of a cell: everything that its numbers depend on, and nothing else."""

import itertools
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from embexp import records
from embexp.errors import InputError, unknown
from embexp.models import ENCODERS
from embexp.regimes import REGIMES
from embexp.vectors.align import UNSEEN

Rate = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Count = Annotated[int, Field(ge=1)]
Column = str | int | None


class Spec(BaseModel):
    """A cell: data, start, model, training and what is measured. Two cells with equal
    specs give equal rows.

    >>> Spec(corpus="movie-reviews-rt", regime="glove-tuned", encoder="mean", seed=0).epochs
    5
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    corpus: str = Field(
        description="a named corpus, or the path of a file or folder of labelled texts"
    )
    regime: str = Field(description="a name in REGIMES")
    encoder: str = Field(description="a name in ENCODERS")
    seed: int = Field(
        ge=0,
        lt=2**32,
        description="draws the parameters, the order of texts and the control's labels",
    )

    text: Column = Field(None, description="the text column of a file, by name or number")
    label: Column = Field(None, description="the label column of a file, by name or number")
    header: bool = Field(True, description="whether the first line of a file names its columns")
    head: Literal["classes", "tags", "two-outputs"] = Field(
        "classes",
        description="a class for each text, a tag for each token, or a class from the text with numbers beside it and from the text alone",
    )
    tokens: Literal["words", "keras-imdb"] = Field(
        "words", description="how texts become ids: our words, or Keras's ids for IMDB"
    )
    padding: Literal["masked", "pre"] = Field(
        "masked",
        description="pre: fill up in front to `length` and read padding as a word, as Keras does",
    )
    keep: Literal["first", "last"] = Field(
        "first", description="which words of a text that is longer than `length`"
    )
    holdout: Literal["validation", "none"] = Field(
        "validation",
        description="none: validation texts are trained on too and the last step is scored, as many published recipes do",
    )
    train_texts: Count | None = Field(
        None, description="train on that many texts only, drawn once for all cells"
    )
    length: Count | None = Field(None, description="keep so many words of a text only")
    min_count: Count = Field(2, description="words seen less often in training are <unk>")
    max_words: Count | None = Field(None, description="keep the most frequent words only")
    vocabulary: Literal["training", "open"] = Field(
        "training",
        description="open: also words that stand only in the other splits or in measured pairs, whose rows nothing trains",
    )

    vectors: str | None = Field(
        "glove-6b-50d",
        description="pretrained vectors: a name, a path, or trained:METHOD[,setting=number…]",
    )
    dim: Count | None = Field(None, description="width of the table where no vectors are given")
    unseen: str = Field(
        "random", description=f"start of words without a pretrained vector: {', '.join(UNSEEN)}"
    )

    features: Count = Field(100, description="hidden units, or maps for each window")
    layers: Count = Field(1, description="layers of a recurrent encoder")
    initialisers: Literal["keras", "flax"] = "keras"
    unit: Literal["softmax", "sigmoid"] = Field(
        "softmax", description="sigmoid: one output for two classes, as Keras has"
    )
    auxiliary: Rate = Field(0.2, description="weight of the second of two outputs in the loss")
    windows: tuple[Count, ...] = Field(
        (3, 4, 5), description="widths of the CNN's windows, in words"
    )
    dropout: float = Field(
        0.0, ge=0, lt=1, description="share of the encoder's features dropped in training"
    )

    epochs: Count = 5
    batch: Count = 64
    buckets: Count = Field(8, description="widths that batches are padded to")
    optimiser: Literal[
        "adam",
        "adagrad",
        "adadelta",
        "rmsprop",
        "momentum",
        "sgd",
        "keras-adam",
        "keras-adadelta",
        "keras-rmsprop",
    ] = "adam"
    rate: Rate = Field(1e-3, description="rate of the encoder and the head")
    table_rate: Rate | None = Field(None, description="rate of the table; as `rate` if not given")
    weight_decay: Rate = Field(0.0, description="decoupled, relative to the rate")
    clip: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = Field(
        None, description="largest norm of a step's gradient"
    )

    lexicon: str | None = Field("vader", description="polarity of words, by name or path")
    polarity: str = Field(
        "validation",
        description="where words' log-odds are counted, never on texts that are trained on: with holdout=none only in another corpus",
    )
    cosines: tuple[str, ...] = Field(
        ("good:bad", "film:movie"), description="pairs of words whose cosine is followed"
    )
    similarity: tuple[str, ...] = Field(
        ("simlex999", "wordsim353"), description="word pairs with human scores, by name or path"
    )
    relations: str | None = Field(
        None, description="synonyms and antonyms, by name or path: `wordnet`, where it is installed"
    )

    @model_validator(mode="after")
    def names_are_known(self) -> "Spec":
        """Unknown names are refused with the nearest known ones."""
        for what, name, names in (
            ("regime", self.regime, REGIMES),
            ("encoder", self.encoder, ENCODERS),
            ("rule for unseen words", self.unseen, UNSEEN),
        ):
            if name not in names:
                raise unknown(what, name, names)
        if self.vectors is None and REGIMES[self.regime].needs_vectors:
            raise InputError(
                f"regime {self.regime!r} starts from pretrained vectors; give vectors=NAME or a file"
            )
        if self.vectors is None and self.dim is None:
            raise InputError(
                "without vectors the table's width must be given: set dim, for example dim=50"
            )
        if self.vectors is not None and self.dim is not None:
            raise InputError(
                f"dim={self.dim} is given, but the table is as wide as the vectors {self.vectors!r}; leave dim out"
            )
        if self.padding == "pre" and self.length is None:
            raise InputError(
                "padding='pre' fills texts up to a length; set length, for example length=500"
            )
        if self.tokens == "keras-imdb" and self.vocabulary == "open":
            raise InputError("tokens='keras-imdb' has Keras's own words; leave vocabulary out")
        if self.holdout == "none" and self.train_texts:
            raise InputError(
                f"train_texts={self.train_texts} leaves out training texts, and holdout='none' leaves out none; give one of them"
            )
        if self.head == "tags" and (
            self.length or self.train_texts or self.padding == "pre" or self.unit == "sigmoid"
        ):
            raise InputError(
                "head='tags' needs whole sentences and a softmax; leave length, train_texts, padding and unit out"
            )
        for pair in self.cosines:
            if len(pair.split(":")) != 2 or not all(pair.split(":")):
                raise InputError(f"cosines has {pair!r}; a pair is written as word:word")
        return self

    @property
    def digest(self) -> str:
        """The name of this cell in the results."""
        return records.digest(self.model_dump(mode="json"))

    @property
    def arm(self) -> str:
        """What to call this cell on a progress line."""
        return f"{self.encoder} · {self.regime} · seed {self.seed}"


def make(**fields: Any) -> Spec:
    """A spec, where a wrong field is a user's mistake in one sentence.

    Raises:
        InputError: names the field, the value and what it may be.
    """
    if strange := [name for name in fields if name not in Spec.model_fields]:
        raise unknown("setting", strange[0], Spec.model_fields)
    try:
        return Spec(**fields)
    except ValidationError as error:
        first = error.errors()[0]
        if isinstance(cause := first.get("ctx", {}).get("error"), InputError):
            raise cause from None
        place = ".".join(map(str, first["loc"]))
        if first["type"] == "missing":
            raise InputError(
                f"{place} is missing: {Spec.model_fields[place].description}"
            ) from None
        raise InputError(
            f"{place} = {first['input']!r} is refused: {first['msg'].lower()}"
        ) from None


def grid(**fields: Any) -> list[Spec]:
    """Every combination of the fields that are given as lists; a tuple is one value.

    >>> [spec.arm for spec in grid(corpus="sst2", regime=["random", "glove-frozen"], encoder="mean", seed=0)]
    ['mean · random · seed 0', 'mean · glove-frozen · seed 0']
    """
    names = [name for name, value in fields.items() if isinstance(value, list | range)]
    for name in names:
        if not fields[name]:
            raise InputError(f"{name} is an empty list, which makes a grid of no cells")
    return [
        make(**{**fields, **dict(zip(names, values, strict=True))})
        for values in itertools.product(*(fields[name] for name in names))
    ]
