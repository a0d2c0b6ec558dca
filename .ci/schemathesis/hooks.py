"""What Schemathesis cannot know of this API from its document."""

import itertools
import re

import schemathesis
from schemathesis.openapi.checks import RejectedPositiveData

# Refusals of requests that are valid against the schema, by rules that JSON Schema cannot express. Anything else that is refused as
# malformed or not valid must be excluded by the document too.
REFUSED_BY_RULES = {
    "INVALID_CURSOR",  # A cursor is text; which text, only the list knows that gave it out.
    "VARIANT_REQUIRED",  # Depends on how many variants the product has.
    "INVALID_QUANTITY",  # Lines of one variant are added up.
    "TOO_MANY_ITEMS",  # Lines of one variant count once.
    "INVALID_PRICE",  # The price step is a setting, and a final price is a sum.
    "PRECONDITION_FAILED",  # If-Match names a version.
    "IDEMPOTENCY_KEY_REUSED",
}
# And fields that are wrong only together with others: the window and the discount of a campaign, one main image, a single variant where
# there are no options and otherwise variants that choose one value of each, one way to name the item of a cart.
WRONG_TOGETHER = re.compile(r"endsAt|discountValue|discountMax|images|options(\.\d+.*)?|variants|(variants\.\d+\.)?optionValues(\.\d+)?|cartItemId")

ENTITY_TAGS = re.compile(r'\*|(W/)?"[^"]*"( *, *(W/)?"[^"]*")*')

calls = itertools.count()


@schemathesis.hook
def before_call(context, case, kwargs):
    """Keeps most requests that are meant to succeed from failing for one trivial reason, so that they reach what lies behind it."""
    if case.meta is None or not case.meta.generation.mode.is_positive:
        return
    headers = case.headers or {}
    # The generator of the coverage phase sends `0`, which the pattern does not allow.
    if "if-match" in headers and not ENTITY_TAGS.fullmatch(str(headers["if-match"])):
        headers["if-match"] = "*"
    call = next(calls)
    if call % 4 == 0:
        return
    # The same key again and again would get nothing but IDEMPOTENCY_KEY_REUSED.
    if "idempotency-key" in headers:
        headers["idempotency-key"] = f"key-{call}"
    # Both may be left out, and a random one belongs to nobody.
    for part in (case.body, case.query):
        if isinstance(part, dict):
            for name in ("userId", "couponId"):
                part.pop(name, None)


@schemathesis.check
def valid_requests_are_refused_only_by_rules(context, response, case):
    if case.meta is None or not case.meta.generation.mode.is_positive or response.status_code not in (400, 412, 413, 415, 422):
        return
    problem = response.json()
    fields = [error["field"] for error in problem.get("errors", [])] or [problem.get("field", "")]
    if problem["code"] in REFUSED_BY_RULES or (problem["code"] == "VALIDATION_FAILED" and all(map(WRONG_TOGETHER.fullmatch, fields))):
        return
    raise RejectedPositiveData(
        operation=case.operation.label,
        message=f"A request that is valid against the document was refused: {problem}",
        status_code=response.status_code,
        allowed_statuses=[],
    )
