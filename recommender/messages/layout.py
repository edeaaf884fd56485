"""How the plain lines of a message are laid out, for who writes them and for who shows them."""

BULLET = "· "
"""How a line begins that stands under the heading before it."""
