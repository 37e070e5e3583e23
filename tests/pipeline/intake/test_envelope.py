from __future__ import annotations

import base64
import io
import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, NoCredentialsError
from hypothesis import given, settings
from hypothesis import strategies as st
from moto import mock_aws

from pipeline.errors import StorageError
from pipeline.intake.envelope import Envelope, instruction_in, kms_client
from pipeline.intake.sqlcipher import Sealed
from tests.pipeline.intake.sealing import CONTEXT, sealed

PLAIN = b'{"msgtype":1000}\n' * 500


@pytest.fixture(scope="module")
def kms() -> Iterator[Any]:
    with pytest.MonkeyPatch.context() as patch, mock_aws():
        for name, value in (("ACCESS_KEY_ID", "x"), ("SECRET_ACCESS_KEY", "x"), ("DEFAULT_REGION", "us-gov-west-1")):
            patch.setenv(f"AWS_{name}", value)
        yield boto3.client("kms")


@pytest.fixture(scope="module")
def key_id(kms: Any) -> str:
    return str(kms.create_key()["KeyMetadata"]["KeyId"])


def opened(data: bytes, metadata: dict[str, str], kms: Any) -> bytes:
    envelope, out = Envelope.of(metadata), io.BytesIO()
    assert envelope is not None
    envelope.open(io.BytesIO(data), out, lambda: kms)
    return out.getvalue()


def refusal(data: bytes, metadata: dict[str, str], kms: Any) -> tuple[str, str]:
    with pytest.raises(Sealed) as refused:
        opened(data, metadata, kms)
    return refused.value.reason, refused.value.detail


@pytest.mark.parametrize("size", [0, 1, 15, 16, 17, (1 << 20) - 16, 1 << 20, (1 << 20) + 1, 3_000_001])
def test_gives_what_was_sealed(size: int, kms: Any, key_id: str) -> None:
    plain = bytes(n % 251 for n in range(size))
    assert opened(*sealed(plain, kms, key_id), kms) == plain


def test_streams_whatever_the_size_of_the_pieces(kms: Any, key_id: str) -> None:
    class Dribble(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            return super().read(min(7, size or 7))

    data, metadata = sealed(PLAIN, kms, key_id)
    envelope, out = Envelope.of(metadata), io.BytesIO()
    assert envelope is not None
    envelope.open(Dribble(data), out, lambda: kms)
    assert out.getvalue() == PLAIN


def test_the_names_of_fields_may_carry_their_prefix_and_any_case(kms: Any, key_id: str) -> None:
    data, metadata = sealed(PLAIN, kms, key_id)
    assert opened(data, {f"X-Amz-Meta-{name}": value for name, value in metadata.items()}, kms) == PLAIN


@pytest.mark.parametrize("field", ["tag_len", "wrap_alg", "cek_alg", "unencrypted_content_length"])
def test_what_the_context_or_the_tag_proves_need_not_be_stated(field: str, kms: Any, key_id: str) -> None:
    assert opened(*sealed(PLAIN, kms, key_id, **{field: None}), kms) == PLAIN


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"wrap_alg": "kms"}, "sealed-unknown-algorithm"),
        ({"wrap_alg": "AES/GCM"}, "sealed-unknown-algorithm"),
        ({"wrap_alg": "brand-new"}, "sealed-unknown-algorithm"),
        ({"cek_alg": "AES/CBC/PKCS5Padding"}, "sealed-unknown-algorithm"),
        ({"cek_alg": "AES/GCM/Brand-New"}, "sealed-unknown-algorithm"),
        ({"tag_len": "96"}, "sealed-unknown-algorithm"),
        ({"cek_alg": None, "matdesc": "{}"}, "sealed-unknown-algorithm"),
        ({"matdesc": None}, "sealed-broken"),
        ({"matdesc": '{"aws:x-amz-cek-alg":"AES/CBC/PKCS5Padding"}'}, "sealed-broken"),
        ({"matdesc": json.dumps({**CONTEXT, "office": "another"})}, "sealed-broken"),
        ({"matdesc": json.dumps({**CONTEXT, "office": 1})}, "sealed-broken"),
        ({"matdesc": "[]"}, "sealed-broken"),
        ({"matdesc": "{"}, "sealed-broken"),
        ({"iv": None}, "sealed-broken"),
        ({"iv": base64.b64encode(b"short").decode()}, "sealed-broken"),
        ({"iv": "!"}, "sealed-broken"),
        ({"key_v2": ""}, "sealed-broken"),
        ({"key_v2": base64.b64encode(b"no such key").decode()}, "sealed-broken"),
        ({"unencrypted_content_length": "17"}, "sealed-broken"),
    ],
)
def test_a_changed_envelope_opens_nothing(changes: dict[str, str | None], reason: str, kms: Any, key_id: str) -> None:
    data, metadata = sealed(PLAIN, kms, key_id, **changes)
    said, detail = refusal(data, metadata, kms)
    assert said == reason
    assert "brand" not in detail.casefold(), "what an envelope says is not ours to repeat"


