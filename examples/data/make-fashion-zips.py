#!/usr/bin/env python3
"""Makes fashion-fit.zip and fashion-test.zip from the four files of Fashion-MNIST.

    python3 make-fashion-zips.py DIRECTORY_OF_THE_FOUR_GZ_FILES [DIRECTORY_FOR_THE_ZIPS]

Only the standard library is used. The same files give the same bytes again (zlib's version may change how small they are).
"""
import gzip
import os
import struct
import sys
import zipfile
import zlib

CLASSES = ["T-shirt-top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle-boot"]
PARTS = [  # zip, images, labels, first index, number of images
    ("fashion-fit", "train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz", 50000, 5000),
    ("fashion-test", "t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz", 0, 5000),
]


def read_idx(path):
    """The sizes of an IDX file's dimensions and its bytes."""
    with gzip.open(path, "rb") as file:
        data = file.read()
    zero, kind, dimensions = struct.unpack(">HBB", data[:4])
    if zero != 0 or kind != 8:
        raise ValueError(f"{path} is not an IDX file of bytes")
    start = 4 + 4 * dimensions
    return struct.unpack(f">{dimensions}I", data[4:start]), data[start:]


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def filtered(rows, kind):
    """The rows of a grey image behind one of PNG's filters: 0 none, 1 sub, 2 up, 3 average, 4 Paeth."""
    result = bytearray()
    above = bytes(len(rows[0]))
    for row in rows:
        result.append(kind)
        for x, value in enumerate(row):
            left, up, corner = (row[x - 1], above[x], above[x - 1]) if x else (0, above[x], 0)
            if kind == 0:
                guess = 0
            elif kind == 1:
                guess = left
            elif kind == 2:
                guess = up
            elif kind == 3:
                guess = (left + up) // 2
            else:
                estimate = left + up - corner
                guess = min((left, up, corner), key=lambda side: abs(estimate - side))
            result.append((value - guess) & 255)
        above = row
    return bytes(result)


def png(pixels, width, height):
    """The smallest of a few encodings of an 8-bit grey image."""
    rows = [pixels[y * width:(y + 1) * width] for y in range(height)]
    candidates = []
    for kind in range(5):
        for strategy in (zlib.Z_DEFAULT_STRATEGY, zlib.Z_FILTERED):
            packer = zlib.compressobj(9, zlib.DEFLATED, 10, 9, strategy)
            candidates.append(packer.compress(filtered(rows, kind)) + packer.flush())
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", min(candidates, key=len)) + chunk(b"IEND", b"")


def main(source, target):
    for name, images, labels, first, count in PARTS:
        (total, height, width), pixels = read_idx(os.path.join(source, images))
        (total_labels,), classes = read_idx(os.path.join(source, labels))
        if total != total_labels or first + count > total:
            raise ValueError(f"{images} has {total} images and {labels} {total_labels} labels")
        size = width * height
        entries = {}
        for index in range(first, first + count):
            image = pixels[index * size:(index + 1) * size]
            entries[f"{CLASSES[classes[index]]}/{index:05d}.png"] = png(image, width, height)
        path = os.path.join(target, name + ".zip")
        with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
            for entry in sorted(entries):
                info = zipfile.ZipInfo(entry, (2017, 8, 25, 0, 0, 0))
                info.create_system = 3
                info.external_attr = 0o644 << 16
                archive.writestr(info, entries[entry])
        print(f"{path}: {len(entries)} images, {os.path.getsize(path)} bytes")


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    main(sys.argv[1], sys.argv[2] if len(sys.argv) == 3 else os.path.dirname(os.path.abspath(__file__)))
