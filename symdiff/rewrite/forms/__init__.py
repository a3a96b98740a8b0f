"""Named forms, fractions, and the search for the shortest of several forms."""
