"""The archive: the original bytes of every delivery, encrypted to people who may read them (age format).

It is a folder of files, one for each content; which content each of them holds is in ops.archived_file.
"""
