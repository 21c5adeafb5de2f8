"""Values on the command lines of bench/workload and bench/soak."""

import argparse


def whole(least):
    def read(text):
        if not text.isdigit() or int(text) < least:
            raise argparse.ArgumentTypeError("%s is no whole number from %d on" % (text, least))
        return int(text)

    return read


def between(least, most):
    def read(text):
        try:
            value = float(text)
        except ValueError:
            value = most + 1
        if not least <= value <= most:
            raise argparse.ArgumentTypeError("%s is no number from %g to %g" % (text, least, most))
        return value

    return read


def positive(most):
    def read(text):
        value = between(0, most)(text)
        if value == 0:
            raise argparse.ArgumentTypeError("0 is too little")
        return value

    return read
