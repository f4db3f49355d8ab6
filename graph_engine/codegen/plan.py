"""What one class of the source consists of: its modules, and the steps of its forward method.

A ``Plan`` is made from the inference of one graph (or of one instance of a block). Plans of several
instances of a block that differ only in numbers are later merged into one class.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Mapping
from dataclasses import dataclass, field

from graph_engine.errors import DesignError
from graph_engine.graph import Graph, PortRef
from graph_engine.inference import Inference, Visit
from graph_engine.inference.findings import kind_of
from graph_engine.inference.sharing import is_same_kind
from graph_engine.layers.base import Layer
from graph_engine.layers.expression import Call, Listing, Raw, Repeated, Value
from graph_engine.layers.inputs import Input, Output

CHAIN = 3
SEQUENTIAL_METHODS = frozenset({"append", "extend", "insert", "pop"})
LONGEST_CHAIN = 1000
"""Python compares the keywords of a call in pairs, so that one call with 10,000 takes half a second."""

InstanceCall = Callable[[Inference], Call]


@dataclass(frozen=True, slots=True)
class Step:
    """One assignment of the forward method: nodes that are computed together, in order.

    ``nodes`` has several names for a chain. ``module`` is the attribute that is called.
    """

    nodes: tuple[str, ...]
    module: str
    inputs: tuple[PortRef | None, ...]
    outputs: tuple[PortRef, ...]
    loop: bool = False


@dataclass
class Plan:
    """The parts of a class, before they become text.

    ``constructors`` has the call that makes each node's module; ``owner`` tells whose module a node
    calls, itself unless it shares weights. ``inputs`` and ``outputs`` are in the order of the drawing,
    which is that of an instance's ports.
    """

    inference: Inference
    constructors: dict[str, Call] = field(default_factory=dict)
    owner: dict[str, str] = field(default_factory=dict)
    chains: list[tuple[str, ...]] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    source_of: dict[PortRef, PortRef] = field(default_factory=dict)
    attributes: dict[str, str] = field(default_factory=dict)
    inputs: list[str] = field(default_factory=list)
    outputs: list[str] = field(default_factory=list)

    @property
    def graph(self) -> Graph:
        """The graph that the class is made from."""
        return self.inference.graph

    def layer(self, name: str) -> Layer:
        """The layer of a node with its bindings filled in."""
        return self.inference.visits[name].layer

    def members(self) -> Iterator[tuple[str, ...]]:
        """The nodes of each attribute, in the order of construction."""
        chain_of = {chain[0]: chain for chain in self.chains}
        inside = {name for chain in self.chains for name in chain[1:]}
        for name in self.constructors:
            if name not in inside:
                yield chain_of.get(name, (name,))

    def paths(self) -> dict[str, str]:
        """Where the module or tensor of each node is that has one."""
        return {
            n: self.path(n) for n in self.attributes if n in self.constructors or n in self.owner
        }

    def kinds(self) -> dict[str, str]:
        """The name of the layer of each node, inputs first, in the order in which they compute."""
        order = [*self.inputs, *(name for step in self.steps for name in step.nodes)]
        return {name: type(self.layer(name)).__name__ for name in order}

    def path(self, name: str) -> str:
        """Where a node's module is, seen from the class: ``conv1`` or ``layers.conv1``."""
        attribute, owner = self.attributes[name], self.owner.get(name, name)
        return attribute if attribute == owner else f"{attribute}.{owner}"


def make_plan(inference: Inference, instance_call: InstanceCall) -> Plan:
    """The plan of a graph without problems.

    ``instance_call`` gives the constructor call for one instance of a block.
    Raises DesignError where one module cannot serve all nodes that share it.
    """
    plan = Plan(inference)
    for name, node in inference.graph.nodes.items():
        if type(node.layer) is Input:
            plan.inputs.append(name)
        elif type(node.layer) is Output:
            plan.outputs.append(name)
    order = inference.graph.in_order()
    for name in order:
        _construct(plan, name, instance_call)
    _resolve_muted(plan, order)
    plan.chains = _chains(plan, order)
    plan.attributes = {name: plan.owner.get(name, name) for name in order}
    taken = set(inference.graph.nodes)
    for chain in plan.chains:
        name = chain_name(chain, len(plan.chains) == 1, taken)
        taken.add(name)
        plan.attributes |= dict.fromkeys(chain, name)
    plan.steps = list(_steps(plan, order))
    return plan


def _construct(plan: Plan, name: str, instance_call: InstanceCall) -> None:
    visit, node = plan.inference.visits[name], plan.graph.nodes[name]
    if node.muted or type(visit.layer) is Input or type(visit.layer) is Output:
        return
    call = _module_call(visit, instance_call)
    owner = plan.graph.nodes[node.shares] if node.shares else node
    if owner is not node and is_same_kind(owner, node):
        if call != _module_call(plan.inference.visits[owner.name], instance_call):
            raise DesignError(
                f"`{name}` ({kind_of(node)}) cannot use the weights of `{owner.name}`: what arrives "
                "there is of another shape, which calls for another module. Give it its own weights."
            )
        plan.owner[name] = owner.name
    elif call is not None:
        plan.constructors[name] = call


