"""The packaged BERT weights as one ONNX graph: token ids and mask in, pooled and normalised vectors out.

Written node by node instead of traced, for three reasons: the export needs no torch, the fused operators of ONNX Runtime
(attention, skip + layer norm, bias + gelu) are there by construction instead of by pattern matching, and pooling and
normalisation are inside, so what leaves the runtime is the answer.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import onnx

OPSET = 17
IR_VERSION = 9
FUSED = "com.microsoft"


class UnsupportedModel(ValueError):
    """The model folder is not a mean-pooled, normalised BERT encoder with a GELU."""


@dataclass(frozen=True, slots=True)
class BertShape:
    hidden: int
    heads: int
    layers: int
    epsilon: float

    @classmethod
    def of(cls, model_dir: Path) -> BertShape:
        config = json.loads((model_dir / "config.json").read_text())
        pooling = json.loads((model_dir / "1_Pooling" / "config.json").read_text())
        modules = [module["type"].rsplit(".", 1)[-1] for module in json.loads((model_dir / "modules.json").read_text())]
        if config["model_type"] != "bert" or config["hidden_act"] != "gelu":
            raise UnsupportedModel(f"{model_dir}: only BERT encoders with gelu can be exported")
        if not pooling.get("pooling_mode_mean_tokens") or modules != ["Transformer", "Pooling", "Normalize"]:
            raise UnsupportedModel(
                f"{model_dir}: expected transformer, mean pooling and normalisation, found {modules}"
            )
        return cls(
            config["hidden_size"], config["num_attention_heads"], config["num_hidden_layers"], config["layer_norm_eps"]
        )


class GraphWriter:
    """Collects nodes and weights; every method returns the name of the value it makes."""

    def __init__(self, weights: dict[str, np.ndarray]) -> None:
        self._weights = weights
        self.nodes: list[onnx.NodeProto] = []
        self.initializers: list[onnx.TensorProto] = []

    def constant(self, name: str, value: np.ndarray) -> str:
        from onnx import numpy_helper

        self.initializers.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def weight(self, key: str, *, transpose: bool = False) -> str:
        value = self._weights[key]
        return self.constant(key, value.T if transpose else value)

    def node(
        self, op: str, inputs: list[str], output: str, *, domain: str = "", extra_outputs: int = 0, **attributes: Any
    ) -> str:
        from onnx import helper

        outputs = [output, *[f"{output}.unused{n}" for n in range(extra_outputs)]]
        self.nodes.append(helper.make_node(op, inputs, outputs, name=output, domain=domain, **attributes))
        return output

    def linear(self, value: str, prefix: str, output: str) -> str:
        return self.node("MatMul", [value, self.weight(f"{prefix}.weight", transpose=True)], output)

    def layer_norm_inputs(self, prefix: str) -> list[str]:
        return [self.weight(f"{prefix}.weight"), self.weight(f"{prefix}.bias")]


def _embed(graph: GraphWriter, shape: BertShape) -> str:
    prefix = "embeddings"
    tables = [graph.weight(f"{prefix}.{name}_embeddings.weight") for name in ("word", "position", "token_type")]
    segments = graph.node("Sub", ["input_ids", "input_ids"], "segment_ids")
    return graph.node(
        "EmbedLayerNormalization",
        ["input_ids", segments, *tables, *graph.layer_norm_inputs(f"{prefix}.LayerNorm")],
        "embedded",
        domain=FUSED,
        extra_outputs=1,
        epsilon=shape.epsilon,
    )


def _layer(graph: GraphWriter, shape: BertShape, value: str, number: int) -> str:
    prefix, here = f"encoder.layer.{number}", f"layer{number}"
    weights = graph._weights
    parts = [f"{prefix}.attention.self.{name}" for name in ("query", "key", "value")]
    qkv = graph.constant(f"{here}.qkv.weight", np.concatenate([weights[f"{part}.weight"].T for part in parts], axis=1))
    qkv_bias = graph.constant(f"{here}.qkv.bias", np.concatenate([weights[f"{part}.bias"] for part in parts]))
    attended = graph.node(
        "Attention", [value, qkv, qkv_bias, "attention_mask"], f"{here}.attended", domain=FUSED, num_heads=shape.heads
    )
    projected = graph.linear(attended, f"{prefix}.attention.output.dense", f"{here}.projected")
    value = graph.node(
        "SkipLayerNormalization",
        [
            projected,
            value,
            *graph.layer_norm_inputs(f"{prefix}.attention.output.LayerNorm"),
            graph.weight(f"{prefix}.attention.output.dense.bias"),
        ],
        f"{here}.attention_norm",
        domain=FUSED,
        epsilon=shape.epsilon,
    )
    wide = graph.linear(value, f"{prefix}.intermediate.dense", f"{here}.wide")
    active = graph.node(
        "BiasGelu", [wide, graph.weight(f"{prefix}.intermediate.dense.bias")], f"{here}.active", domain=FUSED
    )
    narrow = graph.linear(active, f"{prefix}.output.dense", f"{here}.narrow")
    return graph.node(
        "SkipLayerNormalization",
        [
            narrow,
            value,
            *graph.layer_norm_inputs(f"{prefix}.output.LayerNorm"),
            graph.weight(f"{prefix}.output.dense.bias"),
        ],
        f"{here}.out",
        domain=FUSED,
        epsilon=shape.epsilon,
    )


def _pool(graph: GraphWriter, value: str) -> str:
    """Mean over the real tokens, as one (1 x L) by (L x H) product per text, then unit length."""
    from onnx import TensorProto

    axis_1 = graph.constant("axis_1", np.array([1], np.int64))
    mask = graph.node("Cast", ["attention_mask"], "mask", to=TensorProto.FLOAT)
    row = graph.node("Unsqueeze", [mask, axis_1], "mask_row")
    total = graph.node("Squeeze", [graph.node("MatMul", [row, value], "summed"), axis_1], "total")
    count = graph.node("ReduceSum", [mask, axis_1], "count", keepdims=1)
    mean = graph.node("Div", [total, count], "mean")
    return graph.node("LpNormalization", [mean], "embeddings", axis=1, p=2)


def read_weights(path: Path) -> Iterator[tuple[str, np.ndarray]]:
    from safetensors import safe_open

    with safe_open(path, "np") as tensors:
        for key in tensors.keys():  # noqa: SIM118 - not a mapping, it has no iterator
            yield key, tensors.get_tensor(key)


def build(model_dir: Path) -> onnx.ModelProto:
    """Inputs `input_ids` and `attention_mask`, int32 (texts, tokens); output `embeddings`, float32 (texts, hidden)."""
    from onnx import TensorProto, helper

    shape = BertShape.of(model_dir)
    graph = GraphWriter(dict(read_weights(model_dir / "model.safetensors")))
    value = _embed(graph, shape)
    for number in range(shape.layers):
        value = _layer(graph, shape, value, number)
    output = _pool(graph, value)
    size = ["texts", "tokens"]
    return helper.make_model(
        helper.make_graph(
            graph.nodes,
            "sentence_embedding",
            [helper.make_tensor_value_info(name, TensorProto.INT32, size) for name in ("input_ids", "attention_mask")],
            [helper.make_tensor_value_info(output, TensorProto.FLOAT, ["texts", shape.hidden])],
            graph.initializers,
        ),
        opset_imports=[helper.make_opsetid("", OPSET), helper.make_opsetid(FUSED, 1)],
        ir_version=IR_VERSION,
        producer_name="eventzombie",
    )
