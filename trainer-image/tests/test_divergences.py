"""Divergences against closed forms, against their definitions in plain Python, and gradients by finite differences."""

import math

import pytest
import torch

from stratos_trainer import divergences, heads

NAMES = ["ForwardKL", "ReverseKL", "JensenShannon", "SkewForwardKL", "SkewReverseKL", "TotalVariation"]
MIXTURES = [0.1, 0.5, 0.9]


def softmax(row, temperature):
    powers = [math.exp(value / temperature) for value in row]
    return [power / sum(powers) for power in powers]


def kl(p, q):
    return sum(a * math.log(a / b) for a, b in zip(p, q, strict=True))


def mixed(p, q, share):
    return [share * a + (1 - share) * b for a, b in zip(p, q, strict=True)]


DEFINITIONS = {
    "ForwardKL": lambda p, q, _: kl(p, q),
    "ReverseKL": lambda p, q, _: kl(q, p),
    "JensenShannon": lambda p, q, b: b * kl(p, mixed(p, q, b)) + (1 - b) * kl(q, mixed(p, q, b)),
    "SkewForwardKL": lambda p, q, a: kl(p, mixed(p, q, a)),
    "SkewReverseKL": lambda p, q, a: kl(q, mixed(q, p, a)),
    "TotalVariation": lambda p, q, _: sum(abs(a - b) for a, b in zip(p, q, strict=True)) / 2,
}


