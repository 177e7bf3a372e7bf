"""The solver against the rules, spelled out the slow way."""

import random

import pytest

from stratos_trainer.tasks import winning_tiles as tiles


def is_complete(hand: list[int], melds: int, pair_taken: bool = False) -> bool:
    """Takes the lowest tile and tries everything it can belong to."""
    if sum(hand) == 0:
        return melds == 0 and pair_taken
    low = next(tile for tile in range(9) if hand[tile])
    choices = []
    if hand[low] >= 2 and not pair_taken:
        choices.append(([low, low], melds, True))
    if hand[low] >= 3 and melds:
        choices.append(([low, low, low], melds - 1, pair_taken))
    if low <= 6 and hand[low + 1] and hand[low + 2] and melds:
        choices.append(([low, low + 1, low + 2], melds - 1, pair_taken))
    for used, left, pair in choices:
        rest = list(hand)
        for tile in used:
            rest[tile] -= 1
        if is_complete(rest, left, pair):
            return True
    return False


def slow_answer(hand: tuple[int, ...], melds: int) -> tuple[int, ...]:
    found = []
    for tile in range(9):
        larger = [count + (place == tile) for place, count in enumerate(hand)]
        if larger[tile] <= 4 and is_complete(larger, melds):
            found.append(tile + 1)
    return tuple(found)


def random_hand(rng: random.Random, size: int) -> tuple[int, ...]:
    drawn = rng.sample([tile for tile in range(9) for _ in range(4)], size)
    return tuple(drawn.count(tile) for tile in range(9))


@pytest.mark.parametrize("melds", [1, 2, 3, 4])
def test_agrees_with_brute_force_on_random_and_on_ready_hands(melds):
    rng = random.Random(melds)
    hands = [random_hand(rng, 3 * melds + 1) for _ in range(300)]
    ready = tiles.ready_hands(melds)
    hands += rng.sample(ready, min(300, len(ready)))
    for hand in hands:
        assert tiles.winning_tiles(hand) == slow_answer(hand, melds), tiles.question(hand)


def test_the_nine_gates_wait_for_all_nine_tiles():
    hand = tiles.parse_question("W1112345678999?")
    assert tiles.answer(hand) == "1,2,3,4,5,6,7,8,9"


def test_a_fifth_copy_never_wins():
    hand = tiles.parse_question("W1111222333?")
    assert 1 not in tiles.winning_tiles(hand)


def test_the_splits_share_no_hand_not_even_mirrored():
    train = {tiles.mirror_class(tiles.parse_question(row["prompt"])) for row in tiles.rows("train")}
    test = {tiles.mirror_class(tiles.parse_question(row["prompt"])) for row in tiles.rows("test")}
    assert len(train) > 5000 and len(test) > 900
    assert not train & test


def test_the_verifier_is_strict():
    right = tiles.answer(tiles.parse_question("W2233356788?"))
    assert tiles.verify("W2233356788?", right, None)
    for wrong in ("", right + ",", right + "9", "the answer is " + right, right.replace(",", "")):
        assert not tiles.verify("W2233356788?", wrong, None), wrong


@pytest.mark.parametrize("text", ["", "W?", "W102?", "1123?", "W1123", "Wabc?"])
def test_what_is_not_a_question_is_refused(text):
    with pytest.raises(ValueError):
        tiles.parse_question(text)
