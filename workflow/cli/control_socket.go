package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"syscall"

	"golang.org/x/sys/unix"
)

// maxSocketPath is how long the path of a unix socket may be: 108 bytes with the zero at
// its end.
const maxSocketPath = 107

// throughFolder calls use with a path of name in dir that is short enough for a socket:
// where dir is deep, it goes through the descriptor of the opened folder.
func throughFolder(dir, name string, use func(path string) error) error {
	path := filepath.Join(dir, name)
	if len(path) <= maxSocketPath {
		return use(path)
	}
	fd, err := unix.Open(dir, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return &fs.PathError{Op: "open", Path: dir, Err: err}
	}
	defer unix.Close(fd)
	return use(fmt.Sprintf("/proc/self/fd/%d/%s", fd, name))
}

// listenUnix makes a socket with these rights from its first moment on, in place of one
// that a killed process left behind: whoever calls it knows that nobody serves that.
// Anything else under that name stays, and is an error.
func listenUnix(ctx context.Context, path string, mode fs.FileMode) (*net.UnixListener, error) {
	dir, name := filepath.Split(path)
	if dir == "" {
		dir = "."
	}
	if err := removeSocket(path); err != nil {
		return nil, err
	}
	// Bind takes the rights of the descriptor: there is no moment with others.
	config := net.ListenConfig{Control: func(_, _ string, c syscall.RawConn) (err error) {
		if cerr := c.Control(func(fd uintptr) { err = unix.Fchmod(int(fd), uint32(mode)) }); cerr != nil {
			return cerr
		}
		return err
	}}
	var l net.Listener
	err := throughFolder(dir, name, func(path string) (err error) {
		l, err = config.Listen(ctx, "unix", path)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", path, cause(err))
	}
	// The umask was taken off: what is missing is given now, and never was there too much.
	if err := os.Chmod(path, mode); err != nil {
		l.Close()
		return nil, err
	}
	ul := l.(*net.UnixListener)
	ul.SetUnlinkOnClose(false) // the path that it knows may be a descriptor's, and that another one's by then
	return ul, nil
}

// removeSocket takes a socket away; none is well.
func removeSocket(path string) error {
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case info.Mode().Type() != fs.ModeSocket:
		return fmt.Errorf("%s is there and is no socket: move it away", path)
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// dialUnix connects to a socket, also below a deep folder.
func dialUnix(ctx context.Context, path string) (conn net.Conn, err error) {
	dir, name := filepath.Split(path)
	if dir == "" {
		dir = "."
	}
	err = throughFolder(dir, name, func(path string) (err error) {
		conn, err = new(net.Dialer).DialContext(ctx, "unix", path)
		return err
	})
	return conn, err
}

// cause is a network error without the addresses that package net repeats.
func cause(err error) error {
	var op *net.OpError
	if errors.As(err, &op) {
		return op.Err
	}
	return err
}

// peer is the user at the other end of a connection, as the kernel saw it connect.
func peer(conn *net.UnixConn) (uid uint32, err error) {
	raw, err := conn.SyscallConn()
	if err != nil {
		return 0, err
	}
	var cred *unix.Ucred
	if cerr := raw.Control(func(fd uintptr) { cred, err = unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED) }); cerr != nil {
		return 0, cerr
	}
	if err != nil {
		return 0, err
	}
	return cred.Uid, nil
}

// gone tells whether the other end has hung up: nobody waits for an answer any more. One
// that has only said all it has to say has not.
func gone(conn *net.UnixConn) bool {
	raw, err := conn.SyscallConn()
	if err != nil {
		return true
	}
	hung := true
	err = raw.Control(func(fd uintptr) {
		p := []unix.PollFd{{Fd: int32(fd)}}
		_, perr := unix.Poll(p, 0)
		hung = perr == nil && p[0].Revents&(unix.POLLHUP|unix.POLLERR) != 0
	})
	return err != nil || hung
}
