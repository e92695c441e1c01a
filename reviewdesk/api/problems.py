"""Errors as problem documents (RFC 9457), whatever they were: ours, HTTP's, or a fault of the program."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from uuid import UUID

from flask import Response, current_app, g, request
from pydantic import ValidationError
from werkzeug.exceptions import HTTPException

from reviewdesk.api.shapes import Change, FieldProblem, Problem, Sentence
from reviewdesk.errors import Invalid, ReviewDeskError, Text

MIME = "application/problem+json"
TYPE = "urn:reviewdesk:problem:"

TITLES: Mapping[int, Text] = {
    400: Text("请求无法读取", "The request cannot be read"),
    401: Text("须有有效令牌", "A valid token is needed"),
    403: Text("没有权限", "Not allowed"),
    404: Text("没有找到", "Not found"),
    405: Text("此地址不接受这种方法", "Method not allowed"),
    409: Text("与现状不符", "Conflict with the present state"),
    413: Text("请求过大", "The request is too large"),
    415: Text("不支持的内容类型", "Unsupported content type"),
    422: Text("请求内容有误", "The request is not valid"),
    429: Text("请求过于频繁", "Too many requests"),
    500: Text("服务器出错", "Server error"),
    503: Text("暂时不可用", "Unavailable"),
}

_OF_HTTP: Mapping[int, tuple[str, Text]] = {
    400: ("request.malformed", Text("请求不是有效的 HTTP 请求。", "This is not a valid HTTP request.")),
    404: ("route.unknown", Text("没有这一地址。", "There is no such address.")),
    405: ("route.method", Text("此地址不接受这种方法，请看 Allow。", "See Allow for the methods of this address.")),
    413: ("request.too_large", Text("请求超过大小上限。", "The request is larger than the limit.")),
    415: ("request.content_type", Text("不支持的内容类型。", "This content type is not supported.")),
    429: ("rate.exceeded", Text("请求过于频繁，请看 Retry-After。", "Too many requests; see Retry-After.")),
    500: (
        "server.error",
        Text(
            "这一步没有完成，没有作任何更改。请把请求编号告诉管理员。",
            "Nothing was changed. Tell an administrator the request id.",
        ),
    ),
}

NO_TOKEN = Text("请在 Authorization 中给出 Bearer 令牌。", "Give a bearer token in Authorization.")
BAD_TOKEN = Text("令牌无效、已过期或已吊销。", "The token is not valid, has expired or was revoked.")

_STATUS: Mapping[str, int] = {"file.too_large": 413}
"""Errors whose status in the API is not that of their family."""


def render(error: Exception) -> Response:
    """The problem document of an error, in the language that the request prefers."""
    if isinstance(error, ReviewDeskError):
        return _unauthorised(error) if error.status == HTTPStatus.UNAUTHORIZED else _ours(error)
    if isinstance(error, HTTPException):
        return _of_http(error)
    raise error


def _unauthorised(error: ReviewDeskError) -> Response:
    given = "Authorization" in request.headers
    code, text = ("token.invalid", BAD_TOKEN) if given else ("token.absent", NO_TOKEN)
    answer = _respond(error.status, code, text)
    answer.headers["WWW-Authenticate"] = 'Bearer realm="ReviewDesk"' + (', error="invalid_token"' if given else "")
    return answer


def _ours(error: ReviewDeskError) -> Response:
    details = dict(error.details)
    changes = [Change.model_validate(change) for change in details.pop("changes", [])]
    errors = _field_problems(error, details)
    return _respond(
        _STATUS.get(error.code, error.status), error.code, error.text, errors=errors, changes=changes, details=details
    )


def _field_problems(error: ReviewDeskError, details: dict[str, Any]) -> list[FieldProblem]:
    """What is wrong with which member; the parts of `details` that say so are taken out of it."""
    given = details.pop("errors", None) or details.pop("problems", None)
    if given is not None:
        details.pop("field", None)
        return [FieldProblem.model_validate(one) for one in given]
    if "field" in details:
        return [FieldProblem(field=str(details.pop("field")), code=error.code, message=Sentence.of(error.text))]
    return []


def _of_http(error: HTTPException) -> Response:
    status = error.code or HTTPStatus.INTERNAL_SERVER_ERROR
    if status not in _OF_HTTP:
        status = HTTPStatus.BAD_REQUEST if status < HTTPStatus.INTERNAL_SERVER_ERROR else status
    code, text = _OF_HTTP.get(status, _OF_HTTP[500])
    answer = _respond(status, code, text)
    for name, value in error.get_headers():
        if name in ("Allow", "Retry-After"):
            answer.headers[name] = value
    return answer


def _respond(
    status: int,
    code: str,
    text: Text,
    *,
    errors: list[FieldProblem] | None = None,
    changes: list[Change] | None = None,
    details: Mapping[str, Any] | None = None,
) -> Response:
    language = preferred_language()
    problem = Problem(
        type=TYPE + code,
        title=TITLES.get(status, TITLES[500]).in_language(language),
        status=status,
        detail=text.in_language(language),
        instance=request.path,
        code=code,
        message=Sentence.of(text),
        errors=errors or [],
        changes=changes or [],
        details={name: _plain(value) for name, value in (details or {}).items()},
        request_id=g.get("request_id"),
    )
    answer = Response(problem.model_dump_json(), status, mimetype=MIME)
    answer.headers["Content-Language"] = "en" if language == "en" else "zh-Hans"
    answer.headers["Vary"] = "Accept-Language"
    return answer


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, UUID) else value


def preferred_language() -> str:
    """`zh` or `en`: the better of the two in Accept-Language, else the house's own."""
    for tag, _quality in request.accept_languages:
        language = tag.partition("-")[0].lower()
        if language in ("zh", "en"):
            return language
    house: str = current_app.extensions["reviewdesk.settings"].locale
    return "en" if house.startswith("en") else "zh"


# --------------------------------------------------------------------------------- requests that do not fit

_WRONG: Mapping[str, str] = {
    "cursor": "翻页位置无效",
    "missing": "缺少这一项",
    "extra_forbidden": "没有这一项",
    "money": "金额应为以元计的十进制字符串，至多两位小数",
    "string_too_short": "内容过短",
    "string_too_long": "内容过长",
    "string_type": "应为字符串",
    "string_pattern_mismatch": "格式不对",
    "int_type": "应为整数",
    "int_parsing": "应为整数",
    "bool_parsing": "应为 true 或 false",
    "greater_than_equal": "数值过小",
    "less_than_equal": "数值过大",
    "literal_error": "不在可选值内",
    "enum": "不在可选值内",
    "uuid_parsing": "不是有效的编号",
    "date_from_datetime_parsing": "应为日期，如 2026-11-25",
    "date_parsing": "应为日期，如 2026-11-25",
    "list_type": "应为列表",
    "dict_type": "应为对象",
    "model_type": "应为对象",
    "model_attributes_type": "应为对象",
    "too_long": "项数过多",
}


def misfit(error: ValidationError) -> Invalid:
    """The error for a request that does not fit its shape, with every member that is wrong. Values are not repeated."""
    errors = [
        {
            "field": ".".join(str(part) for part in one["loc"]) or "body",
            "code": one["type"],
            "message": {"zh": _WRONG.get(one["type"], "值无法识别"), "en": one["msg"]},
        }
        for one in error.errors(include_input=False, include_url=False, include_context=False)
    ]
    return Invalid(
        "request.invalid",
        Text(f"请求有 {len(errors)} 处不合要求。", f"The request does not fit in {len(errors)} places."),
        errors=errors,
    )
