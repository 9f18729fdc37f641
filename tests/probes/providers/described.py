"""Two APIs that have adapters of their own, described to `http_json` by configuration alone."""

from typing import Any

OPENAI: dict[str, Any] = {
    "request": {
        "url": "/v1/images/generations",
        "headers": {"Authorization": "Bearer {key}"},
        "body": {"model": "{model}", "prompt": "{prompt}", "n": 1, "size": "{width}x{height}"},
    },
    "reach": {"url": "/v1/models", "has": "data"},
    "images": [
        {"path": "data.-1.b64_json", "kind": "base64"},
        {"path": "data.-1.url", "kind": "url"},
    ],
    "count": "data",
    "error": {
        "at": "error",
        "message": "error.message",
        "code": "error.code",
        "type": "error.type",
        "status": "error.status",
    },
    "limits": {
        "requests": "header:x-ratelimit-limit-requests",
        "remaining": "header:x-ratelimit-remaining-requests",
        "reset": "header:x-ratelimit-reset-requests",
    },
    "request_id": "header:x-request-id",
    "server_ms": "header:openai-processing-ms",
    "model_version": "header:openai-model",
}

KIE: dict[str, Any] = {
    "request": {
        "url": "/api/v1/jobs/createTask",
        "body": {
            "model": "{model}",
            "input": {
                "prompt": "{prompt}",
                "image_input": [],
                "resolution": "{size}",
                "aspect_ratio": "{aspect_ratio}",
            },
        },
    },
    "reach": {"url": "/api/v1/chat/credit", "has": "data"},
    "images": [{"path": "data.resultJson.resultUrls.-1", "kind": "url"}],
    "count": "data.resultJson.resultUrls",
    "error": {
        "ok": "code",
        "ok_values": ["200"],
        "message": "msg",
        "code": "code",
        "means": {"408": "DEADLINE_EXCEEDED", "433": "INSUFFICIENT_QUOTA", "455": "INTERNAL"},
        "policy_words": ["policy", "flagged"],
    },
    "task": {
        "id": "data.taskId",
        "poll": {"method": "GET", "url": "/api/v1/jobs/recordInfo?taskId={task_id}"},
        "state": "data.state",
        "running": ["generating"],
        "done": ["success"],
        "failed": ["fail"],
        "message": "data.failMsg",
        "code": "data.failCode",
        "poll_s": 3.0,
    },
    "server_ms": "data.costTime",
    "model_version": "data.model",
}
