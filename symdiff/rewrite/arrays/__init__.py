"""Arrays: contractions opened, gathered and written as matrix products; rules of linear algebra."""
