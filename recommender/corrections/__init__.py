"""Corrections (更正): a rule that was wrong, the version that put it right, and all whom the old one misjudged."""
