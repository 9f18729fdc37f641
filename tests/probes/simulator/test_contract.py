"""What the simulator must have, as the list of wire formats asks for it: routes, faults, ways to select them."""

import asyncio

import aiohttp
import pytest

from probes.simulator.faults import BY_NAME, Stage
from probes.simulator.scenario import Scenario
from tests.probes.simulator.asks import GOOD, of_format
from tests.probes.simulator.support import Bench, Json, bench
from tests.probes.simulator.test_every_fault import FORMATS, SLOW, plain

GOOGLE = "/p/{version}/models/m1:{method}"
REGIONAL = "/p/{version}/projects/main/locations/us-central1/publishers/google/models/m1:{method}"
EXPRESS = "/p/{version}/publishers/google/models/m1:{method}"
ASKED = GOOD["gemini"].body
CHAT, IMAGE, TASK = (GOOD[wire] for wire in ("openai_chat", "openai_images", "kie"))
METHODS = ("generateContent", "streamGenerateContent", "countTokens")
BATCH = {"batch": {"inputConfig": {"requests": {"requests": [{"request": ASKED}]}}}}
PAGES = ("summary", "status", "components", "incidents", "incidents/unresolved", "scheduled-maintenances")

ROUTES: list[tuple[str, str, Json]] = [
    *(("gemini", GOOGLE.format(version=v, method=m), ASKED) for v in ("v1", "v1beta") for m in METHODS),
    *(("gemini", GOOGLE.format(version=v, method="batchGenerateContent"), BATCH) for v in ("v1", "v1beta")),
    *(("gemini", f"/p/{v}/{path}", None) for v in ("v1", "v1beta") for path in ("models", "models/m1", "batches")),
    *(("vertex", at.format(version=v, method=m), ASKED)
      for at in (REGIONAL, EXPRESS) for v in ("v1", "v1beta1") for m in METHODS),
    ("openai_images", IMAGE.path, IMAGE.body),
    ("openai_images", "/p/v1/models", None),
    ("openai_chat", CHAT.path, CHAT.body),
    ("openai_chat", "/p/v1/models", None),
    ("kie", TASK.path, TASK.body),
    ("a1111", GOOD["a1111"].path, GOOD["a1111"].body),
    *(("gemini", f"/p/api/v2/{page}.json", None) for page in PAGES),
    ("gemini", "/p/incidents.json", None),
]  # fmt: skip


@pytest.mark.parametrize(("wire", "path", "body"), ROUTES, ids=lambda value: value if isinstance(value, str) else "")
async def test_every_route_is_served(wire: str, path: str, body: Json) -> None:
    auth = ["bearer", "x-goog-api-key"] if wire == "vertex" else ["bearer"]
    async with bench(of_format(wire, auth=auth)) as to:
        assert (await to.ask(path, body)).status == 200


async def test_a_batch_a_task_and_a_result_file_are_found_where_they_are_said_to_be() -> None:
    async with bench(of_format("gemini")) as to:
        made = (await to.ask(GOOGLE.format(version="v1beta", method="batchGenerateContent"), BATCH)).json
        assert (await to.ask(f"/p/v1beta/{made['name']}")).json["name"] == made["name"]
        assert (await to.ask(f"/p/v1/{made['name']}")).status == 200
    async with bench(of_format("kie")) as to:
        task = (await to.ask(TASK.path, TASK.body)).json["data"]["taskId"]
        assert (await to.ask(f"/p/api/v1/jobs/recordInfo?taskId={task}")).json["data"]["taskId"] == task
    async with bench(of_format("openai_images")) as to:
        url = (await to.ask(IMAGE.path, IMAGE.body, fault="by_url")).json["data"][0]["url"]
        assert (await to.ask(url.removeprefix(to.base_url))).body.startswith(b"\x89PNG")


async def test_an_edit_is_served_as_a_form() -> None:
    form = aiohttp.FormData({"prompt": "a fox", "model": "m1", "size": "1024x1024"})
    form.add_field("image", b"\x89PNG", filename="a.png", content_type="image/png")
    async with bench(of_format("openai_images")) as to:
        headers = {"authorization": "Bearer k1"}
        async with to.session.post(f"{to.base_url}/p/v1/images/edits", data=form, headers=headers) as answer:
            assert answer.status == 200


