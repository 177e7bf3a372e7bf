"""What a stage document asks for is what is trained: each loss, each method, each refusal."""

import json

import pytest
import torch
from stages import document, run_here
from test_resume import with_shard

from stratos_trainer import meetings, modeling, objective, rollouts, tiny_models
from stratos_trainer.batches import Example
from stratos_trainer.config import Training
from stratos_trainer.rollouts import Rollouts

SHORT = {"learningRate": 0.003, "batchSize": 8, "epochs": 1, "maxSequenceLength": 32, "warmupSteps": 2, "maxSteps": 12}
TINY = tiny_models.FOLDER / "tiny-teacher"

WORKS = {
    "all logits": {"loss": "Logits"},
    "all logits by another divergence": {
        "loss": "Logits",
        "divergence": "JensenShannon",
        "mixture": 0.1,
        "temperature": 2,
    },
    "cached logits": {"loss": "Logits", "topTokens": 8, "divergence": "ReverseKL"},
    "its own samples": {"loss": "OnPolicy", "maxSteps": 3},
    "its own samples half of the time": {
        "loss": "OnPolicy",
        "divergence": "JensenShannon",
        "onPolicyShare": 0.5,
        "maxSteps": 4,
    },
    "packed sequences": {"packing": True, "loss": "Logits", "topTokens": 8},
    "recomputed activations": {"recomputeActivations": True},
    "half precision": {"precision": "bf16", "loss": "Logits"},
}


@pytest.mark.parametrize("changes", WORKS.values(), ids=WORKS.keys())
def test_a_student_is_trained_on(tmp_path, changes):
    config = document("train", with_shard(tmp_path), training={**SHORT, **changes})
    result = run_here(config).result
    assert result["steps"] == min(8, changes.get("maxSteps", 12))
    assert 0 < result["finalLoss"] < 20
    # Nothing is left to do, and nothing is done: the same student again.
    assert run_here(config).result["digest"] == result["digest"]


@pytest.mark.parametrize("method", ["LoRA", "QLoRA"])
def test_adapters_are_trained_in_a_student_with_weights(tmp_path, method):
    students, teachers = (
        [{"name": name, "uri": f"builtin://models/{model}"}]
        for name, model in (("s", "tiny-teacher"), ("t", "arithmetic-student"))
    )
    config = document(
        "train",
        with_shard(tmp_path),
        training={**SHORT, "method": method, "loraRank": 4},
        students=students,
        teachers=teachers,
    )
    assert run_here(config).result["steps"] == 8
    [checkpoint] = (tmp_path / "attempt-1" / "checkpoints").glob("step-8")
    # Two matrices of rank 4 and their moments, not the model.
    assert sum(path.stat().st_size for path in checkpoint.iterdir()) < 0.6 * (TINY / "model.safetensors").stat().st_size
    merged = modeling.load_model(tmp_path / "attempt-1" / "model", 0)
    assert {name for name, _ in merged.named_parameters()} == {
        name for name, _ in modeling.load_model(TINY, 0).named_parameters()
    }


ENDPOINT = [{"name": "api", "endpoint": {"url": "http://127.0.0.1:9/v1", "model": "m"}}]
REFUSED = {
    "logits of an endpoint": (
        {"loss": "Logits"},
        ENDPOINT,
        "ModelIncompatible",
        "which is an endpoint; use SequenceLevel",
    ),
    "adapters on random weights": ({"method": "LoRA"}, None, "ModelIncompatible", "has no weights; use Full"),
    "four bits on random weights": ({"method": "QLoRA"}, None, "ModelIncompatible", "has no weights; use Full"),
    "a cache of samples nobody has drawn": (
        {"loss": "OnPolicy", "topTokens": 4},
        None,
        "ConfigInvalid",
        "topTokens is for loss Logits",
    ),
    "sorted distributions on samples": (
        {"loss": "OnPolicy", "divergence": "Universal"},
        None,
        "ConfigInvalid",
        "use loss Logits without topTokens",
    ),
}


@pytest.mark.parametrize(("changes", "teachers", "reason", "want"), REFUSED.values(), ids=REFUSED.keys())
def test_what_cannot_be_is_refused_with_the_way_out(tmp_path, changes, teachers, reason, want):
    more = {"teachers": teachers} if teachers else {}
    outcome = run_here(document("train", with_shard(tmp_path), training={**SHORT, **changes}, **more))
    assert (outcome.code, outcome.reason) == (2, reason)
    assert want in outcome.error


