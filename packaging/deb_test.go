package packaging_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/watchkeeper-go/watchkeeper/internal/servertest"
)

// deployLinux is a program as people write it, comments without a blank in front
// and behind the section included.
const deployLinux = `[program:DeployLinux]   #DeployLinux  为程序的名称
command=dotnet DeployLinux.dll #需要执行的命令
directory=/home/publish #命令执行的目录
environment=ASPNETCORE__ENVIRONMENT=Production #环境变量
user=root #用户
stopsignal=INT 
autostart=true #是否自启动
autorestart=true #是否自动重启
startsecs=3 #自动重启时间间隔（s）
stderr_logfile=/var/log/ossoffical.err.log #错误日志文件
stdout_logfile=/var/log/ossoffical.out.log #输出日志文件
`

const django = `[program:django]
command=/bin/sh -c 'trap "exit 0" TERM; echo up; while :; do sleep 0.1; done'
`

const inetServer = `
[inet_http_server]         ; inet (TCP) server disabled by default
port=0.0.0.0:9001          ; ip_address:port specifier, *:port for all iface
username=user              ; default is no username (open server)
password=123               ; default is no password (open server)
`

const conf = "/etc/supervisor/supervisord.conf"

// TestDeb installs the deb into a system that has never seen it, goes through
// the first steps of a user, takes it away, and does it beside Debian's own package.
func TestDeb(t *testing.T) {
	servertest.Program(t, "debootstrap", "debootstrap", "--version")
	servertest.Program(t, "iproute2", "ip", "-V")
	servertest.Root(t) // for a chroot
	root := bootstrap(t)
	data, err := os.ReadFile(built(t, "watchkeeper_*_"+debArch(t)+".deb"))
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(root, "watchkeeper.deb"), string(data), 0o644)
	// Each step goes on with what the one before has left.
	for _, step := range []struct {
		name    string
		network bool
		do      func(*system)
	}{
		{"first steps", false, firstSteps},
		{"in the browser", false, browser},
		{"after a crash", false, crash},
		{"taken away", false, takenAway},
		{"beside Debian's supervisor", true, besideDebians},
		{"before Debian's supervisor", false, inFront},
	} {
		if !t.Run(step.name, func(t *testing.T) { step.do(enter(t, root, step.network)) }) {
			return
		}
	}
}

func debArch(t *testing.T) string {
	t.Helper()
	out, err := exec.Command("dpkg", "--print-architecture").Output()
	if err != nil {
		t.Fatal(err)
	}
	return string(out[:len(out)-1])
}

func firstSteps(s *system) {
	s.expect(0, `Setting up watchkeeper`, "dpkg -i /watchkeeper.deb")
	s.expect(0, `^/usr/local/bin/supervisord\n(.*\n){2}/usr/local/bin/pidproxy\n$`, "watchkeeper links /usr/local/bin")
	s.expect(0, `^conf\.d\nsupervisord\.conf\nsupervisord\.d\n$`, "cd /etc/supervisor; ls")
	s.expect(0, `supervisord\.d/\*\.ini`, "grep '^files' supervisord.conf")
	s.expect(0, `^(.*No file matches via include.*\(warning\)\n){2}$`, "watchkeeper check")
	s.expect(0, `^$`, "echo_supervisord_conf > /tmp/sample.conf && watchkeeper check --strict --portable -c /tmp/sample.conf")

	s.expect(0, `^$`, "supervisord -c /etc/supervisor/supervisord.conf")
	s.expect(0, `^$`, "supervisorctl status")
	s.expect(0, ``, "mkdir /home/publish")
	s.file("usr/local/bin/dotnet", "#!/bin/sh\necho \"$PWD $* $ASPNETCORE__ENVIRONMENT\"\nexec sleep 1000\n", 0o755)
	s.file("etc/supervisor/supervisord.d/xxx.ini", deployLinux, 0o644)
	s.expect(0, `^Restarted supervisord\n$`, "supervisorctl reload")
	s.until(`^DeployLinux +RUNNING +pid \d+`, "supervisorctl status DeployLinux")
	s.expect(0, `^/home/publish DeployLinux\.dll Production\n$`, "cat /var/log/ossoffical.out.log")

	s.file("etc/supervisor/conf.d/django.conf", django, 0o644)
	s.expect(0, `^django: available\n$`, "supervisorctl reread")
	s.expect(0, `^django: added process group\n$`, "supervisorctl update")
	s.until(`^django +RUNNING`, "supervisorctl status django")
	s.expect(0, `^django: stopped\n$`, "supervisorctl stop django")
	s.expect(0, `^django: started\n$`, "supervisorctl start django")
	s.expect(0, `^DeployLinux +RUNNING .*\ndjango +RUNNING .*\n$`, "supervisorctl status all")
	s.expect(0, `django: stopped\n`, "supervisorctl stop all")
	s.expect(3, `^DeployLinux +STOPPED .*\ndjango +STOPPED .*\n$`, "supervisorctl status")
	s.expect(0, `^Shut down\n$`, "supervisorctl shutdown")
	s.until(`^$`, "ls /var/run/supervisord.pid 2>/dev/null")
}

