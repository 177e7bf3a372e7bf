"""Progress for whoever watches, in Kubeflow Trainer's shape. A display: losing it must never cost a run anything."""

from __future__ import annotations

import json
import os
import ssl
import threading
import time
import urllib.request
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from queue import Empty, Queue

PERIOD_SECONDS = 2.0
TIMEOUT_SECONDS = 2.0
URL = "KUBEFLOW_TRAINER_SERVER_URL"
CA = "KUBEFLOW_TRAINER_SERVER_CA_CERT"
TOKEN = "KUBEFLOW_TRAINER_SERVER_TOKEN"


class Progress:
    """Sends from a thread of its own, so that a slow listener cannot slow the training down; newest report wins."""

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        self.url = environment.get(URL)
        self.ca = environment.get(CA)
        self.token_path = environment.get(TOKEN)
        self.started = time.monotonic()
        self._next = 0.0
        self._queue: Queue[dict[str, object]] = Queue(maxsize=1)
        if self.url:
            threading.Thread(target=self._send_all, daemon=True).start()

    def report(self, done: int, total: int, **metrics: float) -> None:
        """Cheap to call on every step: all but one call in two seconds return at once."""
        now = time.monotonic()
        if not self.url or (now < self._next and done < total):
            return
        self._next = now + PERIOD_SECONDS
        with suppress(Empty):
            self._queue.get_nowait()
        self._queue.put_nowait(self._status(done, total, now, metrics))

    def _status(self, done: int, total: int, now: float, metrics: Mapping[str, float]) -> dict[str, object]:
        remaining = (now - self.started) * (total - done) / done if done else None
        return {
            "trainerStatus": {
                "progressPercentage": int(100 * done / total) if total else 100,
                **({} if remaining is None else {"estimatedRemainingSeconds": round(remaining)}),
                "metrics": [{"name": name, "value": f"{value:.4g}"} for name, value in metrics.items()],
                "lastUpdatedTime": datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
            }
        }

    def _send_all(self) -> None:
        while True:
            status = self._queue.get()
            # Nobody listening is a normal state of the world.
            with suppress(OSError, ValueError):
                self._send(json.dumps(status).encode())

    def _send(self, body: bytes) -> None:
        headers = {"Content-Type": "application/json"}
        if self.token_path:
            headers["Authorization"] = f"Bearer {Path(self.token_path).read_text().strip()}"
        request = urllib.request.Request(str(self.url), data=body, headers=headers, method="POST")
        context = ssl.create_default_context(cafile=self.ca) if self.ca else None
        with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS, context=context) as response:
            response.read()
