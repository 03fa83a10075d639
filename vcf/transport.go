package vcf

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/hashicorp/go-retryablehttp"
)

const (
	retryWait    = 500 * time.Millisecond
	retryWaitMax = 10 * time.Second // a server that asks for more time gets no second try
)

// newHTTP puts the fence around go-retryablehttp, which by default repeats every
// method: see again.
func newHTTP(rt http.RoundTripper) *retryablehttp.Client {
	rc := retryablehttp.NewClient()
	rc.Logger = nil // it would log addresses and retries of its own
	rc.HTTPClient = &http.Client{
		Transport: rt,
		// A redirect is answered with an error: the token goes to this server only.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	rc.RetryMax = 1
	rc.RetryWaitMin, rc.RetryWaitMax = retryWait, retryWaitMax
	rc.CheckRetry = again
	rc.Backoff = func(wait, _ time.Duration, _ int, resp *http.Response) time.Duration {
		if asked, ok := retryAfter(resp); ok {
			return asked
		}
		return wait
	}
	rc.ErrorHandler = retryablehttp.PassthroughErrorHandler // keeps the server's error body
	return rc
}

// again decides whether a request is sent a second time. Where nothing was sent, any;
// else only a GET, and not after a timeout, which has used up its time.
func again(ctx context.Context, resp *http.Response, err error) (bool, error) {
	if ctx.Err() != nil {
		return false, nil // the error of the call itself tells more
	}
	if err != nil {
		if untrusted(err) {
			return false, nil
		}
		var ue *url.Error
		read := errors.As(err, &ue) && ue.Op == "Get"
		return isUnsent(err) || read && !ue.Timeout(), nil
	}
	if resp.Request == nil || resp.Request.Method != http.MethodGet {
		return false, nil
	}
	if asked, ok := retryAfter(resp); ok && asked > retryWaitMax {
		return false, nil
	}
	switch resp.StatusCode {
	case http.StatusTooEarly, http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true, nil
	}
	return false, nil
}

// retryAfter reads the Retry-After header: seconds or a date. Too many seconds to count
// are a very long time, and not none.
func retryAfter(resp *http.Response) (time.Duration, bool) {
	if resp == nil {
		return 0, false
	}
	h := resp.Header.Get("Retry-After")
	if h == "" { // nearly always
		return 0, false
	}
	n, err := strconv.ParseUint(h, 10, 31)
	if err == nil || errors.Is(err, strconv.ErrRange) {
		return time.Duration(n) * time.Second, true
	}
	if t, err := http.ParseTime(h); err == nil {
		return max(0, time.Until(t)), true
	}
	return 0, false
}

// unsentError marks an error that proves that nothing reached the server.
type unsentError struct{ err error }

func (e *unsentError) Error() string { return e.err.Error() }
func (e *unsentError) Unwrap() error { return e.err }

// isUnsent looks for the proof: our own mark, or a dial that failed.
func isUnsent(err error) bool {
	var mark *unsentError
	if errors.As(err, &mark) {
		return true
	}
	var op *net.OpError
	return errors.As(err, &op) && (op.Op == "dial" || op.Op == "proxyconnect")
}

// fence is the real network. GETs share connections that are kept alive, one where the
// server offers HTTP/2. What changes something dials, but for the target of a domain: on a
// fresh connection net/http has nothing to replay, and an error before the connection stood
// proves that nothing was sent. HTTP/2 is left out there for the same reason: it repeats
// requests by itself. A fresh connection may resume the TLS session.
type fence struct{ reads, writes *http.Transport }

func newTransport(cfg Config, timeout time.Duration, pin string, roots *x509.CertPool, shaken func(tls.ConnectionState)) *fence {
	conf := &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: roots, ClientSessionCache: newResumption()}
	conf.InsecureSkipVerify = pin != "" || cfg.Insecure          // the pin replaces the chain
	conf.VerifyConnection = func(cs tls.ConnectionState) error { // after the chain, if that is verified
		if pin != "" {
			if err := checkPin(pin, cs.PeerCertificates); err != nil {
				return err
			}
		}
		shaken(cs)
		return nil
	}
	dialer := &net.Dialer{Timeout: min(15*time.Second, timeout),
		// A connection whose other side is gone is found before the next request wants it.
		KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: 30 * time.Second, Interval: 10 * time.Second, Count: 3}}
	reads := &http.Transport{
		Proxy:               proxy,
		DialContext:         dialer.DialContext,
		TLSClientConfig:     conf,
		TLSHandshakeTimeout: min(15*time.Second, timeout),
		Protocols:           protocols(true),
		MaxIdleConnsPerHost: 4,
		IdleConnTimeout:     idleFor,
		HTTP2: &http.HTTP2Config{
			SendPingTimeout: min(15*time.Second, timeout), PingTimeout: min(15*time.Second, timeout), WriteByteTimeout: min(30*time.Second, timeout),
			MaxReceiveBufferPerStream: 1 << 20, MaxReceiveBufferPerConnection: 4 << 20}, // the defaults are 4 MiB and 1 GiB

		MaxResponseHeaderBytes: 256 << 10, // the default is 10 MiB
		OnProxyConnectResponse: func(_ context.Context, p *url.URL, _ *http.Request, resp *http.Response) error {
			if resp.StatusCode != http.StatusOK {
				return errors.New("the proxy " + p.Host + " answered " + strconv.Itoa(resp.StatusCode) + "; check HTTPS_PROXY and NO_PROXY")
			}
			return nil
		},
	}
	writes := reads.Clone()
	writes.TLSClientConfig, writes.Protocols, writes.HTTP2 = conf.Clone(), protocols(false), nil
	writes.TLSClientConfig.NextProtos = nil
	writes.DisableKeepAlives = true
	return &fence{reads: reads, writes: writes}
}

// idleFor is longer than the pauses between two readings, so that they share one
// connection, where the server keeps it that long.
const idleFor = 20 * time.Minute

func protocols(two bool) *http.Protocols {
	p := new(http.Protocols)
	p.SetHTTP1(true)
	p.SetHTTP2(two)
	return p
}

// proxy is the environment's; its error would quote the address with its password.
func proxy(req *http.Request) (*url.URL, error) {
	u, err := http.ProxyFromEnvironment(req)
	if err != nil {
		return nil, errors.New("the address of the proxy cannot be read; check HTTPS_PROXY")
	}
	return u, nil
}

func (f *fence) RoundTrip(req *http.Request) (*http.Response, error) {
	var connected atomic.Bool
	ctx := httptrace.WithClientTrace(req.Context(), &httptrace.ClientTrace{
		GotConn: func(httptrace.GotConnInfo) { connected.Store(true) },
	})
	rt := f.writes
	if req.Method == http.MethodGet || setsTarget(req) {
		rt = f.reads
	}
	resp, err := rt.RoundTrip(req.WithContext(ctx))
	if err != nil && !connected.Load() {
		err = &unsentError{err}
	}
	return resp, err
}

// setsTarget tells the one call that changes something and may be made twice: to set the
// target that is set changes nothing. It goes where the read of the target has just gone,
// and its handshake is saved.
func setsTarget(req *http.Request) bool {
	return req.Method == http.MethodPatch && strings.HasPrefix(req.URL.Path, releaseOfDomain)
}

// CloseIdleConnections is called by http.Client.
func (f *fence) CloseIdleConnections() { f.reads.CloseIdleConnections() }
