"""Vectors that the project gensim-data publishes, with their checksums and terms."""

from typing import NamedTuple

ADDRESS = "https://github.com/piskvorky/gensim-data/releases/download"


class PublishedVectors(NamedTuple):
    """Vectors that are published as NAME/NAME.gz: the MD5 and the size of that file."""

    summary: str
    md5: str
    size: int
    terms: str


_6B = "GloVe 6B, 400,000 words"
_TWITTER = "GloVe on Twitter, 1,193,514 words"
_PDDL = "PDDL 1.0"
MODELS = {
    name: PublishedVectors(summary, md5, size, terms)
    for name, summary, md5, size, terms in (
        ("glove-wiki-gigaword-50", _6B, "c289bc5d7f2f02c6dc9f2f9b67641813", 69182535, _PDDL),
        ("glove-wiki-gigaword-100", _6B, "40ec481866001177b8cd4cb0df92924f", 134300434, _PDDL),
        ("glove-wiki-gigaword-200", _6B, "59652db361b7a87ee73834a6c391dfc1", 264336934, _PDDL),
        ("glove-wiki-gigaword-300", _6B, "29e9329ac2241937d55b852e8284e89b", 394362229, _PDDL),
        ("glove-twitter-25", _TWITTER, "50db0211d7e7a2dcd362c6b774762793", 109885004, _PDDL),
        ("glove-twitter-50", _TWITTER, "c168f18641f8c8a00fe30984c4799b2b", 209216938, _PDDL),
        ("glove-twitter-100", _TWITTER, "b04f7bed38756d64cf55b58ce7e97b15", 405932991, _PDDL),
        ("glove-twitter-200", _TWITTER, "e52e8392d1860b95d5308a525817d8f9", 795373100, _PDDL),
        (
            "word2vec-google-news-300",
            "word2vec on Google News, 3,000,000 words and phrases",
            "a5e5354d40acb95f9ec66d5977d140ef",
            1743563840,
            "unstated",
        ),
        (
            "word2vec-ruscorpora-300",
            "word2vec on the Russian National Corpus, 184,973 tagged words",
            "9bdebdc8ae6d17d20839dd9b5af10bc4",
            208427381,
            "CC BY 4.0",
        ),
        (
            "fasttext-wiki-news-subwords-300",
            "fastText on Wikipedia and news, 999,999 words",
            "de2bb3a20c46ce65c9c131e1ad9a77af",
            1005007116,
            "CC BY-SA 3.0",
        ),
        (
            "conceptnet-numberbatch-17-06-300",
            "ConceptNet Numberbatch 17.06, 1,917,247 terms",
            "fd642d457adcd0ea94da0cd21b150847",
            1225497562,
            "CC BY-SA 4.0",
        ),
    )
}
