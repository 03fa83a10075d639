package vcf

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/hashicorp/go-retryablehttp"
)

// maxBody is the largest answer that is read.
const maxBody = 32 << 20

// Answer is what SDDC Manager sent, as it is read: the body without a byte order mark, and
// in UTF-8. It holds whatever a data centre tells of itself.
type Answer struct {
	Method, Path string
	Query        url.Values
	Status       int
	ContentType  string
	Body         []byte
}

// answer is what the server sent, read whole.
type answer struct {
	method, path string
	status       int
	contentType  string
	location     string
	encoding     string        // Content-Encoding that was not undone
	wait         time.Duration // Retry-After; 0: not told
	body         []byte        // without a byte order mark, blanks at its ends, and bytes that are not UTF-8
	unread       error         // why it could not be read as it came
}

func (a answer) call() string { return a.method + " " + a.path }

// good tells whether it is read as what the call answers.
func (a answer) good() bool { return a.status >= 200 && a.status < 300 }

// html tells whether the body is markup. JSON is JSON, whatever its content type says.
func (a answer) html() bool {
	body := bytes.TrimSpace(a.body)
	if bytes.HasPrefix(body, []byte("{")) || bytes.HasPrefix(body, []byte("[")) {
		return false
	}
	return strings.Contains(strings.ToLower(a.contentType), "html") || bytes.HasPrefix(body, []byte("<"))
}

// do makes one call with a token, and once more with a new one where the token was
// refused: a 401 is decided before anything is executed, so that holds for POST too.
// With a *APIError the answer is there to be read.
func (c *Client) do(ctx context.Context, method, path string, query url.Values, body any) (answer, error) {
	return c.doReading(ctx, method, path, query, body, nil)
}

// doReading is do where a good answer is read as it comes.
func (c *Client) doReading(ctx context.Context, method, path string, query url.Values, body any, read func(io.Reader) error) (answer, error) {
	var payload []byte
	if body != nil {
		var err error
		if payload, err = json.Marshal(body); err != nil {
			return answer{}, &unsentError{fmt.Errorf("%s %s: body: %w", method, path, err)}
		}
	}
	if strings.HasSuffix(path, "/") || strings.Contains(path, "//") || strings.Contains(path+"/", "/./") || strings.Contains(path+"/", "/../") {
		return answer{}, &unsentError{&FormatError{Call: method + " " + path, Problem: "an id in the path is missing or unusable"}}
	}
	var stale string
	for {
		token, err := c.session.token(ctx, stale)
		if err != nil {
			return answer{}, &unsentError{fmt.Errorf("%s %s: %w", method, path, err)}
		}
		a, err := c.exchangeReading(ctx, method, path, query, payload, token, read)
		if err != nil {
			return a, err
		}
		if a.status == http.StatusUnauthorized && stale == "" {
			stale = token
			continue
		}
		return a, c.judge(a)
	}
}

// exchange sends one request and reads the answer, whatever its status.
func (c *Client) exchange(ctx context.Context, method, path string, query url.Values, payload []byte, token string) (answer, error) {
	return c.exchangeReading(ctx, method, path, query, payload, token, nil)
}

// exchangeReading is exchange where read, if it is not nil, takes a good answer as it
// comes, and not the answer's body: that has its begin only, for what there is to say.
func (c *Client) exchangeReading(ctx context.Context, method, path string, query url.Values, payload []byte, token string, read func(io.Reader) error) (answer, error) {
	inner, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	target := c.base.String() + path
	if len(query) > 0 {
		target += "?" + query.Encode()
	}
	var body any
	if payload != nil {
		body = payload
	}
	req, err := retryablehttp.NewRequestWithContext(inner, method, target, body)
	if err != nil {
		return answer{}, &unsentError{&FormatError{Call: method + " " + path, Problem: "not a usable address"}}
	}
	if method != http.MethodGet {
		req.GetBody = nil // net/http must not be able to send it again
	}
	req.Header.Set("Accept", "application/json")
	if payload != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	started := time.Now()
	a := answer{method: method, path: path}
	resp, err := c.http.Do(req)
	if err != nil {
		if resp != nil && resp.Body != nil {
			resp.Body.Close()
		}
		return a, c.callError(ctx, inner, a, err)
	}
	defer resp.Body.Close()
	c.certificates.answered(resp)
	a.status, a.contentType, a.location = resp.StatusCode, resp.Header.Get("Content-Type"), resp.Header.Get("Location")
	a.encoding = resp.Header.Get("Content-Encoding")
	a.wait, _ = retryAfter(resp)
	if t, ok := dateOf(resp); ok {
		c.skew.Store(int64(time.Until(t).Round(time.Second)))
	}
	from := &piecewise{from: resp.Body, left: maxBody, tooLarge: resp.ContentLength > maxBody}
	record := c.record != nil && !strings.HasPrefix(path, tokensPath)
	var problem error
	switch streamed := read != nil && a.good() && !record; {
	case from.tooLarge:
	case streamed:
		from.head = make([]byte, 0, maxHead)
		a.unread = read(from)
		a.body, problem = from.head, from.err
	default:
		a.body, problem = from.all(resp.ContentLength)
	}
	c.log.LogAttrs(ctx, slog.LevelDebug, "SDDC Manager called", slog.String("call", a.call()), slog.Int("status", a.status),
		slog.Int("bytes", maxBody-from.left), slog.Duration("took", time.Since(started)))
	if problem != nil {
		return a, c.callError(ctx, inner, a, fmt.Errorf("the answer (%d) was cut off: %w", a.status, problem))
	}
	if from.tooLarge {
		return a, &FormatError{Call: a.call(), Problem: fmt.Sprintf("the answer is larger than %d MiB and is not read; look in SDDC Manager for what makes it so", maxBody>>20)}
	}
	a.body = normal(a.body)
	if record {
		c.record(Answer{Method: method, Path: path, Query: query, Status: a.status, ContentType: a.contentType, Body: bytes.Clone(a.body)})
		if read != nil && a.good() {
			a.unread = read(bytes.NewReader(a.body))
		}
	}
	if a.status >= 300 && a.status < 400 {
		return a, &FormatError{Call: a.call(), again: true, Problem: fmt.Sprintf("redirected to %s (%d), which is not followed; set vcf.url to SDDC Manager itself",
			redirectHost(a.location), a.status)}
	}
	return a, nil
}

