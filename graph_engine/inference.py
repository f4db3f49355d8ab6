"""The shape and dtype on every wire, and sentences for what does not fit.

An ``Inference`` follows its graph: ``update(change)`` visits the nodes that the change touched, and goes
on only where an output came out differently. Nothing of it is ever saved.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from heapq import heapify, heappop, heappush
from typing import Any, Literal, NamedTuple

from graph_engine import formula
from graph_engine.errors import DesignError, ParameterError, ShapeError
from graph_engine.graph import Change, Definition, Graph, Node, PortRef
from graph_engine.layers.base import Layer, Learned
from graph_engine.layers.block import Block
from graph_engine.layers.inputs import Input, Output
from graph_engine.layers.shape import TensorType

DEEPEST = 16
MOST_NODES = 200_000
Arguments = Mapping[str, formula.Value]


@dataclass(frozen=True)
class Problem:
    """Something that stands in the way: where, and in a sentence what to do.

    ``fix`` names a repair, for ``graph_engine.repairs`` to turn into a change.
    """

    severity: Literal["error", "warning"]
    node: str
    port: str
    sentence: str
    fix: tuple[object, ...] = ()

    @property
    def place(self) -> str:
        """``node.port``, or the node, or nothing for the network as a whole."""
        return f"{self.node}.{self.port}" if self.port else self.node


class Visit(NamedTuple):
    """What inference knows of one node: the layer with its bindings filled in, the types of its inputs
    in the order of its slots, and those of its outputs by port."""

    layer: Layer
    inputs: tuple[TensorType | None, ...]
    outputs: dict[str, TensorType]
    copies: tuple[Inference, ...] = ()
    unrolled: int = 1


class Refused(NamedTuple):
    """A node that could not be visited: its own problem, or None where the cause lies upstream."""

    problem: Problem | None


@dataclass
class BlockCache:
    """Blocks that were opened and inferred already, for all instances with the same inputs."""

    graphs: dict[str, Graph] = field(default_factory=dict)
    inferred: dict[tuple[Any, ...], Inference] = field(default_factory=dict)


class Inference:
    """Types and problems of a graph; see the module's docstring.

    ``given`` replaces the declared types of inputs, and ``arguments`` the defaults of the graph's
    parameters: that is how the inside of a block is inferred for one instance.
    """

    def __init__(
        self,
        graph: Graph,
        given: Mapping[str, TensorType] | None = None,
        arguments: Arguments | None = None,
        cache: BlockCache | None = None,
        outside: tuple[str, ...] = (),
    ) -> None:
        self.graph = graph
        self.given = given or {}
        self.arguments = {p.name: p.default for p in graph.parameters.values()} | dict(
            arguments or {}
        )
        self.visits: dict[str, Visit] = {}
        self.refused: dict[str, Refused] = {}
        self._cache = cache or BlockCache()
        self._outside = (*outside, graph.name)
        self._run(list(graph.nodes))

    # Reading -------------------------------------------------------------------------------------

    def type_at(self, ref: PortRef) -> TensorType | None:
        """The type that an output port gives, or None where that is not known."""
        visit = self.visits.get(ref.node)
        return visit.outputs.get(ref.port) if visit else None

    def problems(self) -> list[Problem]:
        """All problems, in the order of the drawing's data flow."""
        position = self.graph.order.position
        own = [r.problem for r in self.refused.values() if r.problem]
        found = sorted(own, key=lambda p: position[p.node])
        return [*found, *self._sharing_problems(), *self._interface_problems()]

    def is_whole(self) -> bool:
        """Whether the graph has no errors, so that source can be made from it."""
        return not any(problem.severity == "error" for problem in self.problems())

    def size(self) -> int:
        """How many nodes there are with blocks and repeats unrolled."""
        return len(self.refused) + sum(visit.unrolled for visit in self.visits.values())

    # Following the graph -------------------------------------------------------------------------

    def update(self, change: Change) -> set[str]:
        """Brings the types up to date after ``graph.apply(change)``.

        Returns the names of the nodes whose types or problems may have changed.
        """
        dirty = {name for name, (_, after) in change.pairs("nodes").items() if after is not None}
        gone = {name for name, (_, after) in change.pairs("nodes").items() if after is None}
        for name in gone:
            self.visits.pop(name, None)
            self.refused.pop(name, None)
        dirty |= {key.node for key in change.pairs("wires")} - gone
        touched = change.pairs("nodes")
        if touched:
            dirty |= {n for n, node in self.graph.nodes.items() if node.shares in touched}
        if change.pairs("blocks"):
            self._cache.graphs.clear()
            self._cache.inferred.clear()
            dirty |= {n for n, node in self.graph.nodes.items() if type(node.layer) is Block}
        if change.pairs("parameters"):
            self.arguments = {p.name: p.default for p in self.graph.parameters.values()}
            dirty |= set(self.graph.nodes)
        return self._run(dirty) | gone

    def _run(self, names: Iterable[str]) -> set[str]:
        position, successors = self.graph.order.position, self.graph.dag.adj
        everything = len(self.graph.nodes) if isinstance(names, list) else -1
        if everything >= 0:
            for name in sorted(names, key=position.__getitem__):
                self._visit(name)
            return set(names)
        heap = [(position[name], name) for name in names]
        heapify(heap)
        queued = {name for _, name in heap}
        seen: set[str] = set()
        while heap:
            _, name = heappop(heap)
            seen.add(name)
            if self._visit(name):
                for follower in successors[name]:
                    if follower not in queued:
                        queued.add(follower)
                        heappush(heap, (position[follower], follower))
        return seen

    def _visit(self, name: str) -> bool:
        """Infers one node; whether its outputs came out differently from before."""
        before = self.visits.pop(name, None)
        node = self.graph.nodes[name]
        try:
            visit = self._infer(name, node)
        except DesignError as error:
            visit = None
            self.refused[name] = Refused(self._problem(name, node, error))
        if visit is None:
            self.refused.setdefault(name, Refused(None))
            return before is not None
        self.refused.pop(name, None)
        self.visits[name] = visit
        return before is None or before.outputs != visit.outputs

    def _infer(self, name: str, node: Node) -> Visit | None:
        self.refused.pop(name, None)
        lender = self._lender(node) if node.shares else node
        layer = self._bound(lender) if lender.bindings else lender.layer
        kind = type(layer)
        if kind is Input and name in self.given:
            return Visit(layer, (), {"output": self.given[name]})
        inputs = self._inputs(name, layer)
        if inputs is None:
            return None
        if node.muted:
            return self._passed_on(name, layer, inputs)
        if kind is Block:
            return self._enter(name, layer, inputs)  # type: ignore[arg-type]
        if kind is Output:
            return Visit(layer, inputs, {})
        outputs = layer.infer(*inputs)
        if isinstance(layer, Learned):
            layer.initialised(*inputs)
        ports = layer.output_ports()
        if isinstance(outputs, TensorType):
            return Visit(layer, inputs, {ports[0].name: outputs})
        return Visit(layer, inputs, {p.name: t for p, t in zip(ports, outputs, strict=True)})

    def _inputs(self, name: str, layer: Layer) -> tuple[TensorType | None, ...] | None:
        """The types at the node's slots; None where one is not known because of a problem upstream.

        Raises WiringError-like ShapeErrors for what is not wired.
        """
        incoming = self.graph.incoming(name)
        found: list[TensorType | None] = []
        known = True
        optional = {port.name for port in self.graph.ports_in(name) if port.optional}
        slots = self.graph.slots(name)
        for slot in slots:
            source = incoming.get(slot)
            if source is None:
                if slot not in optional:
                    raise ShapeError(
                        f"has nothing wired to its input `{slot}`.", slot, ("connect",)
                    )
                found.append(None)
                continue
            visit = self.visits.get(source.node)
            found.append(visit.outputs.get(source.port) if visit else None)
            if found[-1] is None:
                known = False
                if visit is not None:
                    raise ShapeError(
                        f"is wired to `{source}`, which is not there.", slot, ("unwire",)
                    )
        if len(incoming) > len(slots) or not incoming.keys() <= set(slots):
            extra = next(port for port in incoming if port not in slots)
            raise ShapeError(f"has a wire into `{extra}`, which is not there.", extra, ("unwire",))
        if not slots and any(port.variadic for port in self.graph.ports_in(name)):
            raise ShapeError("has nothing wired to its inputs.", "", ("connect",))
        return tuple(found) if known else None

    def _passed_on(self, name: str, layer: Layer, inputs: tuple[TensorType | None, ...]) -> Visit:
        ports = self.graph.ports_out(name)
        if not ports or not inputs or inputs[0] is None:
            raise ShapeError(
                "is muted, but has no input that it could pass on. Unmute it.", "", ("unmute",)
            )
        return Visit(layer, inputs, {ports[0].name: inputs[0]})

    # Parameters and sharing ----------------------------------------------------------------------

    def _bound(self, node: Node) -> Layer:
        layer = node.layer
        values = {key: formula.evaluate(text, self.arguments) for key, text in node.bindings}
        if isinstance(layer, Block):
            return layer.replace(arguments={**layer.arguments_map(), **values})
        return layer.replace(**values)

    def _lender(self, node: Node) -> Node:
        """The node whose parameters count: that of the weights, where it is of the same kind."""
        owner = self.graph.nodes.get(node.shares)
        if owner is None or owner.shares or owner is node:
            raise ShapeError(
                f"shares the weights of `{node.shares}`, which is not a layer with weights of its own.",
                "",
                ("unshare",),
            )
        if owner.muted:
            raise ShapeError(
                f"shares the weights of `{node.shares}`, which is muted. Unmute it.",
                "",
                ("unshare",),
            )
        return owner if type(owner.layer) is type(node.layer) else node

    def _sharing_problems(self) -> Iterable[Problem]:
        for name, node in self.graph.nodes.items():
            own, owner = self.visits.get(name), self.visits.get(node.shares)
            if not node.shares or own is None or owner is None:
                continue
            mine, theirs = _weights(own), _weights(owner)
            if type(own.layer) is not type(owner.layer):
                mine, theirs = (
                    {"weight": w["weight"]} if "weight" in w else {} for w in (mine, theirs)
                )
            if not mine or mine != theirs:
                yield Problem(
                    "error", name, "",
                    f"`{name}` cannot use the weights of `{node.shares}`: it needs {_listed(mine)}, and "
                    f"`{node.shares}` has {_listed(theirs)}.",
                    ("unshare",),
                )  # fmt: skip

    # Blocks --------------------------------------------------------------------------------------

    def _enter(self, name: str, layer: Block, inputs: tuple[TensorType | None, ...]) -> Visit:
        definition = self.graph.blocks.get(layer.block)
        if definition is None:
            raise ShapeError(
                f"is an instance of the block `{layer.block}`, which is not in the project."
            )
        if layer.block in self._outside or len(self._outside) > DEEPEST:
            raise ShapeError(f"contains itself: `{' → '.join(self._outside)}`. Break the circle.")
        names, results = definition.input_names(), definition.output_names()
        if not results:
            raise ShapeError(f"is an instance of `{layer.block}`, which has no Output.")
        if layer.repeat > 1 and (len(results) != 1 or not names):
            raise ShapeError(
                "is repeated, which needs a block with an input and exactly one output."
            )
        given = dict(zip(names, inputs, strict=True))
        copies: list[Inference] = []
        outputs: dict[str, TensorType] = {}
        unrolled = 1
        for _ in range(layer.repeat):
            copies.append(self._inner(definition, given, layer.arguments_map()))
            outputs = self._results(copies[-1], results)
            unrolled += copies[-1].size()
            if unrolled > MOST_NODES:
                raise ShapeError(f"unrolls to more than {MOST_NODES:,} layers.")
            if names:
                given = {**given, names[0]: outputs[results[0]]}
        return Visit(layer, inputs, outputs, tuple(copies), unrolled)

    def _inner(
        self, definition: Definition, given: Mapping[str, Any], arguments: Arguments
    ) -> Inference:
        unknown = set(arguments) - set(definition.parameters)
        if unknown:
            raise ParameterError(f"`{definition.name}` has no parameter `{sorted(unknown)[0]}`.")
        key = (definition.name, tuple(given.items()), tuple(sorted(arguments.items())))
        known = self._cache.inferred.get(key)
        if known is None:
            graph = self._cache.graphs.get(definition.name)
            if graph is None:
                graph = Graph.opened(definition, dict(self.graph.blocks))
                self._cache.graphs[definition.name] = graph
            known = Inference(graph, given, arguments, self._cache, self._outside)
            self._cache.inferred[key] = known
        return known

    @staticmethod
    def _results(inner: Inference, results: tuple[str, ...]) -> dict[str, TensorType]:
        wrong = next((p for p in inner.problems() if p.severity == "error"), None)
        if wrong is not None:
            raise ShapeError(f"does not work inside: {wrong.sentence}", "", ("inside", wrong.node))
        found = {}
        for result in results:
            visit = inner.visits[result]
            assert visit.inputs[0] is not None
            found[result] = visit.inputs[0]
        return found

    # Sentences -----------------------------------------------------------------------------------

    def _problem(self, name: str, node: Node, error: DesignError) -> Problem:
        port = error.port if isinstance(error, ShapeError) else ""
        fix = error.fix if isinstance(error, ShapeError) else ()
        source = self.graph.incoming(name).get(port)
        where = f"`{name}.{port}` ← `{source}`: " if source else ""
        kind = node.layer.block if isinstance(node.layer, Block) else type(node.layer).__name__
        text = str(error)
        own = text if text.startswith("`") else f"`{name}` ({kind}) {text}"
        return Problem("error", name, port, where + own, fix)

    def _interface_problems(self) -> Iterable[Problem]:
        kinds = {type(node.layer) for node in self.graph.nodes.values()}
        for kind, what in ((Input, "enters"), (Output, "leaves")):
            if kind not in kinds:
                sentence = (
                    f"The network `{self.graph.name}` has no {kind.__name__}, where data {what} it."
                )
                if kind is Input and len(self._outside) > 1:
                    continue
                yield Problem("error", "", "", f"{sentence} Add one.", ("add", kind.__name__))


def _weights(visit: Visit) -> dict[str, Any]:
    """The shapes of a node's weights; in a block, of all that are in it."""
    found = {} if visit.copies else dict(visit.layer.weights(*visit.inputs))
    for number, copy in enumerate(visit.copies):
        for name, inner in copy.visits.items():
            found |= {f"{number}.{name}.{key}": size for key, size in _weights(inner).items()}
    return found


def _listed(weights: Mapping[str, Any]) -> str:
    return ", ".join(f"{n} {'×'.join(map(str, s))}" for n, s in weights.items()) or "no weights"


def infer(graph: Graph) -> Inference:
    """The types and problems of a graph as it stands."""
    return Inference(graph)
