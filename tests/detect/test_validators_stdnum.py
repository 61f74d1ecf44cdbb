"""Our check digits beside python-stdnum's: the same verdict on numbers made valid, made nearly valid, and random."""

from __future__ import annotations

import importlib
import random
import string
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest

from logscrub.detect.validators import VALIDATORS

pytest.importorskip("stdnum")

# Our check, how it stands to python-stdnum's, that module, and shapes of numbers to try.
#   "="  both hold for the same numbers
#   ">"  ours holds wherever theirs does, and for more: the remark says what
#   "<"  ours holds only where theirs does: the remark says what it refuses
# In a shape 9 is a digit, A a letter, * either, D a birth date as yymmdd, E as ddmmyy, F as ddmmyyy, C as yyyymmdd; what
# stands in <> stands for itself.
CASES = [
    ("luhn", "=", "luhn", "9999999999 99999999999999"),
    ("imei", "=", "imei", "<35>9999999999999"),
    (
        "iban",
        ">",
        "iban",
        "<DE>99999999999999999999 <NO>9999999999999 <BE>99999999999999",
    ),  # not each bank's own digits
    ("us-aba-routing", "<", "us.rtn", "999999999"),  # prefixes of no Federal Reserve bank
    ("us-ssn", "=", "us.ssn", "999999999"),
    ("us-itin", ">", "us.itin", "<9>99999999"),  # groups 50 to 65, opened in 2011
    ("ca-sin", "=", "ca.sin", "<4>99999999"),
    ("mx-curp", "=", "mx.curp", "<LOOA>D<HDFPRN0>9 <MAXX>D<MJCRRSA>9"),
    ("br-cpf", "=", "br.cpf", "99999999999"),
    ("br-cnpj", "=", "br.cnpj", "99999999<0001>99"),
    ("cl-rut", "=", "cl.rut", "99999999* 9999999*"),
    ("ar-cuit", "=", "ar.cuit", "<20>999999999 <27>999999999"),
    ("co-nit", "=", "co.nit", "9999999999"),
    ("pe-ruc", "=", "pe.ruc", "<10>999999999 <20>999999999"),
    ("ec-cedula", "=", "ec.ci", "<17>99999999"),
    ("do-cedula", "=", "do.cedula", "<001>99999999"),
    ("gb-nhs", "=", "gb.nhs", "9999999999"),
    ("gb-utr", "=", "gb.utr", "9999999999"),
    ("ie-pps", ">", "ie.pps", "9999999A 9999999A<W> 9999999A<A> 9999999A<T>"),  # second letters B to I
    ("de-steuer-id", ">", "de.idnr", "<1>9999999999"),  # bodies in which no digit repeats
    ("de-vat", "=", "de.vat", "<1>99999999"),
    ("at-svnr", "=", "at.vnr", "9999E"),
    ("ch-ahv", "=", "ch.ssn", "<756>9999999999"),
    ("fr-nir", "=", "fr.nir", "<1>99<07759>9999999"),
    ("fr-spi", "=", "fr.nif", "<2>999999999999"),
    ("be-nn", ">", "be.nn", "D99999"),  # births to come
    ("nl-bsn", "=", "nl.bsn", "999999999"),
    ("es-dni", "=", "es.dni", "99999999A"),
    ("es-nie", "=", "es.nie", "<X>9999999A <Z>9999999A"),
    ("pt-nif", "=", "pt.nif", "<2>99999999"),
    ("it-codice-fiscale", "=", "it.codicefiscale", "<RSSMRA>99<A01H>999A <FRNLCU>99<S15L>999A"),
    ("it-partita-iva", "=", "it.iva", "9999999<001>9 <0>999999<062>9 9999999<000>9"),
    ("gr-afm", "=", "gr.vat", "<1>99999999"),
    ("gr-amka", "=", "gr.amka", "E99999"),
    ("cy-tic", "=", "cy.vat", "<00>999999A <10>999999A"),
    ("hr-oib", "=", "hr.oib", "99999999999"),
    ("jmbg", "=", "si.emso", "F<50>9999"),
    ("se-personnummer", "=", "se.personnummer", "D9999"),
    ("se-organisationsnummer", "=", "se.orgnr", "<556>9999999"),
    ("no-fodselsnummer", ">", "no.fodselsnummer", "E99999"),  # serials of another century
    ("dk-cpr", ">", "dk.cpr", "E9999"),  # births to come
    ("fi-hetu", ">", "fi.hetu", "E<->999*"),  # serials 900 to 999, given for the time being
    ("is-kennitala", ">", "is_.kennitala", "E9999"),  # births of another century
    ("ee-isikukood", "=", "ee.ik", "<3>D9999 <4>D9999"),
    ("ee-isikukood", "=", "lt.asmens", "<3>D9999"),
    ("lv-personas-kods", "=", "lv.pvn", "E<1>9999"),
    ("pl-pesel", "=", "pl.pesel", "D99999"),
    ("pl-nip", "=", "pl.nip", "9999999999"),
    ("cz-rodne-cislo", "=", "cz.rc", "D9999"),
    ("ro-cnp", "=", "ro.cnp", "<1>D<12>9999"),
    ("bg-egn", "=", "bg.egn", "D9999"),
    ("ua-rnokpp", "=", "ua.rntrc", "<3>999999999"),
    ("ru-inn", "=", "ru.inn", "9999999999 999999999999"),
    ("tr-tckn", "=", "tr.tckimlik", "99999999999"),
    ("il-id", "=", "il.idnr", "999999999"),
    ("za-id", "=", "za.idnr", "D9999<08>9 D9999<18>9"),
    ("in-aadhaar", "=", "in_.aadhaar", "<3>99999999999"),
    ("in-pan", "=", "in_.pan", "AAA<P>A9999A"),
    ("in-gstin", "=", "in_.gstin", "<27AAAPA>9999<A1Z>*"),
    ("kr-rrn-check", ">", "kr.rrn", "D<1>999999"),  # places of birth above 96
    ("kr-brn", "<", "kr.brn", "<220>9999999"),  # they do not ask for the check digit
    ("cn-resident-id", "=", "cn.ric", "<110101>C999*"),
    ("sg-uen", "=", "sg.uen", "99999999A <2018>99999A <T18LL>9999A"),
    ("th-id", "<", "th.pin", "<1>999999999999"),  # provinces there are none of
    ("id-nik", ">", "id.nik", "<317101>E9999"),  # places, which change
    ("my-nric", "=", "my.nric", "D<14>9999"),
    ("jp-my-number", "=", "jp.in_", "999999999999"),
    ("au-tfn", "=", "au.tfn", "999999999"),
    ("au-abn", ">", "au.abn", "99999999999"),  # those that begin with 10
    ("au-acn", "=", "au.acn", "999999999"),
    ("nz-ird", "=", "nz.ird", "99999999 <1>99999999"),
]
_BODIES = 25


