"""One measurement, in a process of its own: `python sides.py ours|trl sequence|divergence`, or `python sides.py MEMORY memory`.

Both sides get the same examples, already as tokens, the same models, batch size, steps and optimiser, in 32 bits on a CPU
and in bfloat16 on a GPU. Prints one JSON object.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import tempfile
import time
from itertools import islice

os.environ.setdefault("OMP_NUM_THREADS", "1")

import torch

from stratos_trainer import divergences, fit, heads, losses, modeling, prompts, tiny_models
from stratos_trainer.batches import Example
from stratos_trainer.tasks import winning_tiles

DEVICE = torch.device("cuda" if torch.cuda.is_available() else "cpu")
BF16 = DEVICE.type == "cuda"
BATCH, STEPS, WARM, RATE = 32, 40, 5, 1e-3
VOCABULARY, WIDTH, ROWS = 152_064, 64, 1024


def examples(tokenizer) -> list[Example]:
    made = []
    for row in islice(winning_tiles.rows("train"), BATCH * STEPS):
        prompt = prompts.render(tokenizer, prompts.ask(row["prompt"]).with_system(None))
        answer = tokenizer(row["completion"], add_special_tokens=False)["input_ids"]
        made.append(Example(tuple(prompt), (*answer, tokenizer.eos_token_id)))
    return made


class Clock:
    """Tokens a second once warm."""

    def __init__(self) -> None:
        self.at: dict[int, float] = {}

    def tick(self, step: int) -> None:
        if DEVICE.type == "cuda":
            torch.cuda.synchronize()
        self.at[step] = time.perf_counter()

    def result(self, tokens_per_step: float) -> dict[str, float]:
        return {"tokensPerSecond": tokens_per_step * (STEPS - WARM) / (self.at[STEPS] - self.at[WARM])}


def models():
    folder = tiny_models.FOLDER
    tokenizer = modeling.load_tokenizer(folder / "tiny-teacher")
    student = modeling.load_model(folder / "winning-tiles-student", 0).to(DEVICE)
    teacher = modeling.load_model(folder / "tiny-teacher", 0).to(DEVICE).eval().requires_grad_(False)
    return tokenizer, student, teacher


def ours(loss: str) -> dict[str, float]:
    tokenizer, student, teacher = models()
    rows = examples(tokenizer)
    recipe = losses.Recipe("JensenShannon", weight=1.0, mixture=0.5)
    target = losses.sequence_level if loss == "sequence" else lambda model, batch: losses.logits(model, batch, teacher, recipe)
    schedule = fit.Schedule(RATE, BATCH, epochs=1, warmup_steps=5, max_steps=STEPS, bf16=BF16)
    clock = Clock()
    fit.Fit(student, target, schedule).run(
        rows, tokenizer.pad_token_id, 0, fit.Hooks(on_step=lambda state, _: clock.tick(state.step))
    )
    return clock.result(sum(map(len, rows)) / STEPS)


def trl(loss: str) -> dict[str, float]:
    from datasets import Dataset
    from transformers import TrainerCallback
    from trl import SFTConfig, SFTTrainer
    from trl.experimental.gkd import GKDConfig, GKDTrainer

    tokenizer, student, teacher = models()
    rows = examples(tokenizer)
    clock = Clock()

    class Ticks(TrainerCallback):
        def on_step_end(self, args, state, control, **_):
            clock.tick(state.global_step)

    data = Dataset.from_list([columns(row, loss) for row in rows])
    settings = {
        "output_dir": tempfile.mkdtemp(),
        "per_device_train_batch_size": BATCH,
        "max_steps": STEPS,
        "learning_rate": RATE,
        "warmup_steps": 5,
        "lr_scheduler_type": "cosine",
        "report_to": [],
        "save_strategy": "no",
        "logging_strategy": "no",
        "disable_tqdm": True,
        "use_cpu": DEVICE.type == "cpu",
        "bf16": BF16,
        "gradient_checkpointing": False,
        "dataloader_pin_memory": False,
        "max_length": 256,
        "dataset_kwargs": {"skip_prepare_dataset": True},
        "seed": 0,
    }
    given = {"model": student, "train_dataset": data, "processing_class": tokenizer, "callbacks": [Ticks()]}
    if loss == "sequence":
        trainer = SFTTrainer(args=SFTConfig(**settings, completion_only_loss=True), **given)
    else:
        trainer = GKDTrainer(teacher_model=teacher, args=GKDConfig(**settings, lmbda=0.0, beta=0.5), **given)
    trainer.train()
    return clock.result(sum(map(len, rows)) / STEPS)


def columns(row: Example, loss: str) -> dict[str, object]:
    """As each of TRL's collators wants its tokens."""
    tokens = [*row.prompt, *row.completion]
    if loss == "sequence":
        return {"input_ids": tokens, "labels": [-100] * len(row.prompt) + list(row.completion)}
    return {"input_ids": tokens, "completion_mask": [0] * len(row.prompt) + [1] * len(row.completion), "prompt": ""}


def memory(kind: str) -> dict[str, float]:
    """Peak of one generalised-JSD loss and its gradients, above what was there before."""
    torch.manual_seed(0)
    student, teacher = (torch.randn(VOCABULARY, WIDTH, device=DEVICE) * 0.1 for _ in range(2))
    hidden, theirs = (torch.randn(ROWS, WIDTH, device=DEVICE) for _ in range(2))
    for tensor in (hidden, student):
        tensor.requires_grad_()
    measure = divergences.named("JensenShannon", 0.5)
    before = peak()
    if kind == "trl":
        from trl.experimental.gkd import GKDTrainer

        before = peak()
        labels = torch.zeros(1, ROWS, dtype=torch.long, device=DEVICE)
        with torch.no_grad():
            wanted = torch.nn.functional.linear(theirs, teacher)[None]
        logits = torch.nn.functional.linear(hidden, student)[None]
        total = GKDTrainer.generalized_jsd_loss(logits, wanted, labels, beta=0.5, num_items_in_batch=ROWS)
    else:
        if kind == "whole":
            heads.LOGITS_AT_ONCE = ROWS * VOCABULARY

        def chunk(logits: torch.Tensor, rows: torch.Tensor) -> torch.Tensor:
            with torch.no_grad():
                wanted = torch.nn.functional.linear(rows, teacher)
            return divergences.from_logits(measure, wanted, logits)

        head = heads.Head(student, None, lambda logits: logits)
        total = heads.summed(chunk, head, hidden, theirs) / ROWS
    total.backward()
    return {"bytes": peak() - before, "loss": total.item(), "slope": hidden.grad.double().norm().item()}


def peak() -> int:
    if DEVICE.type == "cuda":
        return torch.cuda.max_memory_allocated()
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


if __name__ == "__main__":
    side, what = sys.argv[1:]
    result = memory(side) if what == "memory" else {"ours": ours, "trl": trl}[side](what)
    print(json.dumps({**result, "device": torch.cuda.get_device_name() if BF16 else "CPU"}))
