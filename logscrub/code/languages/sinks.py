"""Which calls print, and at which level."""

from __future__ import annotations

from dataclasses import dataclass

from logscrub.code.languages import forms
from logscrub.code.languages.forms import Reader
from logscrub.code.languages.tables import Loggers
from logscrub.code.languages.values import Value
from logscrub.detect.keys import split_words

_INDIRECT = frozenset({"apply", "call", "bind"})
_SCREENS = frozenset({"console", "stdout"})


@dataclass(frozen=True, slots=True)
class Sink:
    """A call that prints.

    Attributes:
        sink: the kind of output.
        receiver: the code before the method.
        level: in the words of Python's standard library.
        screen: it writes to the screen rather than to a log.
        chains: its result is a logger again.
        skip: how many arguments at the start are not printed.
        pairs: a literal can be the key of the argument after it.
    """

    sink: str
    receiver: str
    level: str
    screen: bool = False
    chains: bool = True
    skip: int = 0
    pairs: bool = False


class Sinks:
    """Recognizes calls that print.

    Args:
        tables: who logs in the language.
        not_logs: words that end like a logger and are none.
    """

    def __init__(self, tables: Loggers, not_logs: frozenset[str]) -> None:
        self._tables = tables
        self._not_logs = not_logs

    def is_module(self, name: str) -> bool:
        """Tell whether an imported module is a logger, or makes a function that logs."""
        return name in self._tables.modules or name in self._tables.functions

    def is_type(self, name: str) -> bool:
        """Tell whether a declared type is that of a logger."""
        return name in self._tables.types

    def makes_logger(self, form: forms.Call, args: list[Value], base: Value) -> bool:
        """Tell whether a call gives back a logger."""
        if form.name == "require" and args and args[0].text is not None:
            return self.is_module(args[0].text)
        if not form.name:
            return base.logger
        if form.base is None:
            return form.name in self._tables.factories and (not form.new or "og" in form.name)
        return form.name in self._tables.factories and "og" in form.name

    def find(self, form: forms.Call, base: Value, base_name: str, read: Reader, defined: bool) -> Sink | None:
        """Return how a call prints, or None if it does not.

        Args:
            form: the call.
            base: what is known of the value before the method, or of the function itself.
            base_name: the code of it.
            read: the reader of the language.
            defined: a function of this name is defined in the file.
        """
        tables = self._tables
        if form.base is None:
            if form.new:
                return None
            if base.logger and form.name != "require":
                return Sink("logging", "", tables.levels.get(form.name, "debug"), pairs=tables.pairs)
            if form.name in tables.bare and not defined:
                return Sink("logging", "", tables.levels.get(form.name, ""), pairs=tables.pairs)
            return None
        if form.name in _INDIRECT:
            inner = read(form.base)
            if isinstance(inner, forms.Member):
                return self._method(inner.name, forms.text_of(inner.base, read), Value(), form, 1)
            return None
        if not base_name:
            # getLogger().info(…): the call before the method is named like what it gives back.
            inner = read(form.base)
            base_name = inner.name if isinstance(inner, forms.Call) else ""
        return self._method(form.name, base_name, base, form, 0)

    def _method(self, name: str, base_name: str, base: Value, form: forms.Call, skip: int) -> Sink | None:
        tables = self._tables
        for output in tables.outputs:
            if base_name in output.receivers and name in output.methods:
                if output.first:
                    first = forms.text(form.args[0]) if form.args else ""
                    if first not in output.first:
                        return None
                    skip += 1
                return Sink(
                    output.sink,
                    base_name,
                    tables.levels.get(name, ""),
                    screen=output.sink in _SCREENS,
                    chains=False,
                    skip=skip,
                    pairs=tables.pairs,
                )
        level = tables.levels.get(name)
        if level is None and name not in tables.attach:
            return None
        if not base.logger and not self.is_type(base.type) and not self._is_named(base_name):
            return None
        return Sink("logging", base_name, level or "", skip=skip, pairs=tables.pairs or name in tables.attach)

    def _is_named(self, base_name: str) -> bool:
        last = split_words(base_name.rsplit(".", 1)[-1])
        if not last or last[-1] in self._not_logs:
            return False
        # plog, mylogger: glued to a prefix, a logger all the same.
        return last[-1] in self._tables.words or last[-1].endswith(("log", "logger"))
