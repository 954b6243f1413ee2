"""A user's mistakes on the command line, each refused in one sentence before any training."""

from pathlib import Path

import pytest
import small_corpus
import tiny_experiment
from test_cli import refused

untrained = small_corpus.untrained
tiny, here, ran = tiny_experiment.tiny, tiny_experiment.here, tiny_experiment.ran
ANY = ("run", "tiny")
MINE = ("compare", "mine.csv", "--text", "review", "--label", "stars", "--vectors", "vectors.txt")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("run", "tinny"), "unknown experiment 'tinny'; did you mean 'tiny'?"),
        (
            (*ANY, "--set", "regime=tunned"),
            "unknown regime 'tunned'; did you mean 'tuned'",
        ),
        ((*ANY, "--set", "encoder=lsmt"), "unknown encoder 'lsmt'; did you mean 'lstm'"),
        ((*ANY, "--set", "corpus=imbd"), "unknown data set 'imbd'; did you mean 'imdb'"),
        (
            (*ANY, "--set", "vectors=glove-6b-55d"),
            "unknown vectors 'glove-6b-55d'; did you mean 'glove-6b-50d'",
        ),
        (
            (*ANY, "--set", "lexicon=vadar"),
            "unknown lexicon (nor is there a file of that name) 'vadar'; did you mean 'vader'",
        ),
        ((*ANY, "--set", "polarity_corpus=imbd"), "unknown data set 'imbd'"),
        (
            (*ANY, "--set", "text=reviews"),
            "mine.csv has no column 'reviews', but 'review', 'stars'; did you mean 'review'?",
        ),
        ((*ANY, "--set", "vectors=nowhere/v.txt"), "there is no file 'nowhere/v.txt'"),
        ((*ANY, "--set", "dim=50"), "dim=50 is given, but vectors "),
        ((*ANY, "--set", "train_texts=1000"), "1000 training texts are asked for (train_"),
        ((*ANY, "--set", "min_count=1000"), "no word stands 1000 times in the training texts of "),
        ((*ANY, "--set", "layers=2"), "encoder 'mean' with regime 'frozen' has no layers; "),
        ((*ANY, "--set", "regime=3"), "regime = 3 is refused: input should be a valid string"),
        ((*ANY, "--executor", "slrum"), "unknown executor 'slrum'; did you mean 'slurm'?"),
        ((*ANY, "--address", "10.0.0.1:6379"), "the executor 'local' has no address; leave "),
        ((*ANY, "--set", "epochs"), "--set 'epochs' is not of the form key=value"),
        ((*ANY, "--set", "epochs=-1"), "epochs = -1 is refused"),
        ((*ANY, "--set", "lr=0.1"), "unknown setting 'lr'; here it is called learning_rate"),
        ((*ANY, "--only", "bs=8"), "unknown setting 'bs'; here it is called batch_size"),
        (
            (*ANY, "--set", "seed_count=3"),
            "unknown setting 'seed_count'; here it is called the option --seeds",
        ),
        ((*ANY, "--set", "regime=non-static"), "'non-static'; here it is called tuned"),
        ((*MINE, "--encoder", "TextCNN"), "unknown encoder 'TextCNN'; here it is called cnn"),
        ((*MINE[:-1], "glove"), "unknown vectors 'glove'; did you mean 'glove-6b-50d'"),
        (
            (*ANY, "--set", "epochs=1", "epochs=2"),
            "--set gives epochs twice, 1 and 2; give it once",
        ),
        ((*MINE, "--set", "clip=1", "--set", "clip=none"), "--set gives clip twice, 1 and None"),
        (
            (*ANY, "--only", "regime=permuted"),
            "unknown regime in this experiment 'permuted'; known: frozen, random",
        ),
        ((*ANY, "--only", "seed=9"), "unknown seed in this experiment '9'"),
        ((*ANY, "--seeds", "0"), "--seeds 0 makes no runs; give 1 or more"),
        ((*ANY, "--seeds", "-1"), "--seeds -1 makes no runs; give 1 or more"),
        ((*ANY, "--seeds", "1.5"), "a whole number is needed, not '1.5'"),
        ((*MINE, "--seeds", "2.0"), "a whole number is needed, not '2.0'"),
        (
            (*ANY, "--seeds", "many"),
            "Invalid value for --seeds: a whole number is needed, not 'many'",
        ),
        ((*ANY, "--format", "xml"), 'Invalid value "xml" for --format'),
        (
            (*ANY, "--results", "mine.csv"),
            "results cannot be written to mine.csv/tiny (Not a directory); give another folder",
        ),
        ((*ANY, "--result", "x"), "--result"),
        ((*ANY, "more"), "'more' belongs to no option"),
        (("run",), "requires an argument"),
        (("rum", "tiny"), 'Unknown command "rum"'),
        ((*MINE, "--seeds", "0"), "--seeds 0 makes no runs"),
        ((*MINE, "--set", "regime=tuned"), "twice over; --regimes is an argument of compare"),
        ((*MINE, "--set", "seed=3"), "twice over; --seeds is an argument of compare"),
        ((*MINE, "--regimes", "radnom"), "unknown regime 'radnom'; did you mean 'random'"),
        ((*MINE, "--encoder", "mean", "lsmt"), "unknown encoder 'lsmt'; did you mean 'lstm'"),
        ((*MINE[:-1], "truncated.txt"), "where 4 are expected; is it cut off? fetch or write"),
        ((*MINE[:-1], "widths.txt"), "widths.txt: line 2: 5 numbers"),
        ((*MINE[:-1], "foreign.txt"), "foreign.txt has vectors of none of the words"),
        ((*MINE[:-1], "unknown.txt"), "unknown.txt has vectors of none of the words"),
        ((*MINE[:-1], "zeros.txt"), "zeros.txt has zeros alone for the "),
        ((*MINE[:-1], "truncated.bin"), "it seems cut off; fetch or write it again"),
        ((*MINE[:-1], "nan.txt"), "not a finite float32 number; mend the line, or fetch"),
        (("compare", "nowhere.csv"), "there is no file 'nowhere.csv'"),
        (("compare", "mine.csv"), "mine.csv: which column holds the labels?"),
        (
            ("compare", "mine.csv", "--text", "review", "--label", "star"),
            "mine.csv has no column 'star'",
        ),
        (
            ("compare", "mine.csv", "--text", "one", "--no-header"),
            "with --no-header columns are numbers counted from 0, not 'one'",
        ),
        (
            ("compare", "mine.csv", "--text", "7", "--label", "1", "--no-header"),
            "mine.csv has no column '7'",
        ),
        (("compare", "one-class.csv"), "two classes are needed, but its labels are ['1']"),
        (("compare", "empty-texts.csv"), "every text in column 'text' is empty"),
        (
            ("compare", "marks.csv", "--vectors", "vectors.txt"),
            "there is no word in the training texts of 'marks.csv'; does another column hold",
        ),
        (("compare", "mine.csv", "--trials", "-3"), "--trials -3 is no number of trials"),
        (("compare", "mine.csv", "--minutes", "0"), "Must be > 0"),
        (
            ("compare", "mine.csv", "--minutes", "nan"),
            "Invalid value for --minutes: a number is needed, not 'nan'",
        ),
        (("compare", "mine.csv", "--minutes", "abc"), "a number is needed, not 'abc'"),
        (("compare", "mine.csv", "--minutes", "inf"), "Must be <= 100000"),
        (
            ("compare", "mine.csv", "--minutes", "1", "--trials", "2"),
            "--minutes begins with 4 trials of each arm, but --trials is 2",
        ),
        (
            ("compare", "mine.csv", "--set", "trial=true"),
            "searches set trial themselves; leave it out",
        ),
        (("compare", "mine.csv", "--set", "selection=paired"), "controls no other"),
        (("compare", "mine.csv", "--set", "patience=3", "holdout=none"), "needs validation texts"),
        (("predict", "tiny", "mine.csv"), "without --only (none has a saved model"),
        (("predict", "nowhere", "mine.csv"), "unknown results 'nowhere'"),
        (("table", "tiny", "--family", "polarty"), "unknown measure 'polarty'"),
        (("compare", "unlabelled.csv"), "unlabelled.csv, line 3 has no label"),
        (("compare", "nothing.csv"), "nothing.csv is empty"),
        (("compare", "mien.csv"), "there is no file 'mien.csv'; did you mean 'mine.csv'?"),
        (("compare", "imbd"), "unknown data set 'imbd'; did you mean 'imdb'"),
        (("compare", "experiments"), "experiments holds no file named train"),
        (
            ("compare", "mine.csv", "--text", "review", "--label", "review"),
            "was named for both texts and labels",
        ),
        ((*MINE, "--second", "review"), "'review' was named for both texts and second texts"),
        ((*MINE, "--second", "stars"), "'stars' was named for both labels and second texts"),
        (("table", "experiments"), "the folder 'experiments' holds no results; name one that"),
        (
            ("report", "tiny", "--out", "experiments"),
            "experiments cannot be written: it is no regular file but a folder; name a file",
        ),
        (("compare", "all-alike.csv", "--vectors", "vectors.txt"), "all its 18 texts are the same"),
        (
            ("compare", "marks.csv", "--vectors", "vectors.txt"),
            "emoji and other signs are tokens with tokenizer=trained:bpe",
        ),
        (("table", "nothing-here"), "unknown results 'nothing-here'"),
        (
            ("table", "tiny", "--measure", "acuracy"),
            "unknown measure 'acuracy'; did you mean 'accuracy'",
        ),
        (("table", "tiny", "--baseline", "glove"), "unknown regime 'glove'"),
        ((*ANY, "--dry-run", "--format", "csv"), "--dry-run has no table to be printed as csv"),
        ((*MINE, "--splits", "0"), "--splits 0 is no number of splits; give 1 or more"),
        ((*MINE, "--budgets", "5"), "--budgets 5 is too few for five folds; give 20 or more"),
        ((*MINE, "--budgets", "1000", "--minutes", "1"), "or a budget), but 'mine.csv' has"),
        ((*MINE, "--head", "tags"), "compare takes a label for each text, and no tags of tokens"),
        ((*MINE[:-1],), "--vectors is given without a value; give it a name, or leave it out"),
        ((*MINE, "--regimes"), "--regimes is given without a value"),
        ((*MINE, "--encoder"), "--encoder is given without a value"),
        ((*MINE, "--set", "corpus=x"), "--set corpus=… is given twice over"),
        (
            ("table", "tiny", "--stratum", "seen 1-5"),
            "unknown stratum 'seen 1-5'; did you mean 'seen 1-4'",
        ),
        (("table", "tiny", "--emergence", "--stratum", "nosuch"), "unknown stratum 'nosuch'"),
        (("figure", "tiny", "--out", "mine.csv"), "cannot be written"),
        (("vectors", "train", "mine.csv", "--dim", "1.5"), "a whole number is needed, not '1.5'"),
        (
            ("vectors", "neighbors", "vectors.txt", "good", "-k", "2.5"),
            "a whole number is needed, not '2.5'",
        ),
        (
            ("vectors", "neighbors", "vectors.txt", "+good", "-good"),
            "good give a vector of length zero",
        ),
        (("data", "info", "hub:"), "'hub:' names no data set of the hub"),
        (("table", "tiny", "--by", "epochs"), "unknown field in which these runs differ 'epochs'"),
        (("table", "tiny", "--at", "end"), "--at"),
        (
            ("table", "tiny", "--emergence", "--checkpoint", "last"),
            "leave --checkpoint, --by, --baseline",
        ),
        (("table", "tiny", "--emergence", "--measure", "polarty"), "unknown measure 'polarty'"),
        (
            ("table", "tiny", "--search"),
            "there is no search to show: none of these runs is a trial",
        ),
        (("table", "tiny", "--search", "--emergence"), "--search shows how arms were tuned"),
        (("table", "tiny", "--search", "--measure", "nll"), "leave all other options but --format"),
        (("table", "tiny", "--search", "--by", "encoder"), "--search shows how arms were tuned"),
        (("figure", "nothing-here"), "unknown results 'nothing-here'"),
        (("data", "info", "imbd"), "unknown data set 'imbd'"),
        (("data", "fetch", "imbd"), "unknown data set 'imbd'"),
        (("data", "inform"), 'Unknown command "inform"'),
    ],
)
def test_a_user_s_mistake_is_refused_in_one_sentence_before_any_training(
    ran, here, capsys, untrained, words, sentence
):
    write_broken(here)
    before = sorted(here.rglob("*"))
    assert sentence in refused(capsys, *words)
    assert sorted(here.rglob("*")) == before  # nothing is left behind either