def _module_call(visit: Visit, instance_call: InstanceCall) -> Call | None:
    """The call that makes a node's module: None for what is only an expression."""
    if visit.copies:
        return _instances(visit, instance_call)
    return visit.layer.construct(*visit.inputs)


def _instances(visit: Visit, instance_call: InstanceCall) -> Call:
    """The call for a block, or the container of its copies."""
    calls = [instance_call(copy) for copy in visit.copies]
    if len(calls) == 1:
        return calls[0]
    made = tuple(_grouped(calls))
    if is_sequence(visit):
        return Call("nn.Sequential", made)
    return Call("nn.ModuleList", (Listing(made),))


def _grouped(calls: list[Call]) -> Iterator[Value]:
    """Runs of equal calls as one ``Repeated`` each."""
    start = 0
    while start < len(calls):
        end = start
        while end < len(calls) and calls[end] == calls[start]:
            end += 1
        yield calls[start] if end - start == 1 else Repeated(calls[start], end - start)
        start = end


def is_sequence(visit: Visit) -> bool:
    """Whether copies of a block can follow one another in an ``nn.Sequential``."""
    return len(visit.inputs) == 1 and len(visit.outputs) == 1


def _resolve_muted(plan: Plan, order: list[str]) -> None:
    """For each wire, the output port whose value it carries once muted nodes are passed through."""
    passed: dict[PortRef, PortRef] = {}
    for name in order:
        slots = plan.graph.slots(name)
        for slot in slots:
            source = plan.graph.incoming(name).get(slot)
            if source is not None:
                plan.source_of[PortRef(name, slot)] = passed.get(source, source)
        if plan.graph.nodes[name].muted:
            first = plan.graph.ports_out(name)[0].name
            passed[PortRef(name, first)] = plan.source_of[PortRef(name, slots[0])]


def _chains(plan: Plan, order: list[str]) -> list[tuple[str, ...]]:
    """Runs of modules that feed only one another, long enough to read better as a ``Sequential``."""
    nodes = plan.graph.nodes
    users: dict[str, list[str]] = {}
    for target, source in plan.source_of.items():
        if not nodes[target.node].muted:
            users.setdefault(source.node, []).append(target.node)
    shared = set(plan.owner.values()) | _tied_nodes(plan)
    links = {name for name in plan.constructors if name not in shared and _is_link(plan, name)}
    chains, done = [], set[str]()
    for name in order:
        if name not in links or name in done:
            continue
        chain = [name]
        while len(chain) < LONGEST_CHAIN:
            after = users.get(chain[-1], ())
            if len(after) != 1 or after[0] not in links:
                break
            chain.append(after[0])
        done.update(chain)
        if len(chain) >= CHAIN:
            chains.append(tuple(chain))
    return chains


def _tied_nodes(plan: Plan) -> set[str]:
    nodes = plan.graph.nodes
    tied = {name for name, node in nodes.items() if node.shares}
    return tied | {nodes[name].shares for name in tied}


def _is_link(plan: Plan, name: str) -> bool:
    """Whether a node is called with one tensor, gives one, and does nothing else."""
    visit = plan.inference.visits[name]
    if len(visit.inputs) != 1 or len(visit.outputs) != 1 or name in SEQUENTIAL_METHODS:
        return False
    if visit.copies:
        return len(visit.copies) == 1 or is_sequence(visit)
    layer = visit.layer
    if type(layer).expression is Layer.expression:
        return True
    return layer.expression("m", ("x",), *visit.inputs) == Call("m", (Raw("x"),))


def _steps(plan: Plan, order: list[str]) -> Iterator[Step]:
    chain_of = {name: chain for chain in plan.chains for name in chain}
    for name in order:
        visit, node = plan.inference.visits[name], plan.graph.nodes[name]
        if node.muted or type(visit.layer) is Input or type(visit.layer) is Output:
            continue
        chain = chain_of.get(name, (name,))
        if name != chain[0]:
            continue
        last = chain[-1]
        outputs = tuple(PortRef(last, port.name) for port in plan.graph.ports_out(last))
        inputs = tuple(plan.source_of.get(PortRef(name, slot)) for slot in plan.graph.slots(name))
        loop = len(visit.copies) > 1 and not is_sequence(visit)
        yield Step(chain, f"self.{plan.attributes[name]}", inputs, outputs, loop)


def chain_name(chain: tuple[str, ...], is_only: bool, taken: Container[str]) -> str:
    """``layers`` for the only chain of a class, else made from its first and last node."""
    wish = "layers" if is_only else f"{chain[0][:20]}_to_{chain[-1][:20]}"
    number, name = 1, wish
    while name in taken:
        number += 1
        name = f"{wish}_{number}"
    return name


def instances(inference: Inference) -> Mapping[str, list[Inference]]:
    """For each block that is used, directly or inside another, the different ways it is used.

    Inner blocks come before those that contain them.
    """
    found: dict[str, list[Inference]] = {}
    seen: set[int] = set()

    def collect(inside: Inference) -> None:
        for name in inside.graph.in_order():
            visit = inside.visits.get(name)
            for copy in visit.copies if visit else ():
                if id(copy) in seen:
                    continue
                seen.add(id(copy))
                collect(copy)
                found.setdefault(copy.graph.name, []).append(copy)

    collect(inference)
    return {name: found[name] for name in sorted(found, key=lambda name: found[name][0].depth)}
