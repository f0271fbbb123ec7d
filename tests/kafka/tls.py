"""A certificate authority of a cluster's own, and one certificate for its nodes."""
import pathlib
import subprocess

DAYS = "30"


def _openssl(*arguments):
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc",
                    "-days", DAYS, *arguments], check=True, capture_output=True, text=True)


class Tls:
    """`authority` is the certificate that clients trust; `server` holds the nodes' key and certificate."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.authority = self.folder / "ca.pem"
        self.server = self.folder / "server.pem"

    def make(self):
        self.folder.mkdir(parents=True)
        authority_key, key, certificate = (self.folder / name for name in ("ca.key", "server.key", "server.crt"))
        _openssl("-subj", "/CN=Parley test authority", "-keyout", str(authority_key), "-out", str(self.authority))
        _openssl("-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
                 "-addext", "basicConstraints=critical,CA:FALSE", "-CA", str(self.authority),
                 "-CAkey", str(authority_key), "-keyout", str(key), "-out", str(certificate))
        self.server.write_text(key.read_text() + certificate.read_text())
        self.server.chmod(0o600)
