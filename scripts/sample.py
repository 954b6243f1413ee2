"""Writes `embexp/data/hotels.csv`, the made-up reviews that ship with the package.

A small grammar makes 600 reviews of hotels. A review has three opinions, at least two of them
of its class. Adjectives are drawn by Zipf's law, so that most of them are rare: a table that
starts at random cannot learn those from so few labels, and pretrained vectors know them.

    python scripts/sample.py
"""

import csv
import random
from pathlib import Path

FILE = Path(__file__).parent.parent / "embexp" / "data" / "hotels.csv"
TEXTS = 600
POSITIVE = (
    "good lovely clean quiet friendly comfortable excellent helpful beautiful bright delicious "
    "warm generous spotless charming superb cosy wonderful polite delightful perfect peaceful "
    "fresh modern relaxing splendid welcoming elegant tasty spacious fantastic attentive cheerful "
    "marvellous pleasant reliable gorgeous impressive brilliant amazing tidy graceful pleasing "
    "enjoyable efficient exquisite magnificent thoughtful courteous terrific"
)
NEGATIVE = (
    "bad dirty noisy rude cold broken awful slow uncomfortable stale dark terrible filthy smelly "
    "shabby unfriendly horrible dull cramped disappointing lousy damp bland ugly careless "
    "dreadful dusty overpriced mouldy tasteless miserable gloomy hostile unpleasant useless "
    "faulty grim appalling nasty chaotic rotten pathetic shoddy depressing inefficient arrogant "
    "clumsy disgusting dismal annoying"
)
NOUNS = (
    "room breakfast receptionist bed shower garden lift view kitchen lobby pool bar service "
    "terrace restaurant bathroom balcony porter coffee dinner corridor window carpet waiter "
    "manager"
)
OPINIONS = (
    "the {noun} was {word}",
    "we found the {noun} {word}",
    "{a} {word} {noun}",
    "the {noun} seemed rather {word}",
    "what {a} {word} {noun}",
    "and the {noun} was {word}",
)
OPENINGS = (
    "We stayed two nights",
    "A week by the sea",
    "One night on business",
    "Our second visit",
    "A weekend with the children",
    "We came by train",
    "I booked late",
    "Three days in spring",
)


def review(draw: random.Random, positive: bool) -> str:
    """One review, whose class is that of most of its opinions."""
    own, other = (POSITIVE, NEGATIVE) if positive else (NEGATIVE, POSITIVE)
    sides = [own, own, draw.choice((own, own, other))]
    draw.shuffle(sides)
    parts = []
    for side, noun in zip(sides, draw.sample(NOUNS.split(), len(sides)), strict=True):
        words = side.split()
        (word,) = draw.choices(words, [1 / rank for rank in range(1, len(words) + 1)])
        a = "an" if word[0] in "aeiou" else "a"
        parts.append(draw.choice(OPINIONS).format(noun=noun, word=word, a=a))
    return f"{draw.choice(OPENINGS)}: {', '.join(parts)}."


def write(path: Path) -> None:
    """Writes the reviews, the same ones each time."""
    draw = random.Random(0)  # noqa: S311 - no secret
    rows = [("text", "label")]
    for number in range(TEXTS):
        positive = number % 2 == 0
        rows.append((review(draw, positive), "positive" if positive else "negative"))
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)


if __name__ == "__main__":
    write(FILE)
