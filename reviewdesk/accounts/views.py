"""Sign-in, invitations, and the pages about oneself: account and API tokens."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from reviewdesk.accounts import invitations, service, sessions, tokens
from reviewdesk.accounts import sign_in as signing
from reviewdesk.accounts.forms import ChangePasswordForm, NewPasswordForm, SignInForm, TokenForm
from reviewdesk.accounts.roles import Ability, may
from reviewdesk.errors import Invalid
from reviewdesk.limits import limiter, sign_in_rate
from reviewdesk.pages import current_actor, in_my_language, local_path, maybe_actor, public, signed_in

accounts = Blueprint("accounts", __name__)


@accounts.route("/sign-in", methods=["GET", "POST"])
@public
@limiter.limit(sign_in_rate, methods=["POST"])
def sign_in() -> Any:
    """The sign-in page."""
    if request.method == "GET" and maybe_actor() is not None:
        return redirect("/")
    form = SignInForm()
    status = 200
    if form.validate_on_submit():
        try:
            identity = signing.sign_in(form.email.data, form.password.data, sessions.origin())
        except signing.SignInRefused as error:
            form.object_to(in_my_language(error.text))
            status = error.status
        else:
            sessions.start(identity)
            return redirect(local_path(request.args.get("next")))
    return render_template("accounts/sign_in.html", form=form), status


@accounts.post("/sign-out")
@signed_in
def sign_out() -> Any:
    """End this browser's session."""
    signing.sign_out(current_actor())
    sessions.end()
    flash(_("已退出登录"), "success")
    return redirect(url_for("accounts.sign_in"))


@accounts.post("/sign-out/everywhere")
@signed_in
def sign_out_everywhere() -> Any:
    """End every session of the reader, on all devices."""
    signing.sign_out_everywhere(current_actor())
    sessions.end()
    flash(_("已在所有设备上退出登录"), "success")
    return redirect(url_for("accounts.sign_in"))


@accounts.route("/invitations/<secret>", methods=["GET", "POST"])
@public
@limiter.limit(sign_in_rate, methods=["POST"])
def invitation(secret: str) -> Any:
    """Where somebody who was invited, or forgot the password, sets one."""
    found = invitations.look_at(secret)
    form = NewPasswordForm()
    if form.validate_on_submit():
        try:
            invitations.accept(secret, form.password.data, sessions.origin())
        except Invalid as error:
            form.object_to(in_my_language(error.text))
        else:
            sessions.end()
            flash(_("密码已设置，请登录"), "success")
            return redirect(url_for("accounts.sign_in"))
    return render_template("accounts/invitation.html", form=form, found=found)


@accounts.get("/account")
@signed_in
def account() -> Any:
    """Who I am here, my language, my password, my sessions."""
    return _account(ChangePasswordForm())


@accounts.post("/account/password")
@signed_in
@limiter.limit(sign_in_rate)
def change_password() -> Any:
    """Change one's own password; other sessions end, this one goes on."""
    form = ChangePasswordForm()
    if form.validate_on_submit():
        try:
            epoch = service.change_password(current_actor(), form.current.data, form.password.data)
        except Invalid as error:
            form.object_to(in_my_language(error.text))
        else:
            sessions.start(replace(current_user.identity, epoch=epoch))
            flash(_("密码已更改，其他设备上的登录已失效"), "success")
            return redirect(url_for("accounts.account"))
    return _account(form), 422


def _account(form: ChangePasswordForm) -> str:
    settings = current_app.extensions["reviewdesk.settings"]
    me = service.see_oneself(current_actor())
    return render_template("accounts/account.html", form=form, me=me, settings=settings)


@accounts.get("/tokens")
@signed_in
def list_tokens() -> Any:
    """One's API tokens; an administrator sees everybody's."""
    return _tokens(TokenForm())


@accounts.post("/tokens")
@signed_in
def create_token() -> Any:
    """Make a token and show its secret, this once."""
    form = TokenForm()
    if form.validate_on_submit():
        try:
            made = tokens.create_token(
                current_actor(), form.name.data, may_reveal=form.may_reveal.data, days=form.days.data
            )
        except Invalid as error:
            form.object_to(in_my_language(error.text))
        else:
            return _tokens(TokenForm(formdata=None), made), 201
    return _tokens(form), 422


@accounts.post("/tokens/<uuid:token_id>/revoke")
@signed_in
def revoke_token(token_id: UUID) -> Any:
    """End a token."""
    tokens.revoke(current_actor(), token_id)
    flash(_("令牌已吊销"), "success")
    return redirect(url_for("accounts.list_tokens"))


def _tokens(form: TokenForm, made: tokens.NewToken | None = None) -> str:
    actor = current_actor()
    return render_template(
        "accounts/tokens.html",
        form=form,
        made=made,
        tokens=tokens.list_tokens(actor),
        may_reveal=may(actor.roles, Ability.REVEAL),
        sees_all=may(actor.roles, Ability.MANAGE_TOKENS),
    )
