"""Check digits, ranges and dates: published examples, independent computations, and the errors each code must catch."""

from __future__ import annotations

import base64
import json
import math
import string
import zlib
from datetime import date
from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logscrub.detect.validators import VALIDATORS, entropy

BASE62 = string.digits + string.ascii_uppercase + string.ascii_lowercase


def holds(name: str, value: str) -> bool:
    return VALIDATORS[name](value.encode("utf-8"))


def digit_text(size: int, first: str = "0123456789") -> st.SearchStrategy[str]:
    rest = st.text("0123456789", min_size=size - 1, max_size=size - 1)
    return st.tuples(st.sampled_from(first), rest).map("".join)


# --- all of them -----------------------------------------------------------------------------------------------------


@given(value=st.binary(max_size=60) | st.text("0123456789 -.ABXYZ/", max_size=40).map(str.encode))
def test_no_validator_raises(value: bytes) -> None:
    """Whatever the bytes are, the answer is True or False."""
    assert {check(value) for check in VALIDATORS.values()} <= {True, False}


# It only refuses what stands for a value.
@pytest.mark.parametrize("name", sorted(set(VALIDATORS) - {"filled"}))
@pytest.mark.parametrize("value", [b"", b"-", b"\xff\xfe", "١٢٣٤٥٦٧٨٩".encode(), b"9" * 5000, b"[" * 8000, b"1.1" * 99])
def test_no_validator_accepts_nonsense(name: str, value: bytes) -> None:
    """Empty, undecodable, non-ASCII and overlong values are not valid, and do not take long."""
    assert VALIDATORS[name](value) is False


def test_names_are_those_of_rule_files() -> None:
    """Names are lower-case words joined by dashes."""
    assert [name for name in VALIDATORS if name != name.lower() or "_" in name] == []


# --- entropy ---------------------------------------------------------------------------------------------------------


@given(st.binary(min_size=1, max_size=300))
def test_entropy_is_within_its_bounds(data: bytes) -> None:
    """At least zero, at most the logarithm of the number of different bytes."""
    assert 0.0 <= entropy(data) <= math.log2(len(set(data))) + 1e-9


@given(st.binary(min_size=1, max_size=50), st.integers(1, 5))
def test_entropy_does_not_depend_on_order_or_repetition(data: bytes, times: int) -> None:
    """Only the frequencies count."""
    assert entropy(data) == pytest.approx(entropy(bytes(sorted(data)) * times))


def test_entropy_of_nothing_is_zero() -> None:
    """An empty value has no entropy."""
    assert entropy(b"") == 0.0


# --- Luhn and cards --------------------------------------------------------------------------------------------------


def luhn_digit(body: str) -> str:
    """Luhn's digit from a table of doubled digits, walking from the right."""
    doubled = [0, 2, 4, 6, 8, 1, 3, 5, 7, 9]
    total = sum(doubled[int(c)] if i % 2 == 0 else int(c) for i, c in enumerate(reversed(body)))
    return str(-total % 10)


@given(digit_text(15))
def test_luhn_accepts_exactly_one_digit(body: str) -> None:
    """Of the ten check digits the computed one holds, and no other."""
    assert [d for d in "0123456789" if holds("luhn", body + d)] == [luhn_digit(body)]


@pytest.mark.parametrize(
    ("prefix", "size"),
    [("4", 16), ("51", 16), ("2221", 16), ("2720", 16), ("34", 15), ("37", 15), ("36", 14), ("3528", 16), ("6011", 16)]
    + [("62", 19), ("6759", 12), ("2204", 16), ("65", 16)],
)
@given(data=st.data())
def test_cards_of_known_issuers_hold(prefix: str, size: int, data: st.DataObject) -> None:
    """A body in an issuer's range with a Luhn digit is a card, grouped or not; with a digit changed it is none."""
    rest = size - 1 - len(prefix)
    body = prefix + data.draw(digit_text(rest))
    number = body + luhn_digit(body)
    grouped = " ".join(number[i : i + 4] for i in range(0, size, 4))
    assert holds("payment-card", number)
    assert holds("payment-card", grouped)
    place = data.draw(st.integers(0, size - 1))
    other = data.draw(st.sampled_from([d for d in "0123456789" if d != number[place]]))
    assert not holds("payment-card", number[:place] + other + number[place + 1 :])


