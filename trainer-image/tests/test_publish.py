"""Publishing: what the artefact holds, and that it arrives whole and once wherever it is sent."""

import json
import xml.etree.ElementTree

import pytest
import torch
import yaml
from registries import basic_auth, fetch, registry, token_auth
from stages import document, run_here
from stores_here import keys_to

from stratos_trainer import (
    artefact,
    charts,
    config,
    digests,
    downloads,
    export_check,
    loss_history,
    modeling,
    modelpack,
    stores,
    tiny_models,
    tiny_tokenizer,
)
from stratos_trainer.batches import Example
from stratos_trainer.credentials import Credentials
from stratos_trainer.errors import StageError
from stratos_trainer.registry import Registry

SCORE = {"samples": 40, "correct": 30, "formatFailures": 2, "accuracy": 0.75, "accuracyLow": 0.6, "accuracyHigh": 0.86}
RECORD = {
    "student": {**SCORE, "passAtK": {"1": 0.7, "4": 0.9}},
    "teacher": {**SCORE, "correct": 10, "accuracy": 0.25},
    "base": None,
    "comparisons": {
        "teacher": {
            "better": 21,
            "worse": 1,
            "pValue": 1e-5,
            "difference": 0.5,
            "differenceLow": 0.3,
            "differenceHigh": 0.65,
        }
    },
    "contaminated": 0,
}


@pytest.fixture
def trained(tmp_path):
    """What the stages before publishing leave: a student of 30,000 parameters, its evaluation and its losses."""
    attempt = tmp_path / "attempt-1"
    model = modeling.load_model(tiny_models.FOLDER / "arithmetic-student", seed=0)
    modeling.save(model, tiny_tokenizer.build(), attempt / "model")
    (attempt / "evaluation").mkdir()
    (attempt / "evaluation" / "summary.json").write_text(json.dumps(RECORD))
    for step in range(20, 200, 20):
        loss_history.note(config.parse(document("train", tmp_path)), step, 4.0 / step)
    return tmp_path


def publish(folder, uri):
    return run_here(document("publish", folder, output={"uri": uri}))


def test_the_card_is_read_by_the_hub_and_by_people(trained):
    outcome = publish(trained, "pvc://students/letters")
    folder = trained / "students" / "letters"
    front, _, body = (folder / "README.md").read_text().removeprefix("---\n").partition("---\n")
    fields = yaml.safe_load(front)
    assert fields["library_name"] == "transformers" and fields["pipeline_tag"] == "text-generation"
    assert fields["model-index"][0]["results"][0]["metrics"][0]["value"] == 0.75
    assert "| student | 0.750 | 0.600 to 0.860 | 30 | 40 | 2 |" in body
    assert "McNemar's exact p = 1e-05 (21 better, 1 worse)" in body and "pass@4 0.900" in body
    for picture in ("loss.svg", "accuracy.svg"):
        assert f"({picture})" in body
        xml.etree.ElementTree.fromstring((folder / picture).read_text())
    assert outcome.result["files"] == len(digests.files_of(folder))


def test_a_student_of_the_hub_names_its_base(trained):
    parsed = config.parse(document("publish", trained, students=[{"name": "s", "uri": "hf://owner/base@main"}]))
    assert 'base_model: "owner/base"' in artefact.card(parsed, RECORD)


def test_nothing_in_the_artefact_depends_on_when_it_was_made(trained):
    first = publish(trained, "pvc://students/one").result
    second = publish(trained, "pvc://students/two").result
    assert first["digest"] == second["digest"]


def test_a_killed_run_s_losses_are_read_once_each(trained):
    parsed = config.parse(document("train", trained))
    loss_history.note(parsed, 100, 7.0)
    with (trained / "attempt-1" / "training" / "loss.jsonl").open("a") as file:
        file.write("[20")
    steps = dict(loss_history.read(parsed))
    assert steps[100] == 7.0 and list(steps) == list(range(20, 200, 20))


@pytest.mark.parametrize(
    "points", [[(1, 0.0)], [(0, 3.0)], [(step, 1 / (step + 1)) for step in range(5000)], [(1, 1.0), (2, 1.0)]]
)
def test_a_loss_curve_is_small_and_stays_in_its_frame(points):
    drawing = xml.etree.ElementTree.fromstring(charts.loss_curve(points))
    line = drawing.find("{http://www.w3.org/2000/svg}polyline").get("points")
    places = [tuple(map(float, place.split(","))) for place in line.split()]
    assert len(places) <= 400
    assert all(charts.LEFT <= x <= charts.WIDTH and charts.TOP <= y <= charts.HEIGHT for x, y in places)


