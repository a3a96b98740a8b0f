"""Estimated widths of texts against what letters measure, in units of the size of the font."""

import pytest

import symdiff as sd
from symdiff.show.graph import picture
from symdiff.show.measure import FONTS, Line, text_width

# The least advance in sans-serif faces and twice the largest: DejaVu, Noto, Helvetica.
ADVANCES = {
    "i": (0.22, 0.6), "W": (0.94, 2.0), "é": (0.55, 1.3), "Ω": (0.74, 1.6), "日": (1.0, 2.0),
    "한": (1.0, 2.0), "\U0001f600": (1.0, 2.6), "…": (0.8, 2.0), "\u0301": (0.0, 0.0),
}  # fmt: skip


@pytest.mark.parametrize("letter", ADVANCES)
def test_a_letter_is_neither_wider_nor_much_narrower(letter):
    for style, font in FONTS.items():
        low, high = ADVANCES[letter]
        one, many = [text_width(Line(letter * n, style)) for n in (1, 10)]
        assert low * font.size <= one <= high * font.size * font.stretch
        assert many == pytest.approx(10 * one)


def test_widths_are_those_of_dejavu_sans():
    """Advances of the font's own file, at a size of 1000."""
    font_manager = pytest.importorskip("matplotlib.font_manager")
    ft2font = pytest.importorskip("matplotlib.ft2font")
    font = ft2font.FT2Font(font_manager.findfont("DejaVu Sans"))
    font.set_size(1000, 72)
    size = FONTS["value"].size
    for code in range(32, 127):
        advance = font.load_char(code).linearHoriAdvance / 65536 / 1000
        assert text_width(Line(chr(code), "value")) / size == pytest.approx(advance, abs=0.0051)


def test_wide_letters_are_wider_than_others():
    widths = [text_width(Line(letter, "label")) for letter in "ié日"]
    assert widths == sorted(widths)


def test_signs_are_drawn_larger_than_names():
    x = sd.Var("x")
    drawn = picture(
        [sd.sin(x) * x], values=None, adjoints=None, names=None, max_nodes=None, cut=False
    )
    styles = {node.lines[-1].text: node.lines[-1].style for node in drawn.nodes}
    assert styles == {"x": "label", "sin": "label", "×": "symbol"}
