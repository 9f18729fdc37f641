"""What each fault of the simulator must come to, whatever the format: said here, and not taken from the page.

The page is a copy of what happens; this is what ought to happen, from the taxonomy (`docs/outcomes.md`).
"""

from collections.abc import Mapping

from probes.model import Attribution, Outcome

O = Outcome  # noqa: E741 - the table is read by column
NO_FAULT = "none"

_BY_OUTCOME: tuple[tuple[tuple[Outcome, ...], str], ...] = (
    ((O.OK,), "none by_url task_early gzipped clock_skew wrong_mime model_swapped duplicate tls_slow"),
    ((O.OK_DEGRADED,), "wrong_tier wrong_ratio service_downgrade"),
    (
        (O.RATE_LIMITED,),
        """
            rate_limited rate_limited_tokens rate_limited_images rate_limited_day rate_limited_spend
            rate_limited_several rate_limited_bare contended provisioned_exceeded gateway_saturated
            gateway_concurrency envelope_429
        """,
    ),
    (
        (O.BALANCE,),
        "out_of_credit gateway_out_of_credit payment_required gateway_balance_403 envelope_402 envelope_433",
    ),
    (
        (O.OVERLOADED,),
        """
            overloaded no_capacity unavailable overloaded_array overloaded_529 gateway_int_code
            gateway_no_channel gateway_no_key_left error_in_200 stream_error
        """,
    ),
    (
        (O.SERVER_ERROR,),
        """
            internal internal_short out_of_memory html_502 html_524 key_echoed gateway_upstream
            gateway_channel_key gateway_slow_channel gateway_unreached gateway_empty gateway_bad_body
            gateway_no_price gateway_not_made envelope_455 envelope_500 envelope_501 envelope_505 task_failed
            task_lost batch_failed batch_cancelled
        """,
    ),
    ((O.OVERLOADED, O.SERVER_ERROR), "gateway_remapped"),
    ((O.TIMEOUT,), "deadline deadline_503 hang stall drip envelope_408 task_stuck task_unknown_state batch_expired"),
    ((O.TIMEOUT,), "slow_header black_hole tls_silent"),
    ((O.AUTH,), "key_invalid key_expired precondition forbidden gateway_denied cloudflare_1010 envelope_401"),
    ((O.AUTH,), "finish_pup_limited_disabled"),
    (
        (O.CLIENT_ERROR,),
        "invalid_argument not_there too_large gateway_unread envelope_404 envelope_422 envelope_451 cancelled",
    ),
    (
        (O.BLOCKED,),
        """
            blocked blocked_safety blocked_other blocked_blocklist blocked_image_safety blocked_unspecified
            blocked_model_armor blocked_jailbreak blocked_unknown image_safety finish_safety finish_recitation
            finish_language finish_blocklist finish_prohibited_content finish_spii
            finish_image_prohibited_content finish_image_recitation finish_model_armor gateway_sensitive
            gateway_prompt_blocked envelope_400 task_refused
        """,
    ),
    (
        (O.OK_NO_IMAGE,),
        """
            no_image text_only thought_only no_candidates task_empty finish_max_tokens finish_other
            finish_malformed_function_call finish_image_other finish_unexpected_tool_call
            finish_too_many_tool_calls finish_missing_thought_signature finish_malformed_response
            finish_escalation finish_continuation finish_unspecified finish_unknown
        """,
    ),
    (
        (O.MALFORMED,),
        """
            empty empty_object html_200 not_utf8 deep_json other_json task_garbled bad_base64 redirect created
            gzip_bomb gzip_corrupt endless huge_header not_http
        """,
    ),
    (
        (O.IMAGE_INVALID,),
        """
            url_404 url_expired url_private url_scheme url_html url_redirect single_colour zero_bytes
            not_an_image svg idat_corrupt huge_canvas
        """,
    ),
    ((O.IMAGE_INVALID, O.OK_DEGRADED), "one_pixel"),
    ((O.TRUNCATED,), "truncated truncated_chunked reset_midway base64_cut png_no_iend jpeg_no_eoi json_cut"),
    ((O.CONNECTION,), "reset close refused tls_reset tls_not tls_self_signed tls_expired tls_wrong_host"),
)
EXPECTED: Mapping[str, frozenset[Outcome]] = {
    fault: frozenset(outcomes) for outcomes, names in _BY_OUTCOME for fault in names.split()
}
# Formats, or ways of asking in them, that have other words, or none, for a fault.
_ELSEWHERE: Mapping[tuple[str, str], frozenset[Outcome]] = {
    ("a1111", "error_in_200"): frozenset((O.SERVER_ERROR,)),  # an error object that names no class
    ("kie", "overloaded"): frozenset((O.SERVER_ERROR,)),  # there is only 500
    ("kie", "error_in_200"): frozenset((O.SERVER_ERROR,)),
    ("kie", "deadline"): frozenset((O.SERVER_ERROR, O.TIMEOUT)),
    ("gemini", "no_candidates"): frozenset((O.MALFORMED,)),  # neither a candidate nor a reason why there is none
    ("vertex", "no_candidates"): frozenset((O.MALFORMED,)),
    ("openai_chat", "no_candidates"): frozenset((O.MALFORMED,)),
    ("openai_chat", "url_scheme"): frozenset((O.OK_NO_IMAGE,)),  # a text that names a file is a text
    ("gemini batch", "service_downgrade"): frozenset((O.OK,)),  # no tier was asked for
    ("vertex", "service_downgrade"): frozenset((O.OK,)),
    ("gemini batch", "batch_cancelled"): frozenset((O.CLIENT_ERROR,)),  # only who owns a job can cancel it
    ("openai_images", "zero_bytes"): frozenset((O.MALFORMED,)),  # an empty text is no base64
}
_OURS = frozenset((O.BALANCE, O.AUTH, O.CLIENT_ERROR))


def expected(variant: str, wire: str, fault: str) -> frozenset[Outcome]:
    """What a fault may come to in this way of asking; of one that is not in the table, anything but success."""
    usual = EXPECTED.get(fault, frozenset(set(Outcome) - {O.OK}))
    return _ELSEWHERE.get((variant, fault), _ELSEWHERE.get((wire, fault), usual))


def whose(outcome: Outcome) -> frozenset[Attribution]:
    """Whose doing an outcome of these faults can be: the control probe answers, nothing is advertised."""
    if outcome in _OURS:
        return frozenset((Attribution.CLIENT,))
    if outcome is O.BLOCKED:
        return frozenset((Attribution.POLICY,))
    return frozenset((Attribution.UNKNOWN if outcome is O.RATE_LIMITED else Attribution.PROVIDER,))
