//go:build race

package contract

// raced says that the race detector is on: it makes reading the documents ten times slower.
const raced = true
