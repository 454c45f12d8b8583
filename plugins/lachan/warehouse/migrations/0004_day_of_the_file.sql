-- The gate compares the day in a file's name with the day of its delivery and the first day of its feed, and a person may
-- release a file with another day.

alter table ops.batch_profile
    add column days_after_delivery integer,
    add column days_before_start integer;

alter table ops.decision add column export_date date;
