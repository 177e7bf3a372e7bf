"""From a URI in the stage document to a path in this container."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from . import credentials, downloads
from .config import StageConfig
from .errors import StageError

MODELS = Path(__file__).parent / "models"
BUILTIN = "builtin://"


@dataclass(frozen=True)
class Resolver:
    """Looks URIs up in the document's mounts; what must be fetched goes to the workspace, once."""

    config: StageConfig
    reason: str

    def path(self, uri: str) -> Path:
        scheme = urlsplit(uri).scheme
        if scheme in ("pvc", "configmap"):
            return self._existing(uri, self.mounted(uri))
        if scheme == "builtin":
            return self._existing(uri, MODELS / uri.removeprefix(f"{BUILTIN}models/"))
        try:
            copy = downloads.fetch(uri, credentials.of_uri(self.config, uri), self.config.workspace / "downloads")
        except downloads.Unreachable as error:
            raise self._failure(uri, str(error)) from error
        return self._existing(uri, copy)

    def mounted(self, uri: str) -> Path:
        """Where a volume's URI leads, whether or not anything is there yet."""
        for prefix in sorted(self.config.mounts, key=len, reverse=True):
            root = Path(self.config.mounts[prefix])
            if uri == prefix:
                return root
            if uri.startswith(prefix.rstrip("/") + "/"):
                return self._inside(uri, root, uri.removeprefix(prefix.rstrip("/") + "/"))
        raise self._failure(
            uri,
            "no volume is mounted for it; the document's mounts are "
            + (", ".join(sorted(self.config.mounts)) or "empty"),
        )

    def _inside(self, uri: str, root: Path, relative: str) -> Path:
        if ".." in Path(relative).parts:
            raise self._failure(uri, 'a path must not contain ".."')
        return root / relative

    def _existing(self, uri: str, path: Path) -> Path:
        if path.exists():
            return path
        beside = sorted(entry.name for entry in path.parent.iterdir())[:10] if path.parent.is_dir() else []
        hint = f"the same folder holds {', '.join(beside)}" if beside else "its folder is empty or missing"
        raise self._failure(uri, f"nothing is at {path}; {hint}")

    def _failure(self, uri: str, why: str) -> StageError:
        return StageError(self.reason, f"reading {uri}: {why}")
