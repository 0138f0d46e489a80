"""Text of files, from the upload to the search that finds it (K7 K2)."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest
import sqlalchemy as sa

from indexer.audit import audit
from indexer.backend import SearchFilter, SearchRequest
from indexer.file_words import piece_at, read_files
from indexer.rebuild import rebuild
from kb_app.errors import NotAllowed, NotFound
from kb_app.extracting import MOST_TRIES, catch_up, extract, reread, sandbox_of
from kb_app.extraction.limits import Limits
from kb_app.extraction.optical import Optical, installed
from kb_app.extraction.sandbox import Reading, Sandbox
from kb_app.file_text import FileReading
from kb_app.files import FileLink, Upload, attach, files_of, stored_path
from kb_app.job_handlers import QUICK, SLOW
from kb_app.jobs import Worker, drain
from kb_app.ports import Ports
from models import (
    Article,
    Attachment,
    FilePiece,
    FileState,
    FileText,
    Job,
    JobKind,
    JobStatus,
    PlaceKind,
    reading,
    unit_of_work,
    utcnow,
)
from tests.conftest import People
from tests.factories import make_article, settle_index
from tests.office_files import docx, pdf, xlsx

MANUAL = pdf("安装手册\n开箱检查", "指纹录入", "复位孔在电池仓左侧，按住五秒")
BROKEN = b"%PDF-1.7\n" + bytes(range(256)) * 40
HANGING = Sandbox(Limits(seconds=1), None, (sys.executable, "-I", "-c", "while True: pass"))
Put = Callable[..., FileLink]


@pytest.fixture
def article_id(ports: Ports) -> int:
    """A published article without a body: a file is all it says."""
    with unit_of_work(ports.database) as session:
        return make_article(session, "智能门锁说明书", "").id


@pytest.fixture
def put(ports: Ports, people: People, article_id: int) -> Put:
    """林知夏 attaches bytes to the article (or another one)."""

    def attach_bytes(data: bytes, name: str, to: int = article_id) -> FileLink:
        return attach(ports, people.linzhixia, to, Upload(name, io.BytesIO(data)))

    return attach_bytes


def state_of(ports: Ports, article_id: int) -> FileReading:
    """What the editor shows of the article's only file."""
    with reading(ports.database) as session:
        [file] = files_of(session, article_id)
    assert file.reading is not None
    return file.reading


def found_part(ports: Ports, people: People, text: str) -> tuple[int, int] | None:
    """Article and file part of the first hit."""
    ports.engine.refresh()
    request = SearchRequest(text, SearchFilter(people.passer_by.keys))
    hits = ports.engine.search(request).hits
    return (hits[0].ref_id, hits[0].file_part) if hits else None


def jobs(ports: Ports, kind: JobKind) -> int:
    """How many jobs of this kind wait."""
    waits = sa.and_(Job.kind == kind, Job.status == JobStatus.WAITING)
    with reading(ports.database) as session:
        return session.scalar(sa.select(sa.func.count()).where(waits)) or 0


def test_it_finds_the_page_of_a_file_that_is_all_an_article_says(
    ports: Ports, people: People, article_id: int, put: Put
) -> None:
    """K7: waiting, then done; the third page answers, and the title still does for itself."""
    link = put(MANUAL, "安装手册.pdf")
    assert state_of(ports, article_id).state is FileState.WAITING
    settle_index(ports)
    expected = FileReading(FileState.DONE, "", 3, PlaceKind.PAGE)
    assert state_of(ports, article_id) == expected
    assert found_part(ports, people, "复位孔") == (article_id, 3)
    assert found_part(ports, people, "智能门锁说明书") == (article_id, 0)
    with reading(ports.database) as session:
        files = read_files(session, [article_id])[article_id]
        assert piece_at(files, 4) is None
        at = piece_at(files, 3)
    assert at is not None
    assert (at[0].attachment_id, at[1]) == (link.id, 3)