class TestAnotherTokenizer:
    @pytest.fixture
    def other(self, tmp_path):
        """The tiny teacher with a tokenizer that numbers the same characters otherwise."""
        folder = tmp_path / "students" / "other"
        teacher, tokenizer = modeling.load_model(TINY, 0), modeling.load_tokenizer(TINY)
        modeling.save(teacher, tokenizer, folder)
        content = json.loads((folder / "tokenizer.json").read_text())
        vocabulary = content["model"]["vocab"]
        one, two = sorted(vocabulary, key=vocabulary.get)[60:62]
        vocabulary[one], vocabulary[two] = vocabulary[two], vocabulary[one]
        (folder / "tokenizer.json").write_text(json.dumps(content))
        return [{"name": "other", "uri": "pvc://students/other"}]

    def test_is_refused_token_by_token(self, tmp_path, other):
        outcome = run_here(
            document("train", with_shard(tmp_path), training={**SHORT, "loss": "Logits"}, teachers=other)
        )
        assert (outcome.code, outcome.reason) == (2, "ModelIncompatible")
        assert "use divergence Universal" in outcome.error

    def test_is_learned_from_by_the_universal_distance(self, tmp_path, other):
        training = {**SHORT, "loss": "Logits", "divergence": "Universal"}
        assert run_here(document("train", with_shard(tmp_path), training=training, teachers=other)).result["steps"] == 8


class Characters:
    """A tokenizer that splits a text at given places."""

    is_fast, eos_token_id = True, 0

    def __init__(self, *ends):
        self.ends = ends

    def __call__(self, text, **_):
        spans = list(zip((0, *self.ends), (*self.ends, len(text)), strict=True))
        return {"input_ids": list(range(1, len(spans) + 1)), "offset_mapping": spans}


def test_two_tokenizers_meet_where_both_have_read_the_same_text():
    _, mine = meetings.with_starts(Characters(2, 5), "abcdefgh")
    view = meetings.view(Characters(3, 5, 7), (9,), "abcdefgh", mine)
    assert view.completion == (1, 2, 3, 4, 0)
    assert view.meetings == ((0, 0), (2, 2), (3, 4))


def test_tokens_that_share_a_character_meet_nothing_but_the_first_of_them():
    _, mine = meetings.with_starts(Characters(1, 1, 2), "ab")
    assert mine == [0, 1, -1, 2, 2][:2] + mine[2:]
    assert meetings.view(Characters(1), (), "ab", mine).meetings[0] == (0, 0)


def test_by_default_logits_are_half_of_the_loss_and_samples_all_of_it():
    assert objective.recipe(Training(loss="Logits")).weight == 0.5
    samples = objective.recipe(Training(loss="OnPolicy"))
    assert (samples.divergence, samples.weight) == ("ReverseKL", 1.0)


class TestRollouts:
    EXAMPLES = tuple(Example((1, 20 + number, 30), (40, 2)) for number in range(6))
    SETTINGS = Rollouts(max_new_tokens=5, most_tokens=20, eos=2, pad=0, seed=3)

    @pytest.fixture
    def model(self):
        return modeling.load_model(TINY, 0)

    def drawn(self, model, examples, step=7, settings=SETTINGS):
        return [e.completion for e in settings.complete(model, examples, settings.turn(self.EXAMPLES, step, 1))]

    def test_a_sample_depends_on_seed_step_and_example_alone(self, model):
        whole = self.drawn(model, self.EXAMPLES)
        assert self.drawn(model, self.EXAMPLES[::2]) == whole[::2]
        assert self.drawn(model, self.EXAMPLES, step=8) != whole

    def test_it_ends_where_the_student_ends_or_the_limit_is(self, model):
        for sample in self.drawn(model, self.EXAMPLES):
            assert 1 <= len(sample) <= 5 and 2 not in sample[:-1]

    def test_it_never_exceeds_what_is_trained_on(self, model):
        tight = Rollouts(max_new_tokens=50, most_tokens=6, eos=2, pad=0, seed=3)
        assert max(map(len, self.drawn(model, self.EXAMPLES, settings=tight))) <= 3

    def test_tokens_are_drawn_as_often_as_they_are_likely(self):
        torch.manual_seed(0)
        logits = torch.tensor([0.5, 0.3, 0.2]).log().repeat(4000, 1)
        tokens = rollouts._draw(logits, [torch.Generator().manual_seed(number) for number in range(4000)])
        shares = torch.bincount(tokens, minlength=3) / 4000
        # Five standard errors.
        assert shares.tolist() == pytest.approx([0.5, 0.3, 0.2], abs=0.04)

    def test_a_share_of_the_steps_is_on_policy(self):
        some = Rollouts(5, 20, 2, 0, seed=1, share=0.3)
        assert 0.2 < sum(some.due(step) for step in range(500)) / 500 < 0.4


def test_examples_too_long_are_left_out(tmp_path):
    outcome = run_here(document("train", with_shard(tmp_path), training={**SHORT, "maxSequenceLength": 2}))
    assert (outcome.code, outcome.reason) == (2, "NoDataAccepted")
