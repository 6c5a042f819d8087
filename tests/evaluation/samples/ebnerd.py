"""A bundle of EB-NeRD in the published schema, with invented content."""

from datetime import datetime

import pyarrow as pa
import pyarrow.parquet as pq

ARTICLES = pa.schema(
    [
        ("article_id", pa.int32()),
        ("title", pa.string()),
        ("subtitle", pa.string()),
        ("last_modified_time", pa.timestamp("us")),
        ("premium", pa.bool_()),
        ("body", pa.string()),
        ("published_time", pa.timestamp("us")),
        ("image_ids", pa.list_(pa.int64())),
        ("article_type", pa.string()),
        ("url", pa.string()),
        ("ner_clusters", pa.list_(pa.string())),
        ("entity_groups", pa.list_(pa.string())),
        ("topics", pa.list_(pa.string())),
        ("category", pa.int16()),
        ("subcategory", pa.list_(pa.int16())),
        ("category_str", pa.string()),
        ("total_inviews", pa.int32()),
        ("total_pageviews", pa.int32()),
        ("total_read_time", pa.float32()),
        ("sentiment_score", pa.float32()),
        ("sentiment_label", pa.string()),
    ]
)
BEHAVIORS = pa.schema(
    [
        ("impression_id", pa.uint32()),
        ("article_id", pa.int32()),
        ("impression_time", pa.timestamp("us")),
        ("read_time", pa.float32()),
        ("scroll_percentage", pa.float32()),
        ("device_type", pa.int8()),
        ("article_ids_inview", pa.list_(pa.int32())),
        ("article_ids_clicked", pa.list_(pa.int32())),
        ("user_id", pa.uint32()),
        ("is_sso_user", pa.bool_()),
        ("gender", pa.int8()),
        ("postcode", pa.int8()),
        ("age", pa.int8()),
        ("is_subscriber", pa.bool_()),
        ("session_id", pa.uint32()),
        ("next_read_time", pa.float32()),
        ("next_scroll_percentage", pa.float32()),
    ]
)
HISTORY = pa.schema(
    [
        ("user_id", pa.uint32()),
        ("impression_time_fixed", pa.list_(pa.timestamp("us"))),
        ("scroll_percentage_fixed", pa.list_(pa.float32())),
        ("article_id_fixed", pa.list_(pa.int32())),
        ("read_time_fixed", pa.list_(pa.float32())),
    ]
)


def at(hour, minute=0, day=25):
    return datetime(2023, 5, day, hour, minute)


def article(number, hour, **more):
    return {
        "article_id": number,
        "title": f"Overskrift {number}",
        "subtitle": "Kort om sagen",
        "last_modified_time": at(hour, 30),
        "premium": False,
        "body": f"En opdigtet tekst nummer {number}.",
        "published_time": at(hour),
        "image_ids": None,
        "article_type": "article_default",
        "url": f"https://avis.example/nyheder/{number}",
        "ner_clusters": ["Havnen"],
        "entity_groups": ["LOC"],
        "topics": ["Transport"],
        "category": 142,
        "subcategory": [196],
        "category_str": "sport",
        "sentiment_label": "Neutral",
        **more,
    }


def impression(number, user, session, moment, shown, clicked, page=None):
    return {
        "impression_id": number,
        "article_id": page,
        "impression_time": moment,
        "read_time": 14.0,
        "device_type": 1,
        "article_ids_inview": shown,
        "article_ids_clicked": clicked,
        "user_id": user,
        "is_sso_user": False,
        "is_subscriber": False,
        "session_id": session,
    }


def write_bundle(folder, articles=None, train=None, history=None):
    """Four articles, one person with a history, one session: front page, then article 20."""
    part = folder / "train"
    part.mkdir(parents=True, exist_ok=True)
    articles = articles or [article(n, h) for n, h in ((10, 6), (20, 7), (30, 8), (40, 9))]
    train = train or [
        impression(1, 7, 70, at(10), [30, 20, 40], [20]),
        impression(2, 7, 70, at(10, 2), [40, 10], [40], page=20),
    ]
    history = history or [
        {
            "user_id": 7,
            "impression_time_fixed": [at(8, day=24), at(9, day=24)],
            "scroll_percentage_fixed": [100.0, None],
            "article_id_fixed": [10, 20],
            "read_time_fixed": [3.0, 4.0],
        }
    ]
    pq.write_table(pa.Table.from_pylist(articles, ARTICLES), folder / "articles.parquet")
    pq.write_table(pa.Table.from_pylist(train, BEHAVIORS), part / "behaviors.parquet")
    pq.write_table(pa.Table.from_pylist(history, HISTORY), part / "history.parquet")
    return folder
