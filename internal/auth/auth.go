// Package auth checks who is asking: Basic credentials against a clear or
// {SHA} password in constant time, and the role that an identity has.
package auth
