package config

const unixHelp = `A control socket in the file system. Every section whose name begins so is a server of its own.
The first one is what programs find in SUPERVISOR_SERVER_URL.`

func unixOptions() []option {
	return []option{
		{key: "file", kind: kindPath(), unset: true, shown: "required", names: nameHere, takes: takesReload, sample: "/tmp/supervisor.sock",
			check: mustHave("file", "section [%s] has no file value", "add a line such as file = /run/supervisor.sock"),
			help:  "The path of the socket. ~ is the home directory; a relative path starts where the daemon was started."},
		usernameOption(), passwordOption(),
		{key: "chown", kind: kindOwner(), fault: "Invalid sockchown value %s", unset: true, takes: takesReload, sample: "nobody:nogroup",
			help: "The owner of the socket, as user or user:group. Without it the socket belongs to the daemon's user."},
		{key: "chmod", kind: kindOctal(), fault: "Invalid chmod value %s", unset: true, shown: "0700", takes: takesReload, sample: "0700",
			help: "The mode of the socket: who may connect."},
	}
}

const inetHelp = `A control server on a TCP port. Every section whose name begins so is a server of its own.
Whoever reaches the port can run programs as the daemon's user: bind it to 127.0.0.1 or give a password.`

func inetOptions() []option {
	return []option{
		usernameOption(), passwordOption(),
		{key: "port", kind: kindAddress(), unset: true, shown: "required", takes: takesReload, sample: "127.0.0.1:9001",
			check: mustHave("port", "section [%s] has no port value", "add a line such as port = 127.0.0.1:9001"),
			help:  "The address as host:port, or a port alone for all interfaces (also :port and *:port)."},
	}
}

func usernameOption() option {
	return option{key: "username", kind: kindText(), unset: true, takes: takesReload, sample: "user",
		help: "The name that clients must give. It needs password too."}
}

func passwordOption() option {
	return option{key: "password", kind: kindText(), unset: true, takes: takesReload, sample: "123", check: checkAuthentication,
		help: "The password that clients must give: in clear text, or {SHA} and the SHA-1 of it in hexadecimal digits."}
}

const clientHelp = `What supervisorctl needs to know. Options on its command line stand over these.`

func clientOptions() []option {
	return []option{
		{key: "serverurl", kind: kindText(), value: "http://localhost:9001", names: nameHere, takes: takesClient, sample: "unix:///tmp/supervisor.sock",
			help: "Where the daemon is: http://host:port or unix:///path/of/the.sock."},
		{key: "prompt", kind: kindText(), value: "supervisor", takes: takesClient,
			help: "The prompt of the interactive shell."},
		{key: "username", kind: kindText(), unset: true, takes: takesClient, sample: "user",
			help: "The name to give to the server."},
		{key: "password", kind: kindText(), unset: true, takes: takesClient, sample: "123",
			help: "The password to give to the server, in clear text."},
		{key: "history_file", kind: kindPath(), unset: true, names: nameHere, takes: takesClient, sample: "~/.sc_history",
			help: "Where the interactive shell keeps its history. Without it the history ends with the shell."},
	}
}
