"""The floor under all pages: who is asking, what a route asks of them, and how values are written.

Every route says in one decorator who may use it: `@requires("reviewer", ...)`, `@signed_in` or `@public`. The guard
reads that rule before the view runs, and refuses a route that has none, so a forgotten decorator closes a page instead
of opening it. Navigation and tests read the same rules.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final, Generic, TypeVar, cast
from urllib.parse import urlencode, urlsplit
from uuid import UUID

from flask import Flask, current_app, g, make_response, redirect, request
from flask_babel import LazyString, get_locale, gettext
from jinja2 import Undefined, pass_context
from jinja2.runtime import Context
from werkzeug.exceptions import MethodNotAllowed, NotFound

from reviewdesk.actor import Actor, command, system
from reviewdesk.clock import SHANGHAI, now
from reviewdesk.errors import NotAllowed, Refusal, ReviewDeskError, Text
from reviewdesk.labels import label, tone
from reviewdesk.money import fen as fen_of
from reviewdesk.money import grouped

T = TypeVar("T")
View = TypeVar("View", bound=Callable[..., Any])
ActorLoader = Callable[[], Actor | None]

NOTHING = "—"
_RULE = "reviewdesk_rule"
_LOADER = "reviewdesk.actor_loader"


# --------------------------------------------------------------------------------------------- who may


@dataclass(frozen=True, slots=True)
class Rule:
    """Who may use a route: everybody, everybody who is signed in, or those who hold one of the roles."""

    roles: frozenset[str] = field(default_factory=frozenset)
    public: bool = False

    def admits(self, roles: frozenset[str]) -> bool:
        """Whether somebody who is signed in with these roles may use the route."""
        return self.public or not self.roles or not self.roles.isdisjoint(roles)


class NotSignedIn(ReviewDeskError):
    """The route is for people who are signed in."""

    status = 401

    def __init__(self) -> None:
        super().__init__("sign_in_needed", Text("请先登录", "Sign in first"))


def _declare(rule: Rule) -> Callable[[View], View]:
    def mark(view: View) -> View:
        setattr(view, _RULE, rule)
        return view

    return mark


def requires(*roles: str) -> Callable[[View], View]:
    """Declare that a route is for those who hold at least one of the roles."""
    if not roles:
        raise ValueError("name at least one role, or use signed_in or public")
    return _declare(Rule(roles=frozenset(roles)))


def signed_in(view: View) -> View:
    """Declare that a route is for everybody who is signed in."""
    return _declare(Rule())(view)


def public(view: View) -> View:
    """Declare that a route is for everybody, signed in or not."""
    return _declare(Rule(public=True))(view)


def rule_of(endpoint: str, app: Flask | None = None) -> Rule | None:
    """The rule that an endpoint declares, or None where it declares none."""
    view = (app or current_app).view_functions[endpoint]
    rule = getattr(view, _RULE, None)
    if rule is None and endpoint.rpartition(".")[2] == "static":
        return Rule(public=True)
    return cast(Rule | None, rule)


def is_public(endpoint: str | None) -> bool:
    """Whether a route is for everybody; one that does not exist is not."""
    rule = rule_of(endpoint) if endpoint else None
    return rule is not None and rule.public


def guard() -> None:
    """Refuse the request unless the rule of its route admits the one who asks.

    Raises:
        NotSignedIn: nobody is signed in and the route is not public.
        NotAllowed: none of the person's roles is admitted; the attempt is recorded by the edge.
        RuntimeError: the route declares no rule.
    """
    if request.endpoint is None:
        return
    rule = rule_of(request.endpoint)
    if rule is None:
        raise RuntimeError(f"the route {request.endpoint} declares no rule")
    if rule.public:
        return
    actor = current_actor()
    if not rule.admits(actor.roles):
        raise NotAllowed(
            "role_needed",
            Text("您的角色不能使用此功能", "Your role may not use this"),
            refusal=Refusal(action="web:route:open", subject=("route", request.endpoint)),
        )


# -------------------------------------------------------------------------------------------- who asks


def load_actors_with(app: Flask, loader: ActorLoader) -> None:
    """Say how the author of a request is found: from the session, or from the token of an API call."""
    app.extensions[_LOADER] = loader


def maybe_actor() -> Actor | None:
    """The author of this request, or None when nobody is signed in."""
    if "actor" not in g:
        g.actor = current_app.extensions[_LOADER]()
    return cast(Actor | None, g.actor)


def current_actor() -> Actor:
    """The author of this request.

    Raises:
        NotSignedIn: nobody is signed in.
    """
    actor = maybe_actor()
    if actor is None:
        raise NotSignedIn
    return actor


def may_open(path: str) -> bool:
    """Whether the one who asks may GET this path; False as well where no such page exists."""
    actor, rule = maybe_actor(), _rule_to_open(path)
    return rule is not None and (rule.public or (actor is not None and rule.admits(actor.roles)))


def is_page(path: str) -> bool:
    """Whether this path can be opened, by whomever."""
    return _rule_to_open(path) is not None


def _rule_to_open(path: str) -> Rule | None:
    try:
        endpoint, _arguments = current_app.url_map.bind("").match(path, method="GET")
    except (NotFound, MethodNotAllowed):
        return None
    return rule_of(endpoint)


def is_htmx() -> bool:
    """Whether htmx asks, so that a fragment is wanted and not a page."""
    return request.headers.get("HX-Request") == "true" and request.headers.get("HX-Boosted") != "true"


def go_to(path: str) -> Any:
    """Send the reader on to another page, from a part of a page too, which would take that page for its new self."""
    if not is_htmx():
        return redirect(path)
    answer = make_response("", 204)
    answer.headers["HX-Redirect"] = path
    return answer


def local_path(target: str | None) -> str:
    """A path on this site, or `/` for anything that would lead a reader elsewhere."""
    parts = urlsplit((target or "/").replace("\\", "/"))
    if parts.scheme or parts.netloc or not parts.path.startswith("/") or parts.path.startswith("//"):
        return "/"
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def language() -> str:
    """The language of this request, as `zh_Hans` or `en`."""
    locale = get_locale()
    return "en" if locale is not None and locale.language == "en" else "zh_Hans"


# --------------------------------------------------------------------------------------- keyset paging


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page of a list that is read by key and not by offset.

    `next` is the cursor of the following page, None at the end; `first` is False on every page but the first.
    """

    items: list[T]
    next: str | None = None
    first: bool = True


