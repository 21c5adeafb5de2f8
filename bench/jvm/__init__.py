"""The parts of bench/choices."""
