"""What is reported of an evaluation: a table for each thing that was measured."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from recommender.quality.encoder_figures import EncoderFigures
from recommender.quality.evaluation import Evaluation
from recommender.quality.item_pairs import PairsFound
from recommender.quality.metrics import Interval
from recommender.quality.report import Said, Section
from recommender.quality.retrieval import SUCCESS, Retrieval
from recommender.quality.similarity import Agreement, mean

if TYPE_CHECKING:
    from recommender.industry.quality import Hits, IndustryQuality
    from recommender.ranking.quality import Quality

Line = tuple[str | Said, ...]

METHODS: Mapping[str, Said] = {
    "ours": Said("**our search**", "本系统检索"),
    "ours_words": Said("our search without the encoder", "本系统检索（不用语义模型）"),
    "ours_clauses": Said("our search, clauses that are no items beside", "本系统检索（连同不是事项的条文）"),
    "encoder": Said("the encoder alone", "只用语义模型"),
    "bm25": Said("BM25 alone, jieba words", "只用 BM25（结巴分词）"),
    "tfidf_svd": Said("TF-IDF + SVD", "TF-IDF + SVD"),
    "tfidf_characters": Said("TF-IDF over single characters", "单字 TF-IDF"),
    "characters": Said("character overlap (Dice of bigrams)", "字面重合（二字组 Dice 系数）"),
    "hints": Said("**our score**", "本系统打分"),
    "titles": Said("titles' character overlap", "名称的字面重合"),
}

PUBLISHED: Mapping[str, Mapping[str, float]] = {
    "static-similarity-mrl-multilingual-v1 (static)": {
        **{"BQ": 40.55, "LCQMC": 59.58, "PAWSX": 4.59, "STSB": 69.66, "AFQMC_validation": 16.64, "QBQTC": 25.70},
    },
    "potion-multilingual-128M (static)": {
        **{"BQ": 41.05, "LCQMC": 62.32, "PAWSX": 6.29, "STSB": 68.17, "AFQMC_validation": 13.59, "QBQTC": 25.42},
    },
    "bge-small-zh-v1.5 (transformer)": {
        **{"BQ": 55.22, "LCQMC": 72.19, "PAWSX": 9.26, "STSB": 76.73, "AFQMC_validation": 33.42, "QBQTC": 35.29},
    },
}
"""Figures of known encoders on the same sets."""


def sections(evaluation: Evaluation) -> Iterator[Section]:
    """All tables, in the order in which they are read."""
    yield _about(evaluation)
    yield _encoder(evaluation.encoder)
    yield _similarity(evaluation.similarity)
    for name, found in evaluation.retrieval.items():
        yield _retrieval(name, found, evaluation.questions_on.isoformat())
    yield _industry(evaluation.industry)
    yield _ranking(evaluation.ranking)
    yield _pairs(evaluation.pairs)


def _about(evaluation: Evaluation) -> Section:
    rows = (
        (Said("measured on", "测量日期"), evaluation.on.isoformat()),
        (Said("documents, items", "文件、事项"), f"{evaluation.documents}, {evaluation.items}"),
        (Said("library (SHA-256)", "政策库（SHA-256）"), evaluation.library[:16]),
        (Said("encoder (SHA-256)", "语义模型（SHA-256）"), evaluation.encoder.digest[:16]),
        (Said("index format", "索引格式"), str(evaluation.index_format)),
    )
    return Section(Said("What was measured", "测量对象"), (Said("of", "项目"), Said("which", "内容")), rows)


def _encoder(encoder: EncoderFigures) -> Section:
    size = Said("not a folder here", "不在本机文件夹") if encoder.size is None else f"{encoder.size / 1_000_000:.1f} MB"
    rows = (
        (Said("name", "名称"), encoder.name),
        (Said("dimension", "维数"), str(encoder.dimension)),
        (Said("size on disk", "磁盘占用"), size),
        (
            Said("import, load and first text, fresh process", "新进程导入、载入并编码第一句"),
            f"{encoder.load_seconds:.2f} s",
        ),
        (
            Said("texts a second (summaries of items and clauses)", "每秒编码（事项与条文摘要）"),
            f"{encoder.texts_per_second:,.0f}",
        ),
    )
    return Section(Said("The encoder", "语义模型"), (Said("figure", "指标"), Said("value", "数值")), rows)


def _similarity(agreements: Sequence[Agreement] | None) -> Section:
    title = Said("Similarity of sentences: Spearman × 100", "句子相似：Spearman × 100")
    if agreements is None:
        said = Said(
            "Not measured: no folder of sets was given (`--sts`).", "未测量：没有给出句子对测试集的文件夹（--sts）。"
        )
        return Section(title, (), (), (said,))
    names = [each.name for each in agreements]
    head: Line = (Said("method", "方法"), *names, Said("mean", "平均"))
    pairs: Line = (Said("pairs", "句子对"), *(f"{each.pairs:,}" for each in agreements), "")
    rows: list[Line] = [
        (
            METHODS[method],
            *(_hundred(each.correlations[method]) for each in agreements),
            _hundred(mean(agreements, method)),
        )
        for method in agreements[0].correlations
    ]
    remarks: tuple[Said, ...] = ()
    for model, figures in PUBLISHED.items():
        if all(name in figures for name in names):
            remarks = (_NOT_OURS,)
            average = sum(figures[name] for name in names) / len(names)
            published = Said(f"*published:* {model}", f"公开数据：{model}")
            rows.append((published, *(f"{figures[name]:.1f}" for name in names), f"{average:.1f}"))
    return Section(title, head, (pairs, *rows), remarks)


_NOT_OURS = Said(
    "What is marked as published is from the results repository of MTEB (embeddings-benchmark/results) and was not "
    "measured here. The mean counts every set once.",
    "标明“公开数据”的取自 MTEB 的结果库，不是这里测的。平均时每个测试集各算一次。",
)


def _retrieval(name: str, retrieval: Retrieval, on: str) -> Section:
    head: Line = (
        Said("method", "方法"),
        *(f"success@{most}" for most in SUCCESS),
        "MRR",
        "nDCG@10",
        Said("our nDCG@10 minus this", "本系统 nDCG@10 减此"),
        Said("claims something where nothing is right", "无答案时仍说找到"),
        Said("warns or finds nothing where something is right", "有答案时说没有把握"),
    )
    rows: tuple[Line, ...] = tuple(
        (
            METHODS[method],
            *(_percent(found.success[most]) for most in SUCCESS),
            _interval(found.mrr),
            _interval(found.ndcg),
            "" if method == "ours" else _interval(found.better, sign=True),
            "" if found.overclaimed is None else f"{found.overclaimed:.0%}",
            f"{found.hesitant:.0%}",
        )
        for method, found in retrieval.found.items()
    )
    counted = Said(
        f"{retrieval.answerable} questions with an answer, {retrieval.unanswerable} without, as of {on}. In brackets: "
        "95 % bootstrap intervals over the questions; the difference is taken question by question.",
        f"有答案的问题 {retrieval.answerable} 个，无答案的 {retrieval.unanswerable} 个，按 {on} 判断。"
        "方括号内是按问题重抽样的 95% 区间；差值逐题相减。",
    )
    return Section(Said(f"Retrieval: {name} questions", f"检索：{name} 问题集"), head, rows, (counted,))


def _industry(quality: IndustryQuality | None) -> Section:
    title = Said("From business scope to industry (GB/T 4754)", "由经营范围判断行业（GB/T 4754）")
    if quality is None:
        return Section(title, (), (), (Said("Not measured.", "未测量。"),))
    head: Line = (
        *(Said("method", "方法"), Said("division", "大类"), Said("division, first 3", "大类前 3")),
        *(Said("group", "中类"), Said("group, first 3", "中类前 3")),
    )
    told = {
        Said("**our classifier**", "本系统判断"): quality.ours.hits,
        Said("our classifier, scope without name", "本系统判断（只看经营范围）"): quality.scope_alone.hits,
        Said("our classifier, under a vague name", "本系统判断（名称含糊）"): quality.vague_name.hits,
        **{_GUESSED.get(name, Said(name, name)): hits for name, hits in quality.baselines.items()},
    }
    ours = quality.ours
    remark = Said(
        f"{quality.cases} labelled scopes that no training saw, of {quality.divisions} divisions and {quality.groups} "
        f"groups; model {quality.model}. It answers where it is {ours.sure:.0%} sure: in {ours.answered:.0%} of cases, "
        f"{ours.right:.0%} of them rightly. Expected calibration error: {ours.division_error:.3f} (division), "
        f"{ours.group_error:.3f} (group).",
        f"训练没有用过的经营范围 {quality.cases} 条，{quality.divisions} 个大类、{quality.groups} 个中类；模型 "
        f"{quality.model}。把握不低于 {ours.sure:.0%} 才作答：{ours.answered:.0%} 的情形作答，其中 {ours.right:.0%} "
        f"正确。期望校准误差：大类 {ours.division_error:.3f}，中类 {ours.group_error:.3f}。",
    )
    return Section(title, head, tuple((name, *_shares(hits)) for name, hits in told.items()), (remark,))


_GUESSED = {
    "characters": Said("nearest name of a group, by characters", "名称字面最近的中类"),
    "encoder": Said("nearest name of a group, by the encoder", "语义最近的中类"),
    "commonest": Said("always the commonest groups", "总猜最常见的中类"),
}


def _shares(hits: Hits) -> tuple[str, ...]:
    return tuple(f"{share:.0%}" for share in (hits.division_top1, hits.division_top3, hits.group_top1, hits.group_top3))


def _ranking(quality: Quality | None) -> Section:
    title = Said("Ranking", "排序")
    named = () if quality is None else ((_BY_HAND, quality.judged), (_RECORDED, quality.feedback))
    measured = [(name, each) for name, each in named if each is not None]
    if quality is None or not measured:
        return Section(title, (), (), (Said("Not measured: nothing to judge by.", "未测量：没有可以对照的评判。"),))
    version = quality.version
    remarks = [Said(f"nDCG@{measured[0][1].k}, weights {version}.", f"nDCG@{measured[0][1].k}，权重 {version}。")]
    if lacking := [name for name, each in named if each is None]:
        missing = ", ".join(name.en for name in lacking)
        remarks.append(Said(f"Not measured, since there is none: {missing}.", "；".join(quality.lacking) + "。"))
    rows = tuple(
        (name, str(each.lists), f"{each.ranking:.3f}", f"{each.worth:.3f}", f"{each.random:.3f}")
        for name, each in measured
    )
    return Section(title, (Said("lists", "名单"), Said("number", "份数"), *_RANKED), rows, tuple(remarks))


_BY_HAND = Said("judged by hand", "人工评判")
_RECORDED = Said("recorded feedback, held out", "留出的反馈")
_RANKED = (
    Said("**our ranking**", "本系统排序"),
    Said("by worth alone", "只按金额"),
    Said("at random, expected", "随机（期望）"),
)


def _pairs(found: PairsFound | None) -> Section:
    title = Said("Similar items", "相似事项")
    if found is None:
        said = Said(
            "Not measured: this is not the library that was judged.", "未测量：人工判断过的是随程序安装的政策库。"
        )
        return Section(title, (), (), (said,))
    rows = tuple((METHODS[method], f"{value:.3f}") for method, value in found.average_precision.items())
    remark = Said(
        f"{found.judged} pairs were judged by hand, {found.right} of them to be one support (at two levels, or twice). "
        f"We name {found.named} pairs as such: precision {found.precision:.2f}, recall {found.recall:.2f}, the right "
        f"one of the two kinds for {found.kinds_right} of {found.right_named}; {found.lookalikes_named} are known "
        f"look-alikes. Average precision, each method ranking the same {found.candidates:,} pairs of different "
        "documents whose places lie in each other:",
        f"人工判断 {found.judged} 对，其中 {found.right} 对是同一扶持（上下级或重复）。本系统指出 {found.named} 对："
        f"准确率 {found.precision:.2f}，召回率 {found.recall:.2f}，{found.right_named} 对中 {found.kinds_right} 对"
        f"的类别也对；误指形似的 {found.lookalikes_named} 对。平均精度（各方法排同样的 {found.candidates:,} 对）：",
    )
    return Section(title, (Said("method", "方法"), Said("average precision", "平均精度")), rows, (remark,))


def _hundred(value: float | None) -> str | Said:
    return Said("undefined", "无") if value is None else f"{100 * value:.1f}"


def _percent(value: Interval) -> str:
    return f"{value.mean:.0%} [{value.low:.0%}, {value.high:.0%}]"


def _interval(value: Interval, sign: bool = False) -> str:
    form = "+.3f" if sign else ".3f"
    return f"{value.mean:{form}} [{value.low:{form}}, {value.high:{form}}]"
