"""Measurements of speed. They print what they find, write nothing, and are no part of the installed package."""
