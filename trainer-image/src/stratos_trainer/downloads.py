"""Copies of what lies outside the cluster's volumes: fetched once into the workspace, there whole or not at all."""

from __future__ import annotations

import http.client
import shutil
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

from . import digests, retries
from .credentials import HUB_TOKEN, WEB_TOKEN, Credentials

TIMEOUT_SECONDS = 60
PART_BYTES = 1024 * 1024
WORTH_RETRYING = {408, 425, 429, 500, 502, 503, 504}


class Unreachable(Exception):
    """Why a source could not be fetched, and what its user may try."""


def fetch(uri: str, credentials: Credentials, folder: Path) -> Path:
    """The local copy of ``uri`` below ``folder``; raises ``Unreachable``."""
    if urlsplit(uri).scheme == "hf":
        return _from_hub(uri, credentials)
    target = folder / digests.of_bytes(uri.encode())[7:23] / (Path(urlsplit(uri).path).name or "root")
    if target.exists():
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    # Shards fetch side by side: each into a place of its own, and the first one there wins.
    partial = target.with_name(f".{target.name}.{retries.process_name()}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    fill = _from_web if urlsplit(uri).scheme in ("https", "http") else _from_store
    fill(uri, credentials, partial)
    _claim(partial, target)
    return target


def _from_hub(uri: str, credentials: Credentials) -> Path:
    """``hf://OWNER/NAME[/FILE][@REVISION]`` for models, ``hf://datasets/OWNER/NAME[/FILE][@REVISION]`` for data."""
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

    address, _, revision = uri.removeprefix("hf://").partition("@")
    parts = address.split("/")
    kind = "model"
    if parts[0] == "datasets":
        kind, parts = "dataset", parts[1:]
    repository, file = "/".join(parts[:2]), "/".join(parts[2:])
    try:
        folder = snapshot_download(
            repository,
            repo_type=kind,
            revision=revision or None,
            token=credentials.text(HUB_TOKEN),
            allow_patterns=[file, f"{file}/*"] if file else None,
        )
    except (HfHubHTTPError, HFValidationError, LocalEntryNotFoundError, OSError) as error:
        raise Unreachable(f"{_line(error)}; a gated repository needs the key {HUB_TOKEN} in its secretRef") from error
    return Path(folder) / file


def _from_web(uri: str, credentials: Credentials, target: Path) -> None:
    def once() -> None:
        with urllib.request.urlopen(_request(uri, credentials), timeout=TIMEOUT_SECONDS) as response:
            size = _write(target, iter(lambda: response.read(PART_BYTES), b""))
            announced = response.headers.get("Content-Length")
            if announced and int(announced) != size:
                raise http.client.IncompleteRead(b"", int(announced) - size)

    try:
        _patiently(once)
    except (OSError, http.client.HTTPException, ValueError) as error:
        hint = f"check the address and the cluster's egress rules; a token goes into the key {WEB_TOKEN} of secretRef"
        raise Unreachable(f"{_line(error)}; {hint}") from error


def _request(uri: str, credentials: Credentials) -> urllib.request.Request:
    token = credentials.text(WEB_TOKEN)
    request = urllib.request.Request(uri)
    if token:
        # Not repeated to wherever the server may redirect to.
        request.add_unredirected_header("Authorization", f"Bearer {token}")
    return request


def _patiently(once: Callable[[], None]) -> None:
    pauses = retries.pauses()
    while True:
        try:
            return once()
        except (OSError, http.client.HTTPException) as error:
            passing = not isinstance(error, urllib.error.HTTPError) or error.code in WORTH_RETRYING
            pause = next(pauses, None) if passing else None
            if pause is None:
                raise
            retries.sleep(max(pause, retries.asked_pause(getattr(error, "headers", None))))


def _from_store(uri: str, credentials: Credentials, target: Path) -> None:
    from obstore.exceptions import BaseError

    from . import stores

    try:
        place = stores.place(uri, credentials)
        keys = place.keys()
        if not keys:
            raise Unreachable("the bucket holds nothing of that name")
        for key in keys:
            below = key.removeprefix(place.key).strip("/")
            _write(target / below if below else target, place.read(key))
    except (BaseError, OSError) as error:
        raise Unreachable(f"{_line(error)}; check the bucket, the region and the keys of secretRef") from error


def _write(target: Path, parts: Iterator[bytes]) -> int:
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("wb") as file:
        return sum(file.write(part) for part in parts)


def _claim(partial: Path, target: Path) -> None:
    try:
        partial.rename(target)
    except OSError:
        if not target.exists():
            raise
        _remove(partial)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def _line(error: BaseException) -> str:
    """The first line: clients append pages of their own state."""
    return str(error).strip().partition("\n")[0][:500] or type(error).__name__
