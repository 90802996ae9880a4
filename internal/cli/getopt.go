package cli

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// option is one option of supervisord or supervisorctl.
type option struct {
	short byte   // 0: none
	long  string // "": none
	key   string // what it sets; several options may share one
	value bool   // it takes a value
}

// given is an option as found on the command line.
type given struct {
	option
	spelled string // "-c", or "--configuration" even if a prefix was typed
	arg     string
}

// getopt reads options as POSIX and Python's getopt.getopt do: the first word
// that is no option ends them, "--" too; short ones may stand together, with
// the value of the last glued on; long ones may be cut to a unique prefix.
// The error texts are Python's.
func getopt(args []string, options []option) (found []given, rest []string, err error) {
	for len(args) > 0 && strings.HasPrefix(args[0], "-") && args[0] != "-" {
		word := args[0]
		args = args[1:]
		if word == "--" {
			break
		}
		var more []given
		if long, ok := strings.CutPrefix(word, "--"); ok {
			more, args, err = longOption(long, args, options)
		} else {
			more, args, err = shortOptions(word[1:], args, options)
		}
		if err != nil {
			return nil, nil, err
		}
		found = append(found, more...)
	}
	return found, args, nil
}

func longOption(word string, args []string, options []option) ([]given, []string, error) {
	name, value, glued := strings.Cut(word, "=")
	o, err := findLong(name, options)
	if err != nil {
		return nil, nil, err
	}
	switch {
	case o.value && !glued && len(args) == 0:
		return nil, nil, fmt.Errorf("option --%s requires argument", o.long)
	case o.value && !glued:
		value, args = args[0], args[1:]
	case !o.value && glued:
		return nil, nil, fmt.Errorf("option --%s must not have an argument", o.long)
	}
	return []given{{o, "--" + o.long, value}}, args, nil
}

func findLong(name string, options []option) (option, error) {
	var candidates []option
	for _, o := range options {
		if o.long != "" && o.long == name {
			return o, nil
		}
		if o.long != "" && strings.HasPrefix(o.long, name) {
			candidates = append(candidates, o)
		}
	}
	switch len(candidates) {
	case 0:
		return option{}, fmt.Errorf("option --%s not recognized", name)
	case 1:
		return candidates[0], nil
	default:
		return option{}, fmt.Errorf("option --%s not a unique prefix", name)
	}
}

func shortOptions(word string, args []string, options []option) ([]given, []string, error) {
	var found []given
	for word != "" {
		letter, size := utf8.DecodeRuneInString(word)
		word = word[size:]
		o, ok := findShort(letter, options)
		if !ok {
			return nil, nil, fmt.Errorf("option -%c not recognized", letter)
		}
		value := ""
		if o.value {
			if value, word = word, ""; value == "" {
				if len(args) == 0 {
					return nil, nil, fmt.Errorf("option -%c requires argument", letter)
				}
				value, args = args[0], args[1:]
			}
		}
		found = append(found, given{o, "-" + string(letter), value})
	}
	return found, args, nil
}

func findShort(letter rune, options []option) (option, bool) {
	for _, o := range options {
		if o.short != 0 && rune(o.short) == letter {
			return o, true
		}
	}
	return option{}, false
}