def logits(rows=5, width=7, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return 2 * torch.randn(rows, width, generator=generator, dtype=torch.float64)


@pytest.mark.parametrize("temperature", [1.0, 2.5])
@pytest.mark.parametrize("mixture", MIXTURES)
@pytest.mark.parametrize("name", NAMES)
def test_each_is_its_definition_times_the_square_of_the_temperature(name, mixture, temperature):
    teacher, student = logits(seed=1), logits(seed=2)
    want = temperature**2 * sum(
        DEFINITIONS[name](softmax(p, temperature), softmax(q, temperature), mixture)
        for p, q in zip(teacher.tolist(), student.tolist(), strict=True)
    )
    got = divergences.from_logits(divergences.named(name, mixture), teacher, student, temperature).item()
    assert got == pytest.approx(want, rel=1e-9)
    single = divergences.from_logits(divergences.named(name, mixture), teacher.float(), student.float(), temperature)
    assert single.item() == pytest.approx(want, rel=1e-6, abs=1e-6)


def test_two_outcomes_have_closed_forms():
    """p = (1/2, 1/2), q = (1/4, 3/4)."""
    teacher, student = torch.tensor([[0.5, 0.5]]).double().log(), torch.tensor([[0.25, 0.75]]).double().log()
    want = {
        "ForwardKL": math.log(4 / 3) / 2,
        "ReverseKL": 0.75 * math.log(3) - math.log(2),
        "TotalVariation": 0.25,
        # m = (3/8, 5/8)
        "JensenShannon": (math.log(4 / 3) + math.log(4 / 5)) / 4
        + (0.25 * math.log(2 / 3) + 0.75 * math.log(6 / 5)) / 2,
    }
    for name, value in want.items():
        assert divergences.named(name, 0.5)(teacher, student).item() == pytest.approx(value, abs=1e-12), name


@pytest.mark.parametrize("name", NAMES)
def test_equal_distributions_are_at_distance_zero(name):
    same = logits()
    assert divergences.from_logits(divergences.named(name, 0.3), same, same).item() == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize(("mixture", "other"), [(0.0, "ForwardKL"), (1.0, "ReverseKL")])
def test_the_ends_of_jensen_shannon_are_the_two_divergences(mixture, other):
    teacher, student = logits(seed=3), logits(seed=4)
    got = divergences.from_logits(divergences.named("JensenShannon", mixture), teacher, student)
    assert got.item() == divergences.from_logits(divergences.named(other, 0), teacher, student).item()
    # Near the ends, divided by what tends to 0, it tends there too.
    near = abs(mixture - 1e-6)
    close = divergences.from_logits(divergences.named("JensenShannon", near), teacher, student) / min(near, 1 - near)
    assert close.item() == pytest.approx(got.item(), rel=1e-4)


@pytest.mark.parametrize("name", NAMES)
def test_gradients_are_finite_differences(name):
    teacher, student = logits(3, 5, seed=5), logits(3, 5, seed=6).requires_grad_()
    measure = divergences.named(name, 0.3)
    assert torch.autograd.gradcheck(lambda q: divergences.from_logits(measure, teacher, q, 1.7), student)


@pytest.mark.parametrize("name", NAMES)
def test_gradients_stay_finite_where_a_probability_vanishes(name):
    teacher = torch.tensor([[0.0, -200.0, 3.0]])
    student = torch.tensor([[-200.0, 5.0, 0.0]], requires_grad=True)
    divergences.from_logits(divergences.named(name, 0.1), teacher, student).backward()
    assert student.grad.isfinite().all()


def test_a_padded_head_gets_no_probability():
    teacher, student = logits(4, 8, seed=7), logits(4, 6, seed=8)
    measure = divergences.named("ForwardKL", 0)
    for wide, narrow in ((teacher, student), (student, teacher)):
        want = divergences.from_logits(measure, wide[:, :6], narrow[:, :6])
        assert divergences.from_logits(measure, wide, narrow).item() == pytest.approx(want.item(), rel=1e-12)


@pytest.mark.parametrize("name", NAMES)
def test_all_tokens_but_one_and_the_rest_are_the_whole(name):
    """With one token in the tail nothing has been summarised."""
    teacher, student = (divergences.log_probabilities(logits(seed=seed), 1.0) for seed in (9, 10))
    kept = teacher.topk(6).indices
    measure = divergences.named(name, 0.4)
    got = measure(divergences.with_tail(teacher, kept), divergences.with_tail(student, kept))
    assert got.item() == pytest.approx(measure(teacher, student).item(), rel=1e-9)


def test_the_tail_holds_what_is_left():
    teacher = divergences.log_probabilities(logits(seed=11), 1.0)
    bucketed = divergences.with_tail(teacher, teacher.topk(3).indices)
    assert bucketed.exp().sum(-1).tolist() == pytest.approx([1.0] * 5)


def test_with_a_tail_a_student_cannot_hide_mass_from_a_reverse_divergence():
    """All on a token outside of the three best: without the bucket that would look like no divergence at all."""
    teacher = divergences.log_probabilities(torch.tensor([[5.0, 4.0, 3.0, -5.0, -6.0]]), 1.0)
    hiding = divergences.log_probabilities(torch.tensor([[0.0, 0.0, 0.0, 20.0, 0.0]]), 1.0)
    kept = teacher.topk(3).indices
    tail = divergences.reverse_kl(divergences.with_tail(teacher, kept), divergences.with_tail(hiding, kept))
    bare = divergences.reverse_kl(teacher.gather(-1, kept), hiding.gather(-1, kept))
    assert abs(bare.item()) < 1e-6
    assert tail.item() > 5


def test_the_universal_distance_sorts_and_pads():
    teacher, student = torch.tensor([[0.7, 0.1, 0.2]]).log(), torch.tensor([[0.25, 0.75]]).log()
    assert divergences.sorted_distance(teacher, student).item() == pytest.approx(0.05 + 0.05 + 0.1, abs=1e-6)
    assert divergences.sorted_distance(student, student.flip(-1)).item() == 0


class TestHeads:
    """The fused head against the same thing written out."""

    def inputs(self, bias):
        generator = torch.Generator().manual_seed(12)
        made = [torch.randn(size, generator=generator, dtype=torch.float64) for size in ((9, 4), (11, 4), (11,))]
        hidden, weight, offset = (value.requires_grad_() for value in made)
        return hidden, weight, offset if bias else None

    def loss(self, logits, target):
        return torch.nn.functional.cross_entropy(logits, target, reduction="sum") + 0.01 * logits.square().sum()

    @pytest.mark.parametrize("bias", [False, True])
    @pytest.mark.parametrize("chunk", [1, 4, 100])
    def test_values_and_gradients_are_those_of_the_whole(self, monkeypatch, chunk, bias):
        monkeypatch.setattr(heads, "LOGITS_AT_ONCE", 11 * chunk)
        hidden, weight, offset = self.inputs(bias)
        target = torch.arange(9)
        given = [value for value in (hidden, weight, offset) if value is not None]
        want = self.loss(torch.nn.functional.linear(hidden, weight, offset).tanh() * 3, target)
        slopes = torch.autograd.grad(2.5 * want, given)
        head = heads.Head(weight, offset, lambda logits: logits.tanh() * 3)
        got = heads.summed(self.loss, head, hidden, target)
        assert got.item() == pytest.approx(want.item(), rel=1e-12)
        for mine, theirs in zip(torch.autograd.grad(2.5 * got, given), slopes, strict=True):
            torch.testing.assert_close(mine, theirs, rtol=1e-9, atol=1e-12)

    def test_gradients_are_finite_differences(self, monkeypatch):
        monkeypatch.setattr(heads, "LOGITS_AT_ONCE", 22)
        hidden, weight, offset = self.inputs(True)

        def run(rows, matrix, shift):
            return heads.summed(self.loss, heads.Head(matrix, shift, lambda logits: logits), rows, torch.arange(9))

        assert torch.autograd.gradcheck(run, (hidden, weight, offset))

    def test_a_frozen_head_gets_no_gradient(self):
        hidden, weight, _ = self.inputs(False)
        head = heads.Head(weight.detach(), None, lambda logits: logits)
        heads.summed(self.loss, head, hidden, torch.arange(9)).backward()
        assert hidden.grad is not None

    def test_no_rows_are_no_loss_and_no_change(self):
        hidden, weight, _ = self.inputs(False)
        head = heads.Head(weight, None, lambda logits: logits)
        loss = heads.summed(self.loss, head, hidden[:0], torch.arange(0))
        loss.backward()
        assert loss.item() == 0 and not weight.grad.any()
