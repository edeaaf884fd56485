"""Similar items: the same support at two levels, near-duplicates, related ones; for a person to confirm.

These are hints, for looking after the library and for statements on stacking. No answer, amount or combination ever
depends on them.
"""
