"""Losses of whole models against the definition in double precision, and the normalisation that micro-batches keep."""

import math
from dataclasses import replace
from functools import partial

import pytest
import torch
from transformers import AutoModelForCausalLM, CohereConfig, Gemma2Config, GraniteConfig

from stratos_trainer import batches, heads, losses, modeling, teacher_cache, tiny_models
from stratos_trainer.batches import Example, Other
from stratos_trainer.losses import Recipe
from stratos_trainer.ranks import Ranks


def naive_cross_entropy(logits: torch.Tensor, labels: torch.Tensor) -> float:
    total = 0.0
    for row, label in zip(logits.double().tolist(), labels.tolist(), strict=True):
        total += math.log(sum(math.exp(value) for value in row)) - row[label]
    return total


def test_cross_entropy_is_its_definition():
    torch.manual_seed(0)
    logits, labels = torch.randn(11, 7), torch.randint(7, (11,))
    want = naive_cross_entropy(logits, labels)
    assert losses.cross_entropy_sum(logits, labels).item() == pytest.approx(want, rel=1e-6)


@pytest.fixture(scope="module")
def student():
    torch.manual_seed(3)
    return AutoModelForCausalLM.from_config(tiny_models.arithmetic_student())


@pytest.fixture(scope="module")
def teacher():
    return modeling.load_model(tiny_models.FOLDER / "tiny-teacher", 0).eval().requires_grad_(False)


@pytest.fixture(scope="module")
def examples():
    rng = torch.Generator().manual_seed(4)

    def tokens(size: int) -> tuple[int, ...]:
        return tuple(torch.randint(5, 100, (size,), generator=rng).tolist())

    return [Example(tokens(3 + number % 5), tokens(1 + number % 4)) for number in range(12)]


def rows_of(model, example: Example) -> torch.Tensor:
    """The logits behind each completion token, from a forward pass of its own."""
    logits = model(input_ids=torch.tensor([example.prompt + example.completion])).logits[0]
    return logits[len(example.prompt) - 1 : -1]


def gradients(model, loss, parts: list[batches.Batch]) -> torch.Tensor:
    model.zero_grad()
    valid = sum(part.valid_tokens for part in parts)
    for part in parts:
        (loss(model, part) / valid).backward()
    return torch.cat([parameter.grad.flatten() for parameter in model.parameters()])


def test_only_the_completion_is_learned(student, examples):
    batch = batches.collate(examples, pad=0)
    want = sum(naive_cross_entropy(rows_of(student, e), torch.tensor(e.completion)) for e in examples)
    assert losses.sequence_level(student, batch).item() == pytest.approx(want, rel=1e-6)
    assert batch.valid_tokens == sum(len(example.completion) for example in examples)


LOSSES = {
    "sequence-level": losses.sequence_level,
    "all logits": lambda model, batch: losses.logits(model, batch, TEACHER[0], Recipe("JensenShannon", 0.7, 2.0)),
}
TEACHER = []


@pytest.mark.parametrize("name", LOSSES)
def test_chunks_of_the_head_change_nothing(student, teacher, examples, monkeypatch, name):
    TEACHER[:] = [teacher]
    batch = batches.collate(examples, pad=0)
    whole = gradients(student, LOSSES[name], [batch])
    monkeypatch.setattr(heads, "LOGITS_AT_ONCE", 4 * student.config.vocab_size)
    torch.testing.assert_close(gradients(student, LOSSES[name], [batch]), whole)


def test_micro_batches_of_unequal_size_change_nothing(student, examples):
    whole = gradients(student, losses.sequence_level, [batches.collate(examples, pad=0)])
    parts = [batches.collate(part, pad=0) for part in batches.micro_batches(examples, most_tokens=24)]
    assert len({part.valid_tokens for part in parts}) > 1
    torch.testing.assert_close(gradients(student, losses.sequence_level, parts), whole)


def test_packed_sequences_do_not_see_each_other(student, examples):
    whole = gradients(student, losses.sequence_level, [batches.collate(examples, pad=0)])
    parts = [batches.collate_rows(rows, 0) for rows in batches.packed_micro_batches(examples, width=24, most_tokens=48)]
    assert any(len(row) > 1 for rows in batches.packed_micro_batches(examples, 24, 48) for row in rows)
    torch.testing.assert_close(gradients(student, losses.sequence_level, parts), whole, rtol=1e-4, atol=1e-6)


def test_a_teacher_equal_to_the_student_adds_no_divergence(student, examples):
    batch = batches.collate(examples, pad=0)
    half = 0.5 * losses.sequence_level(student, batch).item()
    assert losses.logits(student, batch, student, Recipe()).item() == pytest.approx(half, rel=1e-6)


def test_all_logits_are_the_blend_of_both_parts(student, teacher, examples):
    recipe = Recipe("ReverseKL", 0.3, 2.0)
    want = 0.0
    for example in examples:
        q, p = ((rows_of(model, example).double() / 2).log_softmax(-1) for model in (student, teacher))
        want += 0.3 * 4 * (q.exp() * (q - p)).sum().item()
        want += 0.7 * naive_cross_entropy(rows_of(student, example), torch.tensor(example.completion))
    got = losses.logits(student, batches.collate(examples, pad=0), teacher, recipe).item()
    assert got == pytest.approx(want, rel=1e-6)


