"""Vector files in repositories of the Hugging Face hub, by way of `huggingface_hub`."""

import re
from pathlib import Path
from typing import Any

from embexp.errors import InputError
from embexp.formats.download import other_size, refusal, verify

NAME = re.compile(r"hub:([\w.-]+/[\w.-]+)(?:/([^:]+))?")
VECTOR_FILE = re.compile(r"\.(vec|txt|bin|npz|parquet|safetensors)(\.(gz|bz2|xz|zip))?$")
CHECKSUM = re.compile(r"sha256:[0-9a-f]{64}|git-sha1:[0-9a-f]{40}")
COMMIT = re.compile(r"[0-9a-f]{40}")
LONGEST = 255
"""Letters of a name, or of stated terms."""
ODD = (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError)
"""What `huggingface_hub` raises without a network, or at a listing that is none."""


def download(repository: str, wanted: str | None, folder: Path) -> dict[str, Any]:
    """Downloads a file of a repository, at the commit that its main branch has now.

    Without `wanted` it is the one file that can hold vectors. Returned are its path,
    source, terms, and checksum, which is the one that the hub states.

    Raises:
        InputError: no network, no such repository, no such file, or several files; a
            listing without what identifies the file, or other bytes than it promises.
    """
    from huggingface_hub import HfApi
    from huggingface_hub.errors import HTTPError  # pyright: ignore[reportPrivateImportUsage]

    hub = HfApi(library_name="embexp")
    try:
        listing = hub.model_info(repository, files_metadata=True)
        file = _chosen(listing, repository, wanted)
        source = f"hub:{repository}/{file.rfilename} at {listing.sha}"
        checksum = _checksum(file, listing.sha, source)
        path = Path(
            hub.hf_hub_download(
                repository,
                file.rfilename,
                revision=listing.sha,
                cache_dir=folder,
                tqdm_class=_limited(file.size, source),
            )
        )
        card: Any = listing.card_data
        terms = str((card.get("license") if card else None) or "unstated")[:LONGEST]
    except InputError:
        raise
    except (HTTPError, *ODD) as error:
        raise refusal(f"hub:{repository}", hub.endpoint, error) from error
    verify(path.resolve(), checksum, source)
    return {"path": path, "source": source, "checksum": checksum, "terms": terms}


def listed(repository: str) -> list[str]:
    """The names of a repository's files.

    Raises:
        InputError: no network, or no such repository.
    """
    from huggingface_hub import HfApi
    from huggingface_hub.errors import HTTPError  # pyright: ignore[reportPrivateImportUsage]

    hub = HfApi(library_name="embexp")
    try:
        listing = hub.model_info(repository)
        return [each.rfilename for each in listing.siblings or () if _is_name(each.rfilename)]
    except (HTTPError, *ODD) as error:
        raise refusal(f"hub:{repository}", hub.endpoint, error) from error


def _chosen(listing: Any, repository: str, wanted: str | None) -> Any:
    """The file that is wanted, among those with names that files can have."""
    files = {each.rfilename: each for each in listing.siblings or () if _is_name(each.rfilename)}
    candidates = [name for name in files if VECTOR_FILE.search(name)]
    name = wanted or (candidates[0] if len(candidates) == 1 else "")
    if name not in files:
        what = f"no file {name!r}" if name else f"{len(candidates)} files that may hold vectors"
        raise InputError(
            f"{repository} has {what} ({', '.join(candidates[:8]) or 'none'}); name one: "
            f"hub:{repository}/{(candidates or ['FILE'])[0]}"
        )
    return files[name]


def _is_name(name: Any) -> bool:
    """Whether a name is a short path that stays in the repository."""
    return (
        isinstance(name, str)
        and len(name) <= LONGEST
        and name.isprintable()
        and not {"\\", ":"} & {*name}
        and not {"", ".", ".."} & {*name.split("/")}
    )


def _checksum(file: Any, commit: Any, source: str) -> str:
    """The checksum that is stated, of a file whose size and commit are stated, too."""
    checksum = f"sha256:{file.lfs.sha256}" if file.lfs else f"git-sha1:{file.blob_id}"
    sized = type(file.size) is int and file.size >= 0
    if not (sized and CHECKSUM.fullmatch(checksum) and COMMIT.fullmatch(str(commit))):
        raise InputError(
            f"{source[:LONGEST]} is listed without a commit, a size or a checksum, so it cannot be "
            "verified; download it yourself and give the file's path"
        )
    return checksum


def _limited(size: int, source: str) -> Any:
    """A bar of progress that ends the download of a file that is longer than listed."""
    from huggingface_hub.utils import tqdm

    class Limited(tqdm):
        def __init__(self, *args: Any, **settings: Any) -> None:
            self.have = settings.get("initial", 0)
            super().__init__(*args, **settings)

        def update(self, n: Any = 1) -> bool | None:
            self.have += n
            if self.have > size:
                raise other_size(source, self.have, size)
            return super().update(n)

    return Limited
