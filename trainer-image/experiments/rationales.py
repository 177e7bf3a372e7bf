"""Reasons that a rule engine can give for an answer it knows: the privileged context of the injected student."""

from __future__ import annotations

from functools import cache

from stratos_trainer.metrics import final_answer
from stratos_trainer.tasks.chained_arithmetic import solve
from stratos_trainer.tasks.winning_tiles import KINDS, Hand, parse_question, winning_tiles


def pairs_behind(prompt: str) -> str:
    """For each winning tile, the pair of one way to complete the hand with it: ``3:44,6:11``."""
    hand = parse_question(prompt)
    return ",".join(f"{tile}:{str(_pair(_changed(hand, tile - 1, 1))) * 2}" for tile in winning_tiles(hand))


def _pair(complete: Hand) -> int:
    """The lowest tile that can be the pair while the rest forms melds."""
    for tile in range(KINDS):
        if complete[tile] >= 2 and _is_all_melds(_changed(complete, tile, -2)):
            return tile + 1
    raise ValueError(f"{complete} is not a complete hand")


@cache
def _is_all_melds(hand: Hand) -> bool:
    """The lowest tile is in a triplet or begins a run; there is no third way to use it."""
    lowest = next((tile for tile in range(KINDS) if hand[tile]), None)
    if lowest is None:
        return True
    triplet = hand[lowest] >= 3 and _is_all_melds(_changed(hand, lowest, -3))
    run = lowest + 2 < KINDS and min(hand[lowest : lowest + 3]) > 0
    return triplet or (run and _is_all_melds(_without_run(hand, lowest)))


def _without_run(hand: Hand, low: int) -> Hand:
    return tuple(count - (low <= tile < low + 3) for tile, count in enumerate(hand))


def _changed(hand: Hand, tile: int, change: int) -> Hand:
    return (*hand[:tile], hand[tile] + change, *hand[tile + 1 :])


def answers_first(prompt: str, completion: str, _reference: str | None) -> bool:
    """Whether a sum's number stands on the marked first line; its working may follow."""
    return final_answer(completion) == solve(prompt).rpartition("#")[2]
