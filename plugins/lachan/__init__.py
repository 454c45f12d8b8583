"""Lá Chắn: computes the committee's figures from the daily exports of a city's wards, traceable to source lines."""
