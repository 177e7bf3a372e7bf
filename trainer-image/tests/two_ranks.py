"""Run by torchrun: every way to train, by all processes together and by each alone, ends with the same student."""

from functools import partial

import torch

from stratos_trainer import headroom, lora, losses, modeling, tiny_models
from stratos_trainer.batches import Example
from stratos_trainer.fit import Company, Fit, Schedule
from stratos_trainer.losses import Recipe
from stratos_trainer.ranks import Ranks, join, whole
from stratos_trainer.rollouts import Rollouts

TEACHER = tiny_models.FOLDER / "tiny-teacher"
STUDENT = tiny_models.FOLDER / "arithmetic-student"
# Batches of three, parts of few tokens: one process has less to do than the other, and takes part all the same.
SCHEDULE = Schedule(1e-3, batch_size=3, epochs=1, warmup_steps=1, max_steps=4)
EXAMPLES = [Example((1, *range(20, 21 + number % 4)), (30 + number, 2)[: 1 + number % 2]) for number in range(12)]
RECIPE = Recipe("JensenShannon", 0.7)
SAMPLES = Rollouts(max_new_tokens=4, most_tokens=20, eos=2, pad=0, seed=3, share=0.5)


def teacher(precision="fp32"):
    return modeling.load_model(TEACHER, 0, precision).eval().requires_grad_(False)


def plain():
    return modeling.load_model(STUDENT, 0)


def adapted():
    model = modeling.load_model(TEACHER, 0)
    lora.add_adapters(model, 0, rank=4)
    return model


def recomputed():
    model = plain()
    model.gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": False})
    return model


def train(ranks, make, teacher_precision=None, rollouts=None, packed=0):
    model = make()
    scorer = teacher(teacher_precision) if teacher_precision else None
    loss = partial(losses.logits, teacher=scorer, recipe=RECIPE) if scorer else losses.sequence_level
    schedule = Schedule(**{**vars(SCHEDULE), "packed_width": packed})
    fit = Fit(model, loss, schedule, company=Company(ranks, scorer, rollouts))
    state = fit.run(EXAMPLES, 0, seed=0)
    return state, torch.cat([whole(p.detach()).flatten() for p in model.parameters() if p.requires_grad])


WAYS = {
    "text": (plain,),
    "text, activations recomputed": (recomputed,),
    "text, packed": (plain, None, None, 16),
    "logits": (plain, "fp32"),
    "logits of a teacher in half precision": (plain, "bf16"),
    "samples": (plain, "fp32", SAMPLES),
    "adapters": (adapted, "fp32"),
}


def main():
    ranks = join(torch.device("cpu"))
    headroom.MOST_TOKENS = 12
    for name, way in WAYS.items():
        alone, weights = train(Ranks(), *way)
        together, other = train(ranks, *way)
        assert alone.tokens == together.tokens, name
        assert abs(alone.last_loss - together.last_loss) < 1e-6 * abs(alone.last_loss), (name, alone, together)
        torch.testing.assert_close(other, weights, rtol=1e-4, atol=1e-5, msg=lambda text, name=name: f"{name}: {text}")
        if ranks.leads:
            print(name, flush=True)
    ranks.leave()


if __name__ == "__main__":
    main()
