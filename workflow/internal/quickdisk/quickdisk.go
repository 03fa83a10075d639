// Package quickdisk lets tests write their journals to memory: each of their many
// thousand lines is fsynced, and a disk takes longer for that than the upgrade that is
// tested. The calls are the same, and so is what a test reads back.
package quickdisk

import (
	"os"

	"golang.org/x/sys/unix"
)

// enough is the free memory without which tests stay on the disk: a container may have
// given /dev/shm a few megabytes only.
const enough = 1 << 30

// Use lets t.TempDir answer folders in memory from now on, where the machine has such a
// place and $TMPDIR names no other. What is called at the end takes them away.
func Use() (done func()) {
	const place = "/dev/shm"
	var fs unix.Statfs_t
	if os.Getenv("TMPDIR") != "" || unix.Statfs(place, &fs) != nil || fs.Type != unix.TMPFS_MAGIC || fs.Bavail*uint64(fs.Bsize) < enough {
		return func() {}
	}
	dir, err := os.MkdirTemp(place, "vcf-assistant-test-")
	if err != nil {
		return func() {}
	}
	os.Setenv("TMPDIR", dir)
	return func() {
		os.Unsetenv("TMPDIR")
		os.RemoveAll(dir)
	}
}
