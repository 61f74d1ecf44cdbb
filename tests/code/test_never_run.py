"""The code that is audited is read, and never run or imported."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from logscrub.code.audit import CodeOptions, audit_code

# Each would leave a file behind if anything of it were run.
SOURCES = {
    "module": "open({trace!r}, 'w').close()\n",
    "import": "import side_effect\n",
    "from import": "from side_effect import log, password\n",
    "decorator": "@open({trace!r}, 'w').close\ndef f(password):\n    log.info(password)\n",
    "default": "def f(password=open({trace!r}, 'w')):\n    log.info('%s', password)\n",
    "annotation": "def f(password: open({trace!r}, 'w')):\n    log.info('%s', password)\n",
    "class": "class A(BaseModel):\n    password: str = open({trace!r}, 'w')\n    open({trace!r}, 'w').close()\n",
    "metaclass": "class A(metaclass=open({trace!r}, 'w')):\n    password = 1\n",
    "f-string": "log.info(f\"{{open({trace!r}, 'w')}} {{password}}\")\n",
    "argument": "log.info('%s', user.password, open({trace!r}, 'w'))\n",
    "template": "log.info(('%s' % open({trace!r}, 'w')) + password)\n",
    "comprehension": "log.info([open({trace!r}, 'w') for password in 'ab'])\n",
    "exec": "exec(\"open({trace!r}, 'w')\")\nlog.info(eval(\"open({trace!r}, 'w')\"))\n",
    "coding": "# -*- coding: side_effect -*-\nlog.info(password)\n",
    "python 2": "print password\nexec \"open({trace!r}, 'w')\"\n",
}


@pytest.mark.parametrize("where", SOURCES)
def test_nothing_is_run(where: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trace = tmp_path / "trace"
    project = tmp_path / "project"
    project.mkdir()
    (project / "side_effect.py").write_text(f"open({str(trace)!r}, 'w').close()\nlog = password = None\n")
    (project / "sitecustomize.py").write_text(f"open({str(trace)!r}, 'w').close()\n")
    start = "# -*- coding: side_effect -*-\n" if where == "coding" else ""
    (project / "app.py").write_text(
        f"{start}import logging\nlog = logging.getLogger()\n{SOURCES[where].format(trace=str(trace))}"
    )
    monkeypatch.chdir(project)
    monkeypatch.syspath_prepend(str(project))
    before = set(sys.modules)
    for path in (".", project, project / "app.py"):
        assert audit_code([path], CodeOptions(bulk=True, inventory=True, cache=False)).files
    assert not trace.exists()
    assert "side_effect" not in sys.modules and not {"app", "project"} & (set(sys.modules) - before)
    assert sorted(os.listdir(project)) == ["app.py", "side_effect.py", "sitecustomize.py"]  # no bytecode, no note
