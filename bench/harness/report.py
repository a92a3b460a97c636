"""Turns results into tables (Markdown, readable as they are), JSON and plots."""

import json

from harness import plot
from harness.measurement import summary


def shown(value):
    if value >= 1000:
        return f"{value:,.0f}"
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}" if value >= 20 else f"{value:.2f}"


def table(results):
    """One row a server, one column a figure; medians."""
    columns = []
    for figures in results.values():
        columns += [name for name in figures if name not in columns]
    rows = [["server"] + columns]
    for server, figures in results.items():
        cells = [shown(summary(figures[c])["median"]) if c in figures else "-" for c in columns]
        rows.append([server] + cells)
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = ["| " + " | ".join(cell.ljust(w) if i == 0 else cell.rjust(w)
                               for i, (cell, w) in enumerate(zip(row, widths))) + " |"
             for row in rows]
    lines.insert(1, "| " + " | ".join("-" * w if i == 0 else "-" * (w - 1) + ":"
                                      for i, w in enumerate(widths)) + " |")
    return "\n".join(lines)


def verdicts(work, results):
    """What each goal came to: [{text, limit, value, met}]."""
    found = []
    for goal in work.goals:
        checked = goal.check(results)
        if checked is not None:
            found.append({"text": goal.text, "limit": goal.factor, "value": checked[0],
                          "met": checked[1]})
    return found


def print_work(work, results):
    print(f"\n## {work.name}: {work.title}\n\n{table(results)}\n")
    for verdict in verdicts(work, results):
        state = "met" if verdict["met"] else "MISSED"
        print(f"- {verdict['text']}: {verdict['value']:.2f} (goal {verdict['limit']:.2f}), {state}")


def write(directory, about, measured):
    """results.json and one plot a work, of its first figure. `measured`: [(work, results)]."""
    directory.mkdir(parents=True, exist_ok=True)
    document = dict(about, works=[
        {"name": work.name, "title": work.title, "goals": verdicts(work, results),
         "servers": {server: {figure: summary(values) for figure, values in figures.items()}
                     for server, figures in results.items()}}
        for work, results in measured])
    (directory / "results.json").write_text(json.dumps(document, indent=1) + "\n")
    for work, results in measured:
        figure = next(iter(next(iter(results.values()))))
        bars = [(server, summary(figures[figure])["median"])
                for server, figures in results.items() if figure in figures]
        (directory / f"{work.name}.svg").write_text(plot.bars(work.title, figure, bars))
