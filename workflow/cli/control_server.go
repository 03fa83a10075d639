package cli

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"vcf-assistant/workflow"
)

// serveControl listens for presses until ctx ends, and again where it could not: a full
// disk must not take the command line away for good. What it returns waits until the
// socket is gone and the presses that came through it are done; the state directory is
// this process's until then.
func (i *instance) serveControl(ctx context.Context, s *workflow.Supervisor) (wait func()) {
	ctx, cancel := context.WithCancel(ctx)
	var wg sync.WaitGroup
	path := filepath.Join(i.config.StateDir, controlName)
	wg.Go(func() {
		said := false
		for {
			l, err := listenUnix(ctx, path, 0o600)
			if err == nil {
				said = false
				i.acceptControl(ctx, l, s)
				_ = removeSocket(path)
			} else if ctx.Err() == nil && !said {
				said = true
				i.log.Warn("the command line cannot press; the buttons in home assistant can", "reason", err, "again", openInterval)
			}
			select {
			case <-ctx.Done():
				return
			case <-time.After(openInterval):
			}
		}
	})
	return func() {
		cancel()
		wg.Wait()
	}
}

// acceptControl serves a listener until it fails or ctx ends, and closes it.
func (i *instance) acceptControl(ctx context.Context, l *net.UnixListener, s *workflow.Supervisor) {
	stop := context.AfterFunc(ctx, func() { l.Close() })
	defer stop()
	defer l.Close()
	var wg sync.WaitGroup
	defer wg.Wait()
	places := make(chan struct{}, maxControlPeers)
	for {
		conn, err := l.AcceptUnix()
		if err != nil {
			if ctx.Err() == nil {
				i.log.Warn("the control socket fails", "reason", cause(err), "again", openInterval)
			}
			return
		}
		select {
		case places <- struct{}{}:
			wg.Go(func() {
				defer func() { <-places }()
				i.takePress(ctx, conn, s)
			})
		default:
			answer(conn, refusedReply("%d others are being served: try again", maxControlPeers))
			conn.Close()
		}
	}
}

// takePress serves one connection: one request, one reply.
func (i *instance) takePress(ctx context.Context, conn *net.UnixConn, s *workflow.Supervisor) {
	defer conn.Close()
	uid, err := peer(conn)
	if err != nil {
		return
	}
	if uid != 0 && uid != uint32(os.Geteuid()) {
		i.log.Warn("the control socket was opened by somebody who may not", "uid", uid)
		answer(conn, refusedReply("user %d may not press here: run the command with sudo", uid))
		return
	}
	_ = conn.SetReadDeadline(time.Now().Add(controlRead))
	stop := context.AfterFunc(ctx, func() { _ = conn.SetReadDeadline(time.Now()) })
	defer stop()
	line, err := readLine(conn, maxControlRequest)
	if err != nil {
		if ctx.Err() == nil {
			answer(conn, refusedReply("%s", err))
		}
		return
	}
	request, err := parseControl(line)
	if err != nil {
		answer(conn, refusedReply("%s", err))
		return
	}
	answer(conn, i.perform(request, commandLine(uid), func(p workflow.Press) workflow.Reply {
		switch {
		case ctx.Err() != nil: // nothing is begun any more
			return workflow.Reply{Title: "Nothing done", Message: "vcf-assistant is ending: try again when it is up."}
		case gone(conn): // whoever asked was told that nobody answered
			return workflow.Reply{Title: "Nothing done", Message: "whoever asked has hung up"}
		}
		return s.Press(ctx, p)
	}))
}

// readLine reads a line of at most so many bytes, without its end.
func readLine(r io.Reader, most int) ([]byte, error) {
	line, err := bufio.NewReaderSize(io.LimitReader(r, int64(most)+1), most+1).ReadBytes('\n')
	switch {
	case err == nil:
		return bytes.TrimRight(line, "\r\n"), nil
	case len(line) > most:
		return nil, errors.New("the request is longer than " + strconv.Itoa(most) + " bytes")
	case errors.Is(err, io.EOF) && len(line) > 0:
		return line, nil
	case errors.Is(err, io.EOF):
		return nil, errors.New("the request is empty")
	case errors.Is(err, os.ErrDeadlineExceeded):
		return nil, errors.New("no whole line came within " + controlRead.String())
	}
	return nil, cause(err)
}

// answer sends a reply. That nobody takes it changes nothing any more.
func answer(conn net.Conn, r controlReply) {
	b, err := json.Marshal(r)
	if err != nil {
		return
	}
	_ = conn.SetWriteDeadline(time.Now().Add(controlRead))
	_, _ = conn.Write(append(b, '\n'))
}

// commandLine is a user of this machine as the one who pressed.
func commandLine(uid uint32) workflow.Person {
	id := strconv.FormatUint(uint64(uid), 10)
	name := "uid " + id
	if u, err := user.LookupId(id); err == nil && u.Username != "" {
		name = printable(u.Username)
	}
	return workflow.Person{Name: name + " (command line)"}
}
