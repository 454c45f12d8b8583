"""Audited figures in `reporting`: publication with revisions, trace to source lines, comparison with the city."""