def write_broken(folder: Path) -> None:
    """Files with one fault each."""
    texts = {
        "one-class.csv": "text,label\n" + "a film,1\n" * 9,
        "all-alike.csv": "text,label\n" + "a film,1\na film,0\n" * 9,
        "empty-texts.csv": "text,label\n" + " ,1\n,0\n" * 9,
        "marks.csv": "text,label\n" + "".join(f"{'!' * n},1\n{'?' * n},0\n" for n in range(1, 20)),
        "unlabelled.csv": "text,label\na film,1\na plot,\n",
        "nothing.csv": "",
        "truncated.txt": "the 1 2 3 4\nfilm 1 2 3 4\nplot 1 2",
        "widths.txt": "the 1 2 3 4\nfilm 1 2 3 4 5\nplot 1 2 3 4\n",
        "foreign.txt": "le 1 2 3 4\nla 1 2 3 4\n",
        "unknown.txt": "<unk> 1 2 3 4\n<pad> 1 2 3 4\n",
        "nan.txt": "the 1 2 3 4\nfilm nan 2 3 4\n",
        "zeros.txt": "the 0 0 0 0\nfilm 0 0 0 0\n",
    }
    for name, text in texts.items():
        (folder / name).write_text(text)
    (folder / "truncated.bin").write_bytes(b"3 4\nthe " + bytes(16) + b"film " + bytes(7))
