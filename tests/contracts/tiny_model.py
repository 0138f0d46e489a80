"""A sentence-transformers model small enough to make in a test; needs requirements.txt."""

from __future__ import annotations

from pathlib import Path

WORDS = "忘记密码怎么办退款多久到账长"


def make_tiny_model(folder: Path, known: str = WORDS) -> Path:
    """A BERT of one layer over single characters, saved under `folder`."""
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer import modules
    from tokenizers import Tokenizer, pre_tokenizers, processors
    from tokenizers.models import WordLevel
    from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", *dict.fromkeys(known)]
    tokenizer = Tokenizer(WordLevel({word: i for i, word in enumerate(words)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Split("", "isolated")
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    fast = PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]  # its stubs lack it
        tokenizer_object=tokenizer,
        pad_token="[PAD]",
        unk_token="[UNK]",
        cls_token="[CLS]",
        sep_token="[SEP]",
        model_max_length=64,
    )
    config = BertConfig(
        vocab_size=len(words),
        hidden_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=64,
    )
    bert = folder / "bert"
    BertModel(config, add_pooling_layer=False).save_pretrained(bert)
    fast.save_pretrained(bert)
    parts = [modules.Transformer(str(bert), max_seq_length=64), modules.Pooling(32, "mean")]
    SentenceTransformer(modules=parts).save(str(folder / "tiny"))
    return folder / "tiny"


def make_tiny_cross_encoder(folder: Path, known: str = WORDS) -> Path:
    """A CrossEncoder of one layer over single characters, saved under `folder`."""
    from transformers import BertConfig, BertForSequenceClassification

    make_tiny_model(folder, known)
    config = BertConfig.from_pretrained(folder / "bert")
    config.num_labels = 1
    BertForSequenceClassification(config).save_pretrained(folder / "cross")
    for name in ("tokenizer.json", "tokenizer_config.json"):
        (folder / "cross" / name).write_bytes((folder / "bert" / name).read_bytes())
    return folder / "cross"
