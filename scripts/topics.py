"""A small grammar of news and clickbait: triples of sentences, two of which share a topic.

Each of the ten topics can be written about in two ways that share no word but function
words.
"""

from itertools import product
from typing import NamedTuple

import numpy as np


class Side(NamedTuple):
    """One way to write about a topic: who, what happens, to what, and when or where."""

    who: tuple[str, ...]
    does: tuple[str, ...]
    what: tuple[str, ...]
    where: tuple[str, ...]

    def sentences(self) -> list[str]:
        """All sentences of this side."""
        return [" ".join(parts) for parts in product(*self)]


TOPICS: dict[str, tuple[Side, Side]] = {
    "ice": (
        Side(
            ("Greenland", "Arctic glaciers"),
            ("might miss", "are missing"),
            ("ice",),
            ("within eighty years", "as oceans warm"),
        ),
        Side(
            ("Alps", "Antarctica"),
            ("may lose", "is losing"),
            ("snow",),
            ("by end of the century", "because of climate change"),
        ),
    ),
    "football": (
        Side(
            ("Chelsea", "Liverpool"),
            ("beat", "defeat"),
            ("Manchester United",),
            ("in cup final", "after penalty shootout"),
        ),
        Side(
            ("Barcelona", "Arsenal"),
            ("wins against", "scores goals against"),
            ("Real Madrid",),
            ("during league match", "at stadium"),
        ),
    ),
    "markets": (
        Side(
            ("Wall Street", "Stocks"),
            ("fall on", "drop amid"),
            ("recession fears",),
            ("for third quarter", "as investors sell"),
        ),
        Side(
            ("Bank shares", "Dow Jones"),
            ("plunge over", "decline with"),
            ("economic crisis",),
            ("this fiscal year", "and traders worry"),
        ),
    ),
    "quake": (
        Side(
            ("Earthquake", "Strong tremor"),
            ("shakes", "hits"),
            ("Indonesia",),
            ("killing dozens", "near Sumatra coast"),
        ),
        Side(
            ("Tsunami", "Volcano eruption"),
            ("devastates", "strikes"),
            ("Philippines",),
            ("with many dead", "off Pacific islands"),
        ),
    ),
    "vote": (
        Side(
            ("Obama", "Senator McCain"),
            ("wins", "leads"),
            ("presidential primary",),
            ("in Ohio", "among Democrats"),
        ),
        Side(
            ("Prime minister Brown", "Conservative leader"),
            ("loses", "calls"),
            ("parliamentary election",),
            ("across Britain", "with voters"),
        ),
    ),
    "war": (
        Side(
            ("Taliban", "Suicide bomber"),
            ("kills", "attacks"),
            ("soldiers",),
            ("in Afghanistan", "near Kabul"),
        ),
        Side(
            ("Insurgents", "Militants"),
            ("wound", "ambush"),
            ("troops",),
            ("outside Baghdad", "across Iraq"),
        ),
    ),
    "space": (
        Side(
            ("NASA", "Space shuttle Discovery"),
            ("launches", "begins"),
            ("mission",),
            ("to orbit", "toward international station"),
        ),
        Side(
            ("Russian rocket", "European spacecraft"),
            ("carries", "reaches"),
            ("satellite",),
            ("into lunar flight", "beyond Mars"),
        ),
    ),
    "health": (
        Side(
            ("Swine flu", "New virus"),
            ("infects", "spreads among"),
            ("patients",),
            ("in hospitals", "says health official"),
        ),
        Side(
            ("Disease outbreak", "Influenza pandemic"),
            ("sickens", "kills"),
            ("children",),
            ("at clinics", "doctors warn"),
        ),
    ),
    "court": (
        Side(
            ("Judge", "Supreme court"),
            ("sentences", "convicts"),
            ("murderer",),
            ("to prison", "after trial"),
        ),
        Side(
            ("Jury", "Prosecutors"),
            ("find", "charge"),
            ("suspect guilty",),
            ("of killing", "in criminal case"),
        ),
    ),
    "flight": (
        Side(
            ("Airliner", "Passenger jet"),
            ("crashes into", "falls in"),
            ("sea",),
            ("killing crew", "after takeoff"),
        ),
        Side(
            ("Boeing plane", "Helicopter"),
            ("makes emergency landing on",),
            ("river", "runway"),
            ("with pilots safe", "near airport"),
        ),
    ),
}
"""Each topic in two ways that share no word but function words."""

BAIT = tuple(
    f"{number} {kind} {thing}"
    for number in (9, 17, 23)
    for kind in ("delicious", "hilarious", "adorable", "simple")
    for thing in (
        "recipes to make your dinner better",
        "cats who will make you laugh",
        "gifts every girl needs",
        "tips for your hair",
    )
)


class Triple(NamedTuple):
    """Three sentences, and whether the first is clickbait."""

    sentences: tuple[str, str, str]
    bait: bool


def triples(count: int, seed: int = 0) -> list[Triple]:
    """Random triples (a, b, c): b and c are about one topic, in its two ways.

    a is clickbait and news on another topic in turn.
    """
    rng, names = np.random.default_rng(seed), list(TOPICS)
    drawn = []
    for place in range(count):
        topic, other = rng.choice(len(names), 2, replace=False)
        sides = TOPICS[names[topic]]
        b, c = (
            str(rng.choice(side.sentences()))
            for side in (sides if rng.random() < 0.5 else sides[::-1])
        )
        bait = place % 2 == 0
        a = (
            str(rng.choice(BAIT))
            if bait
            else str(rng.choice(TOPICS[names[other]][int(rng.integers(2))].sentences()))
        )
        drawn.append(Triple((a, b, c), bait))
    return drawn
