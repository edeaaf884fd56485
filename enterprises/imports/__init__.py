"""Tables of enterprises that others keep, in and out: CSV, Excel, JSON Lines and Parquet, by a mapping file."""
