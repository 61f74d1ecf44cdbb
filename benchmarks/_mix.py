"""What a large log for benchmarks is mixed of: lines of real logs, and among them made-up secrets, persons and decoys.

The lines come from a folder of logs and are different each time round. Everything planted is made here, each value
once, by the makers of the sample logs.
"""

from __future__ import annotations

import base64
import json
import random
import shutil
import sys
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from urllib.parse import quote

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "benchmarks"))

from generate_samples import (  # noqa: E402
    ALNUM,
    BASE32,
    BASE64,
    DIGITS,
    HEX,
    LOWER,
    UPPER,
    URLSAFE,
    b64url,
    between,
    checked,
    digest,
    draw,
    jwt,
    luhn,
    order_number,
    password,
    pem,
    uuid,
)

MB = 1_000_000
SECRET, PERSON, DECOY = "secret", "personal", "decoy"
# One planted line in so many of the logs'.
RATES = {SECRET: 1000, PERSON: 5000, DECOY: 500}
_BATCH = 100
_BASE58 = "".join(letter for letter in ALNUM if letter not in "0OIl")

Maker = Callable[[str], str]
"""Makes a value, or a line, from a name: the same one for the same name."""


def rows(folder: Path) -> Iterator[list[bytes]]:
    """Yield the lines of all logs in a folder for ever, file by file, with other digits each time round."""
    sources = [path.read_bytes() for path in sorted(folder.rglob("*.log")) if path.stat().st_size < 50 * MB]
    if not any(sources):
        raise SystemExit(f"{folder}: no *.log files in it")
    digits = [*b"0123456789"]
    order = random.Random(20_001)
    while True:
        for data in sources:
            table = bytes.maketrans(b"0123456789", bytes(digits))
            yield [line + b"\n" for line in data.translate(table).splitlines()]
        order.shuffle(digits)


# ---- secrets that give themselves away ------------------------------------------------------------------------------


def _crc_tail(text: str) -> str:
    return f"{text}{zlib.crc32(text.encode()):08X}"


def _grafana(name: str) -> str:
    head = f"glsa_{draw(name, ALNUM, 32)}_"
    return head + zlib.crc32(head[:-1].encode()).to_bytes(4, "little").hex()


def _base64(name: str, size: int) -> str:
    return base64.b64encode(bytes.fromhex(digest(name, 2 * size))).decode()


def _one_password(name: str) -> str:
    claims = {"signInAddress": "acme.1password.com", "userAuth": {"method": "SRPg-4096"}, "secret": digest(name, 160)}
    return f"ops_{b64url(json.dumps(claims, separators=(',', ':')).encode())}"


def _key(name: str, label: str, head: str, length: int) -> str:
    return pem(name, label, head, length).replace("\n", "\\n")


