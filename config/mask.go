package config

import (
	"regexp"
	"slices"
	"strings"
)

// Masked stands for a secret.
const Masked = "***"

// MaskVariable is the value of an environment variable for people to read: one
// whose name says that it is a secret is masked, and so are passwords of addresses.
func MaskVariable(name, value string) string {
	upper := strings.ToUpper(name)
	for _, word := range []string{"PASS", "PWD", "SECRET", "TOKEN", "KEY", "CREDENTIAL", "COOKIE", "SALT", "DSN"} {
		if strings.Contains(upper, word) && upper != "PWD" && upper != "OLDPWD" {
			return Masked
		}
	}
	return MaskText(value)
}

// MaskText is a text for people to read, such as a command: what looks like the
// password of an address, or follows a word such as --password, is masked.
// Of an address all up to its last @ is, since a password may have one itself.
func MaskText(text string) string {
	if strings.Contains(text, "://") {
		address := regexp.MustCompile(`(://[^/@:\s]*:)[^\s"']+@`)
		text = address.ReplaceAllString(text, "${1}"+Masked+"@")
	}
	lower := strings.ToLower(text)
	told := func(word string) bool { return strings.Contains(lower, word) }
	if !slices.ContainsFunc([]string{"pass", "secret", "token", "key"}, told) {
		return text
	}
	flag := regexp.MustCompile(`(?i)((?:pass(?:word|wd|phrase)?|secret|token|api[-_]?key)"?(?:=|:\s*|\s+))("[^"]*"|'[^']*'|[^\s"']+)`)
	return flag.ReplaceAllString(text, "${1}"+Masked)
}
