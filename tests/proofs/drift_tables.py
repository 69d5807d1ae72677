"""How is the proof of `drift` told? Its tables."""

from __future__ import annotations

from tests.proofs.runner import Table

FAMILIES = ("fall", "rise", "group", "price", "mix")
SINCE = ((2, 3), (4, 6), (7, 9), (10, 12))  # months since the change


def precision(cell: dict, what: str) -> float:
    sums = cell["sums"]
    return float(sums[f"{what}_true"] / sums[what]) if sums[what] else float("nan")


def false_table(title: str, cells: list[dict]) -> Table:
    head = ("world", *(f"{f} (certified a world)" for f in FAMILIES))
    rows = [
        (
            c["name"],
            *(
                f"{c[f][0]:.3f} ± {c[f][1]:.3f} ({c['means'][f'{f}_certain']:.1f})"
                for f in FAMILIES
            ),
        )
        for c in cells
    ]
    return Table(title, head, rows)


def watch_table(cells: list[dict]) -> Table:
    head = ("world", *(f"{f}: watched, by chance, told" for f in FAMILIES))
    rows = [
        (
            c["name"],
            *(
                f"{c['means'][f'{f}_watch']:.1f}, {c['means'][f'{f}_watch_false']:.1f},"
                f" {c['means'][f'{f}_told']:.1f}"
                for f in FAMILIES
            ),
        )
        for c in cells
    ]
    return Table(
        "The watch list: how many, how many of them chance, how many said to be", head, rows
    )


def top_table(cells: list[dict]) -> Table:
    head = (
        *("world", "falls: listed of 30", "precision", "rule's first 30", "rule's first as many"),
        *("rule's whole list", "lost groups: listed of 30", "precision", "rule's first 30"),
        *("rule's first as many", "rule's whole list"),
    )
    rows = []
    for c in cells:
        row = [c["name"]]
        for ours, rule, equal in (("top", "rule", "equal"), ("pairs", "rule_pairs", "equal_pairs")):
            row += [
                f"{c['means'][ours]:.1f}",
                *(f"{precision(c, w):.2f}" for w in (ours, rule, equal, f"{rule}_all")),
            ]
        rows.append(tuple(row))
    return Table("Precision against the rules of habit", head, rows)


def rate_table(cells: list[tuple[float, dict]]) -> Table:
    head = (
        "orders a month",
        *(f"{low}-{high} months: certain, listed" for low, high in SINCE),
        "certified though unchanged, per 1 000 customers judged once",
    )
    rows = []
    for rate, c in cells:
        s = c["sums"]
        found = []
        for low, _ in SINCE:
            n = max(s[f"fell_{low}"], 1)
            found.append(f"{s[f'certain_{low}'] / n:.2f}, {s[f'listed_{low}'] / n:.2f}")
        found.append(f"{1000 * s['fall_false'] / max(s['customers'], 1):.2f}")
        rows.append((f"{rate:g}", *found))
    return Table(
        "A fall of 40 %: part of those planted that are found, by months since", head, rows
    )


def real_table(sets: list[dict]) -> Table:
    head = (
        *("data", "origins", "flagged as shrinking", "stayed low", "rule", "stayed low"),
        *("rule, as many", "lost groups certified", "not bought in the next half-year"),
        *("watched", "not bought", "rule", "not bought"),
    )
    rows = []
    for c in sets:
        rows.append(
            (
                *(c["name"], str(c["origins"]), str(c["fell"]), _part(c["stayed"], c["fell"])),
                *(str(c["rule"]), _part(c["rule_stayed"], c["rule"])),
                *(_part(c["equal_stayed"], c["equal"]), str(c["lost"])),
                *(_part(c["lost_stayed"], c["lost"]), str(c["maybe"])),
                *(_part(c["maybe_stayed"], c["maybe"]), str(c["habit"])),
                _part(c["habit_stayed"], c["habit"]),
            )
        )
    return Table("Real data at past origins: what came after", head, rows)


def _part(a: int, b: int) -> str:
    return f"{a / b:.2f}" if b else "–"