TOKENS: dict[str, Maker] = {
    "AWS access key id": lambda n: "AKIA" + draw(n, BASE32, 16),
    "AWS temporary key id": lambda n: "ASIA" + draw(n, BASE32, 16),
    "Google API key": lambda n: "AIza" + draw(n, URLSAFE, 34) + draw(n + "!", ALNUM, 1),
    "Google OAuth client secret": lambda n: "GOCSPX-" + draw(n, ALNUM, 28),
    "Google access token": lambda n: "ya29.a0" + draw(n, URLSAFE, 120) + draw(n + "!", ALNUM, 1),
    "DigitalOcean token": lambda n: "dop_v1_" + digest(n),
    "GitHub token": lambda n: checked("ghp_", n),
    "GitHub OAuth token": lambda n: checked("gho_", n),
    "GitHub app token": lambda n: checked("ghs_", n),
    "GitHub fine-grained token": lambda n: f"github_pat_{draw(n, ALNUM, 22)}_{draw(n + '!', ALNUM, 59)}",
    "GitLab token": lambda n: "glpat-" + draw(n, ALNUM, 20),
    "GitLab runner token": lambda n: "glrt-" + draw(n, ALNUM, 20),
    "Bitbucket app password": lambda n: _crc_tail("ATBB" + draw(n, ALNUM, 24)),
    "Atlassian API token": lambda n: _crc_tail(f"ATATT3xFfGF0{draw(n, URLSAFE, 171)}="),
    "npm token": lambda n: checked("npm_", n),
    "PyPI token": lambda n: "pypi-AgEIcHlwaS5vcmc" + draw(n, URLSAFE, 150) + draw(n + "!", ALNUM, 1),
    "RubyGems key": lambda n: "rubygems_" + digest(n, 48),
    "Docker Hub token": lambda n: "dckr_pat_" + draw(n, ALNUM, 27),
    "Vault token": lambda n: "hvs." + draw(n, ALNUM, 95),
    "Terraform Cloud token": lambda n: f"{draw(n, ALNUM, 14)}.atlasv1.{draw(n + '!', ALNUM, 67)}",
    "Doppler token": lambda n: "dp.pt." + draw(n, ALNUM, 43),
    "1Password service account": _one_password,
    "age secret key": lambda n: "AGE-SECRET-KEY-1" + draw(n, "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L", 58),
    "JSON web token": lambda n: jwt(n, f"cust-{between(n, 1000, 9999)}"),
    "Slack bot token": lambda n: (
        f"xoxb-{between(n, 2 * 10**11, 9 * 10**11)}-{between(n + '!', 10**12, 9 * 10**12)}-{draw(n, ALNUM, 24)}"
    ),
    "Slack webhook": lambda n: (
        f"https://hooks.slack.com/services/T{draw(n, UPPER + DIGITS, 10)}/B{draw(n + '!', UPPER + DIGITS, 10)}/"
        f"{draw(n + '?', ALNUM, 24)}"
    ),
    "Discord webhook": lambda n: (
        f"https://discord.com/api/webhooks/{between(n, 10**17, 10**18)}/{draw(n, ALNUM, 67)}{draw(n + '!', ALNUM, 1)}"
    ),
    "Telegram bot token": lambda n: f"{between(n, 10**9, 7 * 10**9)}:AA{draw(n, ALNUM, 33)}",
    "Stripe key": lambda n: "sk_live_" + draw(n, ALNUM, 24),
    "Square token": lambda n: "sq0atp-" + draw(n, ALNUM, 22),
    "Shopify token": lambda n: "shpat_" + draw(n, HEX, 32),
    "SendGrid key": lambda n: f"SG.{draw(n, ALNUM, 22)}.{draw(n + '!', ALNUM, 43)}",
    "Mailgun key": lambda n: "key-" + draw(n, HEX, 32),
    "Twilio key id": lambda n: "SK" + draw(n, HEX, 32),
    "OpenAI key": lambda n: f"sk-proj-{draw(n, ALNUM, 74)}T3BlbkFJ{draw(n + '!', ALNUM, 74)}",
    "Anthropic key": lambda n: f"sk-ant-api03-{draw(n, ALNUM, 93)}AA",
    "Hugging Face token": lambda n: "hf_" + draw(n, LOWER + UPPER, 34),
    "Grafana service account": _grafana,
    "New Relic key": lambda n: "NRAK-" + draw(n, UPPER + DIGITS, 27),
    "PlanetScale password": lambda n: "pscale_pw_" + draw(n, ALNUM, 43),
    "Databricks token": lambda n: "dapi" + draw(n, HEX, 32),
    "Artifactory key": lambda n: "AKCp" + draw(n, _BASE58, 69),
    "Linear key": lambda n: "lin_api_" + draw(n, ALNUM, 40),
    "Notion token": lambda n: "ntn_" + draw(n, DIGITS, 11) + draw(n, ALNUM, 35),
    "RSA private key": lambda n: _key(n, "RSA PRIVATE KEY", "MIIEpAIBAAKCAQEA", 1592),
    "OpenSSH private key": lambda n: _key(n, "OPENSSH PRIVATE KEY", "b3BlbnNzaC1rZXktdjEAAAAA", 460),
}

# Where a log shows a token that needs no name beside it.
PLACES = (
    "INFO  upstream replied 401 for {} after 12 ms",
    '{{"level":"warning","msg":"call refused","context":{{"value":"{}"}}}}',
    "DEBUG sync worker started with {}, 4 threads",
    'level=info msg="retrying" arg={} attempt=2',
)


def _basic(n: str) -> str:
    return base64.b64encode(f"deploy:{password(n)}".encode()).decode()


