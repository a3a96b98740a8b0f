"""Text, Unicode and LaTeX, the parser, and diagrams."""
