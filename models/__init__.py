"""What is remembered. This is the package's only door: `from models import Article`."""

from models.article import (
    Article,
    ArticleAccess,
    ArticleRevision,
    ArticleStats,
    ArticleStatus,
    article_product,
    heat_weight,
)
from models.attachment import Attachment
from models.audit import AuditEntry, record
from models.base import Base, utcnow
from models.file_text import ASKED_FOR, READABLE, FilePiece, FileState, FileText, PlaceKind
from models.index_entry import IndexEntry
from models.insight import (
    GapMember,
    GapNotice,
    GapRun,
    GapSource,
    GapStatus,
    HoldoutPerson,
    KnowledgeGap,
)
from models.job import ALL_KINDS, Job, JobKind, JobStatus, enqueue, lease, something_due
from models.passage_tokens import PassageTokens
from models.question import Question, QuestionShown, QuestionStatus, Reply, ShownKind
from models.search_log import SearchClick, SearchLog, SearchSource
from models.session import Database, connect, insert_if_absent, reading, unit_of_work
from models.taxonomy import Category, Product
from models.ticket import Message, MessageKind, Ticket, TicketEvent, TicketStatus
from models.user import CustomerGroup, CustomerLevel, User
from models.viewer import (
    CUSTOMER_KEY,
    PUBLIC_KEY,
    STAFF_KEY,
    STAFF_ROLES,
    Role,
    Viewer,
    group_key,
    level_key,
    visitor,
)
from models.vote import Vote
from models.words import (
    WordEntry,
    WordKind,
    note_cut,
    word_version,
    words_changed,
    words_cut_by,
)

__all__ = [
    "ALL_KINDS",
    "ASKED_FOR",
    "CUSTOMER_KEY",
    "PUBLIC_KEY",
    "READABLE",
    "STAFF_KEY",
    "STAFF_ROLES",
    "Article",
    "ArticleAccess",
    "ArticleRevision",
    "ArticleStats",
    "ArticleStatus",
    "Attachment",
    "AuditEntry",
    "Base",
    "Category",
    "CustomerGroup",
    "CustomerLevel",
    "Database",
    "FilePiece",
    "FileState",
    "FileText",
    "GapMember",
    "GapNotice",
    "GapRun",
    "GapSource",
    "GapStatus",
    "HoldoutPerson",
    "IndexEntry",
    "Job",
    "JobKind",
    "JobStatus",
    "KnowledgeGap",
    "Message",
    "MessageKind",
    "PassageTokens",
    "PlaceKind",
    "Product",
    "Question",
    "QuestionShown",
    "QuestionStatus",
    "Reply",
    "Role",
    "SearchClick",
    "SearchLog",
    "SearchSource",
    "ShownKind",
    "Ticket",
    "TicketEvent",
    "TicketStatus",
    "User",
    "Viewer",
    "Vote",
    "WordEntry",
    "WordKind",
    "article_product",
    "connect",
    "enqueue",
    "group_key",
    "heat_weight",
    "insert_if_absent",
    "lease",
    "level_key",
    "note_cut",
    "reading",
    "record",
    "something_due",
    "unit_of_work",
    "utcnow",
    "visitor",
    "word_version",
    "words_changed",
    "words_cut_by",
]
