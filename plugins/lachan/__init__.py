"""Lá Chắn: from the daily exports of a city's wards to the committee's figures, every figure traceable."""
