package mongo_test

import (
	"bufio"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	mongodb "go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/watchkeeper-go/watchkeeper/store/mongo"
)

// serverEnv names the server for tests. Who sets it has all tests run against
// that one, such as a real MongoDB; else TestMain starts FerretDB.
const serverEnv = "WATCHKEEPER_TEST_MONGO"

// ferretSource is the module of the server.
const ferretSource = "internal/ferretdb"

func TestMain(m *testing.M) {
	stop := func() {}
	if os.Getenv(serverEnv) == "" {
		uri, end, err := startFerretDB()
		switch {
		case err == nil:
			stop = end
			os.Setenv(serverEnv, uri)
		case os.Getenv("CI") == "true":
			fmt.Fprintln(os.Stderr, "FerretDB is needed and does not start:", err)
			os.Exit(1)
		default:
			fmt.Fprintln(os.Stderr, "tests of the mongo store are skipped: FerretDB does not start:", err)
		}
	}
	code := m.Run()
	stop()
	os.Exit(code)
}

// startFerretDB builds the server, unless it was built before, and starts it
// on a free port.
func startFerretDB() (uri string, stop func(), err error) {
	binary, err := buildFerretDB()
	if err != nil {
		return "", nil, err
	}
	dir, err := os.MkdirTemp("", "ferretdb")
	if err != nil {
		return "", nil, err
	}
	cmd := exec.Command(binary, "-dir", dir)
	cmd.Stderr = os.Stderr
	// It ends when its input does, so it ends with this process, too.
	input, err1 := cmd.StdinPipe()
	output, err2 := cmd.StdoutPipe()
	if err := errors.Join(err1, err2, cmd.Start()); err != nil {
		return "", nil, errors.Join(err, os.RemoveAll(dir))
	}
	stop = func() {
		input.Close()
		_ = cmd.Wait()
		os.RemoveAll(dir)
	}
	line, err := bufio.NewReader(output).ReadString('\n')
	if err != nil {
		stop()
		return "", nil, fmt.Errorf("read the address of FerretDB: %w", err)
	}
	return strings.TrimSpace(line), stop, nil
}

// buildFerretDB returns the binary, from the cache when its sources are the
// same.
func buildFerretDB() (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	hash := sha256.New()
	for _, name := range []string{"go.mod", "go.sum", "main.go"} {
		data, err := os.ReadFile(filepath.Join(ferretSource, name))
		if err != nil {
			return "", err
		}
		hash.Write(data)
	}
	dir := filepath.Join(cache, "watchkeeper-test")
	binary := filepath.Join(dir, fmt.Sprintf("ferretdb-%x", hash.Sum(nil)[:8]))
	if _, err := os.Stat(binary); err == nil {
		return binary, nil
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	made := fmt.Sprintf("%s.%d", binary, os.Getpid()) // others may build it, too
	build := exec.Command("go", "build", "-trimpath", "-o", made, ".")
	build.Dir = ferretSource
	build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=", "GOWORK=off")
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build FerretDB: %w\n%s", err, out)
	}
	return binary, os.Rename(made, binary)
}

func serverURI(t testing.TB) string {
	t.Helper()
	uri := os.Getenv(serverEnv)
	if uri == "" {
		t.Skip("FerretDB does not start here")
	}
	return uri
}

// place is a database of a test's own.
type place struct {
	uri      string
	database string
	shared   *mongodb.Client
}

func newPlace(t testing.TB) place {
	t.Helper()
	p := place{uri: serverURI(t), database: "t" + bson.NewObjectID().Hex()}
	p.shared = p.client(t, nil)
	t.Cleanup(func() {
		if err := p.shared.Database(p.database).Drop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return p
}

func (p place) client(t testing.TB, dialer options.ContextDialer) *mongodb.Client {
	t.Helper()
	o := options.Client().ApplyURI(p.uri)
	if dialer != nil {
		o.SetDialer(dialer)
	}
	client, err := mongodb.Connect(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Disconnect(context.Background()) })
	return client
}

// open is a handle of the store, with a clock that the test sets.
func (p place) open(t testing.TB, clock func() time.Time) *mongo.Store {
	t.Helper()
	s, err := mongo.New(t.Context(), p.shared, mongo.Options{
		Database: p.database, Clock: clock, Poll: 10 * time.Millisecond,
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}
