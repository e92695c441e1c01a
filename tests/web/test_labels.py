"""Every word that the product stores has a name for people, and no name is left over."""

from reviewdesk import labels
from reviewdesk.accounts.roles import ROLES, OrganisationKind
from reviewdesk.review.states import DECISIONS, State
from workers.pipeline import JOBS


def test_states_decisions_roles_and_jobs_have_names() -> None:
    assert labels.STATES.keys() == {state.value for state in State}
    assert labels.CHOICES.keys() == {verb.value for verb in DECISIONS}
    assert labels.ROLES.keys() == {role.value for role in ROLES}
    assert labels.ORGANISATION_KINDS.keys() == {kind.value for kind in OrganisationKind}
    assert labels.JOB_KINDS.keys() == JOBS.keys()


def test_the_roles_table_and_the_labels_say_the_same() -> None:
    assert {role.value: facts.zh for role, facts in ROLES.items()} == {
        role: str(text._args[0]) for role, text in labels.ROLES.items()
    }
