"""Every answer says how long it took, and how long its form took to arrive."""

import io
import re

from flask import Flask
from flask.testing import FlaskClient

TIMES = re.compile(r"receive;dur=(\d+\.\d), work;dur=(\d+\.\d)")


def test_pages_are_timed_and_static_files_are_not(app: Flask) -> None:
    client: FlaskClient = app.test_client()
    told = TIMES.fullmatch(client.get("/healthz").headers["Server-Timing"])
    assert told
    assert float(told[1]) == 0
    assert float(told[2]) > 0
    assert "Server-Timing" not in client.get("/static/none.css").headers


def test_receiving_a_form_is_told_apart(app: Flask) -> None:
    form = {"file": (io.BytesIO(bytes(5_000_000)), "list.xlsx")}
    answer = app.test_client().post("/sign-in", data=form, content_type="multipart/form-data")
    told = TIMES.fullmatch(answer.headers["Server-Timing"])
    assert told
    assert float(told[1]) > 0
