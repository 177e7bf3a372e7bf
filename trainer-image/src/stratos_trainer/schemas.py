"""The contract's schemas, and one readable sentence for what breaks them."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError, best_match

PACKAGE = Path(__file__).parent
# A wheel carries the schemas inside the package; a checkout has them beside src.
FOLDERS = (PACKAGE / "schemas", PACKAGE.parent.parent / "schemas")


@cache
def _validator(name: str) -> Draft202012Validator:
    for folder in FOLDERS:
        if (folder / name).is_file():
            return Draft202012Validator(json.loads((folder / name).read_text()))
    raise FileNotFoundError(name)


def complaint(schema: str, document: Any) -> str | None:
    """``None`` for a valid document; else where and how it breaks the schema."""
    error: ValidationError | None = best_match(_validator(schema).iter_errors(document))
    if error is None:
        return None
    place = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in error.absolute_path).lstrip(".")
    return f"{place or 'the document'}: {error.message}"
