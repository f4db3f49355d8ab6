"""Transformers, as torchvision and the original papers' code publish them."""

from __future__ import annotations

from graph_engine import Graph, NetworkBuilder


def vit_b16() -> Graph:
    """The vision transformer ViT-B/16: 86,567,656 parameters."""
    net = NetworkBuilder("vit_b_16")
    block = net.block("EncoderBlock")
    x = block.input("x", shape=(197, 768))
    y = block.add("LayerNorm", x, eps=1e-6)
    y = block.add("MultiheadAttention", y, y, y, num_heads=12, need_weights=False)
    x = block.add("Add", x, block.add("Dropout", y, p=0.0))
    y = block.add("LayerNorm", x, eps=1e-6)
    y = block.add("GELU", block.add("Linear", y, out_features=3072))
    y = block.add("Linear", block.add("Dropout", y, p=0.0), out_features=768)
    block.output("y", block.add("Add", x, y))
    block.done()

    x = net.input("image", shape=(3, 224, 224))
    x = net.add("PatchEmbedding", x, features=768, patch_size=16)
    x = net.add("ClassToken", x)
    x = net.add("LearnedPositionalEncoding", x, max_length=197)
    x = net.add("EncoderBlock", net.add("Dropout", x, p=0.0), repeat=12)
    x = net.add("LayerNorm", x, eps=1e-6)
    x = net.add("Select", x, dim=1, index=0)
    net.output("logits", net.add("Linear", x, out_features=1000))
    return net.graph


def gpt2_small(context: int | str = "T") -> Graph:
    """GPT-2 small with its tied head: 124,439,808 parameters."""
    net = NetworkBuilder("gpt2")
    block = net.block("Gpt2Block")
    x = block.input("x", shape=(context, 768))
    y = block.add("LayerNorm", x)
    heads = block.add("Chunk", block.add("Linear", y, out_features=2304), chunks=3, dim=-1)
    query, key, value = (
        block.add("SplitHeads", heads[f"part{i}"], num_heads=12) for i in (1, 2, 3)
    )
    y = block.add("ScaledDotProductAttention", query, key, value, is_causal=True)
    y = block.add("Linear", block.add("MergeHeads", y), out_features=768)
    x = block.add("Add", x, block.add("Dropout", y, p=0.1))
    y = block.add("LayerNorm", x)
    y = block.add("GELU", block.add("Linear", y, out_features=3072), approximate="tanh")
    y = block.add("Dropout", block.add("Linear", y, out_features=768), p=0.1)
    block.output("y", block.add("Add", x, y))
    block.done()

    tokens = net.input("tokens", shape=(context,), dtype="int64")
    embedding = net.add("Embedding", tokens, num_embeddings=50257, embedding_dim=768, name="wte")
    x = net.add("LearnedPositionalEncoding", embedding, max_length=1024, name="wpe")
    x = net.add("Gpt2Block", net.add("Dropout", x, p=0.1), repeat=12)
    x = net.add("LayerNorm", x)
    x = net.add("Linear", x, out_features=50257, bias=False, shares=embedding, name="head")
    net.output("logits", x)
    return net.graph


def bert_base(context: int | str = "T") -> Graph:
    """BERT-base, uncased, with its pooler: 109,482,240 parameters."""
    net = NetworkBuilder("bert")
    block = net.block("BertLayer")
    x = block.input("x", shape=(context, 768))
    y = block.add("MultiheadAttention", x, x, x, num_heads=12, need_weights=False)
    x = block.add("LayerNorm", block.add("Add", x, block.add("Dropout", y, p=0.1)), eps=1e-12)
    y = block.add("GELU", block.add("Linear", x, out_features=3072))
    y = block.add("Dropout", block.add("Linear", y, out_features=768), p=0.1)
    block.output("y", block.add("LayerNorm", block.add("Add", x, y), eps=1e-12))
    block.done()

    tokens = net.input("tokens", shape=(context,), dtype="int64")
    segments = net.input("segments", shape=(context,), dtype="int64")
    x = net.add("Embedding", tokens, num_embeddings=30522, embedding_dim=768, padding_idx=0)
    x = net.add("LearnedPositionalEncoding", x, max_length=512)
    x = net.add("Add", x, net.add("Embedding", segments, num_embeddings=2, embedding_dim=768))
    x = net.add("Dropout", net.add("LayerNorm", x, eps=1e-12), p=0.1)
    x = net.add("BertLayer", x, repeat=12)
    net.output("hidden", x)
    pooled = net.add("Linear", net.add("Select", x, dim=1, index=0), out_features=768)
    net.output("pooled", net.add("Tanh", pooled))
    return net.graph


def transformer() -> Graph:
    """``nn.Transformer()``: 44,140,544 parameters."""
    net = NetworkBuilder("transformer")
    source, target = net.input("source", shape=("S", 512)), net.input("target", shape=("T", 512))
    net.output("output", net.add("Transformer", source, target))
    return net.graph
