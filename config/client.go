package config

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
)

// LoadClient reads [supervisorctl] of path; [include] does not count there.
// ErrNoSection when it is missing, an Errors for what the file says.
func LoadClient(path string, host Host) (Client, error) {
	l := newLoader(path, host)
	err := l.readFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return Client{}, fmt.Errorf("could not find config file %s", path)
	case err != nil:
		return Client{}, fmt.Errorf("could not read config file %s: %w", path, err)
	case len(l.faults) > 0:
		return Client{}, l.faults
	}
	section := l.set.Section("supervisorctl")
	if section == nil {
		return Client{}, ErrNoSection
	}
	v := make(values)
	l.read(place{section: section, table: tableOf(l.tables, section.Name)}, atSection, v)
	if len(l.faults) > 0 {
		return Client{}, l.faults
	}
	c := Client{
		ServerURL:   get[string](v, "serverurl"),
		Username:    get[string](v, "username"),
		Password:    get[string](v, "password"),
		Prompt:      get[string](v, "prompt"),
		HistoryFile: get[string](v, "history_file"),
		Token:       get[string](v, keyToken),
		TLS:         ClientTLS{CA: get[string](v, keyCA), Cert: get[string](v, keyCert), Key: get[string](v, keyKey)},
	}
	if socket, ok := strings.CutPrefix(c.ServerURL, "unix://"); ok {
		c.ServerURL = "unix://" + l.host.normalize(socket)
	}
	for _, path := range []*string{&c.HistoryFile, &c.TLS.CA, &c.TLS.Cert, &c.TLS.Key} {
		if *path != "" {
			*path = l.host.normalize(*path)
		}
	}
	return c, nil
}

// DefaultClient is what supervisorctl uses when there is no file.
func DefaultClient() Client {
	return Client{ServerURL: "http://localhost:9001", Prompt: "supervisor"}
}
