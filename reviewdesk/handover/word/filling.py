"""A template opened and filled by docxtpl, within a sandbox: it sees the values of one document, and nothing else.

A template may loop, choose and use a few filters. It gets no globals, no attributes of Python's objects, and no way to
other files; what it may cost is held down by the process that it runs in.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any, Final

from docxtpl import DocxTemplate
from jinja2 import StrictUndefined, TemplateError, TemplateSyntaxError, UndefinedError, meta, nodes
from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from reviewdesk.errors import Invalid
from reviewdesk.handover.word.archive import checked
from reviewdesk.handover.word.names import LOAN_NAMES, LOANS, NAMES, Values, sample
from reviewdesk.handover.word.refusals import no_document, refused

FILTERS: Final = ("batch", "default", "first", "join", "last", "length", "replace", "reverse", "trim", "upper")
"""What a template may do with a value."""

MOST_TOLD: Final = 8


def environment() -> ImmutableSandboxedEnvironment:
    """The sandbox: no globals, few filters and tests, every value escaped, every unknown name an error."""
    made = ImmutableSandboxedEnvironment(autoescape=True, undefined=StrictUndefined)
    made.globals.clear()
    made.filters = {name: made.filters[name] for name in FILTERS}
    return made


class Template:
    """A template that was looked through and knows its placeholders. It fills one document after the other."""

    def __init__(self, content: bytes) -> None:
        """
        Raises:
            Invalid: it is no Word document, does things by itself, cannot be read, or has placeholders that there are
                not; with a code under `template.`.
        """
        checked(content)
        self._content = content
        self._environment = environment()
        try:
            self.names = _check_names(self._source(), self._environment)
        except TemplateSyntaxError as error:
            raise _syntax(error) from error
        except (KeyError, ValueError, AttributeError, SyntaxError) as error:
            raise no_document() from error

    def fill(self, values: Values) -> bytes:
        """The document with these values.

        Raises:
            Invalid: it cannot be filled, and why.
        """
        out = io.BytesIO()
        template = DocxTemplate(io.BytesIO(self._content))
        try:
            template.render(values, self._environment)
            template.save(out)
        except UndefinedError as error:
            raise refused(
                "unknown", f"模板用到了没有的占位符：{error}", f"A placeholder is unknown: {error}"
            ) from error
        except SecurityError as error:
            raise refused("unsafe", "模板用到了不允许的操作。", "The template does what is not allowed.") from error
        except TemplateSyntaxError as error:
            raise _syntax(error) from error
        except (TemplateError, ValueError, TypeError, ArithmeticError, KeyError, AttributeError, SyntaxError) as error:
            raise refused(
                "filling",
                f"模板无法生成文档（{type(error).__name__}）。",
                f"No document can be made of the template ({type(error).__name__}).",
            ) from error
        return out.getvalue()

    def try_out(self) -> bytes:
        """The document of a made-up suit.

        Raises:
            Invalid: as `fill`.
        """
        return self.fill(sample())

    def _source(self) -> str:
        """All that is a template in it: body, headers and footers, as docxtpl hands it to Jinja."""
        template = DocxTemplate(io.BytesIO(self._content))
        template.init_docx()
        found = [template.patch_xml(template.get_xml())]
        for uri in (template.HEADER_URI, template.FOOTER_URI):
            for _key, part in template.get_headers_footers(uri):
                found.append(template.patch_xml(template.get_part_xml(part)))
        return "\n".join(found)


def _check_names(source: str, made: ImmutableSandboxedEnvironment) -> list[str]:
    """The placeholders of a template.

    Raises:
        Invalid: `template.unknown` with those that there are not, each with what may be meant.
    """
    tree = made.parse(source)
    used = meta.find_undeclared_variables(tree)
    unknown = [_hint(name, NAMES) for name in sorted(used) if name not in NAMES]
    unknown += [_hint(name, LOAN_NAMES) for name in sorted(set(_of_loans(tree))) if name not in LOAN_NAMES]
    if unknown:
        told = "、".join(unknown[:MOST_TOLD])
        raise refused("unknown", f"没有这些占位符：{told}", f"There are no such placeholders: {told}")
    return sorted(used)


def _of_loans(tree: nodes.Template) -> Iterator[str]:
    """What is asked of the loans, within loops over them."""
    for loop in tree.find_all(nodes.For):
        if not (isinstance(loop.iter, nodes.Name) and loop.iter.name == LOANS and isinstance(loop.target, nodes.Name)):
            continue
        for one in loop.find_all(nodes.Getattr):
            if isinstance(one.node, nodes.Name) and one.node.name == loop.target.name:
                yield one.attr


def _hint(name: str, known: Mapping[str, Any]) -> str:
    near = get_close_matches(name, known, n=1, cutoff=0.5)
    return f"{name}（是否为“{near[0]}”？）" if near else name


def _syntax(error: TemplateSyntaxError) -> Invalid:
    return refused("syntax", f"模板语法有误：{error.message}", f"The template is not written right: {error.message}")
