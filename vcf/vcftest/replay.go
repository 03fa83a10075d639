package vcftest

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
)

// RecordFormat is the format of the files that Replay reads.
const RecordFormat = 1

// Recorded is an answer of a real SDDC Manager as vcf-assistant record writes it, one in a file NAME.json.
type Recorded struct {
	Format int    `json:"format"` // RecordFormat
	Method string `json:"method"`
	Path   string `json:"path"`            // escaped
	Query  string `json:"query,omitempty"` // encoded, in the order of the keys
	Status int    `json:"status"`
	// ContentType of the answer; empty: application/json.
	ContentType string `json:"content_type,omitempty"`
	// Body where it was JSON, else Text.
	Body json.RawMessage `json:"body,omitempty"`
	Text string          `json:"text,omitempty"`
}

// Recording is a recorded SDDC Manager. It lets everybody log in and answers what was recorded, always the same: nothing changes in it,
// and no time passes. What else is asked is answered with 404, a call that would change something with 405, both in the vendor's shape.
type Recording struct {
	answers map[string]Recorded

	mu     sync.Mutex
	missed []string
}

// Replay reads a recording: the folder that vcf-assistant record wrote, as os.DirFS gives it.
func Replay(dir fs.FS) (*Recording, error) {
	names, err := fs.Glob(dir, "*.json")
	if err != nil {
		return nil, fmt.Errorf("replay: %w", err)
	}
	r := &Recording{answers: map[string]Recorded{}}
	for _, name := range names {
		data, err := fs.ReadFile(dir, name)
		if err != nil {
			return nil, fmt.Errorf("replay: %w", err)
		}
		var a Recorded
		switch err := json.Unmarshal(data, &a); {
		case err != nil:
			return nil, fmt.Errorf("replay: %s is no recorded answer: %w", name, err)
		case a.Format != RecordFormat:
			return nil, fmt.Errorf("replay: %s is of format %d, want %d: it is no recorded answer, or one of another version", name, a.Format, RecordFormat)
		case a.Method != http.MethodGet || !strings.HasPrefix(a.Path, "/") || a.Status < 100 || a.Status > 599:
			return nil, fmt.Errorf("replay: %s is no answer to a read: %s %q, status %d", name, a.Method, a.Path, a.Status)
		}
		query, err := url.ParseQuery(a.Query)
		if err != nil {
			return nil, fmt.Errorf("replay: %s: query: %w", name, err)
		}
		key := asked(a.Path, query)
		if _, twice := r.answers[key]; twice {
			return nil, fmt.Errorf("replay: %s answers GET %s, and so does another file", name, key)
		}
		r.answers[key] = a
	}
	if len(r.answers) == 0 {
		return nil, errors.New("replay: the folder holds no recorded answer, NAME.json")
	}
	return r, nil
}

// asked is a call as one key, whatever the order of its query.
func asked(path string, query url.Values) string {
	if len(query) == 0 {
		return path
	}
	return path + "?" + query.Encode()
}

// Calls lists what was recorded: paths with their query, sorted.
func (r *Recording) Calls() []string {
	var out []string
	for key := range r.answers {
		out = append(out, key)
	}
	slices.Sort(out)
	return out
}

// Missed lists what was asked and is not in the recording, calls that would change something included, in order.
func (r *Recording) Missed() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.missed)
}

// answer is the recording's word on a request.
func (r *Recording) answer(req *http.Request) reply {
	path := req.URL.EscapedPath()
	if strings.HasPrefix(path, "/v1/tokens") {
		return tokenReply(req.Method, path)
	}
	call := req.Method + " " + asked(path, req.URL.Query())
	if a, known := r.answers[asked(path, req.URL.Query())]; known && req.Method == http.MethodGet {
		body := []byte(a.Body)
		if len(body) == 0 {
			body = []byte(a.Text)
		}
		return reply{status: a.Status, contentType: cmp.Or(a.ContentType, "application/json"), body: body}
	}
	r.mu.Lock()
	r.missed = append(r.missed, call)
	r.mu.Unlock()
	if req.Method != http.MethodGet {
		return jsonReply(failure(http.StatusMethodNotAllowed, "RECORDING_IS_READ_ONLY", call+" would change something: this is a recording"))
	}
	return jsonReply(failure(http.StatusNotFound, "NOT_RECORDED", call+" is not in the recording"))
}

// tokenReply lets everybody in: whose password it was is not recorded.
func tokenReply(method, path string) reply {
	const access = "recorded-access-token"
	switch {
	case method == http.MethodPost && path == "/v1/tokens":
		return jsonReply(ok(map[string]any{"accessToken": access, "refreshToken": map[string]string{"id": "recorded-refresh-token"}}))
	case method == http.MethodPatch:
		return reply{status: http.StatusOK, contentType: "application/json", body: []byte(access)}
	}
	return reply{status: http.StatusNoContent}
}

// ServeHTTP answers one request over a real connection.
func (r *Recording) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	rep := r.answer(req)
	if len(rep.body) > 0 {
		w.Header().Set("Content-Type", rep.contentType)
	}
	w.WriteHeader(rep.status)
	w.Write(rep.body)
}

// Transport reaches the recording in memory, whatever the URL's host and scheme.
func (r *Recording) Transport() http.RoundTripper { return replaying{r} }

type replaying struct{ r *Recording }

func (t replaying) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Body != nil {
		defer req.Body.Close()
	}
	if err := req.Context().Err(); err != nil {
		return nil, err
	}
	res := t.r.answer(req).response(req)
	res.Header.Set("Date", time.Now().UTC().Format(http.TimeFormat))
	return res, nil
}