def test_it_leaves_the_index_equal_to_the_database(
    ports: Ports, people: People, article_id: int, put: Put
) -> None:
    """O2: audit and rebuild know of file text; asking again disturbs neither."""
    put(MANUAL, "安装手册.pdf")
    put(docx("电池型号 CR123A"), "配件.docx")
    settle_index(ports)
    assert audit(ports.engine.parts).ok
    assert rebuild(ports.engine.parts).audit.ok
    assert found_part(ports, people, "CR123A") == (article_id, 4)
    with reading(ports.database) as session:
        first = files_of(session, article_id)[0]
    reread(ports, people.linzhixia, article_id, first.id)
    assert audit(ports.engine.parts).ok
    assert found_part(ports, people, "复位孔") == (article_id, 3)


def test_it_reads_the_same_content_once(
    ports: Ports, people: People, article_id: int, put: Put
) -> None:
    """K7: two articles, one reading; the second is found as soon as it is attached."""
    put(MANUAL, "安装手册.pdf")
    settle_index(ports)
    with unit_of_work(ports.database) as session:
        other = make_article(session, "另一篇").id
    put(MANUAL, "同一本手册.pdf", other)
    assert jobs(ports, JobKind.EXTRACT_FILE) == 0
    settle_index(ports)
    with reading(ports.database) as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(FileText)) == 1
        assert session.scalar(sa.select(sa.func.count()).select_from(FilePiece)) == 3
    request = SearchRequest("复位孔", SearchFilter(people.passer_by.keys))
    assert {hit.ref_id for hit in ports.engine.search(request).hits} == {article_id, other}


def test_it_does_not_hide_a_short_page_behind_a_long_file(
    ports: Ports, people: People, put: Put
) -> None:
    """K1 K7: three hundred pages do not drown the one that answers."""
    pages = [f"第 {n} 章 使用与保养，按说明操作设备并检查连接" for n in range(1, 301)]
    pages[199] = "错误代码 E-4471 表示霍尔传感器故障"
    put(pdf(*pages), "大全.pdf")
    settle_index(ports)
    found = found_part(ports, people, "E-4471")
    assert found is not None
    assert found[1] == 200


@dataclass(frozen=True)
class Useless:
    """A file that gives no text, and what is said of it."""

    data: bytes
    name: str
    state: FileState
    reason: str = ""


@pytest.mark.parametrize(
    "file",
    [
        Useless(BROKEN, "坏.pdf", FileState.FAILED, "broken"),
        Useless(pdf("", ""), "扫描件.pdf", FileState.EMPTY),
        Useless(b"\x89PNG\r\n\x1a\n" + b"\0" * 40, "图.png", FileState.SKIPPED, "picture"),
    ],
    ids=lambda file: file.name,
)
def test_it_tells_what_became_of_a_file_and_keeps_the_article_indexed(
    ports: Ports, people: People, put: Put, file: Useless
) -> None:
    """K7: a file costs only itself; its job is done, not tried for days."""
    with unit_of_work(ports.database) as session:
        article_id = make_article(session, "门锁没电怎么办", "换电池").id
    put(file.data, file.name, article_id)
    settle_index(ports)
    found = state_of(ports, article_id)
    assert (found.state, found.reason) == (file.state, file.reason)
    assert found.may_retry is (file.state is FileState.FAILED)
    assert found_part(ports, people, "门锁没电") == (article_id, 0)
    assert jobs(ports, JobKind.EXTRACT_FILE) == 0


def test_it_gives_up_a_file_that_hangs_its_reader(ports: Ports, article_id: int, put: Put) -> None:
    """K7 O3: killed at its time; said so."""
    put(MANUAL, "a.pdf")
    sha256 = only_hash(ports)
    extract(ports, sha256, HANGING)
    assert state_of(ports, article_id).reason == "timeout"


def only_hash(ports: Ports) -> str:
    """The content that was attached."""
    with reading(ports.database) as session:
        return session.scalars(sa.select(Attachment.sha256).distinct()).one()


