"""An index on disk is there whole or not at all, and what is damaged is named."""

import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from recommender.search.generations import (
    CURRENT,
    KEPT,
    DamagedIndex,
    NoIndex,
    read_current,
    read_files,
    write_generation,
)


def write(folder: Path, text: str) -> None:
    write_generation(folder, {"format": 1}, {name: lambda path: path.write_text(text) for name in ("a", "b")})


def read(folder: Path) -> list[str]:
    files = read_files(folder, read_current(folder))
    return [files[name].read_text() for name in ("a", "b")]


def test_the_last_one_written_counts(tmp_path: Path) -> None:
    write(tmp_path / "index", "one")
    write(tmp_path / "index", "two")
    assert read(tmp_path / "index") == ["two", "two"]


def test_what_fails_half_way_leaves_the_old_one(tmp_path: Path) -> None:
    write(tmp_path, "one")

    def fail(path: Path) -> None:
        path.write_text("half")
        raise OSError("the disk is full")

    with pytest.raises(OSError, match="full"):
        write_generation(tmp_path, {}, {"a": lambda path: path.write_text("two"), "b": fail})
    assert read(tmp_path) == ["one", "one"]


def test_killed_at_any_moment_the_index_is_the_old_or_the_new_one(tmp_path: Path) -> None:
    write(tmp_path, "0")
    program = (
        "import sys; from pathlib import Path; from recommender.search.generations import write_generation\n"
        "number = 0\n"
        "while True:\n"
        "    number += 1\n"
        "    text = str(number) * 20000\n"
        "    write_generation(Path(sys.argv[1]), {}, {n: lambda path: path.write_text(text) for n in ('a', 'b')})\n"
        "    print(number, flush=True)\n"
    )
    for moment in range(8):
        writer = subprocess.Popen([sys.executable, "-c", program, str(tmp_path)], stdout=subprocess.PIPE, text=True)
        assert writer.stdout is not None
        writer.stdout.readline()  # it is in the midst of it
        time.sleep(0.003 * moment)
        os.kill(writer.pid, signal.SIGKILL)
        writer.wait()
        writer.stdout.close()
        one, two = read(tmp_path)
        assert one == two


def test_no_index_yet(tmp_path: Path) -> None:
    with pytest.raises(NoIndex, match="还没有检索索引。请运行 huiqi index build"):
        read_current(tmp_path / "none")


@pytest.mark.parametrize("damage", ["removed", "cut", "changed"])
def test_a_damaged_file_is_named(tmp_path: Path, damage: str) -> None:
    write(tmp_path, "content")
    file = read_files(tmp_path, read_current(tmp_path))["b"]
    if damage == "removed":
        file.unlink()
    else:
        file.write_text("cont" if damage == "cut" else "CONTENT")
    with pytest.raises(DamagedIndex, match=rf"{file.name}.*请运行 huiqi index build 重建"):
        read_files(tmp_path, read_current(tmp_path))


def test_many_may_write_at_once(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from recommender.search.generations import write_generation\n"
        "for number in range(40):\n"
        "    text = f'{sys.argv[2]} {number}'\n"
        "    write_generation(Path(sys.argv[1]), {}, {n: lambda path: path.write_text(text) for n in ('a', 'b')})\n"
    )
    writers = [
        subprocess.Popen([sys.executable, "-c", program, str(tmp_path), name]) for name in ("one", "two", "three")
    ]
    while any(writer.poll() is None for writer in writers):
        if (tmp_path / CURRENT).exists():
            one, two = read(tmp_path)
            assert one == two
    assert [writer.wait() for writer in writers] == [0, 0, 0]


def test_others_may_read_what_one_wrote(tmp_path: Path) -> None:
    write(tmp_path, "content")
    generation = read_files(tmp_path, read_current(tmp_path))["a"].parent
    umask = os.umask(0)
    os.umask(umask)
    assert stat.S_IMODE(generation.stat().st_mode) == 0o777 & ~umask


def test_what_cannot_be_read_is_named(tmp_path: Path) -> None:
    write(tmp_path, "content")
    file = read_files(tmp_path, read_current(tmp_path))["b"]
    file.unlink()
    file.mkdir()
    with pytest.raises(DamagedIndex, match=rf"{file.name} 读不出来"):
        read_files(tmp_path, read_current(tmp_path))


ODD = {"empty": "", "half": "{", "list": "[]", "number": '{"files": 3}', "deep": "[" * 100_000, "digits": "9" * 5000}


@pytest.mark.parametrize("content", ODD.values(), ids=ODD)
def test_a_damaged_list_of_files_is_named(tmp_path: Path, content: str) -> None:
    write(tmp_path, "content")
    (tmp_path / CURRENT).write_text(content)
    with pytest.raises(DamagedIndex, match=CURRENT):
        read_current(tmp_path)


def test_old_generations_go_when_nobody_can_be_reading_them(tmp_path: Path) -> None:
    write(tmp_path, "one")
    first = next(tmp_path.glob("generation-*"))
    write(tmp_path, "two")
    assert first.exists()
    long_ago = time.time() - KEPT - 1
    os.utime(first, (long_ago, long_ago))
    write(tmp_path, "three")
    assert not first.exists()
    assert read(tmp_path) == ["three", "three"]
