"""The people page, where an administrator invites, gives roles, disables and unlocks."""

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from reviewdesk.accounts import invitations, service
from reviewdesk.accounts.forms import InviteForm, RolesForm
from reviewdesk.accounts.invitations import Link
from reviewdesk.accounts.roles import duty, roles_of
from reviewdesk.clock import now
from reviewdesk.errors import Conflict, Invalid
from reviewdesk.pages import current_actor, in_my_language, language, requires

people = Blueprint("people", __name__, url_prefix="/people")


@people.get("")
@requires("administrator", "compliance")
def list_people() -> Any:
    """Everybody of the organisation, and who was invited."""
    return _page(InviteForm(current_user.org_kind))


@people.post("/invitations")
@requires("administrator")
def invite() -> Any:
    """Invite somebody and show the link, this once."""
    form = InviteForm(current_user.org_kind)
    if form.validate_on_submit():
        try:
            link = invitations.invite(
                current_actor(), email=form.email.data, name=form.name.data, roles=form.roles.data
            )
        except Invalid as error:
            form.object_to(in_my_language(error.text))
        else:
            return _page(InviteForm(current_user.org_kind, formdata=None), link), 201
    return _page(form), 422


@people.post("/invitations/<uuid:invitation_id>/withdraw")
@requires("administrator")
def withdraw(invitation_id: UUID) -> Any:
    """End a link before it is used."""
    invitations.withdraw(current_actor(), invitation_id)
    flash(_("链接已失效"), "success")
    return redirect(url_for("people.list_people"))


@people.post("/<uuid:person_id>/roles")
@requires("administrator")
def change_roles(person_id: UUID) -> Any:
    """Give a person other roles."""
    form = RolesForm(current_user.org_kind)
    roles = form.roles.data if form.validate_on_submit() else []
    try:
        service.change_roles(current_actor(), person_id, roles)
    except (Invalid, Conflict) as error:
        flash(in_my_language(error.text), "error")
    else:
        flash(_("角色已更改"), "success")
    return redirect(url_for("people.list_people"))


@people.post("/<uuid:person_id>/disable")
@requires("administrator")
def disable(person_id: UUID) -> Any:
    """Keep a person from signing in."""
    try:
        service.disable(current_actor(), person_id)
    except Conflict as error:
        flash(in_my_language(error.text), "error")
    else:
        flash(_("已停用，其登录与令牌立即失效"), "success")
    return redirect(url_for("people.list_people"))


@people.post("/<uuid:person_id>/enable")
@requires("administrator")
def enable(person_id: UUID) -> Any:
    """Let a disabled person sign in again."""
    service.enable(current_actor(), person_id)
    flash(_("已重新启用"), "success")
    return redirect(url_for("people.list_people"))


@people.post("/<uuid:person_id>/unlock")
@requires("administrator")
def unlock(person_id: UUID) -> Any:
    """Lift the lock that wrong passwords brought."""
    service.unlock(current_actor(), person_id)
    flash(_("已解除锁定"), "success")
    return redirect(url_for("people.list_people"))


@people.post("/<uuid:person_id>/reset")
@requires("administrator")
def reset(person_id: UUID) -> Any:
    """Make a link by which a person sets a new password, and show it, this once."""
    link = invitations.invite_to_reset(current_actor(), person_id)
    return _page(InviteForm(current_user.org_kind, formdata=None), link), 201


def _page(form: InviteForm, link: Link | None = None) -> str:
    actor = current_actor()
    return render_template(
        "accounts/people.html",
        form=form,
        address=f"{request.url_root.rstrip('/')}{link.path}" if link else None,
        link=link,
        people=service.list_people(actor),
        invitations=invitations.list_open(actor),
        roles=roles_of(current_user.org_kind),
        role_duty=lambda role: duty(role, language()),
        manages=actor.has("administrator"),
        now=now(),
    )
