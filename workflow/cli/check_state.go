package cli

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// A run's journal takes some MB, and its prechecks' reports some more.
const (
	littleSpace = 256 << 20
	noSpace     = 16 << 20
)

// stateDirectory looks whether a run could write its journal, and who holds the lock: a
// service that runs is no failure. own: nobody named it, it is this user's.
func (k *checking) stateDirectory(dir string, own bool) {
	const what = "state directory"
	var disk unix.Statfs_t
	at := existing(dir)
	statfs := k.statfs
	if statfs == nil {
		statfs = unix.Statfs
	}
	told := statfs(at, &disk) == nil
	switch err := stateDirWritable(dir); {
	case told && disk.Flags&unix.ST_RDONLY != 0:
		k.failNext(what, "mount it writable, or set state_dir to a folder elsewhere", "%s is on a file system that is mounted read-only", at)
	case errors.Is(err, unix.EROFS):
		k.failNext(what, "mount it writable, or set state_dir to a folder elsewhere", "%s is read-only", at)
	case err != nil:
		k.unusable[dir] = true
		text, next := moves(err.Error(), ": ")
		k.failNext(what, next, "%s", text)
		return
	default:
		text := dir
		if holder := lockHolder(dir); holder != "" {
			text += ", held by the service that runs: " + holder
		} else if at != dir {
			text += ", which the service makes"
			if own {
				text += " when this user runs it; systemd's unit has " + systemState
			}
		}
		k.ok(what, "%s", text)
	}
	if !told || disk.Blocks == 0 {
		return // it has no size, as some file systems
	}
	free := disk.Bavail * uint64(disk.Bsize)
	const next = "make room, or set state_dir to another disk"
	switch {
	case free < noSpace:
		k.failNext(what, next, "%s free: an upgrade cannot be journaled, and nothing starts", bytesText(free))
	case disk.Files > 0 && disk.Ffree == 0:
		k.failNext(what, next, "no inode is free: an upgrade cannot be journaled, and nothing starts")
	case free < littleSpace:
		k.warn(what, next, "%s free: that is little", bytesText(free))
	}
}

// existing is the folder itself, or the nearest above that exists.
func existing(dir string) string {
	for {
		if _, err := os.Stat(dir); err == nil || filepath.Dir(dir) == dir {
			return dir
		}
		dir = filepath.Dir(dir)
	}
}

// bytesText is a size for people, in units of 1,000 as disks are sold.
func bytesText(n uint64) string {
	units := []string{"B", "kB", "MB", "GB", "TB", "PB", "EB"}
	f, i := float64(n), 0
	for f >= 1000 && i < len(units)-1 {
		f, i = f/1000, i+1
	}
	if i == 0 || f >= 100 {
		return fmt.Sprintf("%.0f %s", f, units[i])
	}
	return fmt.Sprintf("%.1f %s", f, units[i])
}
