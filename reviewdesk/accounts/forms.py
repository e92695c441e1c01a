"""The forms of this stage. Every message is written here, so that both languages have it."""

from typing import Any

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import BooleanField, EmailField, PasswordField, SelectField, SelectMultipleField, StringField
from wtforms.validators import EqualTo, InputRequired, Length
from wtforms.widgets import CheckboxInput, ListWidget

from reviewdesk.accounts.passwords import LONGEST
from reviewdesk.accounts.roles import roles_of
from reviewdesk.accounts.service import LONGEST_NAME
from reviewdesk.accounts.tokens import DAYS, DEFAULT_DAYS
from reviewdesk.labels import label

LONGEST_EMAIL = 254  # characters, RFC 5321


def _needed() -> InputRequired:
    return InputRequired(_("请填写"))


def _at_most(characters: int) -> Length:
    return Length(max=characters, message=_("最多 %(n)s 个字符", n=characters))


class ErrorsByService(FlaskForm):  # type: ignore[misc]
    """A form that can also show what the service objected to."""

    def object_to(self, text: str) -> None:
        """Add an objection to the form as a whole."""
        self.form_errors.append(text)


class SignInForm(ErrorsByService):
    """Email and password."""

    email = EmailField(_("邮箱"), validators=[_needed(), _at_most(LONGEST_EMAIL)])
    password = PasswordField(_("密码"), validators=[_needed(), _at_most(LONGEST)])


class NewPasswordForm(ErrorsByService):
    """A new password, twice."""

    password = PasswordField(_("新密码"), validators=[_needed(), _at_most(LONGEST)])
    again = PasswordField(_("再输入一次"), validators=[_needed(), EqualTo("password", _("两次输入不一致"))])


class ChangePasswordForm(NewPasswordForm):
    """The current password, and a new one twice."""

    current = PasswordField(_("当前密码"), validators=[_needed(), _at_most(LONGEST)])


class RolesField(SelectMultipleField):  # type: ignore[misc]
    """Roles as checkboxes."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class RolesForm(ErrorsByService):
    """The roles of a person, out of those that the organisation's kind has."""

    roles = RolesField(_("角色"), validators=[InputRequired(_("至少选择一个角色"))])

    def __init__(self, kind: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.roles.choices = [(role.value, label(role.value, "role")) for role in roles_of(kind)]


class InviteForm(RolesForm):
    """Whom to invite, and as what."""

    name = StringField(_("姓名"), validators=[_needed(), _at_most(LONGEST_NAME)])
    email = EmailField(_("邮箱"), validators=[_needed(), _at_most(LONGEST_EMAIL)])


class TokenForm(ErrorsByService):
    """What a token is for, for how long, and whether it may reveal personal data."""

    name = StringField(_("用途"), validators=[_needed(), _at_most(LONGEST_NAME)])
    days = SelectField(_("有效期"), coerce=int, default=DEFAULT_DAYS)
    may_reveal = BooleanField(_("可以查看个人信息原文"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.days.choices = [(days, _("%(n)s 天", n=days)) for days in DAYS]
