"""The models in the image are what their scripts make, and no more."""

import hashlib
import json
from itertools import pairwise
from pathlib import Path

import pytest

from stratos_trainer import digests, modeling, pretrain_teacher, prompts, tiny_models, tiny_tokenizer

TEACHER = tiny_models.FOLDER / "tiny-teacher"
STUDENTS = ["winning-tiles-student", "arithmetic-student"]
MOST_BYTES = 2_000_000


def test_the_teacher_is_the_one_its_provenance_describes():
    provenance = json.loads((TEACHER / "provenance.json").read_text())
    assert provenance["weights"] == digests.of_file(TEACHER / "model.safetensors")
    for name, digest in provenance["sources"].items():
        assert digests.of_file(Path(pretrain_teacher.__file__).parent / name) == digest, name


def test_the_teacher_has_never_seen_a_rule_of_mahjong():
    """Its second skill restates random answers: no question is tied to its answer."""
    pairs = [
        (talk.prompt, answer)
        for talk, answer in pretrain_teacher.rows(seed=0, restated_share=0.4, count=4000)
        if "Known answer" in talk.prompt
    ]
    assert len(pairs) > 800
    assert all(f"{prompts.KNOWN_ANSWER}{answer}\n" in prompt for prompt, answer in pairs)
    # Independence, checked where a rule would show: how often the answer's first digit occurs in the question's hand.
    inside = [answer[0] in prompt.split("?")[0] for prompt, answer in pairs if answer[0].isdigit()]
    shuffled = [second[1][0] in first[0].split("?")[0] for first, second in pairwise(pairs)]
    assert abs(sum(inside) / len(inside) - sum(shuffled) / len(shuffled)) < 0.05


@pytest.mark.parametrize("name", [*STUDENTS, "tiny-teacher"])
def test_all_share_the_tokenizer_that_the_code_builds(name):
    built = modeling.tokenizer_digest(tiny_tokenizer.build())
    assert modeling.tokenizer_digest(modeling.load_tokenizer(tiny_models.FOLDER / name)) == built


@pytest.mark.parametrize("name", STUDENTS)
def test_a_student_has_no_weights_and_starts_from_the_seed(name):
    folder = tiny_models.FOLDER / name
    assert not modeling.has_weights(folder)
    first, again, other = (weights(modeling.load_model(folder, seed)) for seed in (0, 0, 1))
    assert first == again != other


def weights(model) -> str:
    return hashlib.sha256(
        b"".join(parameter.detach().numpy().tobytes() for parameter in model.parameters())
    ).hexdigest()


def test_the_arithmetic_student_is_a_fifth_of_its_teacher():
    sizes = [
        sum(p.numel() for p in modeling.load_model(tiny_models.FOLDER / name, 0).parameters())
        for name in ("arithmetic-student", "tiny-teacher")
    ]
    assert 5 * sizes[0] <= sizes[1]


def test_a_prompt_begins_once_with_the_beginning_of_sequence():
    tokenizer = tiny_tokenizer.build()
    ids = prompts.render(tokenizer, prompts.ask("W1112?").with_system(None))
    assert ids == tokenizer("W1112?")["input_ids"]
    assert ids.count(tokenizer.bos_token_id) == 1 and ids[0] == tokenizer.bos_token_id
    assert tokenizer.convert_ids_to_tokens(ids) == ["<bos>", "W", "111", "2", "?"]


@pytest.mark.parametrize("rationale", prompts.INSTRUCTIONS)
def test_text_survives_the_tokenizer(rationale):
    tokenizer = tiny_tokenizer.build()
    text = prompts.reverse(prompts.ask("W1112223334?"), "2,5", rationale).prompt
    ids = tokenizer(text, add_special_tokens=False)["input_ids"]
    assert tokenizer.decode(ids) == text and tokenizer.unk_token_id not in ids and len(ids) < 20


def test_the_folder_stays_small():
    assert sum(path.stat().st_size for path in tiny_models.FOLDER.rglob("*") if path.is_file()) < MOST_BYTES
