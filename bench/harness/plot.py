"""A small writer of SVG bar charts, readable on a light page and on a dark one."""

from html import escape

WIDTH, LABEL, VALUE, ROW, TOP = 640, 90, 80, 26, 56
OURS, OTHERS, LIMIT = "#0a7d5a", "#8a96a3", "#c9ced4"


def bars(title, unit, rows):
    """Horizontal bars, shortest first: `rows` are (label, value), less is better."""
    rows = sorted(rows, key=lambda row: row[1])
    height = TOP + ROW * len(rows) + 12
    longest = max((value for _, value in rows), default=1) or 1
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
        f'width="{WIDTH}" height="{height}" font-family="sans-serif" font-size="13">',
        f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
        f'<text x="12" y="22" font-size="15" font-weight="bold">{escape(title)}</text>',
        f'<text x="12" y="42" fill="#555555">{escape(unit)}, less is better</text>',
    ]
    for i, (label, value) in enumerate(rows):
        y = TOP + ROW * i
        length = (WIDTH - LABEL - VALUE - 24) * value / longest
        colour = {"tined": OURS, "bare": LIMIT}.get(label, OTHERS)
        weight = ' font-weight="bold"' if label == "tined" else ""
        parts += [
            f'<text x="{LABEL}" y="{y + 16}" text-anchor="end"{weight}>{escape(label)}</text>',
            f'<rect x="{LABEL + 10}" y="{y + 3}" width="{length:.1f}" height="{ROW - 8}" '
            f'fill="{colour}"/>',
            f'<text x="{LABEL + 16 + length:.1f}" y="{y + 16}"{weight}>{value:,.4g}</text>',
        ]
    return "\n".join(parts + ["</svg>"]) + "\n"
