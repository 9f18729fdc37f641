"""Certificates for doors with TLS: an authority of this process's own, what it signs, and what proves nothing.

Made anew with every start: private keys do not belong into a repository, and nobody else need ever believe them.
"""

import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Final, Self, TypeAlias

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

Key: TypeAlias = ec.EllipticCurvePrivateKey
HERE: Final = (x509.IPAddress(ip_address("127.0.0.1")),)
ELSEWHERE: Final = (x509.DNSName("images.example.org"),)
_NAME: Final = "Upheld simulator"
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Authority:
    """Signs for as long as the process runs. `ca_file`: its certificate, for who is to believe it."""

    folder: Path
    key: Key

    @classmethod
    def new(cls, folder: Path) -> Self:
        """Make one; the files go into `folder`."""
        key = _key()
        own = x509.BasicConstraints(ca=True, path_length=None)
        certificate = _signed(_NAME, key, key, HERE, _DAY, own)
        (folder / "ca.pem").write_bytes(certificate.public_bytes(Encoding.PEM))
        return cls(folder, key)

    @property
    def ca_file(self) -> Path:
        """In PEM."""
        return self.folder / "ca.pem"

    def sound(self) -> ssl.SSLContext:
        """A server's side that proves to be this machine."""
        return self._context("server", self.key, HERE, _DAY)

    def expired(self) -> ssl.SSLContext:
        """The same, until yesterday."""
        return self._context("expired", self.key, HERE, -_DAY)

    def of_another_host(self) -> ssl.SSLContext:
        """Signed, valid, and of another name."""
        return self._context("another", self.key, ELSEWHERE, _DAY)

    def self_signed(self) -> ssl.SSLContext:
        """Signed by nobody but itself."""
        return self._context("self", None, HERE, _DAY)

    def _context(
        self, name: str, signer: Key | None, names: Sequence[x509.GeneralName], valid: timedelta
    ) -> ssl.SSLContext:
        key = _key()
        subject = _NAME if signer is None else f"{_NAME}: {name}"
        constraints = x509.BasicConstraints(ca=False, path_length=None)
        certificate = _signed(subject, key, signer or key, names, valid, constraints)
        private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        file = self.folder / f"{name}.pem"
        file.write_bytes(certificate.public_bytes(Encoding.PEM) + private)
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(file)
        return context


def _key() -> Key:
    return ec.generate_private_key(ec.SECP256R1())


def _signed(
    subject: str,
    key: Key,
    signer: Key,
    names: Sequence[x509.GeneralName],
    valid: timedelta,
    constraints: x509.BasicConstraints,
) -> x509.Certificate:
    """A certificate that ends so long from now; it began a week before."""
    until = datetime.now(UTC) + valid
    builder = (
        x509.CertificateBuilder()
        .subject_name(_named(subject))
        .issuer_name(_named(_NAME))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(until - 7 * _DAY)
        .not_valid_after(until)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(constraints, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
    )
    return (_may_sign(builder) if constraints.ca else builder).sign(signer, SHA256())


def _may_sign(builder: x509.CertificateBuilder) -> x509.CertificateBuilder:
    """With what strict verifiers (Python 3.13) want of an authority."""
    names = ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement")
    usage = dict.fromkeys((*names, "encipher_only", "decipher_only"), False)
    return builder.add_extension(x509.KeyUsage(**usage, key_cert_sign=True, crl_sign=True), critical=True)


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
