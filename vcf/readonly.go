package vcf

import "net/http"

// ReadOnlyError is a call that a read-only Client refused to send.
type ReadOnlyError struct{ Method, Path string }

func (e *ReadOnlyError) Error() string {
	return e.Method + " " + e.Path + " changes SDDC Manager and is not sent: this client only reads"
}

// ReadOnly makes a Client that can change nothing, whoever uses it and however: its
// transport lets reads pass, and the calls that a login consists of.
func ReadOnly(cfg Config) (*Client, error) {
	c, err := New(cfg)
	if err != nil {
		return nil, err
	}
	c.http.HTTPClient.Transport = &reader{c.http.HTTPClient.Transport}
	return c, nil
}

// reader is a transport that refuses what is not a read.
type reader struct{ next http.RoundTripper }

func (t *reader) RoundTrip(req *http.Request) (*http.Response, error) {
	path := req.URL.Path
	login := req.Method == http.MethodPost && path == tokensPath || req.Method == http.MethodPatch && path == tokensPath+"/access-token/refresh"
	if req.Method == http.MethodGet || login {
		return t.next.RoundTrip(req)
	}
	if req.Body != nil {
		req.Body.Close()
	}
	return nil, &ReadOnlyError{req.Method, path}
}

// CloseIdleConnections is called by http.Client.
func (t *reader) CloseIdleConnections() {
	if c, ok := t.next.(interface{ CloseIdleConnections() }); ok {
		c.CloseIdleConnections()
	}
}
