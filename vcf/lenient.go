package vcf

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strconv"
	"strings"
	"time"
)

// Number is a number of the server: builds write 1, 1.0 or "1". Nothing and null are 0.
type Number float64

// UnmarshalJSON takes a string that holds a JSON number, and refuses every other one: a
// counter that cannot be read is not 0.
func (n *Number) UnmarshalJSON(b []byte) error {
	var f float64
	var s string
	if len(b) > 0 && (b[0] == '-' || '0' <= b[0] && b[0] <= '9') {
		var err error
		if f, err = strconv.ParseFloat(string(b), 64); err == nil {
			*n = Number(f)
			return nil
		}
	}
	if json.Unmarshal(b, &s) == nil && !bytes.Equal(b, []byte("null")) {
		if json.Unmarshal([]byte(strings.TrimSpace(s)), &f) != nil {
			return &json.UnmarshalTypeError{Value: "string", Type: reflect.TypeFor[Number]()}
		}
	} else if err := json.Unmarshal(b, &f); err != nil {
		return err
	}
	*n = Number(f)
	return nil
}

// Timestamp is a time of the server: ISO 8601, or milliseconds since 1970, which both
// specs mix and which is read as ISO 8601. Nothing and null are empty.
type Timestamp string

// UnmarshalJSON keeps what is no time as it is written: it serves what is only shown.
func (t *Timestamp) UnmarshalJSON(b []byte) error {
	s := textOf(b)
	const first, last = 100_000_000_000, 9_999_999_999_999 // 1973 to 2286; what is less may be anything
	f, err := strconv.ParseFloat(s, 64)
	if err == nil && f >= first && f <= last {
		s = time.UnixMilli(int64(f)).UTC().Format(time.RFC3339Nano)
	}
	*t = Timestamp(s)
	return nil
}
