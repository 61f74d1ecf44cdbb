"""A mask goes around what is printed, and the line stays as it is."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from logscrub.code.model import Kind

IMPORT = "import logscrub\n\n"

LINES = [
    ('LOG.debug("x %s", «pw»)', 'LOG.debug("x %s", logscrub.mask(pw, "password"))'),
    ("LOG.debug('x %s', «pw»)", "LOG.debug('x %s', logscrub.mask(pw, 'password'))"),
    ('LOG.debug("x %s", («pw»))', 'LOG.debug("x %s", logscrub.mask((pw), "password"))'),
    ('LOG.debug("x", «(a, b)»)', 'LOG.debug("x", logscrub.mask((a, b), "password"))'),
    ('LOG.debug("x", («(a, b)»))', 'LOG.debug("x", logscrub.mask(((a, b)), "password"))'),
    ('LOG.debug("é ü", «pw»)', 'LOG.debug("é ü", logscrub.mask(pw, "password"))'),
    ('LOG.debug("x %s", «a.b["c"]»)', 'LOG.debug("x %s", logscrub.mask(a.b["c"], "password"))'),
    # f-strings
    ('LOG.debug(f"x {«pw»}")', "LOG.debug(f\"x {logscrub.mask(pw, 'password')}\")"),
    ("LOG.debug(f'x {«pw»}')", "LOG.debug(f'x {logscrub.mask(pw, \"password\")}')"),
    ('LOG.debug(f"é {u} {«pw»!r:>10}")', "LOG.debug(f\"é {u} {logscrub.mask(pw, 'password')!r:>10}\")"),
    ('LOG.debug(f"{«pw»=}")', "LOG.debug(f\"pw={logscrub.mask(pw, 'password')!r}\")"),
    ('LOG.debug(f"{ «pw» = }")', "LOG.debug(f\" pw = { logscrub.mask(pw, 'password')!r}\")"),
    ('LOG.debug(f"{«pw»=!s}")', "LOG.debug(f\"pw={logscrub.mask(pw, 'password')!s}\")"),
    ('LOG.debug(f"{«pw»=:>10}")', "LOG.debug(f\"pw={logscrub.mask(pw, 'password'):>10}\")"),
    ('LOG.debug(f"a" "b" f"{«pw»}")', 'LOG.debug(f"a" "b" f"{logscrub.mask(pw, \'password\')}")'),
    ('LOG.debug(f"""x\n{«pw»}""")', 'LOG.debug(f"""x\n{logscrub.mask(pw, \'password\')}""")'),
    # text that is put together
    ('LOG.debug("{} {}".format(u, «pw»))', 'LOG.debug("{} {}".format(u, logscrub.mask(pw, "password")))'),
    ('LOG.debug("x %s" % «pw»)', 'LOG.debug("x %s" % logscrub.mask(pw, "password"))'),
    ('LOG.debug("%s %s" % (u, «pw»))', 'LOG.debug("%s %s" % (u, logscrub.mask(pw, "password")))'),
    ('LOG.debug("x" + «pw»)', 'LOG.debug("x" + str(logscrub.mask(pw, "password")))'),
    ('LOG.debug("x" + «pw» + "y")', 'LOG.debug("x" + str(logscrub.mask(pw, "password")) + "y")'),
    ('LOG.debug("x" + («pw» if pw else ""))', 'LOG.debug("x" + (str(logscrub.mask(pw, "password")) if pw else ""))'),
    ('LOG.debug(",".join([«pw», u]))', 'LOG.debug(",".join([str(logscrub.mask(pw, "password")), u]))'),
    ('LOG.debug(",".join(«x.pw» for x in y))', 'LOG.debug(",".join(str(logscrub.mask(x.pw, "password")) for x in y))'),
    ('LOG.debug(("x" + «pw»).strip())', 'LOG.debug(("x" + str(logscrub.mask(pw, "password"))).strip())'),
    ('LOG.debug("%(p)s", {"p": «pw»})', 'LOG.debug("%(p)s", {"p": logscrub.mask(pw, "password")})'),
    ('LOG.debug("%s", [«x.pw» for x in y])', 'LOG.debug("%s", [logscrub.mask(x.pw, "password") for x in y])'),
    # what is worked out on the way
    ('LOG.debug("%s", build(«pw»))', 'LOG.debug("%s", logscrub.mask(build(pw), "password"))'),
    ('LOG.debug("%s", «pw».decode())', 'LOG.debug("%s", logscrub.mask(pw.decode(), "password"))'),
    ('LOG.debug("%s", «pw» or "none")', 'LOG.debug("%s", logscrub.mask(pw or "none", "password"))'),
    ('LOG.debug("%s", str(«pw»))', 'LOG.debug("%s", str(logscrub.mask(pw, "password")))'),
    ('LOG.debug("%s", str(«pw», "utf-8"))', 'LOG.debug("%s", logscrub.mask(str(pw, "utf-8"), "password"))'),
    ('LOG.debug("%s", «[x for x in pw]»)', 'LOG.debug("%s", logscrub.mask([x for x in pw], "password"))'),
    ('LOG.debug("%s", sorted(x for x in «pw»))', 'LOG.debug("%s", logscrub.mask(sorted(x for x in pw), "password"))'),
    ('LOG.debug("%s", len(«pw») > 3)', 'LOG.debug("%s", logscrub.mask(len(pw) > 3, "password"))'),
    # other sinks
    ('print("x", «pw», file=out)', 'print("x", logscrub.mask(pw, "password"), file=out)'),
    ("sys.stdout.write(«pw»)", 'sys.stdout.write(str(logscrub.mask(pw, "password")))'),
    ('raise ValueError("x", «pw») from None', 'raise ValueError("x", str(logscrub.mask(pw, "password"))) from None'),
    ('raise ValueError("x %s" % «pw»)', 'raise ValueError("x %s" % logscrub.mask(pw, "password"))'),
    ("assert user, «pw»", 'assert user, logscrub.mask(pw, "password")'),
    ('log.info("x", password=«pw»)', 'log.info("x", password=logscrub.mask(pw, "password"))'),
    ('log.bind(p=«pw»).info("x")', 'log.bind(p=logscrub.mask(pw, "password")).info("x")'),
    ('LOG.info("x", extra={"p": «pw»})', 'LOG.info("x", extra={"p": logscrub.mask(pw, "password")})'),
    (
        "class A:\n    def __repr__(self):\n        return «self.pw»",
        'class A:\n    def __repr__(self):\n        return str(logscrub.mask(self.pw, "password"))',
    ),
    (
        'LOG.info(\n\t"x",  # the text\n\t«pw»,  # the value\n)',
        'LOG.info(\n\t"x",  # the text\n\tlogscrub.mask(pw, "password"),  # the value\n)',
    ),
]


