"""One typed HTTP client per service of the internal API."""
