-- Rights of each role outside `reporting`. Safe to run again at any time.

grant usage on schema ops, raw to lachan_loader, lachan_transformer, lachan_publisher;
grant usage on schema ops to lachan_steward, lachan_analyst;
grant usage, create on schema raw to lachan_loader;
grant select, insert, update on all tables in schema ops to lachan_loader;
grant delete on ops.inaccessible_file to lachan_loader;
grant maintain on ops.export_file to lachan_loader; -- noqa: PRS
grant usage on all sequences in schema ops to lachan_loader;
grant select on ops.export_file to lachan_transformer, lachan_publisher, lachan_analyst;
grant select on all tables in schema ops to lachan_steward;
grant insert on ops.dbt_result to lachan_transformer;
grant select, insert on ops.mart_state to lachan_transformer, lachan_publisher;
grant select, insert, delete on ops.complete_build to lachan_transformer;
grant select, insert on ops.unpublished_window to lachan_transformer;
grant maintain on ops.unpublished_window to lachan_transformer; -- noqa: PRS
grant select on ops.published_delivery, ops.decision to lachan_transformer;
grant select, delete on ops.unpublished_window to lachan_publisher;
grant usage on sequence ops.mart_state_no to lachan_transformer, lachan_publisher;
grant select, insert, delete on ops.published_delivery to lachan_publisher;
grant select on ops.delivery to lachan_transformer, lachan_publisher, lachan_analyst;
revoke update on ops.decision, ops.alert_history from lachan_loader;
revoke insert, update on ops.migration from lachan_loader;
revoke update on ops.pseudonym_key from lachan_loader;
grant select, insert, update, delete on ops.delivery_in_force, ops.applied_delivery to lachan_transformer;
grant select on ops.delivery_in_force, ops.applied_delivery, ops.decision to lachan_publisher;
grant select on all tables in schema raw to lachan_transformer, lachan_publisher;
alter default privileges for role lachan_loader in schema raw grant select on tables to lachan_transformer, lachan_publisher;

grant usage on schema marts to lachan_analyst, lachan_publisher;
grant usage on schema staging, intermediate to lachan_publisher;
grant usage on schema reporting to lachan_analyst, lachan_reporter, lachan_ward_viewer, lachan_transformer;
alter default privileges for role lachan_transformer in schema marts grant select on tables to lachan_analyst, lachan_publisher;
alter default privileges for role lachan_transformer in schema staging grant select on tables to lachan_publisher;

grant usage on schema reference to lachan_analyst, lachan_publisher;
grant select on all tables in schema reference to lachan_analyst, lachan_publisher;
alter default privileges for role lachan_transformer in schema reference grant select on tables to lachan_analyst, lachan_publisher;
