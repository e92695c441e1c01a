"""Benchmarks: what is measured, against what, and how to repeat it stands in README.md."""
