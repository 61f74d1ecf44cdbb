"""Signatures of reports: who wrote one, and that it is as it was written.

A signature is one of Ed25519 (RFC 8032) over the report itself, without its signature:

* a report in JSON is signed in its canonical form (RFC 8785: keys in order, no white space, UTF-8), so that it may be
  laid out anew. It holds strings, integers, booleans and null only, for which that form is simple;
* any other one is signed byte by byte, up to the block that holds the signature.

Without a key the same block holds a SHA-256 digest only. That shows an accident, and nothing else: whoever changes the
report can change the digest too.
"""

from __future__ import annotations

import binascii
import hashlib
import json
import os
import re
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from logscrub.errors import ConfigError, MissingExtraError, SourceError
from logscrub.report.visible import visible
from logscrub.seal import read_key_file
from logscrub.sources.paths import reason_of

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

ED25519 = "Ed25519"
NONE = "none"
MEMBER = "signature"
"""The member of a report in JSON that is not signed, since it is the signature."""

_BEGIN = "-----BEGIN LOGSCRUB SIGNATURE-----"
_END = "-----END LOGSCRUB SIGNATURE-----"
_LABELS = {
    "algorithm": "Algorithm",
    "key_id": "Key-Id",
    "public_key": "Public-Key",
    "digest": "SHA-256",
    "signature": "Signature",
}
_LONGEST_BLOCK = 1000
_BLOCK = re.compile(
    rf"(?P<start><!--\n)?{_BEGIN}\nAlgorithm: (?P<algorithm>[!-~]+)\n"
    r"(?:Key-Id: (?P<key_id>[!-~]+)\nPublic-Key: (?P<public_key>[!-~]+)\n)?SHA-256: (?P<digest>[!-~]+)\n"
    rf"(?:Signature: (?P<signature>[!-~]+)\n)?{_END}\n(?(start)-->\n)\Z"
)
_KEY_BYTES = 32


class NoSignatureError(ValueError):
    """There is no signature where one has to be, or it is not written as one is."""


def new_key(path: str) -> str:
    """Make a key: the private half in a file that only its owner can read, the public half in ``path.pub``.

    Args:
        path: the file; neither it nor ``path.pub`` may be there.

    Returns:
        The id of the key.

    Raises:
        ConfigError: one of them is there.
        SourceError: one cannot be written.
        MissingExtraError: ``cryptography`` is not installed.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     made = new_key(os.path.join(folder, "audit.pem"))
    ...     made == Signer.of(os.path.join(folder, "audit.pem")).key_id, sorted(os.listdir(folder))
    (True, ['audit.pem', 'audit.pem.pub'])
    """
    serialization, ed25519 = _cryptography()
    private = ed25519.Ed25519PrivateKey.generate()
    public = private.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    secret = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    beside = f"{path}.pub"
    if os.path.lexists(beside):
        raise ConfigError(f"{visible(beside)}: is there already, and a key is never overwritten; name another file")
    _write_new(path, secret, 0o600)
    _write_new(beside, public, 0o644)
    return key_id_of(private.public_key().public_bytes_raw())


def key_id_of(public_key: bytes) -> str:
    """Return what stands for a public key: half of its SHA-256 digest.

    >>> key_id_of(bytes(32))
    '66687aadf862bd776c8fc18b8e9f8e20'
    """
    return hashlib.sha256(public_key).hexdigest()[:32]


def read_public_key(path: str) -> bytes:
    """Read a public key: the 32 bytes of one in PEM.

    Raises:
        SourceError: the file cannot be read.
        ConfigError: it holds no public key of Ed25519.
        MissingExtraError: ``cryptography`` is not installed.
    """
    serialization, ed25519 = _cryptography()
    try:
        with open(path, "rb") as stream:
            data = stream.read(_LONGEST_BLOCK)
    except OSError as error:
        raise SourceError(f"{visible(path)}: the key cannot be read: {reason_of(error)}") from None
    if b"PRIVATE KEY" in data:
        raise ConfigError(f"{visible(path)}: is a private key; give the public one, {visible(path)}.pub")
    try:
        key = serialization.load_pem_public_key(data)
    except ValueError:
        key = None
    if not isinstance(key, ed25519.Ed25519PublicKey):
        raise ConfigError(f"{visible(path)}: is no public key of Ed25519 in PEM, as logscrub comply key writes it")
    raw: bytes = key.public_bytes_raw()
    return raw


class Signer:
    """Signs with a private key.

    Attributes:
        public_key: the other half of it, 32 bytes.
        key_id: stands for it.
    """

    def __init__(self, private: Ed25519PrivateKey) -> None:
        self._private = private
        self.public_key = private.public_key().public_bytes_raw()
        self.key_id = key_id_of(self.public_key)

    @classmethod
    def of(cls, path: str) -> Self:
        """Read a key that :func:`new_key` made, or OpenSSL: Ed25519 in PKCS#8, without a passphrase.

        Raises:
            ConfigError: there is none, others may read it, or it is another kind of key.
            MissingExtraError: ``cryptography`` is not installed.
        """
        serialization, ed25519 = _cryptography()
        data = read_key_file(path)
        try:
            key = serialization.load_pem_private_key(data, password=None)
        except TypeError:
            raise ConfigError(f"{visible(path)}: has a passphrase, which logscrub does not ask for") from None
        except ValueError:
            key = None
        if not isinstance(key, ed25519.Ed25519PrivateKey):
            raise ConfigError(
                f"{visible(path)}: is no private key of Ed25519 in PEM; make one with: logscrub comply key FILE"
            )
        return cls(key)

    def sign(self, data: bytes) -> bytes:
        """Return the signature of some bytes: 64 bytes."""
        return self._private.sign(data)


