-- A text that is another one whenever a file is loaded, accepted, held or retracted, or a person decides on one, or on the
-- spelling of a ward.
select concat_ws(' ', count(*), max(file_id), max(gate_at), count(*) filter (where gate = 'accepted'), (select max(decision_id) from ops.decision), (select max(decision_no) from ops.ward_alias_decision))
from ops.export_file