@pytest.mark.parametrize("metadata", [{"x-amz-key": "a", "x-amz-iv": "b"}, {"x-amz-3": "a", "x-amz-c": "115"}])
def test_envelopes_of_other_versions_are_refused_by_name(metadata: dict[str, str]) -> None:
    with pytest.raises(Sealed) as refused:
        Envelope.of(metadata)
    assert refused.value.reason == "sealed-unknown-algorithm" and "version" in refused.value.detail


def test_objects_without_an_envelope_have_none() -> None:
    assert Envelope.of({}) is None
    assert Envelope.of({"wickrio-type": "file", "x-amz-iv": "x"}) is None


def test_every_cut_and_every_flip_is_found(kms: Any, key_id: str) -> None:
    data, metadata = sealed(b"some words", kms, key_id)
    for size in range(len(data)):
        assert refusal(data[:size], metadata, kms)[0] == "sealed-broken"
    for at in range(len(data)):
        changed = bytearray(data)
        changed[at] ^= 1 << (at % 8)
        assert refusal(bytes(changed), metadata, kms) == ("sealed-broken", "the tag does not fit")
    assert refusal(data + b"\0", metadata, kms)[0] == "sealed-broken"


FIELDS = ["x-amz-key-v2", "x-amz-iv", "x-amz-tag-len", "x-amz-matdesc", "x-amz-wrap-alg", "x-amz-cek-alg", "x-amz-key"]


@given(st.dictionaries(st.sampled_from(FIELDS), st.text(max_size=40) | st.just("AAAA")))
@settings(max_examples=200)
def test_any_metadata_is_an_envelope_or_refused(metadata: dict[str, str]) -> None:
    try:
        Envelope.of(metadata)
    except Sealed as problem:
        assert problem.reason in ("sealed-broken", "sealed-unknown-algorithm")


def answer(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "of somebody"}}, "Decrypt")


class Refusing:
    def __init__(self, problem: Exception) -> None:
        self.problem = problem

    def decrypt(self, **_: Any) -> Any:
        raise self.problem


@pytest.mark.parametrize(
    ("problem", "reason"),
    [
        (answer("AccessDeniedException"), "sealed-no-key"),
        (answer("NotFoundException"), "sealed-no-key"),
        (answer("DisabledException"), "sealed-no-key"),
        (answer("InvalidCiphertextException"), "sealed-broken"),
        (NoCredentialsError(), "sealed-no-key"),
    ],
)
def test_what_kms_refuses_is_said(problem: Exception, reason: str, kms: Any, key_id: str) -> None:
    data, metadata = sealed(PLAIN, kms, key_id)
    assert refusal(data, metadata, Refusing(problem))[0] == reason


@pytest.mark.parametrize("problem", [answer("ThrottlingException"), EndpointConnectionError(endpoint_url="https://k")])
def test_a_kms_that_cannot_be_asked_stops_the_run(problem: Exception, kms: Any, key_id: str) -> None:
    data, metadata = sealed(PLAIN, kms, key_id)
    with pytest.raises(StorageError, match=r"^KMS: "):
        opened(data, metadata, Refusing(problem))


def test_the_client_follows_the_settings(kms: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_KMS", "https://kms.example.gov")
    assert kms_client().meta.endpoint_url == "https://kms.example.gov"
    monkeypatch.delenv("AWS_ENDPOINT_URL_KMS")
    assert kms_client().meta.endpoint_url != "https://kms.example.gov"


def test_instruction_files_are_told_from_other_json() -> None:
    fields = {"X-Amz-Key-V2": "a", "x-amz-iv": "b"}
    assert instruction_in(json.dumps(fields).encode()) == {"x-amz-key-v2": "a", "x-amz-iv": "b"}
    long = b'{"x-amz-key-v2":"' + b"a" * 70000 + b'"}'
    for data in (b"", b"{}", b'{"x-amz-iv":"b"}', b'{"x-amz-key-v2":1}', b"x-amz-key-v2", long):
        assert instruction_in(data) == {}
