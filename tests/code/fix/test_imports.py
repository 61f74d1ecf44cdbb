"""The import goes where import sorters want it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

CASES = {
    "after the standard library": (
        '"""Doc."""\n\nfrom __future__ import annotations\n\nimport logging\nimport os\n\nLOG.info(«pw»)\n',
        '"""Doc."""\n\nfrom __future__ import annotations\n\nimport logging\nimport os\n\nimport logscrub\n\nLOG.info(@)\n',
    ),
    "among others, before from": (
        "import os\n\nimport attr\nfrom zmq import x\nimport requests\n\nfrom . import y\n\nLOG.info(«pw»)\n",
        "import os\n\nimport attr\nimport logscrub\nfrom zmq import x\nimport requests\n\nfrom . import y\n\nLOG.info(@)\n",
    ),
    "before others": (
        "import os\n\nimport requests\n\nLOG.info(«pw»)\n",
        "import os\n\nimport logscrub\nimport requests\n\nLOG.info(@)\n",
    ),
    "before the package itself": (
        "from . import x\nLOG.info(«pw»)\n",
        "import logscrub\n\nfrom . import x\nLOG.info(@)\n",
    ),
    "between": (
        "import os\n\nfrom . import x\nLOG.info(«pw»)\n",
        "import os\n\nimport logscrub\n\nfrom . import x\nLOG.info(@)\n",
    ),
    "several lines": (
        "from os import (\n    path,  # a\n)  # b\n\nLOG.info(«pw»)\n",
        "from os import (\n    path,  # a\n)  # b\n\nimport logscrub\n\nLOG.info(@)\n",
    ),
    "only a docstring": ('"""Doc."""\nLOG.info(«pw»)\n', '"""Doc."""\n\nimport logscrub\n\nLOG.info(@)\n'),
    "only __future__": (
        "from __future__ import annotations\nLOG.info(«pw»)\n",
        "from __future__ import annotations\n\nimport logscrub\n\nLOG.info(@)\n",
    ),
    "head comments": (
        "#!/usr/bin/env python\n# Licence\n\n# about f\ndef f():\n    LOG.info(«pw»)\n",
        "#!/usr/bin/env python\n# Licence\n\nimport logscrub\n\n# about f\ndef f():\n    LOG.info(@)\n",
    ),
    "there already": ("import logscrub\nLOG.info(«pw»)\n", "import logscrub\nLOG.info(@)\n"),
    "there under another name": (
        "import logscrub as l\nLOG.info(«pw»)\n",
        'import logscrub as l\nLOG.info(l.mask(pw, "password"))\n',
    ),
    "the function is there": (
        "from logscrub import mask\nLOG.info(«pw»)\n",
        'from logscrub import mask\nLOG.info(mask(pw, "password"))\n',
    ),
    "for type checkers only": (
        "import typing\n\nif typing.TYPE_CHECKING:\n    import logscrub\nLOG.info(«pw»)\n",
        "import typing\n\nimport logscrub as _logscrub\n\nif typing.TYPE_CHECKING:\n    import logscrub\nLOG.info(_@)\n",
    ),
    "the name is taken": (
        "def f(logscrub):\n\tLOG.info(«pw»)\n",
        "import logscrub as _logscrub\n\ndef f(logscrub):\n\tLOG.info(_@)\n",
    ),
    "the imported name is taken": (
        "import logscrub\ndef f():\n\tlogscrub = 1\n\tLOG.info(«pw»)\n",
        "import logscrub\nimport logscrub as _logscrub\ndef f():\n\tlogscrub = 1\n\tLOG.info(_@)\n",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_place(fixer: Callable, case: str) -> None:
    """Below the docstring and ``__future__``, in its section, once, under a name that is free."""
    before, after = CASES[case]
    text, result = fixer(before)
    assert not result.refused
    assert text == after.replace("@", 'logscrub.mask(pw, "password")')


@pytest.mark.parametrize("newline", ["\r\n", "\n"])
def test_line_ends(fixer: Callable, newline: str) -> None:
    """New lines end as the others do."""
    text, _ = fixer(f"import os{newline}LOG.info(«pw»){newline}")
    assert (
        text
        == f'import os{newline}{newline}import logscrub{newline}{newline}LOG.info(logscrub.mask(pw, "password")){newline}'
    )
