"""How long an answer took, told to the browser: receiving the request's body, and all the work after it.

The header is `Server-Timing: receive;dur=120.5, work;dur=310.2`, in milliseconds. What a person waits for behind a slow
line is in the first; what the desk itself takes is in the second.
"""

from time import perf_counter

from flask import Flask, Request, Response, g, request


class TimedRequest(Request):
    """A request that knows how many seconds its form took to arrive."""

    receiving: float = 0.0

    def _load_form_data(self) -> None:
        started = perf_counter()
        super()._load_form_data()
        self.receiving += perf_counter() - started


def init_app(app: Flask) -> None:
    """Time every request but those for static files."""
    app.request_class = TimedRequest
    app.before_request(start)
    app.after_request(tell)


def start() -> None:
    """Remember when the work on this request began."""
    g.started = perf_counter()


def tell(response: Response) -> Response:
    """Say how long it took until now; what is streamed afterwards is not in it."""
    if request.endpoint != "static" and "started" in g:
        receiving = getattr(request, "receiving", 0.0)
        work = perf_counter() - g.started - receiving
        response.headers["Server-Timing"] = f"receive;dur={receiving * 1000:.1f}, work;dur={work * 1000:.1f}"
    return response
