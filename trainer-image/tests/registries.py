"""A real OCI registry on loopback: CNCF's distribution, which ``make tools`` builds."""

from __future__ import annotations

import base64
import datetime
import json
import socket
import subprocess
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import jwt
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

REPOSITORY_ROOT = Path(__file__).parent.parent.parent
# bcrypt of "secret"; the registry takes no other kind.
HTPASSWD = "stratos:$2b$04$bmPMm84KKRln8x1fbY1z1.z0c/RIlV3wlS2GaaUy.5fod1K0Y4juO\n"


@contextmanager
def registry(folder, auth=None):
    """The address ``host:port`` of a registry that keeps its blobs in a folder; it ends with the block."""
    address = f"127.0.0.1:{_free_port()}"
    config = {
        "version": "0.1",
        "log": {"level": "error"},
        "storage": {"filesystem": {"rootdirectory": str(folder / "blobs")}},
        "http": {"addr": address, "secret": "only for this test"},
        **({"auth": auth} if auth else {}),
    }
    file = folder / "config.yml"
    file.write_text(json.dumps(config))
    environment = {"OTEL_TRACES_EXPORTER": "none", "PATH": ""}
    process = subprocess.Popen([_binary(), "serve", str(file)], env=environment, stdout=subprocess.DEVNULL)
    try:
        _wait_for(address, process)
        yield address
    finally:
        process.kill()
        process.wait()


def basic_auth(folder):
    (folder / "htpasswd").write_text(HTPASSWD)
    return {"htpasswd": {"realm": "test", "path": str(folder / "htpasswd")}}


@contextmanager
def token_auth(folder):
    """A registry's settings for bearer tokens, and the service that issues them to whoever knows the password."""
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = _certificate(key)
    (folder / "root.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    chain = [base64.b64encode(certificate.public_bytes(serialization.Encoding.DER)).decode()]

    class Service(BaseHTTPRequestHandler):
        def do_GET(self):
            knows = self.headers.get("Authorization") == "Basic " + base64.b64encode(b"stratos:secret").decode()
            query = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(self.path).query))
            body = json.dumps({"token": _token(key, chain, query)} if knows else {}).encode()
            self.send_response(200 if knows else 401)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Service)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield {
            "token": {
                "realm": f"http://127.0.0.1:{server.server_port}/token",
                "service": "registry",
                "issuer": "test",
                "rootcertbundle": str(folder / "root.pem"),
            }
        }
    finally:
        server.shutdown()
        server.server_close()


def fetch(address, path, accept="*/*"):
    request = urllib.request.Request(f"http://{address}/v2/{path}", headers={"Accept": accept})
    with urllib.request.urlopen(request, timeout=10) as response:
        return response.read()


def _token(key, chain, query):
    kind, name, actions = query["scope"].split(":")
    now = int(time.time())
    claims = {
        "iss": "test",
        "aud": query["service"],
        "sub": "stratos",
        "nbf": now - 10,
        "iat": now,
        "exp": now + 300,
        "jti": "1",
        "access": [{"type": kind, "name": name, "actions": actions.split(",")}],
    }
    return jwt.encode(claims, key, algorithm="ES256", headers={"x5c": chain})


def _certificate(key):
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
    now = datetime.datetime.now(datetime.UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now - datetime.timedelta(hours=1)).not_valid_after(
        now + datetime.timedelta(hours=1)
    )
    return builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True).sign(
        key, hashes.SHA256()
    )


def _binary():
    script = "import('./test/tools/paths.ts').then((m) => m.toolPath('registry')).then(console.log)"
    node = REPOSITORY_ROOT / "node_modules" / ".bin" / "node"
    return subprocess.run(
        [node, "-e", script], cwd=REPOSITORY_ROOT, check=True, capture_output=True, text=True
    ).stdout.strip()


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _wait_for(address, process):
    for _ in range(400):
        try:
            urllib.request.urlopen(f"http://{address}/v2/", timeout=1).close()
            return
        except urllib.error.HTTPError:
            return
        except OSError:
            assert process.poll() is None, "the registry ended"
            time.sleep(0.05)
    raise AssertionError("the registry did not start")
