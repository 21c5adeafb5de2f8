"""What the origin has, and what a purge of any kind concerns."""

import fnmatch
import json
import random

HOST = "check.test"  # the same on all nodes, so that they share what they keep in Redis
VARIANTS = ("a", "b", "c")
KINDS = ("url", "tag", "tag_pattern", "prefix", "pattern", "namespace", "all", "several")
WINDOW = 1.0  # how long what is in the second namespace may be served stale after a soft purge, in seconds
WEIGHTS = (6, 8, 2, 1, 2, 1, 1, 2)


class Resource:
    """One path of the origin, with its tags; some vary by a header, some are slow to make."""

    def __init__(self, index, groups, same):
        self.index = index
        self.namespace = "second" if index % 4 == 3 else "first"
        self.window = WINDOW if self.namespace == "second" else 0
        self.rare = index % 8 == 7  # of the second namespace: so seldom read that its window ends before a refresh
        self.path = "/%s/%d" % ("s" if self.namespace == "second" else "r", index)
        self.group = "t:%d" % (index % groups)
        self.tags = {"r:%d" % index, "all", self.group}
        self.varies = index % 5 == 0
        self.slow = index % 3 == 0
        self.same = index % same == same - 1  # soon stale, with a validator that never tells of a change, but after a soft purge

    @property
    def name(self):
        return HOST + self.path


class Purge:
    """The body of a purge by API and the resources that it is certain to concern."""

    def __init__(self, kind, body, resources):
        self.kind = kind
        self.body = body
        self.resources = [resource.index for resource in resources]


class Model:
    def __init__(self, count=40, groups=7, same=7):
        self.resources = [Resource(index, groups, same) for index in range(count)]
        self.groups = groups

    def purge(self, kind, dice):
        """A random purge of a kind."""
        resources = self.resources
        one = dice.choice(resources)
        if kind == "url":
            return Purge(kind, {"urls": ["http://" + one.name]}, [one])
        if kind == "tag":
            tag = dice.choice(sorted(one.tags - {"all"}))
            return Purge(kind, {"tags": [tag]}, [each for each in resources if tag in each.tags])
        if kind == "tag_pattern":
            glob = dice.choice(["r:%d*" % dice.randint(1, 9), "*:3", "t:*", "*:%d" % one.index])
            return Purge(kind, {"tag_patterns": [glob]},
                         [each for each in resources if any(fnmatch.fnmatchcase(tag, glob) for tag in each.tags)])
        if kind == "prefix":
            prefix = HOST + dice.choice(["/r/", "/s/", "/"])
            return Purge(kind, {"prefixes": [prefix]}, [each for each in resources if each.name.startswith(prefix)])
        if kind == "pattern":
            glob = HOST + dice.choice(["/r/*", "/*/*%d" % dice.randint(0, 9), "/s/%d*" % dice.randint(1, 9)])
            return Purge(kind, {"patterns": [glob]},
                         [each for each in resources if fnmatch.fnmatchcase(each.name, glob)])
        if kind == "namespace":
            return Purge(kind, {"namespaces": [one.namespace]},
                         [each for each in resources if each.namespace == one.namespace])
        if kind == "all":
            return Purge(kind, {"all": True}, resources)
        if kind == "several":
            other = dice.choice(resources)
            return Purge(kind, {"urls": [one.name], "tags": [other.group]},
                         [each for each in resources if each is one or other.group in each.tags])
        raise ValueError(kind)

    def any_purge(self, dice, weights=WEIGHTS):
        return self.purge(dice.choices(KINDS, weights)[0], dice)


def read_request(resource, variant):
    return ("GET %s HTTP/1.1\r\nHost: %s\r\nX-Variant: %s\r\n\r\n" % (resource.path, HOST, variant)).encode()


def write_request(resource):
    return ("POST %s HTTP/1.1\r\nHost: %s\r\nContent-Length: 0\r\n\r\n" % (resource.path, HOST)).encode()


def purge_request(body, port):
    text = json.dumps(body).encode()
    return (b"POST /api/v1/cache/invalidate HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nContent-Type: application/json\r\n"
            b"Content-Length: %d\r\n\r\n%s" % (port, len(text), text))


def dice(*seed):
    """A generator of its own for each part, so that one's use does not change what another does."""
    return random.Random("/".join(map(str, seed)))
