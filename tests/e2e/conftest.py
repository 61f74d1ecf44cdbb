"""What several of these tests install from."""

from __future__ import annotations

from pathlib import Path

import pytest

from .installing import PROJECT, PYPROJECT, closure, copy_of_the_project, make_wheel


@pytest.fixture(scope="session")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project, which nobody edits while it is built."""
    place = tmp_path_factory.mktemp("checkout")
    copy_of_the_project(place)
    return place


@pytest.fixture(scope="session")
def wheelhouse(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory that stands for a package index: wheels of what logscrub needs to be built and to run, no more."""
    directory = tmp_path_factory.mktemp("wheelhouse")
    try:
        for name in closure([*PROJECT["dependencies"], *PYPROJECT["build-system"]["requires"]]):
            make_wheel(name, directory)
    except LookupError as error:
        pytest.skip(f"nothing to install from without a package index: {error}")
    return directory
