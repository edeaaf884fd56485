"""Forms with files: more room than other forms have, the files that came along, and the words of a form that was too
large to be read as a whole.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from flask import request
from werkzeug.datastructures import FileStorage
from werkzeug.exceptions import ClientDisconnected, RequestEntityTooLarge
from werkzeug.sansio.multipart import Data, Epilogue, Event, Field, File, MultipartDecoder, NeedData
from werkzeug.wsgi import get_input_stream

MOST_WORDS = 256 * 1024
"""Bytes of everything in a form that is no file; as much as a form without files may have."""

MOST_PARTS = 24
"""Fields and files of one form."""

MOST_DRAINED = 64 * 1024 * 1024
"""Bytes of a form that is too large that are read all the same: a browser shows no answer before it has sent all."""

_CHUNK = 64 * 1024


def make_room(most_files: int, most_bytes: int) -> None:
    """Let this request have so many files of so many bytes. To be called before the form is looked at."""
    request.max_content_length = most_files * most_bytes + MOST_WORDS
    request.max_form_parts = MOST_PARTS


def sent_files(name: str) -> list[FileStorage]:
    """The files that were chosen; a browser sends one without a name where none was."""
    return [file for file in request.files.getlist(name) if file.filename]


def is_over_length() -> bool:
    """Whether a request was refused for its length as a whole, before any of it was read."""
    most = request.max_content_length
    return most is not None and (request.content_length or 0) > most


def words_of_refused(names: Collection[str]) -> dict[str, str]:
    """What was typed into these fields of a form that was refused as too large, as far as it comes before the files.

    The rest of the form is read and thrown away, within bounds.
    """
    words: dict[str, bytes] = {}
    current = ""
    stream = _chunks()
    for event in _events(stream):
        if isinstance(event, File):
            break
        if isinstance(event, Field):
            current = event.name
        elif isinstance(event, Data) and current in names:
            words[current] = words.get(current, b"") + event.data
    for _ in stream:
        pass
    return {name: text.decode("utf-8", "replace") for name, text in words.items()}


def _events(stream: Iterator[bytes]) -> Iterator[Event]:
    """The parts of the form, until it is damaged or its words are too many."""
    boundary = request.mimetype_params.get("boundary", "").encode("latin-1", "replace")
    if request.mimetype != "multipart/form-data" or not boundary:
        return
    decoder = MultipartDecoder(boundary, MOST_WORDS, max_parts=MOST_PARTS)
    try:
        for chunk in stream:
            decoder.receive_data(chunk)
            while not isinstance(event := decoder.next_event(), NeedData | Epilogue):
                yield event
    except (RequestEntityTooLarge, ValueError):
        return


def _chunks() -> Iterator[bytes]:
    stream, left = get_input_stream(request.environ), MOST_DRAINED
    try:
        while left > 0 and (chunk := stream.read(_CHUNK)):
            left -= len(chunk)
            yield chunk
    except ClientDisconnected:
        return
