"""Parse cases with Python's own parser, set up as Supervisor sets it up.

Standard input: JSON, a list of cases, each a list of files in base64 that are
read one after the other. Standard output: JSON, for each case either
{"error": text} or {"sections": [[name, {key: value}], ...]}, where the values
of [DEFAULT] stand in every section.
"""
import base64
import configparser
import io
import json
import sys


def parse(files):
    parser = configparser.RawConfigParser(strict=False, inline_comment_prefixes=(';', '#'))
    try:
        for number, data in enumerate(files):
            text = io.TextIOWrapper(io.BytesIO(base64.b64decode(data)), encoding='utf-8')
            parser.read_file(text, 'file%d' % number)
    except (configparser.ParsingError, UnicodeDecodeError) as why:
        return {'error': str(why)}
    return {'sections': [[name, dict(parser.items(name))] for name in parser.sections()]}


json.dump([parse(case) for case in json.load(sys.stdin)], sys.stdout)
