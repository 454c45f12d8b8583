select noted from ops.note_removal({{ run_id }}, {{ thing }}, {{ older_than }}, {{ items }}, {{ size }}) as noted
