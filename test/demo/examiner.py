"""Sets questions that the student has not seen and checks the answers, with the task's own solver.

    examiner.py ask TASK COUNT SEED        prints COUNT rows of the test split, one JSON object a line
    examiner.py check TASK                 reads {"prompt", "completion"} a line, prints true or false a line
"""

import importlib
import json
import random
import sys

from stratos_trainer import tasks


def ask(task: str, count: str, seed: str) -> None:
    rows = list(tasks.lines(f"tasks/{task}/test.jsonl"))
    for line in random.Random(int(seed)).sample(rows, int(count)):
        print(line)


def check(task: str) -> None:
    solver = importlib.import_module(f"stratos_trainer.tasks.{task.replace('-', '_')}")
    for line in sys.stdin:
        answer = json.loads(line)
        print(json.dumps(solver.verify(answer["prompt"], answer["completion"], None)), flush=True)


if __name__ == "__main__":
    {"ask": ask, "check": check}[sys.argv[1]](*sys.argv[2:])
