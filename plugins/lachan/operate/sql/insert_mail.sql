-- A mail that says the same to the same person is written once.
insert into ops.mail (mail_key, recipient, subject, body, as_of)
values ({{ mail.key }}, {{ mail.recipient }}, {{ mail.subject }}, {{ mail.body }}, {{ now }})
on conflict (mail_key, recipient) do nothing
