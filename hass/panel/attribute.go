package panel

import (
	"bytes"
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"time"
)

// text is an attribute: null where there is nothing.
func text(s string) any {
	if s = strings.TrimSpace(short(s, 255)); s == "" {
		return nil
	}
	return s
}

// texts are a list of them, as much of it as the budget takes in bytes of JSON.
func texts(list []string, budget int) []string {
	out := []string{}
	for _, s := range list {
		s = short(s, 255)
		if budget -= jsonSize(s) + 3; budget < 0 {
			break
		}
		out = append(out, s)
	}
	return out
}

func timestamp(t time.Time) any {
	if s := instant(t); s != "" {
		return s
	}
	return nil
}

// instant is the state of a timestamp sensor. What no calendar has is unknown.
func instant(t time.Time) string {
	if t.IsZero() || t.UTC().Year() < 1970 || t.UTC().Year() > 9999 {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// number is a decimal as a state or an attribute has it; false: it is none.
func number(n float64, decimals int) (rounded float64, written string, ok bool) {
	if math.IsNaN(n) || math.IsInf(n, 0) {
		return 0, "", false
	}
	written = strconv.FormatFloat(n, 'f', decimals, 64)
	rounded, err := strconv.ParseFloat(written, 64)
	return rounded, written, err == nil
}

// size is how many bytes of JSON an attribute takes.
func size(value any) int {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(value) // what cannot be written has no size, and is never an attribute
	return b.Len()
}
