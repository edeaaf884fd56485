"""Finding an enterprise by its name, a part of it, its pinyin or initials, or its credit code."""
