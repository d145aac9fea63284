"""What the page promises: nothing to build on, but the document names every address."""

from services.contract import Media, Operation

PART = "page"

OPERATIONS = (
    Operation("GET", "/", PART, "The page for residents", {200: Media("text/html", "The page.")}),
    Operation(
        "GET",
        "/static/{version}/{path}",
        PART,
        "A file that the page loads; `version` is a hash, and any other gives the file of today",
        {200: Media("*/*", "The file."), 304: Media("", "The browser has it.")},
        errors={404: ("not_found",)},
    ),
)
