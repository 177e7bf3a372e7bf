"""Winning tiles: which tiles complete a one-suit Mahjong hand?

A hand of ``3 * melds + 1`` tiles wins with one more tile if all of them then form ``melds`` melds (three of a kind, or
three in a row) and a pair. No tile exists more than four times. A hand is a tuple of nine counts.

    W1123445678?   ->   3,6,9

The whole space is small enough to enumerate, so the labels are exact. A hand and its mirror image (tile ``t`` becomes
``10 - t``) are one problem; both land on the same side of the split, or the test set would leak.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import cache
from itertools import combinations_with_replacement

Hand = tuple[int, ...]

KINDS = 9
COPIES = 4
TEST_PERCENT = 15


def _melds() -> list[Hand]:
    triplets = [tuple(3 if t == kind else 0 for t in range(KINDS)) for kind in range(KINDS)]
    runs = [tuple(1 if low <= t < low + 3 else 0 for t in range(KINDS)) for low in range(KINDS - 2)]
    return triplets + runs


@cache
def complete_hands(melds: int) -> frozenset[Hand]:
    """Every hand of ``melds`` melds and a pair."""
    hands = set()
    for chosen in combinations_with_replacement(_melds(), melds):
        counts = [sum(column) for column in zip(*chosen, strict=True)]
        for pair in range(KINDS):
            hand = tuple(count + 2 * (tile == pair) for tile, count in enumerate(counts))
            if max(hand) <= COPIES:
                hands.add(hand)
    return frozenset(hands)


def winning_tiles(hand: Hand) -> tuple[int, ...]:
    """The tiles, 1 to 9 and ascending, that complete the hand."""
    melds, remainder = divmod(sum(hand) - 1, 3)
    if remainder:
        raise ValueError(f"a hand needs one tile more than a multiple of three, not {sum(hand)} tiles")
    complete = complete_hands(melds)
    return tuple(tile + 1 for tile in range(KINDS) if _with(hand, tile, 1) in complete)


def ready_hands(melds: int) -> list[Hand]:
    """Every hand that at least one tile completes."""
    return sorted({_with(hand, tile, -1) for hand in complete_hands(melds) for tile in range(KINDS) if hand[tile]})


def _with(hand: Hand, tile: int, change: int) -> Hand:
    return (*hand[:tile], hand[tile] + change, *hand[tile + 1 :])


def mirror_class(hand: Hand) -> Hand:
    return min(hand, hand[::-1])


def is_test(hand: Hand) -> bool:
    digest = hashlib.sha256(bytes(mirror_class(hand))).digest()
    return int.from_bytes(digest[:4], "big") % 100 < TEST_PERCENT


def question(hand: Hand) -> str:
    return "W" + "".join(str(tile + 1) * count for tile, count in enumerate(hand)) + "?"


def answer(hand: Hand) -> str:
    return ",".join(map(str, winning_tiles(hand)))


def facts(prompt: str) -> str:
    """What a rule engine tells a teacher that cannot play: how each winning tile completes the hand."""
    hand = parse_question(prompt)
    melds = sum(hand) // 3
    ways = [f"With {tile}: {_shown(_with(hand, tile - 1, 1), melds)}." for tile in winning_tiles(hand)]
    return f"{' '.join(ways)} No other tile completes the hand."


def _shown(hand: Hand, melds: int) -> str:
    """One way to part a complete hand into its melds and its pair."""
    for chosen in combinations_with_replacement(_melds(), melds):
        left = [count - sum(column) for count, column in zip(hand, zip(*chosen, strict=True), strict=True)]
        if sorted(left) == [0] * (KINDS - 1) + [2]:
            groups = [*chosen, tuple(left)]
            return " ".join("".join(str(tile + 1) * count for tile, count in enumerate(group)) for group in groups)
    raise ValueError(f"{hand} is not complete")


def parse_question(prompt: str) -> Hand:
    digits = prompt.removeprefix("W").removesuffix("?")
    if len(prompt) != len(digits) + 2 or not digits.isdecimal() or "0" in digits:
        raise ValueError(f"not a winning-tiles question: {prompt!r}")
    return tuple(digits.count(str(tile + 1)) for tile in range(KINDS))


def rows(split: str, melds: int = 3) -> Iterator[dict[str, str]]:
    """The rows of one split, in a fixed order that does not follow the alphabet."""
    hands = [hand for hand in ready_hands(melds) if is_test(hand) == (split == "test")]
    hands.sort(key=lambda hand: hashlib.sha256(b"order" + bytes(hand)).digest())
    for hand in hands:
        yield {"prompt": question(hand), "completion": answer(hand)}


def verify(prompt: str, completion: str, reference: str | None) -> bool:
    """The rules themselves decide; the reference is not needed."""
    return completion.strip() == answer(parse_question(prompt))
