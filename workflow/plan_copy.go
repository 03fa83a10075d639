package workflow

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"

	"vcf-assistant/vcf"
)

// copyist is a transport that reaches nobody: it keeps the first call that is made, to
// show what the very same client code would send.
type copyist struct {
	call *PlannedCall
}

func (c *copyist) RoundTrip(req *http.Request) (*http.Response, error) {
	var body []byte
	if req.Body != nil {
		defer req.Body.Close()
		var err error
		if body, err = io.ReadAll(req.Body); err != nil {
			return nil, err
		}
	}
	answer := `{}`
	switch {
	case strings.HasPrefix(req.URL.Path, "/v1/tokens"):
		answer = `{"accessToken":"none-is-needed","refreshToken":{"id":"none"}}`
	case c.call == nil:
		c.call = &PlannedCall{Method: req.Method, Path: req.URL.EscapedPath(), Body: bytes.TrimSpace(body)}
	}
	return &http.Response{Status: "202 Accepted", StatusCode: http.StatusAccepted, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader(answer)), ContentLength: int64(len(answer)), Request: req}, nil
}

// copyOf is the call that a function of the client would make. Its answer is none, so what
// the function makes of it counts for nothing.
func copyOf(ctx context.Context, url string, call func(context.Context, *vcf.Client)) (PlannedCall, error) {
	kept := &copyist{}
	client, err := vcf.New(vcf.Config{URL: url, Username: "nobody", Password: "nothing", Insecure: true, Transport: kept})
	if err != nil {
		return PlannedCall{}, err
	}
	call(ctx, client)
	if kept.call == nil {
		return PlannedCall{}, errors.New("plan a call: nothing would be sent")
	}
	return *kept.call, nil
}

// without is a call whose body lacks the parts that stand in it for form's sake only.
func (c PlannedCall) without(keys ...string) PlannedCall {
	var body map[string]json.RawMessage
	if json.Unmarshal(c.Body, &body) != nil {
		return c
	}
	for _, k := range keys {
		delete(body, k)
	}
	if b, err := json.Marshal(body); err == nil {
		c.Body = b
	}
	return c
}
