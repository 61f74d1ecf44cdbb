"""Write the sample logs and their manifest: the same bytes every time, nothing in them real.

One day at Acme, a small shop that does not exist: a machine is built, the shop is deployed, the database fails over in
the middle of a sale, money moves, somebody exports the audit trail. Every value that a log must not hold is *planted*
and listed in ``manifest.json`` (where it is and what it is); everything else is a decoy or plain traffic.

    python benchmarks/generate_samples.py [DIRECTORY]
"""

from __future__ import annotations

import base64
import csv
import gzip
import hashlib
import io
import json
import sys
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote
from uuid import UUID

SEED = "logscrub sample logs, 1"
DAY = datetime(2025, 3, 12, 8, 0, 0, tzinfo=UTC)

DIGITS = "0123456789"
HEX = "0123456789abcdef"
UPPER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
LOWER = UPPER.lower()
ALNUM = DIGITS + UPPER + LOWER
BASE32 = UPPER + "234567"
BASE64 = UPPER + LOWER + DIGITS + "+/"
URLSAFE = UPPER + LOWER + DIGITS + "-_"
WORDS = (
    *("Copper", "Lantern", "Maple", "Harbor", "Velvet", "Pepper", "Willow"),
    *("Marble", "Falcon", "Cinder", "Orchid", "Timber", "Saffron", "Pewter"),
)


# ---- values, drawn from the seed ------------------------------------------------------------------------------------


def number(name: str) -> int:
    """A large number that depends on the seed and the name only, on every Python."""
    return int.from_bytes(hashlib.sha256(f"{SEED}/{name}".encode()).digest(), "big")


def draw(name: str, alphabet: str, length: int) -> str:
    """``length`` letters of ``alphabet``."""
    return "".join(alphabet[number(f"{name}#{i}") % len(alphabet)] for i in range(length))


def between(name: str, low: int, high: int) -> int:
    return low + number(name) % (high - low + 1)


def uuid(name: str) -> str:
    return str(UUID(int=number(name) % 2**128, version=4))


def digest(name: str, length: int = 64) -> str:
    return draw(name, HEX, length)


def luhn(digits: str) -> bool:
    total = 0
    for i, c in enumerate(reversed(digits)):
        n = int(c) * (1 + i % 2)
        total += n - 9 * (n > 9)
    return total % 10 == 0


def order_number(name: str) -> str:
    """Sixteen digits that begin like a card's and fail Luhn."""
    head = "45"[number(name) % 2] + draw(name, DIGITS, 14)
    ends = [c for c in DIGITS if not luhn(head + c)]
    return head + ends[number(name + "!") % len(ends)]


def luhn_stamp(stamp: int) -> int:
    """The first time at or after ``stamp`` whose digits pass Luhn by accident."""
    while not luhn(str(stamp)):
        stamp += 1
    return stamp


def b64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def jwt(name: str, subject: str) -> str:
    at = int(DAY.timestamp()) + between(name, 0, 3600)
    claims = {"iss": "https://id.acme.example", "sub": subject, "iat": at, "exp": at + 3600}
    parts = (json.dumps(part, separators=(",", ":")).encode() for part in ({"alg": "HS256", "typ": "JWT"}, claims))
    return ".".join([*map(b64url, parts), draw(name, URLSAFE, 43)])


def fernet(name: str) -> str:
    """A Keystone token: version byte, time, and noise."""
    return "gAAAAABn" + draw(name, URLSAFE, 174) + draw(name + "!", "AEIMQUYcgkosw048", 1)


def base62_crc(body: str) -> str:
    """The six letters that GitHub and npm put at the end of a token."""
    n, out = zlib.crc32(body.encode()), ""
    while n:
        n, digit = divmod(n, 62)
        out = ALNUM[digit] + out
    return out.rjust(6, "0")


def checked(prefix: str, name: str) -> str:
    body = draw(name, ALNUM, 30)
    return prefix + body + base62_crc(body)


def pem(name: str, label: str, head: str, length: int) -> str:
    """The outside of a PEM block; the inside is noise after a plausible beginning."""
    body = head + draw(name, BASE64, length - len(head) - 1) + "="
    lines = [body[i : i + 64] for i in range(0, len(body), 64)]
    return "\n".join([f"-----BEGIN {label}-----", *lines, f"-----END {label}-----"])


def password(name: str) -> str:
    """What people choose: two words, a mark, some digits."""
    first, second = number(name) % 14, number(name + "'") % 13
    mark = "-_!.~"[number(name + "!") % 5]
    return f"{WORDS[first]}{mark}{WORDS[(first + 1 + second) % 14]}{between(name, 10, 9899)}"


JANE, BO, KIM, OPS, BILLING = (
    "jane.doe@example.com",
    "bo.larsen+shop@example.org",
    "kim.tan@example.com",
    "ops@acme.example",
    "billing@acme.example",
)
VISA, MASTERCARD, AMEX = "4111111111111111", "5555555555554444", "378282246310005"
IBAN_GB, IBAN_DE = "GB82WEST12345698765432", "DE89370400440532013000"

JANE_JWT = jwt("jane", "cust-2041")
BO_JWT = jwt("bo", "cust-2077")
STAFF_JWT = jwt("staff", "staff-7")
KEYSTONE = fernet("nova")
KEYSTONE_USER = fernet("user")
AWS_ID = "AKIA" + draw("aws id", BASE32, 16)
AWS_SECRET = draw("aws secret", BASE64, 40)
STRIPE = "sk_live_" + draw("stripe", ALNUM, 24)
GITHUB = checked("ghp_", "github")
GITLAB = "glpat-" + draw("gitlab", ALNUM, 20)
NPM = checked("npm_", "npm")
SLACK = f"xoxb-{between('slack 1', 2 * 10**11, 9 * 10**11)}-{between('slack 2', 10**12, 9 * 10**12)}-" + draw(
    "slack", ALNUM, 24
)
SENDGRID = f"SG.{draw('sendgrid 1', URLSAFE, 22)}.{draw('sendgrid 2', URLSAFE, 43)}"
OPENAI = f"sk-{draw('openai 1', ALNUM, 20)}T3BlbkFJ{draw('openai 2', ALNUM, 20)}"
GOOGLE = "AIza" + draw("google", URLSAFE, 34) + "k"
DB_PASSWORD = password("db")


# ---- planting -------------------------------------------------------------------------------------------------------

# A planted value carries marks from where it is made to where its file is complete, through JSON and CSV writers.
OPEN, BEGIN, END, CLOSE, FIRST = "\ue000", "\ue001", "\ue002", "\ue003", 0xE100


@dataclass
class Planter:
    """Marks planted values, then takes the marks out and says where they were."""

    kinds: list[tuple[str, str]] = field(default_factory=list)

    def mark(self, category: str, value: str, what: str, head: str, tail: str) -> str:
        self.kinds.append((category, what))
        return f"{OPEN}{chr(FIRST + len(self.kinds) - 1)}{head}{BEGIN}{value}{END}{tail}{CLOSE}"

    def secret(self, value: str, what: str, head: str = "", tail: str = "") -> str:
        """Mark ``value``. A match may reach over ``head`` and ``tail`` as well (the rest of a header, say)."""
        return self.mark("secret.", value, what, head, tail)

    def money(self, value: str, what: str) -> str:
        return self.mark("financial.", value, what, "", "")

    def person(self, value: str, what: str) -> str:
        return self.mark("pii.", value, what, "", "")

    def mail(self, value: str) -> str:
        return self.person(value, "e-mail address")

    def lift(self, marked: str) -> tuple[str, list[dict[str, object]]]:
        """The text without marks, and where each planted value is in it."""
        out: list[str] = []
        entries: list[dict[str, object]] = []
        opened = begun = ended = kind = 0
        chars = iter(marked)
        for c in chars:
            if c == OPEN:
                opened, kind = len(out), ord(next(chars)) - FIRST
            elif c == BEGIN:
                begun = len(out)
            elif c == END:
                ended = len(out)
            elif c == CLOSE:
                entries.append(self.entry("".join(out), opened, begun, ended, kind))
            else:
                out.append(c)
        return "".join(out), entries

    def entry(self, text: str, opened: int, begun: int, ended: int, kind: int) -> dict[str, object]:
        category, what = self.kinds[kind]
        value = text[begun:ended]
        line_start = text.rfind("\n", 0, begun) + 1
        line = text.count("\n", 0, begun) + 1
        entry: dict[str, object] = {
            "line": line,
            "start": begun - line_start,
            "length": ended - begun,
            "rule_category": category,
            "what": what,
            "value_sha256": hashlib.sha256(value.encode()).hexdigest(),
        }
        if "\n" in value:
            entry["last_line"] = line + value.count("\n")
        if opened < begun or ended < len(text):
            entry["reach"] = {"start": opened - line_start, "length": len(text) - opened}
        return entry


