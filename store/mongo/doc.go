// Package mongo is a job.Store over MongoDB's protocol.
package mongo
