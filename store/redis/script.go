package redis

import (
	"context"
	"crypto/sha1"
	_ "embed"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"github.com/redis/go-redis/v9"
)

//go:embed lua/lib.lua
var libText string

//go:embed lua/add.lua
var addText string

//go:embed lua/addone.lua
var addOneText string

//go:embed lua/replace.lua
var replaceText string

//go:embed lua/remove.lua
var removeText string

//go:embed lua/claim.lua
var claimText string

//go:embed lua/commit.lua
var commitText string

//go:embed lua/finish.lua
var finishText string

//go:embed lua/beat.lua
var beatText string

//go:embed lua/enqueue.lua
var enqueueText string

//go:embed lua/cancel.lua
var cancelText string

//go:embed lua/prune.lua
var pruneText string

//go:embed lua/list.lua
var listText string

//go:embed lua/nodes.lua
var nodesText string

//go:embed lua/heal.lua
var healText string

// script is a program that the server runs as one step: nothing else happens
// meanwhile.
type script struct{ text, sha string }

func newScript(text string) script { return newBareScript(libText + text) }

func newBareScript(text string) script {
	sum := sha1.Sum([]byte(text))
	return script{text, hex.EncodeToString(sum[:])}
}

// scripts are those of the store, one a method or so.
type scripts struct {
	add, addOne                    script
	replace, remove, list          script
	claim, commit, finish, beat    script
	enqueue, cancel, prune, healer script
	nodes                          script
}

func newScripts() scripts {
	return scripts{
		add: newScript(addText), addOne: newBareScript(addOneText), replace: newScript(replaceText), remove: newScript(removeText), list: newScript(listText),
		claim: newScript(claimText), commit: newScript(commitText), finish: newScript(finishText), beat: newScript(beatText),
		enqueue: newScript(enqueueText), cancel: newScript(cancelText), prune: newScript(pruneText), healer: newScript(healText),
		nodes: newScript(nodesText),
	}
}

// run runs a script once.
func (s *Store) run(ctx context.Context, sc script, args []byte) (*decoder, error) {
	cmd := s.client.EvalSha(ctx, sc.sha, s.keys, args)
	if isNoScript(cmd.Err()) {
		cmd = s.client.Eval(ctx, sc.text, s.keys, args)
	}
	text, err := cmd.Text()
	if err != nil {
		return nil, err
	}
	return &decoder{data: text}, nil
}

// runAll runs a script once for each of args, all in one round trip. Other
// clients have their turn in between.
func (s *Store) runAll(ctx context.Context, sc script, args [][]byte) ([]*decoder, error) {
	if len(args) == 1 {
		d, err := s.run(ctx, sc, args[0])
		return []*decoder{d}, err
	}
	answers := make([]*decoder, len(args))
	cmds := make([]*redis.Cmd, len(args))
	if err := s.send(ctx, cmds, func(p redis.Pipeliner, i int) *redis.Cmd {
		return p.EvalSha(ctx, sc.sha, s.keys, args[i])
	}); err != nil && !isNoScript(err) {
		return nil, err
	}
	var unknown []int // the server did not have the script, so nothing happened there
	for i, cmd := range cmds {
		if isNoScript(cmd.Err()) {
			unknown = append(unknown, i)
		}
	}
	if len(unknown) > 0 {
		again := make([]*redis.Cmd, len(unknown))
		if err := s.send(ctx, again, func(p redis.Pipeliner, i int) *redis.Cmd {
			if i > 0 {
				return p.EvalSha(ctx, sc.sha, s.keys, args[unknown[i]])
			}
			return p.Eval(ctx, sc.text, s.keys, args[unknown[i]])
		}); err != nil {
			return nil, err
		}
		for i, cmd := range again {
			cmds[unknown[i]] = cmd
		}
	}
	for i, cmd := range cmds {
		text, err := cmd.Text()
		if err != nil {
			return nil, err
		}
		answers[i] = &decoder{data: text}
	}
	return answers, nil
}

// send makes the commands of a pipeline and sends them. Its error is the first
// that is no missing script.
func (s *Store) send(ctx context.Context, cmds []*redis.Cmd, command func(redis.Pipeliner, int) *redis.Cmd) error {
	_, err := s.client.Pipelined(ctx, func(p redis.Pipeliner) error {
		for i := range cmds {
			cmds[i] = command(p, i)
		}
		return nil
	})
	for _, cmd := range cmds {
		if e := cmd.Err(); e != nil && !isNoScript(e) {
			return e
		}
	}
	return err
}

func isNoScript(err error) bool { return err != nil && strings.HasPrefix(err.Error(), "NOSCRIPT ") }

// wrap names the operation in an error.
func wrap(what string, err error) error {
	if err == nil {
		return nil
	}
	if errors.Is(err, redis.Nil) {
		err = errors.New("the server gave no answer")
	}
	return fmt.Errorf("%s: %w", what, err)
}

// chunk is how many jobs or runs one script handles: some milliseconds of the
// server's time, in which nobody else has his turn.
const chunk = 250

// chunks calls encode for each stretch of n elements.
func chunks(n int, encode func(e *encoder, from, to int) error) ([][]byte, error) {
	var args [][]byte
	for from := 0; from < n; from += chunk {
		var e encoder
		if err := encode(&e, from, min(n, from+chunk)); err != nil {
			return nil, err
		}
		args = append(args, e.buf)
	}
	return args, nil
}
