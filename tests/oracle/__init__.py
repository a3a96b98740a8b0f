"""A fuzz with its own truth: texts, their derivatives in many digits, and every path to them."""
