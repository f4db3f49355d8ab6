"""Which names may stand in emitted source.

Names are ASCII identifiers, so that two that look alike are alike, and none that Python, torch or
``nn.Module`` already uses, so that a module can have an attribute of every name.
"""

from __future__ import annotations

import builtins
import keyword
import re
from collections.abc import Container

from graph_engine.declaration import short
from graph_engine.errors import DesignError

LONGEST = 48
IDENTIFIER = re.compile(r"[A-Za-z][A-Za-z0-9_]*\Z")

# The attributes of torch.nn.Module that do not start with an underscore (a test compares with torch).
MODULE_ATTRIBUTES = frozenset(
    {
        "T_destination",
        "add_module",
        "apply",
        "bfloat16",
        "buffers",
        "call_super_init",
        "children",
        "compile",
        "cpu",
        "cuda",
        "double",
        "dump_patches",
        "eval",
        "extra_repr",
        "float",
        "forward",
        "get_buffer",
        "get_extra_state",
        "get_parameter",
        "get_submodule",
        "half",
        "ipu",
        "load_state_dict",
        "modules",
        "mtia",
        "named_buffers",
        "named_children",
        "named_modules",
        "named_parameters",
        "parameters",
        "register_backward_hook",
        "register_buffer",
        "register_forward_hook",
        "register_forward_pre_hook",
        "register_full_backward_hook",
        "register_full_backward_pre_hook",
        "register_load_state_dict_post_hook",
        "register_load_state_dict_pre_hook",
        "register_module",
        "register_parameter",
        "register_state_dict_post_hook",
        "register_state_dict_pre_hook",
        "requires_grad_",
        "set_extra_state",
        "set_submodule",
        "share_memory",
        "state_dict",
        "to",
        "to_empty",
        "train",
        "training",
        "type",
        "xpu",
        "zero_grad",
    }
)
SOURCE_NAMES = frozenset({"torch", "nn", "F", "self", "math", "Tensor", "OrderedDict", "super"})
RESERVED = (
    MODULE_ATTRIBUTES
    | SOURCE_NAMES
    | frozenset(keyword.kwlist)
    | frozenset(keyword.softkwlist)
    | frozenset(dir(builtins))
)


def check_name(name: object, what: str = "A name") -> str:
    """The name itself. Raises DesignError where source could not use it."""
    if not isinstance(name, str) or not IDENTIFIER.match(name) or len(name) > LONGEST:
        raise DesignError(
            f"{what} starts with a letter and has only letters a–z, digits and _ "
            f"(at most {LONGEST}), not {short(name)}."
        )
    if not is_name(name):
        raise DesignError(f"{what} cannot be `{name}`: Python or PyTorch uses that word itself.")
    return name


def is_name(name: str) -> bool:
    """Whether source could use the name."""
    return (
        IDENTIFIER.match(name) is not None
        and len(name) <= LONGEST
        and name not in RESERVED
        and not name.endswith("__")
    )


def free_name(wish: str, taken: Container[str]) -> str:
    """``wish``, or ``wish`` with the first number behind it that is neither taken nor reserved; cut
    where it would become too long."""
    if wish not in taken and is_name(wish):
        return wish
    stem = wish.rstrip("0123456789")
    base = stem if IDENTIFIER.match(stem) else "node"
    number = 1
    while True:
        name = f"{base[: LONGEST - len(str(number))]}{number}"
        if name not in taken and is_name(name):
            return name
        number += 1


def snake(name: str) -> str:
    """``Conv2d`` → ``conv``, ``BatchNorm2d`` → ``batch_norm``: the stem of a node's name."""
    stem = re.sub(r"(?<=[A-Za-z])[123]d$", "", name)
    stem = re.sub(r"(?<=[a-z0-9])(?=[A-Z][a-z])|(?<=[A-Z])(?=(?!ReLU)[A-Z][a-z])", "_", stem)
    return stem.lower()