@pytest.mark.parametrize(("before", "after"), LINES)
def test_line(fixer: Callable, before: str, after: str) -> None:
    """The mask goes around the value, or the smallest expression that is only printed; run again, nothing changes."""
    text, result = fixer(before)
    assert not result.refused
    assert text == IMPORT + after
    assert len(result.done) == 1
    assert [change.after for change in result.changed] == [text]


WHOLES = [
    ('LOG.info("x %s", «info»)', 'LOG.info("x %s", logscrub.mask(info))'),
    ('LOG.info("%(user)s", «params»)', 'LOG.info("%(user)s", logscrub.mask(params))'),
    ('LOG.info("%(user)s" % «params»)', 'LOG.info("%(user)s" % logscrub.mask(params))'),
    ('log.info("x", **«params»)', 'log.info("x", **logscrub.mask(params))'),
    ('log.info("x", «**params»)', 'log.info("x", **logscrub.mask(params))'),
    ('LOG.info("%s", {**«params», "a": 1})', 'LOG.info("%s", {**logscrub.mask(params), "a": 1})'),
    ('LOG.info("{user}".format(**«locals()»))', 'LOG.info("{user}".format(**logscrub.mask(locals())))'),
    ('LOG.info("%s", «locals()»)', 'LOG.info("%s", logscrub.mask(locals()))'),
    (
        'LOG.info("%(user)s %(password)s %(user)s", «locals()»)',
        'LOG.info("%(user)s %(password)s %(user)s", {"user": user, "password": logscrub.mask(password, "password")})',
    ),
    (
        "LOG.info('%(user)s %(api_key)s' % «locals()»)",
        "LOG.info('%(user)s %(api_key)s' % {'user': user, 'api_key': logscrub.mask(api_key, 'api-key')})",
    ),
]


