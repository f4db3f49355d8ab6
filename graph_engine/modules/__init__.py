"""Modules that PyTorch lacks; the generator copies their text into the source that needs them."""


def definition(name: str) -> str:
    raise KeyError(name)


def definition_imports(name: str) -> tuple[str, ...]:
    raise KeyError(name)
