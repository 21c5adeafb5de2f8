"""Parts of bench/purge-check and bench/purge-bench: origin, Redis, relays, faults, load, checker."""