# Lines whose secret only its surroundings give away.
NAMED: dict[str, Maker] = {
    "password=": lambda n: f"ERROR login failed for user=svc_orders password={password(n)} host=db-3",
    "password in a dict": lambda n: f"DEBUG settings: {{'user': 'app', 'passwd': '{password(n)}', 'pool': 5}}",
    "password in JSON": lambda n: f'{{"level":"error","msg":"bind failed","password":"{password(n)}","retry":true}}',
    "password in a URL": lambda n: f"INFO connecting to postgres://shop:{quote(password(n))}@db.acme.example:5432/shop",
    "password in SQL": lambda n: f"LOG: statement: CREATE USER report IDENTIFIED BY '{password(n)}'",
    "password argument": lambda n: f"CMD (root) /usr/bin/backup --user backup --password {password(n)} --all",
    "PGPASSWORD": lambda n: f"+ PGPASSWORD={password(n)} pg_dump -h db-3 shop",
    "connection string": lambda n: (
        f"INFO using Server=sql-1;Database=shop;User Id=app;Password={password(n)};Pooling=true"
    ),
    "Redis URL": lambda n: f"WARN reconnecting redis://:{draw(n, ALNUM, 24)}@cache-1:6379/0",
    "session cookie": lambda n: f"> Cookie: theme=dark; sessionid={draw(n, LOWER + DIGITS, 32)}; lang=en",
    "Authorization: Basic": lambda n: f"> Authorization: Basic {_basic(n)}",
    "Authorization: Bearer": lambda n: f"DEBUG headers Authorization: Bearer {draw(n, ALNUM, 40)} accepted",
    "X-Api-Key": lambda n: f'curl -H "X-Api-Key: {draw(n, ALNUM, 32)}" https://api.acme.example/v1/orders',
    "access_token in a query": lambda n: (
        f'10.2.0.7 - - "GET /v2/me?access_token={draw(n, ALNUM, 40)}&page=2 HTTP/1.1" 200 512'
    ),
    "api_key": lambda n: f"INFO config api_key={draw(n, ALNUM, 32)} region=eu-1",
    "client_secret": lambda n: (
        f'{{"grant_type":"client_credentials","client_id":"shop","client_secret":"{draw(n, ALNUM, 40)}"}}'
    ),
    "AWS secret key": lambda n: f"env AWS_SECRET_ACCESS_KEY={draw(n, BASE64, 40)} AWS_REGION=eu-west-1",
    "Azure storage key": lambda n: (
        f"DefaultEndpointsProtocol=https;AccountName=acme;AccountKey={_base64(n, 64)};EndpointSuffix=core.windows.net"
    ),
    "Azure SAS signature": lambda n: (
        f"GET https://acme.blob.core.windows.net/b/x?sv=2023-11-03&sp=r&sig={quote(_base64(n, 32), safe='')} 200"
    ),
    "AWS presigned URL": lambda n: (
        f"GET /b/x.zip?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Expires=900&X-Amz-Signature={digest(n)} 200"
    ),
    "refresh_token": lambda n: f"token response: {{'token_type': 'bearer', 'refresh_token': '{draw(n, URLSAFE, 48)}'}}",
    "Django SECRET_KEY": lambda n: f"settings.SECRET_KEY = 'django-insecure-{draw(n, ALNUM, 50)}'",
}


def _card(n: str) -> str:
    head = "4" + draw(n, DIGITS, 14)
    return next(head + end for end in DIGITS if luhn(head + end))


def _iban(n: str) -> str:
    account = draw(n, DIGITS, 18)
    return f"DE{98 - int(account + '131400') % 97:02d}{account}"


def _ssn(n: str) -> str:
    return f"{between(n, 101, 665)}-{between(n + '!', 10, 99)}-{between(n + '?', 1000, 9999)}"


PERSONS: dict[str, Maker] = {
    "e-mail address": lambda n: f"INFO mail queued for {draw(n, LOWER, 7)}.{draw(n + '!', LOWER, 6)}@example-mail.com",
    "payment card": lambda n: f"ERROR charge refused card={_card(n)} reason=expired",
    "IBAN": lambda n: f"INFO payout to {_iban(n)} scheduled",
    "phone number": lambda n: f"WARN sms to phone +1 {between(n, 201, 989)} 555 01{draw(n, DIGITS, 2)} bounced",
    "social security number": lambda n: f'{{"form":"w9","ssn":"{_ssn(n)}","state":"CA"}}',
    "date of birth": lambda n: (
        f"DEBUG profile date_of_birth=19{between(n, 40, 99)}-0{between(n, 1, 9)}-1{between(n + '!', 0, 9)}"
    ),
}