@dataclass(frozen=True, slots=True)
class Signature:
    """What stands in a report about its own bytes.

    Attributes:
        algorithm: ``Ed25519``, or ``none`` where there is a digest only.
        digest: SHA-256 of what is signed, in hexadecimal.
        key_id, public_key, signature: of the key, the key and the signature in base64; empty without one.
    """

    algorithm: str
    digest: str
    key_id: str = ""
    public_key: str = ""
    signature: str = ""

    @classmethod
    def of(cls, data: bytes, signer: Signer | None = None) -> Self:
        """Sign.

        >>> Signature.of(b"").digest[:8]
        'e3b0c442'
        """
        digest = hashlib.sha256(data).hexdigest()
        if signer is None:
            return cls(NONE, digest)
        return cls(ED25519, digest, signer.key_id, text_of(signer.public_key), text_of(signer.sign(data)))

    @classmethod
    def read(cls, members: object) -> Self:
        """Read what :meth:`members` gave.

        Raises:
            NoSignatureError: it is something else.
        """
        if not isinstance(members, Mapping) or not all(isinstance(one, str) for one in members.values()):
            raise NoSignatureError("the signature is not written as one")
        wanted = {"algorithm", "digest"} if members.get("algorithm") == NONE else set(_LABELS)
        if set(members) != wanted:
            raise NoSignatureError("the signature is not written as one")
        return cls(**members)

    def members(self) -> dict[str, str]:
        """Return it as plain data."""
        return {name: value for name in _LABELS if (value := getattr(self, name))}

    def block(self, *, markup: bool = False) -> bytes:
        """Return it as lines, for the end of a text; in a comment for that of a page."""
        lines = [f"{_LABELS[name]}: {value}" for name, value in self.members().items()]
        text = "\n".join((_BEGIN, *lines, _END, ""))
        return (f"<!--\n{text}-->\n" if markup else text).encode("ascii")

    def problem(self, data: bytes) -> str:
        """Say what is wrong with it as the signature of some bytes; empty if it holds.

        Raises:
            MissingExtraError: there is a signature, and ``cryptography`` is not installed.
        """
        if self.algorithm not in (NONE, ED25519):
            return "it names an algorithm that is not known"
        if self.digest != hashlib.sha256(data).hexdigest():
            return "the report is not the one that the digest was made of"
        if self.algorithm == NONE:
            return ""
        key, signature = _bytes(self.public_key), _bytes(self.signature)
        if len(key) != _KEY_BYTES or self.key_id != key_id_of(key):
            return "the key in the report does not go with its id"
        _, ed25519 = _cryptography()
        from cryptography.exceptions import InvalidSignature

        try:
            ed25519.Ed25519PublicKey.from_public_bytes(key).verify(signature, data)
        except (InvalidSignature, ValueError):
            return "the signature is not one of this report"
        return ""


def split(data: bytes) -> tuple[bytes, Signature]:
    r"""Take a text or a page apart into what is signed and the signature.

    Raises:
        NoSignatureError: it does not end in one.

    >>> body, signature = split(b"Evidence\n" + Signature.of(b"Evidence\n").block())
    >>> body, signature.problem(body)
    (b'Evidence\n', '')
    """
    found = _BLOCK.search(data[-_LONGEST_BLOCK:].decode("latin-1"))
    if found is None:
        raise NoSignatureError("there is no signature, and no digest, at its end")
    markup = found.group("start") is not None
    members = {name: value for name, value in found.groupdict().items() if name != "start" and value is not None}
    signature = Signature.read(members)
    block = found.group().encode("latin-1")
    if signature.block(markup=markup) != block:
        raise NoSignatureError("the signature is not written as one")
    return data[: len(data) - len(block)], signature


def canonical(document: Mapping[str, Any]) -> bytes:
    """Return what is signed of a document in JSON (RFC 8785).

    Args:
        document: plain data without fractions, and with keys in ASCII, for which this form is what RFC 8785 asks for.

    >>> canonical({"b": "é", "a": [1, None], "signature": {}}).decode()
    '{"a":[1,null],"b":"é"}'
    """
    signed = {name: value for name, value in document.items() if name != MEMBER}
    return json.dumps(signed, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def _cryptography() -> tuple[Any, Any]:
    try:
        from cryptography.hazmat.primitives import serialization
        from cryptography.hazmat.primitives.asymmetric import ed25519
    except ImportError:
        raise MissingExtraError("signing reports", "sign") from None
    return serialization, ed25519


def _write_new(path: str, data: bytes, mode: int) -> None:
    try:
        handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, mode)
        with open(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
    except FileExistsError:
        raise ConfigError(
            f"{visible(path)}: is there already, and a key is never overwritten; name another file"
        ) from None
    except OSError as error:
        raise SourceError(f"{visible(path)}: the key cannot be written: {reason_of(error)}") from None


def text_of(data: bytes) -> str:
    """Return bytes as signatures have them: in base64."""
    return b64encode(data).decode("ascii")


def _bytes(text: str) -> bytes:
    """Read base64, in the one way it is written."""
    try:
        data = b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""
    return data if text_of(data) == text else b""
