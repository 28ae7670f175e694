"""The calls and their access checks in this process, without a socket or a worker. test_server.py has the real server."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lbs.api import peer
from lbs.api.errors import ApiError
from lbs.api.scan import scan_models
from lbs.api.submit import read_submissions, resumed
from lbs.sentences import say
from lbs.settings import Settings
from lbs.store import Run
from lbs.store.history import History
from tests.support.api import MINE, refused
from tests.support.backend import model_folder


def test_only_our_own_user_without_a_token(ask: Callable[..., httpx.Response], user: dict[str, int | None]) -> None:
    assert ask("GET", "/api/health").status_code == 200
    for uid in (MINE + 1, None):
        user["uid"] = uid
        assert "LBS_TOKEN" in refused(ask("GET", "/api/health"), 403, "user")
    user["uid"] = MINE
    refused(ask("GET", "/api/health", client=None), 403, "user")


def test_a_forwarded_address_changes_nothing(ask: Callable[..., httpx.Response], user: dict[str, int | None]) -> None:
    user["uid"] = MINE + 1
    refused(ask("GET", "/api/health", headers={"X-Forwarded-For": "127.0.0.1"}), 403, "user")


def test_a_setting_of_the_allocator_that_does_not_hold_is_told(
    ask: Callable[..., httpx.Response], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert ask("GET", "/api/health").json()["allocator_note"] is None
    monkeypatch.setenv("PYTORCH_ALLOC_CONF", "max_split_size_mb:64")
    health = ask("GET", "/api/health").json()
    assert health["allocator_note_sentence"]["code"] == "lbs.memory.split_size_dropped"
    assert "max_split_size_mb:64" in health["allocator_note"]


def test_a_client_chooses_what_a_run_does_while_results_cannot_be_saved(ask: Callable[..., httpx.Response]) -> None:
    assert ask("GET", "/api/health").json()["storage"]["when_unsaved"] == "pause"
    chosen = ask("POST", "/api/storage", json={"when_unsaved": "continue"}).json()
    assert chosen["when_unsaved"] == "continue" and chosen["unsaved_items"] == 0


def test_only_the_exact_token_is_accepted(
    ask: Callable[..., httpx.Response], user: dict[str, int | None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LBS_TOKEN", "s3cret")
    user["uid"] = MINE + 1
    for wrong in (b"Bearer s3cretx", b"Bearer s3cre", b"s3cret", b"bearer s3cret", b"Bearer \xe9", b""):
        refused(ask("GET", "/api/health", headers={"Authorization": wrong}), 401, "token")
    refused(ask("GET", "/api/health"), 401, "token")
    assert ask("GET", "/api/health", headers={"Authorization": "Bearer s3cret"}).status_code == 200


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.1:9", "localhost:5000", "LOCALHOST", "[::1]", "[::1]:5000"])
def test_our_host_names_are_accepted_on_any_port(ask: Callable[..., httpx.Response], host: str) -> None:
    assert ask("GET", "/api/health", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "evil.example:5000", "", "10.0.0.1"])
def test_other_host_names_are_refused(ask: Callable[..., httpx.Response], host: str) -> None:
    refused(ask("GET", "/api/health", headers={"Host": host}), 403, "host")


def test_the_refusal_of_an_origin_has_the_line_to_export(
    ask: Callable[..., httpx.Response], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LBS_ALLOWED_ORIGINS", "http://a.example, http://b.example:81/")
    told = refused(ask("GET", "/api/health", headers={"Origin": "null"}), 403, "origin")
    assert told.endswith("export LBS_ALLOWED_ORIGINS=http://a.example,http://b.example:81,null")
    told = refused(ask("GET", "/api/health", headers={"Origin": "http://x;id"}), 403, "origin")
    assert told.endswith("'http://a.example,http://b.example:81,http://x;id'")
    for near in ("http://a.example:80", "https://a.example", "http://a.example.evil", "http://127.0.0.1:5001"):
        refused(ask("GET", "/api/health", headers={"Origin": near}), 403, "origin")
    assert ask("GET", "/api/health", headers={"Origin": "http://127.0.0.1:5000"}).status_code == 200


def test_an_admitted_page_reads_answers_and_errors(
    ask: Callable[..., httpx.Response], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LBS_ALLOWED_ORIGINS", "http://a.example")
    page = {"Origin": "http://a.example"}
    for path in ("/api/health", "/api/nothing"):
        assert ask("GET", path, headers=page).headers["access-control-allow-origin"] == "http://a.example"
    preflight = ask("OPTIONS", "/api/history", headers={**page, "Access-Control-Request-Method": "DELETE"})
    assert preflight.status_code == 204 and "DELETE" in preflight.headers["access-control-allow-methods"]
    assert "access-control-allow-origin" not in ask("GET", "/api/health").headers


def test_bodies_are_json_of_a_known_size(ask: Callable[..., httpx.Response]) -> None:
    refused(ask("POST", "/api/submit", content="a=1"), 415, "not_json")
    headers = {"Content-Type": "text/plain"}
    refused(ask("POST", "/api/submit", content="{}", headers=headers), 415, "not_json")
    json_type = {"Content-Type": "application/json"}
    refused(ask("POST", "/api/submit", headers={**json_type, "Content-Length": "99999999"}), 413, "too_large")
    refused(ask("POST", "/api/submit", headers={**json_type, "Transfer-Encoding": "chunked"}), 411, "no_length")
    for odd in ("{", '{"req_id": "\\ud800"}', "[NaN]", "[" * 100_000, ""):
        refused(ask("POST", "/api/submit", content=odd, headers=json_type), 400, "invalid_input")


def test_every_failure_has_one_shape(ask: Callable[..., httpx.Response]) -> None:
    refused(ask("GET", "/api/nothing"), 404, "not_found")
    refused(ask("PUT", "/api/health"), 405, "method_not_allowed")
    refused(ask("GET", "/api/runs/none"), 404, "not_found")
    refused(ask("POST", "/api/cancel/none"), 404, "not_found")
    refused(ask("GET", "/api/results?count=many"), 400, "invalid_input")
    refused(ask("POST", "/api/scan-models", json={"folder_path": 7}), 400, "invalid_input")
    refused(ask("POST", "/api/scan-models", json={}), 400, "no_folder")


@pytest.mark.parametrize(
    ("path", "body", "text"),
    [
        ("/api/queue/hold", {}, "hold is missing"),
        ("/api/queue/hold", {"hold": "perhaps"}, "hold must be true or false"),
        ("/api/storage", {"when_unsaved": "stop"}, "when_unsaved must be one of 'pause', 'continue'"),
        ("/api/queue/hold", [], "The request is invalid: must be an object."),
        ("/api/plan", {"model": "m", "speed": 1}, "speed is not a known field"),
        ("/api/plan", {"model": "m", "context": "long"}, "context must be a whole number"),
        (
            "/api/plan",
            {"model": "m", "limit": "half"},
            "limit must be 0 (no limit), a fraction such as 0.8 or 80%, a size such as 22GiB",
        ),
        ("/api/plan", {"model": "m", "limit": 2}, "limit must be 0 (no limit) or a fraction up to 1"),
        ("/api/plan", {"model": "m", "limit": -1}, "limit must be a size with its whole unit"),
        ("/api/plan", {"model": 7}, "model must be text"),
        ("/api/plan", {"model": ""}, "model must have at least 1 characters"),
        ("/api/plan", {"model": "m", "kind": "sing"}, "kind must be one of 'generate', 'score', 'choose'"),
        (
            "/api/submit",
            [{"model_name_or_path": "m"}, {}],
            "0.dataset_name is missing, 1.model_name_or_path is missing",
        ),
        (
            "/api/submit",
            {"model_name_or_path": "m", "dataset_name": "d", "parameters": []},
            "parameters must be an object",
        ),
        (
            "/api/submit",
            {"model_name_or_path": "m", "dataset_name": "d", "req_id": "x" * 201},
            "req_id must have at most 200",
        ),
    ],
)
def test_invalid_input_names_every_field(
    ask: Callable[..., httpx.Response], path: str, body: object, text: str
) -> None:
    answer = ask("POST", path, json=body)
    assert text in refused(answer, 400, "invalid_input")
    sentence = answer.json()["sentence"]
    assert sentence["code"] == "lbs.api.invalid_input"
    assert all(
        problem["code"].startswith(("lbs.api.", "lbs.validation.")) for problem in sentence["values"]["problems"]
    )


def test_an_unexpected_failure_reveals_nothing_internal(
    ask: Callable[..., httpx.Response], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(History, "rows", lambda *_: 1 / 0)
    assert "division" not in refused(ask("GET", "/api/history"), 500, "internal")


def test_the_folder_of_a_page_is_served_beside_the_calls(
    ask: Callable[..., httpx.Response], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = tmp_path / "page"
    page.mkdir()
    (page / "index.html").write_text("<p>old page")
    (tmp_path / "secret").write_text("secret")
    monkeypatch.setenv("LBS_WEB_DIR", str(page))
    assert ask("GET", "/").text == "<p>old page"
    assert "content-security-policy" not in ask("GET", "/").headers
    assert ask("GET", "/api/datasets").json()["NeedleInAHaystack"][0] == "NeedleInAHaystack"
    refused(ask("GET", "/%2e%2e/secret"), 404, "not_found")
    refused(ask("GET", "/none.html"), 404, "not_found")


def test_hidden_files_of_a_page_are_not_served(
    ask: Callable[..., httpx.Response], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = tmp_path / "page"
    for name in (".env", ".git/config", "a/.b/c.txt", "a/index.html", "..data", "index.html"):
        (page / name).parent.mkdir(parents=True, exist_ok=True)
        (page / name).write_text(f"text of {name}")
    (tmp_path / "secret").write_text("secret")
    (page / "out.txt").symlink_to(tmp_path / "secret")
    (page / "env.txt").symlink_to(page / ".env")
    (page / ".open.txt").symlink_to(page / "index.html")
    monkeypatch.setenv("LBS_WEB_DIR", str(page))
    for path in ("/.env", "/%2eenv", "/%2Egit/config", "/a/..%2f.env", "/a/.b/c.txt", "/a/%2e%62/c.txt", "/..data"):
        refused(ask("GET", path), 404, "not_found")
    for path in ("/out.txt", "/env.txt", "/.open.txt", "/%252eenv", "/.git/", "/.git"):
        refused(ask("GET", path), 404, "not_found")
    assert ask("GET", "/a/").text == "text of a/index.html"


def test_memory_before_any_worker(ask: Callable[..., httpx.Response]) -> None:
    told = ask("GET", "/api/memory").json()
    assert told["gpus"] == [] and told["cached_models"] == [] and told["host"] == {"total": 0, "available": 0, "rss": 0}
    assert ask("POST", "/api/memory/clear").json() == {"status": "success", "freed": 0}


def test_health_has_settings_with_their_source_and_no_token(
    ask: Callable[..., httpx.Response], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LBS_TOKEN", "s3cret")
    monkeypatch.setenv("LBS_GPU_MEMORY_LIMIT", "0.8")
    told = ask("GET", "/api/health", headers={"Authorization": "Bearer s3cret"})
    assert "s3cret" not in told.text
    settings = told.json()["settings"]
    assert settings["LBS_GPU_MEMORY_LIMIT"] == {"value": 0.8, "source": "environment"}
    assert settings["LBS_TORCH_DTYPE"] == {"value": None, "source": "default"}


def test_old_clients_see_what_they_know(ask: Callable[..., httpx.Response]) -> None:
    done = Run("a", "NeedleInAHaystack/x", "/m", {}, status="completed", result={"score": 1}, end_time=1e12)
    ended = Run(
        "b", "NeedleInAHaystack/x", "/m", {}, status="cancelled", error=say("queue.cancelled"), end_time=1e12 + 1
    )
    told = ask("GET", "/api/progress?req_id=a&req_id=b&req_id=c", runs=[done, ended]).json()
    assert set(told) == {"a", "b"}
    assert set(told["b"]) - {"error"} == set(told["a"])
    assert {"estimated_completion_time", "estimated_remaining_seconds", "start_time"} < set(told["a"])
    assert told["a"]["progress_percentage"] == 100 and told["b"]["status"] == "failed"
    results = ask("GET", "/api/results?count=1").json() + ask("GET", "/api/results").json()
    assert results == [
        {
            "req_id": "a",
            "model_name": "/m",
            "dataset_name": "NeedleInAHaystack/x",
            "result": {"score": 1},
            "error": None,
        },
        {"req_id": "b", "model_name": "/m", "dataset_name": "NeedleInAHaystack/x", "result": {}, "error": "Cancelled."},
    ]
    fields = {"model_name", "dataset_name", "results", "created_at", "updated_at"}
    assert ask("GET", "/api/history").json()[0].keys() == fields | {"req_id"}
    assert ask("GET", "/api/stats").json()["results"] == 1
    assert ask("DELETE", "/api/history?model_name=/m").json() == {"status": "success", "deleted_count": 1}


def test_the_user_of_a_connection_is_found() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening, socket.create_connection(listening.getsockname()) as mine:
        accepted, client = listening.accept()
        with accepted:
            assert peer.peer_uid(client, accepted.getsockname()) == MINE
            mine.close()
            # No process has it open any more, and the kernel would show root.
            assert peer.peer_uid(client, accepted.getsockname()) is None
    assert peer.peer_uid(("127.0.0.1", 1), ("127.0.0.1", 2)) is None


@pytest.mark.skipif(not Path("/proc/net/if_inet6").exists(), reason="this kernel has no IPv6")
def test_the_user_of_an_ipv6_connection_is_found() -> None:
    listening = socket.create_server(("::1", 0), family=socket.AF_INET6)
    with listening, socket.create_connection(listening.getsockname()[:2]):
        accepted, client = listening.accept()
        with accepted:
            assert peer.peer_uid(client[:2], accepted.getsockname()[:2]) == MINE


ANY = Settings()


def test_force_is_kept_on_resume_and_must_be_a_boolean(tmp_path: Path) -> None:
    body = {"model_name_or_path": str(model_folder(tmp_path, "m")), "dataset_name": "NeedleInAHaystack"}
    assert [read_submissions({**body, **more}, ANY)[0].force for more in ({}, {"force": True})] == [False, True]
    with pytest.raises(ApiError, match="force must be true or false"):
        read_submissions({**body, "force": "yes"}, ANY)
    (run,) = read_submissions(body, ANY)
    run.status = "failed"
    again = [
        resumed(replace(run, force=before), None, ANY, force=now) for before in (False, True) for now in (False, True)
    ]
    assert [one.force for one in again] == [False, True, True, True]


def test_scan_finds_models_and_follows_no_cycle(tmp_path: Path) -> None:
    zoo = tmp_path / "zoo"
    for parent, name in ((zoo / "one" / "two", "deep"), (zoo, "b"), (zoo / "b", "inner"), (zoo / "node_modules", "x")):
        model_folder(parent, name)
    (zoo / "linked").symlink_to(model_folder(tmp_path, "elsewhere"))
    (zoo / "circle").symlink_to(zoo)
    assert [one["name"] for one in scan_models(str(zoo), 10, ANY)] == ["zoo/b", "zoo/linked", "zoo/one/two/deep"]
    assert [one["name"] for one in scan_models(str(zoo), 1, ANY)] == ["zoo/b", "zoo/linked"]
    assert [one["name"] for one in scan_models(str(zoo / "b"), 10, ANY)] == ["b"]
    with pytest.raises(ApiError) as failed:
        scan_models(str(zoo / "b" / "config.json"), 10, ANY)
    assert failed.value.status == 400


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
names = st.sampled_from(
    [
        "req_id",
        "model_type",
        "model_name_or_path",
        "dataset_name",
        "parameters",
        "context_length",
        "depth_percent",
        "offload",
    ]
)


@given(st.dictionaries(names, json_values | st.sampled_from(["local", "NeedleInAHaystack", "/"])) | json_values)
def test_any_submit_is_accepted_or_refused(body: Any) -> None:
    try:
        read_submissions(json.loads(json.dumps(body)), Settings.load())
    except ApiError as error:
        assert error.status == 400 and error.sentence
