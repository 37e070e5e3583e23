# ruff: noqa: E501 - a row reads best unbroken
"""The detector table: one row per spelling of a sensitive value.

A row's `body` must be understood alike by RE2 and by Python: ASCII classes, bounded repeats, no look-around. It is matched
against the folded view (`folding`), so accents, full-width digits and odd dashes need no row of their own. Adding
a detector is adding a row and its cases in the tests.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pipeline.redact import validators as v


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """One row."""

    category: str
    rule: str
    body: str
    check: Callable[[str], int] = v.any_text
    score: float = 0.8
    group: int = 0
    """The group that is the value; what stands around it is context."""
    edge: str = "alnum"
    """What may not touch the match: `alnum`, `digit`, `decimal` (also no `.` or `,` before a digit), or nothing."""
    context: str = ""
    """Words within 48 characters that raise the score."""
    need: bool = False
    """Without its context words the candidate is refused."""
    cased: bool = False


_SEP = r"[-. /]"
_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?|ene(?:ro)?|febrero|marzo|abr(?:il)?|mayo|junio|julio|ago(?:sto)?|sep?tiembre|octubre"
    r"|noviembre|dic(?:iembre)?)"
)
_DATE = (
    r"(?:\d{1,2} ?[-./ ] ?\d{1,2} ?[-./ ] ?(?:\d{4}|\d{2})|\d{4}[-./ ]\d{1,2}[-./ ]\d{1,2}|(?:19|20)\d{6}|[0-3]\d[01]\d(?:19|20)\d{2}"
    r"|[01]\d[0-3]\d(?:19|20)\d{2}"
    rf"|\d{{1,2}}(?:st|nd|rd|th|°|o|ero)?[- ]?(?:of |de )?[- ]?{_MONTH}\.?,?[- ]?(?:de |del |of )?[- ]?'?(?:\d{{4}}|\d{{2}})"
    rf"|{_MONTH}\.? ?\d{{1,2}}(?:st|nd|rd|th)?,? ?(?:\d{{4}}|'?\d{{2}})"
    rf"|{_MONTH}\.? \d{{1,2}}(?:st|nd|rd|th)?|\d{{1,2}} (?:de )?{_MONTH})"
)
_DOB_WORD = (
    r"(?:d\.? ?o\.? ?b\.?|date of birth|birth ?dates?|birth ?days?|b-?day|born|nacid[oa]s?|nacio|naci|nacimiento|f\.? ?n\.?|fdn"
    r"|f(?:ec(?:ha)?)?\.? ?(?:de )?nac\.?|cumple(?:anos)?|geb(?:urtsdatum|oren|\.)|geb\.? ?am|data de nascimento|nascid[oa]|nasc\.?"
    r"|date de naissance|nee? le)"
)
_PHONE_WORD = (
    r"(?:tel|phone|ph|cell?|cel|celular|mobile|movil|call|txt|text|sms|whats ?app|wa|fax|llam[aeo]\w*|marc[aeo]\w*|numero"
    r"|number|num|contact|dial|telefono|fono|reach)"
)
_NUMBER_WORD = r"(?:[ .:#=-]|\b(?:is|es|no|num|number|numero|n|id|de|del|la|el|son|the)\b){0,8}"
_STREET = (
    r"(?:street|str|st|avenue|aven|ave|av|boulevard|blvd|road|rd|lane|ln|drive|dr|court|ct|circle|cir|place|pl|terrace|ter|way"
    r"|highway|hwy|parkway|pkwy|square|sq|trail|trl|loop|alley|plaza|crossing|xing|ridge|pike|turnpike|cove|point|row|run"
    r"|crescent|close|gardens|grove|expressway|fwy|freeway)"
)
_STATE = r"(?:A[KLRZ]|C[AOT]|D[CE]|FL|GA|HI|I[ADLN]|K[SY]|LA|M[ADEINOST]|N[CDEHJMVY]|O[HKR]|P[AR]|RI|S[CD]|T[NX]|UT|V[AT]|W[AIVY])"
_VEHICLE = (
    r"(?i:car|truck|suv|van|sedan|coupe|pick-?up|trailer|semi|bus|rv|minivan|motorcycle|camioneta|troca|carro|camion|coche|auto|pipa"
    r"|ford|chevy|chevrolet|gmc|dodge|ram|toyota|honda|nissan|jeep|kia|hyundai|vw|volkswagen|mazda|bmw|lexus|acura|buick|chrysler|subaru"
    r"|tacoma|tundra|corolla|camry|civic|accord|f-?[123]50|silverado|sierra|tahoe|suburban|sprinter|odyssey|impala|ranger|explorer|expedition"
    r"|altima|sentra|versa|frontier|titan|caravan|durango|charger|malibu|equinox|escalade|wrangler|cherokee|rav4|highlander|sienna|dually)"
)
_CALLE = (
    r"(?:calle|c/|avenida|av\.?|ave\.?|avda\.?|blvd\.?|bulevar|boulevard|calzada|calz\.|carretera|carr\.|privada|priv\.|paseo|callejon"
    r"|camino|circuito|cerrada|prolongacion|prol\.|andador|plaza|ronda|travesia)"
)
_COLONIA = r"(?:colonia|col\.|fraccionamiento|fracc\.|barrio|ejido|rancheria|unidad habitacional)"
_HOST = r"[^\s@<>()\[\]{},;:\"\\|/!?=&#*%$]"

PATTERNS: tuple[Pattern, ...] = (
    Pattern(category="EMAIL", rule="email", score=0.98, edge="",
            body=rf"{_HOST}{{1,64}}@[^\s@<>()\[\]{{}},;:\"\\|/!?=&#*%$.']{{1,63}}(?:\.[^\s@<>()\[\]{{}},;:\"\\|/!?=&#*%$.']{{1,63}}){{1,8}}"),
    Pattern(category="EMAIL", rule="email-cut-short", score=0.8,
            body=r"[a-z0-9][a-z0-9._+-]{1,63}@(?:gmail|googlemail|yahoo|hotmail|outlook|icloud|live|msn|aol|proton(?:mail)?)\b"),
    Pattern(category="EMAIL", rule="email-spelled", score=0.85,
            body=r"[a-z0-9][a-z0-9._+-]{1,63} ?(?:[\[(] ?(?:at|arroba) ?[\])]|\barroba\b) ?[a-z0-9-]{2,63}"
                 r"(?: ?(?:\.|[\[(] ?(?:dot|punto) ?[\])]|\b(?:dot|punto)\b) ?[a-z]{2,24}){1,4}"),
    Pattern(category="EMAIL", rule="email-spoken", score=0.8,
            body=r"[a-z0-9][a-z0-9._+-]{1,63} at [a-z0-9-]{2,63}(?: dot [a-z]{2,24}){1,3}"),
    Pattern(category="PHONE", rule="phone-international", check=v.phone_international, score=0.9,
            body=r"(?:\+|\b00|\b011) {0,2}\(?[1-9](?:[- .()/]{0,3}\d){6,14}"
                 r"(?: ?(?:x|ext\.?|extension) ?\d{1,6})?"),
    Pattern(category="PHONE", rule="phone-grouped", check=v.phone_grouped, score=0.85, edge="decimal", context=_PHONE_WORD,
            body=r"(?:(?:\+?1|\+?52|044|045|01)[- .]{0,2}(?:1[- .])?)?"
                 r"(?:\(\d{3}\)[- .]{0,2}\d{3}[- .]{0,2}\d{4}|\d{3}(?:[-.]| ?[-./ ] ?)\d{3}(?:[-.]| ?[-./ ] ?)\d{4}"
                 r"|\(\d{2,3}\) ?\d{3,4}[- .]?\d{4}|\(?\d{3}\)?[- .]{1,2}\d{3}[- .]\d{2}[- .]\d{2}"
                 r"|\(?[2-9]\d\)?[- .]\d{4}[- .]\d{4}|[2-9]\d(?:[- .]\d{2}){4}|\d{3}[- .]\d{7}|\d{3} \d{3}\d{4})"
                 r"(?: ?(?:x|ext\.?|extension) ?\d{1,6})?"),
    Pattern(category="PHONE", rule="phone-bare", check=v.phone_bare, score=0.6, edge="decimal", context=_PHONE_WORD,
            body=r"1?[2-9]\d{9}(?: ?(?:x|ext\.?|extension) ?\d{1,6})?"),
    Pattern(category="PHONE", rule="phone-trunk", check=v.phone_grouped, score=0.6, edge="decimal", context=_PHONE_WORD,
            body=r"\(?0\d{1,4}\)?[- ./]\d{2,4}(?:[- .]?\d{2,4}){1,3}"),
    Pattern(category="PHONE", rule="phone-national", check=v.phone_in_context, score=0.6, edge="decimal", need=True,
            context=r"(?:tel|phone|cell?|celular|mobile|movil|whats ?app|fax|answering|office|oficina|extension|hotline|dial|telefono|reach|contest\w+)",
            body=r"\(?\d{2,4}\)?(?:[- .]\d{2,4}){1,4}|\d{2} \d{6}"),
    Pattern(category="PHONE", rule="phone-local", score=0.6, edge="decimal", context=_PHONE_WORD, need=True,
            check=v.phone_in_context, body=r"[2-9]\d{2}[-. ]\d{4}"),
    Pattern(category="PHONE", rule="phone-fictional", score=0.8, edge="decimal", body=r"555[-. ]?01\d{2}"),
    Pattern(category="PHONE", rule="phone-in-context", score=0.75, group=1, check=v.phone_in_context,
            body=rf"\b{_PHONE_WORD}\b{_NUMBER_WORD}(?:(?:me|him|her|us|at|al|back|a)\b[ :]*){{0,3}}(\(?\d(?:[- .()/]{{0,3}}\d){{6,13}})"),
    Pattern(category="SSN", rule="ssn", check=v.ssn, score=0.9, edge="decimal",
            body=r"\d{3}(?: ?[-. ] ?)\d{2}(?: ?[-. ] ?)\d{4}"),
    Pattern(category="SSN", rule="ssn-in-context", score=0.9, group=1,
            body=r"\b(?:ssn?|ss ?#|s\.s\.n\.?|social(?: security)?|seguro social|nss|itin|soc)\b" + _NUMBER_WORD
                 + r"(\d{3} ?[-. /]? ?\d{2} ?[-. /]? ?\d{4})"),
    Pattern(category="SSN", rule="ssn-last-four", score=0.75, group=1,
            body=r"\b(?:ssn?|social(?: security)?|seguro social|soc)\b[^\n\d]{0,24}\b(\d{4})"),
    Pattern(category="SSN", rule="ssn-last-four", score=0.75, group=1,
            body=r"\b(?:last (?:4|four)|ultimos (?:4|cuatro))(?: digits| digitos)?(?: of)?[^\n\d]{0,16}\b(\d{4})"),
    Pattern(category="A_NUMBER", rule="a-number", score=0.85,
            check=v.a_number, body=r"A[- #:.]{0,3}\d{2,3}[- .]?\d{3}[- .]?\d{2,3}"),
    Pattern(category="A_NUMBER", rule="a-number-in-context", score=0.85, group=1,
            body=r"\b(?:alien|a-?file|a[- ]?(?:num(?:ber)?|no)|uscis|registro de extranjero|numero a)\b[a-z :#.-]{0,30}?\b"
                 r"(A?[- #]{0,2}\d{2,3}[- .]?\d{3}[- .]?\d{3})"),
    Pattern(category="A_NUMBER", rule="a-number-in-context", score=0.85, group=1, edge="",
            body=r"\ba ?#[ :]{0,2}(\d{2,3}[- .]?\d{3}[- .]?\d{3})"),
    Pattern(category="CARD", rule="card", check=v.card, score=0.95, edge="digit", body=r"\d(?:[- .]{0,2}\d){12,18}"),
    Pattern(category="CARD", rule="card-in-context", score=0.8, group=1,
            body=r"\b(?:card|visa|mastercard|amex|tarjeta|credito|debito)\b[^\n\d]{0,24}(\d{4}(?:[- ]?\d{4}){2}[- ]?\d{3,4})"),
    Pattern(category="CARD", rule="card-last-four", score=0.7, group=1,
            body=r"\b(?:card|visa|mastercard|amex|tarjeta)\b[^\n\d]{0,20}\b(?:ending(?: in)?|terminada en|termina en|x{2,12}-?)[ :]{0,2}(\d{4})"),
    Pattern(category="DOB", rule="dob", score=0.9, group=1,
            body=rf"\b{_DOB_WORD}(?:[^\w\n]|\b(?:is|was|on|es|el|the|in|en|dia|date|of|de|nac|del)\b){{0,10}}({_DATE})"),
    Pattern(category="DOB", rule="dob-run", score=0.85, group=1, body=r"\bdob[ :#.-]{0,3}([01]\d[0-3]\d\d{2}|[0-3]\d[01]\d\d{2})"),
    Pattern(category="DOB", rule="dob-again", score=0.75, group=1,
            body=rf"\b{_DOB_WORD}\b[^\n]{{0,12}}?\d[^\n]{{0,40}}?\b(?:says|dice|or|o|vs|not|no|but|pero|instead|corrected?|shows|lists)\b[^\w\n]{{1,3}}({_DATE})"),
    Pattern(category="DOB", rule="dob-after", score=0.8, group=1,
            body=rf"({_DATE})[^\w\n]{{0,4}}(?:is |es |as |como )?(?:his |her |my |your |su |mi |the |la |el )?"
                 r"(?:dob|d\.o\.b\.?|date of birth|birth ?day|b-?day|fecha de nacimiento|cumpleanos)\b"),
    Pattern(category="DOB", rule="dob-year", score=0.65, group=1,
            body=r"\b(?:born|nacid[oa]|nacio|yob|dob)(?: in| en| el| ano|:){0,3} ((?:19|20)\d{2})"),
    Pattern(category="AGE", rule="age", score=0.7,
            body=r"\d{1,3} ?-?(?:y/?o|y\.o\.|anos de edad)\b"),
    Pattern(category="AGE", rule="age-of-person", score=0.65, need=True,
            context=r"(?:he|she|male|female|man|woman|boy|girl|subject|driver|passenger|child|kid|minor|son|daughter|juvenile|usc"
                    r"|lpr|citizen|national|traveler|applicant|hombre|mujer|nin[oa]|menor|hij[oa]|sujet[oa]|pasajer[oa]|conductora?)",
            body=r"\d{1,3}[- ]?(?:years?|yrs?)[- ]old|(?:de )?\d{1,3} anos\b"),
    Pattern(category="AGE", rule="age-label", score=0.7, group=1, body=r"\b(?:aged?|edad)(?: of| de|:|=)? ?:? ?(\d{1,3})"),
    Pattern(category="COORDINATES", rule="decimal-degrees", check=v.latlon, score=0.9, edge="decimal",
            body=r"(?:[NS] ?)?[-+]?\d{1,2}\.\d{3,} ?°? ?[NS]?(?:, ?|; ?|/| {1,3})(?:[EWO] ?)?[-+]?\d{1,3}\.\d{3,} ?°?(?: ?[EWO]\b)?"),
    Pattern(category="COORDINATES", rule="labelled-degrees", score=0.85, group=1,
            body=r"\b(?:latitude?|latitud|lat|longitude?|longitud|long|lon|lng|gps|coords?|coordenadas)[\"' :=(]{1,4}"
                 r"([-+]?\d{1,3}\.\d{2,}(?: ?°? ?[NSEWO]?[, ]{1,3}(?:(?:longitude?|longitud|long|lon|lng)[\"' :=]{1,4})?[-+]?\d{1,3}\.\d{2,}(?: ?°? ?[NSEWO]\b)?)?)"),
    Pattern(category="COORDINATES", rule="degrees-minutes", score=0.9,
            body=r"[NSEWO]? ?\d{1,3} ?° ?\d{1,2}(?:\.\d{1,6})? ?(?:'|min)? ?(?:\d{1,2}(?:\.\d{1,6})? ?(?:\"|''))? ?[NSEWO]?"
                 r"(?:[ ,;/]{1,3}[NSEWO]? ?\d{1,3} ?° ?\d{1,2}(?:\.\d{1,6})? ?(?:'|min)? ?(?:\d{1,2}(?:\.\d{1,6})? ?(?:\"|''))? ?[NSEWO]?)?"),
    Pattern(category="COORDINATES", rule="decimal-minutes", score=0.85,
            body=r"[NS] ?\d{1,2}[ °-]{1,2}\d{1,2}\.\d{1,6}'?[ ,;/]{1,3}[EWO] ?\d{1,3}[ °-]{1,2}\d{1,2}\.\d{1,6}'?"),
    Pattern(category="COORDINATES", rule="geo-uri", score=0.95, edge="", body=r"\bgeo:[-+]?\d{1,2}\.\d+,[-+]?\d{1,3}\.\d+\S*"),
    Pattern(category="COORDINATES", rule="map-link", score=0.9, edge="",
            body=r"\b(?:https?://)?(?:maps\.app\.goo\.gl|goo\.gl/maps|maps\.google\.[a-z.]{2,6}|(?:www\.)?google\.[a-z.]{2,6}/maps"
                 r"|maps\.apple\.com|(?:www\.)?waze\.com|(?:www\.)?openstreetmap\.org|osm\.org|w3w\.co|what3words\.com)/?\S*"),
    Pattern(category="COORDINATES", rule="mgrs", score=0.75, cased=True,
            body=r"\d{1,2}[C-HJ-NP-X] ?[A-HJ-NP-Z]{2} ?(?:\d{5} ?\d{5}|\d{4} ?\d{4})"),
    Pattern(category="COORDINATES", rule="plus-code", score=0.8, cased=True,
            body=r"(?:[23456789C][2-9CFGHJMPQRVWX]{7}\+[2-9CFGHJMPQRVWX]{2,3}|[2-9CFGHJMPQRVWX]{4}\+[2-9CFGHJMPQRVWX]{2,3})"),
    Pattern(category="PLATE", rule="plate", check=v.plate, score=0.8, group=1,
            body=r"\b(?:license plates?|lic(?:ense|\.)?(?: ?pl(?:ate)?\.?)?|plates?|plts?|lp|placas?|matriculas?|tags?|registration|reg)\b"
                 rf"(?:[ .:#=(,-]|\b(?:is|es|no|num|number|numero|de|del|la|el|the|was|reads|with|con|on it|{_STATE}|texas|tx|mexican|mex|california"
                 r"|arizona|chihuahua|sonora|tamaulipas|front|rear)\b){1,8}([A-Z0-9]{1,7}(?:[- ][A-Z0-9]{1,5}){0,2})"),
    Pattern(category="PLATE", rule="plate-before", check=v.plate, score=0.7, group=1,
            body=rf"\b(?:{_STATE}|texas|california|arizona|mexican|chihuahua|sonora|tamaulipas)[ -](?:plates?|tags?|lp|placas?)[ :#]{{1,3}}"
                 r"([A-Z0-9]{1,4}[- ]?[A-Z0-9]{2,5}(?:-[A-Z0-9]{1,3})?)"),
    Pattern(category="PLATE", rule="plate-mexican", score=0.7, cased=True,
            body=r"(?:[A-Z]{3}-\d{3}-[A-Z]|[A-Z]{2}-\d{3}-[A-Z]|[A-Z]\d{2}-[A-Z]{3}-\d|[A-Z]{3}-\d{2}-\d{2}|[A-Z]{2}-\d{2}-\d{3}|[A-Z]-\d{2}-[A-Z]{3}|[A-Z]{2}-\d-\d{4}|\d{3}-[A-Z]{3})"),
    Pattern(category="PLATE", rule="plate-of-state", check=v.plate_shape, score=0.7, group=1, cased=True,
            body=rf"\b{_STATE}[ :-]([A-Z0-9]{{1,4}}[- ]?[A-Z0-9]{{2,5}})"),
    Pattern(category="PLATE", rule="plate-of-vehicle", check=v.plate_shape, score=0.7, group=1, cased=True,
            body=rf"\b{_VEHICLE}\b[^\n\d]{{1,16}}?\b([A-Z0-9]{{1,4}}[- ]?[A-Z0-9]{{2,5}})"),
    Pattern(category="VIN", rule="vin", check=v.vin, score=0.9, body=r"[A-HJ-NPR-Z0-9]{17}"),
    Pattern(category="VIN", rule="vin-in-context", score=0.85, group=1,
            body=r"\b(?:vin|numero de serie|niv)\b" + _NUMBER_WORD + r"([A-Z0-9]{11,17})"),
    Pattern(category="PASSPORT", rule="passport", check=v.has_four_digits, score=0.85, group=1,
            body=r"\b(?:passports?|pasaportes?|ppt|ppn|pp ?#|passport card)\b" + _NUMBER_WORD
                 + r"(?:\b(?:US|USA|MX|MEX|mexican|mexicano|of|book|card)\b[ :#]{0,3}){0,2}([A-Z]{0,3}[- ]?(?:\d{5,9}|\d{2,3}[- ]\d{3}[- ]\d{3,4})[A-Z]?)"),
    Pattern(category="PASSPORT", rule="passport-shape", score=0.6, cased=True, body=r"[A-Z]\d{8}"),
    Pattern(category="DRIVER_LICENSE", rule="driver-license", check=v.has_four_digits, score=0.85, group=1,
            body=r"\b(?:driver'?s? licen[sc]e|driving licen[sc]e|drivers? lic|d\.?l\.?|oln|cdl|licencia(?: de (?:conducir|manejo|chofer))?)(?:\b|[ #:])"
                 rf"{_NUMBER_WORD}(?:\b{_STATE}\b[ :#-]{{0,3}})?([A-Z]{{0,3}}[- ]?\d{{2,9}}(?:[- ]?\d{{2,5}}){{0,4}})"),
    Pattern(category="ADDRESS", rule="street-address", check=v.street_en, score=0.8,
            body=rf"\d{{1,6}}(?:-\d{{1,4}})?[A-Z]?,? (?:(?:N|S|E|W|NE|NW|SE|SW|North|South|East|West)\.? )?(?:[A-Z0-9][\w'.-]{{0,24}} ){{1,4}}?{_STREET}\b(?: {_STREET}\b)?\.?"
                 r"(?: (?:N|S|E|W|NE|NW|SE|SW)\b)?(?:[, ]{1,2}(?:apt|apartment|unit|suite|ste|flat|lot|#)\.? ?#?[A-Z0-9-]{1,6}\b)?"
                 rf"(?:[, \n]{{1,2}}[A-Z][\w'.-]{{1,24}}(?: [A-Z][\w'.-]{{1,24}}){{0,3}},? {_STATE}\b)?(?:[, ]{{1,2}}\d{{5}}(?:-\d{{4}})?\b)?"),
    Pattern(category="ADDRESS", rule="street-numbered-spanish", score=0.8, check=v.street_es,
            body=rf"\d{{1,6}} (?:{_CALLE}|via|vista|rancho|el camino)\b (?:(?:de|del|la|el|los|las) ){{0,2}}[A-Z][\w'.-]{{1,24}}(?: [A-Z][\w'.-]{{1,24}})?(?: #?(?:\d{{1,5}}[A-Z]?|[A-Z])\b)?"
                 rf"(?:[, ]{{1,2}}(?:apt|apartment|unit|suite|ste|lot|int|depto|#)\.? ?#?[A-Z0-9-]{{1,6}}\b)?"
                 rf"(?:[, \n]{{1,2}}[A-Z][\w'.-]{{1,24}}(?: [A-Z][\w'.-]{{1,24}}){{0,3}},? {_STATE}\b)?(?:[, ]{{1,2}}\d{{5}}(?:-\d{{4}})?\b)?"),
    Pattern(category="ADDRESS", rule="street-spanish", score=0.8, check=v.street_es,
            body=rf"{_CALLE} (?:(?:de|del|la|el|los|las) ){{0,2}}[A-Z][\w'.-]{{1,24}}(?: [A-Z0-9][\w'.-]{{0,24}}){{0,4}}?,? ?(?:#|no\.?|num\.?|numero)? ?\d{{1,5}}[A-Z]?\b"
                 rf"(?:,? (?:int(?:erior)?|depto|dpto)\.? ?\w{{1,5}})?(?:,? {_COLONIA} [A-Z][\w'.-]{{1,24}}(?: [A-Z][\w'.-]{{1,24}}){{0,2}})?(?:,? c\.?p\.? ?\d{{5}})?"),
    Pattern(category="ADDRESS", rule="street-spanish-numbered", score=0.8,
            body=rf"{_CALLE} \d{{1,3}}(?:a|o|ra|da|ta|va|na|ma|ro|do|to|vo|no|mo)?,? (?:#|no\.?|num\.?|numero)? ?\d{{1,5}}[A-Z]?"),
    Pattern(category="ADDRESS", rule="street-spanish-dated", score=0.8,
            body=rf"{_CALLE} \d{{1,2}} de [A-Z]{{3,12}},? ?(?:#|no\.?|num\.?|numero)? ?\d{{1,5}}"),
    Pattern(category="ADDRESS", rule="colonia", score=0.6, cased=True,
            body=r"(?:[Cc]olonia|[Cc]ol\.|[Ff]raccionamiento|[Ff]racc\.) [A-Z][\w'.-]{1,24}(?: (?:de |del |la |los |las )?[A-Z][\w'.-]{1,24}){0,3}"),
    Pattern(category="ADDRESS", rule="po-box", score=0.85, body=r"(?:p\.? ?o\.? ?box|apartado(?: postal)?|apdo\.?(?: postal)?) ?#?(?:no\.? )?\d{1,7}"),
    Pattern(category="ADDRESS", rule="postcode", score=0.65, group=1,
            body=r"\b(?:zip(?: ?code)?|c\.p\.|codigo postal|postal code)[ :#]{1,3}(\d{5}(?:-\d{4})?)"),
    Pattern(category="ADDRESS", rule="state-and-zip", score=0.7, cased=True,
            body=rf"[A-Z][\w'.-]{{1,24}}(?: [A-Z][\w'.-]{{1,24}}){{0,2}},? {_STATE},? \d{{5}}(?:-\d{{4}})?"),
    Pattern(category="CASE_NUMBER", rule="case-number", check=v.has_four_digits, score=0.75, group=1,
            body=r"\b(?:tecs|ats|seacats|icad|e3|ice|hsi|dea|fbi|nexus|sentri|event|evento|case|caso|expediente|exp|incident|incidente|docket"
                 r"|file|folio|report|reporte|sir|oficio|carpeta(?: de investigacion)?|averiguacion|lookout|subject record|record|hit|i-?213|warrant)\b"
                 r"(?:[ .:#=(-]|\b(?:is|es|no|num|number|numero|id|record|lookout|hit|subject|file|event|case|de|del|ref|under)\b){1,8}"
                 r"([A-Z]{0,6}[-/]?\d{1,10}(?:[-/.]?[A-Z0-9]{1,10}){0,5}|[A-Z]{1,6}(?:[-/][A-Z0-9]{1,10}){1,5})"),
    Pattern(category="CASE_NUMBER", rule="case-shape", score=0.7, cased=True,
            body=r"(?:TECS|ATS|SEACATS|EVT|CASE|CBP|ICE|HSI|INV|SIR|FOIA-CASE|EXP|CI|UAC|ELP|SND|RGV|TCA|YUM|LRT|DRT|BBT)[-/](?:[A-Z0-9]{1,6}[-/]){0,3}\d{4,12}"),
    Pattern(category="CASE_NUMBER", rule="event-shape", score=0.7, cased=True,
            body=r"(?:[A-Z]{3}\d{10}|[A-Z]\d{1,2}[A-Z]\d{7,9}[A-Z]{2}|\d{2,4}-[A-Z]{2,6}-\d{4,8})"),
    Pattern(category="CASE_NUMBER", rule="court-docket", score=0.8,
            body=r"\d{1,2}:\d{2}-(?:cr|cv|mj|mc|po|bk|ap|md)-\d{3,6}(?:-[A-Z]{2,4}){0,3}"),
    Pattern(category="CASE_NUMBER", rule="fingerprint-number", score=0.75, group=1, body=r"\bfins? ?(?:#|no\.?|number)?[ :]{0,3}(\d{8,12})"),
    Pattern(category="NATIONAL_ID", rule="curp", score=0.9, body=r"[A-Z][AEIOUX][A-Z]{2}\d{6}[HMX][A-Z]{5}[A-Z0-9]\d"),
    Pattern(category="NATIONAL_ID", rule="rfc", score=0.8, cased=True, body=r"[A-Z&]{4}\d{2}[01]\d[0-3]\d[A-Z0-9]{3}"),
    Pattern(category="NATIONAL_ID", rule="national-id-in-context", score=0.8, group=1, check=v.has_digit,
            body=r"\b(?:curp|rfc|clave de elector|ine|ife|cedula|dui|dpi|nie|cpf)\b" + _NUMBER_WORD + r"([A-Z0-9][A-Z0-9.-]{6,19})"),
    Pattern(category="IBAN", rule="iban", check=v.iban, score=0.95, body=r"[A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]{4}){2,7}(?:[ -]?[A-Z0-9]{1,4})?"),
    Pattern(category="BANK", rule="clabe", check=v.clabe, score=0.85, edge="digit", body=r"\d{3}[ -]?\d{3}[ -]?\d{4}[ -]?\d{4}[ -]?\d{4}"),
    Pattern(category="BANK", rule="bank-account", score=0.8, group=1,
            body=r"\b(?:account|acct|a/c|cuenta|cta|clabe|routing|aba|bank acc(?:oun)?t|swift|bic)\b" + _NUMBER_WORD + r"(\d(?:[- ]?\d){5,19})"),
    Pattern(category="BANK", rule="swift", score=0.8, group=1, body=r"\b(?:swift|bic)\b" + _NUMBER_WORD + r"([A-Z]{6}[A-Z0-9]{2}(?:[A-Z0-9]{3})?)"),
    Pattern(category="IP", rule="ipv4", check=v.ipv4, score=0.85, edge="ip", body=r"(?:\d{1,3}\.){3}\d{1,3}"),
    Pattern(category="IP", rule="ipv6", check=v.ipv6, score=0.85, edge="ip",
            body=r"(?:[0-9A-F]{0,4}:){2,7}(?:[0-9A-F]{1,4}|(?:\d{1,3}\.){3}\d{1,3}|)"),
    Pattern(category="MAC", rule="mac", score=0.9, body=r"(?:[0-9A-F]{2}[:-]){5}[0-9A-F]{2}|(?:[0-9A-F]{4}\.){2}[0-9A-F]{4}"),
    Pattern(category="URL", rule="url", score=0.9, edge="", body=r"\b(?:https?|ftps?|sftp|ssh|smb|file)://[^\s<>\"]+|\bwww\.[^\s<>\"]+|\\\\[\w.-]{2,64}\\[^\s<>\"]+"),
    Pattern(category="HANDLE", rule="handle", score=0.6, group=1, edge="", check=v.handle, body=r"(?:^|[^\w@./])(@[A-Z_][\w.-]{1,29}\w)"),
    Pattern(category="HANDLE", rule="handle-of-service", score=0.75, group=1,
            body=r"\b(?:ig|insta(?:gram)?|snap(?:chat)?|telegram|tg|twitter|tik ?tok|facebook|fb|signal|wickr|usuario|username|handle|screen ?name)"
                 r"(?: ?(?:user(?:name)?|handle|id|account|is|es|:|=|-)){1,4} ?(@?[\w.-]{3,40})", check=v.has_digit),
    Pattern(category="HANDLE", rule="handle-of-service", score=0.75, group=1, edge="",
            body=r"\b(?:ig|insta(?:gram)?|snap(?:chat)?|telegram|tg|twitter|tik ?tok|facebook|fb|signal|wickr|usuario|username|handle|screen ?name)\b"
                 r"[ :=-]{1,3}(?:is |es )?(@[\w.-]{2,39}\w)"),
    Pattern(category="HANDLE", rule="profile-link", score=0.8, group=1, edge="",
            body=r"\b(?:https?://)?(?:www\.|m\.|mobile\.)?(?:instagram\.com|facebook\.com|fb\.com|fb\.me|m\.me|t\.me|telegram\.me|wa\.me"
                 r"|twitter\.com|x\.com|tiktok\.com|snapchat\.com/add|linkedin\.com/in|threads\.net|venmo\.com|paypal\.me|cash\.app)"
                 r"/(?:u/)?([@$]?[\w.-]{2,59}\w)"),
    Pattern(category="CREDENTIAL", rule="password", score=0.85, group=1, edge="", check=v.no_link,
            body=r"\b(?:password|passwd|pwd|passcode|pass ?phrase|pw|clave|contrasena|access code|codigo de acceso|pin|door code|gate code|dial-?in code|conference code)"
                 r"(?: (?:is|es|was|for [a-z]{2,12} is))? ?[:=] ?(\S{3,64})"),
    Pattern(category="CREDENTIAL", rule="password-said", score=0.75, group=1, edge="", check=v.has_digit,
            body=r"\b(?:password|passwd|pwd|passcode|pass ?phrase|pw|clave|contrasena|access code|codigo(?: de acceso)?|pin|door code|gate code|dial-?in code|conference code)"
                 r"(?: (?:is|es|was|changed to|for [a-z]{2,12} is))? (\S{3,64})"),
    Pattern(category="CREDENTIAL", rule="token", score=0.95, cased=True,
            body=r"(?:A(?:KIA|SIA)[0-9A-Z]{16}|gh[pousr]_[A-Za-z0-9]{20,}|xox[a-z]-[A-Za-z0-9-]{10,}|sk-[A-Za-z0-9_-]{20,}|AIza[\w-]{30,40}"
                 r"|eyJ[\w-]{8,}\.[\w-]{4,}(?:\.[\w-]*)?)"),
    Pattern(category="CREDENTIAL", rule="private-key", score=0.95, edge="", body=r"-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----[A-Za-z0-9+/=\s]*(?:-----END [A-Z ]{0,40}PRIVATE KEY-----)?"),
    Pattern(category="CREDENTIAL", rule="bearer", score=0.9, group=1, edge="", body=r"\bbearer ([\w.~+/=-]{16,})"),
    Pattern(category="CREDENTIAL", rule="capability-url", score=0.95, edge="",
            body=r"\b(?:https?|wss?|sips?|ftps?)://(?:[^\s<>\"]*[?&;](?:token|sig|signature|access_token|auth|key|apikey|api_key|x-amz-signature|x-amz-credential|pwd|password|pass|passcode|t)="
                 r"[^\s<>\"]+|[^\s/:@<>\"]{1,64}:[^\s/@<>\"]{1,64}@[^\s<>\"]+|(?:mmg|media[\w-]{0,20})[\w.-]{0,40}\.whatsapp\.net[^\s<>\"]*|files\.slack\.com[^\s<>\"]*)"),
    Pattern(category="BADGE", rule="badge", score=0.75, group=1, check=v.has_digit,
            body=r"\b(?:badge|hash ?id|employee (?:id|no|number)|emp(?:loyee)? ?id|user id|star|numero de empleado|placa de oficial|unit id|call ?sign|indicativo)\b"
                 + _NUMBER_WORD + r"([A-Z]{0,4}-?\d{2,9}|[A-Z]{2,10}\d[A-Z0-9]{1,8})"),
)  # fmt: skip
"""Order does not matter: every row is tried, and overlapping finds are joined."""

PATTERN_CATEGORIES = tuple(sorted({p.category for p in PATTERNS}))
VERSION = "2"
"""Raised with every change of this table, so that a ledger row tells which rules made it."""
