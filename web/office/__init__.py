"""The officials' console, a blueprint a noun. Like ``web.pages`` it translates; what is decided, is decided below."""
