//go:build race

package workflow

// raced says that the race detector is on: it makes everything about ten times slower,
// and looks at how goroutines meet, not at every line of a journal.
const raced = true
