"""The manifests: valid for Kubernetes, hardened, and naming only what the program has."""

import shlex
from collections.abc import Iterator
from typing import Any, Final

import kubernetes_validate  # type: ignore[import-untyped]
import pytest

from tests.unit.deployment.references import (
    DEPLOY,
    PORT,
    ROOT,
    documents,
    open_paths,
    parse_command,
    unknown_settings,
)

FOLDER: Final = DEPLOY / "kubernetes"
KUSTOMIZATION: Final = documents(FOLDER / "kustomization.yaml")[0]
MANIFESTS: Final[dict[str, Any]] = {
    f"{manifest['kind']}/{manifest['metadata']['name']}": manifest
    for name in KUSTOMIZATION["resources"]
    for manifest in documents(FOLDER / name)
}
PODS: Final = {
    "Job/migration": MANIFESTS["Job/migration"]["spec"]["template"],
    "Deployment/api": MANIFESTS["Deployment/api"]["spec"]["template"],
    "Deployment/worker": MANIFESTS["Deployment/worker"]["spec"]["template"],
    "CronJob/backup": MANIFESTS["CronJob/backup"]["spec"]["jobTemplate"]["spec"]["template"],
}
VERSIONS: Final = ("1.30", "1.37")


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("name", MANIFESTS)
def test_each_matches_the_schema_of_kubernetes(name: str, version: str) -> None:
    kubernetes_validate.validate(MANIFESTS[name], version, strict=True)


@pytest.mark.parametrize(
    ("field", "value"), [("replica", 2), ("template", "api"), ("selector", "api")]
)
def test_a_planted_mistake_is_found(field: str, value: object) -> None:
    manifest = MANIFESTS["Deployment/api"]
    planted = {**manifest, "spec": {**manifest["spec"], field: value}}

    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(planted, VERSIONS[-1], strict=True)


def test_every_file_is_applied() -> None:
    files = {path.name for path in FOLDER.glob("*.yaml")}

    assert files - {"kustomization.yaml"} == set(KUSTOMIZATION["resources"])
    assert {each["metadata"].get("namespace", "sigmasight") for each in MANIFESTS.values()} == {
        KUSTOMIZATION["namespace"]
    }


def container(pod: str) -> Any:
    [only] = PODS[pod]["spec"]["containers"]
    return only


@pytest.mark.parametrize("pod", PODS)
def test_each_runs_a_command_that_the_program_has(pod: str) -> None:
    runs = container(pod)
    words = runs["args"] if "args" in runs else shlex.split(runs["command"][-1])[2:]

    assert parse_command(words).get("port") in {None, PORT}


@pytest.mark.parametrize("pod", PODS)
def test_each_runs_without_root_and_cannot_write_but_to_its_volumes(pod: str) -> None:
    spec, security = PODS[pod]["spec"], container(pod)["securityContext"]

    assert spec["securityContext"]["runAsNonRoot"] is True
    assert f"USER {spec['securityContext']['runAsUser']}:" in (ROOT / "Dockerfile").read_text()
    assert spec["automountServiceAccountToken"] is False
    assert security == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert {each["name"] for each in container(pod)["volumeMounts"]} == {
        each["name"] for each in spec["volumes"]
    }


def test_the_variables_are_settings() -> None:
    named = [each["name"] for pod in PODS for each in container(pod).get("env", [])]

    assert unknown_settings([*MANIFESTS["ConfigMap/sigmasight"]["data"], *named]) == []


def test_every_secret_that_is_read_is_one_that_the_page_creates() -> None:
    page = (ROOT / "docs" / "deployment.md").read_text()
    read = {each["valueFrom"]["secretKeyRef"]["key"] for each in _variables()}

    assert read == {"DIRECT_DATABASE_URL"}
    assert "--from-literal=DIRECT_DATABASE_URL=" in page


def _variables() -> Iterator[Any]:
    for pod in PODS:
        yield from container(pod).get("env", [])


@pytest.mark.parametrize("probe", ["startupProbe", "livenessProbe", "readinessProbe"])
def test_each_probe_asks_for_a_path_that_answers(probe: str) -> None:
    api = container("Deployment/api")
    asked = api[probe]["httpGet"]

    assert asked["path"] in open_paths()
    assert asked["path"] == ("/health/ready" if probe == "readinessProbe" else "/health/live")
    assert api["ports"] == [{"name": asked["port"], "containerPort": PORT}]


def test_the_drain_ends_before_the_pod_is_killed() -> None:
    drain = int(MANIFESTS["ConfigMap/sigmasight"]["data"]["DRAIN_SECONDS"])
    readiness = container("Deployment/api")["readinessProbe"]

    assert drain > 2 * readiness["periodSeconds"] * readiness["failureThreshold"]
    assert PODS["Deployment/api"]["spec"]["terminationGracePeriodSeconds"] > 2 * drain


@pytest.mark.parametrize("name", [each for each in MANIFESTS if "PodDisruptionBudget" in each])
def test_each_disruption_budget_leaves_one_of_the_pods_it_selects(name: str) -> None:
    spec = MANIFESTS[name]["spec"]
    deployment = MANIFESTS[name.replace("PodDisruptionBudget", "Deployment")]["spec"]
    scaler = MANIFESTS.get(name.replace("PodDisruptionBudget", "HorizontalPodAutoscaler"))
    least = scaler["spec"]["minReplicas"] if scaler else deployment["replicas"]

    assert spec["selector"] == deployment["selector"]
    assert 1 <= spec["minAvailable"] < least


def test_whatever_is_selected_is_what_a_pod_is_labelled() -> None:
    labels = [pod["metadata"]["labels"].items() for pod in PODS.values()]
    selectors = [
        MANIFESTS["Service/api"]["spec"]["selector"],
        *(
            each["spec"]["podSelector"].get("matchLabels", {})
            for name, each in MANIFESTS.items()
            if name.startswith("NetworkPolicy")
        ),
        *(
            each["spec"]["selector"]["matchLabels"]
            for name, each in MANIFESTS.items()
            if name.startswith(("Deployment", "PodDisruptionBudget"))
        ),
    ]

    assert [each for each in selectors if not any(each.items() <= own for own in labels)] == []


def test_nothing_reaches_a_pod_that_no_policy_lets_in() -> None:
    closed = MANIFESTS["NetworkPolicy/everything-closed"]["spec"]

    assert closed == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    [rule] = MANIFESTS["NetworkPolicy/api"]["spec"]["ingress"]
    assert rule["ports"] == [{"port": PORT, "protocol": "TCP"}]


def test_every_image_is_ours() -> None:
    assert {container(pod)["image"] for pod in PODS} == {"sigmasight:latest"}
    assert [each["name"] for each in KUSTOMIZATION["images"]] == ["sigmasight"]
