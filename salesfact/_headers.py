"""What does a column's name mean? Header words of exports in five languages."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from functools import cache

_FOLD = str.maketrans(
    {"å": "a", "ä": "a", "ö": "o", "ü": "u", "ß": "ss", "æ": "ae", "ø": "o", "é": "e", "%": " pct "}
)


def words(name: str) -> str:
    """A header as plain lower-case words: `InvoiceDate`, `invoice_date` -> `invoice date`."""
    name = re.sub(r"(?<=[a-zåäöæøüé])(?=[A-ZÅÄÖÆØÜ])|(?<=[A-Z])(?=[A-Z][a-z])", " ", name)
    return " ".join(re.findall(r"[a-z0-9]+", name.lower().translate(_FOLD)))


_EX = r"(exkl|excl|ex|ekskl|eks|utan|ohne|uten|uden|before|net of|netto|net|zzgl)"
_IN = r"(inkl|incl|inc|med|mit|including|brutto|gross)"
_VAT = r"(moms|mva|mwst|ust|vat|tax|steuer)"
_MONEY = (
    r"(belopp|radbelopp|summa|radsumma|omsattning|forsaljning|fakturerat|intakt|varde|forsaljningsvarde"
    r"|amount|revenue|sales|turnover|value|total|sum|spend|extended price|ext price|line total"
    r"|betrag|umsatz|erlos|wert|gesamtpreis|positionswert|zeilenbetrag"
    r"|belob|belop|omsaetning|omsetning|salg|salgsbelob|salgsbelop|linjebelob|linjebelop|radvarde)"
)
_NO = r"(nr|no|num|nummer|number|id|key|code|kod|kode|nr2)"
_CUST = (
    r"(kund|kunde|kunden|customer|client|cust|debitor|debtor|account|buyer|user|member|kontrahent"
    r"|kopare)"
)
_PROD = r"(artikel|art|artikkel|produkt|product|item|stock|sku|vara|vare|varenr|material|ware|part)"
_REP = (
    r"(saljare|selger|saelger|saljansvarig|kundansvarig|verkaufer|vertreter|aussendienst|salesperson"
    r"|sales ?rep|rep|employee|account manager|salesman|seller|ansvarig saljare|kundansvarlig)"
)
_ACT = (
    r"(crm ?)?(aktivitets?|aktiviteter|aktivitat(s|en)?|activity|activities|h[ae]+ndelses?|event)"
)
_MET = (
    r"(kontakt|contact|besoks?|besogs?|visit|besuchs?|motes?|meeting|task|uppgifts?|samtals?|call)"
)
_TYPE = r"(typ|type|art|slag|kategori|category|kategorie|form|satt|kind)"
_LASTS = (
    r"(varaktighet|duration|dauer|varighed|varighet|tidsatgang|langd|length|(nedlagd |arbets ?)?tid"
    r"|time spent|zeit ?aufwand|zeit|tidsforbrug|tidsforbruk|tidsbruk)"
)
_COUNT = r"((antal|antall|number of|anzahl|arbets|arbeids|nedlagda|nedlagte)s? ?)?"
_HOURS = r"(timmar|tim|hours?|hrs|stunden|std|timer)"
_MINUTES = r"(min|mins|minuter|minutes?|minuten|minutter)"

# Meaning -> pattern on the words of a header. The first that fits wins, so order counts.
_MEANINGS: tuple[tuple[str, str], ...] = (
    (
        "activity",
        rf"{_ACT} ?{_TYPE}?|{_MET} ?{_TYPE}|(typ av|type of|art der) ({_ACT}|{_MET})|atgard",
    ),
    ("minutes", rf"{_COUNT}{_MINUTES}|{_LASTS} ?(i |in |pa )?{_MINUTES}"),
    ("hours", rf"{_COUNT}{_HOURS}|{_LASTS} ?(i |in |pa )?({_HOURS}|h)"),
    ("duration", _LASTS),
    (
        "valid",
        r"(start|end|valid|giltig|gyldig|gultig).*(dt|date|datum|from|to|fran|till|fra|til)$",
    ),
    (
        "since",
        r"(kund|customer|client|kunde) ?(sedan|since|seit|siden)|(skapad|upplagd|created|"
        r"registrerad|angelegt|oprettet|opprettet)( datum| dato| date| on| at)?",
    ),
    (
        "margin_share",
        r"(tb|db|tg|margin|marginal|marge|gm|gp|dg|tackningsbidrag|tackningsgrad|"
        r"deckungsbeitrag|daekningsbidrag|dekningsbidrag)( i)? (pct|procent|percent|"
        r"prozent|prosent|grad|share|rate)|(pct|procent) (tb|db|margin)|tg|"
        r"tackningsgrad|bruttomarginal|dekningsgrad|daekningsgrad",
    ),
    (
        "discount_rate",
        r"(line |rad)?(rabatt|discount|disc|rabat)( i)? ?(pct|procent|percent|prozent|prosent|"
        r"sats|rate|share)|(pct|procent) (rabatt|discount)|discount|rabatt|rabat|"
        r"radrabatt|disc",
    ),
    (
        "discount_amount",
        r"(rabatt|discount|rabat)s? ?(belopp|amount|betrag|belob|belop|kr)|"
        r"discounts|unit discount|rabattbelopp|rabattbetrag",
    ),
    ("unit_margin", r"(unit|st|styck|per unit) ?(margin|tb|marginal|profit)|margin per unit"),
    (
        "unit_cost",
        r"(unit|standard|std|average|avg|item) ?cost|cost ?price|purchase price|buy price|"
        r"inkopspris|inpris|sjalvkostnadspris|kalkylpris|kostpris|innpris|indkobspris|"
        r"innkjopspris|einkaufspreis|ek preis|ek|einstandspreis|standardkostnad|"
        r"landed cost|cost per unit|snittpris inkop|lagerpris",
    ),
    (
        "cost",
        r"(line |total |ext |extended )?costs?( ?amount)?|cogs|cost of (goods sold|sales)|kostnad|"
        r"kostnad sald vara|varukostnad|radkostnad|sjalvkostnad|inkopsvarde|kostnadsvarde|"
        r"wareneinsatz|kosten|einstandswert|selbstkosten|vareforbrug|varekostnad|vareforbruk|"
        r"kostvaerdi|kostverdi|omkostning|forbrukning|total kostnad|totalkostnad",
    ),
    (
        "margin",
        r"(tb|db|db1|tb1|tb ?1)( kr| sek| belopp| i kr| eur| dkk| nok| total)?|(line |total )?"
        r"(gross )?(margin|profit)( amount| kr| value)?|marginal( kr| belopp)?|tackningsbidrag"
        r"( kr| sek)?|bruttovinst|vinst|deckungsbeitrag|rohertrag|rohgewinn|daekningsbidrag|"
        r"dekningsbidrag|bruttofortjeneste|avance|bruttoresultat|gp|contribution( margin)?",
    ),
    (
        "rate",
        r"(exchange|fx|valuta|currency|wechsel) ?(rate|kurs)|exchange|rate|kurs|valutakurs|"
        r"wechselkurs|fx",
    ),
    ("from_currency", r"(from|fran|fra|von|source|base) ?(currency|valuta|ccy|wahrung)|from"),
    ("to_currency", r"(to|till|til|nach|zu|target|quote) ?(currency|valuta|ccy|wahrung)|to"),
    (
        "currency",
        r"(valuta|currency|wahrung|waehrung|ccy|wkz|curr|wkz umsatz|basisvaluta)"
        rf"( ?{_NO})?|(invoice|order|faktura|document) currency",
    ),
    ("vat_rate", rf"{_VAT} ?(pct|sats|procent|rate|satz|kod|code|prozent)"),
    (
        "vat",
        rf"{_VAT}|{_VAT} ?(belopp|amount|betrag|belob|belop|kr|sek)|momsbelopp|mehrwertsteuer"
        r"|utgaende moms|steuerbetrag",
    ),
    (
        "amount_with_vat",
        rf"({_MONEY}|.*(belopp|betrag|amount|total|summa)) ?{_IN} ?{_VAT}( sek| kr)?|"
        r"bruttobelopp|bruttobetrag|att betala",
    ),
    (
        "amount_net",
        rf"({_MONEY}|.*(belopp|betrag|amount|total|umsatz|summa|omsattning|belop|belob)) "
        rf"?{_EX} ?{_VAT}( sek| kr| eur| dkk| nok)?|netto ?(belopp|omsattning|varde|"
        r"betrag|umsatz|wert|belob|belop|summa|omsaetning|omsetning|erlos)( sek| kr| eur)?"
        r"|net ?(amount|revenue|sales|value|total|turnover)|radnetto|line net( amount)?|"
        r"amount net|belopp netto|revenue net|umsatz netto|netto|"
        rf"(totalt|total|netto|net) ?{_EX} ?{_VAT}( sek| kr| eur)?",
    ),
    ("amount_gross", rf"(gross|brutto|list) ?{_MONEY}|amount gross|umsatz brutto|brutto"),
    (
        "unit_net_price",
        r"(net|netto) ?(unit )?(price|pris|preis|enhetspris|stuckpreis)|"
        r"nettostyckpris|pris netto",
    ),
    (
        "unit_price",
        r"((unit|item|lineitem|sales|sell|selling|list|each) ?price|price( each| per unit)?|"
        r"a ?pris|pris|styckpris|enhetspris|stykpris|stykkpris|forsaljningspris|listpris|"
        r"cirkapris|einzelpreis|stuckpreis|preis|verkaufspreis|vk preis|salgspris|"
        r"pris st|pris per st|utpris|bruttopris|pris pr stk|enhedspris)"
        rf"( ?({_EX}|{_IN}) ?{_VAT})?",
    ),
    (
        "quantity",
        r"(line |lineitem |sales |order |sold |invoiced |billed |delivered |shipped |lev |"
        r"levererat |fakturerat )?"
        r"(quantity|qty|antal|antall|menge|anzahl|units|pieces|pcs|stk|kvantitet|volym|"
        r"stuckzahl|stuck)( st| stk| pcs| fakturerat| lev| levererat| sold)?|number of .*|"
        r"no of .*|num .*s|units sold|fakturerad kvantitet|levererad kvantitet|"
        r"liefermenge|levererat antal|fakturerat antal|kolli",
    ),
    (
        "amount_foreign",
        rf"{_MONEY} ?(i )?(utl|utlandsk|foreign|valuta|currency)( valuta)?|"
        r"valutabelopp|belopp val|valutabelob",
    ),
    (
        "amount",
        rf"{_MONEY}( sek| kr| eur| dkk| nok| usd| gbp| i kr| i sek)?|(line|row|sales|order|"
        rf"invoice|faktura|dollar|net|rad|transaction|invoiced|extended) ?{_MONEY}|"
        r"(fakturerat|fakturerad) ?(belopp|varde)|umsatz ohne soll haben kz|"
        r"forsaljningsbelopp|forsaljning sek|fakturabelopp|rechnungsbetrag|ordervarde|"
        r"price total|total price|totalpris|totalt|orderbelopp|fsg ?(belopp|varde)?|oms|"
        r"(item|total|actual) ?(amount|total|value|sales)",
    ),
    (
        "debit_credit",
        r"(soll haben|debet kredit|debit credit|d k|s h|dk|sh|deb kred)"
        r"( kennzeichen| kz)?|kreditkod|tecken|sign|plus minus",
    ),
    (
        "document_type",
        r"(verifikations?|dokument|document|doc|faktura|invoice|transaktions?|trans|"
        r"transaction|order|beleg|bilags?|verifikat|ver|rad|line|entry)? ?(typ|type|art|slag)"
        r"|typ av (faktura|verifikat)|belegart|kind|bilagstype|fakturatyp|doc typ",
    ),
    (
        "status",
        r"(order|ordre|faktura|invoice|rad|line|auftrags?|beleg|leverans|shipping|document)? ?"
        r"(status|state|stat)( ?(kod|code|text|name|namn|order))?|status (order|faktura|invoice)",
    ),
    (
        "order_date",
        r"(order|ord|bestallnings?|bestall|bestell|auftrags?|ordre|purchase)s? ?"
        r"(datum|date|dato|dt|dag)|datum order|date of order|best datum",
    ),
    (
        "invoice_date",
        r"(faktura|fakturerings?|invoice|inv|rechnungs?|fakt|beleg|bill|billing|"
        r"bilags?)s? ?(datum|date|dato|dt|dag)|datum faktura|document date|"
        r"verifikationsdatum|verdatum",
    ),
    (
        "booking_date",
        r"(bokforings?|booking|posting|bokford|buchungs?|bogforings?|trans|"
        r"transaction|transaktions?|affars)s? ?(datum|date|dato|dt)",
    ),
    (
        "other_date",
        r"(.*(leverans|delivery|ship|shipped|shipping|required|due|forfallo|forfalls|"
        r"liefer|levering|leverings|birth|fodelse|betal|payment|pay|hire|andrad|modified|"
        r"updated|onskat|utlovat|lev|forfall|falligkeits).*(date|datum|dato|dag|dt)|"
        r"birthday|forfallodag)",
    ),
    ("date", r"(datum|date|dato|day|dag|tag|period|tidpunkt|timestamp|time|datetime|when)"),
    (
        "order",
        rf"(order|ordre|bestallnings?|auftrags?|ord|bestell|purchase order|sales order|"
        rf"best|kundorder|salesorder) ?{_NO}|order|ordre|auftrag|sales document",
    ),
    (
        "invoice",
        rf"(faktura|invoice|inv|rechnungs?|fakt|bill|verifikat|verifikations?|ver|beleg|"
        rf"document|doc|receipt|transaction|transaktions?|bilags?|kvitto) ?{_NO}|faktura|"
        rf"invoice|belegfeld 1|dokumentnr|billing document|follesedel{_NO}?",
    ),
    (
        "line",
        r"(order |order|faktura|invoice |fakturarad|orderrad|rad|line|pos|position|row|rads?) ?"
        r"(nr|no|num|nummer|number|id)|rad|line|orderrad|fakturarad|pos|radnr|zeile",
    ),
    (
        "parent",
        r"(koncern|kundgrupp? ?koncern|group|parent|huvud|moder|konzern|chain|kedja|ketten|"
        r"huvudkund|moderbolag|konsern|concern) ?(nr|no|id|kund|kundnr|bolag|customer|key|"
        r"company|namn|name|kundnummer)?|(parent|head) ?(customer|account|company)"
        r"( ?(nr|no|id|key))?|betalare|fakturakund( ?nr)?|payer|bill to customer( no)?",
    ),
    (
        "customer_name",
        rf"({_CUST}(ens|ns|s)? ?(namn|name|navn))|(company|foretags?|bolags?|firma) ?"
        r"(name|namn|navn)|kundbenamning|firma|foretag|debitorenname|kundenname|"
        r"name adressatentyp unternehmen|name 1|company|customer name 1|namn 1|foretagsnamn",
    ),
    (
        "segment",
        rf"{_CUST} ?(segment|kategori|category|class|klass|klasse|gruppe|grupp|group|typ|"
        r"type)|segment|kanal|channel|bransch|branche|bransje|industry|sector|sektor|"
        r"kundengruppe|abc|marknadssegment|naringsgren",
    ),
    (
        "no_money",
        r"poang|score|betyg|alder|age|vikt|weight|gewicht|vekt|latitude|longitude|lat|lon|"
        r"sannolikhet|probability|lagst|hogst",
    ),
    (
        "size",
        r"(antal anstallda|anstallda|employees|no of employees|number of employees|storlek|"
        r"size|storleksklass|mitarbeiter|ansatte|antal ansatte|storleks ?klass)",
    ),
    (
        "group1",
        r"(huvud|main|haupt|hoved|top) ?(varu|vare|waren|produkt|product|artikel)?"
        r"(grupp|group|gruppe|kategori|category|kategorie)|product ?line|produktomrade|"
        r"produktlinje|affarsomrade|division|department|avdelning|sortiment",
    ),
    (
        "group3",
        r"(under|sub|unter|sub) ?(varu|vare|waren|produkt|product|artikel)?"
        r"(grupp|group|gruppe|kategori|category|kategorie)( ?(name|namn|navn|key|id|nr))?",
    ),
    (
        "group2",
        r"(varu|vare|waren|artikel|produkt|product|item|stock|artikelhuvud|material)s? ?"
        r"(grupp|group|gruppe|kategori|category|kategorie|klass|class|family|familj|type|typ)"
        r"(s|n|en)?( ?(name|namn|navn|key|id|nr|kod|code|benamning|bezeichnung|text|description))?|"
        r"category( ?(name|key|id))?|kategori|"
        r"kategorie|varugrp",
    ),
    ("brand", r"brand|varumarke|marke|maerke|merke|marka|fabrikat|manufacturer|leverantor"),
    (
        "product_name",
        rf"{_PROD}(s)? ?(namn|name|navn|benamning|beskrivning|description|text|"
        r"bezeichnung|desc|betegnelse|beteckning)|benamning|beskrivning|description|"
        r"bezeichnung|betegnelse|artikelbenamning|varutext|varetekst|varubenamning|"
        r"artikelbezeichnung|produktnavn|varenavn|artikeltext|tekst|text",
    ),
    (
        "product",
        rf"{_PROD} ?{_NO}|sku|material|artikel|product|produkt|item|vara|vare|ean|gtin|artnr",
    ),
    ("rep_name", rf"{_REP}(s|ens|ns)? ?(namn|name|navn)"),
    ("rep", rf"{_REP}(s|ens)?( ?{_NO})?|sales ?man ?{_NO}|saljarkod|saljarnr|referens saljare"),
    (
        "customer",
        rf"{_CUST}(s|en)? ?{_NO}|debitoren ?{_NO}|kundkod|kundennr|kundennummer|"
        r"diverse adressnummer|fakturakundnr|kontonr kund|kund nr|debitorkonto|kd ?nr|"
        r"sold to( party| pt)?",
    ),
    ("customer_any", rf"{_CUST}"),
    (
        "region",
        r"(region|omrade|distrikt|district|lan|county|fylke|landsdel|gebiet|territory|"
        r"bundesland|sales ?region|salgsomrade|saljomrade|distrikts? ?namn|region ?namn)",
    ),
    (
        "country",
        r"(land|country|countries|lander|country ?(name|full|code)|landskod|country full|"
        r"eu land|leveransland)",
    ),
    ("city", r"(ort|city|stad|stadt|by|town|postort|sted|poststed|leveransort)"),
    (
        "old",
        r"(gammalt?|gamla|old|from|fran|fra|alt|alte|previous|tidigare)( .*)?|.* (old|gammalt)",
    ),
    ("new", r"(nytt?|nya|new|to|till|til|neu|neue|current|ny)( .*)?|.* (new|nytt)"),
    ("name", r"(namn|name|navn|full name|benamning)"),
    ("first_name", r"(given|first|for) ?(name|namn|navn)|fornavn|vorname|fornamn"),
    (
        "last_name",
        r"(sur|last|family|efter|nach) ?(name|namn|navn)|surname|efternamn|nachname|"
        r"etternavn|efternavn",
    ),
    ("unit", r"(enhet|unit|einheit|enhed|uom|me)"),
)
_COMPILED = tuple((m, re.compile(rf"(?:{p})")) for m, p in _MEANINGS)


@cache
def meaning(name: str) -> str:
    """What a column of this name holds, as far as the name tells; "" if it does not.

    Examples
    --------
    >>> meaning("Belopp exkl. moms"), meaning("Kundnr"), meaning("order_date")
    ('amount_net', 'customer', 'order_date')
    """
    # Words that say for whom or in what an amount is kept, and not what it is.
    plain = re.sub(r"\b(lcy|actual|sell to(?= customer)|(i )?" + _SCALED + r")\b", " ", words(name))
    plain = " ".join(plain.split())
    joined = plain.replace(" ", "")
    for found, pattern in _COMPILED:
        if pattern.fullmatch(plain) or pattern.fullmatch(joined):
            return found
    return ""


_SCALED = r"([tkm](kr|sek|eur|usd|nok|dkk|gbp)|tusental|thousands)"


def scale(name: str) -> int:
    """By how much figures under a header must be multiplied: 1000 for `Belopp (tkr)`."""
    found = re.search(rf"\b{_SCALED}\b", words(name))
    return 1 if found is None else 1_000_000 if found[1].startswith("m") else 1_000


def is_known(name: str) -> bool:
    """Whether the words of a header are known."""
    return bool(meaning(name))


def vat(name: str) -> str:
    """`excluded`, `included` or "" as the name of an amount says."""
    plain = words(name)
    if re.search(rf"{_EX} ?{_VAT}\b", plain) or re.search(
        r"\bnetto?\w*(belopp|betrag|bel.p)", plain
    ):
        return "excluded"
    if re.search(rf"{_IN} ?{_VAT}\b", plain):
        return "included"
    return ""


_TONGUES = {
    "sv": r"kund\b|kundn(r|amn)|belopp|saljare|varugrupp|tackningsbidrag|\btb\b|benamning|artikel"
    r"(nr|namn)|exkl|fakturadatum|orderdatum|ordernr|rabatt|anstallda|huvudgrupp|forsaljning|"
    r"besok|minuter|timmar|aktivitetst?yp",
    "de": r"kunden|betrag|menge|rechnung|umsatz|ohne|beleg|einzelpreis|bezeichnung|warengruppe|"
    r"wahrung|konto\b|buchung|kennzeichen|aktivitat|besuch|stunden|minuten|mitarbeiter",
    "da": r"kunden(r|avn)|belob|saelger|varegruppe|ordredato|fakturadato|daekning|ekskl|omsaetning",
    "no": r"kunden(r|avn)|belop\b|selger|antall|mva|dekningsbidrag|varegruppe|eks mva|omsetning",
    "en": r"customer|amount|quantity|price|invoice|order ?(date|id|key)|product|number|revenue|"
    r"value|date|discount|country|client",
}


def tongue(names: Iterable[str], text: str = "") -> str:
    """Language of the headers: sv, de, da, no or en; "" where there is nothing to tell."""
    plain = " | ".join(words(n) for n in names) + " | " + words(text)
    hits = Counter({k: len(re.findall(p, plain)) for k, p in _TONGUES.items()})
    best, count = hits.most_common(1)[0]
    return best if count else ""
