"""A server of S3 on loopback, and Secrets as they are mounted."""

from __future__ import annotations

import logging
import urllib.request

import pytest
from moto.server import ThreadedMotoServer


def secret(folder, **keys):
    folder.mkdir(parents=True, exist_ok=True)
    for name, value in keys.items():
        (folder / name).write_text(f"{value}\n")
    return folder


@pytest.fixture(scope="module")
def s3():
    """A server that speaks S3, with a bucket."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    url = f"http://{host}:{port}"
    urllib.request.urlopen(urllib.request.Request(f"{url}/bucket", method="PUT")).close()
    yield url
    server.stop()


def keys_to(s3, folder):
    return secret(
        folder, AWS_ACCESS_KEY_ID="id", AWS_SECRET_ACCESS_KEY="key", AWS_REGION="us-east-1", AWS_ENDPOINT_URL=s3
    )
