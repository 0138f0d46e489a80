"""Rows of a results page where articles and questions stand side by side (K2 K7)."""

from __future__ import annotations

import io
from dataclasses import replace

from indexer.backend import SearchFilter, SearchRequest
from indexer.document import DocKind
from indexer.highlight import Asking
from kb_app import trees
from kb_app.extracting import catch_up
from kb_app.files import Upload, attach
from kb_app.ports import Ports
from kb_app.result_rows import Looking, Trees, result_rows
from models import FileText, Job, JobKind, JobStatus, reading, unit_of_work
from tests.conftest import People
from tests.factories import make_article, settle_index
from tests.office_files import pdf

MANUAL = pdf("安装手册\n开箱检查", "指纹录入", "复位孔在电池仓左侧，按住五秒")


def test_it_names_the_page_of_a_file_beside_a_question_of_the_same_number(
    ports: Ports, people: People
) -> None:
    """K7: numbers of questions are no numbers of articles."""
    with unit_of_work(ports.database) as session:
        article_id = make_article(session, "智能门锁说明书", "").id
    attach(ports, people.linzhixia, article_id, Upload("安装手册.pdf", io.BytesIO(MANUAL)))
    settle_index(ports)
    request = SearchRequest("复位孔", SearchFilter(people.xiaoai.keys))
    [hit] = ports.engine.search(request).hits
    question = replace(hit, kind=DocKind.QUESTION, position=2, file_part=0)
    with reading(ports.database) as session:
        look = Looking(
            session, people.xiaoai, Asking("复位孔", ports.engine.wordbook()), ports.texts
        )
        both = Trees(trees.categories(session), trees.products(session))
        rows = result_rows(look, both, (hit, question))
    assert [row.file.place for row in rows if row.file] == [3]


def test_a_worker_without_optical_reading_leaves_what_was_read_with_it(
    ports: Ports, people: People
) -> None:
    """K7: two workers on different machines do not undo each other for ever."""
    with unit_of_work(ports.database) as session:
        article_id = make_article(session, "智能门锁说明书", "").id
    attach(ports, people.linzhixia, article_id, Upload("安装手册.pdf", io.BytesIO(MANUAL)))
    settle_index(ports)
    for reader, waiting in (("1+ocr", 0), ("0", 1)):
        with unit_of_work(ports.database) as session:
            session.query(FileText).one().reader = reader
        catch_up(ports)
        with reading(ports.database) as session:
            jobs = session.query(Job).filter_by(kind=JobKind.EXTRACT_FILE, status=JobStatus.WAITING)
            assert jobs.count() == waiting
