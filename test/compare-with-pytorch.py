"""A step of training in PyTorch: the residual network of 8 layers at 10, 14, 20 and 28 pixels, batches of 64, as `otd train` trains it. Prints images a second.

Arguments: threads; strength of a plan, which is left to POT's Sinkhorn here (0 for none)."""
import sys
import time

import numpy
import torch
import torch.nn.functional as functional
from torch import nn

SIZES, BATCH, WIDTH, CLASSES = (10, 14, 20, 28), 64, 16, 10


class SharedConvolution(nn.Module):
    """A convolution for all sizes, and a normalisation for each."""

    def __init__(self, inputs, outputs, kernel, stride):
        super().__init__()
        self.convolution = nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False)
        self.normalisations = nn.ModuleList(nn.BatchNorm2d(outputs) for _ in SIZES)

    def forward(self, x, size):
        return self.normalisations[size](self.convolution(x))


class Block(nn.Module):
    """Two convolutions, and a way around them."""

    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.first = SharedConvolution(inputs, outputs, 3, stride)
        self.second = SharedConvolution(outputs, outputs, 3, 1)
        self.around = SharedConvolution(inputs, outputs, 1, stride) if stride > 1 or inputs != outputs else None

    def forward(self, x, size):
        y = self.second(functional.relu_(self.first(x, size)), size)
        return functional.relu_(y + (x if self.around is None else self.around(x, size)))


class Network(nn.Module):
    """Three stages of one block."""

    def __init__(self):
        super().__init__()
        self.stem = SharedConvolution(3, WIDTH, 3, 1)
        self.blocks = nn.ModuleList([Block(WIDTH, WIDTH, 1), Block(WIDTH, 2 * WIDTH, 2), Block(2 * WIDTH, 4 * WIDTH, 2)])
        self.last = nn.Linear(4 * WIDTH, CLASSES)

    def forward(self, x, size):
        x = functional.relu_(self.stem((x - 73) / 90, size))
        for block in self.blocks:
            x = block(x, size)
        return self.last(x.mean([2, 3]))


def main():
    threads, strength = int(sys.argv[1]), float(sys.argv[2])
    torch.set_num_threads(threads)
    torch.manual_seed(1)
    best = 0
    for layout in (torch.contiguous_format, torch.channels_last):
        network = Network().to(memory_format=layout)
        optimizer = torch.optim.SGD(network.parameters(), lr=0.01, momentum=0.9, nesterov=True, weight_decay=5e-4)
        images = [torch.rand(BATCH, 3, s, s) * 255 for s in SIZES]
        labels = torch.randint(0, CLASSES, (BATCH,))

        def step():
            optimizer.zero_grad()
            logits = [network(x.contiguous(memory_format=layout), i) for i, x in enumerate(images)]
            losses = torch.stack([functional.cross_entropy(l, labels, reduction="none") for l in logits], 1)
            if strength > 0:
                import ot
                mass, shares = numpy.full(BATCH, 1 / BATCH), numpy.full(len(SIZES), 1 / len(SIZES))
                plan = ot.sinkhorn(mass, shares, losses.detach().numpy().astype(float), 0.1, numItermax=20, warn=False)
                losses = losses * torch.from_numpy((1 - strength + strength * len(SIZES) * BATCH * plan).astype("float32"))
            losses.mean().backward()
            optimizer.step()

        for _ in range(5):
            step()
        started, steps = time.perf_counter(), 60
        for _ in range(steps):
            step()
        best = max(best, BATCH * steps / (time.perf_counter() - started))
    print(f"{best:.0f}")


main()