// dateOf is the server's time, where it tells it.
func dateOf(resp *http.Response) (time.Time, bool) {
	date := resp.Header.Get("Date")
	if date == "" { // not worth the error that parsing it would make
		return time.Time{}, false
	}
	t, err := http.ParseTime(date)
	return t, err == nil
}

// redirectHost is the host of a Location header; the rest may hold foreign tokens.
func redirectHost(location string) string {
	u, err := url.Parse(location)
	if err != nil || u.Host == "" {
		return "another path"
	}
	return clean(u.Scheme + "://" + u.Host)
}

// timeoutError is our own limit. It is not the caller's deadline, and must not look
// like it.
type timeoutError struct{ after time.Duration }

func (e *timeoutError) Error() string {
	return fmt.Sprintf("no answer within %v; SDDC Manager is busy or cannot be reached", e.after)
}

func (e *timeoutError) Timeout() bool { return true }

// callError words an error of the network. The proof that nothing was sent survives.
func (c *Client) callError(ctx, inner context.Context, a answer, err error) error {
	proof := isUnsent(err)
	var ue *url.Error
	if errors.As(err, &ue) {
		err = ue.Err
	}
	text := explain(err, c.base.Host, c.hint())
	switch {
	case ctx.Err() != nil:
		err = ctx.Err()
		text = err.Error()
	case inner.Err() != nil:
		err = &timeoutError{c.timeout}
		text = err.Error()
	}
	if proof && !isUnsent(err) {
		err = &unsentError{err}
	}
	return &CallError{Method: a.method, Path: a.path, Err: err, text: clean(c.secrets.redact(text))}
}

// hint is what to think of an answer that SDDC Manager would not give.
func (c *Client) hint() string {
	if c.spoke.Load() {
		return "SDDC Manager may be restarting"
	}
	return "is this an SDDC Manager? Check vcf.url"
}

// judge turns an error answer into an APIError.
func (c *Client) judge(a answer) error {
	if a.status < 400 {
		return nil
	}
	e := &APIError{Method: a.method, Path: a.path, Status: a.status, HTML: a.html(), hint: c.hint(), wait: a.wait}
	if !e.HTML && inspect(a.body) == "" {
		// A field of an unexpected type must not hide the others.
		var kind *json.UnmarshalTypeError
		if err := json.Unmarshal(a.body, &e.Err); err != nil && !errors.As(err, &kind) {
			e.Err = Error{}
		}
	}
	e.Err.scrub(c.secrets.redact)
	e.foreign = e.Err.Code == "" && unrouted(a.body)
	if e.Err.text() == "" {
		e.Body = c.snippet(a, 200)
		e.foreign = len(bytes.TrimSpace(a.body)) > 0
		e.plainHTTP = a.status == http.StatusBadRequest && bytes.Contains(bytes.ToLower(a.body), []byte("http request"))
	}
	return e
}

// unrouted tells Spring's own error body, as a gateway gives it whose service is not
// there yet: it has a message, and is not SDDC Manager's word all the same.
func unrouted(body []byte) bool {
	var spring struct {
		Status int    `json:"status"`
		Path   string `json:"path"`
	}
	return json.Unmarshal(body, &spring) == nil && spring.Status != 0 && spring.Path != ""
}

// decode reads the JSON of a good answer.
func (c *Client) decode(a answer, out any) error {
	var err error
	if page := a.html(); !page && len(a.body) > 0 {
		if problem := inspect(a.body); problem != "" {
			return refused(a, problem)
		}
		if err = unmarshal(a.body, out); err == nil {
			c.spoke.Store(true)
			return nil
		}
	}
	return c.unusable(a, err)
}

// unmarshal decodes what was looked through. A type with a method of its own decodes all of
// it there: the library would look through it once more before it calls that.
func unmarshal(body []byte, out any) error {
	if own, ok := out.(json.Unmarshaler); ok {
		return own.UnmarshalJSON(body)
	}
	return json.Unmarshal(body, out)
}

// get reads one object.
func get[T any](ctx context.Context, c *Client, path string, query url.Values) (T, error) {
	return object[T](ctx, c, http.MethodGet, path, query, nil)
}

// send makes a mutating call whose answer is not read. Any 2xx is success, whatever its
// body: builds answer with nothing, or with something that is no JSON (lab).
func (c *Client) send(ctx context.Context, method, path string, body any) error {
	_, err := c.do(ctx, method, path, nil, body)
	return err
}

// post makes a POST and reads the object that it answers.
func post[T any](ctx context.Context, c *Client, path string, body any) (T, error) {
	return object[T](ctx, c, http.MethodPost, path, nil, body)
}

// object makes a call and reads an object. With an error it is zero, also where half of
// it could be read.
func object[T any](ctx context.Context, c *Client, method, path string, query url.Values, body any) (T, error) {
	var zero T
	a, err := c.do(ctx, method, path, query, body)
	if err != nil {
		return zero, err
	}
	var out T
	if err := c.decode(a, &out); err != nil {
		return zero, err
	}
	return out, nil
}
