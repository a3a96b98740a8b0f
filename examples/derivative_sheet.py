"""A sheet of 40 derivatives in LaTeX, each checked against a central difference.

Run: python examples/derivative_sheet.py > sheet.tex && pdflatex sheet.tex
"""

import symdiff as sd

x, a = sd.vars("x a")

FUNCTIONS = """
x**5; sqrt(x); 1/x; x**a; a**x; exp(x); exp(-x**2); x*exp(x); log(x); x*log(x)
log(x)/x; log(x**2 + 1); sin(x); cos(x); tan(x); sin(x)**2; sin(a*x); x*sin(x); sin(x)/x
exp(x)*cos(x); asin(x/4); acos(x/4); atan(x); atan(1/x); sinh(x); cosh(x); tanh(x); asinh(x)
acosh(x + 1); atanh(x/4); sigmoid(x); softplus(x); log(sin(x)); sqrt(x**2 + 1); x/(x**2 + 1)
1/(1 + exp(-x)); erf(x); gamma(x); lgamma(x); j0(x)
""".replace("\n", ";")

at = {x: 1.3, a: 0.7}
rows = []
for text in filter(None, map(str.strip, FUNCTIONS.split(";"))):
    f = sd.parse(text)
    slope = sd.derivative(f, x)
    h = 1e-6
    ahead, behind = (sd.evaluate(f, {**at, x: at[x] + s}) for s in (h, -h))
    assert abs(sd.evaluate(slope, at) - (ahead - behind) / (2 * h)) < 1e-6, text
    rows.append(rf"  {sd.latex(f)} & {sd.latex(slope)} \\[1ex]")

assert len(rows) == 40
print(r"\documentclass{article}\usepackage{amsmath,array,longtable}\begin{document}")
print(r"\begin{longtable}{>{$\displaystyle}l<{$}@{\qquad}>{$\displaystyle}l<{$}}")
print(r"  f(x) & f'(x) \\ \hline")
print("\n".join(rows))
print(r"\end{longtable}\end{document}")
