-- Mô hình nào không ghi nhận hoạt động trong hơn 90 ngày?
-- Which models were silent for more than 90 days?
--
-- On the last day with data; as_of may be any earlier cut-off (each 14th, each last day of a month). A model of which
-- nothing was ever reported is not here but has the state unknown: its host may not report. A prompt, no conclusion.
select
    model.model_name, model.host, ward.ward_name,
    model.last_activity_on, model.days_since_last_activity, model.rating, model.state, model.reasons_vi
from marts.model_vitality as model
inner join marts.dim_ward as ward on ward.ward_key = model.ward_key
where model.as_of = (select max(as_of) from marts.model_vitality)
  and model.days_since_last_activity > 90
order by model.days_since_last_activity desc, model.model_name;
