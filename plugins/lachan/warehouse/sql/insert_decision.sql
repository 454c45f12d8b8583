insert into ops.decision (decision, file_id, why, decided_by, export_date)
values ({{ decision }}, {{ file_id }}, {{ why }}, {{ decided_by }}, {{ day }})
