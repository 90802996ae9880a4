package daemon

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"syscall"

	"github.com/watchkeeper-go/watchkeeper/config"
	"github.com/watchkeeper-go/watchkeeper/internal/mainlog"
)

// line is a log line that has to wait until the log is open: that comes after
// the change of user, so that the file belongs to it.
type line struct {
	level slog.Level
	text  string
}

const rootWarning = "Supervisor is running as root.  Privileges were not dropped because no user is specified in" +
	" the config file.  If you intend to run as root, you can set user=root in the config file to avoid this message."

// becomeUser drops the privileges of the daemon for those of the configured
// user, all threads included (as ServerOptions.set_uid_or_exit). Being that
// user already is fine.
func becomeUser(c config.Daemon) ([]line, error) {
	if c.User == "" {
		if os.Getuid() == 0 {
			return []line{{mainlog.Critical, rootWarning}}, nil
		}
		return nil, nil
	}
	if err := dropPrivileges(c); err != nil {
		return nil, &fatalError{exitUsage, err}
	}
	return []line{{slog.LevelInfo, fmt.Sprintf("Set uid to user %d succeeded", c.UID)}}, nil
}

func dropPrivileges(c config.Daemon) error {
	uid := os.Getuid()
	if uid == c.UID {
		return nil
	}
	if uid != 0 {
		//lint:ignore ST1005 Supervisor's own text
		return errors.New("Can't drop privilege as nonroot user")
	}
	user, err := config.System().LookupUser(c.User)
	if err != nil {
		return err
	}
	// The primary group comes first: some systems lose the first of the list
	// to the setgid that follows.
	groups := []int{user.GID}
	for _, gid := range user.Groups {
		if gid != user.GID {
			groups = append(groups, gid)
		}
	}
	if err := syscall.Setgroups(groups); err != nil {
		//lint:ignore ST1005 Supervisor's own text
		return errors.New("Could not set groups of effective user")
	}
	if err := syscall.Setgid(user.GID); err != nil {
		//lint:ignore ST1005 Supervisor's own text
		return errors.New("Could not set group id of effective user")
	}
	if err := syscall.Setuid(user.UID); err != nil {
		return fmt.Errorf("set uid to user %d: %w", user.UID, err)
	}
	return nil
}