class WorkerDied(BaseException):
    """The power goes."""


class Deadly(Sandbox):
    """A reading during which the whole worker dies."""

    def read(self, *_: object) -> Reading:
        """The end."""
        raise WorkerDied


def test_it_begins_again_after_its_worker_died_but_not_for_ever(
    ports: Ports, article_id: int, put: Put
) -> None:
    """O2 O3: another worker finishes the job; a file that kills each is given up."""
    put(MANUAL, "a.pdf")
    sha256 = only_hash(ports)
    with pytest.raises(WorkerDied):
        extract(ports, sha256, Deadly())
    assert state_of(ports, article_id).state is FileState.WAITING
    extract(ports, sha256)
    assert state_of(ports, article_id).state is FileState.DONE
    with unit_of_work(ports.database) as session:
        row = session.get_one(FileText, sha256)
        row.state, row.tries = FileState.WAITING, MOST_TRIES
    extract(ports, sha256, Deadly())
    found = state_of(ports, article_id)
    assert (found.state, found.reason) == (FileState.FAILED, "crashed")


def test_it_is_harmless_when_run_twice(ports: Ports, article_id: int, put: Put) -> None:
    """K7: a job delivered again finds nothing to do."""
    put(MANUAL, "a.pdf")
    sha256 = only_hash(ports)
    extract(ports, sha256)
    extract(ports, sha256, Deadly())
    extract(ports, "0" * 64, Deadly())
    assert state_of(ports, article_id).places == 3


def test_it_reads_once_more_when_a_manager_asks(
    ports: Ports, people: People, article_id: int, put: Put
) -> None:
    """K7: 重试, by those who may write, for files that are there."""
    link = put(MANUAL, "a.pdf")
    extract(ports, only_hash(ports), HANGING)
    settle_index(ports)
    assert state_of(ports, article_id).state is FileState.FAILED
    reread(ports, people.linzhixia, article_id, link.id)
    settle_index(ports)
    assert state_of(ports, article_id).state is FileState.DONE
    assert found_part(ports, people, "复位孔") == (article_id, 3)
    with pytest.raises(NotFound):
        reread(ports, people.linzhixia, article_id + 1, link.id)
    with pytest.raises(NotFound):
        reread(ports, people.linzhixia, article_id, 404)
    with pytest.raises(NotFound):
        reread(ports, people.abo, article_id, link.id)
    with pytest.raises(NotAllowed):
        reread(ports, people.xiaoai, article_id, link.id)


def test_it_reads_anew_what_an_older_reader_read(
    ports: Ports, people: People, article_id: int, put: Put
) -> None:
    """K7: after an upgrade, failures and successes alike; the text stays searchable meanwhile."""
    put(MANUAL, "a.pdf")
    settle_index(ports)
    catch_up(ports)
    assert jobs(ports, JobKind.EXTRACT_FILE) == 0
    with unit_of_work(ports.database) as session:
        session.execute(sa.update(FileText).values(reader="0"))
    catch_up(ports)
    catch_up(ports)
    assert jobs(ports, JobKind.EXTRACT_FILE) == 1
    assert state_of(ports, article_id).state is FileState.AGAIN
    assert found_part(ports, people, "复位孔") == (article_id, 3)
    settle_index(ports)
    assert state_of(ports, article_id).state is FileState.DONE
    assert audit(ports.engine.parts).ok


def test_it_reads_files_from_before_there_was_a_reader(
    ports: Ports, people: People, article_id: int, put: Put
) -> None:
    """O2: an upgraded site gets the text of its old files; what nobody attaches is forgotten."""
    put(MANUAL, "a.pdf")
    with unit_of_work(ports.database) as session:
        session.execute(sa.delete(FileText))
        session.execute(sa.update(Job).values(status=JobStatus.DONE, finished_at=utcnow()))
        session.add(FileText(sha256="f" * 64, state=FileState.EMPTY, reader="1"))
    catch_up(ports)
    settle_index(ports)
    assert found_part(ports, people, "复位孔") == (article_id, 3)
    with reading(ports.database) as session:
        assert session.get(FileText, "f" * 64) is None


