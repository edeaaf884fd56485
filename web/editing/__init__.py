"""The editor for officials: what a draft says as rows of a form, what a change does to it, and what is wrong with it.

What is edited is plain content, ``{"item": …, "document": …}``, as the files of the library have it. A page carries the
whole of it along, so that nothing is lost that no form shows; what was typed is written into it, input by input.
Nothing here knows of requests or of the database.
"""
