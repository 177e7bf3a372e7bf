"""The closed set of ways a stage can fail, and which of them a retry cannot help."""

from __future__ import annotations

EXIT_DONE = 0
EXIT_RETRYABLE = 1
EXIT_BAD_INPUT = 2
EXIT_STOPPED = 143

# Whether the same input on another day could succeed.
RETRY_MAY_HELP = {
    "ConfigInvalid": False,
    "DataUnreadable": False,
    "DataInvalid": False,
    "ModelUnreadable": False,
    "ModelIncompatible": False,
    "NoDataAccepted": False,
    "OutOfMemory": False,
    # Until somebody raises it: a retry would stop before its first request.
    "BudgetExhausted": False,
    "TeacherUnavailable": True,
    "OutputUnwritable": True,
    "Internal": True,
}


class StageError(Exception):
    """A failure with a reason that the operator understands and a sentence for its user."""

    def __init__(self, reason: str, message: str) -> None:
        if reason not in RETRY_MAY_HELP:
            raise ValueError(f"unknown failure reason {reason!r}")
        super().__init__(message)
        self.reason = reason

    @property
    def exit_code(self) -> int:
        return EXIT_RETRYABLE if RETRY_MAY_HELP[self.reason] else EXIT_BAD_INPUT


class Stopped(Exception):
    """SIGTERM arrived and the stage's progress is safely on disk."""
