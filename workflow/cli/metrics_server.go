package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"net/netip"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"
	"golang.org/x/net/netutil"
)

const aMetricsAddress = `a loopback address such as 127.0.0.1:9108, or a socket such as unix:/run/vcf-assistant/metrics.sock; or "" for none`

// metricsAddress takes only what nobody else on the network can reach.
func metricsAddress(to *string) func(value) bool {
	return func(v value) bool {
		s, ok := v.scalar()
		if !ok || s != "" && !isMetricsAddress(s) {
			return false
		}
		*to = s
		return true
	}
}

func isMetricsAddress(s string) bool {
	if path, isUnix := strings.CutPrefix(s, "unix:"); isUnix {
		return filepath.IsAbs(path) && filepath.Clean(path) == path && len(path) > 1 && !strings.ContainsFunc(path, func(c rune) bool { return c < ' ' || c == 0x7f })
	}
	host, port, err := net.SplitHostPort(s)
	if err != nil {
		return false
	}
	addr, err := netip.ParseAddr(host)
	if err != nil || !addr.IsLoopback() || addr.Zone() != "" {
		return false
	}
	n, err := strconv.ParseUint(port, 10, 16)
	return err == nil && n > 0
}

// maxMetricsPeers is how many connections there may be at once.
const maxMetricsPeers = 16

// serveMetrics serves /metrics and /healthz until ctx ends. An address that is in use, or
// cannot be had, is said and tried again: no upgrade stops for metrics.
func (s *service) serveMetrics(ctx context.Context) error {
	said, address := false, s.listen
	for {
		l, err := listenMetrics(ctx, address)
		if err == nil {
			s.log.Info("metrics and health are served", "listen", address)
			said = false
			err = s.answerMetrics(ctx, l)
			if path, isUnix := strings.CutPrefix(address, "unix:"); isUnix {
				_ = removeSocket(path)
			}
		}
		if ctx.Err() != nil {
			return nil
		}
		if !said {
			said = true
			s.log.Warn("metrics and health are not served; upgrades go on: free metrics.listen or choose another", "listen", address, "reason", cause(err), "again", openInterval)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(openInterval):
		}
	}
}

// listenMetrics listens. A socket that a killed process left behind is replaced, one that
// somebody serves is not. Whoever may read the socket's folder, and is of its group, may ask.
func listenMetrics(ctx context.Context, address string) (net.Listener, error) {
	path, isUnix := strings.CutPrefix(address, "unix:")
	if !isUnix {
		return new(net.ListenConfig).Listen(ctx, "tcp", address)
	}
	if conn, err := dialUnix(ctx, path); err == nil {
		conn.Close()
		return nil, fmt.Errorf("listen on %s: %w", path, syscall.EADDRINUSE)
	} else if !errors.Is(err, syscall.ECONNREFUSED) && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("listen on %s: %w", path, cause(err))
	}
	return listenUnix(ctx, path, 0o660)
}

// answerMetrics serves a listener until ctx ends.
func (s *service) answerMetrics(ctx context.Context, l net.Listener) error {
	server := &http.Server{Handler: s.metricsHandler(), ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 5 * time.Second,
		WriteTimeout: 15 * time.Second, IdleTimeout: time.Minute, MaxHeaderBytes: 8 << 10}
	stop := context.AfterFunc(ctx, func() { server.Close() })
	defer stop()
	return server.Serve(netutil.LimitListener(l, maxMetricsPeers))
}

// metricsHandler answers GET, and HEAD, of two paths.
func (s *service) metricsHandler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(s.metrics.registry, promhttp.HandlerOpts{MaxRequestsInFlight: 4, Timeout: 10 * time.Second}))
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.Header().Set("Cache-Control", "no-store")
		if err := s.alive(r.Context()); err != nil {
			w.WriteHeader(http.StatusServiceUnavailable)
			fmt.Fprintln(w, printable(err.Error()))
			return
		}
		fmt.Fprintln(w, "ok")
	})
	return mux
}
