-- Sentences of groups that are held back have not been published.
delete from ops.unpublished_window
where
    (mart = 'figure' and indicator_group = any({{ groups }}::text[]))
    or (mart = 'report_sentence' and {{ held }}::text[] = '{}')
