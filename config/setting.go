package config

import (
	"slices"
	"strings"

	"github.com/watchkeeper-go/watchkeeper/internal/ini"
)

// Place is where something stands. The zero value is nowhere: a default.
type Place struct {
	File string
	Line int
}

// Place tells where an option of a section got its value: nowhere, if it has its
// default. The environment of a program may be that of [supervisord].
func (c *Config) Place(section, key string) Place {
	for _, name := range []string{section, "supervisord"} {
		if s := c.files().Section(name); s != nil && s.Get(key) != nil {
			v := s.Get(key)
			return Place{v.File, v.Line}
		}
		if key != "environment" {
			break
		}
	}
	return Place{}
}

// files are what was read; nothing for a Config that no Load has made.
func (c *Config) files() *ini.Set {
	if c.set == nil {
		return &ini.Set{}
	}
	return c.set
}

// SectionPlace tells where a section begins first.
func (c *Config) SectionPlace(section string) Place {
	s := c.files().Section(section)
	if s == nil {
		return Place{}
	}
	return Place{s.File, s.Line}
}

// SettingChange is an option that the files of two loads give another value, as
// they have it; secrets are masked. An option that stands nowhere has no place.
type SettingChange struct {
	Section, Key string
	Old, New     string
	Was, Is      Place
	Restart      bool // it takes a new start of the daemon, not only a reload
}

// DiffSettings compares the options that no update applies: those of the daemon
// itself, its servers, its tokens and its scheduler. They come by section and key.
func DiffSettings(old, new *Config) []SettingChange {
	before, after := old.fixedSettings(), new.fixedSettings()
	var changes []SettingChange
	for name, now := range after {
		if was, ok := before[name]; !ok || was.text != now.text {
			changes = append(changes, change(name, was, now))
		}
	}
	for name, was := range before {
		if _, ok := after[name]; !ok {
			changes = append(changes, change(name, was, setting{}))
		}
	}
	slices.SortFunc(changes, func(a, b SettingChange) int {
		return strings.Compare(a.Section+"\x00"+a.Key, b.Section+"\x00"+b.Key)
	})
	return changes
}

// settingName names an option of a file.
type settingName struct{ section, key string }

// setting is its value.
type setting struct {
	text  string
	place Place
	takes takes
}

func change(name settingName, was, is setting) SettingChange {
	return SettingChange{
		Section: name.section, Key: name.key, Old: masked(name.key, was.text), New: masked(name.key, is.text), Was: was.place, Is: is.place,
		Restart: was.takes == takesStart || is.takes == takesStart,
	}
}

// fixedSettings are the options that are given and that no update applies.
func (c *Config) fixedSettings() map[settingName]setting {
	found := map[settingName]setting{}
	tables := schema()
	for _, section := range c.files().Sections() {
		t := tableOf(tables, section.Name)
		if t == nil {
			continue
		}
		for _, v := range section.Values() {
			o := t.option(v.Key)
			if o == nil || o.takes != takesReload && o.takes != takesStart {
				continue
			}
			found[settingName{section.Name, v.Key}] = setting{v.Text, Place{v.File, v.Line}, o.takes}
		}
	}
	return found
}

// Texts are all options as the files have them, for a sum that tells one state of
// the files from another. They have secrets in them.
func (c *Config) Texts() (texts []string) {
	for _, section := range c.files().Sections() {
		for _, v := range section.Values() {
			texts = append(texts, section.Name, v.Key, v.Text)
		}
	}
	return texts
}

// masked is a value of an option for people to read.
func masked(key, text string) string {
	switch {
	case text == "":
		return ""
	case isSecret(key):
		return Masked
	case key == "environment":
		vars, err := parseEnvironment(text)
		if err != nil {
			return Masked
		}
		var shown []string
		for _, v := range vars {
			shown = append(shown, v.Name+"="+MaskVariable(v.Name, v.Value))
		}
		return strings.Join(shown, ", ")
	}
	return ini.TrimSpace(MaskText(text))
}
