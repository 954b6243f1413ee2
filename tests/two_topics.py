"""A text of two topics whose words never meet."""

TOPICS = [["cat", "dog", "cow", "hen"], ["car", "bus", "van", "bike"]]


def sentences(rng, count=600):
    """Two topics whose words never meet."""
    return [" ".join(rng.choice(TOPICS[i % 2], 6)) for i in range(count)]
