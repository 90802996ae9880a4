package lang_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/watchkeeper-go/watchkeeper/internal/web/lang"
)

// TestEveryTextIsThereInEveryLanguage: a row has a key of its own, both texts, and
// the same things to put in.
func TestEveryTextIsThereInEveryLanguage(t *testing.T) {
	verbs := regexp.MustCompile(`%[a-z]`)
	seen := map[string]bool{}
	for _, text := range lang.Texts() {
		if seen[text.Key] {
			t.Errorf("%s is there twice", text.Key)
		}
		seen[text.Key] = true
		if text.English == "" || text.Chinese == "" {
			t.Errorf("%s lacks a language: %+v", text.Key, text)
		}
		chinese := verbs.FindAllString(text.Chinese, -1)
		for form := range strings.SplitSeq(text.English, "|") {
			if english := verbs.FindAllString(form, -1); !slices.Equal(english, chinese) {
				t.Errorf("%s: the English has %v, the Chinese %v", text.Key, english, chinese)
			}
		}
		if strings.Contains(text.Chinese, "|") {
			t.Errorf("%s: Chinese has one form for all numbers", text.Key)
		}
	}
}

func TestPreferred(t *testing.T) {
	for header, want := range map[string]lang.Language{
		"":                                     lang.English,
		"zh-CN":                                lang.Chinese,
		"zh-TW,zh;q=0.9":                       lang.Chinese,
		"ZH-hans":                              lang.Chinese,
		"de,zh;q=0.5":                          lang.Chinese,
		"en-US,en;q=0.9,zh;q=0.8":              lang.English,
		"zh;q=0.8,en;q=0.9":                    lang.English,
		"zh;q=0":                               lang.English,
		"fr":                                   lang.English,
		"*":                                    lang.English,
		"zh; q=0.3, en; q=0.2":                 lang.Chinese,
		"zh;q=x":                               lang.English,
		strings.Repeat("zh;q=0.1,", 1000) + "": lang.Chinese,
	} {
		if got := lang.Preferred(header); got != want {
			t.Errorf("%.40q: %v, want %v", header, got.Tag(), want.Tag())
		}
	}
}

func TestDuration(t *testing.T) {
	english, chinese := lang.In(lang.English), lang.In(lang.Chinese)
	for d, want := range map[time.Duration][2]string{
		-time.Second:                 {"0 s", "0 秒"},
		999 * time.Millisecond:       {"0 s", "0 秒"},
		59 * time.Second:             {"59 s", "59 秒"},
		time.Minute:                  {"1 min", "1 分"},
		61 * time.Second:             {"1 min 1 s", "1 分 1 秒"},
		time.Hour + 59*time.Second:   {"1 h", "1 小时"},
		25*time.Hour + 3*time.Minute: {"1 d 1 h", "1 天 1 小时"},
		24 * 400 * time.Hour:         {"400 d", "400 天"},
	} {
		got := [2]string{english.Duration(d), chinese.Duration(d)}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%v (-want +got):\n%s", d, diff)
		}
	}
}

func TestBytes(t *testing.T) {
	w := lang.In(lang.English)
	for n, want := range map[int64]string{0: "0 B", 1023: "1023 B", 1536: "1.5 KiB", 100 << 20: "100 MiB", 3 << 30: "3.0 GiB", 1 << 50: "1024 TiB"} {
		if got := w.Bytes(n); got != want {
			t.Errorf("%d: %q, want %q", n, got, want)
		}
	}
}

func TestNumbersDecideBetweenForms(t *testing.T) {
	english, chinese := lang.In(lang.English), lang.In(lang.Chinese)
	for n, want := range map[int]string{0: "0 programs stopped.", 1: "1 program stopped.", 2: "2 programs stopped."} {
		if got := english.T("done.stop", n); got != want {
			t.Errorf("%d: %q, want %q", n, got, want)
		}
	}
	if got, want := chinese.T("done.stop", 1), "已停止 1 个程序。"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got := english.T("no.such.key"); got != "no.such.key" {
		t.Errorf("a key that there is not: %q", got)
	}
}
