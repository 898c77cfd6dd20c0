"""The import of a file: its preview, and the portfolio that comes of it."""

import json
from typing import Final, Literal

import msgspec
from litestar import Controller, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.exceptions import ValidationException
from litestar.params import MultipartBody
from litestar.status_codes import HTTP_200_OK

from sigmasight.entrypoints.local.console.curl import file_part
from sigmasight.entrypoints.local.console.fragments import HERE, Fragment, fragment
from sigmasight.entrypoints.local.console.visitor import Name, Upload, Visitor

SAMPLES: Final = ("schwab.csv", "fidelity.csv", "template.csv")
READING: Final = ("as_of", "mapping", "date_format", "decimal_separator")
TERMS: Final = ("portfolio_name", "account_name", "account_type", "equity_balance")


class ImportForm(msgspec.Struct, frozen=True):
    action: Literal["preview", "import"]
    portfolio_name: str
    account_name: str
    account_type: str
    equity_balance: str
    csv_file: UploadFile | None = None
    sample: str = ""
    as_of: str = ""
    mapping: str = ""
    date_format: str = ""
    decimal_separator: str = ""


class ImportController(Controller):
    path = "/console/people/{name:str}/imports"

    @post("/", status_code=HTTP_200_OK)
    async def import_file(
        self, name: Name, visitor: NamedDependency[Visitor], data: MultipartBody[ImportForm]
    ) -> Fragment:
        """Preview a file, or import it."""
        file = await _file(data)
        part = f"@-;filename={file.name}" if file.is_sample else file_part(file.name)
        fields = {each: getattr(data, each) for each in READING if getattr(data, each)}
        if data.action == "preview":
            preview = await visitor.upload("/onboarding/import-preview", fields, file, part)
            suggested = preview.data.get("mapping") if preview.ok else None
            return fragment(
                "preview.html",
                name=name,
                file=file,
                exchange=preview,
                mapping=json.dumps(suggested, ensure_ascii=False) if suggested else data.mapping,
            )
        terms = {each: getattr(data, each) for each in TERMS}
        imported = await visitor.upload("/onboarding/create-portfolio", terms | fields, file, part)
        return fragment(
            "imported.html",
            changed=imported.ok,
            name=name,
            file=file,
            exchange=imported,
            next_account=next_name(data.account_name),
        )


def next_name(account: str) -> str:
    """Return a name for another account: two of a person must not have the same."""
    name, _, number = account.rpartition(" ")
    return f"{name} {int(number) + 1}" if name and number.isdecimal() else f"{account} 2"


async def _file(form: ImportForm) -> Upload:
    if form.csv_file is not None and form.csv_file.filename:
        return Upload(form.csv_file.filename, await form.csv_file.read())
    if form.sample in SAMPLES:
        content = (HERE / "samples" / form.sample).read_bytes()
        return Upload(form.sample, content, is_sample=True)
    raise ValidationException("Choose a file of yours, or one of the samples.")
