"""Explanations of what has a name: rules, key names, categories, rules of the code auditor, clauses of standards."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from logscrub.errors import ConfigError
from logscrub.explain.advice import CodeRule, advice, clause_words, code_rules, issuer
from logscrub.explain.topic import Explanation, Section, sections
from logscrub.known.registry import KNOWN
from logscrub.policy import PRESIDIO, Policy
from logscrub.rules import Field, Recognizer, Rule, RuleSet

_MOST_NAMES = 12
_MOST_WORDS = 24
_MOST_EXAMPLES = 3
_LONGEST_EXAMPLE = 160
_HARMLESS = "secret.identifier"


def explain(name: str, policy: Policy | None = None) -> Explanation:
    """Explain a name.

    Args:
        name: a rule or key name (``jwt``), a category or family (``secret.token``, ``pii``), a rule of the code auditor
            (``code.secret-in-log``), a standard or a clause of one (``pci-dss``, ``pci-dss:3.3.1``).
        policy: says which packs there are, and what is looked for.

    Raises:
        ConfigError: nothing has that name; names what is near.

    >>> explain("jwt").kind
    'rule'
    >>> explain("financial.cvv").title
    'Category financial.cvv'
    """
    policy = policy or Policy()
    everything = replace(policy, select=("all", PRESIDIO), ignore=()).rules()
    if name == KNOWN.id:
        return _rule(KNOWN, policy, active=True)
    for rule in everything.everything():
        if rule.id == name:
            return _rule(rule, policy, active=name in set(policy.rules().ids()))
    for one in code_rules():
        if one.rule == name:
            return _code_rule(one)
    members = [rule for rule in everything.everything() if name in (rule.category, rule.category.partition(".")[0])]
    if members:
        return _category(name, members)
    control, colon, clause = name.partition(":")
    controls = control_names()
    if control in controls:
        return _control(control, clause if colon else "")
    raise _unknown(name, everything, controls)


def explained_names(policy: Policy | None = None) -> list[str]:
    """Return every name that :func:`explain` knows, but for the clauses of standards.

    >>> {"jwt", "secret.token", "code.url-in-log"} <= set(explained_names())
    True
    """
    everything = replace(policy or Policy(), select=("all", PRESIDIO), ignore=()).rules()
    return [*_names(everything), *control_names()]


def control_names() -> list[str]:
    """Return the names of the standards there are catalogues of."""
    from logscrub.comply.controls import names

    return names()


def clause_names(beginning: str) -> list[str]:
    """Return the clauses of the standard that a text begins with: ``pci-dss:3.3.1`` for ``pci-dss:``."""
    control = beginning.partition(":")[0]
    if control not in control_names():
        return []
    from logscrub.comply.controls import load_controls

    return [f"{control}:{clause.id}" for clause in load_controls([control])[0].clauses]


def _names(everything: RuleSet) -> list[str]:
    rules = everything.everything()
    categories = {part for rule in rules for part in (rule.category, rule.category.partition(".")[0])}
    return [*(rule.id for rule in rules), KNOWN.id, *sorted(categories), *(one.rule for one in code_rules())]


def _unknown(name: str, everything: RuleSet, controls: list[str]) -> ConfigError:
    known = [*_names(everything), *controls]
    longer = [one for one in known if len(name) > 2 and one.startswith(name.lower())]
    close = list(dict.fromkeys([*longer[:2], *difflib.get_close_matches(name.lower(), known, n=3)]))[:3]
    hint = f"did you mean {' or '.join(close)}?" if close else "'logscrub rules list' shows the rules"
    return ConfigError(f"nothing is called {name!r}; {hint}")


# --- rules of packs


def _rule(rule: Rule | Field | Recognizer, policy: Policy, *, active: bool) -> Explanation:
    said = advice(rule.category)
    kind = {Rule: "rule", Field: "key name", Recognizer: "recognizer of Presidio"}[type(rule)]
    looked_for = "yes" if active else f"no; --select default,{rule.id} turns it on"
    examples, harmless = _examples(rule, policy)
    return Explanation(
        rule.id,
        kind,
        rule.title,
        (
            ("category", rule.category),
            ("severity", str(rule.severity)),
            *((("confidence", str(rule.confidence)),) if not isinstance(rule, Recognizer) else ()),
            ("looked for", looked_for),
        ),
        sections(
            Section("what", "What it is", (said.what,) if said.what else ()),
            Section("why", "Why it matters", (said.why,) if said.why else ()),
            Section("finds", "What it finds", tuple(_finds(rule)), "list"),
            Section("examples", "It finds, for example (made up)", examples, "code"),
            Section("counterexamples", "It does not find", harmless, "code"),
            Section("now", "What to do now", steps(rule.id, rule.category), "steps"),
            Section("clauses", "Clauses that speak of it", tuple(clause_words(tag) for tag in rule.tags), "list"),
            Section("off", "If it is no matter", tuple(_off(rule.id)), "list"),
            Section("references", "Where its format is described", getattr(rule, "references", ()), "list"),
        ),
    )


def steps(rule: str, category: str) -> tuple[str, ...]:
    """Return what to do about a finding of a rule, with where its secrets are revoked, if that is known."""
    now = advice(category).now
    place = issuer(rule) if category.startswith("secret.") and category != _HARMLESS else ""
    return (f"{now[0]} Where: {place}.", *now[1:]) if place and now else now


def _finds(rule: Rule | Field | Recognizer) -> Iterator[str]:
    if isinstance(rule, Field):
        words = ", ".join(rule.words[:_MOST_WORDS])
        more = f" and {len(rule.words) - _MOST_WORDS} more" if len(rule.words) > _MOST_WORDS else ""
        yield f"the value beside a key that is named: {words}{more}"
        if rule.unless:
            yield f"not where the key also says: {', '.join(rule.unless)}"
        if rule.value != "any":
            yield f"only where the value looks like this: {rule.value}"
        return
    if isinstance(rule, Recognizer):
        yield f"what Presidio's {rule.recognizer} finds"
        if rule.min_score:
            yield f"with a score of {rule.min_score:g} or more"
        return
    if rule.id == KNOWN.id:
        yield "values that were registered: logscrub.protect(), protect_environ(), --known"
        return
    if rule.prefix:
        yield f"values that begin with {rule.prefix.decode('utf-8', 'replace')}"
    if rule.validator:
        yield f"only those whose check digits or form are right ({rule.validator})"
    if rule.checksum:
        yield f"a checksum makes it more sure ({rule.checksum})"
    if rule.min_entropy:
        yield f"only those that look random (at least {rule.min_entropy:g} bits for each character)"
    if rule.context:
        words = ", ".join(rule.context[:_MOST_WORDS])
        yield f"only near one of these words: {words}" if rule.needs_context else f"more sure near: {words}"
    if rule.explained_by:
        yield "not what is plainly something harmless: a time, a size, a version, an identifier"
    yield f"its expression: logscrub rules show {rule.id}"


def _examples(rule: Rule | Field | Recognizer, policy: Policy) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return what the rule's pack shows it to match, and not to match."""
    from logscrub.rules.load import load_examples
    from logscrub.rules.packs import find_packs

    packs = [pack for pack in find_packs(policy.packs) if pack.name == rule.source]
    own = [one for pack in packs for one in load_examples(pack) if one.owner == rule.id]
    matching = tuple(one.text for one in own if one.matches and _short(one.text))
    others = tuple(one.text for one in own if not one.matches and _short(one.text))
    return matching[:_MOST_EXAMPLES], others[:_MOST_EXAMPLES]


