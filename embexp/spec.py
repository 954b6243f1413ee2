"""One frozen description of a run: everything its numbers depend on, and nothing else."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, model_validator

from embexp import aliases, plugins, records, regimes
from embexp.contradictions import contradiction
from embexp.data.tokenizers import TOKENIZERS
from embexp.declared import declared, foreign
from embexp.errors import InputError
from embexp.fields import REQUIRED, Role, setting
from embexp.models import ENCODERS, HEADS
from embexp.names import check_names
from embexp.optimisers import OPTIMISERS
from embexp.parameters import (
    FOLDS,
    BatchSize,
    Buckets,
    Column,
    Count,
    Epochs,
    Length,
    Norm,
    Number,
    Rate,
    Width,
)
from embexp.regimes import REGIMES
from embexp.schedules import SCHEDULES
from embexp.vectors.align import OOV_RULES


class Spec(BaseModel):
    """A run: data, regime, model, training and what is measured.

    Equal specs give equal rows. Parameters of the encoder and the regime are given beside
    the fields below, under their own names (`ENCODERS["cnn"].parameters`).

    >>> spec = Spec(corpus="movie-reviews-rt", regime="tuned", encoder="cnn", seed=0)
    >>> spec.epochs, spec.encoder_parameters["windows"]
    (5, (3, 4, 5))
    """

    model_config = ConfigDict(frozen=True, extra="allow")

    corpus: str = setting(
        ..., "data", "a named corpus, a path of labelled texts, or a name by corpus_of"
    )
    regime: str = setting(..., "traced", "a name in REGIMES")
    encoder: str = setting(..., "static", "a name in ENCODERS")
    seed: Number = setting(..., "traced", "draws parameters, order of texts and shuffled labels")
    search: Number = setting(0, "course", "which search chose the settings; each has its own draws")

    text: str | Column | None = setting(None, "data", "the text column of a file, name or number")
    label: str | Column | None = setting(None, "data", "the label column of a file")
    header: bool = setting(True, "data", "whether the first line of a file names its columns")
    second: str | Column | None = setting(None, "data", "the column of second texts, for pairs")
    head: str = setting("classes", "data", f"what the labels are: {', '.join(HEADS)}")
    tokenizer: str = setting("words", "data", f"how texts become tokens: {', '.join(TOKENIZERS)}")
    padding: Literal["masked", "pre"] = setting(
        "masked", "data", "pre: fill up in front to max_length and read padding, as Keras does"
    )
    truncation: Literal["post", "pre"] = setting(
        "post", "data", "the end at which a text longer than max_length is cut, as in Keras"
    )
    holdout: Literal["validation", "none"] = setting(
        "validation", "data", "none: train on validation texts too and score the last step"
    )
    train_texts: Count | None = setting(None, "data", "train on that many texts, the same for all")
    split: Number = setting(0, "data", "0: the corpus's own; another one splits it anew")
    draw: Number = setting(0, "data", "which draw of train_texts")
    fold: int | None = setting(
        None, "data", "the fifth of the texts that validates, with holdout none", ge=0, lt=FOLDS
    )
    max_length: Length | None = setting(None, "data", "words of a text that are read")
    min_count: Count = setting(1, "data", "rarer words of training are <unk>", identity=2)
    max_words: Count | None = setting(None, "data", "keep the most frequent words only")
    vocabulary: Literal["training", "extended", "open"] = setting(
        "extended",
        "data",
        "extended: other words that are scored take their vector from the file; "
        "open: they are rows of the table, with the words of evaluated pairs",
        identity="training",
    )
    vectors: str | None = setting(
        "glove-6b-50d", "data", "pretrained vectors: a name, a path, or trained:METHOD[,key=value]"
    )
    dim: Width | None = setting(None, "data", "width of the table where no vectors are given")
    oov: str = setting(
        "random", "traced", f"start of words without a vector: {', '.join(OOV_RULES)}"
    )

    initialisers: Literal["keras", "flax"] = setting("keras", "static", "what layers start from")
    output_activation: Literal["softmax", "sigmoid"] = setting(
        "softmax", "static", "sigmoid: one output for two classes, as Keras has"
    )
    head_inputs: Literal["raw", "centred"] = setting(
        "raw", "static", "centred: less the mean over training texts before the first step"
    )
    auxiliary_weight: Rate = setting(0.2, "static", "weight of the second output in the loss")
    class_weight: Literal["none", "balanced"] = setting(
        "none", "static", "balanced: every class counts alike in the loss, however rare it is"
    )
    dropout: float = setting(
        0.0, "traced", "share of the text's features dropped in training", ge=0, lt=1
    )
    epochs: Epochs = setting(5, "static", "passes over the training texts")
    patience: Epochs | None = setting(
        None, "course", "stop after so many epochs without a new least validation loss"
    )
    batch_size: BatchSize = setting(64, "static", "texts of a step")
    buckets: Buckets = setting(8, "static", "widths that batches are padded to")
    optimiser: str = setting("adam", "static", f"a name in OPTIMISERS: {', '.join(OPTIMISERS)}")
    row_updates: Literal["auto", "dense", "sparse"] = setting(
        "auto", "static", "sparse: a step moves only the rows that its texts read"
    )
    learning_rate: Rate = setting(1e-3, "traced", "rate of the encoder and the head")
    table_rate: Rate | None = setting(None, "traced", "rate of the table, if another one")
    table_rate_unit: Literal["step", "entry"] = setting(
        "step", "traced", "entry: the table's rate counts in root mean squares of its start"
    )
    schedule: str = setting(
        "constant", "traced", f"of both rates, over all epochs: {', '.join(SCHEDULES)}"
    )
    weight_decay: Rate = setting(0.0, "traced", "decoupled, relative to the rate")
    clip: Norm | None = setting(None, "traced", "largest norm of a step's gradient")
    max_norm: Norm | None = setting(None, "static", "largest norm of a unit's weights in the head")

    selection: Literal["validation", "paired"] = setting(
        "validation", "course", "paired: the step of the regime that this one controls"
    )
    last_step: Count | None = setting(None, "course", "stop at that step")
    trial: bool = setting(False, "course", "a trial of a search: only its loss is kept")
    lexicon: str | None = setting("vader", "evaluation", "polarity of words, by name or path")
    polarity_corpus: str = setting(
        "test",
        "evaluation",
        "labelled texts, never trained on, that words' log-odds count: a data set or a split",
        identity="validation",
    )
    reference: str | None = setting(
        None, "evaluation", "vectors that tables are compared with, in place of the run's own"
    )
    tracked_pairs: tuple[str, ...] = setting(
        ("good:bad", "film:movie"), "evaluation", "pairs of words whose cosine is followed"
    )
    similarity: tuple[str, ...] = setting(
        ("simlex999", "wordsim353"), "evaluation", "word pairs with human scores, by name or path"
    )
    relations: str | None = setting(None, "evaluation", "synonyms and antonyms: wordnet, or a path")
    plugins: tuple[str, ...] = setting((), "evaluation", "those it needs, found by themselves")

    @model_validator(mode="before")
    @classmethod
    def parameters_are_known(cls, given: Any) -> Any:
        """Fills in what regime and encoder declare, and refuses what neither does."""
        plugins.load_named()
        given = aliases.accept(given)
        regime, encoder = given.get("regime"), given.get("encoder")
        if not (isinstance(regime, str) and isinstance(encoder, str)):
            return given  # the fields' own checks say so
        own = declared(regime, encoder, cls.model_fields)
        beside = {name: given[name] for name in given if name not in cls.model_fields}
        if strange := next((name for name in beside if name not in own), None):
            raise foreign(strange, regime, encoder, settings())
        filled = {name: own[name].value(name, beside) for name in own}
        return {**given, **filled, "plugins": plugins.of_run(given)}

    @model_validator(mode="after")
    def fields_fit_together(self) -> "Spec":
        """Refuses combinations that cannot be run."""
        check_names(self)
        if sentence := contradiction(self):
            raise InputError(sentence)
        return self

    @property
    def regime_parameters(self) -> dict[str, Any]:
        """The values of what the regime declares."""
        return {name: getattr(self, name) for name in REGIMES[self.regime].parameters}

    @property
    def encoder_parameters(self) -> dict[str, Any]:
        """The values of what the encoder declares."""
        return {name: getattr(self, name) for name in ENCODERS[self.encoder].parameters}

    def of_role(self, *roles: Role) -> dict[str, Any]:
        """The fields of some roles, those that regime and encoder declare among them."""
        own = declared(self.regime, self.encoder)
        role_of = ROLES | {name: "traced" if own[name].traced else "static" for name in own}
        return {name: getattr(self, name) for name, role in role_of.items() if role in roles}

    def of_encoder(self, role: Role) -> dict[str, Any]:
        """The parameters of a role that the encoder declares."""
        own = self.encoder_parameters
        return {name: value for name, value in self.of_role(role).items() if name in own}

    @property
    def hashed(self) -> dict[str, Any]:
        """What tells this run from others: all that differs from its identity default.

        A field that is added later, or a default that moves, changes nothing here.
        """
        own = declared(self.regime, self.encoder)
        identity = IDENTITY | {name: own[name].identity_default for name in own}
        plain = Spec.model_construct(**identity).model_dump(mode="json")
        fields = self.model_dump(mode="json").items()
        return {name: value for name, value in fields if plain.get(name, REQUIRED) != value}

    @property
    def digest(self) -> str:
        """The name of this run in the results."""
        return records.digest(self.hashed)

    @property
    def partner(self) -> "Spec | None":
        """The run whose selected step this one takes: the same of the regime that it controls."""
        if self.selection != "paired":
            return None
        shared = self.model_dump().keys() - self.regime_parameters.keys()
        own = {name: getattr(self, name) for name in shared}
        return Spec(**own | {"regime": REGIMES[self.regime].controls, "selection": "validation"})

    @property
    def arm(self) -> str:
        """What tables call the regime with its vectors."""
        return regimes.arm(self.regime, self.vectors)

    @property
    def control(self) -> bool:
        """Whether the right answer of its arm is known beforehand."""
        return REGIMES[self.regime].control

    @property
    def title(self) -> str:
        """What to call this run on a line of its own."""
        return f"{self.encoder} · {self.arm} · seed {self.seed}"


_EXTRA: dict[str, Any] = {name: each.json_schema_extra for name, each in Spec.model_fields.items()}
ROLES: dict[str, Role] = {name: extra["role"] for name, extra in _EXTRA.items()}
IDENTITY = {name: extra["identity"] for name, extra in _EXTRA.items() if "identity" in extra}


def settings() -> dict[str, Any]:
    """Every name that a spec may be given, with what users get by default."""
    families = (*REGIMES.values(), *ENCODERS.values())
    own = {name: each.default for owner in families for name, each in owner.parameters.items()}
    return {name: field.default for name, field in Spec.model_fields.items()} | own
