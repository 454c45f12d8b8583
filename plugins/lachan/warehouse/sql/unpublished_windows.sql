-- The windows of which figures may have changed since they were published.
select distinct window_key from ops.unpublished_window where mart = 'figure' order by window_key