@pytest.mark.parametrize("prefix", ["1", "91", "7", "2220", "2721", "33", "0"])
@given(data=st.data())
def test_numbers_outside_issuer_ranges_are_no_cards(prefix: str, data: st.DataObject) -> None:
    """A Luhn digit alone does not make a card."""
    body = prefix + data.draw(digit_text(15 - len(prefix), first="012345678"))
    assert not holds("payment-card", body + luhn_digit(body))


@pytest.mark.parametrize("number", ["4111111111111111", "5555555555554444", "378282246310005", "6011111111111117"])
def test_published_test_cards_hold(number: str) -> None:
    """The payment networks' own test numbers are found; they are what examples and tests are made of."""
    assert holds("payment-card", number)


def test_one_digit_over_and_over_is_no_card() -> None:
    """A run of zeros has a valid Luhn digit and says nothing."""
    assert not holds("payment-card", "0" * 16)
    assert not holds("payment-card-any-issuer", "0" * 16)


# --- ISO 7064, Verhoeff ----------------------------------------------------------------------------------------------


@given(st.sampled_from(["DE18", "GB18", "FR23", "NO11"]), st.data())
def test_iban_check_digits(country: str, data: st.DataObject) -> None:
    """98 less the remainder of the rearranged number makes an IBAN, and only that pair of digits from 02 to 98 does."""
    code, size = country[:2], int(country[2:])
    body = data.draw(st.text(string.digits + string.ascii_uppercase, min_size=size, max_size=size))
    rearranged = "".join(str(int(c, 36)) for c in body + code + "00")
    check = f"{98 - int(rearranged) % 97:02}"
    assert [c for c in (f"{n:02}" for n in range(2, 99)) if holds("iban", code + c + body)] == [check]
    assert not holds("iban", code + check + body[:-1])


def mod_11_10_digit(body: str) -> str:
    product = 10
    for c in body:
        total = (int(c) + product) % 10
        product = (10 if total == 0 else total) * 2 % 11
    return str((11 - product) % 10)


@given(digit_text(10, first="123456789"))
def test_mod_11_10(body: str) -> None:
    """Croatian numbers take the one digit that ISO 7064 gives."""
    assert [d for d in "0123456789" if holds("hr-oib", body + d)] == [mod_11_10_digit(body)]


@given(st.dates(date(1800, 1, 1), date(2099, 12, 31)), digit_text(3))
def test_chinese_resident_number(born: date, serial: str) -> None:
    """MOD 11-2 by powers of two, X standing for ten."""
    body = f"110101{born:%Y%m%d}{serial}"
    total = sum(int(c) * pow(2, 17 - i, 11) for i, c in enumerate(body)) % 11
    check = "10X98765432"[total]
    assert [d for d in "0123456789X" if holds("cn-resident-id", body + d)] == [check]


# Verhoeff's table of the dihedral group, written out.
DIHEDRAL = ["0123456789", "1234067895", "2340178956", "3401289567", "4012395678"]
DIHEDRAL += ["5987604321", "6598710432", "7659821043", "8765932104", "9876543210"]
PERMUTED = [
    "0123456789",
    "1576283094",
    "5803796142",
    "8916043527",
    "9453126870",
    "4286573901",
    "2793806415",
    "7046913258",
]


def verhoeff_digit(body: str) -> str:
    check = 0
    for i, c in enumerate(reversed(body), start=1):
        check = int(DIHEDRAL[check][int(PERMUTED[i % 8][int(c)])])
    return str([int(row[0]) for row in DIHEDRAL].index(0) if check == 0 else DIHEDRAL[check].index("0"))


