package vcftest

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"syscall"
	"time"
)

// maxBody bounds a request's body.
const maxBody = 4 << 20

// ServeHTTP answers one request over a real connection.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c, err := newCall(r.Method, r.URL, r.Header, r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusRequestEntityTooLarge)
		return
	}
	rep := s.exchange(r.Context(), c)
	switch rep.cut {
	case "":
	case Hang:
		<-r.Context().Done()
		panic(http.ErrAbortHandler)
	case Torn:
		w.Header().Set("Content-Type", rep.contentType)
		w.Header().Set("Content-Length", fmt.Sprint(len(rep.body)+1))
		w.WriteHeader(rep.status)
		w.Write(rep.body[:len(rep.body)/2])
		http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	default:
		abort(w)
	}
	if rep.contentType != "" && len(rep.body) > 0 {
		w.Header().Set("Content-Type", rep.contentType)
	}
	w.WriteHeader(rep.status)
	w.Write(rep.body)
}

// abort closes the connection without an answer; the peer sees a reset where the system can do that.
func abort(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	inner := conn
	if t, ok := conn.(*tls.Conn); ok {
		inner = t.NetConn()
	}
	if t, ok := inner.(*net.TCPConn); ok {
		t.SetLinger(0)
	}
	inner.Close()
	panic(http.ErrAbortHandler)
}

func newCall(method string, u *url.URL, header http.Header, body io.Reader) (*call, error) {
	c := &call{method: method, path: u.Path, query: u.Query(), header: header}
	if body == nil {
		return c, nil
	}
	var err error
	c.body, err = io.ReadAll(io.LimitReader(body, maxBody+1))
	if err == nil && len(c.body) > maxBody {
		err = fmt.Errorf("the body is larger than %d bytes", maxBody)
	}
	return c, err
}

// Transport reaches the server in memory, whatever the URL's host and scheme. It opens nothing and leaves nothing behind.
func (s *Server) Transport() http.RoundTripper { return transport{s} }

type transport struct{ s *Server }

func (t transport) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		defer r.Body.Close()
	}
	ctx := r.Context()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	c, err := newCall(r.Method, r.URL, r.Header, r.Body)
	if err != nil {
		return nil, err
	}
	rep := t.s.exchange(ctx, c)
	switch rep.cut {
	case Hang:
		<-ctx.Done()
		return nil, ctx.Err()
	case Refused:
		return nil, &net.OpError{Op: "dial", Net: "tcp", Addr: address(r.URL), Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}
	case TLS:
		return nil, &net.OpError{Op: "remote error", Err: tls.AlertError(80)}
	case Reset:
		return nil, &net.OpError{Op: "read", Net: "tcp", Addr: address(r.URL), Err: os.NewSyscallError("read", syscall.ECONNRESET)}
	}
	res := rep.response(r)
	if ends := t.s.certificateExpires(); r.URL.Scheme == "https" && !ends.IsZero() {
		res.TLS = &tls.ConnectionState{HandshakeComplete: true, PeerCertificates: []*x509.Certificate{{NotAfter: ends}}}
	}
	if rep.cut == Torn {
		res.ContentLength++
		res.Body = io.NopCloser(io.MultiReader(bytes.NewReader(rep.body[:len(rep.body)/2]), tornReader{}))
	}
	return res, nil
}

// response is an answer in memory.
func (rep reply) response(r *http.Request) *http.Response {
	res := &http.Response{
		Status: fmt.Sprintf("%d %s", rep.status, http.StatusText(rep.status)), StatusCode: rep.status,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{}, ContentLength: int64(len(rep.body)), Request: r,
		Body: io.NopCloser(bytes.NewReader(rep.body)),
	}
	if rep.contentType != "" && len(rep.body) > 0 {
		res.Header.Set("Content-Type", rep.contentType)
	}
	return res
}

// certificateExpires is to the second, as in a certificate.
func (s *Server) certificateExpires() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.model.CertificateExpires.Truncate(time.Second)
}

// tornReader is where a torn answer ends.
type tornReader struct{}

func (tornReader) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// address is a net.Addr for errors: the host that was meant.
func address(u *url.URL) net.Addr { return addr(u.Host) }

type addr string

func (addr) Network() string  { return "tcp" }
func (a addr) String() string { return string(a) }
