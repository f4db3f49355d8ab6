"""What the loop does, held against torch written by hand and against plain facts."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from graph_engine.data.loading import Batches
from graph_engine.training.events import EpochEnded, Event, Finished, Started, Stepped
from graph_engine.training.loop import Outcome, train

from .runs import of_kind
from .small import data, is_equal, mlp, recipe, state, trained

pytestmark = pytest.mark.torch


# Learning ----------------------------------------------------------------------------------------


def test_the_loop_computes_what_a_loop_by_hand_computes() -> None:
    # Given a network without dropout, and the same one trained by the textbook's ten lines
    ours, by_hand = mlp(dropout=0.0), mlp(dropout=0.0)
    optimizer = torch.optim.Adam(by_hand.parameters(), lr=0.01)
    for epoch in range(3):
        for (x,), y in Batches(data().train, 16, seed=5, epoch=epoch):
            optimizer.zero_grad()
            nn.functional.cross_entropy(by_hand(x), y).backward()
            optimizer.step()

    # When ours is trained by a recipe that says the same
    trained(
        ours, recipe(epochs=3, seed=5, optimizer={"name": "Adam", "lr": 0.01}), stop=lambda: False
    )

    # Then the bits are the same, the best epoch being the last
    assert is_equal(state(ours), state(by_hand))


def test_gathered_gradients_equal_those_of_the_large_batch() -> None:
    # Given 106 samples in batches of 32, and in batches of 8 of which four make a step
    large, small = (nn.Linear(4, 3) for _ in range(2))
    small.load_state_dict(large.state_dict())
    common = {"optimizer": "SGD", "shuffle": False}

    # When both are trained
    whole = trained(large, recipe(batch_size=32, **common))
    parts = trained(small, recipe(batch_size=8, accumulate=4, **common))

    # Then weights and losses agree, the smaller last step included
    torch.testing.assert_close(state(large), state(small))
    expected, found = (
        [loss for event in of_kind(events, Stepped) for loss in event.losses]
        for events in (whole, parts)
    )
    assert found == pytest.approx(expected, rel=1e-5)
    assert len(found) == 2 * 4


def test_a_summed_loss_is_told_for_each_sample() -> None:
    # Given the same network with a mean and a summed loss and rates that make up for it
    mean, summed = (nn.Linear(4, 3) for _ in range(2))
    summed.load_state_dict(mean.state_dict())
    by_sum = {"name": "CrossEntropyLoss", "reduction": "sum"}
    first = {"drop_last": True, "batch_size": 10, "epochs": 1}

    # When both are trained
    told = [
        of_kind(trained(mean, recipe(optimizer={"name": "SGD", "lr": 0.1}, **first)), EpochEnded),
        of_kind(
            trained(summed, recipe(optimizer={"name": "SGD", "lr": 0.01}, loss=by_sum, **first)),
            EpochEnded,
        ),
    ]

    # Then they agree in weights and in what they tell
    torch.testing.assert_close(state(mean), state(summed))
    assert told[0][0].metrics == pytest.approx(told[1][0].metrics, rel=1e-4)


def test_penalties_draw_weights_to_zero_and_are_not_told_in_the_loss() -> None:
    # Given a large penalty
    free, drawn = mlp(dropout=0.0), mlp(dropout=0.0)

    # When two networks are trained, one of them with it
    by_descent = {"epochs": 5, "optimizer": {"name": "SGD", "lr": 0.1}}
    trained(free, recipe(**by_descent))
    events = trained(drawn, recipe(l1=0.05, l2=0.05, **by_descent))

    def weight_of(module: nn.Module) -> Tensor:
        return module.get_parameter("1.weight")

    # Then its matrices are smaller, and the loss that is told is that of the data alone
    assert weight_of(drawn).abs().sum() < 0.7 * weight_of(free).abs().sum()
    assert of_kind(events, EpochEnded)[0].metrics["train_loss"] < 1.6


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_lower_precision_learns_as_well_and_keeps_its_weights_in_float32(precision: str) -> None:
    # Given the recipe with this precision, when the network is trained
    module = mlp(inputs=64, outputs=10)
    (finished,) = of_kind(
        trained(module, recipe(epochs=8, precision=precision), "digits"), Finished
    )

    # Then it learns, and its weights are float32
    assert finished.metrics["test_accuracy"] > 0.9
    assert {weight.dtype for weight in module.parameters()} == {torch.float32}


def test_lbfgs_solves_a_line_in_few_steps_and_sees_the_same_noise_in_each() -> None:
    # Given 309 patients in one batch, a straight line, and the exact answer of linear algebra
    samples = data("diabetes", 0.0, 0.3)
    module = nn.Linear(10, 1).double().float()
    (x,), y = next(iter(Batches(samples.train, len(samples.train), shuffle=False)))
    design = torch.cat([x, torch.ones(len(x), 1)], dim=1).double()
    best = torch.linalg.lstsq(design, y.double()).solution
    least = ((design @ best - y) ** 2).mean().item()

    # When LBFGS trains it
    chosen = recipe(
        epochs=8, batch_size=1000, optimizer={"name": "LBFGS", "line_search_fn": "strong_wolfe"}
    )
    train(module, chosen, samples)

    # Then its error is the least there is
    with torch.no_grad():
        assert ((module(x) - y) ** 2).mean().item() == pytest.approx(least, rel=1e-3)


def test_a_reconstruction_needs_no_target() -> None:
    # Given an autoencoder and a recipe that asks it for its own input
    module = nn.Sequential(
        nn.Flatten(), nn.Linear(64, 8), nn.Linear(8, 64), nn.Unflatten(1, (1, 8, 8))
    )

    # When it is trained
    events = trained(module, recipe(task="reconstruction", epochs=3), "digits")

    # Then its error falls
    losses = [event.metrics["validation_loss"] for event in of_kind(events, EpochEnded)]
    assert losses == sorted(losses, reverse=True)
    assert "test_mae" in of_kind(events, Finished)[0].metrics


# The best weights and the end --------------------------------------------------------------------


def test_the_test_samples_judge_the_best_weights() -> None:
    # Given a rate so high that the network gets worse after a good start
    module = mlp(dropout=0.0)
    seen: dict[int, dict[str, Tensor]] = {}

    def remember(event: Event) -> None:
        if isinstance(event, EpochEnded):
            seen[event.epoch] = state(module)

    # When it is trained for long
    outcome = train(
        module,
        recipe(epochs=12, optimizer={"name": "SGD", "lr": 3.0}),
        data(),
        on_event=remember,
    )

    # Then it ends with the weights of its best epoch, which is not the last
    assert outcome.best_epoch < 12
    assert is_equal(state(module), seen[outcome.best_epoch])


def test_without_validation_the_last_weights_count() -> None:
    # Given data without validation samples
    events: list[Event] = []
    train(mlp(), recipe(epochs=3), data("iris", 0.0, 0.2), on_event=events.append)

    # Then epochs tell the training loss alone, and the test is made at the end
    assert set(of_kind(events, EpochEnded)[0].metrics) == {"train_loss"}
    assert set(of_kind(events, Finished)[0].metrics) == {"train_loss", "test_loss", "test_accuracy"}


def test_patience_ends_a_run_that_no_longer_improves() -> None:
    # Given a network that cannot improve, and a patience of two
    chosen = recipe(epochs=50, patience=2, optimizer={"name": "SGD", "lr": 0.0})

    # When it is trained, then it ends after the first epoch and two more
    (finished,) = of_kind(trained(nn.Linear(4, 3), chosen), Finished)
    assert (finished.reason, finished.epoch, finished.best_epoch) == ("early_stopping", 3, 1)


def test_improvements_smaller_than_min_delta_do_not_count() -> None:
    # Given a network that improves, and the wish for much larger steps
    chosen = recipe(epochs=50, patience=1, min_delta=10.0, monitor="train_loss")

    # When it is trained, then patience ends it
    (finished,) = of_kind(trained(mlp(), chosen), Finished)
    assert finished.reason == "early_stopping"
    assert finished.epoch == 2


@pytest.mark.parametrize(
    ("metric", "falls"), [("validation_accuracy", False), ("validation_loss", True)]
)
def test_the_best_epoch_is_that_of_the_monitored_metric(metric: str, falls: bool) -> None:
    # Given a metric to watch, when a network is trained
    events = trained(mlp(), recipe(epochs=8, monitor=metric))

    # Then the best epoch is the first with the best value of it
    values = [event.metrics[metric] for event in of_kind(events, EpochEnded)]
    best = values.index(min(values) if falls else max(values)) + 1
    assert of_kind(events, Finished)[0].best_epoch == best


# Telling -----------------------------------------------------------------------------------------


def test_events_come_in_order_and_lose_no_loss() -> None:
    # Given a run of two epochs of seven steps
    events = trained(mlp(), recipe())

    # Then it starts and finishes once, and every loss is told once
    assert isinstance(events[0], Started)
    assert isinstance(events[-1], Finished)
    assert (events[0].steps_per_epoch, events[0].train, events[0].task) == (
        7,
        106,
        "classification",
    )
    assert events[0].parameters == sum(weight.numel() for weight in mlp().parameters())
    assert sum(len(event.losses) for event in of_kind(events, Stepped)) == 14
    assert [event.epoch for event in of_kind(events, EpochEnded)] == [1, 2]


def test_the_training_loss_is_the_mean_over_samples() -> None:
    # Given a network that does not change, and batches of unequal size
    module = nn.Linear(4, 3)
    (epoch,) = of_kind(
        trained(module, recipe(epochs=1, optimizer={"name": "SGD", "lr": 0.0})), EpochEnded
    )

    # When the loss of all samples is taken at once, then it is the one told
    (x,), y = next(iter(Batches(data().train, 106)))
    with torch.no_grad():
        expected = nn.functional.cross_entropy(module(x), y).item()
    assert epoch.metrics["train_loss"] == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize(
    ("name", "outputs", "task"),
    [
        ("iris", 3, "classification"),
        ("breast_cancer", 1, "binary"),
        ("breast_cancer", 2, "classification"),
        ("diabetes", 1, "regression"),
    ],
)
def test_the_task_follows_from_target_and_network(name: str, outputs: int, task: str) -> None:
    # Given shipped data and a network with so many outputs, when the recipe leaves the task open
    inputs = {"iris": 4, "breast_cancer": 30, "diabetes": 10}[name]
    events = trained(mlp(inputs, outputs), recipe(epochs=3), name)

    # Then it is the one that a person would choose, and it is learned
    assert isinstance(events[0], Started)
    assert events[0].task == task
    losses = [event.metrics["validation_loss"] for event in of_kind(events, EpochEnded)]
    assert losses[-1] < losses[0]


def test_outcome_and_last_event_agree() -> None:
    # Given a run, when it ends, then what is returned is what was told
    events: list[Event] = []
    outcome = train(mlp(), recipe(), data(), on_event=events.append)
    last = events[-1]
    assert isinstance(last, Finished)
    assert outcome == Outcome(last.reason, last.epoch, last.step, last.metrics, last.best_epoch)