class TestExport:
    @pytest.fixture
    def pair(self, tmp_path):
        model = modeling.load_model(tiny_models.FOLDER / "arithmetic-student", seed=0)
        modeling.save(model, tiny_tokenizer.build(), tmp_path / "model")
        return model, tmp_path / "model"

    EXAMPLES = (Example((1, 5, 6), (7, 8, 2)), Example((1, 9), (10, 2)))

    def test_the_file_says_what_the_model_said(self, pair):
        model, folder = pair
        before = export_check.log_probabilities(model, self.EXAMPLES, 0)
        export_check.compare(before, folder, self.EXAMPLES, 0, "fp32")
        found = json.loads((folder.parent / "export.json").read_text())
        assert found["tokens"] == 5 and found["meanDivergence"] <= 1e-6 and found["sameChoice"] == 1

    @pytest.mark.parametrize("spoil", [lambda weight: weight * 1.05, lambda weight: weight * float("nan")])
    def test_a_file_that_says_something_else_is_refused(self, pair, spoil):
        model, folder = pair
        before = export_check.log_probabilities(model, self.EXAMPLES, 0)
        with torch.no_grad():
            weight = model.get_input_embeddings().weight
            weight.copy_(spoil(weight))
        modeling.save(model, tiny_tokenizer.build(), folder)
        with pytest.raises(StageError, match="differs from the one that was trained"):
            export_check.compare(before, folder, self.EXAMPLES, 0, "fp32")
        assert not (folder.parent / "export.json").exists()


class TestRegistry:
    def test_a_student_is_pushed_whole_in_the_form_of_modelpack(self, trained):
        with registry(trained) as address:
            result = publish(trained, f"oci://{address}/team-a/letters:v1").result
            digest = result["uri"].partition("@")[2]
            manifest_bytes = fetch(address, "team-a/letters/manifests/v1", modelpack.MANIFEST)
            assert digests.of_bytes(manifest_bytes) == digest
            manifest = json.loads(manifest_bytes)
            pulled = trained / "pulled"
            for layer in manifest["layers"]:
                path = pulled / layer["annotations"][modelpack.FILE_PATH]
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(fetch(address, f"team-a/letters/blobs/{layer['digest']}"))
                assert path.stat().st_size == layer["size"]
            details = json.loads(fetch(address, f"team-a/letters/blobs/{manifest['config']['digest']}"))
        assert digests.of_folder(pulled) == result["digest"] == manifest["annotations"][modelpack.CONTENT_DIGEST]
        assert manifest["artifactType"] == modelpack.ARTIFACT
        assert details["modelfs"]["diffIds"] == [layer["digest"] for layer in manifest["layers"]]
        assert details["config"]["transformerConfig"]["numLayers"] == 3
        weights = [layer for layer in manifest["layers"] if layer["mediaType"] == modelpack.WEIGHT]
        assert [layer["annotations"][modelpack.FILE_PATH] for layer in weights] == ["model.safetensors"]
        modeling.load_model(pulled, 0)

    def test_pushing_again_is_success_and_sends_no_weights(self, trained, monkeypatch):
        with registry(trained) as address:
            first = publish(trained, f"oci://{address}/letters").result
            sent = []
            ask = Registry._ask
            monkeypatch.setattr(
                Registry,
                "_ask",
                lambda self, method, *rest, **more: sent.append(method) or ask(self, method, *rest, **more),
            )
            assert publish(trained, f"oci://{address}/letters").result == first
        assert "POST" not in sent and sent.count("PUT") == 2

    def test_a_push_that_was_cut_off_is_completed_by_the_next(self, trained, monkeypatch):
        with registry(trained) as address:
            with monkeypatch.context() as patch:
                patch.setattr(Registry, "push_manifest", lambda *_: (_ for _ in ()).throw(OSError("cut")))
                assert publish(trained, f"oci://{address}/letters").reason == "OutputUnwritable"
            assert publish(trained, f"oci://{address}/letters").code == 0
        assert [path.name for path in (trained / "attempt-1").glob(".publish-*")] == []

    def test_basic_credentials_are_given_when_asked_for(self, trained, monkeypatch):
        with registry(trained, basic_auth(trained)) as address:
            refused = publish(trained, f"oci://{address}/letters")
            assert (refused.code, refused.reason) == (1, "OutputUnwritable")
            assert "the keys of secretRef" in refused.error
            monkeypatch.setenv("REGISTRY_USERNAME", "stratos")
            monkeypatch.setenv("REGISTRY_PASSWORD", "secret")
            assert publish(trained, f"oci://{address}/letters").code == 0

    def test_a_token_is_fetched_where_the_registry_says(self, trained, monkeypatch):
        with token_auth(trained) as auth, registry(trained, auth) as address:
            monkeypatch.setenv("REGISTRY_USERNAME", "stratos")
            monkeypatch.setenv("REGISTRY_PASSWORD", "wrong")
            assert "gave no token: 401" in publish(trained, f"oci://{address}/letters").error
            monkeypatch.setenv("REGISTRY_PASSWORD", "secret")
            assert publish(trained, f"oci://{address}/letters").code == 0

    def test_a_registry_that_is_not_there_is_named(self, trained):
        outcome = publish(trained, "oci://127.0.0.1:1/letters")
        assert (outcome.code, outcome.reason) == (1, "OutputUnwritable") and "127.0.0.1:1" in outcome.error

    @pytest.mark.parametrize("uri", ["oci://host", "oci://host/Upper", "oci://host/name:", "oci://host/a//b:t:u"])
    def test_an_address_that_no_registry_takes_is_refused(self, uri):
        with pytest.raises(StageError, match="must be oci://HOST/REPOSITORY"):
            modelpack.parse(uri)

    def test_plain_http_is_spoken_to_this_machine_alone(self):
        assert Registry("127.0.0.1:5000", "a", Credentials()).root == "http://127.0.0.1:5000"
        assert Registry("[::1]:5000", "a", Credentials()).root == "http://[::1]:5000"
        assert Registry("localhost.example.com", "a", Credentials()).root == "https://localhost.example.com"


