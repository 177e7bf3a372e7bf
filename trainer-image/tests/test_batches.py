"""The order of training: complete, bucketed, and a function of its arguments alone."""

import random

from stratos_trainer.batches import IGNORED, Example, collate_rows, epoch_order, pack
from stratos_trainer.generate import length_buckets


def test_every_example_occurs_once_an_epoch():
    lengths = [random.Random(5).randint(1, 50) for _ in range(1003)]
    order = epoch_order(lengths, 32, seed=1, epoch=0)
    assert sorted(index for batch in order for index in batch) == list(range(1003))


def test_the_order_depends_on_seed_and_epoch_alone():
    lengths = list(range(200))
    assert epoch_order(lengths, 8, 1, 2) == epoch_order(lengths, 8, 1, 2)
    assert epoch_order(lengths, 8, 1, 2) != epoch_order(lengths, 8, 1, 3)
    assert epoch_order(lengths, 8, 1, 2) != epoch_order(lengths, 8, 2, 2)


def test_batches_hold_examples_of_similar_length():
    rng = random.Random(6)
    lengths = [rng.randint(1, 100) for _ in range(1024)]
    padded = sum(max(lengths[index] for index in batch) * len(batch) for batch in epoch_order(lengths, 32, 0, 0))
    assert padded < 1.15 * sum(lengths)


def test_generation_buckets_hold_every_prompt_once():
    lengths = [7, 300, 5, 90_000, 5]
    assert sorted(index for bucket in length_buckets(lengths, 10) for index in bucket) == [0, 1, 2, 3, 4]


def examples_of(sizes):
    return [Example(tuple(range(size - 1)), (1,)) for size in sizes]


def test_packed_rows_hold_every_example_once_and_nearly_no_padding():
    rng = random.Random(7)
    examples = examples_of([rng.randint(2, 64) for _ in range(500)])
    rows = pack(examples, width=128)
    assert sorted(len(example) for row in rows for example in row) == sorted(map(len, examples))
    assert all(sum(map(len, row)) <= 128 for row in rows)
    assert len(rows) * 128 < 1.03 * sum(map(len, examples))


def test_a_packed_row_counts_its_positions_anew_for_each_sequence():
    batch = collate_rows([[Example((5, 6), (7,)), Example((8,), (9, 2))], [Example((5,), (2,))]], pad=0)
    assert batch.input_ids.tolist() == [[5, 6, 8, 9], [5, 0, 0, 0]]
    assert batch.labels.tolist() == [[IGNORED, 7, 9, 2], [2, IGNORED, IGNORED, IGNORED]]
    assert batch.positions.tolist() == [[0, 1, 0, 1], [0, 0, 0, 0]]
