"""The library out and in again: as the YAML files that people write, and as a workbook that they change."""
