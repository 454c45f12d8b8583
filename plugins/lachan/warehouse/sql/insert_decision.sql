insert into ops.decision (decision, file_id, why, decided_by)
values ({{ decision }}, {{ file_id }}, {{ why }}, {{ decided_by }})
