"""Random hands, and what has to hold whatever they do."""

import pytest

pytest.register_assert_rewrite("tests.app.monkeys.agreement", "tests.app.canvas.conftest")
