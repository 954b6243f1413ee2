"""What the numbers of a spec are made from, by its SHA-256."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from embexp.data.corpora import unlabelled_file
from embexp.data.files import checksum
from embexp.data.tokenizers import tokenizer_checksum
from embexp.measures.resources import LexicalResources
from embexp.spec import Spec
from embexp.synthetic import load_corpus
from embexp.tasks.documents import OWN
from embexp.tasks.encoded import read_corpus
from embexp.tasks.resources import resources_of
from embexp.vectors import registry
from embexp.vectors.corpus_trained import is_corpus_trained, reads_unlabelled


def data_checksums(spec: Spec) -> dict[str, str]:
    """The checksums of a spec's task, which is not made: no text is encoded, no vectors are read.

    Raises:
        InputError: what a user got wrong about the data or the resources.
    """
    return checksums(spec, read_corpus(spec).checksum, resources_of(spec))


@contextmanager
def unchanged(spec: Spec) -> Iterator[None]:
    """Refuses vectors whose files change before their checksum is taken."""
    with ExitStack() as every:
        for name in (spec.vectors, spec.reference):
            if name is not None and not is_corpus_trained(name):
                every.enter_context(registry.unchanged(name))
        yield


def checksums(spec: Spec, corpus: str, resources: LexicalResources) -> dict[str, str]:
    """SHA-256 of what the numbers are made from, by the spec's field; that of the corpus given."""
    made_from = {"corpus": corpus, **resources.checksums()}
    if digest := tokenizer_checksum(spec.tokenizer):
        made_from["tokenizer"] = digest
    if spec.vectors is not None and not is_corpus_trained(spec.vectors):
        made_from["vectors"] = registry.checksum(spec.vectors)
    elif spec.vectors is not None and reads_unlabelled(spec.vectors):
        made_from["vectors"] = checksum([unlabelled_file(spec.corpus)])
    if spec.reference is not None:
        made_from["reference"] = registry.checksum(spec.reference)
    if spec.polarity_corpus not in OWN:
        made_from["polarity_corpus"] = load_corpus(spec.polarity_corpus).checksum
    return made_from
