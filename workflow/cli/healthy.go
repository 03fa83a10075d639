package cli

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"
)

// healthLimit is how long an answer about the service's health may take.
const healthLimit = 5 * time.Second

// alive tells whether the loops of the service go on as they should. Home Assistant or an
// SDDC Manager being away is none of its business: a restart would help neither.
func (s *service) alive(ctx context.Context) error {
	s.health.Lock()
	defer s.health.Unlock()
	if status, stuck := s.asked.take(ctx, s.instances, time.Second); stuck != nil {
		return errors.New(status)
	}
	return nil
}

const healthyHelp = `Asks /healthz of the service at metrics.listen: for the HEALTHCHECK of a container, and
for scripts. Home Assistant or SDDC Manager being away is not its fault: it is well as long
as its own work goes on. Exit codes: 0 well, 1 not well or not there.`

const healthyExamples = `
vcf-assistant healthy || echo "restart it"   # needs metrics.listen in the configuration`

func setupHealthy(in *invocation, flags *flag.FlagSet) func(context.Context) error {
	path := configFlag(flags)
	return func(ctx context.Context) error {
		c, err := load(*path, in.env)
		if err != nil {
			return err
		}
		if c.MetricsListen == "" {
			return errors.New("healthy: nobody listens: set metrics.listen in the configuration, such as 127.0.0.1:9108, and restart the service")
		}
		ctx, cancel := context.WithTimeout(ctx, healthLimit)
		defer cancel()
		said, err := askHealth(ctx, c.MetricsListen)
		if err != nil {
			return fmt.Errorf("healthy: %w", err)
		}
		_, err = fmt.Fprintln(in.stdout, said)
		return err
	}
}

// askHealth asks the service at an address. What it says when it is not well is the error.
func askHealth(ctx context.Context, address string) (string, error) {
	transport := &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		if path, isUnix := strings.CutPrefix(address, "unix:"); isUnix {
			return dialUnix(ctx, path)
		}
		return new(net.Dialer).DialContext(ctx, "tcp", address)
	}}
	defer transport.CloseIdleConnections()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://localhost/healthz", nil)
	if err != nil {
		return "", err
	}
	resp, err := transport.RoundTrip(req)
	if err != nil {
		if errors.Is(ctx.Err(), context.DeadlineExceeded) {
			return "", fmt.Errorf("%s did not answer within %s: systemctl restart vcf-assistant", address, healthLimit)
		}
		return "", fmt.Errorf("%s does not answer (%w): the service does not run, or another configuration counts for it", address, cause(err))
	}
	defer resp.Body.Close()
	b, _ := io.ReadAll(io.LimitReader(resp.Body, 4<<10))
	said := printable(strings.TrimSpace(string(b)))
	switch {
	case resp.StatusCode == http.StatusOK && said == "ok":
		return said, nil
	case resp.StatusCode == http.StatusServiceUnavailable:
		return "", fmt.Errorf("the service is not well: %s", said)
	}
	return "", fmt.Errorf("%s is none of vcf-assistant's (status %d): set another metrics.listen", address, resp.StatusCode)
}
