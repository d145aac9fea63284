"""How well questions are understood: measured on labelled questions, or on phrasings held out."""
