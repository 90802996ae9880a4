"""Tell what Python makes of format strings and Supervisor of environments.

Standard input: JSON, {"formats": [text], "environments": [text]}. Standard
output: JSON of the same shape with ["ok", result] or ["error", text] for each.
"""
import json
import sys
import warnings

warnings.simplefilter('ignore')
from supervisor.datatypes import dict_of_key_value_pairs

NAMES = {'num': 7, 'zero': 0, 'big': 123456789, 'neg': -42, 'text': "it's", 'wide': '中é', 'one': 'x', 'a(b)c': 'nested'}


def attempt(function, text):
    try:
        return ['ok', function(text)]
    except KeyError as why:
        return ['error', str(why)]
    except Exception as why:
        return ['error', str(why)]


cases = json.load(sys.stdin)
json.dump({
    'formats': [attempt(lambda text: text % NAMES, text) for text in cases['formats']],
    'environments': [attempt(lambda text: list(dict_of_key_value_pairs(text).items()), text) for text in cases['environments']],
}, sys.stdout)
