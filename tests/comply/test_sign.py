"""Keys and signatures: Ed25519 as RFC 8032 has it, and nothing else is taken for one."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from logscrub.comply.sign import (
    NoSignatureError,
    Signature,
    Signer,
    canonical,
    key_id_of,
    new_key,
    read_public_key,
    split,
)
from logscrub.errors import ConfigError, SourceError

# RFC 8032, 7.1, test 2: secret key, public key, message, signature.
_SECRET = "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb"
_PUBLIC = "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"
_SIGNED = (
    "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
    "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
)


def test_signatures_are_those_of_the_standard() -> None:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    signer = Signer(Ed25519PrivateKey.from_private_bytes(bytes.fromhex(_SECRET)))
    assert signer.public_key.hex() == _PUBLIC
    assert signer.sign(b"\x72").hex() == _SIGNED
    assert Signature.of(b"\x72", signer).problem(b"\x72") == ""


def test_a_key_is_its_owners_and_is_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "audit.pem"
    identity = new_key(str(path))
    if os.name != "nt":
        assert path.stat().st_mode & 0o777 == 0o600
    assert b"BEGIN PRIVATE KEY" in path.read_bytes()
    public = tmp_path / "audit.pem.pub"
    assert b"BEGIN PUBLIC KEY" in public.read_bytes()
    assert key_id_of(read_public_key(str(public))) == Signer.of(str(path)).key_id == identity
    before = path.read_bytes()
    with pytest.raises(ConfigError, match=r"audit\.pem\.pub: is there already"):
        new_key(str(path))
    public.unlink()
    with pytest.raises(ConfigError, match=r"audit\.pem: is there already"):
        new_key(str(path))
    assert path.read_bytes() == before
    assert not public.exists()
    with pytest.raises(SourceError, match="cannot be written"):
        new_key(str(tmp_path / "none" / "audit.pem"))


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such permissions")
def test_a_key_that_others_may_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "audit.pem"
    new_key(str(path))
    path.chmod(0o640)
    with pytest.raises(ConfigError, match="others may read it: chmod 600"):
        Signer.of(str(path))


def test_other_files_are_no_keys(tmp_path: Path, key_file: Path) -> None:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519

    other = tmp_path / "other.pem"
    private = ec.generate_private_key(ec.SECP256R1())
    form = serialization.PrivateFormat.PKCS8
    pem = serialization.Encoding.PEM
    for data, said in (
        (b"not a key", "is no private key of Ed25519"),
        (private.private_bytes(pem, form, serialization.NoEncryption()), "is no private key of Ed25519"),
        (
            ed25519.Ed25519PrivateKey.generate().private_bytes(pem, form, serialization.BestAvailableEncryption(b"x")),
            "has a passphrase",
        ),
    ):
        other.write_bytes(data)
        other.chmod(0o600)
        with pytest.raises(ConfigError, match=said):
            Signer.of(str(other))
    with pytest.raises(ConfigError, match=r"is a private key; give the public one, .*\.pub"):
        read_public_key(str(key_file))
    other.write_bytes(b"no key")
    with pytest.raises(ConfigError, match="is no public key of Ed25519"):
        read_public_key(str(other))
    with pytest.raises(SourceError, match="cannot be read"):
        read_public_key(str(tmp_path / "none.pub"))


def test_a_block_is_read_as_it_was_written_only(signer: Signer) -> None:
    body = b"Evidence\n"
    for one in (Signature.of(body, signer), Signature.of(body)):
        for markup in (False, True):
            block = one.block(markup=markup)
            assert split(body + block) == (body, one)
            for odd in (
                block + b"\n",
                block.replace(b"\n", b"\r\n"),
                block.replace(b"SHA-256: ", b"SHA-256:  "),
                block.replace(b"Algorithm: ", b"Algorithm: x\nAlgorithm: "),
                block[:-1],
            ):
                with pytest.raises(NoSignatureError):
                    split(body + odd)
    with pytest.raises(NoSignatureError):
        split(body)
    signed = Signature.of(body, signer)
    for members in (None, [], {}, {**signed.members(), "more": ""}, {"algorithm": "none", "digest": 1}):
        with pytest.raises(NoSignatureError):
            Signature.read(members)
    assert "algorithm" in Signature("RSA", signed.digest).problem(body)


def test_the_canonical_form_does_not_depend_on_the_order() -> None:
    one = {"b": [True, None, 12, 'a\tb"\\/'], "a": {"y": "é", "x": {}}}
    other = {"a": {"x": {}, "y": "é"}, "b": [True, None, 12, 'a\tb"\\/'], "signature": {"algorithm": "none"}}
    assert canonical(one) == canonical(other)
    assert canonical(one).decode() == '{"a":{"x":{},"y":"é"},"b":[true,null,12,"a\\tb\\"\\\\/"]}'


def test_without_the_extra_it_is_named(tmp_path: Path) -> None:
    code = (
        "import sys; sys.modules['cryptography'] = None\n"
        "from logscrub.comply.sign import Signature, new_key\n"
        "assert Signature.of(b'').problem(b'') == ''\n"
        "from logscrub.errors import MissingExtraError\n"
        "try:\n    new_key('none.pem')\n"
        "except MissingExtraError as error:\n    print(error)\n"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path, check=True)
    assert told.stdout == "signing reports needs an extra: pip install 'logscrub[sign]'\n"
    assert list(tmp_path.iterdir()) == []