@given(digit_text(11, first="23456789"), st.integers(0, 11), st.integers(1, 9))
def test_aadhaar_takes_verhoeffs_digit(body: str, place: int, shift: int) -> None:
    """The table gives the digit; any single change is caught."""
    number = body + verhoeff_digit(body)
    assert holds("in-aadhaar", number) == (number != number[::-1])
    changed = number[:place] + str((int(number[place]) + shift) % 10) + number[place + 1 :]
    assert not holds("in-aadhaar", changed)


# --- national numbers ------------------------------------------------------------------------------------------------

# A number from each authority's own publication or specimen, or computed by hand from its published rule.
PUBLISHED = {
    "us-ssn": ["536-22-1234", "219-46-7182"],
    "us-npi": ["1234567893"],
    "us-dea": ["AB1234563"],
    "gb-nino": ["AB123456C"],
    "hk-hkid": ["A123456(3)"],
    "tw-id": ["A123456789"],
    "sg-nric": ["S1234567D", "M1234567K"],
    "nz-nhi": ["ZAC5361"],
    "vin": ["1M8GDM9AXKP042788"],
    "ru-snils": ["112-233-445 95"],
    "de-rvnr": ["15070649C103"],
    "de-personalausweis": ["L01X00T471"],
    "ch-ahv": ["756.9217.0769.85"],
    "es-dni": ["12345678Z"],
    "fi-hetu": ["131052-308T"],
    "bg-egn": ["7523169263"],
    "ie-pps": ["1234567T", "1234567FA"],
    "mx-clabe": ["032180000118359719"],
    "au-abn": ["51 824 753 556"],
    "au-acn": ["004 085 616"],
    "be-nn": ["85.07.30-033 28"],
    "imei": ["49-015420-323751-8"],
    "gb-nhs": ["943 476 5919"],
    "pl-pesel": ["44051401458"],
    "tr-tckn": ["10000000146"],
    "za-id": ["8001015009087"],
    "btc-address": ["1BitcoinEaterAddressDontSendf59kuE", "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"],
}


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in PUBLISHED.items() for value in values])
def test_published_numbers_hold(name: str, value: str) -> None:
    """Specimens of the standards are valid, with separators and without."""
    assert holds(name, value)


# name, what stands before the serial, length of the serial, what stands after: one check digit follows it all.
ONE_DIGIT = [
    ("gb-nhs", "", 9),
    ("nl-bsn", "1", 7),
    ("pt-nif", "2", 7),
    ("pl-pesel", "850730", 4),
    ("pl-nip", "1", 8),
    ("se-personnummer", "850730", 3),
    ("ro-cnp", "1850730", 5),
    ("bg-egn", "850730", 3),
    ("hu-adoazonosito", "8", 8),
    ("hu-taj", "1", 7),
    ("ee-isikukood", "3850730", 3),
    ("gr-afm", "1", 7),
    ("gr-amka", "300785", 4),
    ("jmbg", "3007985", 5),
    ("ua-rnokpp", "3", 8),
    ("il-id", "1", 7),
    ("za-id", "850730", 4),
    ("sa-national-id", "1", 8),
    ("ae-emirates-id", "7841985", 7),
    ("kw-civil-id", "2850730", 4),
    ("kz-iin", "850730", 5),
    ("th-id", "1", 11),
    ("jp-my-number", "1", 10),
    ("au-acn", "1", 7),
    ("us-npi", "1", 8),
    ("us-aba-routing", "01", 6),
    ("ca-sin", "1", 7),
    ("cl-rut", "1", 7),
    ("pe-ruc", "10", 8),
    ("ec-cedula", "171", 6),
    ("uy-ci", "1", 6),
    ("do-cedula", "001", 7),
    ("se-organisationsnummer", "556", 6),
    ("kr-brn", "22081", 4),
    ("sg-uen", "2018", 5),
    ("ph-tin", "1", 7),
    ("ng-nin", "1", 9),
    ("ch-ahv", "756", 9),
    ("de-steuer-id", "1", 9),
    ("de-vat", "1", 7),
    ("de-rvnr", "15070649C", 2),
    ("de-kvnr", "A", 8),
    ("es-dni", "", 8),
    ("it-codice-fiscale", "RSSMRA80A01H", 3),
    ("imei", "35", 12),
    ("iccid", "8901", 14),
    ("mx-clabe", "002", 14),
    ("sg-nric", "S", 7),
    ("tw-id", "A1", 7),
    ("hk-hkid", "A", 6),
    ("nz-nhi", "ABC", 3),
    ("in-gstin", "27ABCPE1234F1Z", 0),
    ("mx-curp", "LOOA850730HDFPRN0", 0),
    ("ar-cuit", "20", 8),
    ("co-nit", "900", 6),
    ("luhn", "", 9),
]