@pytest.mark.parametrize(("before", "after"), WHOLES)
def test_container(fixer: Callable, before: str, after: str) -> None:
    """A whole object gets no name: what it holds is judged by its own; of ``locals()`` what is used is listed."""
    text, result = fixer(before, kind=Kind.CONTAINER)
    assert not result.refused
    assert text == IMPORT + after


REFUSED = [
    ('LOG.debug("x %s", *«args»)', "spread over the arguments"),
    ('LOG.debug("x %s", «*args»)', "spread over the arguments"),
    ('LOG.debug("%s %s" % «pair»)', "spread over the template"),
    ('LOG.debug("%s %s" % «(a, b)»)', "spread over the template"),
    ('LOG.debug("{0.a}".format(«pw»))', "takes it apart"),
    ('LOG.debug("{p[a]}".format(p=«pw»))', "takes it apart"),
    ('text = "x" + «pw»', "outside of the call"),
    ("connect(lambda: «pw»)", "lambda"),
    ("def f(a=«pw»): pass", "default argument"),
    ("@log_with(«pw»)\ndef f(): pass", "decorator"),
    ("LOG.debug(f\"{f'{«pw»}'}\")", "no quote"),
    ('LOG.debug(f"{x:{«pw»}}")', "format specification"),
    ('LOG.debug("x «pw» y")', "no expression"),
    ('import logscrub\nLOG.debug("x", logscrub.mask(«pw», "password"))', "masked already"),
    ('import logscrub as ls\nLOG.debug("x", ls.mask(«pw», "password"))', "masked already"),
    ('from logscrub import mask as m\nLOG.debug("x", m(«pw»))', "masked already"),
]


@pytest.mark.parametrize(("before", "reason"), REFUSED)
def test_refused(fixer: Callable, before: str, reason: str) -> None:
    """What cannot be masked without changing what the program does is left as it is, with the reason."""
    text, result = fixer(before)
    assert text == before.replace("«", "").replace("»", "")
    assert [refusal.reason for refusal in result.refused] == [result.refused[0].reason]
    assert reason in result.refused[0].reason
    assert not result.done
    assert not result.changed


def test_own_mask(fixer: Callable) -> None:
    """The project's own function is used where the file has it."""
    before = 'from oslo_utils import strutils\nLOG.info("x" + «pw»)\n'
    text, _ = fixer(before, text="strutils.mask_password")
    assert text == 'from oslo_utils import strutils\nLOG.info("x" + strutils.mask_password(pw))\n'


def test_own_mask_by_its_full_name(fixer: Callable) -> None:
    """It is called by the name the file imports it under."""
    before = "from shop.safe import hide as conceal\nLOG.info(«pw»)\n"
    text, _ = fixer(before, text="shop.safe.hide")
    assert text == "from shop.safe import hide as conceal\nLOG.info(conceal(pw))\n"


def test_own_mask_elsewhere(fixer: Callable) -> None:
    """It is not used where the file does not have it."""
    text, _ = fixer("LOG.info(«pw»)\n", text="strutils.mask_password")
    assert text == 'import logscrub\n\nLOG.info(logscrub.mask(pw, "password"))\n'


def test_several_and_nested(fixer: Callable) -> None:
    """All findings of a line are repaired; one inside another is repaired with it."""
    text, result = fixer('LOG.info("%s %s %s", «a», «conn["«b»"]», «c»)\n'.replace("«b»", "b"))
    assert text.endswith('mask(a, "password"), logscrub.mask(conn["b"], "password"), logscrub.mask(c, "password"))\n')
    text, result = fixer('LOG.info("%s", «build(«a»)»)\n')
    assert text.endswith('LOG.info("%s", logscrub.mask(build(a), "password"))\n')
    assert len(result.done) == 2


def test_same_again(fixer: Callable) -> None:
    """The same code again in the same call is masked too: an audit names a leak once."""
    text, _ = fixer('LOG.info("%s %s %s", «pw», pw, len(pw))\n')
    assert text.endswith(
        'LOG.info("%s %s %s", logscrub.mask(pw, "password"), logscrub.mask(pw, "password"), len(pw))\n'
    )
