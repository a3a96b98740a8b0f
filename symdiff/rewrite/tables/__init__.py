"""Tables of rules that are applied as the graph stands: before compiling and differentiating."""