def _numbers(shape: str, rng: random.Random) -> Iterator[str]:
    """Numbers of a shape, each with every last digit and some letters or, for two check digits, every last two."""
    for _ in range(_BODIES):
        born = date(1930, 1, 1) + timedelta(days=rng.randrange(25_000))
        kinds = {
            "9": lambda: rng.choice(string.digits),
            "A": lambda: rng.choice(string.ascii_uppercase),
            "*": lambda: rng.choice(string.digits + string.ascii_uppercase),
            "D": lambda born=born: f"{born:%y%m%d}",
            "E": lambda born=born: f"{born:%d%m%y}",
            "F": lambda born=born: f"{born:%d%m}{born.year % 1000:03}",
            "C": lambda born=born: f"{born:%Y%m%d}",
        }
        text, literal = "", False
        for c in shape:
            if c in "<>":
                literal = c == "<"
            else:
                text += c if literal else kinds[c]()
        if shape.endswith(">"):
            yield from (text[:-2] + c + text[-1] for c in string.digits + string.ascii_uppercase)
        elif shape[-1] == "9":
            yield from (text[:-2] + f"{end:02}" for end in range(100))
        else:
            yield from (text[:-1] + c for c in string.digits + string.ascii_uppercase)


@pytest.mark.parametrize(("name", "relation", "module", "shapes"), CASES)
def test_verdicts_agree_with_stdnum(name: str, relation: str, module: str, shapes: str) -> None:
    """Two implementations that know nothing of each other agree, but for what is noted."""
    theirs: Any = importlib.import_module(f"stdnum.{module}")
    rng = random.Random(name)
    held = 0
    for shape in shapes.split():
        for number in _numbers(shape, rng):
            ours, other = VALIDATORS[name](number.encode()), theirs.is_valid(number)
            held += ours
            assert ours == other or (ours if relation == ">" else other if relation == "<" else False), number
    assert held


def test_many_countries_are_held_against_stdnum() -> None:
    """The numbers of at least 35 countries have a second opinion."""
    assert len({module.partition(".")[0] for _, _, module, _ in CASES if "." in module}) >= 35


@pytest.mark.parametrize("body", ["LOOA850730AB", "MAXX990101QK", "PEPJ800229A1"])
def test_mexican_tax_numbers(body: str) -> None:
    """The check character, which python-stdnum tests only on demand."""
    rfc: Any = importlib.import_module("stdnum.mx.rfc")
    for c in string.digits + string.ascii_uppercase:
        assert VALIDATORS["mx-rfc"](f"{body}{c}".encode()) == rfc.is_valid(body + c, validate_check_digits=True)
