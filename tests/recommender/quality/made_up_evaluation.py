"""A made-up evaluation, with every part measured."""

from datetime import date

from recommender.industry.quality import Calibrated, Hits, IndustryQuality
from recommender.quality.encoder_figures import EncoderFigures
from recommender.quality.evaluation import Evaluation
from recommender.quality.item_pairs import PairsFound
from recommender.quality.metrics import Interval
from recommender.quality.retrieval import Found, Retrieval
from recommender.quality.similarity import Agreement
from recommender.ranking.quality import Figures, Quality

HALF = Interval(0.5, 0.25, 0.75)
FOUND = Found({1: HALF, 3: HALF, 10: HALF}, HALF, HALF, Interval(0.125, -0.25, 0.5), 0.4, 0.1)
GUESSED = Calibrated(Hits(0.8, 0.9, 0.6, 0.7), 0.75, 0.5, 0.96, 0.011, 0.022)
WHOLE = Evaluation(
    on=date(2024, 6, 30),
    questions_on=date(2023, 6, 30),
    documents=12,
    items=144,
    library="1" * 64,
    index_format=1,
    encoder=EncoderFigures("builtin", "2" * 64, 256, 15_400_000, 0.21, 20_000.4),
    similarity=(Agreement("BQ", 10_000, {"encoder": 0.5, "characters": None}),),
    retrieval={"test": Retrieval(170, 9, {"ours": FOUND, "bm25": FOUND})},
    industry=IndustryQuality(240, 60, 180, "1", GUESSED, GUESSED, GUESSED, {"commonest": Hits(0.1, 0.2, 0.03, 0.04)}),
    ranking=Quality("stated-1", Figures(12, 5, 0.82, 0.74, 0.23), None, ("反馈：没有连接数据库",)),
    pairs=PairsFound(111, 6332, 25, 20, 19, 18, 1, {"hints": 0.93, "titles": 0.82}),
)
