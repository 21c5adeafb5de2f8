"""Plots with axes, as SVG, in the looks of report.py."""

import html
import math

from report import BAR, INK, OWN

BLUE = "#3f7fc4"
GREEN = "#4d9a63"
COLOURS = {"own": OWN, "other": BAR, "blue": BLUE, "green": GREEN, "ink": INK}
WIDTH, LEFT, RIGHT, TOP = 720, 64, 16, 44
PLOT = WIDTH - LEFT - RIGHT


def number(value):
    return "%d" % value if value >= 100 or value == int(value) else "%.3g" % value


def steps(low, high, most=5):
    """Round numbers from low to high."""
    if high <= low:
        return [low]
    rough = (high - low) / most
    unit = 10 ** math.floor(math.log10(rough))
    step = next(unit * factor for factor in (1, 2, 2.5, 5, 10) if unit * factor >= rough)
    first = math.ceil(low / step - 1e-9)
    return [step * i for i in range(first, math.floor(high / step + 1e-9) + 1)]


class Axis:
    """From values to a share of the axis' length."""

    def __init__(self, low, high, logarithmic=False):
        self.logarithmic = logarithmic
        self.low = max(low, 1e-9) if logarithmic else low
        self.high = max(high, 10 * self.low) if logarithmic else max(high, low + 1e-9)

    def at(self, value):
        if self.logarithmic:
            value = max(value, self.low)
            return math.log(value / self.low) / math.log(self.high / self.low)
        return (value - self.low) / (self.high - self.low)

    def ticks(self):
        if not self.logarithmic:
            return [(value, number(value)) for value in steps(self.low, self.high)]
        first, last = math.ceil(math.log10(self.low) - 1e-9), math.floor(math.log10(self.high) + 1e-9)
        return [(10.0**power, number(10.0**power)) for power in range(first, last + 1)]


class Picture:
    """Panels, one below the other."""

    def __init__(self, title):
        self.title = title
        self.parts = []
        self.y = TOP

    def text(self, x, y, text, more=""):
        self.parts.append('<text x="%.1f" y="%.1f"%s>%s</text>' % (x, y, more, html.escape(text)))

    def heading(self, text, legend=()):
        """A panel's name, and behind it what its colours mean."""
        self.text(0, self.y + 13, text, ' font-weight="600"')
        x = 16 + 7.9 * len(text)
        for name, colour in legend:
            self.parts.append('<rect x="%.1f" y="%d" width="12" height="4" rx="2" fill="%s"/>' % (
                x, self.y + 7, COLOURS[colour]))
            self.text(x + 17, self.y + 13, name, ' font-size="12"')
            x += 32 + 6.6 * len(name)
        self.y += 24

    def bars(self, heading, rows, text=number):
        """Rows are (name, value, colour)."""
        self.heading(heading)
        left, most = 180, max([value for _, value, _ in rows] + [1e-9])
        for name, value, colour in rows:
            self.text(left - 8, self.y + 13, name, ' text-anchor="end"')
            self.parts.append('<rect x="%d" y="%d" width="%.1f" height="16" rx="2" fill="%s"/>' % (
                left, self.y, max(1.0, (WIDTH - left - 90) * value / most), COLOURS[colour]))
            self.text(left + 6 + (WIDTH - left - 90) * value / most, self.y + 13, text(value))
            self.y += 22
        self.y += 14

    def lines(self, heading, x, y, series, x_ticks=None, x_name="", marks=(), shades=(), height=150):
        """Series are (name, colour, points), marks (value, text) on the y axis, shades (from, to, text) on x."""
        self.heading(heading, [(name, colour) for name, colour, _ in series])
        top, bottom = self.y, self.y + height

        def px(value):
            return LEFT + PLOT * min(1.0, max(0.0, x.at(value)))

        def py(value):
            return bottom - height * min(1.0, max(0.0, y.at(value)))

        for begin, end, text in shades:
            self.parts.append('<rect x="%.1f" y="%d" width="%.1f" height="%d" fill="%s" opacity="0.18"/>' % (
                px(begin), top, px(end) - px(begin), height, BAR))
            self.text(px(begin) + 4, top + 13, text, ' font-size="11"')
        for value, text in y.ticks():
            self.parts.append('<path d="M%d %.1fH%d" stroke="%s" stroke-width="0.5" opacity="0.4"/>' % (
                LEFT, py(value), LEFT + PLOT, INK))
            self.text(LEFT - 6, py(value) + 4, text, ' text-anchor="end" font-size="11"')
        for value, text in x_ticks or x.ticks():
            self.text(px(value), bottom + 15, text, ' text-anchor="middle" font-size="11"')
        for value, text in marks:
            self.parts.append('<path d="M%d %.1fH%d" stroke="%s" stroke-dasharray="5 4"/>' % (
                LEFT, py(value), LEFT + PLOT, INK))
            self.text(LEFT + PLOT, py(value) - 4, text, ' text-anchor="end" font-size="11"')
        for _, colour, points in series:
            shown = ["%.1f %.1f" % (px(at), py(value)) for at, value in points if value is not None]
            if shown:
                self.parts.append('<path d="M%s" fill="none" stroke="%s" stroke-width="1.8"/>' % (
                    "L".join(shown), COLOURS[colour]))
        self.y = bottom + 22
        if x_name:
            self.text(LEFT + PLOT, self.y + 8, x_name, ' text-anchor="end" font-size="11"')
            self.y += 12
        self.y += 14

    def svg(self):
        head = ('<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" role="img" '
                'font-family="system-ui, sans-serif" font-size="13" fill="%s">' % (WIDTH, self.y, WIDTH, self.y, INK))
        title = html.escape(self.title)
        return "\n".join([head, "<title>%s</title>" % title, '<text x="0" y="18" font-size="15">%s</text>' % title]
                         + self.parts + ["</svg>", ""])
