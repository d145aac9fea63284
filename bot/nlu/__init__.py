"""One pipeline component a file, in the order of config.yml."""