def test_it_forgets_the_text_with_the_last_article(ports: Ports, article_id: int, put: Put) -> None:
    """O3: nothing of a file stays when nobody has it."""
    put(MANUAL, "a.pdf")
    settle_index(ports)
    with unit_of_work(ports.database) as session:
        session.delete(session.get_one(Article, article_id))
    catch_up(ports)
    with reading(ports.database) as session:
        assert session.scalars(sa.select(FilePiece.sha256)).all() == []


def test_it_says_when_the_stored_bytes_are_gone(ports: Ports, article_id: int, put: Put) -> None:
    """K7 O2."""
    put(MANUAL, "a.pdf")
    stored_path(ports, only_hash(ports)).unlink()
    settle_index(ports)
    assert state_of(ports, article_id).reason == "missing"


def test_it_does_slow_work_beside_quick_work(ports: Ports, put: Put) -> None:
    """K1: the quick worker leaves files alone, so that no change waits for a reading."""
    settle_index(ports)
    put(MANUAL, "a.pdf")
    quick = Worker(ports, kinds=QUICK)
    while quick.step():
        pass
    assert jobs(ports, JobKind.EXTRACT_FILE) == 1
    assert Worker(ports, kinds=SLOW).step()
    assert not Worker(ports, kinds=SLOW).step()
    assert jobs(ports, JobKind.INDEX_ARTICLE) == 1


def fake_optical(tmp_path_factory: pytest.TempPathFactory) -> Optical:
    """A program that reads any picture as the same words, and checks that it got one."""
    script = tmp_path_factory.mktemp("bin") / "tesseract"
    script.write_text(
        f"#!{sys.executable}\nimport os, sys\ndata = sys.stdin.buffer.read()\n"
        "assert data[:2] == b'P5' or data[:4] == b'\\x89PNG', data[:8]\n"
        "assert 'HOME' not in os.environ\n"
        "sys.stdout.buffer.write('扫描出来的字：保修三年'.encode())\n"
    )
    script.chmod(0o755)
    return Optical(str(script), "chi_sim")


def test_it_reads_scans_where_optical_reading_is_wanted(
    ports: Ports,
    people: People,
    article_id: int,
    put: Put,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """K7: each page of a scan is drawn in the sandbox and read; without the option it is not."""
    put(pdf("", ""), "扫描件.pdf")
    settle_index(ports)
    assert state_of(ports, article_id).state is FileState.EMPTY
    sandbox = Sandbox(optical=fake_optical(tmp_path_factory))
    assert sandbox.version != Sandbox().version
    with unit_of_work(ports.database) as session:
        session.execute(sa.update(FileText).values(state=FileState.WAITING))
    extract(ports, only_hash(ports), sandbox)
    settle_index(ports)
    assert state_of(ports, article_id) == FileReading(FileState.DONE, "", 2, PlaceKind.PAGE)
    found = found_part(ports, people, "保修三年")
    assert found is not None
    assert found[0] == article_id


def test_it_reads_no_pictures_unless_told_to(ports: Ports) -> None:
    """K7: the option is off; switched on without the program, it changes nothing."""
    assert sandbox_of(ports.config).optical is None
    wanted = replace(ports, config=ports.config.model_copy(update={"ocr": True})).config
    assert sandbox_of(wanted).optical == installed()


def test_it_indexes_by_the_name_of_a_file_too(
    ports: Ports, people: People, article_id: int, put: Put
) -> None:
    """K7 K2: who knows what the file is called finds it."""
    put(xlsx({"价目": [["型号", "价格"]]}), "二零二六年春季报价单.xlsx")
    settle_index(ports)
    assert found_part(ports, people, "春季报价单") == (article_id, 0)
    assert drain(ports) == 0
