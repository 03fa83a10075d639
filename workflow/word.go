package workflow

// oddWords are the words of the server that were not known and have been logged.
type oddWords map[string]bool

// maxOddWords bounds them: a server that makes up words must not fill memory and log.
const maxOddWords = 100

// first tells whether a word is met for the first time.
func (o *oddWords) first(word string) bool {
	if *o == nil {
		*o = oddWords{}
	}
	if (*o)[word] || len(*o) >= maxOddWords {
		return false
	}
	(*o)[word] = true
	return true
}

// odd logs a word of the server that is not known, once for each kind and word. It
// counts as neither success nor failure; the card shows it as it is.
func (r *Run) odd(kind, word string) {
	if len(r.logged) < maxOddWords {
		r.once("SDDC Manager reports a status that is not known; it counts as neither success nor failure", "of", kind, "status", shownWord(word))
	}
}

// shownWord is a status as the card shows it: the server's word, of bounded length.
func shownWord(word string) string {
	if word == "" {
		return "no status"
	}
	return clip(word, 80)
}
