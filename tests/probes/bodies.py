"""Answers of real providers, as bytes: the shapes of `wire-formats.md` 1.1 to 1.7."""

import base64
import json
from typing import Any

from tests.probes.pictures import cheap, picture

KEY = "AIzaSyD-UpheldTestKey-0123456789abcdefg"
SIDE = 1024


def to_bytes(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def inline(data: bytes | str, *, thought: bool = False, mime: str = "image/png") -> dict[str, Any]:
    encoded = data if isinstance(data, str) else b64(data)
    return {"inlineData": {"mimeType": mime, "data": encoded}} | ({"thought": True} if thought else {})


def gemini(*parts: dict[str, Any], finish: str | None = "STOP", **more: object) -> bytes:
    """A `GenerateContentResponse` with one candidate."""
    content = {"role": "model"} | ({"parts": list(parts)} if parts else {})
    candidate: dict[str, Any] = {"index": 0, "content": content} | ({"finishReason": finish} if finish else {})
    return to_bytes(
        {
            "candidates": [candidate],
            "usageMetadata": {"promptTokenCount": 8, "candidatesTokenCount": 1120, "totalTokenCount": 1128},
            "modelVersion": "gemini-3-pro-image-preview",
            "responseId": "Zx4laf",
        }
        | more
    )


def blocked_prompt(reason: str) -> bytes:
    return to_bytes(
        {
            "promptFeedback": {"blockReason": reason, "safetyRatings": []},
            "usageMetadata": {"promptTokenCount": 8, "totalTokenCount": 8},
            "modelVersion": "gemini-3-pro-image-preview",
            "responseId": "r1",
        }
    )


def rpc(code: int | str, message: str, status: str | None, *details: dict[str, Any]) -> bytes:
    """A `google.rpc.Status`."""
    error: dict[str, Any] = {"code": code, "message": message, "status": status}
    return to_bytes({"error": error | ({"details": list(details)} if details else {})})


def error_info(reason: str) -> dict[str, Any]:
    return {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": reason, "domain": "googleapis.com"}


def quota_failure(*quotas: tuple[str, str]) -> dict[str, Any]:
    violations = [
        {
            "quotaMetric": f"generativelanguage.googleapis.com/{name.lower()}",
            "quotaId": name,
            "quotaDimensions": {"location": "global", "model": "gemini-3-pro-image"},
            "quotaValue": value,
        }
        for name, value in quotas
    ]
    return {"@type": "type.googleapis.com/google.rpc.QuotaFailure", "violations": violations}


def retry_info(delay: str) -> dict[str, Any]:
    return {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": delay}


HELP = {
    "@type": "type.googleapis.com/google.rpc.Help",
    "links": [{"description": "Learn more", "url": "https://ai.google.dev/gemini-api/docs/rate-limits"}],
}
QUOTA_MESSAGE = (
    "You exceeded your current quota, please check your plan and billing details. For more information on this "
    "error, head to: https://ai.google.dev/gemini-api/docs/rate-limits."
)
RPD, RPM, TPM = (
    "GenerateRequestsPerDayPerProjectPerModel",
    "GenerateRequestsPerMinutePerProjectPerModel",
    "GenerateContentInputTokensPerModelPerMinute-FreeTier",
)
DAILY_429 = rpc(
    429,
    QUOTA_MESSAGE,
    "RESOURCE_EXHAUSTED",
    HELP,
    quota_failure((TPM, "250000"), (RPD, "250")),
    retry_info("26s"),
)
MINUTE_429 = rpc(
    429, QUOTA_MESSAGE, "RESOURCE_EXHAUSTED", quota_failure((RPM + "-FreeTier", "10")), retry_info("600.5s")
)
BARE_429 = rpc(429, "Resource has been exhausted (e.g. check quota).", "RESOURCE_EXHAUSTED")
BAD_KEY = rpc(
    400,
    "API key not valid. Please pass a valid API key.",
    "INVALID_ARGUMENT",
    error_info("API_KEY_INVALID"),
    {"@type": "type.googleapis.com/google.rpc.LocalizedMessage", "locale": "en-US", "message": "API key not valid."},
)
NOT_FOUND = rpc(
    404,
    "models/X is not found for API version v1beta, or is not supported for generateContent. Call ListModels to see",
    "NOT_FOUND",
)


def gateway(message: str, kind: str | None, code: str | int | None) -> bytes:
    """The error of a one-api or new-api gateway, and of OpenAI: the same four keys."""
    return to_bytes({"error": {"message": message, "type": kind, "param": "", "code": code}})


NO_CHANNEL = gateway(
    "分组 default 下模型 gemini-3-pro-image-preview 无可用渠道（distributor） (request id: 2026112210)",
    "new_api_error",
    "model_not_found",
)
EMPTY_BALANCE = gateway("当前分组上游负载已饱和，请稍后再试", "insufficient_quota", "insufficient_user_quota")
IPM_429 = gateway(
    "Rate limit reached for gpt-image-1 in organization org-x on images per min (IPM): Limit 5, Used 5, Requested 1. "
    "Please try again in 12s.",
    "requests",
    "rate_limit_exceeded",
)


def openai(*data: dict[str, Any], **more: object) -> bytes:
    return to_bytes({"created": 1713833628, "data": list(data), "usage": {"total_tokens": 4200}} | more)


def kie(code: int, msg: str = "said", data: dict[str, Any] | None = None) -> bytes:
    """The envelope of Kie, in which errors come with HTTP 200."""
    return to_bytes({"code": code, "msg": msg, "data": data})


HTML = b"<!DOCTYPE html>\n<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>"
CLOUDFLARE_1010 = b"error code: 1010"
IMAGE = cheap(SIDE, SIDE)
JPEG = picture(SIDE, SIDE, "JPEG")
