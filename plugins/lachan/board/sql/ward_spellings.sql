select * from reporting.ward_spellings_to_settle() order by row_count desc, ward_spelling
