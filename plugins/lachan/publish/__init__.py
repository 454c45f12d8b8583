"""Audited figures in `reporting`: publication with revisions, trace, comparison."""
