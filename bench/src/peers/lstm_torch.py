"""LSTMs with PyTorch on the CPU, driven by lines on standard input.

`lstm_torch.py FOLDER T B M N`: reads float32 arrays from files of the folder, then answers each request with a line:
`result NAME PASS` writes its results into the folder, `measure NAME PASS REPEATS` answers with milliseconds.
"""

import os
import sys
import time

import torch
from torch import nn

torch.set_num_threads(1)
folder = sys.argv[1]
T, B, M, N = map(int, sys.argv[2:6])


def load(name, *shape):
    with open(os.path.join(folder, name), "rb") as file:
        data = bytearray(file.read())
    if not data:
        return None
    return torch.frombuffer(data, dtype=torch.float32).reshape(shape).clone()


def save(name, tensor):
    with open(os.path.join(folder, name), "wb") as file:
        file.write(tensor.detach().contiguous().numpy().tobytes())


class CustomLSTM(nn.Module):
    """Written by hand with a loop over the steps; gates in the order i, f, o, candidate."""

    def __init__(self, W, R, b, p):
        super().__init__()
        self.W = nn.Parameter(W)
        self.R = nn.Parameter(R)
        self.b = nn.Parameter(b)
        self.p = None if p is None else nn.Parameter(p)

    def forward(self, x):
        h = x.new_zeros(B, N)
        c = x.new_zeros(B, N)
        Rt = self.R.t()
        outputs = []
        # The products with the inputs do not wait for the state: once for all steps.
        for a in nn.functional.linear(x, self.W, self.b).unbind(0):
            i, f, o, g = torch.addmm(a, h, Rt).chunk(4, 1)
            if self.p is not None:
                pi, pf, po = self.p
                i = i + pi * c
                f = f + pf * c
            c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
            if self.p is not None:
                o = o + po * c
            h = torch.sigmoid(o) * torch.tanh(c)
            outputs.append(h)
        return torch.stack(outputs)

    def gradients(self):
        return {"dW": self.W.grad, "dR": self.R.grad, "db": self.b.grad}


class BuiltIn(nn.Module):
    """nn.LSTM, whose rows are i, f, candidate, o."""

    def __init__(self, W, R, b):
        super().__init__()
        self.lstm = nn.LSTM(M, N)
        swap = self.swapped
        with torch.no_grad():
            self.lstm.weight_ih_l0.copy_(swap(W))
            self.lstm.weight_hh_l0.copy_(swap(R))
            self.lstm.bias_ih_l0.copy_(swap(b))
            self.lstm.bias_hh_l0.zero_()

    @staticmethod
    def swapped(rows):
        i, f, third, fourth = rows.chunk(4, 0)
        return torch.cat([i, f, fourth, third])

    def forward(self, x):
        return self.lstm(x)[0]

    def gradients(self):
        lstm = self.lstm
        return {
            "dW": self.swapped(lstm.weight_ih_l0.grad),
            "dR": self.swapped(lstm.weight_hh_l0.grad),
            "db": self.swapped(lstm.bias_ih_l0.grad),
        }


x = load("x", T, B, M)
dy = load("dy", T, B, N)
W = load("W", 4 * N, M)
R = load("R", 4 * N, N)
b = load("b", 4 * N)
p = load("p", 3, N)
models = {"custom": CustomLSTM(W, R, b, p)}
if p is None:
    models["built-in"] = BuiltIn(W, R, b)


def forward(model):
    with torch.no_grad():
        return model(x)


def both(model):
    model.zero_grad(set_to_none=True)
    trained = x.detach().requires_grad_()
    model(trained).backward(dy)
    return trained.grad


passes = {"forward": forward, "forward+backward": both}

print("ready", flush=True)
for line in sys.stdin:
    request, name, what, *rest = line.split()
    model, run = models[name], passes[what]
    if request == "result":
        found = run(model)
        if what == "forward":
            save("y", found)
        else:
            save("dx", found)
            for key, value in model.gradients().items():
                save(key, value)
        print("saved", flush=True)
    else:
        start = time.perf_counter()
        for _ in range(int(rest[0])):
            run(model)
        print((time.perf_counter() - start) * 1000, flush=True)
