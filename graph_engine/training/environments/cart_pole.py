"""A pole hinged to a cart that is pushed to the left or to the right."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from graph_engine.training.environments.base import Environment

GRAVITY = 9.8
CART_MASS, POLE_MASS = 1.0, 0.1
HALF_LENGTH = 0.5
FORCE = 10.0
SECONDS = 0.02
FARTHEST, STEEPEST = 2.4, 12 * math.pi / 180

HEIGHT, WIDTH = 32, 48


class CartPole(Environment):
    """Barto, Sutton and Anderson, *Neuronlike adaptive elements that can solve difficult learning
    control problems*, 1983, with their constants: SI units, without friction, in steps of Euler's
    method of 20 ms, position before velocity.

    A state is the cart's position and velocity, and the pole's angle from upright and its velocity. An
    episode is over where the cart is farther than 2.4 m from the middle or the pole leans by more than
    12°. Each step is rewarded with 1, so that the return is the number of steps; whoever holds the pole
    for 500 steps has solved it.
    """

    name = "cart_pole"
    shape = (4,)
    actions = ("left", "right")
    longest = 500

    def step(self, state: Tensor, action: Tensor) -> tuple[Tensor, Tensor]:
        """20 ms later, the cart pushed with 10 N."""
        position, velocity, angle, spin = state.unbind(1)
        force = FORCE * (2.0 * action - 1.0)
        total = CART_MASS + POLE_MASS
        sine, cosine = angle.sin(), angle.cos()
        pushed = (force + POLE_MASS * HALF_LENGTH * spin.square() * sine) / total
        turning = (GRAVITY * sine - cosine * pushed) / (
            HALF_LENGTH * (4 / 3 - POLE_MASS * cosine.square() / total)
        )
        moving = pushed - POLE_MASS * HALF_LENGTH * turning * cosine / total
        change = torch.stack([velocity, moving, spin, turning], 1)
        return state + SECONDS * change, torch.ones_like(position)

    def is_over(self, state: Tensor) -> Tensor:
        """Out of the track, or fallen."""
        return (state[:, 0].abs() > FARTHEST) | (state[:, 2].abs() > STEEPEST)

    def is_solved(self, state: Tensor) -> Tensor:
        """Still standing."""
        return ~self.is_over(state)

    def picture(self, state: Tensor) -> Tensor:
        """The track seen from the side, the cart upon it, and the pole."""
        down, across = torch.meshgrid(
            torch.arange(HEIGHT, device=state.device) + 0.5,
            torch.arange(WIDTH, device=state.device) + 0.5,
            indexing="ij",
        )
        scale = WIDTH / (2 * FARTHEST + 1)
        hinge = WIDTH / 2 + scale * state[:, 0, None, None]
        ground = HEIGHT - 6.0
        cart = torch.maximum((across - hinge).abs() - 4, (down - ground).abs() - 2)
        angle = state[:, 2, None, None]
        right, up = across - hinge, ground - down
        along = (right * angle.sin() + up * angle.cos()).clamp(0, 22)
        pole = torch.hypot(right - along * angle.sin(), up - along * angle.cos()) - 1
        track = ((down - ground - 3).abs() - 0.5).expand_as(cart)
        shades = torch.stack(
            [
                0.4 * (0.5 - track).clamp(0, 1),
                0.7 * (0.5 - cart).clamp(0, 1),
                (0.5 - pole).clamp(0, 1),
            ]
        )
        return shades.amax(0)[:, None]
