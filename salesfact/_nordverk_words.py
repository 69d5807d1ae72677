"""What do things and firms of the simulated supplier "Nordverk AB" call themselves?

Every firm and person is invented: the names are put together from parts that are no known place
or family, a trade word and a company form. Towns are real towns, and only there to sound right.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

#: Main group | product group | sub-group | description | variants | price span | unit | margin.
#: `~` is a space inside a variant.
_CATALOGUE = """
Lager och transmission|Kullager|Spårkullager|Spårkullager {} 2RS|6000 6001 6002 6004 6005 6204 6205 6206 6208 6305 6308 6310|38-640|st|.47
Lager och transmission|Kullager|Vinkelkontaktlager|Vinkelkontaktlager {}|7204 7205 7206 7208 7304 7306 7308|210-1450|st|.45
Lager och transmission|Kullager|Lagerenheter|Lagerenhet {} komplett|UCP204 UCP205 UCP206 UCP208 UCF205 UCF207 UCFL206|145-980|st|.48
Lager och transmission|Rullager|Sfäriska rullager|Sfäriskt rullager {}|22206 22208 22210 22212 22216 22220 23024|890-7900|st|.41
Lager och transmission|Rullager|Koniska rullager|Koniskt rullager {}|30204 30206 30208 30210 32207 32210|160-1240|st|.44
Lager och transmission|Remmar|Kilremmar|Kilrem SPZ {}|630 800 1000 1250 1400 1600 1800 2000 2240|68-310|st|.52
Lager och transmission|Remmar|Kuggremmar|Kuggrem HTD {}|450-5M 600-5M 800-8M 960-8M 1200-8M 1600-8M|95-890|st|.50
Lager och transmission|Kedjor|Rullkedjor|Rullkedja {} 5 m|06B-1 08B-1 10B-1 12B-1 16B-1 08B-2|420-3200|st|.43
Lager och transmission|Kedjor|Kedjehjul|Kedjehjul {}|08B~z17 08B~z21 10B~z19 12B~z19 12B~z25|140-760|st|.46
Lager och transmission|Tätningar|Axeltätningar|Radialtätning {} NBR|20x35x7 25x40x7 30x47x7 35x52x7 40x62x8 50x72x8 60x80x8|18-140|st|.58
Lager och transmission|Tätningar|O-ringar|O-ring {} NBR 70|10x2 16x2 20x3 25x3 32x3 40x4 50x4 63x5|1.9-24|st|.62
Hydraulik|Hydraulslang|Slang 1-lager|Hydraulslang 1SN {}|DN6 DN8 DN10 DN12 DN16 DN20|48-160|m|.45
Hydraulik|Hydraulslang|Slang 2-lager|Hydraulslang 2SN {}|DN6 DN8 DN10 DN12 DN16 DN20 DN25|69-290|m|.44
Hydraulik|Hydraulkopplingar|Snabbkopplingar|Snabbkoppling ISO-A {}|1/4" 3/8" 1/2" 3/4" 1"|135-720|st|.48
Hydraulik|Hydraulkopplingar|Slangpressnipplar|Pressnippel {}|1/4" 3/8" 1/2" 5/8" 3/4"|34-190|st|.53
Hydraulik|Hydraulkopplingar|Skärringskopplingar|Skärringskoppling {}|6L 8L 10L 12L 15L 18L 22L|29-180|st|.51
Hydraulik|Cylindrar och pumpar|Hydraulcylindrar|Hydraulcylinder {}|40/25-200 40/25-400 50/30-300 60/35-400 80/45-500|1450-7800|st|.34
Hydraulik|Cylindrar och pumpar|Kugghjulspumpar|Kugghjulspump {} cc|8 11 16 22 28 33|1900-5600|st|.33
Hydraulik|Hydraulolja och filter|Hydrauloljor|Hydraulolja {}|HM32-20L HM46-20L HVLP32-208L HVLP46-208L|890-7900|st|.29
Hydraulik|Hydraulolja och filter|Returfilter|Returfilter {}|10~my 25~my 60~my 10~my~stor|210-980|st|.49
Pneumatik|Pneumatikcylindrar|Kompaktcylindrar|Kompaktcylinder {}|20x25 25x25 32x50 40x50 50x80 63x100|460-2100|st|.42
Pneumatik|Pneumatikcylindrar|Profilcylindrar|Profilcylinder {}|32x100 40x160 50x200 63x250 80x320|890-3900|st|.40
Pneumatik|Ventiler|Magnetventiler|Magnetventil 5/2 {}|G1/8~24V G1/4~24V G1/4~230V G3/8~24V|580-1950|st|.42
Pneumatik|Ventiler|Handventiler|Kulventil mässing {}|1/4" 3/8" 1/2" 3/4" 1"|78-420|st|.47
Pneumatik|Luftslang och kopplingar|Push-in-kopplingar|Push-in rak {}|4-M5 6-1/8 6-1/4 8-1/8 8-1/4 10-1/4 12-3/8|14-62|st|.57
Pneumatik|Luftslang och kopplingar|PU-slang|PU-slang {} 25 m|4x2,5 6x4 8x5,5 10x6,5 12x8|190-690|st|.50
Pneumatik|Luftberedning|Filterregulatorer|Filterregulator {}|G1/4 G3/8 G1/2 G3/4|640-2900|st|.41
Rör och armatur|Rostfria rör|Svetsade rör|Rör {} rostfritt EN 1.4404|1" 1~1/2" 2" 3" 4" 6"|145-1350|m|.27
Rör och armatur|Rostfria rör|Rördelar|Rörböj 90° {} rostfri|1" 1~1/2" 2" 3" 4"|52-620|st|.38
Rör och armatur|Armatur|Kulventiler rostfria|Kulventil rostfri {}|1/2" 3/4" 1" 1~1/2" 2"|240-2400|st|.39
Rör och armatur|Armatur|Vridspjällsventiler|Vridspjällsventil {}|DN50 DN80 DN100 DN150 DN200|890-4600|st|.36
Rör och armatur|Flänsar och packningar|Flänsar|Krage med lösfläns {}|DN50 DN80 DN100 DN150|190-940|st|.37
Rör och armatur|Flänsar och packningar|Packningar|Flänspackning {}|DN50 DN80 DN100 DN150 DN200|14-88|st|.56
Fästelement|Skruv|Sexkantskruv|Sexkantskruv M6S 8.8 FZB {} 100-p|M6x20 M8x25 M8x40 M10x30 M10x50 M12x40 M12x60 M16x60|49-690|fp|.50
Fästelement|Skruv|Insexskruv|Insexskruv MC6S 12.9 {} 100-p|M5x16 M6x20 M6x30 M8x25 M8x40 M10x40|62-420|fp|.51
Fästelement|Skruv|Träskruv|Konstruktionsskruv {} 250-p|5x60 5x80 6x100 6x140 8x160|189-590|fp|.46
Fästelement|Muttrar och brickor|Muttrar|Mutter M6M FZB {} 200-p|M6 M8 M10 M12 M16 M20|44-490|fp|.54
Fästelement|Muttrar och brickor|Brickor|Planbricka BRB FZB {} 500-p|6,4x12 8,4x16 10,5x20 13x24 17x30|48-290|fp|.56
Fästelement|Infästning|Expander|Expander {} 50-p|M8x75 M10x90 M12x110 M16x140|210-980|fp|.45
Fästelement|Infästning|Kemankare|Kemankare {}|300~ml 410~ml 300~ml~vinter|128-260|st|.44
Personskydd|Handskar|Skyddshandskar|Skyddshandske montage {} 12-p|stl~8 stl~9 stl~10 stl~11|165-390|fp|.44
Personskydd|Handskar|Skärskyddshandskar|Skärskyddshandske nivå D {} 12-p|stl~8 stl~9 stl~10|490-890|fp|.42
Personskydd|Handskar|Engångshandskar|Nitrilhandske puderfri {} 100-p|S M L XL|69-118|fp|.36
Personskydd|Arbetskläder|Varselkläder|Varseljacka klass 3 {}|S M L XL XXL|890-1290|st|.39
Personskydd|Arbetskläder|Arbetsbyxor|Arbetsbyxa stretch {}|C48 C50 C52 C54 C56|690-1090|st|.40
Personskydd|Skyddsskor|Skyddsskor|Skyddssko S3 {}|stl~40 stl~41 stl~42 stl~43 stl~44 stl~45|790-1490|par|.38
Personskydd|Huvud- och andningsskydd|Hjälmar|Skyddshjälm {}|vit gul orange blå|149-390|st|.42
Personskydd|Huvud- och andningsskydd|Hörselskydd|Hörselkåpa {}|hjälmfäste huvudband bluetooth|240-2900|st|.37
Personskydd|Huvud- och andningsskydd|Andningsskydd|Halvmask {}|FFP2~20-p FFP3~10-p A2P3|190-690|st|.41
Verktyg|Skärande verktyg|Borr|Spiralborr HSS-Co {}|3,0 4,2 5,0 6,8 8,5 10,2 12,0|19-165|st|.53
Verktyg|Skärande verktyg|Vändskär|Vändskär {} 10-p|CNMG120408 DNMG150608 WNMG080408 TNMG160404 APKT1604|690-1190|fp|.37
Verktyg|Skärande verktyg|Gängtappar|Gängtapp {}|M5 M6 M8 M10 M12 M16|110-420|st|.49
Verktyg|Slipmaterial|Kapskivor|Kapskiva {} 25-p|125x1,0 125x1,6 180x1,6 230x1,9|245-790|fp|.51
Verktyg|Slipmaterial|Lamellslipskivor|Lamellslipskiva 125 {} 10-p|K40 K60 K80 K120|290-420|fp|.50
Verktyg|Handverktyg|Nycklar|Blocknyckelsats {}|8-19 6-22 6-32|390-1890|st|.40
Verktyg|Handverktyg|Momentnycklar|Momentnyckel {}|5-25~Nm 20-100~Nm 40-200~Nm|890-2900|st|.37
Verktyg|Elverktyg|Skruvdragare|Skruvdragare 18V {}|solo kit~2x5Ah|1690-4690|st|.31
Verktyg|Elverktyg|Vinkelslipar|Vinkelslip {}|125~mm~18V 125~mm~230V 230~mm~230V|1190-3290|st|.31
Kemi och smörjning|Smörjmedel|Fetter|Smörjfett EP2 {}|400~g 18~kg 50~kg|59-3400|st|.43
Kemi och smörjning|Smörjmedel|Sprayer|Universalspray {} 12-p|400~ml 500~ml~livsmedel|540-1090|fp|.49
Kemi och smörjning|Lim och tätning|Gänglåsning|Gänglåsning {} 50 ml|medel stark hög~temp|229-340|st|.52
Kemi och smörjning|Lim och tätning|Silikon|Silikon industri {} 12-p|transparent svart grå|690-890|fp|.45
Kemi och smörjning|Rengöring|Avfettning|Avfettning alkalisk {}|5~L 25~L 200~L|290-5900|st|.41
Kemi och smörjning|Rengöring|Torkmaterial|Industritork {}|2-lager~6-p 3-lager~2-p jumbo|389-720|fp|.35
Maskiner och drift|Elmotorer|Normmotorer|Elmotor IE3 {}|0,75~kW 1,5~kW 3~kW 5,5~kW 11~kW 22~kW|2400-21500|st|.34
Maskiner och drift|Elmotorer|Frekvensomriktare|Frekvensomriktare {}|0,75~kW 2,2~kW 5,5~kW 11~kW|2900-14500|st|.33
Maskiner och drift|Pumpar|Centrifugalpumpar|Centrifugalpump {}|1,1~kW 2,2~kW 4~kW 7,5~kW|6900-31000|st|.35
Maskiner och drift|Pumpar|Dränkbara pumpar|Dränkbar pump {}|0,55~kW 1,1~kW 2,2~kW|3900-16500|st|.36
Maskiner och drift|Kompressorer|Skruvkompressorer|Skruvkompressor {}|5,5~kW 11~kW 18,5~kW|48000-124000|st|.29
"""  # noqa: E501 - one row of the catalogue, one line

SEGMENTS = (
    "Verkstadsindustri",
    "Skog och sågverk",
    "Livsmedel",
    "Bygg och anläggning",
    "Gruva och stål",
    "Fordon",
    "Lantbruk",
    "Energi och kommun",
)
#: How much more (or less) a segment buys of a main group, in the catalogue's order of main groups.
TASTE = (
    (1.6, 1.2, 1.3, 0.5, 1.2, 0.8, 1.8, 1.0, 0.8),
    (1.9, 1.9, 0.7, 0.3, 0.7, 1.0, 0.8, 1.2, 0.7),
    (1.2, 0.3, 1.6, 2.4, 0.3, 1.1, 0.3, 1.8, 1.3),
    (0.2, 1.0, 0.2, 0.6, 2.4, 1.9, 1.6, 0.8, 0.4),
    (1.7, 1.9, 0.5, 1.0, 0.6, 1.5, 0.7, 1.1, 1.4),
    (1.3, 0.8, 1.7, 0.2, 1.5, 1.0, 1.5, 1.2, 0.6),
    (1.5, 2.1, 0.2, 0.2, 0.9, 0.7, 0.7, 1.1, 0.5),
    (0.7, 0.4, 0.4, 2.0, 0.7, 1.6, 0.7, 0.8, 1.8),
)
_TRADES = (
    ("Mekaniska", "Industri", "Finmekanik", "Svets & Smide", "Verkstad", "Legotillverkning"),
    ("Såg", "Trä", "Skogsmaskiner", "Hyvleri", "Timmer", "Skogsservice"),
    ("Livsmedel", "Mejeri", "Bageri", "Chark", "Konserver", "Bryggeri"),
    ("Bygg", "Anläggning", "Entreprenad", "Betong", "Mark & Schakt", "Stålmontage"),
    ("Gjuteri", "Stål", "Bergteknik", "Krossteknik", "Valsverk", "Malmteknik"),
    ("Fordonsteknik", "Lastvagnsservice", "Påbyggnad", "Fordonskomponenter", "Släpvagnar"),
    ("Lantmaskiner", "Lantbruk", "Spannmål", "Gårdsteknik", "Redskap"),
    ("Energi", "Fjärrvärme", "Vatten & Avlopp", "Driftteknik", "Fastighetsdrift"),
)
REGIONS = (
    ("Väst", ("Göteborg", "Borås", "Trollhättan", "Skövde", "Uddevalla")),
    ("Mälardalen", ("Västerås", "Eskilstuna", "Södertälje", "Uppsala", "Köping")),
    ("Skåne", ("Malmö", "Helsingborg", "Kristianstad", "Landskrona", "Hässleholm")),
    ("Småland", ("Jönköping", "Värnamo", "Växjö", "Nässjö", "Gislaved")),
    ("Bergslagen", ("Örebro", "Borlänge", "Ludvika", "Avesta", "Lindesberg")),
    ("Norrland", ("Sundsvall", "Umeå", "Skellefteå", "Luleå", "Örnsköldsvik")),
    ("Östergötland", ("Linköping", "Norrköping", "Motala", "Mjölby", "Finspång")),
    ("Värmland", ("Karlstad", "Arvika", "Kristinehamn", "Hagfors", "Säffle")),
)
_FIRST = [
    "Alm", "Asp", "Björk", "Brunn", "Dag", "Ekår", "Elm", "Flod", "Gran", "Grip", "Hassel",
    "Hed", "Hjort", "Häger", "Istra", "Järv", "Klint", "Kvarn", "Lerk", "Ljung", "Lom",
    "Lönn", "Mård", "Ner", "Orr", "Ox", "Ramn", "Rönn", "Sig", "Skär", "Slån", "Sparv",
    "Svan", "Säv", "Tall", "Tjäder", "Torn", "Trast", "Tranh", "Ulv", "Vass", "Ving", "Våg",
    "Älm", "Ärl", "Öder",
]  # fmt: skip
_SECOND = [
    "hyltra", "vretra", "tjärna", "måsa", "lövda", "kvarna", "skruva", "bornö", "gärda",
    "fjälsta", "hagra", "brinka", "sjöda", "myrta", "rösta", "stenna", "vinda", "ryda",
]  # fmt: skip
_PEOPLE = [
    "Anna Tallbrink", "Johan Rönnhagra", "Karin Lövstrand", "Peter Granvinda",
    "Sara Hedkvarn", "Mikael Aspgärde", "Lena Björkmåsa", "Erik Klintrösta", "Ulrika Vassmyr",
    "Jonas Hjortbrink", "Camilla Sävfjäll", "Anders Ljunghyl", "Emma Kvarnlöv",
    "Fredrik Trastmyr", "Helena Almrösta", "Niklas Orrvinda", "Petra Ulvkvarn",
    "Stefan Torngärde", "Therese Lönnmåsa", "Viktor Älmbrink",
]  # fmt: skip


@dataclass(frozen=True)
class Service:
    """A line that is no goods: freight, fees, rounding, bonus."""

    product: str
    name: str
    groups: tuple[str, str, str]


FREIGHT = Service("FRAKT", "Frakt", ("Övrigt", "Frakt", "Frakt"))
FEE = Service("FAKTAVG", "Fakturaavgift", ("Övrigt", "Avgifter", "Fakturaavgifter"))
ROUNDING = Service("ÖRES", "Öresavrundning", ("Övrigt", "Avgifter", "Öresavrundning"))
BONUS = Service("BONUS", "Årsbonus", ("Övrigt", "Bonus", "Årsbonus"))
SERVICES = (FREIGHT, FEE, ROUNDING, BONUS)


def articles() -> pd.DataFrame:
    """The price list of the first year.

    Returns
    -------
    DataFrame
        One row per article: `product`, `name`, `group1`, `group2`, `group3`, `unit`,
        `list_price` (SEK), `unit_cost` (SEK).
    """
    import pandas as pd

    rows: list[tuple[object, ...]] = []
    mains: dict[str, int] = {}
    seconds: dict[str, int] = {}
    for line in _CATALOGUE.strip().splitlines():
        main, second, third, pattern, variants, span, unit, margin = line.split("|")
        m = mains.setdefault(main, len(mains) + 1)
        s = seconds.setdefault(second, len(seconds) + 1)
        low, high = (float(x) for x in span.split("-"))
        names = [v.replace("~", " ") for v in variants.split()]
        for j, variant in enumerate(names):
            price = low * (high / low) ** (j / max(len(names) - 1, 1))
            digits = 2 if price < 20 else 0 if price < 1000 else -1
            price = round(price, digits)
            number = f"{m:02d}{s:02d}{sum(1 for r in rows if r[2] == second) + 1:03d}"
            rows.append(
                (number, pattern.format(variant), second, main, third, unit, price,
                 round(price * (1 - float(margin)), 2))
            )  # fmt: skip
    names = ["product", "name", "group2", "group1", "group3", "unit", "list_price", "unit_cost"]
    frame = pd.DataFrame(rows, columns=names)
    told = ["product", "name", "group1", "group2", "group3", "unit", "list_price", "unit_cost"]
    return frame.reindex(columns=told)


def stems(rng: np.random.Generator, n: int) -> list[str]:
    """`n` different invented family or place names."""
    pairs = [a + b for a in _FIRST for b in _SECOND if a[-1] != b[0]]  # no Vassskruva
    order = [pairs[i] for i in rng.permutation(len(pairs))]
    rounds = ["", "Nya ", "Norra ", "Södra ", "Västra ", "Östra ", "Övre ", "Nedre "]
    out = [lead + stem for lead in rounds for stem in order]
    while len(out) < n:
        out += [f"{s} {len(out) // len(order)}" for s in order]
    return out[:n]


def firm(stem: str, segment: int, trade: int, form: int, town: str = "") -> str:
    """`Tallvretra Mekaniska AB`; sites of a group carry their town."""
    trades = _TRADES[segment]
    word = trades[trade % len(trades)]
    if town:
        return f"{stem} {word} {town} AB"
    return f"{stem} {word} {'HB' if form == 0 else 'AB'}"


def people(n: int) -> list[str]:
    """`n` different invented persons."""
    out = list(_PEOPLE)
    while len(out) < n:
        out.append(f"{_PEOPLE[len(out) % len(_PEOPLE)]} {len(out) // len(_PEOPLE) + 1}")
    return out[:n]
