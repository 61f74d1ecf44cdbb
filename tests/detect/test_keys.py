"""Key names, split into words and judged word by word."""

from __future__ import annotations

from functools import cache

import pytest

from logscrub.detect.keys import Lexicon, split_words
from logscrub.rules import builtin_rules


@cache
def lexicon() -> Lexicon:
    """The names that ship with logscrub."""
    rules = builtin_rules()
    return Lexicon(rules.fields, rules.grammar)


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("password", ["password"]),
        ("userPassword", ["user", "password"]),
        ("UserPassword", ["user", "password"]),
        ("user_password", ["user", "password"]),
        ("USER_PASSWORD", ["user", "password"]),
        ("X-Auth-Token", ["x", "auth", "token"]),
        ("OSToken", ["os", "token"]),
        ("APIKey", ["api", "key"]),
        ("myAPIKeyV2", ["my", "api", "key", "v", "2"]),
        ("spring.datasource.password", ["spring", "datasource", "password"]),
        ("password2", ["password", "2"]),
        ("db password", ["db", "password"]),
        ("пароль", ["пароль"]),
        ("contraseña", ["contraseña"]),
        ("Contraseña", ["contraseña"]),
        ("prénomClient", ["prénom", "client"]),
        ("numéro_de_carte", ["numéro", "de", "carte"]),
        ("ｐａｓｓｗｏｒｄ", ["password"]),
        ("", []),
        ("---", []),
    ],
)
def test_split(key: str, words: list[str]) -> None:
    """A key is split at punctuation, digits and changes of letter case, in any script."""
    assert split_words(key) == words


@pytest.mark.parametrize(
    ("key", "field"),
    [
        ("password", "password"),
        ("PASSWORD", "password"),
        ("userPassword", "password"),
        ("dbpassword", "password"),
        ("spring.datasource.password", "password"),
        ("password_confirmation", "password"),
        ("password2", "password"),
        ("old password", "password"),
        ("пароль", "password"),
        ("Пароль", "password"),
        ("密码", "password"),
        ("contraseña", "password"),
        ("api_key", "api-key"),
        ("apiKey", "api-key"),
        ("X-API-Key", "api-key"),
        ("apikey", "api-key"),
        ("aws_secret_access_key", "api-key"),
        ("client-secret", "secret"),
        ("accessToken", "token"),
        ("X-Auth-Token", "token"),
        ("Authorization", "authorization"),
        ("Proxy-Authorization", "authorization"),
        ("Set-Cookie", "cookie"),
        ("JSESSIONID", "session-id"),
        ("otp", "one-time-code"),
        ("cvv2", "card-verification-code"),
        ("ssn", "national-id"),
        ("firstName", "person-name"),
        ("prénom", "person-name"),
        ("teléfono", "phone-field"),
    ],
)
def test_sensitive(key: str, field: str) -> None:
    """This key names what its value is, and there is no doubt about it."""
    verdict = lexicon().judge(key)
    assert verdict is not None
    assert (verdict.field.id, verdict.sure) == (field, True)


@pytest.mark.parametrize(
    "key",
    [
        "tokenizer",
        "author",
        "authority",
        "password-policy",
        "max_tokens",
        "token_count",
        "tokens_used",
        "compass",
        "bypass",
        "passport_control_url",
        "monkey",
        "keyboard",
        "public_key",
        "password_length",
        "secret_name",
        "token_type",
        "expires_in",
        "ping",
        "mapping",
        "spinner",
        "filename",
        "hostname",
        "classname",
        "secretary",
        "cookie_age",
        "session_count",
        "key_id",
        "",
        "x" * 500,
        "discard",
        "next_token",
        "prompt_tokens",
        "reset_password_url",
    ],
)
def test_harmless(key: str) -> None:
    """This key names nothing secret, though it may contain a word that does."""
    assert lexicon().judge(key) is None


@pytest.mark.parametrize("key", ["password_zebra", "token_for_acme", "secretBanana", "has_password", "isSecret"])
def test_not_sure(key: str) -> None:
    """A key with an unknown word after the sensitive one, or a question before it, is no more than a hint."""
    verdict = lexicon().judge(key)
    assert verdict is not None
    assert not verdict.sure


def test_an_empty_lexicon_judges_nothing() -> None:
    """Without fields no key says anything."""
    assert Lexicon([], builtin_rules().grammar).judge("password") is None
