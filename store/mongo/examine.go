package mongo

import (
	"context"
	"fmt"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// Examine implements job.Examiner: it looks at what the server says of
// itself. Servers that do not know a question have no answer to judge.
func (s *Store) Examine(ctx context.Context) ([]string, error) {
	var lines []string
	var hello struct {
		SetName string `bson:"setName"`
		Msg     string `bson:"msg"` // "isdbgrid": a router of a cluster
	}
	if err := s.db.RunCommand(ctx, bson.D{{Key: "hello", Value: 1}}).Decode(&hello); err != nil {
		return nil, fmt.Errorf("examine: %w", err)
	}
	if hello.SetName == "" && hello.Msg == "" {
		lines = append(lines, "the server is no replica set: what it acknowledged is lost with its disk")
	}
	var status struct {
		StorageEngine struct {
			Name       string `bson:"name"`
			Persistent *bool  `bson:"persistent"`
		} `bson:"storageEngine"`
	}
	err := s.db.Client().Database("admin").RunCommand(ctx, bson.D{{Key: "serverStatus", Value: 1}}).Decode(&status)
	if err != nil {
		return nil, fmt.Errorf("examine: %w", err)
	}
	if p := status.StorageEngine.Persistent; p != nil && !*p {
		lines = append(lines, fmt.Sprintf("storage engine %s keeps nothing on disk", status.StorageEngine.Name))
	}
	return lines, nil
}