class TestBucket:
    @pytest.fixture
    def output(self, s3, trained):
        keys = keys_to(s3, trained / "secret")
        return {"uri": "s3://bucket/team-a/letters", "credentials": str(keys)}

    def test_a_student_arrives_whole_in_a_folder_named_by_its_contents(self, trained, output):
        result = run_here(document("publish", trained, output=output)).result
        assert result["uri"] == f"{output['uri']}/{result['digest'].removeprefix('sha256:')[:16]}"
        got = downloads.fetch(result["uri"], Credentials(trained / "secret"), trained / "copies")
        assert digests.of_folder(got) == result["digest"]

    def test_publishing_again_writes_nothing(self, trained, output, monkeypatch):
        first = run_here(document("publish", trained, output=output)).result
        monkeypatch.setattr(stores.Place, "write", lambda *_: pytest.fail("written again"))
        assert run_here(document("publish", trained, output=output)).result == first

    def test_an_upload_that_was_cut_off_is_completed_by_the_next(self, trained, output, monkeypatch):
        output = {**output, "uri": "s3://bucket/cut"}
        write, written = stores.Place.write, []

        def cut_off(place, key, file):
            if len(written) == 3:
                raise OSError("cut")
            written.append(key)
            write(place, key, file)

        with monkeypatch.context() as patch:
            patch.setattr(stores.Place, "write", cut_off)
            assert run_here(document("publish", trained, output=output)).reason == "OutputUnwritable"
        assert not any(key.endswith("evaluation.json") for key in written)
        result = run_here(document("publish", trained, output=output)).result
        got = downloads.fetch(result["uri"], Credentials(trained / "secret"), trained / "copies")
        assert digests.of_folder(got) == result["digest"]

    def test_a_bucket_that_is_not_there_is_named(self, trained, output):
        outcome = run_here(document("publish", trained, output={**output, "uri": "s3://no-bucket/letters"}))
        assert (outcome.code, outcome.reason) == (1, "OutputUnwritable")
        assert "s3://no-bucket/letters" in outcome.error and "check the bucket" in outcome.error


def test_a_hub_that_is_not_there_is_bad_luck_and_no_crash(trained, monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", "http://127.0.0.1:1")
    outcome = publish(trained, "hf://owner/name")
    assert (outcome.code, outcome.reason) == (1, "OutputUnwritable") and "HF_TOKEN" in outcome.error


def test_a_scheme_nobody_can_write_is_refused(trained):
    outcome = publish(trained, "https://example.com/model")
    assert (outcome.code, outcome.reason) == (2, "ConfigInvalid") and "gs, hf, oci, pvc, s3" in outcome.error
