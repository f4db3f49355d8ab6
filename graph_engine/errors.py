"""What a person can cause and can fix. Every message says what was expected, what came, what to do."""


class DesignError(Exception):
    """The family of refusals that are shown to a person as a sentence."""


class WiringError(DesignError):
    """Two ports that may not be joined."""


class ShapeError(DesignError):
    """A tensor that a layer cannot take; ``port`` is the input port at fault, if there is one.

    ``fix`` names a repair that would cure it, as ``(kind, *arguments)``; the graph's edits know how to
    turn it into a change.
    """

    def __init__(self, sentence: str, port: str = "", fix: tuple[object, ...] = ()) -> None:
        super().__init__(sentence)
        self.port = port
        self.fix = fix


class ParameterError(DesignError):
    """A value that a parameter does not take."""


class ProjectError(DesignError):
    """A project file that cannot be read or written."""


class DatasetError(DesignError):
    """Data that cannot be found, read or split."""


class TrainingError(DesignError):
    """A recipe that cannot be carried out, or a run that had to stop."""


class ExchangeError(DesignError):
    """A file of another program that cannot be read or written."""
