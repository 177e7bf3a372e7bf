"""One JSON object a line on standard error, each carrying the job, the stage and the attempt."""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime

LOGGER = logging.getLogger("stratos")


class _JsonLines(logging.Formatter):
    def __init__(self, context: dict[str, object]) -> None:
        super().__init__()
        self.context = context

    def format(self, record: logging.LogRecord) -> str:
        entry = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            **self.context,
            "message": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info:
            entry["exception"] = self.formatException(record.exc_info)
        return json.dumps(entry, ensure_ascii=False, default=str)


def start(**context: object) -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_JsonLines(context))
    LOGGER.handlers[:] = [handler]
    LOGGER.setLevel(logging.INFO)
    LOGGER.propagate = False


def info(message: str, **fields: object) -> None:
    LOGGER.info(message, extra={"fields": fields})


def warning(message: str, **fields: object) -> None:
    LOGGER.warning(message, extra={"fields": fields})


def error(message: str, exception: BaseException | None = None, **fields: object) -> None:
    LOGGER.error(message, exc_info=exception, extra={"fields": fields})
