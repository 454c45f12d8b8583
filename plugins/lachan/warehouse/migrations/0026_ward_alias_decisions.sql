-- What people decide about spellings of wards, in addition to the seed ward_alias.

create sequence ops.ward_alias_decision_no;

create table ops.ward_alias_decision (
    decision_no bigint primary key default nextval('ops.ward_alias_decision_no'),
    alias_name text not null check (length(alias_name) between 1 and 200),
    current_code text,
    current_name text,
    why text not null,
    decided_by text not null,
    login text not null default session_user,
    decided_at timestamptz not null default clock_timestamp(),
    check ((current_code is null) = (current_name is null))
);