def _short(text: str) -> bool:
    return len(text) <= _LONGEST_EXAMPLE and "\n" not in text


def _off(rule: str) -> Iterator[str]:
    yield "one value: put it in a baseline with a reason (logscrub scan LOG --write-baseline known.json; --baseline)"
    yield f'the rule: --ignore {rule}, or ignore = ["{rule}"] in logscrub.toml'
    yield f"a line of a file that is no log: # logscrub: allow[{rule}] REASON, with --allow-comments"


def _category(name: str, members: list[Rule | Field | Recognizer]) -> Explanation:
    said = advice(name)
    shown = ", ".join(sorted(rule.id for rule in members)[:_MOST_NAMES])
    more = f" and {len(members) - _MOST_NAMES} more" if len(members) > _MOST_NAMES else ""
    tags = sorted({tag for rule in members for tag in rule.tags})
    on = sum(rule.default for rule in members)
    inner = sorted({rule.category for rule in members} - {name})
    return Explanation(
        name,
        "category",
        f"Category {name}",
        (("rules", f"{len(members)}, of these on by default {on}"),),
        sections(
            Section("what", "What it is", (said.what,) if said.what else ()),
            Section("why", "Why it matters", (said.why,) if said.why else ()),
            Section("categories", "Categories in it", tuple(inner), "list"),
            Section("rules", "Its rules", (f"{shown}{more}",)),
            Section("now", "What to do now", said.now, "steps"),
            Section("clauses", "Clauses that speak of it", tuple(clause_words(tag) for tag in tags), "list"),
            Section(
                "off",
                "To look for it, or not",
                (f"only this: --select {name}", f'not this: --ignore {name}, or ignore = ["{name}"] in logscrub.toml'),
                "list",
            ),
        ),
    )


