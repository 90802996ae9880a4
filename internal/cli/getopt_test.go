package cli

import (
	"strings"
	"testing"
)

func TestGetopt(t *testing.T) {
	options := []option{
		{'a', "alpha", "a", true},
		{'b', "beta", "b", false},
		{'c', "", "c", false},
		{0, "alphabet", "alphabet", false},
		{0, "betatron", "betatron", true},
	}
	for name, tt := range map[string]struct{ args, want string }{
		"nothing":                             {"", ""},
		"short options apart":                 {"-b -c", "-b= -c="},
		"short options together":              {"-bc", "-b= -c="},
		"value of a short option glued on":    {"-bafoo", "-b= -a=foo"},
		"value of a short option apart":       {"-ba foo", "-b= -a=foo"},
		"value that looks like an option":     {"-a -b", "-a=-b"},
		"long option":                         {"--beta", "--beta="},
		"long option with =":                  {"--alpha=x=y", "--alpha=x=y"},
		"long option with a value apart":      {"--alpha x", "--alpha=x"},
		"empty value of a long option":        {"--alpha=", "--alpha="},
		"unique prefix":                       {"--betat=1", "--betatron=1"},
		"prefix of two":                       {"--alp=1", "error: option --alp not a unique prefix"},
		"whole name that is also a prefix":    {"--beta rest", "--beta= | rest"},
		"empty prefix of many":                {"--=x", "error: option -- not a unique prefix"},
		"options end at the first word":       {"-b rest -c", "-b= | rest -c"},
		"options end at --":                   {"-b -- -c", "-b= | -c"},
		"a single - is a word":                {"- -b", " | - -b"},
		"unknown short option":                {"-bZ", "error: option -Z not recognized"},
		"unknown option beyond ASCII":         {"-é", "error: option -é not recognized"},
		"unknown long option":                 {"--gamma", "error: option --gamma not recognized"},
		"short option without its value":      {"-a", "error: option -a requires argument"},
		"long option without its value":       {"--alpha", "error: option --alpha requires argument"},
		"value for an option that takes none": {"--beta=1", "error: option --beta must not have an argument"},
	} {
		t.Run(name, func(t *testing.T) {
			found, rest, err := getopt(strings.Fields(tt.args), options)
			if got := show(found, rest, err); got != tt.want {
				t.Errorf("getopt(%q) = %q, want %q", tt.args, got, tt.want)
			}
		})
	}
}

func show(found []given, rest []string, err error) string {
	if err != nil {
		return "error: " + err.Error()
	}
	var words []string
	for _, g := range found {
		words = append(words, g.spelled+"="+g.arg)
	}
	text := strings.Join(words, " ")
	if len(rest) > 0 {
		text += " | " + strings.Join(rest, " ")
	}
	return text
}

func FuzzGetopt(f *testing.F) {
	f.Add("-nc file --loglevel=debug -- rest")
	f.Add("-e")
	f.Add("--min 3")
	f.Add("-\xae") // no character
	f.Fuzz(func(t *testing.T, line string) {
		args := strings.Fields(line)
		found, rest, err := getopt(args, supervisordOptions())
		if err != nil {
			return
		}
		if len(rest) > len(args) || strings.Join(args[len(args)-len(rest):], " ") != strings.Join(rest, " ") {
			t.Fatalf("rest %q is not the end of %q", rest, args)
		}
		for _, g := range found {
			if !g.value && g.arg != "" {
				t.Errorf("%s takes no value, but got %q", g.spelled, g.arg)
			}
			if _, again, err := getopt([]string{g.spelled, g.arg}, supervisordOptions()); err != nil {
				t.Errorf("%s %q was understood, but not alone: %v %v", g.spelled, g.arg, err, again)
			}
		}
	})
}

func TestIsURL(t *testing.T) {
	for value, want := range map[string]bool{
		"http://localhost:9001": true,
		"unix:///run/s.sock":    true,
		"unix:/run/s.sock":      true,
		"localhost:9001":        true, // scheme and path, to Python's urlparse
		"foo":                   false,
		"":                      false,
		"http://":               false,
		"http://?q":             false,
		"://host":               false,
		"1http://host":          false,
	} {
		if got := isURL(value); got != want {
			t.Errorf("isURL(%q) = %v, want %v", value, got, want)
		}
	}
}

func TestSearchPaths(t *testing.T) {
	for prog, want := range map[string]string{
		"/usr/bin/supervisord": "/usr/etc/supervisord.conf /usr/supervisord.conf",
		"/supervisord":         "/etc/supervisord.conf /supervisord.conf",
		"bin/supervisord":      "etc/supervisord.conf supervisord.conf",
		"../bin/supervisord":   "../etc/supervisord.conf ../supervisord.conf",
		"supervisord":          "etc/supervisord.conf supervisord.conf",
	} {
		got := strings.Join(searchPaths(prog)[:2], " ")
		if got != want {
			t.Errorf("the first places for %s are %s, want %s", prog, got, want)
		}
	}
}

func TestPyList(t *testing.T) {
	if got, want := pyList([]string{"a", "it's"}), `['a', "it's"]`; got != want {
		t.Errorf("pyList = %s, want %s", got, want)
	}
}
