"""Named checks on a matched value: check digits, issuer ranges, plausible dates.

Every check is a pure function ``bytes -> bool``. It takes the value as it was matched, separators included, never
raises and takes bounded time. ``VALIDATORS`` names them for the rule files: ``nl_bsn`` is ``nl-bsn`` there.

A check says whether a value *can* be what its rule says. National numbers without a public check digit, or whose check
digit was given up, are held to their date and area codes only; the docstring says so.

The checks lie in modules by family, and a family is loaded when the first of its checks is asked for: a service seldom
meets a national number, and should not pay for those of every country when it starts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from importlib import import_module

from logscrub.detect.validators.shannon import entropy, entropy_at_least

__all__ = ["VALIDATORS", "Check", "entropy", "entropy_at_least"]

Check = Callable[[bytes], bool]
"""Tells whether a value, as it was matched, can be what its rule says."""

# Module in this package: the checks in it, by their names in rule files.
_FAMILIES = {
    "payment": "luhn payment-card payment-card-any-issuer iban us-aba-routing mx-clabe btc-address",
    "placeholders": "filled",
    "devices": "imei iccid vin e164 phone-digits ipv4 ipv4-public ipv6 mac",
    "tokens": "jwt base64-json github-crc32 npm-crc32 grafana-crc32 bitbucket-crc32",
    "europe_west": (
        "gb-nhs gb-nino gb-utr ie-pps de-steuer-id de-vat de-personalausweis de-rvnr de-kvnr de-lanr at-svnr "
        "ch-ahv fr-nir fr-spi be-nn nl-bsn lu-matricule"
    ),
    "europe_south": "es-dni es-nie pt-nif it-codice-fiscale it-partita-iva gr-afm gr-amka cy-tic hr-oib jmbg",
    "europe_north": (
        "se-personnummer se-organisationsnummer no-fodselsnummer dk-cpr fi-hetu is-kennitala ee-isikukood "
        "lv-personas-kods"
    ),
    "europe_east": "pl-pesel pl-nip cz-rodne-cislo ro-cnp bg-egn hu-adoazonosito hu-taj ua-rnokpp ru-inn ru-snils",
    "middle_east_africa": "tr-tckn il-id sa-national-id ae-emirates-id kw-civil-id eg-national-id ng-nin za-id",
    "asia": (
        "kz-iin in-aadhaar in-pan in-gstin kr-rrn kr-rrn-check kr-brn cn-resident-id tw-id hk-hkid sg-nric sg-uen "
        "th-id my-nric id-nik ph-tin jp-my-number"
    ),
    "oceania": "au-tfn au-abn au-acn au-medicare nz-ird nz-nhi",
    "americas": (
        "us-ssn us-itin us-npi us-dea ca-sin br-cpf br-cnpj mx-curp mx-rfc cl-rut ar-cuit co-nit pe-ruc ec-cedula "
        "uy-ci do-cedula"
    ),
}


class _Lazy(Mapping[str, Check]):
    """Checks by name; looking one up loads its family, looking through the names loads nothing."""

    def __init__(self, families: Mapping[str, str]) -> None:
        self._family = {name: family for family, names in families.items() for name in names.split()}

    def __getitem__(self, name: str) -> Check:
        module = import_module(f"{__name__}.{self._family[name]}")
        check: Check = getattr(module, name.replace("-", "_"))
        return check

    def __contains__(self, name: object) -> bool:
        return name in self._family

    def __iter__(self) -> Iterator[str]:
        return iter(self._family)

    def __len__(self) -> int:
        return len(self._family)


VALIDATORS: Mapping[str, Check] = _Lazy(_FAMILIES)
