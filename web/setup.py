"""Making a database ready: its schema, the bundled policy library and, on request, the sample enterprises.

Importing this module is cheap; calling it loads SQLModel and Alembic.
"""

from __future__ import annotations

from pathlib import Path


def setup(url: str | None, sample: bool, folder: Path | None = None) -> str:
    """Make the database at ``url`` ready (see ``connect`` for ``None``) and say in Chinese what was done.

    ``folder``: where the library is, by default the one that ships with the package.
    Doing it again changes nothing. The library and the samples are stored together or not at all. Raises
    ``StorageError``, ``Problems`` for mistakes in the library, and ``VersionConflict`` where it contradicts what is
    stored.
    """
    from enterprises.database import connect, migrate, writing
    from enterprises.dictionary import bundled
    from enterprises.samples import statements
    from enterprises.tables import record
    from policies.library import FOLDER, load_library
    from policies.tables import store_library

    library, said = load_library(folder or FOLDER, bundled()), statements() if sample else ()
    engine = connect(url)
    try:
        migrate(engine)
        with writing(engine) as session:
            done = store_library(session, library)
            record(session, said, bundled())
    finally:
        engine.dispose()
    report = (
        f"政策库：{done.documents} 份文件，{done.items} 个事项"
        f"（新增 {done.added}，更新 {done.updated}，未变 {done.unchanged}，下架 {done.retired}）"
    )
    return f"{report}；示例企业 {len(said)} 家" if sample else report