# What looks like a secret and is none.
DECOYS: dict[str, Maker] = {
    "UUID": lambda n: f"INFO request {uuid(n)} done in 12 ms",
    "commit": lambda n: f"INFO deployed commit {digest(n, 40)} to production",
    "image digest": lambda n: f"Pulled image registry.acme.example/shop@sha256:{digest(n)}",
    "masked password": lambda n: f"DEBUG db_password = **** pool={between(n, 2, 90)}",
    "length of a password": lambda n: f"INFO password_length = {between(n, 8, 64)} password_min_classes = 3",
    "token in prose": lambda n: f"WARN token expired {between(n, 2, 5000)} s ago, please log in again",
    "order number": lambda n: f"INFO order {order_number(n)} packed",
    "variable": lambda n: (
        f"INFO render job-{between(n, 1, 10**6)}: password=${{DB_PASSWORD}} api_key={{{{ vault.key }}}}"
    ),
    "placeholder": lambda n: f"usage: export API_KEY=<your-api-key>  # see page {between(n, 1, 10**6)}",
    "trace id": lambda n: f"span trace_id={digest(n, 32)} span_id={digest(n + '!', 16)} ok",
    "ETag": lambda n: f'PUT /b/x.zip 200 ETag: "{digest(n, 32)}" {between(n, 1, 10**6)}',
    "public key": lambda n: (
        f"Accepted publickey ssh-ed25519 SHA256:{draw(n, BASE64, 43)} port {between(n, 1024, 65000)}"
    ),
    "integrity": lambda n: f"lock: resolved left-pad integrity sha512-{_base64(n, 64)}",
    "version": lambda n: (
        f"INFO agent {between(n, 1, 9)}.{between(n + '!', 0, 30)}.{between(n + '?', 0, 99)} token bucket refilled"
    ),
    "Java method": lambda n: (
        f"at com.acme.shop.auth.TokenAuthenticationFilter.doFilter(TokenAuthenticationFilter.java:{between(n, 1, 900)})"
    ),
}


def _placed(maker: Maker) -> Maker:
    def line(n: str) -> str:
        return PLACES[between(n, 0, len(PLACES) - 1)].format(maker(n))

    return line


LINES: Mapping[str, Mapping[str, Maker]] = {
    SECRET: {**{kind: _placed(maker) for kind, maker in TOKENS.items()}, **NAMED},
    PERSON: PERSONS,
    DECOY: DECOYS,
}


def planted(sort: str) -> Iterator[tuple[str, str]]:
    """Yield (kind, line) for ever, each kind in turn, no value twice."""
    turn = 0
    while True:
        for kind, line in LINES[sort].items():
            yield kind, f"2026-03-04 10:12:33,{turn % 1000:03d} {line(f'{sort} {kind} {turn}')}"
        turn += 1


# ---- the mix --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Part:
    """One file of the mix.

    Attributes:
        lines: how many it has.
        planted: (sort, kind) by line, from 1.
    """

    path: Path
    size: int
    lines: int
    planted: Mapping[int, tuple[str, str]]


@dataclass
class _Open:
    path: Path
    size: int = 0
    lines: int = 0
    planted: dict[int, tuple[str, str]] = field(default_factory=dict)


def build(logs: Path, folder: Path, size: int, part: int) -> list[Part]:
    """Write a mix of so many bytes into files of so many each."""
    sources = {sort: planted(sort) for sort in RATES}
    since = dict.fromkeys(RATES, 0)
    batches = (lines[at : at + _BATCH] for lines in rows(logs) for at in range(0, len(lines), _BATCH))
    parts: list[Part] = []
    written = 0
    while written < size:
        now = _Open(folder / f"part-{len(parts):04d}.log")
        with now.path.open("wb") as stream:
            while now.size < min(part, size - written):
                batch = next(batches)
                now.size += stream.write(b"".join(batch))
                now.lines += len(batch)
                for sort, rate in RATES.items():
                    since[sort] += len(batch)
                    if since[sort] >= rate:
                        since[sort] -= rate
                        kind, line = next(sources[sort])
                        now.size += stream.write(line.encode() + b"\n")
                        now.lines += 1
                        now.planted[now.lines] = sort, kind
        parts.append(Part(now.path, now.size, now.lines, now.planted))
        written += now.size
    return parts


def one_line_files(logs: Path, folder: Path, each: int, ordinary: int) -> dict[str, tuple[str, str]]:
    """Write each planted kind so many times, and so many lines of the logs, each line to a file of its own.

    Returns:
        (sort, kind) by name of the file; for the logs' own lines two empty texts.
    """
    truth: dict[str, tuple[str, str]] = {}

    def write(line: bytes, sort: str, kind: str) -> None:
        name = f"line-{len(truth):06d}.log"
        (folder / name).write_bytes(line)
        truth[name] = sort, kind

    for sort, kinds in LINES.items():
        source = planted(sort)
        for _ in range(each * len(kinds)):
            kind, text = next(source)
            write(text.encode() + b"\n", sort, kind)
    for line in islice((line for lines in rows(logs) for line in lines[::16]), ordinary):
        write(line, "", "")
    return truth


def join(parts: list[Part], target: Path) -> Part:
    """Write parts of a mix to one file."""
    found: dict[int, tuple[str, str]] = {}
    lines = size = 0
    with target.open("wb") as stream:
        for part in parts:
            found.update((lines + line, what) for line, what in part.planted.items())
            lines += part.lines
            size += part.size
            with part.path.open("rb") as source:
                shutil.copyfileobj(source, stream, MB)
    return Part(target, size, lines, found)
