package cli

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"
)

// errStopped: nobody serves the socket.
var errStopped = errors.New("the service does not run: systemctl start vcf-assistant")

// starting is how long a service that holds its state directory may take until it
// listens: it reads its journals, or its configuration again.
const starting = 2 * time.Second

// askService sends a press to the service that has a state directory.
func askService(ctx context.Context, dir string, r controlRequest, limit time.Duration) (controlReply, error) {
	b, err := json.Marshal(r)
	if err != nil {
		return controlReply{}, err
	}
	whole, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	path := filepath.Join(dir, controlName)
	conn, err := dialUnix(whole, path)
	for until := time.Now().Add(min(starting, limit/2)); stopped(err) && lockHolder(dir) != "" && time.Now().Before(until) && whole.Err() == nil; {
		time.Sleep(min(50*time.Millisecond, limit/4))
		conn, err = dialUnix(whole, path)
	}
	switch {
	case stopped(err) && lockHolder(dir) != "":
		return controlReply{}, fmt.Errorf("%s has %s, but nobody takes presses there: systemctl status vcf-assistant tells whether it runs, journalctl -u vcf-assistant why", lockHolder(dir), printable(dir))
	case stopped(err):
		return controlReply{}, errStopped
	case errors.Is(err, unix.EAGAIN) || err != nil && whole.Err() != nil: // its queue is full
		return controlReply{}, errHung(limit)
	case err != nil:
		return controlReply{}, fmt.Errorf("reaching the service: %w", cause(err))
	}
	defer conn.Close()
	if deadline, ok := whole.Deadline(); ok {
		_ = conn.SetDeadline(deadline)
	}
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Now()) })
	defer stop()
	// A service that answers before it has read, since too many ask, has answered.
	_, werr := conn.Write(append(b, '\n'))
	line, err := bufio.NewReader(io.LimitReader(conn, maxControlReply)).ReadBytes('\n')
	switch {
	case ctx.Err() != nil:
		return controlReply{}, errors.New("interrupted: vcf-assistant status tells whether it was done")
	case errors.Is(err, os.ErrDeadlineExceeded):
		return controlReply{}, errHung(limit)
	case err != nil && len(line) == 0:
		if werr == nil {
			werr = err
		}
		return controlReply{}, fmt.Errorf("the service ended before it answered (%w): vcf-assistant status tells whether it was done", cause(werr))
	}
	var reply controlReply
	if uerr := json.Unmarshal(line, &reply); err != nil || uerr != nil || reply.Message == "" && reply.Title == "" {
		return controlReply{}, fmt.Errorf("%s gave an answer that is none of vcf-assistant's (%s): systemctl restart vcf-assistant, perhaps another version runs", printable(path), quote(string(line)))
	}
	return reply, nil
}

// stopped tells whether nobody listens.
func stopped(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, unix.ECONNREFUSED)
}

func errHung(limit time.Duration) error {
	return fmt.Errorf("the service did not answer within %s: vcf-assistant status tells whether it was done; if it hangs, systemctl restart vcf-assistant", limit)
}
