package xmlrpc

import (
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// scalar reads an element that holds no others. A type that nobody knows is a
// string; a prefix (ex:nil) is not looked at.
func (d *decoder) scalar(t tag) (any, error) {
	at := d.pos
	text, err := d.ownText(t)
	if err != nil {
		return nil, err
	}
	name := t.name[strings.LastIndexByte(t.name, ':')+1:]
	v, err := convert(name, text)
	if err != nil {
		return nil, d.failAt(at, fmt.Sprintf("%q is no %s", shorten(text), name))
	}
	return v, nil
}

func convert(kind, text string) (any, error) {
	switch kind {
	case "int", "i4", "i8", "i1", "i2", "biginteger":
		return strconv.Atoi(strings.TrimSpace(text))
	case "boolean":
		return text == "1", nil // as Supervisor's reader: anything else is false
	case "double", "float", "bigdecimal":
		return strconv.ParseFloat(strings.TrimSpace(text), 64)
	case "dateTime.iso8601":
		return time.Parse(timeLayout, strings.TrimSpace(text))
	case "base64":
		return base64.StdEncoding.DecodeString(strings.Join(strings.Fields(text), ""))
	case "nil":
		return nil, nil
	}
	return text, nil
}

// shorten keeps an error readable when the text is not.
func shorten(s string) string {
	const most = 40
	if len(s) <= most {
		return s
	}
	return s[:most] + "…"
}
