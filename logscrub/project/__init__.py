"""A project as ``logscrub init`` sees it, the configuration that fits it, and what to do next."""

from __future__ import annotations

from logscrub.project.look import Project, look_at
from logscrub.project.settings import added_to_pyproject, settings_text
from logscrub.project.steps import Step, next_steps

__all__ = ["Project", "Step", "added_to_pyproject", "look_at", "next_steps", "settings_text"]
