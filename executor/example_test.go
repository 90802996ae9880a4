package executor_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/watchkeeper-go/watchkeeper/executor"
	"github.com/watchkeeper-go/watchkeeper/job"
)

// A function with typed arguments and a typed result. The job that calls it
// is made by the handle, so that its arguments cannot be of a wrong kind.
func ExampleRegister() {
	type args struct {
		Table string `json:"table"`
	}
	funcs := executor.NewFuncs(10)
	count := executor.Register(funcs, "count", func(ctx context.Context, a args) (int, error) {
		t, _ := executor.FromContext(ctx)
		fmt.Printf("attempt %d of %s\n", t.Run.Attempt, t.Run.Job)
		return len(a.Table), nil
	})

	nightly, err := count.Job("nightly", args{Table: "users"})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(nightly.Func, string(nightly.Args))

	// The scheduler does this when the job is due.
	result, err := funcs.Execute(context.Background(), job.Task{
		Run: job.Run{Job: nightly.ID, Attempt: 1, Work: nightly.Work()},
	})
	fmt.Println(string(result), err)
	// Output:
	// count {"table":"users"}
	// attempt 1 of nightly
	// 5 <nil>
}

// What is wrong with a job is told when it is added.
func ExampleFuncs_Check() {
	funcs := executor.NewFuncs(0)
	executor.RegisterPlain(funcs, "backup", func(context.Context) error { return nil })
	executor.RegisterNoResult(funcs, "greet", func(_ context.Context, name string) error { return nil })

	fmt.Println(funcs.Check(job.Job{Func: "bakcup"}))
	fmt.Println(funcs.Check(job.Job{Func: "greet", Args: []byte(`["world"]`)}))
	fmt.Println(funcs.Check(job.Job{Func: "greet", Args: []byte(`"world"`)}))
	// Output:
	// unknown function "bakcup" (registered: backup, greet)
	// function "greet": decode arguments: want string, found array
	// <nil>
}

// A server that takes runs only from those who know the secret.
func ExampleVerify() {
	secret := []byte("correct horse battery staple")
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<20))
		if err == nil {
			err = executor.Verify(secret, r.Header.Get(executor.SignatureHeader), body, time.Now(), 5*time.Minute)
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusForbidden)
			return
		}
		fmt.Printf("%s\n", body)
	}))
	defer server.Close()

	run := job.Task{Token: 7, Run: job.Run{
		ID: "report@1774747800000000", Job: "report", Attempt: 1, Slot: time.Unix(1774747800, 0),
		Work: job.Work{Func: server.URL},
	}}
	_, err := executor.NewHTTP(executor.HTTPOptions{Secret: secret}).Execute(context.Background(), run)
	fmt.Println(err)
	_, err = executor.NewHTTP(executor.HTTPOptions{}).Execute(context.Background(), run)
	fmt.Println(err != nil)
	// Output:
	// {"job":"report","run":"report@1774747800000000","scheduled":"2026-03-29T01:30:00Z","attempt":1,"token":7}
	// <nil>
	// true
}
