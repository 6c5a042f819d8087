import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsys.text import strip_furniture

FIRST = "أعلن المجلس البلدي في المدينة عن افتتاح حديقة جديدة قرب النهر بعد عامين من العمل."
SECOND = "وقال رئيس المجلس إن الحديقة مفتوحة للجميع طوال أيام الأسبوع دون مقابل."
TITLE = "بلدية المدينة تطلق حملة لزراعة ألف شجرة"
OTHER = "هل تنجح الحدائق في تبريد المدن؟"


def body(*lines):
    return "\n".join(lines)


ARTICLE = body(FIRST, SECOND)


@pytest.mark.parametrize(
    "breadcrumb",
    ["الرئيسية » محليات", "الصفحة الرئيسية > أخبار > محليات", "Home / News", "Accueil › Maroc"],
)
def test_a_breadcrumb_goes(breadcrumb):
    assert strip_furniture(body(breadcrumb, FIRST, SECOND)) == ARTICLE


def test_kicker_and_dateline_above_the_first_paragraph_go():
    assert strip_furniture(body("أخبار محلية", "الرباط - الصحيفة", FIRST, SECOND)) == ARTICLE


def test_a_short_line_alone_may_be_a_subheading_and_stays():
    text = body("حديقة النهر", FIRST, SECOND)
    assert strip_furniture(text) == text


def test_a_dateline_above_another_short_line_with_punctuation_stays():
    text = body("الرباط - الصحيفة", "الترتيب:", FIRST, SECOND)
    assert strip_furniture(text) == text


@pytest.mark.parametrize(
    "lead_in",
    [
        "قد يهمك أيضــــــا", "إقرأ أيضاً", "اقرأ ايضا:", "* أقرأ أيضًا |", "مواضيع ذات صلة",
        "أخبار ذات صلة", "شاهد أيضا", "Read also:", "READ MORE", "Lire aussi :", "À lire aussi",
    ],
)  # fmt: skip
def test_a_lead_in_goes_with_the_titles_after_it_until_prose_resumes(lead_in):
    assert strip_furniture(body(FIRST, lead_in, TITLE, OTHER, SECOND)) == ARTICLE
    assert strip_furniture(body(FIRST, SECOND, lead_in, TITLE, OTHER)) == ARTICLE


@pytest.mark.parametrize(
    "lead_in", ["اقرأ أيضا: ", "اقرأ أيضاً| ", "قد يهمك/ ", "للمزيد - ", "اقرأ.. "]
)
def test_a_lead_in_with_its_title_on_the_line_takes_that_line_only(lead_in):
    assert strip_furniture(body(FIRST, lead_in + TITLE, SECOND)) == ARTICLE
    kept = strip_furniture(body(FIRST, lead_in + TITLE, "حديقة النهر للجميع كل يوم", SECOND))
    assert kept == body(FIRST, "حديقة النهر للجميع كل يوم", SECOND)


def test_blocks_of_titles_below_the_article_go_with_their_headings():
    blocks = ("أخبار ذات صلة", TITLE, OTHER, "رياضة", TITLE, OTHER, TITLE)
    assert strip_furniture(body(FIRST, SECOND, "", *blocks)) == ARTICLE


def test_a_list_of_names_after_a_lead_in_stays():
    names = ("1- سارة العلوي", "2- عمر بناني", "3- ليلى الفاسي")
    assert strip_furniture(body(FIRST, "اقرأ أيضا:", TITLE, *names)) == body(FIRST, *names)


def test_view_on_lines_and_end_marks_go():
    assert strip_furniture(body(FIRST, SECOND, "View on Example.net", "// انتهى //")) == ARTICLE


def test_a_paragraph_that_begins_like_a_lead_in_stays():
    text = body(FIRST, "اقرأ: هكذا قال المعلم لتلاميذه وهو يشير إلى السبورة في آخر القاعة.")
    assert strip_furniture(text) == text
    text = body(FIRST, "للمزيد من المعلومات", SECOND)
    assert strip_furniture(text) == text


def test_a_text_of_one_line_is_never_touched():
    for line in ("اقرأ أيضا: " + TITLE, "الرئيسية » محليات", "View on Example.net"):
        assert strip_furniture(line) == line


def test_a_text_of_which_nothing_would_remain_comes_back():
    text = body("اقرأ أيضا", TITLE, OTHER)
    assert strip_furniture(text) == text


def test_an_article_without_furniture_comes_back_byte_for_byte():
    text = f" {FIRST}\r\n\r\n{SECOND} \n"
    assert strip_furniture(text) == text


def test_a_long_line_after_the_home_link_takes_no_time_and_stays():
    line = "الرئيسية » " + "كلمة " * 40 + "ا" * 10_000
    assert strip_furniture(body(line, FIRST)) == body(line, FIRST)


pieces = st.sampled_from(
    [FIRST, SECOND, TITLE, OTHER, "اقرأ أيضا", "قد يهمك: " + TITLE, "رياضة", "الرباط - س", ""]
)


@given(st.lists(pieces))
def test_paragraphs_are_never_lost_and_nothing_is_added(lines):
    kept = strip_furniture(body(*lines)).split("\n")
    assert [x for x in kept if x in (FIRST, SECOND)] == [x for x in lines if x in (FIRST, SECOND)]
    rest = iter(lines)
    assert all(line in rest for line in kept if line)  # in the same order


@given(st.text())
def test_it_takes_any_text(text):
    assert len(strip_furniture(text)) <= len(text)
