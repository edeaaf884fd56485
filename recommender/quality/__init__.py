"""What ``huiqi evaluate`` measures: likeness, retrieval, industries, ranking and similar items, beside baselines."""
