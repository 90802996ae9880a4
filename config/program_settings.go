package config

import (
	"slices"
	"strings"

	"github.com/watchkeeper-go/watchkeeper/supervise"
)

// ProgramSetting is an option of a program as it was understood, or a variable of its
// environment, for people to read: secrets are masked.
type ProgramSetting struct {
	Key, Value string
	// Place is where the value stands in the files; nowhere: it is a default.
	Place Place
}

// ProgramSettings are the options of a program that these files declare, each with
// the place of its value.
func (c *Config) ProgramSettings(p *supervise.Program) []ProgramSetting {
	var settings []ProgramSetting
	for _, o := range programTexts(p) {
		settings = append(settings, ProgramSetting{o.Key, MaskText(o.Value), c.Place(p.Section, o.Key)})
	}
	texts := socketTexts(p.Socket)
	for _, key := range socketKeys() {
		if text, ok := texts[key]; ok {
			settings = append(settings, ProgramSetting{key, text, c.Place(p.Section, key)})
		}
	}
	return settings
}

// ProgramEnvironment are the variables that the files give a program, by name. Each
// stands in the section of the program, or in [supervisord].
func (c *Config) ProgramEnvironment(p *supervise.Program) []ProgramSetting {
	own := c.variables(p.Section)
	var settings []ProgramSetting
	for _, v := range p.Child.Environment {
		section := "supervisord"
		if own == nil || slices.Contains(own, v.Name) {
			section = p.Section
		}
		settings = append(settings, ProgramSetting{v.Name, MaskVariable(v.Name, v.Value), c.Place(section, "environment")})
	}
	slices.SortFunc(settings, func(a, b ProgramSetting) int { return strings.Compare(a.Key, b.Key) })
	return settings
}

// variables are the names in the environment of a section; nil if they cannot be read
// before they are expanded.
func (c *Config) variables(section string) []string {
	names := []string{}
	s := c.files().Section(section)
	if s == nil || s.Get("environment") == nil {
		return names
	}
	vars, err := parseEnvironment(s.Get("environment").Text)
	if err != nil {
		return nil
	}
	for _, v := range vars {
		names = append(names, v.Name)
	}
	return names
}