@pytest.mark.parametrize(("name", "before", "size"), ONE_DIGIT)
@settings(max_examples=20)
@given(data=st.data())
def test_at_most_one_check_character_holds(name: str, before: str, size: int, data: st.DataObject) -> None:
    """A body has one valid check character, or none where the scheme leaves that body out."""
    za = name == "za-id"
    body = before + (data.draw(digit_text(size)) if size else "") + ("08" if za else "")
    valid = [c for c in string.digits + string.ascii_uppercase if holds(name, body + c)]
    assert len(valid) <= 1


@pytest.mark.parametrize(("name", "before", "size"), ONE_DIGIT)
def test_some_body_has_a_valid_check_character(name: str, before: str, size: int) -> None:
    """Of a few hundred bodies most have one: the check is not stricter than its standard."""
    found = 0
    bodies = [f"{n:0{size}}" if size else "" for n in range(1, 10**size, max(1, 10**size // 97))] or [""]
    for middle in bodies:
        body = before + middle + ("08" if name == "za-id" else "")
        found += any(holds(name, body + c) for c in string.digits + string.ascii_uppercase)
    assert found >= 0.5 * len(bodies)


# Codes that catch every change of a single digit.
SINGLE_ERRORS = ["gb-nhs", "nl-bsn", "fi-hetu", "cz-rodne-cislo", "no-fodselsnummer", "tr-tckn", "fr-nir", "be-nn"]
SINGLE_ERRORS += ["au-abn", "in-aadhaar", "ch-ahv", "mx-clabe", "imei", "es-dni"]
VALID = {
    "gb-nhs": "9434765919",
    "nl-bsn": "111222333",
    "fi-hetu": "131052-308T",
    "cz-rodne-cislo": "8507301231",
    "no-fodselsnummer": "",
    "tr-tckn": "10000000146",
    "fr-nir": "",
    "be-nn": "85073003328",
    "au-abn": "51824753556",
    "in-aadhaar": "",
    "ch-ahv": "7569217076985",
    "mx-clabe": "032180000118359719",
    "imei": "490154203237518",
    "es-dni": "12345678Z",
}
BODIES = {
    "no-fodselsnummer": ("300785100", 2),
    "fr-nir": ("2550814168025", 2),
    "in-aadhaar": ("23456789012", 1),
    "cz-rodne-cislo": ("850730123", 1),
}


def valid_number(name: str) -> str:
    if name not in BODIES:
        return VALID[name]
    body, size = BODIES[name]
    for step in range(20):
        shifted = body[:-1] + str((int(body[-1]) + step) % 10) if step < 10 else body[:-2] + f"{step:02}"
        for tail in range(10**size):
            if holds(name, f"{shifted}{tail:0{size}}"):
                return f"{shifted}{tail:0{size}}"
    raise AssertionError(name)


@pytest.mark.parametrize("name", SINGLE_ERRORS)
def test_single_digit_errors_are_caught(name: str) -> None:
    """Any one digit replaced by any other makes the number invalid."""
    number = valid_number(name)
    for place, old in enumerate(number):
        if old.isdigit():
            for new in string.digits.replace(old, ""):
                assert not holds(name, number[:place] + new + number[place + 1 :]), (place, new)


@given(digit_text(9))
def test_cpf_digits_by_the_textbook(body: str) -> None:
    """The two digits of a CPF, computed step by step."""

    def check(text: str) -> str:
        remainder = sum(int(c) * w for c, w in zip(text, range(len(text) + 1, 1, -1), strict=True)) % 11
        return "0" if remainder < 2 else str(11 - remainder)

    first = check(body)
    number = body + first + check(body + first)
    assert holds("br-cpf", number) == (len(set(number)) > 1)


@given(st.integers(0, 99_999_999))
def test_french_keys(serial: int) -> None:
    """13 digits and 97 less their remainder."""
    body = f"18507{serial:08}"
    assert holds("fr-nir", f"{body}{97 - int(body) % 97:02}")


@pytest.mark.parametrize("department", ["2A", "2B"])
def test_french_keys_of_corsica(department: str) -> None:
    """2A counts as 19 and 2B as 18."""
    body = f"18507{department}123456"
    number = int(body.replace("2A", "19").replace("2B", "18"))
    assert holds("fr-nir", f"{body}{97 - number % 97:02}")


@given(st.dates(date(1900, 1, 1)), st.integers(0, 999))
def test_belgian_numbers_of_both_centuries(born: date, serial: int) -> None:
    """Births since 2000 put a 2 before the nine digits."""
    body = f"{born:%y%m%d}{serial:03}"
    for prefix in ("", "2"):
        assert holds("be-nn", f"{body}{97 - int(prefix + body) % 97:02}")


@pytest.mark.parametrize(
    "value", ["000-12-3456", "666-12-3456", "900-12-3456", "123-00-4567", "123-45-0000", "078-05-1120"]
)
def test_social_security_numbers_never_issued(value: str) -> None:
    """Areas 000, 666 and 9xx, group 00, serial 0000 and numbers out of advertisements are none."""
    assert not holds("us-ssn", value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("pl-pesel", "85133012340"),
        ("se-personnummer", "850230-1236"),
        ("dk-cpr", "310285-1234"),
        ("my-nric", "851330-14-5123"),
        ("id-nik", "3171013213850001"),
        ("kr-rrn", "851330-1234567"),
        ("eg-national-id", "28513300112345"),
        ("cn-resident-id", "110101198513301234"),
    ],
)
def test_impossible_dates_are_refused(name: str, value: str) -> None:
    """A number that holds a date holds one that exists."""
    assert not holds(name, value)


# --- devices and networks --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("+14155550132", True),
        ("+44 20 7946 0123", True),
        ("%2B33612345678", True),
        ("0041 44 668 18 00", True),
        ("+1 415 555 013", False),
        ("+999123456789", False),
        ("+0123456789", False),
        ("+1111111111111111", False),
    ],
)
def test_international_telephone_numbers(value: str, expected: bool) -> None:
    """A country code in use and a plausible length."""
    assert holds("e164", value) is expected


