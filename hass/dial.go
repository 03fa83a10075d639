package hass

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
	"time"

	"github.com/gorilla/websocket"
)

const (
	dialWait = 10 * time.Second // connecting, with TLS and the upgrade
	authWait = 10 * time.Second // as long as Home Assistant itself waits
)

// readBuffer takes some seventy events of a storm with one read.
const readBuffer = 32 << 10

// socket is a WebSocket and the network connection that it reads from, over TLS or not.
type socket struct {
	*websocket.Conn
	network *openingConn
}

// dial connects and authenticates.
func (c *Client) dial(ctx context.Context, cred *credential) (*socket, string, error) {
	connect, opened := c.opening()
	dialer := websocket.Dialer{
		NetDialContext:   connect,
		TLSClientConfig:  c.tls,
		HandshakeTimeout: dialWait,
		ReadBufferSize:   readBuffer,
	}
	if c.config.NetDial == nil {
		dialer.Proxy = http.ProxyFromEnvironment
	}
	address := c.base.JoinPath("api", "websocket")
	address.Scheme = "ws" + strings.TrimPrefix(address.Scheme, "http")
	ws, resp, err := dialer.DialContext(ctx, address.String(), nil)
	if err != nil {
		if errors.Is(err, websocket.ErrBadHandshake) && resp != nil {
			return nil, "", fmt.Errorf("connecting to home assistant at %s: %w", c.base, c.notHomeAssistant(resp))
		}
		return nil, "", fmt.Errorf("connecting to home assistant at %s: %w", c.base, c.explain(err))
	}
	network := opened()
	ws.SetReadLimit(maxMessage)
	stop := context.AfterFunc(ctx, func() { ws.Close() })
	version, err := c.authenticate(ws, cred)
	if !stop() && err == nil {
		err = ctx.Err()
	}
	if err != nil {
		ws.Close()
		return nil, "", fmt.Errorf("connecting to home assistant at %s: %w", c.base, err)
	}
	ws.SetReadDeadline(time.Time{})
	return &socket{ws, network}, version, nil
}

func (c *Client) authenticate(ws *websocket.Conn, cred *credential) (version string, err error) {
	ws.SetReadDeadline(time.Now().Add(authWait))
	ws.SetWriteDeadline(time.Now().Add(authWait))
	first, err := readMessage(ws)
	if err != nil {
		return "", err
	}
	if first.Type != "auth_required" {
		return "", errors.New("what answers does not begin as home assistant does: check host and port")
	}
	if err := ws.WriteJSON(map[string]string{"type": "auth", "access_token": cred.token}); err != nil {
		return "", fmt.Errorf("authenticating: %w", err)
	}
	answer, err := readMessage(ws)
	switch {
	case err != nil:
		return "", err
	case answer.Type == "auth_invalid":
		return "", fmt.Errorf("%w (it says: %s)", ErrAuthInvalid, c.line(answer.Message))
	case answer.Type != "auth_ok":
		return "", fmt.Errorf("authenticating: home assistant answered %q", c.line(answer.Type))
	}
	return c.line(answer.Version), nil
}

func readMessage(ws *websocket.Conn) (message, error) {
	_, frame, err := ws.ReadMessage()
	if err != nil {
		return message{}, fmt.Errorf("authenticating: %w", readCause(err))
	}
	messages, err := decodeMessages(frame)
	if err != nil || len(messages) != 1 {
		return message{}, errors.New("what answers does not speak as home assistant does: check host and port")
	}
	return messages[0], nil
}

// notHomeAssistant explains an HTTP answer where an upgrade was due.
func (c *Client) notHomeAssistant(resp *http.Response) error {
	location := resp.Header.Get("Location")
	switch {
	case location != "":
		return fmt.Errorf("it redirects to %s: write the address that answers itself", c.line(location))
	case resp.StatusCode == http.StatusForbidden:
		return errors.New("it answers 403: this host may be banned: look into ip_bans.yaml of home assistant, and at its proxy")
	case resp.StatusCode == http.StatusUnauthorized:
		return fmt.Errorf("%w (a proxy before it answers 401)", ErrAuthInvalid)
	case resp.StatusCode == http.StatusBadRequest && (c.base.Scheme == "https" || c.base.Path != ""):
		return errors.New("it answers 400: home assistant may not trust its proxy: look at use_x_forwarded_for and trusted_proxies under http: in its configuration.yaml; else let the proxy pass websockets")
	case resp.StatusCode == http.StatusBadRequest:
		return errors.New("it answers 400: is this port https? write https:// in the url; else let the proxy pass websockets")
	case resp.StatusCode >= 500:
		return absence(fmt.Sprintf("it answers %d: a proxy is there, home assistant behind it is not: is it running?", resp.StatusCode))
	}
	if c.base.Path != "" {
		return fmt.Errorf("it answers %d instead of a websocket: check the path %s: a proxy must pass it to home assistant without the path, websockets too", resp.StatusCode, line(c.base.EscapedPath()))
	}
	return fmt.Errorf("it answers %d instead of a websocket: this is not home assistant, or a proxy does not pass websockets: check host and port", resp.StatusCode)
}

// explain adds the next move to what went wrong below HTTP.
func (c *Client) explain(err error) error {
	var (
		record   tls.RecordHeaderError
		verify   *tls.CertificateVerificationError
		unknown  x509.UnknownAuthorityError
		hostname x509.HostnameError
		dns      *net.DNSError
		timeout  net.Error
	)
	text := err.Error()
	switch {
	case errors.Is(err, context.Canceled):
		return err
	case errors.Is(err, errTooLarge), strings.Contains(text, "server response headers exceeded"):
		return fmt.Errorf("its answer begins with more than %d MiB of headers: this is not home assistant: check host and port", maxOpening>>20)
	case strings.Contains(text, "protocol version not supported"), strings.Contains(text, "unsupported protocol version"):
		return errors.New("it speaks no TLS 1.2 or later: let it, or the proxy before it, speak TLS 1.2 at least")
	case errors.As(err, &record) || c.base.Scheme == "https" && strings.Contains(text, "server gave HTTP response"):
		return errors.New("it speaks http, not https: write http:// in the url")
	case errors.As(err, &hostname):
		return fmt.Errorf("its certificate is for another name (%s): write that name in the url", line(hostname.Error()))
	case errors.As(err, &unknown):
		return errors.New("its certificate is not trusted: give the certificate of its CA as the ca file")
	case errors.As(err, &verify):
		return fmt.Errorf("its certificate is not accepted (%s): renew it, or give the certificate of its CA as the ca file", line(verify.Err.Error()))
	case c.base.Scheme == "http" && strings.Contains(text, "malformed HTTP"):
		return errors.New("it does not answer in http: is this port https? write https:// in the url; else check host and port")
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, syscall.ECONNRESET):
		return absence("it closed the connection without an answer: is it restarting, is this port https, is it home assistant's?")
	case errors.As(err, &dns): // a host that restarts may take its name along
		return absence("no address is known for " + line(dns.Name) + ": check the name")
	case errors.Is(err, syscall.ECONNREFUSED):
		return absence("nothing listens there: is home assistant running, and is this its port?")
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH), errors.Is(err, syscall.EHOSTDOWN):
		return absence(line(text) + ": is the host up, and is this machine's network?")
	case errors.As(err, &timeout) && timeout.Timeout(), errors.Is(err, context.DeadlineExceeded):
		return absence("no answer: is the host up, and does a firewall let this through?")
	}
	return errors.New(line(text))
}
