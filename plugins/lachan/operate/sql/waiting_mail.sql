-- Mails that were not sent yet; another process that sends at the same time takes the others.
select
    mail_id,
    recipient,
    subject,
    body
from ops.mail
where sent_at is null and created_at > clock_timestamp() - make_interval(secs => {{ seconds }})
order by mail_id
for update skip locked
