"""What may be asked, parameter by parameter: checked here, documented from here."""

from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    Field,
    WithJsonSchema,
    model_validator,
)

from recsys.lists.windows import WINDOWS
from recsys.records import DEFAULT_SITE
from recsys.times import parse_duration

from .fragments import Facts, Heading, Look, Titles

LONGEST_URL = 8192


def _plain(text: str) -> str:
    if any(character < " " or "\x7f" <= character < "\xa0" for character in text):
        raise ValueError("must not contain control characters")
    return text


def _language(text: str) -> str:
    code = text.replace("_", "-").split("-")[0].lower()
    if len(code) != 2 or not (code.isascii() and code.isalpha()):
        raise ValueError("must be a two-letter code of ISO 639-1, such as ar")
    return code


def _seconds(text: str | int) -> int:
    return text if isinstance(text, int) else parse_duration(text)


Name = Annotated[str, Field(max_length=512), AfterValidator(_plain)]
SiteName = Annotated[Name, Field(min_length=1)]
Address = Annotated[str, Field(max_length=LONGEST_URL), AfterValidator(_plain)]
Language = Annotated[str, Field(max_length=35), AfterValidator(_language)]
Duration = Annotated[
    int,
    BeforeValidator(_seconds),
    WithJsonSchema({"type": "string", "pattern": "^[1-9][0-9]{0,5}[mhd]$", "examples": ["30d"]}),
]
Window = Annotated[str, Field(max_length=20, json_schema_extra={"enum": list(WINDOWS)})]
Excluded = Annotated[list[Address], Field(max_length=500)]


class FragmentQuestion(BaseModel):
    """What every fragment understands besides: how it is written."""

    thumbnails: bool = Field(False, description="1 shows the articles' images.")
    facts: Facts = Field("time", description="What stands behind a title.")
    titles: Titles = Field("short", description="Cut to some words, or whole.")
    heading: Heading = Field("h2", description="Element of the headings.")

    def look(self, time_zone: str) -> Look:
        """Return how the fragment is to be written."""
        return Look(self.thumbnails, self.facts, self.titles, self.heading, time_zone)


class Question(BaseModel):
    """What every list understands; an empty value is as good as none."""

    id: Name | None = Field(None, description="Id of the article being read.")
    url: Address | None = Field(None, description="Its address, in place of the id or beside it.")
    exclude: Excluded = Field([], description="Id or address not to be listed; repeats.")
    max_age: Duration | None = Field(None, description="Only articles this young, such as 30d.")
    site: SiteName = Field(DEFAULT_SITE, description="Lists never cross sites.")
    language: Language | None = Field(
        None, description="Two letters; that of the article being read, or any, where absent."
    )
    sponsored: bool = Field(False, description="1 lets sponsored articles in, flagged.")

    @model_validator(mode="before")
    @classmethod
    def _without_blanks(cls, given: Any) -> Any:
        if not isinstance(given, dict):
            return given
        given = {name: value for name, value in given.items() if value not in ("", [])}
        if isinstance(given.get("exclude"), list):
            given["exclude"] = [value for value in given["exclude"] if value != ""]
        return given

    def filters(self) -> dict[str, Any]:
        """Return what is a field of `recsys.lists.Query` under the same name, where given."""
        apart = {"id", "url", "exclude", "limit", "fallback", "blocks"}
        apart |= set(FragmentQuestion.model_fields)
        return self.model_dump(exclude=apart, exclude_none=True)


class ListQuestion(Question):
    """What every single list understands."""

    limit: int | None = Field(None, ge=1, le=100, description="How many articles at most.")
    section: Name | None = Field(None, description="Only articles filed under it.")
    explain: bool = Field(False, description="1 says why each article is there.")


class MostReadQuestion(ListQuestion):
    """What most-read understands."""

    window: Window | None = Field(None, description="Decayed views (now) or a plain count.")
    unit: Literal["views", "readers"] = Field("views", description="What is counted.")


class _AboutAnArticle(Question):
    """A question that makes no sense without an article."""

    fallback: bool = Field(
        True, description="0 leaves most-read out of the answer about an unknown article."
    )

    def most_read(self) -> MostReadQuestion:
        """Return the question whose answer stands in where the article is unknown."""
        shared = set(MostReadQuestion.model_fields) - {"id", "url"}
        return MostReadQuestion.model_construct(**self.model_dump(include=shared))


class RelatedQuestion(ListQuestion, _AboutAnArticle):
    """What related and inline understand."""


class SearchQuestion(BaseModel):
    """What a search for articles understands."""

    q: Annotated[str, Field(max_length=LONGEST_URL), AfterValidator(_plain)] = Field(
        "", description="Words of a title, an id or an address; nothing means the newest."
    )
    limit: int = Field(10, ge=1, le=50, description="How many articles at most.")
    site: SiteName = Field(DEFAULT_SITE, description="Of which the articles are.")


class PageQuestion(_AboutAnArticle):
    """What a page understands."""

    blocks: Annotated[str, Field(max_length=2000), AfterValidator(_plain)] | None = Field(
        None,
        description="name[/section][:length], comma between; what comes first chooses first.",
        examples=["inline:2,related:5,latest:4,section/sport:4,most_read:5"],
    )


class ListFragment(ListQuestion, FragmentQuestion):
    """What trending and latest understand as fragments."""


class MostReadFragment(MostReadQuestion, FragmentQuestion):
    """What most-read understands as a fragment."""


class RelatedFragment(RelatedQuestion, FragmentQuestion):
    """What related and inline understand as fragments."""


class PageFragment(PageQuestion, FragmentQuestion):
    """What a page understands as a fragment."""


Fragment = ListFragment | MostReadFragment | RelatedFragment | PageFragment
