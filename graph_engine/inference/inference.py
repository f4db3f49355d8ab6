"""Follows a graph along its data flow and infers one node after the other.

An ``Inference`` stays with its graph: ``update(change)`` visits the nodes that the change touched, and
goes on only where an output came out differently. Nothing of it is ever saved.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from heapq import heapify, heappop, heappush

from graph_engine import formula
from graph_engine.errors import DesignError, ShapeError
from graph_engine.graph import Change, Graph, Node, PortRef
from graph_engine.inference.blocks import BlockCache, enter, inside, known_block
from graph_engine.inference.findings import Arguments, Problem, Refused, Visit, as_problem, kind_of
from graph_engine.inference.sharing import lender, sharing_problems
from graph_engine.layers.base import Layer, Learned
from graph_engine.layers.block import Block
from graph_engine.layers.constants import Parameter
from graph_engine.layers.inputs import Input, Output
from graph_engine.layers.shape import TensorType, check_countable


class Inference:
    """Types and problems of a graph; see the module's docstring.

    ``given`` replaces the declared types of inputs, and ``arguments`` the defaults of the graph's
    parameters: that is how the inside of a block is inferred for one instance. ``outside`` are the names
    of the graphs around it.
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
        self.visits: dict[str, Visit] = {}
        self.refused: dict[str, Refused] = {}
        self.outside = (*outside, graph.name)
        self.cache = cache or BlockCache()
        self._own_arguments = dict(arguments or {})
        self.arguments = self._all_arguments()
        for name in sorted(graph.nodes, key=graph.order.position.__getitem__):
            self._visit(name)

    # Reading -------------------------------------------------------------------------------------

    def type_at(self, ref: PortRef) -> TensorType | None:
        """The type that an output port gives, or None where that is not known."""
        visit = self.visits.get(ref.node)
        return visit.outputs.get(ref.port) if visit else None

    def problems(self) -> list[Problem]:
        """All problems: errors in the order of the drawing's data flow, then warnings."""
        position = self.graph.order.position
        own = [r.problem for r in self.refused.values() if r.problem]
        found = sorted(own, key=lambda p: (position[p.node], self.graph.nodes[p.node].serial))
        found += [*sharing_problems(self), *self._interface_problems()]
        return [*found, *self._warnings()]

    def is_whole(self) -> bool:
        """Whether the graph has no errors, so that source can be made from it."""
        return not any(problem.severity == "error" for problem in self.problems())

    @cached_property
    def first_error(self) -> Problem | None:
        """For the inside of a block, which does not change any more: its first problem."""
        return next((p for p in self.problems() if p.severity == "error"), None)

    @cached_property
    def depth(self) -> int:
        """For the inside of a block: how many blocks lie in one another from here on."""
        return 1 + max(
            (visit.copies[0].depth for visit in self.visits.values() if visit.copies), default=0
        )

    def size(self) -> int:
        """How many nodes there are with blocks and repeats unrolled."""
        return len(self.refused) + sum(visit.unrolled for visit in self.visits.values())

    # Following the graph -------------------------------------------------------------------------

    def update(self, change: Change) -> set[str]:
        """Brings the types up to date after ``graph.apply(change)``.

        Returns the names of the nodes whose types or problems may have changed.
        """
        nodes = change.pairs("nodes")
        gone = {name for name, (_, after) in nodes.items() if after is None}
        for name in gone:
            self.visits.pop(name, None)
            self.refused.pop(name, None)
        dirty = nodes.keys() | {key.node for key in change.pairs("wires")}
        if nodes:
            dirty |= {n for n, node in self.graph.nodes.items() if node.shares in nodes}
        if change.pairs("blocks"):
            self.cache.clear()
            dirty |= {n for n, node in self.graph.nodes.items() if type(node.layer) is Block}
        if change.pairs("parameters"):
            self.arguments = self._all_arguments()
            dirty |= set(self.graph.nodes)
        return self._follow(dirty - gone) | gone

    def _all_arguments(self) -> dict[str, formula.Value]:
        defaults = {row.name: row.default for row in self.graph.parameters.values()}
        return defaults | self._own_arguments

    def _follow(self, names: Iterable[str]) -> set[str]:
        position, successors = self.graph.order.position, self.graph.dag.adj
        heap = [(position[name], name) for name in names]
        heapify(heap)
        queued = {name for _, name in heap}
        while heap:
            _, name = heappop(heap)
            if self._visit(name):
                for follower in successors[name]:
                    if follower not in queued:
                        queued.add(follower)
                        heappush(heap, (position[follower], follower))
        return queued

    def _visit(self, name: str) -> bool:
        """Infers one node; whether its outputs came out differently from before."""
        before = self.visits.pop(name, None)
        node = self.graph.nodes[name]
        try:
            visit = self._infer(name, node)
        except DesignError as error:
            port = error.port if isinstance(error, ShapeError) else ""
            source = self.graph.incoming(name).get(port)
            self.refused[name] = Refused(as_problem(node, source, error))
            return before is not None
        if visit is None:
            self.refused[name] = Refused(None)
            return before is not None
        self.refused.pop(name, None)
        self.visits[name] = visit
        return before is None or before.outputs != visit.outputs

    def _infer(self, name: str, node: Node) -> Visit | None:
        layer = self.layer_of(node)
        if type(layer) is Block:
            known_block(self.graph, layer)
        inputs = self._inputs(name)
        return None if inputs is None else self.attempt(name, layer, inputs)

    def layer_of(self, node: Node) -> Layer:
        """The layer of a node as it counts: with its bindings filled in, or that of the node whose
        weights it shares. Raises DesignError where there is none."""
        lent = lender(self.graph, node) if node.shares else node
        return self._bound(lent) if lent.bindings else lent.layer

    def attempt(self, name: str, layer: Layer, inputs: tuple[TensorType | None, ...]) -> Visit:
        """What would be known of a node if it had that layer and those inputs. Raises DesignError."""
        try:
            return self._applied(name, layer, inputs)
        except ShapeError as error:
            error.port = self.graph.slot_at(name, error.port)
            raise

    def inside(self, name: str) -> Inference | None:
        """The inside of the first copy of an instance that has problems, or else of its last copy; None
        where what arrives there is not known. Raises DesignError for what cannot be entered."""
        layer = self.layer_of(self.graph.nodes[name])
        inputs = self._inputs(name)
        if inputs is None or not isinstance(layer, Block):
            return None
        return inside(self, layer, inputs)

    def _applied(self, name: str, layer: Layer, inputs: tuple[TensorType | None, ...]) -> Visit:
        kind = type(layer)
        if self.graph.nodes[name].muted:
            return self._passed_on(name, layer, inputs)
        if kind is Block:
            return enter(self, layer, inputs)  # type: ignore[arg-type]
        if kind is Output:
            return Visit(layer, inputs, {})
        if kind is Input and name in self.given:
            return Visit(layer, (), {"output": self.given[name]})
        outputs = layer.infer(*inputs)
        if isinstance(layer, Learned):
            layer.initialised(*inputs)
        ports = layer.output_ports()
        if isinstance(outputs, TensorType):
            check_countable(outputs)
            return Visit(layer, inputs, {ports[0].name: outputs})
        for output in outputs:
            check_countable(output)
        return Visit(layer, inputs, {p.name: t for p, t in zip(ports, outputs, strict=True)})

    def _inputs(self, name: str) -> tuple[TensorType | None, ...] | None:
        """The types at the node's slots; None where one is not known because of a problem upstream.

        Raises ShapeError for what is not wired, or wired to what is not there.
        """
        graph, visits = self.graph, self.visits
        incoming = graph.incoming(name)
        found: list[TensorType | None] = []
        known = True
        slots = graph.slots(name)
        for slot in slots:
            source = incoming.get(slot)
            if source is None:
                self._require_optional(name, slot)
                found.append(None)
                continue
            visit = visits.get(source.node)
            kind = visit.outputs.get(source.port) if visit else None
            if kind is None:
                known = False
                if visit is not None:
                    raise ShapeError(self._gone(source), slot, ("unwire",))
            found.append(kind)
        if len(incoming) > len(slots) or not incoming.keys() <= set(slots):
            extra = next(port for port in incoming if port not in slots)
            raise ShapeError(
                f"has no input `{extra}` any more. Remove the wire.", extra, ("unwire",)
            )
        if not slots and any(port.variadic for port in graph.ports_in(name)):
            raise ShapeError(
                "has nothing wired to its inputs. Wire at least one.", "", ("connect",)
            )
        return tuple(found) if known else None

    def _require_optional(self, name: str, slot: str) -> None:
        ports = self.graph.ports_in(name)
        if not any(port.optional for port in ports if port.name == slot):
            what = "its input" if len(ports) == 1 else f"its input `{slot}`"
            raise ShapeError(f"has nothing wired to {what}. Draw a wire to it.", slot, ("connect",))

    def _gone(self, source: PortRef) -> str:
        if self.graph.nodes[source.node].muted:
            return (
                f"is wired to `{source}`, but `{source.node}` is muted and gives only its first "
                "output. Unmute it, or remove the wire."
            )
        return f"is wired to `{source}`, which is not there any more. Remove the wire."

    def _passed_on(self, name: str, layer: Layer, inputs: tuple[TensorType | None, ...]) -> Visit:
        ports = self.graph.ports_out(name)
        if not ports or not inputs or inputs[0] is None:
            raise ShapeError(
                "is muted, but has no input that it could pass on. Unmute it.", "", ("unmute",)
            )
        return Visit(layer, inputs, {ports[0].name: inputs[0]})

    def _bound(self, node: Node) -> Layer:
        layer = node.layer
        values = {key: formula.evaluate(text, self.arguments) for key, text in node.bindings}
        if isinstance(layer, Block):
            repeat = values.pop("repeat", layer.repeat)
            return layer.replace(arguments={**layer.arguments_map(), **values}, repeat=repeat)
        return layer.replace(**values)

    # The drawing as a whole ----------------------------------------------------------------------

    def _interface_problems(self) -> Iterator[Problem]:
        kinds = {type(node.layer) for node in self.graph.nodes.values()}
        is_block = len(self.outside) > 1 or self.graph.name in self.graph.blocks
        what = "block" if is_block else "network"
        if kinds.isdisjoint({Input, Parameter}) and what == "network":
            sentence = (
                f"The network `{self.graph.name}` has no Input, where data enters it. Add one."
            )
            yield Problem("error", "", "", sentence, ("add", "Input"))
        if Output not in kinds:
            sentence = (
                f"The {what} `{self.graph.name}` has no Output, where data leaves it. Add one."
            )
            yield Problem("error", "", "", sentence, ("add", "Output"))

    def _warnings(self) -> Iterator[Problem]:
        """What is drawn but has no effect; silent while there are errors, which come first."""
        if any(refused.problem for refused in self.refused.values()):
            return
        if not any(type(visit.layer) is Output for visit in self.visits.values()):
            return
        for name, node in self.graph.nodes.items():
            visit = self.visits.get(name)
            text, fix = self._futile(node, visit) if visit is not None else ("", ())
            if text:
                yield Problem("warning", name, "", f"`{name}` ({kind_of(node)}) {text}", fix)

    def _futile(self, node: Node, visit: Visit) -> tuple[str, tuple[object, ...]]:
        """Why a node has no effect, and the kind of its repair; nothing where it has one."""
        if visit.outputs and not self.graph.outgoing(node.name):
            if type(visit.layer) is Input:
                return "is not used by any layer. Wire it to one, or remove it.", ()
            return "leads nowhere: nothing uses what it gives. Wire it on, or remove it.", ()
        if not node.muted and visit.layer.is_idle(*visit.inputs):
            return "has one input only and passes it on. Wire a second one to it, or remove it.", (
                "remove",
            )
        return "", ()


def infer(graph: Graph) -> Inference:
    """The types and problems of a graph as it stands."""
    return Inference(graph)
