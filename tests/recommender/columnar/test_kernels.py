"""The compiled loops themselves."""

from recommender.columnar import kernels


def test_what_can_be_kept_nowhere_is_compiled_all_the_same() -> None:
    namespace: dict[str, object] = {}
    exec("def double(number):\n    return number + number\n", namespace)  # of no file
    double = kernels._compiled(namespace["double"])  # type: ignore[arg-type]
    assert double(21) == 42
