"""A key to sign with, made once."""

from __future__ import annotations

from pathlib import Path

import pytest

from logscrub.comply.sign import Signer, new_key


@pytest.fixture(scope="session")
def key_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A private key; the public one lies beside it."""
    path = tmp_path_factory.mktemp("key") / "audit.pem"
    new_key(str(path))
    return path


@pytest.fixture(scope="session")
def signer(key_file: Path) -> Signer:
    """Signs with it."""
    return Signer.of(str(key_file))
