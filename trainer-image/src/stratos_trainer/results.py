"""The termination message: how a stage tells its result, or its failure, to the operator."""

from __future__ import annotations

import base64
import json
import os
import zlib
from pathlib import Path
from typing import Any

from .errors import StageError

VARIABLE = "STRATOS_TERMINATION_LOG"
MOST_BYTES = 4096
CUT = " [cut]"


# What each endpoint is paid for, as the ledger tells it.
Usage = list[dict[str, Any]]


def success(stage: str, seconds: float, result: dict[str, Any], usage: Usage | None = None) -> dict[str, Any]:
    paid = {"usage": usage} if usage else {}
    return {"version": "v1", "stage": stage, "ok": True, "seconds": round(seconds, 3), "result": result, **paid}


def failure(stage: str, error: StageError, usage: Usage | None = None) -> dict[str, Any]:
    paid = {"usage": usage} if usage else {}
    message = str(error) or error.reason
    return {"version": "v1", "stage": stage, "ok": False, "error": {"reason": error.reason, "message": message}, **paid}


def encode(message: dict[str, Any]) -> bytes:
    """JSON within the limit. An error may be shortened; a result cut anywhere would be another one, so it is packed."""
    encoded = _json(message)
    if len(encoded) <= MOST_BYTES:
        return encoded
    if message["ok"]:
        return _packed(message)
    error = message["error"]
    # Cut by what escaping costs in the worst case, until it fits.
    shorter = error["message"].removesuffix(CUT)[: max(1, len(error["message"]) * MOST_BYTES // len(encoded) - 64)]
    return encode({**message, "error": {**error, "message": shorter + CUT}})


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _packed(message: dict[str, Any]) -> bytes:
    """A profile of many models: seven make 4 kB, and compressed so do two dozen."""
    rest = {key: value for key, value in message.items() if key != "result"}
    packed = base64.b64encode(zlib.compress(_json(message["result"]), 9)).decode()
    encoded = _json({**rest, "packed": packed})
    if len(encoded) <= MOST_BYTES:
        return encoded
    raise StageError(
        "ConfigInvalid",
        f"the result of stage {message['stage']} takes {len(encoded)} bytes even when it is compressed, and a pod's "
        f"message has room for {MOST_BYTES}; name fewer teachers and students, or give them shorter names",
    )


def unpack(message: dict[str, Any]) -> dict[str, Any]:
    """The message with its result as it was before it was packed."""
    if "packed" not in message:
        return message
    rest = {key: value for key, value in message.items() if key != "packed"}
    return {**rest, "result": json.loads(zlib.decompress(base64.b64decode(message["packed"])))}


def write(message: dict[str, Any], unless_there: bool = False) -> None:
    path = os.environ.get(VARIABLE)
    if not path or (unless_there and _size(Path(path))):
        return
    _replace(Path(path), encode(message))


def clear() -> None:
    """What an earlier run left there is not this one's message."""
    path = Path(os.environ.get(VARIABLE) or os.devnull)
    if _size(path):
        path.write_bytes(b"")


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _replace(path: Path, content: bytes) -> None:
    """In one piece. The kubelet mounts the log as a file, which cannot be renamed over: there, one write has to do."""
    partial = path.with_name(f".{path.name}.partial")
    try:
        partial.write_bytes(content)
        partial.replace(path)
    except OSError:
        partial.unlink(missing_ok=True)
        path.write_bytes(content)
