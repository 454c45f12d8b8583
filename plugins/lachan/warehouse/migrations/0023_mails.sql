-- Mails to people are kept until they are sent, and each is sent once. What an alert is about stands apart from its message,
-- so that a mail can say it in Vietnamese and without names of files.

alter table ops.alert add column about text not null default '';
alter table ops.alert_history add column about text not null default '';

create sequence ops.mail_id;
create table ops.mail (
    mail_id bigint primary key default nextval('ops.mail_id'),
    mail_key text not null,
    recipient text not null,
    subject text not null,
    body text not null,
    as_of timestamptz not null,
    created_at timestamptz not null default clock_timestamp(),
    tries integer not null default 0,
    last_error text,
    sent_at timestamptz,
    unique (mail_key, recipient)
);

create index mail_waiting on ops.mail (mail_id) where sent_at is null;
