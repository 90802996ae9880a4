package web

import (
	"testing"

	"github.com/watchkeeper-go/watchkeeper/internal/web/lang"
	"github.com/watchkeeper-go/watchkeeper/proc"
)

func TestHowIsSaidInEveryLanguage(t *testing.T) {
	for text, want := range map[string]string{
		proc.Exit{Code: 3}.String():                  "退出码 3",
		proc.Exit{Signal: 9}.String():                "被 SIGKILL 终止",
		proc.Exit{Signal: 11, Core: true}.String():   "被 SIGSEGV 终止（已转储核心）",
		"exit status 1, before startsecs were over":  "退出码 1，未达到 startsecs",
		"can't find command '/a b'":                  "找不到命令“/a b”",
		"command at '/etc/passwd' is not executable": "命令“/etc/passwd”不可执行",
		"command at '/' is a directory":              "命令“/”是目录",
		"something else":                             "something else",
		"":                                           "",
	} {
		if got := how(lang.In(lang.Chinese), text); got != want {
			t.Errorf("%q in Chinese is %q, want %q", text, got, want)
		}
		if got := how(lang.In(lang.English), text); got != text {
			t.Errorf("%q in English is %q", text, got)
		}
	}
}