@dataclass
class Clock:
    """A time that moves on a little whenever it is read."""

    name: str
    now: datetime = DAY
    step: float = 4.0
    reads: int = 0

    def tick(self) -> datetime:
        self.reads += 1
        self.now += timedelta(milliseconds=between(f"{self.name} {self.reads}", 1, int(self.step * 2000)))
        return self.now

    def text(self, form: str) -> str:
        """``%L`` stands for milliseconds."""
        now = self.tick()
        return now.strftime(form.replace("%L", f"{now.microsecond // 1000:03d}"))


def cycle(name: str, options: list[str]) -> str:
    return options[number(name) % len(options)]


def compact(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


# ---- the files ------------------------------------------------------------------------------------------------------


def nova(plant: Planter) -> list[str]:
    clock = Clock("nova", DAY - timedelta(minutes=40))
    user, project = digest("nova user", 32), digest("nova project", 32)
    lines: list[str] = []

    def log(level: str, module: str, text: str, req: str = "boot", instance: str = "") -> None:
        context = f"[None req-{uuid(req)} {user} {project} - - default default]" if req else "[-]"
        where = f" [instance: {uuid(instance)}]" if instance else ""
        lines.append(f"{clock.text('%Y-%m-%d %H:%M:%S.%L')} 7 {level} {module} {context}{where} {text}")

    def curl(method: str, url: str, token: str, what: str = "X-Auth-Token header") -> str:
        shown = token if token.startswith("{") else plant.secret(token, what)
        return (
            f'REQ: curl -g -i -X {method} {url} -H "Accept: application/json" -H "User-Agent: openstacksdk/0.61.4 '
            f'keystoneauth1/4.4.0 python-requests/2.25.1 CPython/3.8.10" -H "X-Auth-Token: {shown}"'
        )

    at = "/usr/lib/python3/dist-packages"
    hashed = "{SHA256}" + digest("hashed token")
    manager, client = "nova.compute.manager", "keystoneauth.session"
    log("INFO", "nova.service", "Starting compute node (version 25.2.1-0ubuntu2.4)", req="")
    rabbit = plant.secret(password("rabbit"), "password in the user-info of an AMQP URL")
    log(
        "DEBUG",
        "oslo_service.service",
        f"transport_url                  = rabbit://nova:{rabbit}@10.20.0.11:5672/nova log_opt_values "
        f"{at}/oslo_config/cfg.py:2602",
        req="",
    )
    for option in (
        "api_paste_config               = /etc/nova/api-paste.ini",
        "cert                           = self.pem",
        "keystone_authtoken.auth_type   = password",
        "keystone_authtoken.password    = ****",
        "keystone_authtoken.token_cache_time = 300",
        "neutron.metadata_proxy_shared_secret = ****",
        "glance.verify_glance_signatures = False",
        "password_length                = 12",
        "vnc.auth_schemes               = ['none']",
        "rootwrap_config                = /etc/nova/rootwrap.conf",
        "key_manager.fixed_key          = ****",
    ):
        log("DEBUG", "oslo_service.service", f"{option} log_opt_values {at}/oslo_config/cfg.py:2609", req="")
    log("INFO", "nova.virt.libvirt.driver", "Connection event '1' reason 'None'", req="")
    for round_ in range(3):
        vm = f"vm {round_}"
        req = f"boot {round_}"
        image, volume, port = uuid("image"), uuid(f"volume {round_}"), uuid(f"port {round_}")
        log("INFO", manager, f"Starting instance shop-web-{round_ + 1}...", req, vm)
        log("DEBUG", "oslo_concurrency.lockutils", f'Acquiring lock "{uuid(vm)}" by "nova.compute.manager"', req)
        url = f"http://10.20.0.10:9292/v2/images/{image}"
        log("DEBUG", client, f"{curl('GET', url, KEYSTONE if round_ == 0 else hashed)} _http_log_request", req)
        log(
            "DEBUG",
            client,
            f"RESP: [200] Content-Type: application/json Date: Wed, 12 Mar 2025 07:2{round_}:04 GMT "
            f"x-openstack-request-id: req-{uuid('glance' + req)} _http_log_response {at}/keystoneauth1/session.py:548",
            req,
        )
        log(
            "DEBUG",
            client,
            f'RESP BODY: {{"name": "ubuntu-22.04", "id": "{image}", "checksum": "{digest("image", 32)}", '
            f'"os_hash_algo": "sha512", "os_hash_value": "{digest("image", 128)}", "size": 2361393152, '
            f'"min_disk": 8, "owner": "{project}", "protected": false, "file": "/v2/images/{image}/file"}}',
            req,
        )
        log("INFO", "nova.compute.claims", "Claim successful on node acme-compute-01", req, vm)
        url = f"http://10.20.0.10:9696/v2.0/ports?device_id={uuid(vm)}&fields=id"
        log("DEBUG", client, f"{curl('GET', url, KEYSTONE if round_ < 2 else hashed)} _http_log_request", req)
        log(
            "DEBUG",
            "nova.network.neutron",
            f'Instance cache updated: [{{"id": "{port}", "address": "fa:16:3e:{draw(req, HEX, 2)}:0a:{14 + round_}", '
            f'"devname": "tap{port[:11]}", "type": "ovs", "ovs_interfaceid": "{port}", "vnic_type": "normal"}}]',
            req,
            vm,
        )
        ceph = plant.secret(uuid("ceph"), "secret_uuid in a dict")
        chap = "***" if round_ == 1 else plant.secret(draw(f"chap {round_}", ALNUM, 16), "auth_password in a dict")
        log(
            "DEBUG",
            "nova.virt.block_device",
            f"connection_info: {{'driver_volume_type': 'iscsi', 'data': {{'target_discovered': False, "
            f"'target_iqn': 'iqn.2010-10.org.openstack:volume-{volume}', 'target_portal': '10.20.0.31:3260', "
            f"'volume_id': '{volume}', 'target_lun': 1, 'auth_method': 'CHAP', "
            f"'auth_username': '{draw(f'chap user {round_}', ALNUM, 20)}', 'auth_password': '{chap}', "
            f"'encrypted': False, 'qos_specs': None, 'access_mode': 'rw', 'secret_type': 'ceph', "
            f"'secret_uuid': '{ceph}'}}, 'serial': '{volume}'}}",
            req,
            vm,
        )
        log("INFO", "nova.virt.libvirt.driver", f"Creating image(s) from base {digest('image base', 40)}", req, vm)
        log("INFO", "os_vif", f"Successfully plugged vif VIFOpenVSwitch(id={port},active=False,plugin='ovs')", req)
        log("INFO", manager, "VM Started (Lifecycle Event)", "", vm)
        log("INFO", "nova.virt.libvirt.driver", "Instance spawned successfully.", req, vm)
        log("INFO", manager, f"Took {between(req, 9, 24)}.{between(vm, 10, 99)} seconds to build instance.", req, vm)
    admin = plant.secret(password("admin pass"), "adminPass in a dict")
    log(
        "DEBUG",
        "nova.api.openstack.wsgi",
        f"Action: 'action', calling method: rebuild, body: {{'rebuild': {{'imageRef': '{uuid('image')}', "
        f"'adminPass': '{admin}', 'key_name': 'acme-ops', 'preserve_ephemeral': False}}}}",
        "rebuild",
    )
    user_token = plant.secret(KEYSTONE_USER, "X-Subject-Token header")
    log(
        "DEBUG",
        client,
        f"RESP: [201] Vary: X-Auth-Token X-Subject-Token: {user_token} x-openstack-request-id: req-{uuid('subject')}",
        "rebuild",
    )
    log(
        "WARNING",
        "acme.nova.hooks",
        "metadata refresh, headers={'X-Auth-Token': '"
        + plant.secret(KEYSTONE_USER, "X-Auth-Token in a dict")
        + f"', 'X-Project-Id': '{project}', 'Accept': '*/*'}}",
        "rebuild",
    )
    log("INFO", "acme.nova.hooks", f"retrying with token {plant.secret(KEYSTONE_USER, 'bare Keystone token')}")
    log("ERROR", client, "Request returned failure status: 401, token expired", "rebuild")
    for i in range(6):
        log(
            "INFO",
            "nova.compute.resource_tracker",
            f"Final resource view: name=acme-compute-01 phys_ram=65536MB used_ram={8192 + 2048 * i}MB phys_disk=893GB "
            f"used_disk={40 + 20 * i}GB total_vcpus=32 used_vcpus={4 + 2 * i} pci_stats=[] "
            f"allocation_ratio=16.0 generation={1741766400 + i}",
            "tracker",
        )
    return lines


def uvicorn(plant: Planter) -> list[str]:
    lines = [
        "INFO:     Will watch for changes in these directories: ['/srv/acme/api']",
        "INFO:     Uvicorn running on http://0.0.0.0:8000 (Press CTRL+C to quit)",
        "INFO:     Started reloader process [1] using WatchFiles",
        "INFO:     Started server process [8]",
        "INFO:     Waiting for application startup.",
        "INFO:     acme.api settings: password_policy=strict token_count=512 max_tokens=4096 tokenizer=cl100k_base "
        "jwt_algorithm=HS256 access_token_expire_minutes=30 api_key=${API_KEY} csrf=None",
        f"INFO:     acme.api build {digest('build', 40)} python 3.11.7 fastapi 0.110.0 pydantic 2.6.4",
        "INFO:     Application startup complete.",
    ]

    def access(port: int, method: str, path: str, status: str, ip: str = "10.20.3.4") -> None:
        lines.append(f'INFO:     {ip}:{port} - "{method} {path} HTTP/1.1" {status}')

    ok = "200 OK"
    for i in range(48):
        port = between(f"uv port {i}", 32768, 60999)
        if i == 3:
            access(port, "POST", "/login?next=/checkout", "303 See Other")
            lines.append(f"INFO:     acme.auth login accepted user={plant.mail(JANE)} method=password")
        elif i in (5, 9):
            access(port, "GET", f"/me?access_token={plant.secret(JANE_JWT, 'access_token in a URL (JWT)')}", ok)
        elif i == 12:
            token = plant.secret(draw("opaque ws", URLSAFE, 43), "access_token in a URL (opaque)")
            lines.append(f'INFO:     10.20.3.4:{port} - "WebSocket /ws/orders?access_token={token}&v=2" [accepted]')
            lines.append("INFO:     connection open")
        elif i == 17:
            otp = plant.secret(draw("otp uv", "123456789", 6), "otp code")
            lines.append(f"INFO:     acme.auth second factor sent customer=cust-2041 channel=sms otp={otp} ttl=300")
            access(port, "POST", "/otp/verify", ok)
        elif i == 21:
            token = plant.secret(draw("reset", HEX, 40), "token in a URL")
            access(port, "GET", f"/password/reset?token={token}&lang=de", ok)
        elif i == 26:
            key = plant.secret(GOOGLE, "Google API key in a URL")
            lines.append(
                "INFO:     httpx HTTP Request: GET https://maps.googleapis.com/maps/api/geocode/json?address=Z%C3%BCrich"
                f'&key={key} "HTTP/1.1 200 OK"'
            )
        elif i == 31:
            lines.append(
                "ERROR:    acme.assistant openai.AuthenticationError: Error code: 401 - {'error': {'message': "
                f"'Incorrect API key provided: {plant.secret(OPENAI, 'OpenAI-like key')}.', "
                f"'type': 'invalid_request_error', "
                "'code': 'invalid_api_key'}}"
            )
        elif i == 33:
            lines.append(
                "INFO:     acme.assistant usage prompt_tokens=1377 completion_tokens=212 max_tokens: 4096 "
                "tokenizer: bpe"
            )
            access(port, "POST", "/assistant", "502 Bad Gateway")
        elif i == 38:
            lines.append(
                "WARNING:  acme.auth login refused reason=bad_password password=**** attempts=3 otp_enabled=true"
            )
            access(port, "POST", "/login", "401 Unauthorized")
        elif i == 41:
            lines.append("INFO:     acme.auth reset requested token=None secret=<redacted> password_changed=false")
        else:
            path = cycle(
                f"uv path {i}",
                [
                    "/products?page=2&sort_key=price",
                    f"/orders/{order_number(f'uv order {i}')}",
                    f"/baskets/{uuid(f'basket {i}')}",
                    f"/static/app.{digest(f'asset {i}', 20)}.js",
                    f"/events?since={1741766400000 + 977 * i}",
                    "/health",
                    "/search?q=token+ring+adapter&author=knuth",
                    "/passport-covers?compass=brass",
                ],
            )
            access(port, "GET", path, ok if i % 7 else "304 Not Modified")
    return [
        *lines,
        "INFO:     Shutting down",
        "INFO:     Waiting for application shutdown.",
        "INFO:     Application shutdown complete.",
        "INFO:     Finished server process [8]",
    ]


def nginx(plant: Planter) -> list[str]:
    clock = Clock("nginx", DAY, 2.0)
    webkit = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/108.0.0.0"
    agents = [
        f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {webkit} Safari/537.36",
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/16.3 "
        "Safari/605.1.15",
        "Mozilla/5.0 (X11; Linux x86_64; rv:109.0) Gecko/20100101 Firefox/115.0",
        "kube-probe/1.28",
        f"Mozilla/5.0 (Linux; Android 10; K) {webkit} Mobile Safari/537.36",
    ]

    def amz(name: str, key: str) -> str:
        credential = plant.secret(
            AWS_ID, "AWS access key id in a URL", tail="%2F20250312%2Feu-central-1%2Fs3%2Faws4_request"
        )
        signature = plant.secret(digest(f"amz {name}"), "signature of a signed URL")
        return (
            f"/media/{key}?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential={credential}&X-Amz-Date=20250312T075500Z"
            f"&X-Amz-Expires=900&X-Amz-SignedHeaders=host&X-Amz-Signature={signature}"
        )

    referer_token = plant.secret(draw("referer", URLSAFE, 32), "access_token in a referer")
    sas = plant.secret(
        quote(base64.b64encode(bytes.fromhex(digest("sas"))).decode(), safe=""), "signature of a SAS URL"
    )
    special = {
        6: (f"/login?user=jane&password={plant.secret(password('nginx'), 'password in a query')}", ""),
        13: (amz("1", "invoices/2025-03/10423.pdf"), ""),
        19: (f"/newsletter/confirm?email={plant.mail(KIM)}&ok=1", ""),
        27: (
            f"/newsletter/confirm?email={plant.person(quote(JANE, safe=''), 'e-mail address, percent-encoded')}&ok=1",
            "",
        ),
        34: ("/checkout", f"https://shop.acme.example/oauth/landing?access_token={referer_token}&token_type=bearer"),
        47: (f"/v1/stock?api_key={plant.secret(draw('stock', HEX, 32), 'api_key in a query')}&sku=A-100", ""),
        53: (f"/blob/catalog.csv?sv=2022-11-02&se=2025-03-13T00%3A00%3A00Z&sr=b&sp=r&sig={sas}", ""),
    }
    lines = []
    for i in range(76):
        path, referer = special.get(i, ("", ""))
        if not path:
            path = cycle(
                f"ng path {i}",
                [
                    "/",
                    "/healthz",
                    f"/assets/main.{digest(f'ng asset {i}', 16)}.css?v=4.17.21",
                    f"/orders/{order_number(f'ng order {i}')}/status",
                    f"/p/caf%C3%A9-cr%C3%A8me-beans?utm_id={between(f'utm {i}', 10**8, 10**9)}&gclid_present=0",
                    f"/api/poll?ts={luhn_stamp(1741766400000 + 1000 * i)}",
                    f"/cart/{uuid(f'cart {i}')}?currency=EUR&password_hint=0",
                    "/account/password?step=2",
                    "/docs/oauth/token-endpoint.html?author=acme",
                    "/wp-login.php?redirect_to=%2Fwp-admin%2F",
                ],
            )
        status = 404 if path.startswith("/wp-") else 200 if number(f"ng status {i}") % 6 else 304
        ip = f"203.0.113.{between(f'ng ip {i}', 2, 250)}" if i % 3 else f"198.51.100.{between(f'ng ip {i}', 2, 250)}"
        user = "deploy" if i == 60 else "-"
        lines.append(
            f'{ip} - {user} [{clock.text("%d/%b/%Y:%H:%M:%S +0000")}] "{"POST" if i == 34 else "GET"} {path} HTTP/1.1" '
            f'{status} {between(f"ng size {i}", 120, 98000)} "{referer or "-"}" "{cycle(f"ng ua {i}", agents)}"'
        )
    return lines


def django(plant: Planter) -> list[str]:
    clock = Clock("django", DAY + timedelta(minutes=31))

    def log(level: str, logger: str, text: str) -> str:
        return f"[{clock.text('%d/%b/%Y %H:%M:%S')}] {level} [{logger}:{between(text[:20], 20, 400)}] {text}"

    def dsn(what: str) -> str:
        return f"postgres://shop:{plant.secret(DB_PASSWORD, what)}@db-1.acme.example:5432/shop"

    db = "password in the user-info of a database URL"
    session = draw("sessionid", LOWER + DIGITS, 32)
    csrf = draw("csrf", ALNUM, 32)
    signing = pem("signing", "PRIVATE KEY", "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQ", 1624).split("\n")
    certificate = pem("certificate", "CERTIFICATE", "MIIDazCCAlOgAwIBAgIU", 760).split("\n")
    lines = [
        log("INFO", "django.server", '"GET /admin/ HTTP/1.1" 200 8731'),
        log("INFO", "shop.apps", "Watching for file changes with StatReloader"),
        log("INFO", "shop.checkout", f"basket {uuid('dj basket')} checked out, order {order_number('dj order')}"),
        log("WARNING", "shop.db", "primary db-1 not answering, failing over; token=None csrf=None retries=3"),
        log(
            "DEBUG",
            "shop.db",
            "connect kwargs {'host': 'db-1', 'user': 'shop', 'passwd': '"
            + plant.secret(DB_PASSWORD, "passwd in a dict")
            + "', 'sslmode': 'require', 'service': None}",
        ),
        log("ERROR", "django.request", "Internal Server Error: /checkout/confirm"),
        "Traceback (most recent call last):",
        '  File "/srv/acme/venv/lib/python3.11/site-packages/django/db/backends/base/base.py", line 289, in '
        "ensure_connection",
        "    self.connect()",
        '  File "/srv/acme/venv/lib/python3.11/site-packages/django/utils/asyncio.py", line 26, in inner',
        "    return func(*args, **kwargs)",
        "           ^^^^^^^^^^^^^^^^^^^^^",
        '  File "/srv/acme/shop/db.py", line 88, in connect',
        "    conn = psycopg.connect(dsn, password=password, **options)",
        f'psycopg.OperationalError: connection to server at "{dsn(db)}" failed: FATAL:  password authentication failed '
        'for user "shop"',
        "",
        "The above exception was the direct cause of the following exception:",
        "",
        "Traceback (most recent call last):",
        '  File "/srv/acme/venv/lib/python3.11/site-packages/django/core/handlers/exception.py", line 55, in inner',
        "    response = get_response(request)",
        "               ^^^^^^^^^^^^^^^^^^^^^",
        '  File "/srv/acme/shop/views/checkout.py", line 141, in confirm',
        "    token = tokenizer.encode(order.secret_key_id, key=settings.PUBLIC_KEY_ID)",
        "django.db.utils.OperationalError: could not connect to database 'shop' after 3 attempts",
        "",
        "Request Method: POST",
        "Request URL: https://shop.acme.example/checkout/confirm",
        "Django Version: 4.2.11",
        "Python Version: 3.11.7",
        "Request headers:",
        "  Host: shop.acme.example",
        "  Cookie: " + plant.secret(session, "session cookie", head=f"csrftoken={csrf}; theme=dark; sessionid="),
        "Settings:",
        "Using settings module shop.settings.production",
        "ADMINS = [('Ops', '" + plant.mail(OPS) + "')]",
        "ALLOWED_HOSTS = ['shop.acme.example']",
        "AUTH_PASSWORD_VALIDATORS = '********************'",
        "AUTH_USER_MODEL = 'accounts.User'",
        "AWS_ACCESS_KEY_ID = '" + plant.secret(AWS_ID, "AWS access key id") + "'",
        "AWS_SECRET_ACCESS_KEY = '" + plant.secret(AWS_SECRET, "AWS secret access key") + "'",
        "AWS_S3_REGION_NAME = 'eu-central-1'",
        "CACHES = {'default': {'BACKEND': 'django_redis.cache.RedisCache', 'LOCATION': 'redis://:"
        + plant.secret(password("redis"), "password in the user-info of a Redis URL")
        + "@cache-1.acme.example:6379/1', 'KEY_PREFIX': 'shop', 'TIMEOUT': 300}}",
        "CSRF_COOKIE_AGE = 31449600",
        "CSRF_COOKIE_NAME = 'csrftoken'",
        "DATABASES = {'default': {'ENGINE': 'django.db.backends.postgresql', 'NAME': 'shop', 'USER': 'shop', "
        "'PASSWORD': '"
        + plant.secret(DB_PASSWORD, "PASSWORD in a dict")
        + "', 'HOST': 'db-1.acme.example', 'PORT': '5432', 'CONN_MAX_AGE': 60}}",
        "DEFAULT_HASHING_ALGORITHM = 'sha256'",
        "EMAIL_HOST = 'smtp.acme.example'",
        "EMAIL_HOST_PASSWORD = '" + plant.secret(password("smtp"), "EMAIL_HOST_PASSWORD setting") + "'",
        "EMAIL_HOST_USER = 'shop-mailer'",
        "PASSWORD_HASHERS = ['django.contrib.auth.hashers.PBKDF2PasswordHasher']",
        "PASSWORD_RESET_TIMEOUT = 259200",
        f"PUBLIC_KEY_ID = '{uuid('public key')}'",
        "SECRET_KEY = '"
        + plant.secret("django-insecure-" + draw("secret key", LOWER + DIGITS + "@^-_=+!", 50), "SECRET_KEY setting")
        + "'",
        "SECRET_KEY_FALLBACKS = []",
        "SESSION_COOKIE_AGE = 1209600",
        "SESSION_ENGINE = 'django.contrib.sessions.backends.cached_db'",
        "STRIPE_API_KEY = '" + plant.secret(STRIPE, "Stripe live key") + "'",
        "STRIPE_PUBLISHABLE = '********************'",
        "JWT_VERIFY_CERTIFICATE = '''",
        *certificate,
        "'''",
        "JWT_SIGNING = '''",
        *plant.secret("\n".join(signing), "private key, PEM block").split("\n"),
        "'''",
        "USE_TZ = True",
        log("INFO", "shop.db", f"failover complete, primary is db-2, timeline {between('timeline', 4, 9)}"),
    ]
    for i in range(12):
        lines.append(
            log(
                "INFO",
                "shop.checkout",
                cycle(
                    f"dj {i}",
                    [
                        f"order {order_number(f'dj {i}')} confirmed in {between(f'dj ms {i}', 40, 900)}ms",
                        f"basket {uuid(f'dj {i}')} expired, cache_key=basket:{i} primary_key=id",
                        f"rendered emails/confirm.html author=acme email_template=confirm build={digest('build', 40)}",
                    ],
                ),
            )
        )
    return lines


def orders(plant: Planter) -> list[str]:
    clock = Clock("orders", DAY + timedelta(minutes=10), 20.0)
    lines = []
    for i in range(52):
        now = clock.tick()
        customer: dict[str, object] = {"id": f"cust-{2000 + between(f'or cust {i}', 1, 99)}", "tier": "silver"}
        record: dict[str, object] = {
            "ts": now.strftime("%Y-%m-%dT%H:%M:%S.") + f"{now.microsecond // 1000:03d}Z",
            "epoch_ms": luhn_stamp(int(now.timestamp() * 1000)) if i % 4 == 0 else int(now.timestamp() * 1000),
            "level": "info",
            "event": cycle(f"or event {i}", ["order.created", "order.packed", "order.shipped", "stock.reserved"]),
            "trace_id": digest(f"or trace {i}", 32),
            "order": {
                "id": order_number(f"or {i}"),
                "total": between(f"or eur {i}", 900, 19900) / 100,
                "currency": "EUR",
            },
            "user": customer,
        }
        if i in (2, 14, 29):
            mail = {2: JANE, 14: BO, 29: JANE}[i]
            customer["email"] = plant.mail(mail)
            customer["email_verified"] = True
        if i == 2:
            record["payment"] = {
                "method": "card",
                "card": {
                    "number": plant.money(VISA, "card number"),
                    "cvv": plant.money("737", "cvv"),
                    "brand": "visa",
                },
                "cvv_check": "pass",
            }
        elif i == 8:
            record["request"] = {
                "method": "POST",
                "path": "/orders",
                "headers": {
                    "Authorization": plant.secret(JANE_JWT, "Authorization header, Bearer JWT", head="Bearer "),
                    "User-Agent": "AcmeApp/4.2.0 (iOS 17.3.1)",
                    "traceparent": f"00-{digest('tp', 32)}-{digest('tp2', 16)}-01",
                },
            }
        elif i == 14:
            spaced = " ".join(IBAN_GB[j : j + 4] for j in range(0, 22, 4))
            record["payment"] = {
                "method": "sepa",
                "iban": plant.money(IBAN_DE, "IBAN"),
                "refund_to": plant.money(spaced, "IBAN, in groups"),
                "mandate": f"MD-{draw('mandate', DIGITS, 8)}",
            }
        elif i == 20:
            record["message"] = (
                f"card {plant.money('5555 5555 5555 4444', 'card number, in groups')} declined by issuer, code 05"
            )
        elif i == 29:
            customer["phone"] = plant.person("+12025550143", "phone number, E.164")
            record["shipping"] = {"city": "Zürich", "carrier": "Café-Kurier", "parcel": f"00{draw('sscc', DIGITS, 8)}"}
        elif i == 33:
            record["event"] = "account.created"
            record["body"] = {
                "username": "kim",
                "password": plant.secret('Grüße"' + draw("quote", ALNUM, 9), "password, with an escaped quote"),
                "password_policy": "strict",
                "otp_enabled": False,
            }
        elif i == 37:
            record["request"] = {
                "headers": {
                    "authorization": plant.secret(
                        draw("opaque", ALNUM, 40), "Authorization header, opaque Bearer", head="Bearer "
                    ),
                    "accept": "application/json",
                },
                "form": {"otp": plant.secret(draw("otp or", "123456789", 6), "otp code"), "remember": False},
            }
        elif i == 41:
            record["payment"] = {
                "card": {"last4": "1111", "masked": "411111******1111", "token_count": 512},
                "cvv": None,
            }
        elif i == 46:
            # A number, not a string: what replaces it needs its own quotes.
            record["payment"] = {"card_number": "@amex@", "brand": "amex", "exp_year": 2031}
        elif i % 5 == 0:
            record["meta"] = {
                "schema": "v2.3.1",
                "idempotency": uuid(f"or idem {i}"),
                "sha256": digest(f"or sha {i}"),
                "received_us": luhn_stamp(int(now.timestamp() * 1_000_000)),
                "password": None,
                "secret": "<redacted>",
            }
        line = compact(record)
        if "@amex@" in line:
            line = line.replace('"@amex@"', plant.money(AMEX, "card number, bare JSON number"))
        lines.append(line)
    return lines


def payments(plant: Planter) -> list[str]:
    clock = Clock("payments", DAY + timedelta(minutes=12), 15.0)
    encoded = base64.b64encode(f"acme-pos:{password('basic')}".encode()).decode()
    authorization = plant.secret(encoded, "Authorization header, Basic", head="Basic ")
    body = (
        "grant_type=client_credentials&client_id=acme-payments&client_secret="
        + plant.secret(draw("client secret", ALNUM, 40), "client_secret in a form body")
        + "&scope=ledger.write"
    )
    special = {
        1: 'msg="config loaded" password_policy=strict api_key=${API_KEY} webhook_secret=<redacted> max_tokens=4096',
        5: f'msg="stripe client ready" stripe_key={plant.secret(STRIPE, "Stripe live key")} api_version=2023-10-16',
        9: f'msg="token request" url=https://id.acme.example/oauth/token body="{body}" '
        "token_type=bearer expires_in=3600",
        14: f'msg="charge failed" charge=ch_3{draw("charge", ALNUM, 23)} card={plant.money(VISA, "card number")} '
        f"cvv={plant.money('214', 'cvv')} cvv_check=fail code=incorrect_cvc",
        18: f'msg="terminal sync" header="Authorization: {authorization}" status=200',
        23: f'msg="payout queued" iban={plant.money(IBAN_DE, "IBAN")} iban_country=DE amount=1290.00 currency=EUR',
        28: f'msg="3ds challenge" otp={plant.secret(draw("otp pay", "123456789", 6), "otp code")} '
        "otp_length=6 attempts=1",
        32: f'msg="ledger login" user=payments '
        f'password="{plant.secret("amber kettle 77 north", "password, in quotes")}" '
        "sslmode=require",
        36: f'msg="webhook verified" '
        f"signing_secret={plant.secret('whsec_' + draw('whsec', ALNUM, 32), 'webhook secret')}"
        " event=charge.refunded",
        40: f'msg="charge retried" card={plant.money("4111-1111-1111-1111", "card number, dashed")} attempt=2',
        44: f'level=debug msg="fraud score request" api_key={plant.secret(draw("fraud", HEX, 32), "api_key")} score=12',
        47: 'msg="card rejected by filter" card=************1111 reason=luhn secret=**** password=""',
    }
    lines = []
    for i in range(58):
        rest = special.get(i)
        if rest is None:
            rest = cycle(
                f"pay {i}",
                [
                    f'msg="charge ok" order={order_number(f"pay {i}")} amount={between(f"pay eur {i}", 500, 20000)} '
                    f"card_brand=visa last4=4444 pi=pi_3{draw(f'pay pi {i}', ALNUM, 23)}",
                    f'msg="settled" batch={uuid(f"pay batch {i}")} items={between(f"pay n {i}", 2, 80)} ok=true',
                    f'msg="heartbeat" uptime={3600 + 15 * i}s rss_bytes={between(f"pay rss {i}", 10**8, 2 * 10**8)}',
                    f'msg="idempotent replay" key=order:{10400 + i} sha256={digest(f"pay sha {i}")} token_count=512',
                    f'msg="fx refreshed" pair=EURCHF rate=0.9'
                    f"{draw(f'pay fx {i}', DIGITS, 9)} author=ecb version=1.14.2",
                    f'msg="clock skew" t={luhn_stamp(1741767000000000 + 10**6 * i)} public_key_id={uuid("pay key")}',
                ],
            )
        level = (
            ""
            if rest.startswith("level=")
            else "level=warn "
            if "fail" in rest or "rejected" in rest
            else "level=info "
        )
        lines.append(f"ts={clock.text('%Y-%m-%dT%H:%M:%S.%LZ')} {level}svc=payments {rest}")
    return lines


def syslog(plant: Planter) -> list[str]:
    clock = Clock("syslog", DAY - timedelta(hours=1), 60.0)
    fingerprint = draw("fingerprint", BASE64, 43)
    special = {
        4: f"sshd[2210]: Accepted publickey for deploy from 10.20.0.5 port 51514 ssh2: ED25519 SHA256:{fingerprint}",
        5: "sshd[2210]: pam_unix(sshd:session): session opened for user deploy(uid=1001) by (uid=0)",
        9: "sudo:   deploy : TTY=pts/0 ; PWD=/srv/acme ; USER=root ; COMMAND=/usr/bin/systemctl restart acme-shop",
        10: "sudo: pam_unix(sudo:session): session opened for user root(uid=0) by deploy(uid=1001)",
        12: "acme-shop[3011]: connecting to ledger host=db-1 user=shop "
        f"password={plant.secret(DB_PASSWORD, 'password=')} sslmode=require",
        13: "acme-shop[3011]: connecting to ledger host=db-2 user=shop password=**** sslmode=require",
        17: "sudo:   deploy : TTY=pts/0 ; PWD=/srv/acme ; USER=root ; COMMAND=/usr/bin/mysqldump --user=blog "
        f"--password={plant.secret(password('dump'), 'password on a command line')} blog",
        21: f"acme-deploy[3320]: cloning "
        f"https://deploy:{plant.secret(GITHUB, 'GitHub token in a URL')}@github.com/acme/shop.git",
        22: f"acme-deploy[3320]: remote git@github.com:acme/shop.git HEAD is now at {digest('head', 40)}",
        26: f"postfix/smtp[3544]: {draw('queue', DIGITS + 'ABCDEF', 10)}: to=<{plant.mail(JANE)}>, "
        "relay=smtp.acme.example[10.20.0.9]:587, delay=0.8, dsn=2.0.0, status=sent (250 2.0.0 Ok)",
        27: f"postfix/qmgr[901]: {draw('queue', DIGITS + 'ABCDEF', 10)}: from=<{plant.mail(BILLING)}>, "
        "size=4213, nrcpt=1 (queue active)",
        31: "passwd[3611]: pam_unix(passwd:chauthtok): password changed for deploy",
        34: "cloud-init[611]: ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQ"
        + draw("ssh public", BASE64, 180)
        + " deploy@acme-web-1",
        38: 'kernel: [8037.551201] audit: type=1400 apparmor="DENIED" profile="snap.tokenizer" pid=3711',
        41: f"acme-shop[3011]: sentinel auth passwd={plant.secret('sunshine', 'passwd=, a plain word')} reply=OK",
    }
    lines = []
    for i in range(60):
        text = special.get(i) or cycle(
            f"sys {i}",
            [
                f"CRON[{3000 + i}]: (root) CMD (   cd / && run-parts --report /etc/cron.hourly)",
                f"CRON[{3000 + i}]: pam_unix(cron:session): session closed for user root",
                f"sshd[{2200 + i}]: Failed password for root from 203.0.113.{between(f'sys ip {i}', 2, 250)} port "
                f"{between(f'sys port {i}', 30000, 60000)} ssh2",
                f"sshd[{2200 + i}]: Failed password for invalid user admin from 198.51.100.7 port 4022 ssh2",
                f"systemd[1]: user@1001.service: Consumed {between(f'sys ms {i}', 20, 900)}ms CPU time.",
                "systemd[1]: Started getty@tty1.service - Getty on tty1.",
                f"systemd[1]: Starting apt-daily.service - boot {digest('boot', 32)}...",
                f"acme-shop[3011]: worker {i} alive token_count=512 tokenizer=bpe author=cron password_policy=strict",
                f"systemd-logind[701]: New session {i} of user deploy.",
                f"kernel: [{8000 + i}.{draw(f'sys k {i}', DIGITS, 6)}] usb 1-1: new high-speed USB device, key=0x2f",
            ],
        )
        lines.append(f"{clock.text('%b %d %H:%M:%S')} acme-web-1 {text}")
    return lines


def k8s(plant: Planter) -> list[str]:
    clock = Clock("k8s", DAY + timedelta(minutes=3), 6.0)
    lines: list[str] = []

    def put(log: str, stream: str = "stdout") -> None:
        stamp = clock.text("%Y-%m-%dT%H:%M:%S.%L") + draw(f"k8s ns {len(lines)}", DIGITS, 5) + "1Z"
        text = compact({"log": log + "\n", "stream": stream, "time": stamp})
        # Docker writes with Go's encoder.
        lines.append(text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e"))

    def event(level: str, msg: str, **more: object) -> None:
        put(compact({"level": level, "msg": msg, **more}))

    account = pem("service account", "PRIVATE KEY", "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQ", 1624)
    green, plain = "\x1b[32m", "\x1b[0m"
    put(f"{green}INFO{plain}  acme-notify 3.2.0 starting, node v20.11.1, image sha256:{digest('image notify')}")
    put(f"npm notice using //registry.npmjs.org/:_authToken={plant.secret(NPM, 'npm token')}", "stderr")
    put("npm warn deprecated har-validator@5.1.5: this library is no longer supported", "stderr")
    put("added 412 packages, and audited 413 packages in 9s")
    put(
        f"Cloning into 'templates'... "
        f"https://oauth2:{plant.secret(GITLAB, 'GitLab token in a URL')}@gitlab.acme.example/shop/templates.git"
    )
    event(
        "info",
        "config",
        max_tokens=4096,
        password_policy="strict",
        api_key="${API_KEY}",
        csrf=None,
        public_key_id=uuid("k8s"),
    )
    event(
        "debug",
        "smtp transport",
        host="smtp.acme.example",
        auth={"user": "notify", "password": plant.secret(password("notify"), "password in escaped JSON")},
    )
    event(
        "info",
        "mail queued",
        to=plant.mail(JANE),
        template="order_confirmation",
        order=order_number("k8s mail"),
    )
    event(
        "error",
        "sendgrid 401",
        request={"authorization": plant.secret(SENDGRID, "SendGrid key, Bearer", head="Bearer ")},
        status=401,
    )
    event(
        "debug",
        "google credentials loaded",
        type="service_account",
        project_id="acme-shop",
        private_key_id=digest("private key id", 40),
        private_key=plant.secret(account, "private key, PEM block in escaped JSON", tail="\n"),
    )
    event("info", "slack ready", team="T" + draw("team", UPPER, 8), bot_token=plant.secret(SLACK, "Slack token"))
    hook = plant.secret(
        draw("hook", ALNUM, 24),
        "Slack webhook",
        head=f"https://hooks.slack.com/services/T{draw('hook t', UPPER, 8)}/B{draw('hook b', UPPER, 8)}/",
    )
    put(f"{green}INFO{plain}  posting to {hook}")
    put(
        f"GET /inbox?user=kim"
        f"&access_token={plant.secret(draw('inbox', ALNUM, 36), 'access_token in a URL')}&page=2 200 14ms"
    )
    cookie = plant.secret(
        draw("connect", ALNUM, 32),
        "session cookie, Set-Cookie",
        head="connect.sid=",
        tail="; Path=/; HttpOnly; SameSite=Lax",
    )
    put(f"< Set-Cookie: {cookie}")
    put(f"> Authorization: {plant.secret(STAFF_JWT, 'Authorization header, Bearer JWT', head='Bearer ')}")
    event(
        "info",
        "summariser call",
        model="gpt-4o-mini",
        openai_api_key=plant.secret(OPENAI, "OpenAI-like key"),
        usage={"prompt_tokens": 812, "total_tokens": 1024},
    )
    event("warn", "masked", password="****", secret="<redacted>", token="[REDACTED]", card="************4444")
    put(
        f"{green}DEBUG{plain} db pool ready "
        f"password={plant.secret(password('pool'), 'password= after a colour code')} size=10"
    )
    for i in range(38):
        kind = number(f"k8s {i}") % 6
        if kind == 0:
            event("info", "mail sent", id=uuid(f"k8s {i}"), ms=between(f"k8s ms {i}", 20, 400), token_count=512)
        elif kind == 1:
            put(f"{green}INFO{plain}  queue depth={i} lag_ms={between(f'k8s lag {i}', 1, 90)} at={1741766400 + 7 * i}")
        elif kind == 2:
            event("debug", "etag", etag=f'W/"{digest(f"k8s etag {i}", 32)}"', key=f"order:{10400 + i}", tokenizer="bpe")
        elif kind == 3:
            put(
                f"I0312 {clock.now:%H:%M:%S}.{draw(f'klog {i}', DIGITS, 6)}       1 reflector.go:351] "
                'Caches populated for *v1.Secret from "shop-db-credentials"',
                "stderr",
            )
        elif kind == 4:
            event(
                "info",
                "order",
                order_id=order_number(f"k8s {i}"),
                ts=luhn_stamp(1741766400000 + 997 * i),
                author="acme",
            )
        else:
            put(
                f"pod shop-notify-{draw(f'rs {i}', 'bcdf2456789', 9)}-x2x7k "
                f"MountVolume succeeded for volume kube-api-access-{draw(f'vol {i}', 'bcdfx247', 5)}",
                "stderr",
            )
    return lines


def spring(plant: Planter) -> list[str]:
    clock = Clock("spring", DAY + timedelta(minutes=5), 8.0)
    lines = [
        "  .   ____          _            __ _ _",
        " /\\\\ / ___'_ __ _ _(_)_ __  __ _ \\ \\ \\ \\",
        "( ( )\\___ | '_ | '_| | '_ \\/ _` | \\ \\ \\ \\",
        " \\\\/  ___)| |_)| | | | | || (_| |  ) ) ) )",
        "  '  |____| .__|_| |_|_| |_\\__, | / / / /",
        " =========|_|==============|___/=/_/_/_/",
        " :: Spring Boot ::                (v3.2.3)",
        "",
    ]

    def log(level: str, thread: str, logger: str, text: str) -> None:
        stamp = clock.text("%Y-%m-%dT%H:%M:%S.%LZ")
        lines.append(f"{stamp} {level:>5} 1 --- [acme-accounts] [{thread[-15:]:>15}] {logger:<40} : {text}")

    web, accounts = "nio-8080-exec-3", "c.acme.accounts.AccountService"
    log("INFO", "main", "c.acme.accounts.AccountsApplication", "Starting AccountsApplication v1.9.4 using Java 21.0.2")
    log("INFO", "main", "o.s.b.w.embedded.tomcat.TomcatWebServer", "Tomcat initialized with port 8080 (http)")
    log(
        "DEBUG",
        "main",
        "com.zaxxer.hikari.HikariConfig",
        "jdbcUrl.........................jdbc:postgresql://db-1.acme.example:5432/accounts?user=accounts&password="
        + plant.secret(password("jdbc"), "password in a JDBC URL")
        + "&ssl=true",
    )
    log("DEBUG", "main", "com.zaxxer.hikari.HikariConfig", "password........................<masked>")
    log(
        "WARN",
        "main",
        "o.s.s.c.a.web.builders.WebSecurity",
        "Ignoring 'passwordEncoder' bean, using defaultPasswordEncoder",
    )
    log(
        "INFO",
        web,
        accounts,
        f"register User{{id=2041, username='jane', "
        f"password='{plant.secret(password('jane'), 'password in a toString')}', "
        f"email='{plant.mail(JANE)}', roles=[CUSTOMER], passwordChangedAt=null}}",
    )
    log(
        "DEBUG",
        web,
        "c.acme.accounts.GatewayClient",
        f'headers=[Authorization:"{plant.secret(JANE_JWT, "Authorization header, Bearer JWT", head="Bearer ")}", '
        'Accept:"application/json", Content-Length:"212"]',
    )
    log(
        "DEBUG",
        web,
        "c.acme.accounts.GatewayClient",
        f"[Authorization: {plant.secret(BO_JWT, 'Authorization header, Bearer JWT', head='Bearer ')}] -> 200",
    )
    log("INFO", web, accounts, f"login ok for customer 2041, session created, key={uuid('spring session')}")
    cookie = plant.secret(
        draw("jsession", DIGITS + "ABCDEF", 32),
        "session cookie, Set-Cookie",
        head="JSESSIONID=",
        tail="; Path=/; Secure; HttpOnly",
    )
    log("TRACE", web, "o.a.coyote.http11.Http11Processor", f"Set-Cookie: {cookie}")
    request_cookie = plant.secret(
        draw("jsession", DIGITS + "ABCDEF", 32), "session cookie, Cookie", head="lang=de; JSESSIONID="
    )
    log("TRACE", web, "o.a.coyote.http11.Http11Processor", f"Cookie: {request_cookie}")
    log(
        "INFO",
        web,
        "c.acme.accounts.SmsGateway",
        f"sms accepted to={plant.person('+1 202 555 0178', 'phone number, with spaces')} "
        "parts=1 template=second-factor",
    )
    log("ERROR", web, accounts, "Profile update failed")
    lines += [
        "",
        "org.springframework.dao.DataIntegrityViolationException: could not execute statement; SQL [insert into users "
        "(email, password_hash, token_version) values (?, ?, ?)]",
        "\tat org.springframework.orm.jpa.vendor.HibernateJpaDialect.convert(HibernateJpaDialect.java:290) "
        "~[spring-orm-6.1.4.jar!/:6.1.4]",
        "\tat com.acme.accounts.AccountService.update(AccountService.java:118) ~[!/:1.9.4]",
        "\tat com.acme.accounts.AccountController$$SpringCGLIB$$0.update(<generated>) ~[!/:1.9.4]",
        "\tat com.acme.accounts.security.PasswordTokenFilter.doFilter(PasswordTokenFilter.java:77) ~[!/:1.9.4]",
        "\tat java.base/java.lang.Thread.run(Thread.java:1583) ~[na:na]",
        "Caused by: org.postgresql.util.PSQLException: ERROR: duplicate key value violates unique constraint "
        f'"users_email_key" Detail: Key (email)=({plant.mail(BO)}) already exists.',
        "\tat org.postgresql.core.v3.QueryExecutorImpl.receiveErrorResponse(QueryExecutorImpl.java:2725) "
        "~[postgresql-42.7.2.jar!/:42.7.2]",
        "\t... 42 common frames omitted",
        "",
    ]
    log("DEBUG", web, accounts, f"user after merge: com.acme.accounts.User@{draw('hashcode', HEX, 8)}, secretary=none")
    log(
        "DEBUG",
        "scheduling-1",
        "c.acme.accounts.PartnerConfig",
        f"PartnerConfig(name=maps, apiKey={plant.secret(GOOGLE, 'Google API key')}, timeout=PT5S)",
    )
    log(
        "DEBUG",
        "scheduling-1",
        "c.acme.accounts.PartnerConfig",
        f"PartnerConfig(name=parcel, "
        f"clientSecret={plant.secret(draw('parcel', ALNUM, 32), 'clientSecret in a toString')}, timeout=PT9S)",
    )
    log("DEBUG", "scheduling-1", "c.acme.accounts.PartnerConfig", "PartnerConfig(name=test, apiKey=null, timeout=PT5S)")
    for i in range(34):
        logger, text = [
            ("c.acme.accounts.TokenJanitor", f"removed {between(f'sp {i}', 0, 90)} expired tokens, token_count=512"),
            ("o.s.web.servlet.DispatcherServlet", f"Completed 200 OK, correlation {uuid(f'sp {i}')}"),
            (
                "c.acme.accounts.PasswordPolicy",
                "password_policy=strict, minLength=12, password=**** rejected: too common",
            ),
            (
                "c.acme.accounts.OrderListener",
                f"order {order_number(f'sp {i}')} at {luhn_stamp(1741766400000 + 613 * i)}",
            ),
            ("o.apache.kafka.clients.Metadata", f"Cluster ID: {draw('cluster', URLSAFE, 22)}, epoch {i}"),
            ("o.h.engine.jdbc.spi.SqlExceptionHelper", f"SQL Error: 0, SQLState: 23505, primary key=id, author={i}"),
        ][number(f"spring {i}") % 6]
        log("INFO", cycle(f"sp thread {i}", [web, "scheduling-1", "ntainer#0-0-C-1"]), logger, text)
    return lines


def audit(plant: Planter) -> list[str]:
    clock = Clock("audit", DAY + timedelta(hours=2), 90.0)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(
        ["timestamp", "actor", "action", "object_id", "ip", "ssn", "phone", "email", "password_changed", "note"]
    )
    people = {
        5: ("123-45-6701", "+12025550101", JANE, 'identity check, "gold" tier, Zürich'),
        11: ("123-45-6718", "", BO, "identity check"),
        19: ("", "+1 (202) 555-0119", KIM, "phone changed, old one kept 30 days"),
        27: ("123-45-6754", "+442079460123", "", "merchant onboarding"),
    }
    for i in range(56):
        ssn, phone, mail, note = people.get(i, ("", "", "", ""))
        row = [
            clock.text("%Y-%m-%d %H:%M:%S"),
            f"staff-{between(f'au {i}', 1, 9)}",
            cycle(f"au act {i}", ["user.view", "order.refund", "role.grant", "export.start", "login"]),
            order_number(f"au {i}") if i % 2 else uuid(f"au {i}"),
            f"10.20.3.{between(f'au ip {i}', 2, 250)}",
            plant.person(ssn, "social security number") if ssn else cycle(f"au ssn {i}", ["", "", "***-**-6701"]),
            plant.person(phone, "phone number") if phone else "",
            plant.mail(mail) if mail else cycle(f"au mail {i}", ["", "", "j***@example.com"]),
            cycle(f"au pw {i}", ["true", "false"]),
            note
            or cycle(
                f"au note {i}",
                [
                    f"batch {luhn_stamp(20250312100000 + i)}",
                    "part 000-12-3456 restocked",
                    "token revoked, password reset by user",
                    f"sha1 {digest(f'au sha {i}', 40)}",
                    "2025-03-12, invoice 555-0143",
                    "",
                ],
            ),
        ]
        writer.writerow(row)
    return out.getvalue().splitlines()


def rotated(plant: Planter) -> list[str]:
    clock = Clock("rotated", DAY - timedelta(hours=14), 45.0)
    special = {
        2: (
            "INFO",
            f"opening pool: host=db-1 port=5432 "
            f"dbname=shop user=shop password={plant.secret(DB_PASSWORD, 'password in a DSN')}",
        ),
        7: (
            "DEBUG",
            f"GET https://api.github.com/repos/acme/shop/releases "
            f"Authorization: {plant.secret(GITHUB, 'GitHub token, Authorization header', head='token ')}",
        ),
        13: ("INFO", f"welcome mail to {plant.mail(KIM)} queued"),
        18: ("INFO", f"sms to {plant.person('+12025550187', 'phone number, E.164')} parts=1"),
        24: (
            "WARNING",
            f"inventory sync failed: 403 for "
            f"X-Api-Key: {plant.secret(draw('inventory', ALNUM, 32), 'X-Api-Key header')}",
        ),
        31: (
            "DEBUG",
            f"env AWS_ACCESS_KEY_ID={plant.secret(AWS_ID, 'AWS access key id')} "
            f"AWS_SECRET_ACCESS_KEY={plant.secret(AWS_SECRET, 'AWS secret access key')} "
            "AWS_REGION=eu-central-1",
        ),
        40: (
            "INFO",
            "env DB_PASSWORD=$DB_PASSWORD SMTP_PASSWORD=${SMTP_PASSWORD:-} API_TOKEN=[REDACTED] SECRET_NAME=shop/db",
        ),
    }
    lines = []
    for i in range(54):
        level, text = special.get(i, ("INFO", ""))
        text = text or cycle(
            f"rot {i}",
            [
                f"order {order_number(f'rot {i}')} archived in {between(f'rot ms {i}', 3, 90)} ms",
                f"session {i} closed, reason=idle, author=system, keyboard=us, passed=12, bypass=false",
                f"catalog reload version=2025.3.{i} etag={digest(f'rot etag {i}', 32)}",
                f"job {uuid(f'rot job {i}')} done, max_tokens: 4096, tokenizer: bpe",
                f"next run at {luhn_stamp(1741716000 + 60 * i)} ({1741716000000 + 60000 * i})",
                "password_policy=strict password=**** secret=<redacted> csrf=None has_password=true",
            ],
        )
        lines.append(f"{clock.text('%Y-%m-%d %H:%M:%S,%L')} {level:<7} [shop.jobs] {text}")
    return lines


# ---- the same day, as other systems hand it out ---------------------------------------------------------------------


@dataclass(frozen=True)
class Said:
    """One message, before a system puts it into its own shape."""

    at: datetime
    level: str
    logger: str
    text: str
    number: int

    @property
    def millis(self) -> int:
        return int(self.at.timestamp() * 1000)

    @property
    def iso(self) -> str:
        return self.at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{self.at.microsecond // 1000:03d}Z"


def told(name: str, count: int, special: dict[int, tuple[str, str, str]]) -> list[Said]:
    """Plain traffic of a service, with special messages at their places."""
    clock = Clock(name, DAY + timedelta(hours=3), 5.0)
    out = []
    for i in range(count):
        level, logger, text = special.get(i) or (
            "INFO",
            cycle(f"{name} logger {i}", ["shop.cart", "shop.stock", "shop.jobs"]),
            cycle(
                f"{name} {i}",
                [
                    f"order {order_number(f'{name} {i}')} packed in {between(f'{name} ms {i}', 3, 90)} ms",
                    f"catalog reload etag={digest(f'{name} etag {i}', 32)} token_count=512 tokenizer=bpe",
                    f"job {uuid(f'{name} job {i}')} done, password_policy=strict, secret=<redacted>",
                    f"next run at {luhn_stamp(1741777200 + 60 * i)}, author=system, csrf=None",
                ],
            ),
        )
        out.append(Said(clock.tick(), level, logger, text, i))
    return out


def leaks(name: str, plant: Planter) -> dict[int, tuple[str, str, str]]:
    """A password, a token and an address, each in a message of its own."""
    bearer = plant.secret(draw(name, ALNUM, 40), "Authorization header", head="Bearer ")
    return {
        3: ("DEBUG", "shop.db", f"connect host=db-1 user=shop password={plant.secret(password(name), 'password=')}"),
        6: ("INFO", "shop.mail", f"receipt sent to {plant.mail(cycle(name, [JANE, BO, KIM]))}"),
        9: ("ERROR", "shop.push", f"push refused, Authorization: {bearer}"),
    }


def journal(plant: Planter) -> list[str]:
    """``journalctl -o export``; a message of several lines has its length before it, in eight bytes."""
    lines: list[str] = []
    priority = {"DEBUG": 7, "INFO": 6, "ERROR": 3}
    for one in told("journal", 13, leaks("journal", plant)):
        stack = f'{one.text}\nTraceback (most recent call last):\n  File "cart.py", line {one.number}\n'
        binary = one.number in (1, 11)
        lines += [
            f"__CURSOR=s={digest('journal boot', 32)};i={one.number:x}",
            f"__REALTIME_TIMESTAMP={one.millis * 1000}",
            f"PRIORITY={priority[one.level]}",
            "_HOSTNAME=acme-web-1",
            "_SYSTEMD_UNIT=acme-shop.service",
            "SYSLOG_IDENTIFIER=acme-shop",
            *(["MESSAGE", f"{chr(len(stack))}{chr(0) * 7}{stack}"] if binary else [f"MESSAGE={one.text}"]),
            "",
        ]
    return lines[:-1]


def journal_json(plant: Planter) -> list[str]:
    """``journalctl -o json``."""
    priority = {"DEBUG": "7", "INFO": "6", "ERROR": "3"}
    return [
        compact(
            {
                "__REALTIME_TIMESTAMP": str(one.millis * 1000),
                "PRIORITY": priority[one.level],
                "_HOSTNAME": "acme-web-1",
                "_SYSTEMD_UNIT": "acme-shop.service",
                "MESSAGE": one.text,
            }
        )
        for one in told("journal json", 44, leaks("journal json", plant))
    ]


def cri(plant: Planter) -> list[str]:
    """What containerd writes: long messages in pieces, and other streams in between."""
    lines = []
    for one in told("cri", 48, leaks("cri", plant)):
        stamp = one.iso[:-1] + draw(f"cri ns {one.number}", DIGITS, 5) + "1Z"
        if one.number % 12 == 7:
            pieces = [
                f"stock table, part {part}: " + ", ".join(f"sku-{part}{n}=ok" for n in range(40)) for part in range(3)
            ]
            lines += [f"{stamp} stdout P {pieces[0]}", f"{stamp} stderr F reload", f"{stamp} stdout P {pieces[1]}"]
            lines.append(f"{stamp} stdout F {pieces[2]}")
        lines.append(f"{stamp} stdout F {compact({'level': one.level.lower(), 'logger': one.logger, 'msg': one.text})}")
    return lines


def cloudwatch(plant: Planter) -> list[str]:
    """``aws logs filter-log-events``."""
    events = [
        {
            "logStreamName": "shop/app/" + digest("cloudwatch stream", 32),
            "timestamp": one.millis,
            "message": f"{one.iso} [{one.level}] {one.logger} {one.text}",
            "ingestionTime": one.millis + 804,
        }
        for one in told("cloudwatch", 20, leaks("cloudwatch", plant))
    ]
    return json.dumps({"events": events, "searchedLogStreams": []}, indent=4, ensure_ascii=False).split("\n")


def loki(plant: Planter) -> list[str]:
    """``logcli query -o jsonl``."""
    return [
        compact(
            {
                "labels": {"app": "shop", "container": "app", "namespace": "acme", "pod": "shop-7c9f4-x2x7k"},
                "line": f"level={one.level.lower()} logger={one.logger} msg=stated {one.text}",
                "timestamp": one.iso,
            }
        )
        for one in told("loki", 44, leaks("loki", plant))
    ]


def elasticsearch(plant: Planter) -> list[str]:
    """``elasticdump``."""
    return [
        compact(
            {
                "_index": "shop-2025.03.12",
                "_id": draw(f"elastic {one.number}", LOWER, 20),
                "_source": {
                    "@timestamp": one.iso,
                    "log": {"level": one.level.lower(), "logger": one.logger},
                    "host": {"name": "acme-web-1"},
                    "trace": {"id": digest(f"elastic trace {one.number}", 32)},
                    "message": one.text,
                },
            }
        )
        for one in told("elastic", 44, leaks("elastic", plant))
    ]


EVENT_LEVELS = {"DEBUG": 5, "INFO": 4, "ERROR": 2}


def xml_text(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def events_xml(plant: Planter) -> list[str]:
    """``wevtutil query-events``, an event on a line."""
    return [
        "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><Provider Name='Acme-Till'/>"
        f"<EventID>{1000 + one.number}</EventID><Level>{EVENT_LEVELS[one.level]}</Level>"
        f"<TimeCreated SystemTime='{one.iso}'/><Channel>Application</Channel><Computer>till-7.acme.example</Computer>"
        f"</System><EventData><Data Name='Message'>{xml_text(one.text)}</Data></EventData></Event>"
        for one in told("events", 44, leaks("events", plant))
    ]


def events_json(plant: Planter) -> list[str]:
    """``evtx_dump -o jsonl``."""
    return [
        compact(
            {
                "Event": {
                    "System": {
                        "Provider": {"#attributes": {"Name": "Acme-Till"}},
                        "EventID": 1000 + one.number,
                        "Level": EVENT_LEVELS[one.level],
                        "TimeCreated": {"#attributes": {"SystemTime": one.iso}},
                        "Computer": "till-7.acme.example",
                    },
                    "EventData": {"Message": one.text},
                }
            }
        )
        for one in told("events json", 44, leaks("events json", plant))
    ]


FILES: dict[str, Callable[[Planter], list[str]]] = {
    "nova-compute.log": nova,
    "uvicorn.log": uvicorn,
    "nginx-access.log": nginx,
    "django-traceback.log": django,
    "orders.jsonl": orders,
    "payments.logfmt": payments,
    "syslog": syslog,
    "k8s-container.log": k8s,
    "spring-app.log": spring,
    "audit.csv": audit,
    "app.log.1.gz": rotated,
    "journal.export": journal,
    "journal.jsonl": journal_json,
    "container-cri.log": cri,
    "cloudwatch.json": cloudwatch,
    "loki.jsonl": loki,
    "elasticsearch.jsonl": elasticsearch,
    "events.xml": events_xml,
    "events.jsonl": events_json,
}


def packed(data: bytes) -> bytes:
    """gzip without a name and without a time."""
    out = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", compresslevel=9, fileobj=out, mtime=0) as file:
        file.write(data)
    return out.getvalue()


def build() -> dict[str, bytes]:
    """Every file by name, the manifest among them."""
    files: dict[str, bytes] = {}
    listed: dict[str, list[dict[str, object]]] = {}
    for name, make in FILES.items():
        planter = Planter()
        text, listed[name] = planter.lift("\n".join(make(planter)) + "\n")
        if len(listed[name]) != len(planter.kinds):
            raise AssertionError(f"{name}: a planted value was made and not written")
        files[name] = packed(text.encode()) if name.endswith(".gz") else text.encode()
    files["manifest.json"] = manifest(listed)
    return files


def manifest(listed: dict[str, list[dict[str, object]]]) -> bytes:
    """One planted value on a line, so that a change reads well."""
    blocks: Iterable[str] = (
        f"    {json.dumps(name)}: [\n" + ",\n".join("      " + json.dumps(entry) for entry in entries) + "\n    ]"
        for name, entries in listed.items()
    )
    return ('{\n  "version": 1,\n  "files": {\n' + ",\n".join(blocks) + "\n  }\n}\n").encode()


def main(arguments: list[str]) -> None:
    directory = Path(arguments[0]) if arguments else Path(__file__).resolve().parent.parent / "sample_logs"
    for name, data in build().items():
        (directory / name).write_bytes(data)


if __name__ == "__main__":
    main(sys.argv[1:])
