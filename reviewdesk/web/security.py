"""Headers, cookies, request ids and CSRF: what keeps pages from being turned against their readers."""

import re
import secrets
from typing import cast

from flask import Flask, Response, g, redirect, request
from flask_wtf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.wrappers import Response as BaseResponse

from reviewdesk.settings import Settings

API = "/api/"

csrf = CSRFProtect()

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)

HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
HSTS = "max-age=31536000; includeSubDomains"
HEALTH = "/healthz"

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")


def init_app(app: Flask) -> None:
    """Harden cookies, protect every form, and set the headers of every answer."""
    settings: Settings = app.extensions["reviewdesk.settings"]
    app.config.update(
        SESSION_COOKIE_NAME="__Host-reviewdesk" if settings.https else "reviewdesk",
        SESSION_COOKIE_SECURE=settings.https,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_PATH="/",
        PERMANENT_SESSION_LIFETIME=settings.session_hours * 3600,
        SESSION_REFRESH_EACH_REQUEST=False,
        PREFERRED_URL_SCHEME="https" if settings.https else "http",
        WTF_CSRF_CHECK_DEFAULT=False,  # `demand_csrf` checks, and leaves the API out: it knows tokens and no cookies
        WTF_CSRF_TIME_LIMIT=None,  # as long as the session that it is bound to
        WTF_CSRF_SSL_STRICT=settings.https,
    )
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    app.before_request(name_request)
    if settings.https:
        app.before_request(insist_on_https)
    csrf.init_app(app)
    app.before_request(demand_csrf)
    app.after_request(set_headers)


def name_request() -> None:
    """Give the request an id: the proxy's, where it sent a plausible one, else a fresh one."""
    given = request.headers.get("X-Request-ID", "")
    g.request_id = given if _REQUEST_ID.fullmatch(given) else secrets.token_hex(8)


def demand_csrf() -> None:
    """Refuse a change that no form of ours sent.

    Raises:
        CSRFError: the token is missing or not this session's.
    """
    if request.endpoint is not None and not request.path.startswith(API):
        csrf.protect()


def request_id() -> str:
    """The id of this request, as it stands in the journal, in the log and on error pages."""
    return cast(str, g.request_id)


def insist_on_https() -> BaseResponse | None:
    """Send a plain HTTP request on to HTTPS, but for the health check that a balancer makes behind it."""
    if request.is_secure or request.path == HEALTH:
        return None
    return redirect(request.url.replace("http://", "https://", 1), code=308)


def set_headers(response: Response) -> Response:
    """Set the security headers; pages and data are never kept by a cache."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if request.is_secure:
        response.headers.setdefault("Strict-Transport-Security", HSTS)
    if request.endpoint != "static":
        response.headers.setdefault("Cache-Control", "no-store")
    if "request_id" in g:
        response.headers["X-Request-ID"] = g.request_id
    return response
