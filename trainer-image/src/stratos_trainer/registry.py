"""Pushing to a registry by the OCI distribution protocol: blobs that it lacks, then the manifest that names them."""

from __future__ import annotations

import base64
import json
import re
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

from . import digests
from .credentials import REGISTRY_PASSWORD, REGISTRY_USERNAME, Credentials

LOOPBACK = ("localhost", "127.0.0.1", "[::1]")
TIMEOUT_SECONDS = 300
ATTEMPTS = 4
WORTH_RETRYING = {408, 429, 500, 502, 503, 504}


class RegistryError(Exception):
    """What a registry, or the way to it, answered."""


class Registry:
    """One repository of one registry. Plain HTTP is spoken to this machine alone, as other clients do."""

    def __init__(self, host: str, repository: str, keys: Credentials) -> None:
        name = host if host.startswith("[") and host.endswith("]") else re.sub(r":\d+$", "", host)
        self.root = f"{'http' if name in LOOPBACK else 'https'}://{host}"
        self.repository = repository
        self.keys = keys
        self._authorization: str | None = None

    def push_blob(self, digest: str, content: bytes | Path) -> None:
        if self._ask("HEAD", f"/v2/{self.repository}/blobs/{digest}", allowed={200, 404}).status == 200:
            return
        session = self._ask("POST", f"/v2/{self.repository}/blobs/uploads/", allowed={202})
        place = urllib.parse.urljoin(self.root, session.headers["Location"])
        separator = "&" if urllib.parse.urlsplit(place).query else "?"
        headers = {"Content-Type": "application/octet-stream"}
        self._ask("PUT", f"{place}{separator}digest={urllib.parse.quote(digest)}", content, headers, {201})

    def push_manifest(self, manifest: bytes, media_type: str, tag: str) -> str:
        """The manifest's digest, which is ours to compute: a registry that stored anything else would have failed."""
        digest = digests.of_bytes(manifest)
        path = f"/v2/{self.repository}/manifests"
        # By digest first: a tag never points at a manifest that is not whole.
        for reference in (digest, tag):
            self._ask("PUT", f"{path}/{reference}", manifest, {"Content-Type": media_type}, {201})
        return digest

    def _ask(
        self,
        method: str,
        path: str,
        content: bytes | Path | None = None,
        headers: Mapping[str, str] | None = None,
        allowed: set[int] = frozenset({200}),  # type: ignore[assignment]
    ) -> Answer:
        pause = 0.5
        for attempt in range(1, ATTEMPTS + 1):
            answer = self._once(method, path, content, headers or {})
            if answer.status == 401 and self._log_in(answer):
                answer = self._once(method, path, content, headers or {})
            if answer.status not in WORTH_RETRYING or attempt == ATTEMPTS:
                break
            time.sleep(pause)
            pause *= 2
        if answer.status not in allowed:
            raise RegistryError(
                f"{method} {urllib.parse.urljoin(self.root, path)} was answered {answer.status} {answer.text}"
            )
        return answer

    def _once(self, method: str, path: str, content: bytes | Path | None, headers: Mapping[str, str]) -> Answer:
        address = urllib.parse.urljoin(self.root, path)
        known = {"Authorization": self._authorization} if self._authorization and address.startswith(self.root) else {}
        if isinstance(content, Path):
            with content.open("rb") as file:
                length = {"Content-Length": str(content.stat().st_size)}
                return _answer(method, address, file, {**headers, **known, **length})
        return _answer(method, address, content, {**headers, **known})

    def _log_in(self, refusal: Answer) -> bool:
        """Does what the challenge asks for: basic credentials, or a token from the service it names."""
        scheme, _, rest = refusal.headers.get("WWW-Authenticate", "").partition(" ")
        user, password = self.keys.text(REGISTRY_USERNAME), self.keys.text(REGISTRY_PASSWORD)
        basic = f"Basic {base64.b64encode(f'{user}:{password}'.encode()).decode()}" if user and password else None
        if scheme.lower() == "basic":
            self._authorization = basic
        elif scheme.lower() == "bearer":
            self._authorization = self._token(dict(re.findall(r'(\w+)="([^"]*)"', rest)), basic)
        else:
            return False
        return self._authorization is not None

    def _token(self, challenge: Mapping[str, str], basic: str | None) -> str:
        query = {
            "service": challenge.get("service", ""),
            "scope": challenge.get("scope", f"repository:{self.repository}:pull,push"),
        }
        address = f"{challenge.get('realm', '')}?{urllib.parse.urlencode(query)}"
        answer = _answer("GET", address, None, {"Authorization": basic} if basic else {})
        if answer.status != 200:
            raise RegistryError(f"{challenge.get('realm')} gave no token: {answer.status} {answer.text}")
        document = json.loads(answer.text)
        return f"Bearer {document.get('token') or document.get('access_token')}"


class Answer:
    def __init__(self, status: int, headers: Any, text: str) -> None:
        self.status = status
        self.headers = headers
        self.text = text


def _answer(method: str, address: str, body: bytes | IO[bytes] | None, headers: Mapping[str, str]) -> Answer:
    request = urllib.request.Request(address, data=body, headers=dict(headers), method=method)
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as response:
            return Answer(response.status, response.headers, response.read().decode(errors="replace"))
    except urllib.error.HTTPError as error:
        return Answer(error.code, error.headers, error.read(500).decode(errors="replace"))
    except (OSError, ValueError) as error:
        raise RegistryError(f"{method} {address}: {error}") from error
