package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/watchkeeper-go/watchkeeper/api"
	"github.com/watchkeeper-go/watchkeeper/config"
)

// jobSpec is an api.JobSpec as it was sent, so that large numbers stay whole.
type jobSpec map[string]json.RawMessage

// Schema implements huma.SchemaProvider.
func (jobSpec) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{
		Type: huma.TypeObject,
		Description: "The options of a section [job:x] by their names. Values are strings as in a file, or what JSON has for them: numbers, booleans, " +
			"a list for args, an object for kwargs and environment. A percent sign stands for itself, and nothing begins a comment.",
		AdditionalProperties: true,
		Examples:             []any{map[string]any{"trigger": "cron", "hour": 3, "command": "/srv/backup --all"}},
	}
}

// The members of a jobSpec that are no options.
const (
	specID    = "id"
	specStore = "jobstore"
)

// id takes the id out of the spec. It must be the one of the path, if both
// are there.
func (s jobSpec) id(inPath string) (string, error) {
	raw, ok := s[specID]
	delete(s, specID)
	if !ok {
		return inPath, nil
	}
	var id string
	if err := json.Unmarshal(raw, &id); err != nil {
		return "", invalidBody(specID, "an id is a string")
	}
	if inPath != "" && id != inPath {
		return "", invalidBody(specID, "it differs from the id in the path")
	}
	return id, nil
}

// in makes the spec name the store, which the query of the request may do, too.
func (s jobSpec) in(store string) error {
	if store == "" {
		return nil
	}
	quoted, err := json.Marshal(store)
	if err != nil {
		return err
	}
	if raw, ok := s[specStore]; ok && !bytes.Equal(raw, quoted) {
		return invalidBody(specStore, "it differs from the store in the query")
	}
	s[specStore] = quoted
	return nil
}

// options are those of the spec, in the order of their names. null is none.
func (s jobSpec) options() ([]config.JobOption, error) {
	var options []config.JobOption
	p := problemOf(kindInvalid, "validation failed")
	for _, key := range slices.Sorted(maps.Keys(s)) {
		value, err := optionText(key, s[key])
		switch {
		case err != nil:
			p.Errors = append(p.Errors, api.FieldError{Location: "body." + key, Message: err.Error()})
		case value != nil:
			options = append(options, config.JobOption{Key: key, Value: *value})
		}
	}
	if p.Errors != nil {
		return nil, p
	}
	return options, nil
}

// changes are the options to be set, and nil for those to be taken away.
func (s jobSpec) changes() (map[string]*string, error) {
	if _, err := s.options(); err != nil {
		return nil, err
	}
	changes := make(map[string]*string, len(s))
	for key, raw := range s {
		value, err := optionText(key, raw)
		if err != nil {
			return nil, err
		}
		changes[key] = value
	}
	return changes, nil
}

// optionText is a value as a file would have it; nil for null.
func optionText(key string, raw json.RawMessage) (*string, error) {
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		return nil, err
	}
	if value == nil {
		return nil, nil
	}
	var (
		text string
		err  error
	)
	switch value := value.(type) {
	case []any:
		if text = string(raw); key != "args" {
			err = errors.New("the value cannot be a list, which is for args")
		}
	case map[string]any:
		switch key {
		case "kwargs":
			text = string(raw)
		case "environment":
			text, err = environmentText(value)
		default:
			err = errors.New("the value cannot be an object, which is for kwargs and environment")
		}
	case string:
		text = value
	default:
		if text, err = scalarText(value); slices.Contains(textOptions(), key) {
			err = errors.New("the value must be a string")
		}
	}
	return &text, err
}

// textOptions are those of which a number or a boolean is a mistake.
func textOptions() []string {
	return []string{"command", "func", "program", "action", "name", "directory", "executor", specStore, "trigger", "crontab", "timezone"}
}

func scalarText(value any) (string, error) {
	switch value := value.(type) {
	case string:
		return value, nil
	case json.Number:
		return value.String(), nil
	case bool:
		return strconv.FormatBool(value), nil
	}
	return "", errors.New("the values can be neither lists nor objects")
}

// environmentText quotes values as Supervisor's files do, which know no escapes.
func environmentText(variables map[string]any) (string, error) {
	var words []string
	for _, name := range slices.Sorted(maps.Keys(variables)) {
		value, err := scalarText(variables[name])
		if err != nil {
			return "", err
		}
		quote := `"`
		if strings.Contains(value, quote) {
			quote = "'"
		}
		if strings.Contains(value, quote) || strings.Trim(value, `'"`) != value {
			return "", fmt.Errorf("the value of %s begins or ends with a quote or has both kinds, which no configuration can say", name)
		}
		words = append(words, name+"="+quote+value+quote)
	}
	return strings.Join(words, ","), nil
}

func invalidBody(member, message string) error {
	p := problemOf(kindInvalid, "validation failed")
	p.Errors = []api.FieldError{{Location: "body." + member, Message: message}}
	return p
}

// specOf is an api.JobSpec as if it had been sent.
func specOf(s api.JobSpec) (jobSpec, error) {
	spec := make(jobSpec, len(s))
	for key, value := range s {
		raw, err := json.Marshal(value)
		if err != nil {
			return nil, err
		}
		spec[key] = raw
	}
	return spec, nil
}
