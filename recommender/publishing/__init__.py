"""From a draft to a published version of an item, by two people; and ending an item, by two people as well."""
