"""The keys to one source: a mounted Secret, one file per key, or the environment of the pod.

A key of the Secret wins over a variable of the same name. Values are read when they are used, so that a Secret that is
rotated under a running stage is seen, and they never stand in the document, in a log or in an error.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from .config import StageConfig

HUB_TOKEN = "HF_TOKEN"
WEB_TOKEN = "HTTP_BEARER_TOKEN"
GOOGLE_KEY_FILE = "GOOGLE_APPLICATION_CREDENTIALS"
REGISTRY_USERNAME, REGISTRY_PASSWORD = "REGISTRY_USERNAME", "REGISTRY_PASSWORD"
# What the object store's client calls each variable of Amazon's tools.
AMAZON = {
    "AWS_ACCESS_KEY_ID": "access_key_id",
    "AWS_SECRET_ACCESS_KEY": "secret_access_key",
    "AWS_SESSION_TOKEN": "session_token",
    "AWS_REGION": "region",
    "AWS_DEFAULT_REGION": "default_region",
    "AWS_ENDPOINT_URL": "endpoint",
}


@dataclass(frozen=True)
class Credentials:
    folder: Path | None = None

    def text(self, key: str) -> str | None:
        """The value of a key, without the line end that files tend to have."""
        path = self.path(key)
        return path.read_text(encoding="utf-8").strip() if path else os.environ.get(key) or None

    def path(self, key: str) -> Path | None:
        """The file of a key, for clients that want a file."""
        if self.folder and (self.folder / key).is_file():
            return self.folder / key
        return None

    def amazon(self) -> dict[str, str]:
        """Settings for the client of S3: only those that are there, so that its other ways to find keys stay open."""
        found = {setting: self.text(key) for key, setting in AMAZON.items()}
        return {setting: value for setting, value in found.items() if value}

    def google(self) -> dict[str, str]:
        key_file = self.path(GOOGLE_KEY_FILE) or os.environ.get(GOOGLE_KEY_FILE)
        return {"service_account": str(key_file)} if key_file else {}


def of_uri(config: StageConfig, uri: str) -> Credentials:
    return Credentials(config.credentials.get(uri.partition("#")[0]))
