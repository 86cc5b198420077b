#!/usr/bin/env python3
"""Makes the models of this example from those in ../models: the same networks, as other people would have exported them.

    python3 make-models.py

A model in ../models takes planar RGB, 0 to 255, of one size. Here a few operators in front of it undo another convention, so the weights stay as
they are. Nothing but the standard library is needed: an ONNX file is a protobuf message, of which only the outer fields are touched
(https://onnx.ai/onnx/repo-docs/IR.html).
"""
import struct
from pathlib import Path

HERE = Path(__file__).parent
MEAN = [0.485, 0.456, 0.406]
DEVIATION = [0.229, 0.224, 0.225]


def varint(value):
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes(out) + bytes([value])


def number(field, value):
    return varint(field << 3) + varint(value)


def message(field, content):
    content = content.encode() if isinstance(content, str) else content
    return varint(field << 3 | 2) + varint(len(content)) + content


def fields(data):
    """The fields of a message: number, value, and their bytes as they are."""
    def read(at):
        value = shift = 0
        while True:
            byte = data[at]
            value, shift, at = value | (byte & 127) << shift, shift + 7, at + 1
            if byte < 128:
                return value, at

    at = 0
    while at < len(data):
        start = at
        key, at = read(at)
        value, at = read(at)
        if key & 7 == 2:
            value, at = data[at:at + value], at + value
        elif key & 7:
            raise ValueError(f"wire type {key & 7} is not expected here")
        yield key >> 3, value, data[start:at]


def node(operator, inputs, output, attribute=b""):
    return message(1, b"".join(message(1, name) for name in inputs) + message(2, output) + message(3, "to_" + output) + message(4, operator) + attribute)


def constant(name, shape, values):
    """A float tensor, or one of 64-bit integers."""
    floats = isinstance(values[0], float)
    data = struct.pack(f"<{len(values)}{'f' if floats else 'q'}", *values)
    return message(5, b"".join(number(1, n) for n in shape) + number(2, 1 if floats else 7) + message(8, name) + message(9, data))


def float_input(name, shape):
    dimensions = b"".join(message(1, message(2, n) if isinstance(n, str) else number(1, n)) for n in shape)
    return message(11, message(1, name) + message(2, message(1, number(1, 1) + message(2, dimensions))))


def convert(size, target, shape, input_name="image", nodes=(), constants=()):
    """Gives a model another input, and operators in front that make "image" of it."""
    model = (HERE / f"../models/fashion-resnet8-{size}.onnx").read_bytes()
    out = b""
    for field, value, raw in fields(model):
        if field == 7:
            rest = b"".join(inner for number_, _, inner in fields(value) if number_ != 11)
            raw = message(7, b"".join(nodes) + rest + b"".join(constants) + float_input(input_name, shape))
        out += raw
    (HERE / "models" / target).write_bytes(out)


def back_to_pixels(order):
    """Multiplies and adds, channel by channel, so that (pixel / 255 - mean) / deviation becomes the pixel."""
    return [
        constant("own.scale", [1, 3, 1, 1], [255 * DEVIATION[c] for c in order]),
        constant("own.offset", [1, 3, 1, 1], [255 * MEAN[c] for c in order]),
    ]


# One file for every size: the network ends in a mean over all positions, so height and width need no number.
convert(28, "fashion-any.onnx", ["batch", 3, "height", "width"])

# As torchvision's models are fed: planar RGB, mean and deviation of ImageNet.
convert(
    14, "fashion-14-imagenet.onnx", ["batch", 3, 14, 14], "input",
    [node("Mul", ["input", "own.scale"], "own.scaled"), node("Add", ["own.scaled", "own.offset"], "image")],
    back_to_pixels([0, 1, 2]))

# As models from OpenCV and TensorFlow often are: interleaved (NHWC), blue first, here with mean and deviation too.
PERMUTATION = message(5, message(1, "perm") + b"".join(number(8, n) for n in (0, 3, 1, 2)) + number(20, 7))
AXIS = message(5, message(1, "axis") + number(3, 1) + number(20, 2))
convert(
    28, "fashion-28-bgr-nhwc.onnx", ["batch", 28, 28, 3], "input",
    [node("Transpose", ["input"], "own.planar", PERMUTATION), node("Gather", ["own.planar", "own.order"], "own.rgb", AXIS),
     node("Mul", ["own.rgb", "own.scale"], "own.scaled"), node("Add", ["own.scaled", "own.offset"], "image")],
    [constant("own.order", [3], [2, 1, 0]), *back_to_pixels([0, 1, 2])])
