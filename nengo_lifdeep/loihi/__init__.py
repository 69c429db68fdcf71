"""The planner for the Loihi chip: cores, cuts, number ranges, rules."""
