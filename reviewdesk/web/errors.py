"""Errors as people meet them: a page that says what happened and what to do, or a toast where htmx asked."""

import logging
import traceback
from http import HTTPStatus
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, current_app, flash, g, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import AnonymousUserMixin
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from reviewdesk import pages
from reviewdesk.errors import ReviewDeskError, Stale
from reviewdesk.journal.service import record_refusal
from reviewdesk.web.security import API, request_id

log = logging.getLogger(__name__)

API_PROBLEM = "reviewdesk.api_problem"
"""The API registers a renderer of problem documents here, for errors that arise before its own views."""

ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


def init_app(app: Flask) -> None:
    """Render every error, and log the unforeseen ones without the data that they may quote."""
    app.register_error_handler(pages.NotSignedIn, ask_to_sign_in)
    app.register_error_handler(ReviewDeskError, render_ours)
    app.register_error_handler(CSRFError, render_csrf)
    app.register_error_handler(HTTPException, render_http)
    app.log_exception = log_safely  # type: ignore[method-assign]


def ask_to_sign_in(error: Exception) -> Any:
    """Send a reader to the sign-in page and back again afterwards; who sent a form is told that it was not taken."""
    if request.path.startswith(API):
        return _for_api(error)
    if pages.is_htmx():
        target = urlsplit(request.headers.get("HX-Current-URL", "/")).path
        answer = make_response("", HTTPStatus.UNAUTHORIZED)
        answer.headers["HX-Redirect"] = url_for("accounts.sign_in", next=target)
        return answer
    back = request.full_path.rstrip("?") if request.method == "GET" else _page_before()
    if request.method == "POST":
        flash(_("登录已过期，刚才的操作没有执行。登录后请再提交一次"), "error")
    return redirect(url_for("accounts.sign_in", next=back if back != "/" else None))


def _page_before() -> str | None:
    """The page of this site that a form was sent from, if it can be opened again."""
    before = urlsplit(request.referrer or "")
    if before.netloc != request.host or not pages.is_page(before.path):
        return None
    return f"{before.path}?{before.query}" if before.query else before.path


def render_ours(error: ReviewDeskError) -> Any:
    """Render an error of our own family, and record it in the journal where it is a refused attempt."""
    actor = pages.maybe_actor()
    if error.refusal is not None and actor is not None:
        record_refusal(actor, error)
    if request.path.startswith(API):
        return _for_api(error)
    changes = error.details.get("changes") if isinstance(error, Stale) else None
    return _render(error.status, pages.in_my_language(error.text), changes)


def render_csrf(error: CSRFError) -> Any:
    """A form from another site, or from a page that was left open until its session ended."""
    log.info("request %s had no valid CSRF token: %s", request_id(), error.description)
    if not pages.is_public(request.endpoint) and pages.maybe_actor() is None:
        return ask_to_sign_in(error)
    return _render(HTTPStatus.BAD_REQUEST, _("此表单已过期，没有作任何更改。请回到上一页刷新后再提交。"))


def render_http(error: HTTPException) -> Any:
    """Whatever HTTP itself objects to; a redirect stays a redirect."""
    status = error.code or HTTPStatus.INTERNAL_SERVER_ERROR
    if status < HTTPStatus.BAD_REQUEST:
        return error
    if request.path.startswith(API):
        return _for_api(error)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        _do_without_reader()
    answer = _render(status, advice(status))
    for name, value in error.get_headers():
        if name not in {"Content-Type", "Content-Length"}:
            answer.headers[name] = value
    return answer


def _do_without_reader() -> None:
    """Show the page as to nobody, if who asks was not known yet: finding out needs the database, which may be down."""
    if "actor" not in g:
        g.actor = None
        g._login_user = AnonymousUserMixin()  # where Flask-Login keeps the reader of a request


def title(status: int) -> str:
    """What happened, in a few words."""
    titles = {
        400: _("请求无法处理"),
        401: _("请先登录"),
        403: _("没有权限"),
        404: _("没有找到"),
        405: _("请求方式不对"),
        409: _("内容已经变化"),
        413: _("文件太大"),
        422: _("内容有误"),
        429: _("操作过于频繁"),
    }
    return str(titles.get(status, _("服务器出错了") if status >= HTTPStatus.INTERNAL_SERVER_ERROR else titles[400]))


def advice(status: int) -> str:
    """What a reader can do about it."""
    megabytes = current_app.extensions["reviewdesk.settings"].max_upload_mb
    texts = {
        403: _("您的角色不能使用此功能。如有需要，请联系本机构管理员。"),
        404: _("地址有误，或内容不存在，或不属于您的机构。"),
        409: _("其他人刚刚作了更改。请刷新页面，确认后再操作。"),
        413: _("单个文件不能超过 %(n)s MB。请拆分后再上传。", n=megabytes),
        429: _("请稍等片刻再试。"),
    }
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return str(_("这一步没有完成，没有作任何更改。请稍后再试；若仍不行，请把下面的请求编号告诉管理员。"))
    return str(texts.get(status, _("请检查后重试。")))


def _render(status: int, text: str, changes: Any = None) -> Response:
    if pages.is_htmx():
        answer = make_response(render_template("web/_toast.html", category="error", message=text), status)
        answer.headers["HX-Retarget"] = "#toasts"
        answer.headers["HX-Reswap"] = "beforeend"
        return answer
    page = render_template(
        "web/error.html",
        status=int(status),
        title=title(status),
        text=text,
        changes=changes,
        before=_page_before(),
        request_id=request_id(),
    )
    return make_response(page, status)


def _for_api(error: Exception) -> Any:
    renderer = current_app.extensions.get(API_PROBLEM)
    return renderer(error) if renderer else error


def log_safely(exc_info: ExcInfo) -> None:
    """Log an unforeseen error by its kind and place; a driver's message may quote a borrower's data."""
    kind, error, _frames = exc_info
    if error is None:
        return
    frames = traceback.extract_tb(error.__traceback__)
    path = " > ".join(f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}" for frame in frames[-8:])
    log.error("request %s %s failed: %s at %s", request_id(), request.endpoint, kind.__name__ if kind else "?", path)