# --- source code


def _code_rule(rule: CodeRule) -> Explanation:
    said = advice("code")
    return Explanation(
        rule.rule,
        "code rule",
        rule.title,
        (("severity", rule.severity), ("found by", "logscrub code SRC")),
        sections(
            Section("what", "What it is", (rule.what,)),
            Section("why", "Why it matters", (rule.why or said.why,)),
            Section("examples", "It finds, for example", (rule.bad,), "code"),
            Section("good", "Better", (rule.good,), "code"),
            Section("now", "What to do now", said.now, "steps"),
            Section(
                "clauses", "Clauses that speak of it", tuple(clause_words(f"cwe-{one}") for one in rule.cwe), "list"
            ),
            Section("off", "If it is no matter", CODE_OFF, "list"),
        ),
    )


CODE_OFF = (
    "one call: # logscrub: ok(REASON) beside it",
    'a name that only looks sensitive: safe = ["NAME"] in the table [code] of logscrub.toml',
    "all there is today: logscrub code SRC --write-baseline known-code.json, then --baseline",
)
"""How a finding in source code is left out."""


# --- standards


def _control(name: str, number: str) -> Explanation:
    from logscrub.comply.controls import load_controls

    control = load_controls([name])[0]
    run = f"logscrub comply LOG --control {name}"
    if not number:
        listed = tuple(f"{name}:{clause.id}  {clause.title}" for clause in control.clauses)
        return Explanation(
            name,
            "control",
            control.title,
            (("version", control.version), ("checked by", run)),
            sections(
                Section("what", "What it covers", (control.about,)),
                Section("clauses", "Clauses", listed, "code"),
                Section("references", "Sources", control.sources, "list"),
            ),
        )
    known = {clause.id: clause for clause in control.clauses}
    if number not in known:
        close = difflib.get_close_matches(number, known, n=3)
        hint = f"did you mean {' or '.join(f'{name}:{one}' for one in close)}?" if close else ""
        raise ConfigError(f"{name} has no clause {number!r}; {hint or f'logscrub explain {name} lists them'}")
    clause = known[number]
    return Explanation(
        f"{name}:{number}",
        "clause",
        f"{control.title} {control.version}, {number}: {clause.title}",
        (("checked by", run),),
        sections(
            Section("what", "What it asks of logs, in our words", (clause.demand,)),
            Section(
                "checks",
                "What is looked at",
                tuple(_check(check.kind, check.settings) for check in clause.checks),
                "list",
            ),
            Section("limits", "What a pass does not say", (clause.limits,) if clause.limits else ()),
            Section("now", "What to do when it fails", (clause.advice,) if clause.advice else ()),
            Section("references", "Sources", control.sources, "list"),
        ),
    )


def _check(kind: str, settings: Mapping[str, Any]) -> str:
    from logscrub.comply.checks import CHECKS

    about = CHECKS[kind].about if kind in CHECKS else kind
    told = "; ".join(
        f"{key}: {', '.join(map(str, value)) if isinstance(value, list) else value}" for key, value in settings.items()
    )
    return f"{about} ({told})" if told else about
