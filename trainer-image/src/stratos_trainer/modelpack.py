"""Publishing as an OCI artifact in the form of CNCF's ModelPack: a manifest, a configuration, and one raw layer a file.

Raw layers, because safetensors do not compress and a server can then fetch, or a node mount, file by file.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, NamedTuple

from . import digests
from .config import StageConfig
from .credentials import of_uri
from .errors import StageError
from .registry import Registry, RegistryError

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
ARTIFACT = "application/vnd.cncf.model.manifest.v1+json"
CONFIG = "application/vnd.cncf.model.config.v1+json"
WEIGHT = "application/vnd.cncf.model.weight.v1.raw"
WEIGHT_CONFIG = "application/vnd.cncf.model.weight.config.v1.raw"
DOCUMENT = "application/vnd.cncf.model.doc.v1.raw"
FILE_PATH = "org.cncf.model.filepath"
TITLE = "org.opencontainers.image.title"
CONTENT_DIGEST = "dev.stratos.distill.content-digest"
DEFAULT_TAG = "latest"
REFERENCE = re.compile(
    r"oci://(?P<host>[^/]+)/(?P<repository>[a-z0-9]+([._/-]+[a-z0-9]+)*)(:(?P<tag>[\w][\w.-]{0,127}))?"
)


class Target(NamedTuple):
    host: str
    repository: str
    tag: str


def publish(config: StageConfig, folder: Path) -> str:
    """The URI by the manifest's digest: a tag may be moved by anybody, a digest is these bytes."""
    target = parse(str(config.output_uri))
    registry = Registry(target.host, target.repository, of_uri(config, str(config.output_uri)))
    try:
        layers = [_push_file(registry, folder, path) for path in digests.files_of(folder)]
        details = _encoded(configuration(config, folder, [layer["digest"] for layer in layers]))
        registry.push_blob(digests.of_bytes(details), details)
        digest = registry.push_manifest(
            _encoded(_manifest(details, layers, digests.of_folder(folder))), MANIFEST, target.tag
        )
    except RegistryError as error:
        raise StageError(
            "OutputUnwritable",
            f"publishing to {config.output_uri}: {error}; check the address and the keys of secretRef",
        ) from error
    return f"oci://{target.host}/{target.repository}@{digest}"


def parse(uri: str) -> Target:
    found = REFERENCE.fullmatch(uri)
    if not found:
        raise StageError(
            "ConfigInvalid",
            f"output.uri {uri} must be oci://HOST/REPOSITORY or oci://HOST/REPOSITORY:TAG, in lower case",
        )
    return Target(found["host"], found["repository"], found["tag"] or DEFAULT_TAG)


def configuration(config: StageConfig, folder: Path, layers: list[str]) -> dict[str, Any]:
    model = json.loads((folder / "config.json").read_text())
    shape = {
        "numLayers": model.get("num_hidden_layers"),
        "numAttentionHeads": model.get("num_attention_heads"),
        "numKVHeads": model.get("num_key_value_heads"),
        "hiddenSize": model.get("hidden_size"),
        "intermediateSize": model.get("intermediate_size"),
    }
    return {
        "descriptor": {
            "name": config.job.name,
            "family": model.get("model_type", "unknown"),
            "title": f"{config.job.name}, distilled by Stratos",
        },
        "config": {
            "architecture": "transformer",
            "format": "safetensors",
            "precision": str(model.get("dtype") or model.get("torch_dtype") or "float32"),
            "transformerConfig": {name: size for name, size in shape.items() if isinstance(size, int)},
            "capabilities": {"inputTypes": ["text"], "outputTypes": ["text"]},
        },
        # Layers are not archives, so that each one's digest is that of its content.
        "modelfs": {"type": "layers", "diffIds": layers},
    }


def _manifest(details: bytes, layers: list[dict[str, Any]], content: str) -> dict[str, Any]:
    return {
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "artifactType": ARTIFACT,
        "config": {"mediaType": CONFIG, "digest": digests.of_bytes(details), "size": len(details)},
        "layers": layers,
        "annotations": {CONTENT_DIGEST: content},
    }


def _push_file(registry: Registry, folder: Path, path: Path) -> dict[str, Any]:
    name, digest = path.relative_to(folder).as_posix(), digests.of_file(path)
    registry.push_blob(digest, path)
    return {
        "mediaType": _media_type(path),
        "digest": digest,
        "size": path.stat().st_size,
        "annotations": {FILE_PATH: name, TITLE: name},
    }


def _media_type(path: Path) -> str:
    if path.suffix == ".safetensors":
        return WEIGHT
    return DOCUMENT if path.suffix in (".md", ".svg") or path.name == "evaluation.json" else WEIGHT_CONFIG


def _encoded(document: dict[str, Any]) -> bytes:
    return json.dumps(document, sort_keys=True, separators=(",", ":")).encode()
