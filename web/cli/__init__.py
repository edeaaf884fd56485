"""The command line, a module a noun; ``web.cli.main`` puts the commands together."""