@pytest.mark.parametrize(
    "config",
    [
        Gemma2Config(final_logit_softcapping=0.5),
        CohereConfig(logit_scale=0.0625),
        GraniteConfig(logits_scaling=8.0),
    ],
    ids=lambda config: config.model_type,
)
def test_a_model_s_own_adjustment_of_its_logits_is_kept(config):
    sizes = {"hidden_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2, "num_key_value_heads": 2}
    more = {
        "vocab_size": 64,
        "intermediate_size": 32,
        "head_dim": 16,
        "pad_token_id": 0,
        "bos_token_id": 1,
        "eos_token_id": 2,
    }
    for key, value in {**sizes, **more}.items():
        setattr(config, key, value)
    torch.manual_seed(0)
    model = AutoModelForCausalLM.from_config(config).eval()
    example = Example((3, 4, 5), (6, 7))
    batch = batches.collate([example], pad=0)
    got = heads.head_of(model)(losses.hidden_rows(model, batch))
    torch.testing.assert_close(got, rows_of(model, example))


class TestTheCache:
    @pytest.fixture
    def cache(self, tmp_path, monkeypatch):
        monkeypatch.setattr(teacher_cache, "SHARD_EXAMPLES", 5)
        return teacher_cache.TeacherCache(tmp_path, "sha256:0", kept=8)

    def test_it_holds_the_teacher_s_likeliest_tokens_and_the_rest(self, cache, teacher, examples):
        teacher_cache.fill(cache, teacher, examples, Ranks(), most=40)
        for example in cache.attached(examples):
            want = rows_of(teacher, example).log_softmax(-1).topk(8)
            torch.testing.assert_close(example.top.log_probs[:, :8], want.values, rtol=1e-4, atol=1e-5)
            assert example.top.tokens.tolist() == want.indices.tolist()
            assert example.top.log_probs.exp().sum(-1).tolist() == pytest.approx(
                [1.0] * len(example.completion), abs=1e-5
            )

    def test_all_tokens_kept_are_the_teacher_itself(self, tmp_path, student, teacher, examples):
        cache = teacher_cache.TeacherCache(tmp_path, "sha256:0", kept=10**6, temperature=2.0)
        teacher_cache.fill(cache, teacher, examples, Ranks(), most=10**6)
        recipe = Recipe("JensenShannon", 0.5, 2.0)
        batch = batches.collate(cache.attached(examples), pad=0)
        want = gradients(student, partial(losses.logits, teacher=teacher, recipe=recipe), [batch])
        torch.testing.assert_close(
            gradients(student, partial(losses.cached, recipe=recipe), [batch]), want, rtol=1e-3, atol=1e-6
        )

    def test_only_what_is_missing_or_damaged_is_written_again(self, cache, teacher, examples):
        teacher_cache.fill(cache, teacher, examples, Ranks(), most=40)
        first, second, _ = (cache.path_of(examples[at : at + 5]) for at in (0, 5, 10))
        kept = first.stat().st_ino
        second.write_bytes(second.read_bytes()[:100])
        assert len(cache.missing(examples)) == 1
        teacher_cache.fill(cache, teacher, examples, Ranks(), most=40)
        assert cache.missing(examples) == [] and first.stat().st_ino == kept

    def test_another_teacher_temperature_or_example_is_another_shard(self, cache, examples):
        other = [replace(cache, teacher="sha256:1"), replace(cache, temperature=2.0), replace(cache, kept=4)]
        names = {each.path_of(examples) for each in (cache, *other)} | {cache.path_of(examples[1:])}
        assert len(names) == 5


def test_another_tokenizer_is_compared_where_both_have_read_the_same(student, teacher):
    """The teacher's second example has one token more; the two meet before the first token and at the end."""
    examples = [
        Example((5, 6), (7, 8, 2), other=Other((9,), (10, 11, 2), ((0, 0), (1, 1), (2, 2)))),
        Example((5, 6, 7), (8, 2), other=Other((9, 9), (10, 11, 2), ((0, 0), (1, 2)))),
    ]
    want = 0.0
    for example in examples:
        view = Example(example.other.prompt, example.other.completion)
        q, p = (
            rows_of(model, e).double().softmax(-1).sort(-1).values for model, e in ((student, example), (teacher, view))
        )
        want += 0.5 * sum((p[theirs] - q[mine]).abs().sum().item() for mine, theirs in example.other.meetings)
        want += 0.5 * naive_cross_entropy(rows_of(student, example), torch.tensor(example.completion))
    batch = batches.collate(examples, pad=0)
    assert losses.universal(student, batch, teacher, Recipe("Universal")).item() == pytest.approx(want, rel=1e-6)


def test_a_part_that_is_ignored_changes_nothing(student, teacher, examples):
    part = batches.ignored(batches.collate(examples, pad=0))
    for loss in (losses.sequence_level, partial(losses.logits, teacher=teacher, recipe=Recipe())):
        assert not gradients_of(student, loss(student, part)).any()


def gradients_of(model, loss) -> torch.Tensor:
    model.zero_grad()
    loss.backward()
    return torch.cat([parameter.grad.flatten() for parameter in model.parameters()])
