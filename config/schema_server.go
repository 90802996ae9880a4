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

// The options of servers with TLS and of their clients, and of tokens.
const (
	keyCert     = "tls_cert"
	keyKey      = "tls_key"
	keyClientCA = "tls_client_ca"
	keyCA       = "tls_ca"
	keyToken    = "token"
	keyRole     = "role"
)

const tlsHelp = `A control server on a TCP port with TLS, which supervisorctl reaches as
https://host:port. It lets in nobody without a password, a client certificate or
a token. Files that are renewed are used without a reload. Supervisor does not
open this section. Programs are not told of it in SUPERVISOR_SERVER_URL.`

func tlsOptions() []option {
	return []option{
		{key: "port", kind: kindAddress(), unset: true, shown: "required", names: nameHere, takes: takesReload, sample: "0.0.0.0:9443",
			check: mustHave("port", "section [%s] has no port value", "add a line such as port = 0.0.0.0:9443"),
			help:  "The address as host:port, or a port alone for all interfaces (also :port and *:port)."},
		{key: keyCert, kind: kindPath(), unset: true, shown: "required", names: nameHere | nameHost, takes: takesReload, sample: "/etc/watchkeeper/server.pem",
			check: mustHave(keyCert, "section [%s] has no certificate", "add a line such as tls_cert = /etc/watchkeeper/server.pem"),
			help:  "The certificate in PEM, and after it those between it and the root. The daemon's user must be able to read this file and the next two."},
		{key: keyKey, kind: kindPath(), unset: true, shown: "required", names: nameHere | nameHost, takes: takesReload, sample: "/etc/watchkeeper/server.key",
			check: mustHave(keyKey, "section [%s] has no key", "add a line such as tls_key = /etc/watchkeeper/server.key"),
			help:  "The key of the certificate, in PEM."},
		{key: keyClientCA, kind: kindPath(), unset: true, names: nameHere | nameHost, takes: takesReload, sample: "/etc/watchkeeper/clients.pem",
			help: "Certificates in PEM: every client must then have a certificate that one of these has signed, besides the password, if there is one."},
		usernameOption(), passwordOption(),
	}
}

const tokenHelp = `A secret that clients may send in place of a user name and a password, to every
server, as Authorization: Bearer. watchkeeper token new NAME --role ROLE makes
it and prints this section.`

func tokenOptions() []option {
	return []option{
		{key: keyRole, kind: kindRole(), unset: true, shown: "required", takes: takesReload, sample: "read",
			check: mustHave(keyRole, "section [%s] has no role", "add role = read, operate or admin"),
			help:  "What the holder may do: read (see states and logs), operate (also start, stop, signal and clear logs) or admin (everything)."},
		{key: keyToken, kind: kindTokenHash(), unset: true, shown: "required", takes: takesReload,
			sample: "{SHA256}9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
			check:  mustHave(keyToken, "section [%s] has no token", "make one by: watchkeeper token new NAME --role ROLE"),
			help:   "The hash of the secret: {SHA256} and its SHA-256 in hexadecimal digits."},
	}
}

const clientHelp = `What supervisorctl needs to know. Options on its command line stand over these.`

func clientOptions() []option {
	return []option{
		{key: "serverurl", kind: kindText(), value: "http://localhost:9001", names: nameHere, takes: takesClient, sample: "unix:///tmp/supervisor.sock",
			help: "Where the daemon is: http://host:port, unix:///path/of/the.sock or https://host:port (a [tls_server:x], which Supervisor's supervisorctl does not know)."},
		{key: "prompt", kind: kindText(), value: "supervisor", takes: takesClient,
			help: "The prompt of the interactive shell."},
		{key: "username", kind: kindText(), unset: true, takes: takesClient, sample: "user",
			help: "The name to give to the server."},
		{key: "password", kind: kindText(), unset: true, takes: takesClient, sample: "123",
			help: "The password to give to the server, in clear text."},
		{key: "history_file", kind: kindPath(), unset: true, names: nameHere, takes: takesClient, sample: "~/.sc_history",
			help: "Where the interactive shell keeps its history. Without it the history ends with the shell."},
		{key: keyToken, kind: kindText(), unset: true, takes: takesClient, ours: true, sample: "wkt_123",
			help: "The secret of a [token:x] of the server, in place of username and password. The variable WATCHKEEPER_TOKEN stands over it."},
		{key: keyCA, kind: kindPath(), unset: true, shown: "those that the machine trusts", names: nameHere, takes: takesClient, ours: true, sample: "/etc/watchkeeper/ca.pem",
			help: "For https://: certificates in PEM, one of which must have signed that of the server. The variable WATCHKEEPER_TLS_CA stands over it."},
		{key: keyCert, kind: kindPath(), unset: true, names: nameHere, takes: takesClient, ours: true, sample: "/etc/watchkeeper/client.pem",
			help: "For https://: our own certificate in PEM, where the server has tls_client_ca. The variable WATCHKEEPER_TLS_CERT stands over it."},
		{key: keyKey, kind: kindPath(), unset: true, names: nameHere, takes: takesClient, ours: true, sample: "/etc/watchkeeper/client.key",
			help: "For https://: the key of our own certificate. The variable WATCHKEEPER_TLS_KEY stands over it."},
	}
}
