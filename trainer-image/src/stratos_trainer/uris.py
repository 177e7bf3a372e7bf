"""From a URI in the stage document to a path in this container."""

from __future__ import annotations

import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from . import digests
from .config import StageConfig
from .errors import StageError

MODELS = Path(__file__).parent / "models"
BUILTIN = "builtin://"
TIMEOUT_SECONDS = 60


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
        fetch = {"hf": self._from_hub, "https": self._from_web, "s3": self._from_store, "gs": self._from_store}[scheme]
        return fetch(uri)

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

    def _from_hub(self, uri: str) -> Path:
        from huggingface_hub import snapshot_download
        from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

        repository, _, rest = uri.removeprefix("hf://").partition("@")
        owner, _, below = repository.partition("/")
        name, _, file = below.partition("/")
        kind = "model"
        if owner == "datasets":
            kind, owner, (name, _, file) = "dataset", name, file.partition("/")
        try:
            folder = snapshot_download(
                f"{owner}/{name}", repo_type=kind, revision=rest or None, allow_patterns=[file] if file else None
            )
        except (HfHubHTTPError, HFValidationError, LocalEntryNotFoundError, OSError) as error:
            raise self._failure(uri, f"{error}; for a gated repository set HF_TOKEN through secretRef") from error
        return self._existing(uri, Path(folder) / file)

    def _from_web(self, uri: str) -> Path:
        target = self._cached(uri)
        if not target.exists():
            partial = target.with_name(f".{target.name}.partial")
            try:
                with urllib.request.urlopen(uri, timeout=TIMEOUT_SECONDS) as response:
                    partial.write_bytes(response.read())
            except (urllib.error.URLError, OSError) as error:
                raise self._failure(uri, f"{error}; check the address and the cluster's egress rules") from error
            partial.rename(target)
        return target

    def _from_store(self, uri: str) -> Path:
        import fsspec

        target = self._cached(uri)
        if not target.exists():
            partial = target.with_name(f".{target.name}.partial")
            try:
                store, path = fsspec.core.url_to_fs(uri)
                store.get(path, str(partial), recursive=store.isdir(path))
            except ImportError as error:
                raise self._failure(
                    uri,
                    f"this image cannot read {urlsplit(uri).scheme}:// ({error}); copy it to a "
                    "volume and use pvc://, or build the image with the store's fsspec package",
                ) from error
            except OSError as error:
                raise self._failure(uri, f"{error}; check the bucket and the secretRef") from error
            partial.rename(target)
        return target

    def _cached(self, uri: str) -> Path:
        folder = self.config.workspace / "downloads" / digests.of_bytes(uri.encode())[7:23]
        folder.mkdir(parents=True, exist_ok=True)
        return folder / (Path(urlsplit(uri).path).name or "root")

    def _failure(self, uri: str, why: str) -> StageError:
        return StageError(self.reason, f"reading {uri}: {why}")