def page_of(rows: list[T], size: int, cursor: Callable[[T], str], *, first: bool) -> Page[T]:
    """Make a page of `size` from a query that asked for `size + 1` rows; `cursor` names the last one shown."""
    shown = rows[:size]
    more = len(rows) > size and bool(shown)
    return Page(shown, cursor(shown[-1]) if more else None, first)


def with_args(**changes: Any) -> str:
    """This page's address with some query arguments changed; None removes one."""
    args: dict[str, list[Any]] = {key: list(values) for key, values in request.args.lists()}
    for key, value in changes.items():
        if value is None:
            args.pop(key, None)
        else:
            args[key] = list(value) if isinstance(value, list | tuple) else [value]
    query = urlencode(args, doseq=True)
    return f"{request.path}?{query}" if query else request.path


# ------------------------------------------------------------------------------ how values are written


def _absent(value: object) -> bool:
    """Whether there is nothing to write: None, an empty text, or a member that a stored JSON object does not have."""
    return value is None or value == "" or isinstance(value, Undefined)


def write_money(fen: int | None) -> str:
    """3650000 becomes `36,500.00`; nothing becomes a dash."""
    if fen is None or _absent(fen):
        return NOTHING
    return grouped(fen)


def write_yuan(text: str) -> str:
    """A decimal string in yuan with its thousands apart: `11803.01` becomes `11,803.01`."""
    return grouped(fen_of(text))


def write_number(number: int | None) -> str:
    """5000 becomes `5,000`."""
    return NOTHING if number is None or _absent(number) else f"{number:,}"


def write_rate(rate: Decimal | str | None) -> str:
    """0.154 becomes `15.4%`."""
    if rate is None or _absent(rate):
        return NOTHING
    percent = (Decimal(rate) * 100).normalize()
    return f"{percent:f}%"


