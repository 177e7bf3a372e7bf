"""Which share of a stage's work is this pod's."""

from __future__ import annotations

import os

VARIABLE = "JOB_COMPLETION_INDEX"


def number() -> int:
    """Set by Kubernetes for the pods of an Indexed Job; the first shard elsewhere."""
    return int(os.environ.get(VARIABLE) or 0)
