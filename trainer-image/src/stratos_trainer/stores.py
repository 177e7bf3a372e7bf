"""Object stores (``s3://``, ``gs://``): what lies below a URI, and files in and out, never whole in memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from obstore.store import GCSStore, ObjectStore, S3Store

from .credentials import Credentials

PART_BYTES = 8 * 1024 * 1024
# The client's own: it pauses between attempts and knows which errors pass.
RETRIES: Any = {"max_retries": 5, "retry_timeout": timedelta(seconds=60)}


@dataclass(frozen=True)
class Place:
    """A key, or a prefix that stands for a folder, in a bucket."""

    store: ObjectStore
    key: str

    def keys(self) -> list[str]:
        """The object of this very name, or else all that lie below it; empty when there is nothing."""
        below = sorted(entry["path"] for page in self.store.list(prefix=self.key or None) for entry in page)
        return [self.key] if self.key in below else below

    def read(self, key: str) -> Iterator[bytes]:
        for part in self.store.get(key).stream(min_chunk_size=PART_BYTES):
            yield bytes(part)

    def write(self, key: str, file: Path) -> None:
        self.store.put(key, file, chunk_size=PART_BYTES)


def place(uri: str, credentials: Credentials) -> Place:
    """The bucket and the key of a URI; a bad combination of settings raises the client's ``BaseError``."""
    address = urlsplit(uri)
    if address.scheme == "gs":
        return Place(GCSStore(address.netloc, config=credentials.google(), retry_config=RETRIES), _key(address.path))
    settings = credentials.amazon()
    # A store on a plain address can only be one that the user put there, such as MinIO beside the cluster.
    plain = settings.get("endpoint", "").startswith("http://")
    options: Any = {"client_options": {"allow_http": True}} if plain else {}
    return Place(
        S3Store(address.netloc, config=settings, retry_config=RETRIES, **options),  # type: ignore[arg-type]
        _key(address.path),
    )


def _key(path: str) -> str:
    return path.strip("/")
