"""A server whose certificate is not to be trusted is never spoken to."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from clary.apps.connectwise.client import Client
from clary.kernel.errors import Misconfigured, Unreachable
from tests.apps.connectwise.odd_site import Says, each_time, odd_site

HOST = "127.0.0.1"


def certificate(folder: Path, *, host: str = HOST, ends: timedelta = timedelta(days=1)) -> Path:
    """Write a certificate that vouches for itself, with its key, and return the file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a test server")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=30))
        .not_valid_after(now + ends)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(host))]), False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    private = key.private_bytes(
        pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file = folder / "server.pem"
    file.write_bytes(made.public_bytes(pem) + private)
    return file


def context_of(file: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context


def test_a_certificate_of_an_authority_of_our_own_is_trusted(tmp_path: Path) -> None:
    file = certificate(tmp_path)
    with odd_site(each_time(Says({"ok": 1})), context_of(file)) as site:
        assert site.url.startswith("https://")
        with Client(site.settings(certificates=str(file))) as client:
            assert client.get("/a") == {"ok": 1}


@pytest.mark.parametrize(
    ("host", "days", "trusted", "reason"),
    [
        (HOST, -1, True, "expired"),
        ("127.0.0.2", 1, True, "IP address mismatch"),
        (HOST, 1, False, "self-signed certificate"),
    ],
    ids=["expired", "another host", "unknown authority"],
)
def test_a_certificate_that_is_not_to_be_trusted_is_told(
    tmp_path: Path, host: str, days: int, reason: str, *, trusted: bool
) -> None:
    file = certificate(tmp_path, host=host, ends=timedelta(days=days))
    with odd_site(each_time(Says({"ok": 1})), context_of(file)) as site:
        settings = site.settings(certificates=str(file) if trusted else "")
        with Client(settings) as client, pytest.raises(Misconfigured) as caught:
            client.post("/a", {})
    assert site.asked == []
    finding = caught.value.findings[0]
    assert finding.code == "CONNECTWISE_CERTIFICATE"
    assert reason in finding.message
    assert "certificates=FILE" in finding.remedy


def test_a_server_without_encryption_is_told_from_one_with() -> None:
    with odd_site(each_time(Says({"ok": 1}))) as site:
        settings = site.settings(site=site.url.replace("http:", "https:"))
        with Client(settings, pause=lambda _: None) as client, pytest.raises(Unreachable) as caught:
            client.get("/a")
    assert caught.value.code == "CONNECTWISE_UNREACHABLE"
    assert "what answers there does not speak https" in str(caught.value)
    assert "SSL" not in str(caught.value)


@pytest.mark.parametrize("content", [None, b"no certificate"], ids=["missing", "nonsense"])
def test_a_file_of_authorities_that_cannot_be_used_is_told(
    tmp_path: Path, content: bytes | None
) -> None:
    file = tmp_path / "authorities.pem"
    if content is not None:
        file.write_bytes(content)
    with odd_site() as site, pytest.raises(Misconfigured) as caught:
        Client(site.settings(certificates=str(file)))
    assert caught.value.code == "CONNECTWISE_CERTIFICATES_UNREADABLE"
    assert str(file) in str(caught.value)
