-- Two processes that collect the same city do so one after the other.
select publication_id from province.city where city_code = {{ city_code }} for update
