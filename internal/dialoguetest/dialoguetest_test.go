package dialoguetest_test

import (
	"os/exec"
	"strings"
	"sync"
	"testing"

	"github.com/watchkeeper-go/watchkeeper/internal/dialoguetest"
)

func TestAsk(t *testing.T) {
	t.Parallel()
	echo := dialoguetest.Start(t, exec.Command("cat"))
	var askers sync.WaitGroup
	for n := range 50 {
		askers.Go(func() {
			var got int
			if err := echo.Ask(n, &got); err != nil || got != n {
				t.Errorf("%d was answered with %d, %v", n, got, err)
			}
		})
	}
	askers.Wait()
}

func TestAProgramThatEnds(t *testing.T) {
	t.Parallel()
	silent := dialoguetest.Start(t, exec.Command("true"))
	var answer any
	if err := silent.Ask("who are you", &answer); err == nil || !strings.Contains(err.Error(), "true") {
		t.Errorf("got %v, %v, want an error that names the program", answer, err)
	}
}
