"""Pickles for TestWhatPythonWrites: a line for each value and protocol with the
value's Python expression, the protocol and the pickle in hexadecimal digits."""
import collections, datetime, decimal, json, pickle, pickletools, sys


class Plain:
    def __init__(self, **attributes):
        self.__dict__.update(attributes)


shared = ["s"]
values = [
    "None", "True", "False", "0", "-1", "255", "256", "65535", "65536", "-2147483648", "2147483648",
    "2**63 - 1", "-2**63", "2**63", "-2**63 - 1", "12345678901234567890", "-10**40", "0.25", "-0.0", "1e300",
    "float('inf')", "float('nan')", "''", "'line\\nfeed \\\\ \\'quote\\''", "'\u00fcn\u00ef\u20ac\U0001f600'", "'\\ud800'", "'x' * 300",
    "b''", "b'\\x00\\xff'", "b'x' * 300", "bytearray(b'\\x00\\xff')", "bytearray()", "()", "(1,)", "(1, 2)", "(1, 2, 3)", "(1, 2, 3, 4)",
    "[]", "[1]", "[1, [2, 'x']]", "{}", "{'a': 1}", "{'a': {'b': [1, 2]}, 'c': None}", "{1: 'x', (2, 3): 'y'}",
    "set()", "{1}", "frozenset()", "frozenset([1])", "[shared, shared]", "len", "Plain", "Plain(a=1)", "complex(1, 2)",
    "collections.OrderedDict(a=1)", "collections.deque([1, 2])", "decimal.Decimal('1.5')", "datetime.date(2030, 1, 31)",
]
for value in values:
    for protocol in range(6):
        data = pickle.dumps(eval(value), protocol)
        print(json.dumps({"value": value, "protocol": protocol, "pickle": data.hex()}))
print(json.dumps({"opcodes": {op.name: ord(op.code) for op in pickletools.opcodes}}))
