"""From hours that nobody drew lots for, no text says that one thing brings about another."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from salesfact import _pilot_words, _programmes_told, _response_told
from salesfact._direction_words import HOURS, HOURS_FIT
from salesfact._language import language
from tests.messages import translated, used

_DONE = r"(y?our|the|these|more|few(er)?) (visits?|hours?|calls?|efforts?|activit|programmes?)"
_GJORT = r"(er(a|t)?|vår(a|t)?|dina|de|fler|färre)? ?(besök|timma|samtal|insats|aktivitet|program)"
CLAIMS = {
    "en": re.compile(
        r"\b(cause[sd]?|causing|leads? to|led to|drives?|driven by|results? in|resulted in|brings?"
        rf" about|thanks to|due to|(because of|owing to) {_DONE})",
        re.I,
    ),
    "sv": re.compile(
        r"\b(orsaka[rdt]?\w*|leder till|ledde till|lett till|ger upphov till|gav upphov till|medför"
        rf"|resulterar i|tack vare|(på grund av|beror på) {_GJORT})",
        re.I,
    ),
}
#: Texts that speak of a method's own forecasts, not of what was done for a customer
ALLOWED = re.compile(r"\bled to expect\b")
FITS = {"en": "consistent with", "sv": "stämmer med"}


def _plain(text: str) -> str:
    return " ".join(re.sub(r"\{[^}]*\}", " ", text).split())


def _claims(text: str, code: str) -> str:
    found = CLAIMS[code].search(ALLOWED.sub("", _plain(text)))
    return found[0] if found else ""


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("en", "An hour causes sales."),
        ("en", "Visits drive sales, and more hours lead to more."),
        ("en", "Sales rose because of your visits."),
        ("sv", "Besök orsakar försäljning."),
        ("sv", "Fler timmar leder till mer försäljning."),
        ("sv", "Försäljningen steg tack vare besöken."),
        ("sv", "Det beror på era besök."),
    ],
)
def test_the_net_catches_what_it_should(code, text):
    assert _claims(text.replace("drive ", "drives "), code)


def test_no_text_claims_that_one_thing_brings_about_another():
    swedish = [t for forms in translated().values() for t in forms]
    assert len(swedish) > 1_000
    found = {t: c for t in used() if (c := _claims(t, "en"))}
    found |= {t: c for t in swedish if (c := _claims(t, "sv"))}
    assert found == {}


@pytest.mark.parametrize("code", ["en", "sv"])
def test_an_effect_is_worded_as_consistent_with_one(code):
    lang = language(code)
    told = [_response_told._FITS, _programmes_told._FOLLOWED, _programmes_told._FELL]
    for sentence in (*told, HOURS[HOURS_FIT], _pilot_words.HEADLINE_AGAINST):
        assert FITS[code] in lang.text(sentence.text), sentence.text


@pytest.mark.parametrize("code", ["en", "sv"])
def test_a_claim_reads_consistent_with(code, claiming):
    from salesfact._response import response
    from salesfact._response_parts import response_checks

    facts = replace(claiming, language=code)
    for told in (response(facts), response_checks(facts)):
        assert told.refusal is None
        assert FITS[code] in told.reading()
        assert not _claims(told.reading(), code)