func browser(s *system) {
	s.expect(0, ``, "cat >> "+conf+" <<'E'"+inetServer+"E\n")
	s.expect(0, `^$`, "watchkeeper check --strict")
	s.expect(0, `^$`, "supervisord -c "+conf)
	const page = "curl --request GET -sL --url 'http://127.0.0.1:9001'"
	s.expect(0, `401`, page+" -w '%{http_code}'")
	s.expect(0, `(?s)<html.*django`, page+" -u user:123")
	s.expect(0, `^Shut down\n$`, "supervisorctl shutdown")
	s.until(`^$`, "ls /var/run/supervisord.pid 2>/dev/null")
}

func crash(s *system) {
	s.expect(0, `^$`, "supervisord -c "+conf)
	s.until(`^django +RUNNING`, "supervisorctl status django")
	s.expect(0, ``, `kill -9 "$(cat /var/run/supervisord.pid)"`)
	s.until(`^unix:///var/run/supervisor\.sock refused connection`, "supervisorctl status")
	s.expect(0, `^Unlinking stale socket /var/run/supervisor\.sock\n$`, "supervisord -c "+conf)
	s.until(`^django +RUNNING`, "supervisorctl status django")
	s.expect(0, `^Shut down\n$`, "supervisorctl shutdown")
	s.until(`^$`, "ls /var/run/supervisord.pid 2>/dev/null")
}

func takenAway(s *system) {
	s.expect(0, `^(/usr/local/bin/\w+\n){4}$`, "watchkeeper links --remove /usr/local/bin")
	s.expect(0, `Removing watchkeeper`, "dpkg -r watchkeeper")
	s.expect(0, `Purging configuration files for watchkeeper`, "dpkg -P watchkeeper")
	// The user has changed the one, and written the others.
	s.expect(0, `port=0\.0\.0\.0:9001`, "cat "+conf)
	s.expect(0, ``, "ls /etc/supervisor/supervisord.d/xxx.ini /etc/supervisor/conf.d/django.conf /var/log/supervisor/supervisord.log")
	s.expect(2, ``, "ls /usr/bin/watchkeeper /usr/lib/watchkeeper")

	s.expect(0, ``, "rm "+conf+" && dpkg -i /watchkeeper.deb && ls "+conf)
	s.expect(0, ``, "rm "+conf+" && dpkg -i /watchkeeper.deb")
	s.expect(2, `No such file`, "ls "+conf) // an upgrade does not bring it back
	s.expect(0, ``, "dpkg -P watchkeeper && dpkg -i /watchkeeper.deb && ls "+conf)
	s.expect(0, ``, "dpkg -P watchkeeper")
	s.expect(2, `No such file`, "ls "+conf)
	s.expect(0, ``, "ls /etc/supervisor/supervisord.d/xxx.ini")
	s.expect(0, ``, "rm -r /etc/supervisor")
}

// besideDebians has Debian's package first, which must not notice ours.
func besideDebians(s *system) {
	s.expect(0, `Setting up supervisor`, "apt-get update -qq && apt-get install -y -qq --no-install-recommends supervisor")
	s.expect(0, ``, "cp -a /etc/supervisor /tmp/debians")
	s.expect(0, `Setting up watchkeeper`, "dpkg -i /watchkeeper.deb")
	s.expect(0, `^$`, "dpkg -V supervisor; diff /tmp/debians/supervisord.conf "+conf)
	s.expect(0, `^4\.2\.`, "supervisord -v")
	s.expect(0, `^4\.3\.0\n$`, "/usr/lib/watchkeeper/bin/supervisord -v")
}

// inFront runs Debian's configuration by the old names, and goes back.
func inFront(s *system) {
	s.expect(0, ``, "watchkeeper links /usr/local/bin")
	s.expect(0, `^4\.3\.0\n$`, "hash -r; supervisord -v")
	s.file("etc/supervisor/conf.d/django.conf", django, 0o644)
	s.expect(0, `^$`, "supervisord -c "+conf)
	s.until(`^django +RUNNING`, "supervisorctl status django")
	s.until(`^django +RUNNING`, "/usr/bin/supervisorctl status django") // Debian's talks to ours
	s.expect(0, `^Shut down\n$`, "/usr/bin/supervisorctl shutdown")
	s.until(`^$`, "ls /var/run/supervisord.pid 2>/dev/null")
	s.expect(0, ``, "watchkeeper links --remove /usr/local/bin && dpkg -P watchkeeper")
	s.expect(0, `^$`, "dpkg -V supervisor; diff /tmp/debians/supervisord.conf "+conf)
	s.expect(0, `^$`, "hash -r; supervisord -c "+conf)
	s.until(`^django +RUNNING`, "supervisorctl status django")
	s.expect(0, `^Shut down\n$`, "supervisorctl shutdown")
}
