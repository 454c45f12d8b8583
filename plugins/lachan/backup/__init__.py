"""Backups: one folder for each, encrypted to people (age format), and a folder of originals that all of them share.

Each file of a backup can be opened and restored without this package (docs/backup.md).
"""
