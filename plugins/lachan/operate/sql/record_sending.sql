update ops.mail
set tries = tries + 1, last_error = {{ error }}, sent_at = case when {{ error }} is null then clock_timestamp() end
where mail_id = {{ mail_id }}