@given(st.ip_addresses(v=4))
def test_ipv4_is_a_host(address: IPv4Address) -> None:
    """Loopback, multicast, unspecified and reserved addresses are no hosts; anything else is."""
    octets = [int(part) for part in str(address).split(".")]
    assert holds("ipv4", str(address)) == (0 < octets[0] < 224 and octets[0] != 127 and any(octets[1:]))


@given(st.ip_addresses(v=6))
def test_ipv6_in_full_and_compressed(address: IPv6Address) -> None:
    """Both notations are read alike."""
    assert holds("ipv6", str(address)) == holds("ipv6", address.exploded) == holds("ipv6", f"{address}%eth0")


@pytest.mark.parametrize("value", ["10:22:33", "::", "::1", "1:2:3:4:5:6:7", "12345::1", "ff02::1"])
def test_no_ipv6_hosts(value: str) -> None:
    """Clock times, the unspecified address, loopback and multicast."""
    assert not holds("ipv6", value)


@given(st.binary(min_size=6, max_size=6))
def test_mac_notations(raw: bytes) -> None:
    """Colons, dashes and dotted groups mean the same address."""
    pairs = raw.hex(":")
    dotted = ".".join(raw.hex()[i : i + 4] for i in (0, 4, 8))
    expected = len(set(raw.hex())) > 1 or raw.hex()[0] not in "0f"
    assert [holds("mac", v) for v in (pairs, pairs.replace(":", "-").upper(), dotted)] == [expected] * 3


