"""Vector files in repositories of the Hugging Face hub, by way of `huggingface_hub`."""

import re
from pathlib import Path
from typing import Any

from embexp.errors import InputError
from embexp.formats.download import refusal, verify

NAME = re.compile(r"hub:([\w.-]+/[\w.-]+)(?:/([^:]+))?")
VECTOR_FILE = re.compile(r"\.(vec|txt|bin|npz|parquet|safetensors)(\.(gz|bz2|xz|zip))?$")


def download(repository: str, wanted: str | None, folder: Path) -> dict[str, str]:
    """Downloads a file of a repository, at the commit that its main branch has now.

    Without `wanted` it is the one file that can hold vectors. Returned are its path,
    source, terms, and checksum, which is the one that the hub states.

    Raises:
        InputError: no network, no such repository, no such file, or several files.
    """
    from huggingface_hub import HfApi
    from huggingface_hub.errors import HTTPError  # pyright: ignore[reportPrivateImportUsage]

    hub = HfApi(library_name="embexp")
    try:
        listing = hub.model_info(repository, files_metadata=True)
        files = {each.rfilename: each for each in listing.siblings or ()}
        candidates = [name for name in files if VECTOR_FILE.search(name)]
        name = wanted or (candidates[0] if len(candidates) == 1 else "")
        if name not in files:
            what = f"no file {name!r}" if name else f"{len(candidates)} files that may hold vectors"
            raise InputError(
                f"{repository} has {what} ({', '.join(candidates[:8]) or 'none'}); name one: "
                f"hub:{repository}/{(candidates or ['FILE'])[0]}"
            )
        file, commit = files[name], listing.sha
        path = hub.hf_hub_download(repository, name, revision=commit, cache_dir=folder)
    except InputError:
        raise
    except (HTTPError, OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        raise refusal(f"hub:{repository}", hub.endpoint, error) from error
    checksum = f"sha256:{file.lfs.sha256}" if file.lfs else f"git-sha1:{file.blob_id}"
    source = f"hub:{repository}/{name} at {commit}"
    verify(Path(path).resolve(), checksum, source)
    card: Any = listing.card_data
    terms = card.get("license") if card else None
    return {"path": path, "source": source, "checksum": checksum, "terms": str(terms or "unstated")}
