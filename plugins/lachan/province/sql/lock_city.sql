-- Two processes that collect the same city do so one after the other.
select publication_id, published_at from province.city where city_code = {{ city_code }} for update