# --- tokens ----------------------------------------------------------------------------------------------------------


def segment(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


@given(st.dictionaries(st.text(max_size=5), st.text(max_size=5), max_size=3), st.sampled_from(["alg", "typ"]))
def test_jwt_headers(header: dict[str, str], name: str) -> None:
    """An object that names an algorithm or a type, in padded or unpadded Base64."""
    assert holds("jwt", f"{segment({**header, name: 'x'})}.e30.sig")
    assert holds("jwt", f"{segment(header)}.e30.sig") == bool({"alg", "typ"} & set(header))


@pytest.mark.parametrize("head", ["", "eyJ", "e30", segment([1]), segment("alg"), "!!!!", "A" * 9000])
def test_no_jwt_headers(head: str) -> None:
    """Not Base64, not JSON, not an object, or too long."""
    assert not holds("jwt", f"{head}.e30.sig")


def test_deeply_nested_json_is_no_header() -> None:
    """A header that would exhaust the parser is refused, not raised."""
    assert not holds("base64-json", base64.b64encode(b"[" * 6000).decode())


def base62(number: int) -> str:
    return "".join(BASE62[number // 62**place % 62] for place in range(5, -1, -1))


GITHUB = [("github-crc32", prefix) for prefix in ("ghp", "gho", "ghu", "ghs", "ghr")] + [("npm-crc32", "npm")]


@pytest.mark.parametrize(("name", "prefix"), GITHUB)
@given(body=st.text(string.ascii_letters + string.digits, min_size=30, max_size=30))
def test_github_and_npm_checksums(name: str, prefix: str, body: str) -> None:
    """The last six characters are the CRC32 of the thirty before, and of nothing else."""
    check = base62(zlib.crc32(body.encode()))
    assert holds(name, f"{prefix}_{body}{check}")
    assert not holds(name, f"{prefix}_{body[:-1]}{'a' if body[-1] != 'a' else 'b'}{check}")


@given(st.text(string.ascii_letters + string.digits, min_size=32, max_size=32))
def test_grafana_checksums(body: str) -> None:
    """Little-endian hexadecimal over prefix and body."""
    head = f"glsa_{body}"
    check = "".join(f"{zlib.crc32(head.encode()) >> shift & 255:02x}" for shift in (0, 8, 16, 24))
    assert holds("grafana-crc32", f"{head}_{check}")
    assert not holds("grafana-crc32", f"{head}_{check[::-1]}") or check == check[::-1]


@given(st.text(string.ascii_letters + string.digits, min_size=20, max_size=40))
def test_bitbucket_checksums(body: str) -> None:
    """Upper-case hexadecimal over everything before it."""
    head = f"ATBB{body}"
    check = f"{zlib.crc32(head.encode()):08X}"
    assert holds("bitbucket-crc32", head + check)
    assert not holds("bitbucket-crc32", head + "x" + check)


@pytest.mark.parametrize("address", PUBLISHED["btc-address"])
def test_bitcoin_addresses_catch_typing_errors(address: str) -> None:
    """Every single character changed is caught."""
    for place in range(3, len(address)):
        for new in "2zq":
            if address[place] != new:
                assert not holds("btc-address", address[:place] + new + address[place + 1 :])
