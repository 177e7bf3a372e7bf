"""Publishing to the Hugging Face Hub, in one commit."""

from __future__ import annotations

from pathlib import Path

from . import digests
from .config import StageConfig
from .credentials import HUB_TOKEN, of_uri
from .errors import StageError

PRIVATE = True


def publish(config: StageConfig, folder: Path) -> str:
    """The URI with the commit that was made. A repository that does not exist yet is made private.

    The Hub makes no commit out of files it already has, so a second publication returns the first one's commit.
    """
    from huggingface_hub import HfApi

    # Its HTTP client's, which is not the same package in every version: refused, unreachable, cut off.
    from huggingface_hub.errors import HFValidationError, HTTPError

    repository = str(config.output_uri).removeprefix("hf://").strip("/")
    hub = HfApi(token=of_uri(config, str(config.output_uri)).text(HUB_TOKEN))
    try:
        hub.create_repo(repository, private=PRIVATE, exist_ok=True)
        commit = hub.upload_folder(
            repo_id=repository,
            folder_path=folder,
            commit_message=f"{config.job.namespace}/{config.job.name} attempt {config.job.attempt}",
            commit_description=f"Content digest {digests.of_folder(folder)}",
            # What an earlier student had and this one lacks must not be loaded along with it.
            delete_patterns="*",
        )
    except (HTTPError, HFValidationError) as error:
        raise StageError(
            "OutputUnwritable",
            f"publishing to hf://{repository}: {str(error).strip().partition(chr(10))[0]}; the repository must be "
            "OWNER/NAME, and the key HF_TOKEN of secretRef must be allowed to write it",
        ) from error
    return f"hf://{repository}@{commit.oid}"