def write_lasting(seconds: int) -> str:
    """How long something lasts: `40 秒`, `3 分钟`, above an hour `2 小时`; rounded up to its largest unit."""
    if seconds < 60:
        return str(gettext("%(n)s 秒", n=seconds))
    if seconds < 3600:
        return str(gettext("%(n)s 分钟", n=-(-seconds // 60)))
    return str(gettext("%(n)s 小时", n=-(-seconds // 3600)))


def write_date(day: date | datetime | str | None) -> str:
    """A date as `2026-11-23`; a moment as its day in Shanghai."""
    if not day:
        return NOTHING
    if isinstance(day, str):
        return day[:10]
    return (day.astimezone(SHANGHAI).date() if isinstance(day, datetime) else day).isoformat()


def write_datetime(moment: datetime | str | None) -> str:
    """A moment in Shanghai, to the minute: `2026-11-23 14:05`."""
    if not moment:
        return NOTHING
    at = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    return at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")


def write_clock(moment: datetime | None) -> str:
    """A moment in Shanghai, to the second: `2026-11-23 14:05:09`."""
    return NOTHING if moment is None else moment.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S")


def write_ago(moment: datetime | None) -> str:
    """How long ago a moment was, in the reader's language: `4 分钟前`."""
    if moment is None:
        return NOTHING
    minutes = int((now() - moment).total_seconds() // 60)
    if minutes < 1:
        return str(gettext("刚刚"))
    if minutes < 60:
        return str(gettext("%(n)s 分钟前", n=minutes))
    if minutes < 60 * 24:
        return str(gettext("%(n)s 小时前", n=minutes // 60))
    if minutes < 60 * 24 * 30:
        return str(gettext("%(n)s 天前", n=minutes // (60 * 24)))
    return write_date(moment)


def write_size(size: int | None) -> str:
    """Bytes as `812 B`, `34.5 KB`, `1.2 MB`, in steps of 1,024."""
    if size is None:
        return NOTHING
    amount = float(size)
    for unit in ("B", "KB", "MB"):
        if amount < 1024:
            return f"{amount:.0f} B" if unit == "B" else f"{amount:.1f} {unit}"
        amount /= 1024
    return f"{amount:.1f} GB"


def shorten(digest: str | UUID | None) -> str:
    """A digest or id for the eye: `9f2c4d…e41a`."""
    text = str(digest or "")
    return f"{text[:6]}…{text[-4:]}" if len(text) > 12 else text or NOTHING


def initials(name: str) -> str:
    """What fits on an avatar: the last two characters of a Chinese name, the initials of another."""
    words = name.split()
    if len(words) > 1:
        return (words[0][:1] + words[-1][:1]).upper()
    return name[-2:] if not name.isascii() else name[:2].upper()


def in_my_language(text: Text | dict[str, str] | None) -> str:
    """The reader's side of a sentence that exists in both languages."""
    if text is None:
        return ""
    if isinstance(text, Text):
        return text.in_language(language())
    return text["en" if language() == "en" else "zh"]


def as_sentence(text: Text | dict[str, str] | None) -> str:
    """The reader's side of a sentence, with a capital letter in front where its language has them."""
    said = in_my_language(text)
    return said[:1].upper() + said[1:]


AUTHORS: Final = {system().name: Text("系统", "System"), command().name: Text("命令行", "Command line")}
"""Who acts for nobody in particular."""


def write_author(name: str) -> str:
    """Who did something: a person's name, or what acted for nobody in particular."""
    return in_my_language(AUTHORS[name]) if name in AUTHORS else name


@pass_context
def write_label(_context: Context, value: str, table: str) -> LazyString:
    """What a stored word is called. The context keeps a constant from being translated when its page is compiled."""
    return label(value, table)


FILTERS: dict[str, Callable[..., Any]] = {
    "money": write_money,
    "yuan": write_yuan,
    "number": write_number,
    "rate": write_rate,
    "date": write_date,
    "datetime": write_datetime,
    "clock": write_clock,
    "ago": write_ago,
    "size": write_size,
    "lasting": write_lasting,
    "shorten": shorten,
    "initials": initials,
    "label": write_label,
    "tone": tone,
    "mine": in_my_language,
    "sentence": as_sentence,
    "author": write_author,
}


def init_app(app: Flask) -> None:
    """Install the guard, the filters and the template globals."""
    app.extensions.setdefault(_LOADER, lambda: None)
    app.before_request(guard)
    app.jinja_env.filters.update(FILTERS)
    app.jinja_env.globals.update(may_open=may_open, with_args=with_args, is_htmx=is_htmx, language=language)
    app.context_processor(lambda: {"actor": maybe_actor()})
