"""What bench/scale measures: a module for each part, and what they share."""