CATALOGUE = {  # a phrase of the catalogue of faults -> what it is called here
    "429 with details: RPM, TPM, RPD, IPM, spend": (
        "rate_limited rate_limited_tokens rate_limited_day rate_limited_images rate_limited_spend"
    ),
    "429 without details": "rate_limited_bare contended",
    "several limits at once": "rate_limited_several",
    "503 x 4 texts": "overloaded deadline_503 no_capacity unavailable",
    "500, 504": "internal internal_short deadline",
    "400 key, 400 precondition, 403, 404, 413": "key_invalid key_expired precondition forbidden not_there too_large",
    "new-api: string code, int code, remapped status, Chinese text": (
        "gateway_upstream gateway_int_code gateway_remapped gateway_no_channel gateway_out_of_credit gateway_saturated"
    ),
    "Kie's errors at HTTP 200": "envelope_401 envelope_402 envelope_422 envelope_429 envelope_500 envelope_501",
    "HTML 502, 524, 200; Cloudflare 1010": "html_502 html_524 html_200 cloudflare_1010",
    "200 error envelope, {}, empty": "error_in_200 empty_object empty",
    "NO_IMAGE, STOP with text only, thought image only": "no_image text_only thought_only",
    "every block reason": (
        "blocked blocked_safety blocked_other blocked_blocklist blocked_image_safety blocked_unspecified"
        " blocked_model_armor blocked_jailbreak"
    ),
    "unknown finishReason": "finish_unknown",
    "bad base64, wrong tier, 1x1, corrupted IDAT": "bad_base64 wrong_tier one_pixel idat_corrupt",
    "fileData URL: ok, 404, expired": "by_url url_404 url_expired",
    "truncation: Content-Length, chunked, mid-base64 within JSON": "truncated truncated_chunked base64_cut json_cut",
    "RST, FIN before headers": "reset close",
    "slow TLS": "tls_slow tls_silent",
    "connect black hole": "black_hole",
    "TTFB hang, drip": "hang slow_header stall drip",
    "SSE error midway": "stream_error",
    "307; gzip; 201; clock skew in Date": "redirect gzipped created clock_skew",
    "silent downgrade": "wrong_tier service_downgrade model_swapped",
    "duplicate responseId": "duplicate",
}


@pytest.mark.parametrize("phrase", CATALOGUE)
def test_every_phrase_of_the_catalogue_has_its_faults(phrase: str) -> None:
    assert set(CATALOGUE[phrase].split()) <= set(BY_NAME)


@pytest.mark.parametrize("wire", FORMATS)
async def test_every_fault_is_had_for_a_span_of_time(wire: str) -> None:
    """By header: `test_every_fault`. At random: the fault matrix. Here: one provider for each, in an outage."""
    one = of_format(wire).providers["p"].model_dump(exclude_unset=True)
    names = {fault.replace("_", "-"): fault for fault in plain(wire)}
    struck = {name: {"outages": [{"kind": fault, "offset_s": 0, "duration_s": 1e9}]} for name, fault in names.items()}
    scenario = Scenario.model_validate({"providers": {name: {**one, **more} for name, more in struck.items()}})
    async with bench(scenario) as to:
        for name, fault in names.items():
            await asked(to, wire, name, patience_s=0.1 if fault in SLOW else 10)
        ledger = (await to.ask("/_sim/ledger")).json["providers"]
    for name, fault in names.items():
        image = ledger[name]["image"]
        before_http = fault.stage in (Stage.THROTTLE, Stage.AT_ONCE, Stage.AFTER_WORK, Stage.INSTEAD, Stage.WIRE)
        assert (image["outage"], image["arrived"]) == (int(before_http), 1), name
        assert image["endings"] == ({} if before_http else {fault: 1}), name


async def asked(to: Bench, wire: str, name: str, patience_s: float) -> None:
    good = GOOD[wire]
    try:
        async with asyncio.timeout(patience_s):
            await to.ask(good.path.replace("/p/", f"/{name}/", 1), good.body)
    except (aiohttp.ClientError, TimeoutError):
        return  # what it says is another test's; here only the ledger counts
